// SPDX-License-Identifier: Apache-2.0
#include "agent/agent.h"
#include "agent/export_filters.h"
#include "agent/exporter.h"
#include "agent/info.h"
#include "agent/instance.h"
#include "agent/notify.h"
#include "agent/policy_answer.h"
#include "agent/policy_set.h"
#include "agent/policy_work.h"
#include "agent/process_list.h"
#include "agent/pump.h"
#include "agent/redactor.h"
#include "agent/requests.h"
#include "agent/serving.h"
#include "agent/web.h"
#include "agent/worker.h"
#include "api/api.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "sensor/process_sensor.h"
#include "sensor/procfs.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

/* Over all CPUs. Some 0.2 s of a machine that does nothing but start processes. */
#define RING_BYTES_DEFAULT (4 << 20)
/* Below, the longest record would fill a good part of it. */
#define RING_BYTES_MIN (256 << 10)
#define RING_BYTES_MAX (1ULL << 30)
/* A throttled cgroup is let go after so many seconds below its rate. */
#define QUIET_SECONDS 5
/* How long slow readers are waited for at the end. */
#define LAST_FLUSH_MS 1000

struct agent {
	const struct settings *settings;
	char node_name[256];
	uv_loop_t loop;
	uv_timer_t tick, watchdog;
	uv_signal_t signals[4];
	uv_poll_t sink_polls[EXPORTER_SINKS_MAX];
	int lock_fd;
	struct ledger ledger;
	struct hooks *hooks;
	struct tracker *tracker;
	struct symbols *symbols;
	struct messages *messages;
	struct redactor *redactor; /* NULL: nothing is hidden */
	struct export_filters filters;
	struct exporter exporter;
	struct sink *file; /* the exporter's; NULL: there is none */
	struct api_event_log event_log;
	struct process_sensor *sensor;
	struct policy_set *policies; /* the worker's, while that is busy … */
	struct policy_store *store;  /* … likewise; NULL: none are kept */
	bool restored;               /* what is kept is there; likewise */
	struct requests *requests;
	struct api *api; /* NULL: there is none */
	struct web *web; /* likewise */
	struct notify notify;
	enum phase phase;
	struct binaries *binaries; /* NULL: nobody wants to know */
	struct pump *pump;
	/* Reads policies, compiles them, and has the kernel verify and attach them. */
	struct worker *worker;
	int result;
	struct error *error;
	/* What the policies' places told when they were last looked at. */
	struct missed missed;
	uint64_t loads_lost;
	bool watches;               /* those that there are to be at first have been loaded */
	atomic_bool stops;          /* the worker looks at it */
	bool log_lost;              /* its file cannot be opened any more, and that was told */
	struct info_probes *probes; /* NULL: nobody has asked; the worker's while that is … */
	bool probing;               /* … at them */
	bool probes_failed;         /* while who waits for them is told so */
	/* Asked for while the worker was busy, or before it has loaded what there is at first. */
	bool reload_wanted, report_wanted, probes_wanted;
	struct list changes;       /* of struct api_change */
	struct api_change *change; /* what the worker does; NULL: it reads files */
};

static size_t ring_bytes(const struct settings *s)
{
	uint64_t want = s->rb_size_total, size = RING_BYTES_MIN;

	if (!want && s->rb_size)
		want = s->rb_size * (uint64_t)sysconf(_SC_NPROCESSORS_CONF);
	if (!want)
		want = RING_BYTES_DEFAULT;
	if (want > RING_BYTES_MAX)
		want = RING_BYTES_MAX;
	while (size < want)
		size *= 2;
	return size;
}

static void find_node_name(struct agent *a)
{
	const char *names[] = {a->settings->node_name, getenv("HUBBLE_NODE_NAME"),
			       getenv("NODE_NAME")};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!names[i] || !names[i][0])
			continue;
		snprintf(a->node_name, sizeof(a->node_name), "%s", names[i]);
		return;
	}
	if (gethostname(a->node_name, sizeof(a->node_name) - 1) < 0)
		strcpy(a->node_name, "localhost");
}

static void on_event(void *userdata, const struct event *event)
{
	struct agent *a = userdata;

	if (a->binaries)
		binaries_count(a->binaries, event->type,
			       event->process ? event->process->image : NULL);
	exporter_event(&a->exporter, event);
	if (a->api && api_watched(a->api))
		api_event(a->api, messages_begin(a->messages, event), messages_lazy(a->messages));
	messages_end(a->messages);
}

static void on_act(void *userdata, const struct hook_actions *actions)
{
	struct agent *a = userdata;

	for (size_t i = 0; i < actions->n_requests; i++)
		requests_add(a->requests, &actions->requests[i]);
}

static struct image *redact_image(void *userdata, struct image *image)
{
	struct agent *a = userdata;

	return redactor_image(a->redactor, image);
}

static bool redact_string(void *userdata, const struct process *process, const char *s, size_t len,
			  struct str *out)
{
	struct agent *a = userdata;

	return redactor_string(a->redactor, process, s, len, out);
}

static void on_record(void *userdata, const void *data, size_t len)
{
	struct agent *a = userdata;

	tracker_record(a->tracker, data, len);
}

static void on_load(void *userdata, const void *data, size_t len)
{
	struct agent *a = userdata;

	tracker_supply(a->tracker, data, len);
}

static void on_drained(void *userdata)
{
	struct agent *a = userdata;

	exporter_flush(&a->exporter);
	if (exporter_closed(&a->exporter) && !a->stops) {
		log_info("the reader of the last output has gone, stopping");
		uv_stop(&a->loop);
	}
}

static void drain_scan(void *userdata)
{
	struct agent *a = userdata;

	pump_drain(a->pump);
}

static int read_strings(void *userdata, uint32_t pid, enum exec_field field, struct str *out)
{
	struct agent *a = userdata;

	if (field == EXEC_ENV && !a->settings->enable_process_environment_variables)
		return 0;
	return procfs_read_strings(a->settings->procfs, pid, field, out);
}

static bool lossy(void *userdata)
{
	struct agent *a = userdata;

	return process_sensor_reader(a->sensor)->lost;
}

/* Some kernels hide processes from BPF that others have for their parent (a sandbox's pid 1), and a
 * child can get a pid that the walk has passed from a parent that executes before it comes. */
static void supply_missing(struct agent *a)
{
	_cleanup_free_ struct process_key *keys = NULL;
	ssize_t n = tracker_missing(a->tracker, &keys);

	for (ssize_t i = 0; i < n; i++) {
		_cleanup_str_ struct str record = STR_INIT;

		if (procfs_report(a->settings->procfs, &keys[i], &record) >= 0)
			tracker_supply(a->tracker, record.data, record.len);
	}
}

static int add_sinks(struct agent *a, struct error **reterr)
{
	const struct settings *s = a->settings;
	struct sink *sink;
	int r;

	if (s->export_filename && s->export_rate_limit != 0) {
		struct file_sink_config config = {
			.path = s->export_filename,
			.max_bytes = (uint64_t)s->export_file_max_size_mb << 20,
			.rotate_interval = s->export_file_rotation_interval,
			.max_backups = (unsigned)s->export_file_max_backups,
			.compress = s->export_file_compress,
			.mode = s->export_file_perm,
		};

		r = file_sink_new(&config, &sink, reterr);
		if (r < 0)
			return r;
		exporter_add(&a->exporter, sink);
		a->file = sink;
		a->event_log = (struct api_event_log){
			.max_size_mb = s->export_file_max_size_mb,
			.max_backups = s->export_file_max_backups,
			.rotation_interval = s->export_file_rotation_interval,
		};
	}
	if (s->export_stdout && s->export_rate_limit != 0) {
		r = stream_sink_new("stdout", STDOUT_FILENO, s->export_stdout_buffer, &sink,
				    reterr);
		if (r < 0)
			return r;
		exporter_add(&a->exporter, sink);
	}
	if (a->exporter.n_sinks == 0 && !s->server_address)
		log_warn("events go nowhere: neither --export-filename nor --export-stdout is "
			 "given, or --export-rate-limit is 0, and --server-address is empty");
	return 0;
}

static void print_lines(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		log_info("ledger: %.*s", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static uint64_t print_sink(const struct sink *sink, struct str *out)
{
	uint64_t sum = sink->stats.delivered + sink->stats.pending;

	str_appendf(out, "sink=%s delivered=%llu bytes=%llu pending=%llu", sink->name,
		    (unsigned long long)sink->stats.delivered,
		    (unsigned long long)sink->stats.bytes, (unsigned long long)sink->stats.pending);
	for (int i = 0; i < _SINK_DROP_MAX; i++) {
		sum += sink->stats.dropped[i];
		if (sink->stats.dropped[i])
			str_appendf(out, " dropped_%s=%llu", sink_drop_to_string((enum sink_drop)i),
				    (unsigned long long)sink->stats.dropped[i]);
	}
	str_append_char(out, '\n');
	return sum;
}

/* Brings the ledger up to date with the kernel side; what is counted at the policies' places only
 * while these are not the worker's. */
static void count_kernel(struct agent *a)
{
	int r = process_sensor_ledger(a->sensor, &a->ledger.kernel, &a->ledger.missed);

	if (r < 0)
		log_warn("the ledger lacks what the kernel counted: %s", strerror(-r));
	if (!worker_busy(a->worker)) {
		missed_done(&a->missed);
		a->missed = MISSED_INIT;
		policy_set_missed(a->policies, &a->missed);
		a->loads_lost = policy_set_loads_lost(a->policies);
	}
	/* Those that came are counted as supplied. */
	a->ledger.kernel.produced[RECORD_LOAD] += a->loads_lost;
	a->ledger.kernel.full[RECORD_LOAD] += a->loads_lost;
	a->ledger.missed += a->missed.total;
	if (a->redactor)
		a->ledger.overredacted = redactor_doubts(a->redactor);
	a->ledger.undecided = a->filters.events.undecided;
	a->ledger.valueless = a->filters.events.valueless;
	a->ledger.unnamed = symbols_skipped(a->symbols);
}

/* Returns whether all sums hold. */
static bool print_ledger(struct agent *a)
{
	_cleanup_str_ struct str out = STR_INIT;
	const struct table_stats *table = table_get_stats(tracker_table(a->tracker));
	uint64_t exported = 0;
	bool balanced;

	count_kernel(a);
	ledger_print(&a->ledger, &out);
	missed_print(&a->missed, &out);
	balanced = ledger_balanced(&a->ledger);
	for (size_t i = 0; i < _EVENT_MAX; i++)
		exported += a->ledger.exported[i];
	for (size_t i = 0; i < a->exporter.n_sinks; i++)
		balanced &= print_sink(a->exporter.sinks[i], &out) == exported;
	str_appendf(&out,
		    "processes entries=%zu bytes=%zu forgotten_dead=%llu forgotten_alive=%llu\n",
		    table->entries, table->bytes, (unsigned long long)table->forgotten_dead,
		    (unsigned long long)table->forgotten_alive);
	policy_set_print_counts(a->policies, &out);
	balanced &= requests_print(a->requests, &out);
	str_appendf(&out, "balanced=%s\n", balanced ? "true" : "false");
	if (str_cstr(&out))
		print_lines(out.data);
	return balanced;
}

/* "2 policies work, 1 does not" */
static void describe_policies(const struct agent *a, struct str *out)
{
	size_t n = policy_set_count(a->policies), works = 0;

	for (size_t i = 0; i < n; i++)
		works += policy_state_works(policy_set_status(a->policies, i)->state);
	str_appendf(out, "%zu %s", works, works == 1 ? "policy works" : "policies work");
	if (n > works)
		str_appendf(out, ", %zu %s not", n - works, n - works == 1 ? "does" : "do");
}

/* Tells who looks after it what the agent is at. */
static void enter(struct agent *a, enum phase phase)
{
	static const char *const texts[_PHASE_MAX] = {
		[PHASE_STARTING] = "Looking at the processes that there are",
		[PHASE_LOADING] = "Loading policies",
		[PHASE_RUNNING] = "Watching",
		[PHASE_INCOMPLETE] = "Watching, without the policies of clients that were kept",
		[PHASE_RELOADING] = "Reading the policies again",
		[PHASE_STOPPING] = "Writing what is left",
	};
	_cleanup_str_ struct str status = STR_INIT;

	/* Policies that are loaded meanwhile change nothing about that. */
	if (a->phase == PHASE_STOPPING)
		return;
	a->phase = phase;
	str_append_z(&status, texts[phase]);
	if (phase == PHASE_RUNNING || phase == PHASE_INCOMPLETE) {
		str_append_lit(&status, "; ");
		describe_policies(a, &status);
	}
	notify_phase(&a->notify, phase, str_cstr(&status) ? status.data : texts[phase]);
	if (a->api)
		api_set_ready(a->api, phase_is_ready(phase));
}

static void log_error_of(const struct error *err)
{
	_cleanup_free_ char *text = err ? error_text(err) : NULL;

	log_error("%s", text ? text : strerror(ENOMEM));
}

/* Now that nothing waits, and all programs that can be in a stack are there. */
static void read_kernel_symbols(struct agent *a)
{
	int r = policy_set_wants_kernel_stacks(a->policies) ? symbols_read_kernel(a->symbols) : 0;

	if (r == -EACCES)
		log_warn("stacks of the kernel are told without names, for it hides its addresses: "
			 "sysctl kernel.kptr_restrict=1 lets the agent see them");
	else if (r < 0)
		log_warn("stacks of the kernel are told without names: %s/kallsyms: %s",
			 a->settings->procfs, strerror(-r));
}

static int read_policies(struct agent *a, struct error **reterr)
{
	const struct settings *s = a->settings;
	int r = 0;

	if (s->tracing_policy)
		r = policy_set_read(a->policies, s->tracing_policy, reterr);
	if (r >= 0 && s->tracing_policy_dir && !access(s->tracing_policy_dir, F_OK))
		r = policy_set_read(a->policies, s->tracing_policy_dir, reterr);
	return r;
}

/* Before those of the files, and again as long as it could not be done. */
static void restore_policies(struct agent *a)
{
	_cleanup_error_ struct error *err = NULL;

	if (a->restored || !a->store)
		return;
	a->restored = policy_work_restore(a->policies, a->store, &err) >= 0;
	if (a->restored)
		return;
	error_wrap(&err, 0, "no policy of clients is restored");
	error_remedy(&err, "send the agent a SIGHUP when that is mended");
	log_error_of(err);
}

/* Has those of the files work, and no others. When files cannot be read, nothing changes. */
static void load_policies(struct agent *a)
{
	_cleanup_error_ struct error *err = NULL;

	restore_policies(a);
	policy_set_begin(a->policies);
	a->result = read_policies(a, &a->error);
	if (a->result < 0)
		policy_set_cancel(a->policies);
	else if (policy_set_apply(a->policies, &err) < 0)
		log_error_of(err);
}

static void work(void *userdata)
{
	struct agent *a = userdata;

	if (a->probing)
		a->probes = info_probe(&a->stops);
	else if (a->change)
		a->result = policy_work_change(a->policies, a->store, a->change, &a->error);
	else
		load_policies(a);
}

/* After what those told of that are no more was read. */
static int watch_loads(struct agent *a, struct error **reterr)
{
	int r = pump_set_loads(a->pump, policy_set_loads(a->policies));

	return r < 0 ? error_set(reterr, r, "cannot wait for what processes load: %s", strerror(-r))
		     : 0;
}

static int list_policies(void *userdata, const char *domain, bool extended, struct arena *arena,
			 Tetragon__ListTracingPoliciesResponse *answer)
{
	struct agent *a = userdata;

	/* Then they are the worker's. */
	if (worker_busy(a->worker))
		return -EBUSY;
	return policy_answer_list(a->policies, domain, extended, arena, answer);
}

static int list_domains(void *userdata, struct arena *arena, Tetragon__ListDomainsResponse *answer)
{
	struct agent *a = userdata;

	return worker_busy(a->worker) ? -EBUSY : policy_answer_domains(a->policies, arena, answer);
}

static void next(struct agent *a);

static void change_policy(void *userdata, struct api_change *change)
{
	struct agent *a = userdata;

	list_add_tail(&a->changes, &change->node);
	if (!worker_busy(a->worker) && a->watches)
		next(a);
}

static int get_event_log(void *userdata, struct api_event_log *ret)
{
	struct agent *a = userdata;

	if (!a->file)
		return -ENOENT;
	*ret = a->event_log;
	return 0;
}

static void set_event_log(void *userdata, const struct api_event_log *log)
{
	struct agent *a = userdata;

	a->event_log = *log;
	file_sink_configure(a->file, (uint64_t)log->max_size_mb << 20, log->rotation_interval,
			    (unsigned)log->max_backups);
	log_info("a client has the exported file rotated at %lld MB, every %llu s, with %lld old "
		 "ones kept",
		 (long long)log->max_size_mb,
		 (unsigned long long)(log->rotation_interval / NSEC_PER_SEC),
		 (long long)log->max_backups);
}

static int each_process(void *userdata, const Tetragon__DumpProcessCacheReqArgs *which,
			void (*each)(const Tetragon__ProcessInternal *process, void *data),
			void *data)
{
	struct agent *a = userdata;

	return process_list(tracker_table(a->tracker), a->messages, which, each, data);
}

static int start_probing(struct agent *a);

static int get_info(void *userdata, struct arena *arena, Tetragon__GetInfoResponse *answer)
{
	struct agent *a = userdata;

	if (a->probes_failed)
		return -ENOMEM;
	if (!a->probing && a->probes)
		return info_tell(a->settings, a->probes, a->node_name, arena, answer);
	a->probes_wanted = true;
	return start_probing(a) < 0 ? -ENOMEM : -EBUSY;
}

static int serve(struct agent *a, struct error **reterr)
{
	const struct api_agent agent = {
		.list_policies = list_policies,
		.list_domains = list_domains,
		.change_policy = change_policy,
		.get_event_log = get_event_log,
		.set_event_log = set_event_log,
		.each_process = each_process,
		.get_info = get_info,
		.filter_rules = export_filters_rules(a->settings),
		.userdata = a,
	};
	const struct settings *s = a->settings;

	return s->server_address || s->health_server_address
		       ? serving_start(&a->loop, s, &agent, &a->api, reterr)
		       : 0;
}

static bool refresh(void *userdata)
{
	struct agent *a = userdata;

	count_kernel(a);
	return !worker_busy(a->worker);
}

/* Where --metrics-server says. */
static int serve_web(struct agent *a, struct error **reterr)
{
	const struct settings *s = a->settings;
	const struct web_config config = {
		.loop = &a->loop,
		.sources =
			{
				.settings = s,
				.node_name = a->node_name,
				.ledger = &a->ledger,
				.missed = &a->missed,
				.exporter = &a->exporter,
				.policies = a->policies,
				.tracker = a->tracker,
				.requests = a->requests,
				.ring = process_sensor_ring(a->sensor),
				.binaries = a->binaries,
				.phase = &a->phase,
			},
		.refresh = refresh,
		.userdata = a,
	};
	int r;

	if (!s->metrics_server)
		return 0;
	r = web_new(&config, s->metrics_server, &a->web, reterr);
	if (r < 0)
		return error_wrap(reterr, r, "metrics-server");
	log_info("serving http://%s/metrics", web_address(a->web));
	return 0;
}

static void report(struct agent *a);
static void reload(struct agent *a);
static void start_changes(struct agent *a);

/* What waits for the worker to be done. */
static void next(struct agent *a)
{
	if (a->api)
		api_retry(a->api);
	if (a->report_wanted)
		report(a);
	if (a->reload_wanted)
		reload(a);
	start_changes(a);
	start_probing(a);
}

static void on_probed(struct agent *a)
{
	a->probing = false;
	a->probes_failed = !a->probes;
	next(a);
	a->probes_failed = false;
}

/* The policies are others now. */
static void follow_policies(struct agent *a)
{
	_cleanup_error_ struct error *err = NULL;

	read_kernel_symbols(a);
	malloc_trim(0);
	/* Not while the worker is busy: the pump reads of them, and follows CPUs. */
	policy_set_end_loads(a->policies);
	/* What programs wrote that are no more is told of, too. */
	pump_catch_up(a->pump);
	if (watch_loads(a, &err) < 0)
		log_error_of(err);
	policy_set_end_hooks(a->policies);
	tracker_end_hooks(a->tracker);
	policy_set_forget(a->policies);
	on_drained(a);
}

static void on_changed(struct agent *a)
{
	struct api_change *change = TAKE_PTR(a->change);

	follow_policies(a);
	change->done(change, a->result, a->error);
	error_free(&a->error);
	a->result = 0;
	next(a);
}

static enum phase phase_of(const struct agent *a)
{
	return a->restored || !a->store ? PHASE_RUNNING : PHASE_INCOMPLETE;
}

static void on_loaded(struct agent *a)
{
	if (a->result < 0 && !a->watches) {
		uv_stop(&a->loop);
		return;
	}
	if (a->result < 0) {
		log_error_of(a->error);
		error_free(&a->error);
		a->result = 0;
	} else {
		follow_policies(a);
	}
	enter(a, phase_of(a));
	if (!a->watches)
		log_info("ocellid " OCELLI_VERSION " watches %zu processes",
			 table_get_stats(tracker_table(a->tracker))->entries);
	a->watches = true;
	next(a);
}

static void on_worked(void *userdata)
{
	struct agent *a = userdata;

	if (a->probing)
		on_probed(a);
	else if (a->change)
		on_changed(a);
	else
		on_loaded(a);
}

/* Those that nobody waits for any more are left out. */
static struct api_change *next_change(struct agent *a)
{
	while (!list_empty(&a->changes)) {
		struct api_change *change = container_of(a->changes.next, struct api_change, node);

		list_del(&change->node);
		if (!change->unwanted && !a->stops)
			return change;
		change->done(change, -ECANCELED, NULL);
	}
	return NULL;
}

static void start_changes(struct agent *a)
{
	struct api_change *change;
	int r;

	while (!worker_busy(a->worker) && (change = next_change(a))) {
		a->change = change;
		r = worker_start(a->worker);
		if (r >= 0)
			return;
		a->change = NULL;
		change->done(change, r, NULL);
	}
}

/* After what policies have the worker do. */
static int start_probing(struct agent *a)
{
	int r;

	if (!a->probes_wanted || worker_busy(a->worker) || a->stops)
		return 0;
	a->probes_wanted = false;
	a->probing = true;
	r = worker_start(a->worker);
	a->probing = r >= 0;
	return r;
}

static void reload(struct agent *a)
{
	int r;

	a->reload_wanted = worker_busy(a->worker);
	if (a->reload_wanted || a->stops)
		return;
	log_info("received SIGHUP, reading the policies");
	enter(a, PHASE_RELOADING);
	r = worker_start(a->worker);
	if (r < 0) {
		log_error("cannot read the policies: %s", strerror(-r));
		enter(a, phase_of(a));
	}
}

static void report(struct agent *a)
{
	a->report_wanted = worker_busy(a->worker);
	if (a->report_wanted)
		return;
	/* Records are written all the time: between emptying the ring and reading the kernel side's
	 * counts a few more may come, and the sums are off by them. At the end they must hold. */
	pump_catch_up(a->pump);
	print_ledger(a);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct agent *a = handle->data;

	if (number == SIGUSR1) {
		report(a);
	} else if (number == SIGHUP) {
		reload(a);
	} else {
		log_info("received SIG%s, stopping", sigabbrev_np(number));
		uv_stop(&a->loop);
	}
}

static void check_throttled(void *userdata, struct cgroup *cgroup)
{
	struct agent *a = userdata;
	uint64_t now = clock_ns(CLOCK_BOOTTIME);

	if (!cgroup->throttled)
		return;
	if (process_sensor_cgroup_rate(a->sensor, cgroup->id, now) >
	    a->settings->cgroup_rate_events) {
		cgroup->quiet = 0;
		return;
	}
	if (++cgroup->quiet < QUIET_SECONDS)
		return;
	process_sensor_unthrottle(a->sensor, cgroup->id);
	tracker_throttle_stop(a->tracker, cgroup, now);
}

/* Told once, to the streams that there are, however long it goes on. */
static void follow_log(struct agent *a)
{
	_cleanup_error_ struct error *err = NULL;
	int r = log_follow_file(&err);

	if (r < 0 && !a->log_lost)
		log_error_of(err);
	a->log_lost = r < 0;
}

static void on_tick(uv_timer_t *timer)
{
	struct agent *a = timer->data;

	if (a->settings->cgroup_rate_events)
		cgroups_each(tracker_cgroups(a->tracker), check_throttled, a);
	messages_tick(a->messages);
	symbols_tick(a->symbols);
	tracker_tick(a->tracker, clock_ns(CLOCK_BOOTTIME));
	exporter_tick(&a->exporter);
	follow_log(a);
	if (a->api)
		serving_tick(a->api);
	on_drained(a);
}

static void on_watchdog(uv_timer_t *timer)
{
	const struct agent *a = timer->data;

	notify_alive(&a->notify);
}

static void on_sink(uv_poll_t *poll, int status, int events)
{
	sink_flush(poll->data);
}

/* Before anything that takes time, so that a stop asked for meanwhile is an orderly one. */
static void watch_signals(struct agent *a)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGUSR1, SIGHUP};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		uv_signal_init(&a->loop, &a->signals[i]);
		a->signals[i].data = a;
		uv_signal_start(&a->signals[i], on_signal, numbers[i]);
	}
}

static void start_loop(struct agent *a)
{
	uv_timer_init(&a->loop, &a->tick);
	a->tick.data = a;
	uv_timer_start(&a->tick, on_tick, 1000, 1000);
	uv_timer_init(&a->loop, &a->watchdog);
	a->watchdog.data = a;
	/* Twice as often as is asked for: sd_watchdog_enabled(3). */
	if (a->notify.watchdog_ms)
		uv_timer_start(&a->watchdog, on_watchdog, 0, MAX(a->notify.watchdog_ms / 2, 1));
	for (size_t i = 0; i < a->exporter.n_sinks; i++) {
		if (a->exporter.sinks[i]->poll_fd < 0)
			continue;
		uv_poll_init(&a->loop, &a->sink_polls[i], a->exporter.sinks[i]->poll_fd);
		a->sink_polls[i].data = a->exporter.sinks[i];
		uv_poll_start(&a->sink_polls[i], UV_READABLE, on_sink);
	}
}

static int prepare_policies(struct agent *a, struct error **reterr)
{
	struct plan_facts facts = {.stack_addresses = a->settings->expose_stack_addresses};
	const struct worker_config worker = {
		.loop = &a->loop,
		.work = work,
		.done = on_worked,
		.userdata = a,
	};
	int r;

	memcpy(facts.host_ns, messages_host_namespaces(a->messages), sizeof(facts.host_ns));
	r = policy_set_new(a->sensor, a->hooks, &facts, &a->policies);
	if (r >= 0)
		r = worker_new(&worker, &a->worker);
	if (r < 0)
		return error_set(reterr, r, "out of memory");
	return a->settings->persist_grpc_policies
		       ? policy_store_open(a->settings->persist_grpc_policies_dir, &a->store,
					   reterr)
		       : 0;
}

static int prepare_redactor(struct agent *a, struct tracker_config *tracker,
			    struct message_config *message, struct error **reterr)
{
	_cleanup_(redaction_free) struct redaction *filters = NULL;
	int r;

	if (!a->settings->redaction_filters)
		return 0;
	r = export_filters_read_redaction(a->settings, &filters, reterr);
	if (r < 0)
		return r;
	if (redactor_new(&filters, &a->redactor) < 0)
		return error_set(reterr, -ENOMEM, "out of memory");
	tracker->redact = redact_image;
	message->redact = redact_string;
	message->redact_userdata = a;
	return 0;
}

static int start(struct agent *a, struct error **reterr)
{
	const struct settings *s = a->settings;
	struct tracker_config tracker = {
		.table = {(size_t)s->process_cache_size, s->process_cache_bytes},
		.max_cgroups = 4 * CGROUPS_MAX,
		.event = on_event,
		.act = on_act,
		.read_strings = read_strings,
		.lossy = lossy,
		.userdata = a,
	};
	struct message_config message = {
		.node_name = a->node_name,
		.cluster_name = s->cluster_name ? s->cluster_name : "",
		.with_cred = s->enable_process_cred,
		.with_ns = s->enable_process_ns,
		.with_env = s->enable_process_environment_variables,
		.env_names = (const char *const *)s->filter_environment_variables.v,
		.n_env_names = s->filter_environment_variables.n,
		.with_ancestors = s->enable_ancestors.n > 0,
		.with_user_names = s->username_metadata == USERNAME_METADATA_UNIX,
		.extended = s->export_extended_fields,
		.proc = s->procfs,
		.with_stack_addresses = s->expose_stack_addresses,
	};
	struct process_sensor_config sensor = {
		.ring_bytes = ring_bytes(s),
		.capture_env = s->enable_process_environment_variables,
		.throttle_events = s->cgroup_rate_events,
		.throttle_window = s->cgroup_rate_interval,
		.verbose = (int)s->verbose,
	};
	struct pump_config pump = {
		.loop = &a->loop,
		.record = on_record,
		.load = on_load,
		.drained = on_drained,
		.userdata = a,
	};
	int r;

	r = instance_lock(s->run_dir, &a->lock_fd, reterr);
	if (r < 0)
		return r;
	find_node_name(a);
	enter(a, PHASE_STARTING);
	if (hooks_new(&a->hooks) < 0)
		return error_set(reterr, -ENOMEM, "out of memory");
	if (s->metrics_server && s->enable_event_metrics &&
	    s->metrics_labels & METRICS_LABEL_BINARY &&
	    binaries_new((size_t)s->metrics_series_limit / _EVENT_MAX, &a->binaries) < 0)
		return error_set(reterr, -ENOMEM, "out of memory");
	if (symbols_new(s->procfs, &a->symbols) < 0 || requests_new(&a->requests) < 0)
		return error_set(reterr, -ENOMEM, "out of memory");
	message.symbols = a->symbols;
	tracker.hooks = a->hooks;
	r = prepare_redactor(a, &tracker, &message, reterr);
	if (r < 0)
		return r;
	if (tracker_new(&tracker, &a->ledger, &a->tracker) < 0 ||
	    messages_new(&message, a->tracker, &a->ledger, &a->messages) < 0)
		return error_set(reterr, -ENOMEM, "out of memory");
	r = export_filters_read(s, &a->filters, reterr);
	if (r < 0)
		return r;
	exporter_init(&a->exporter, a->messages, &a->ledger, &a->filters, s->export_rate_limit);
	r = add_sinks(a, reterr);
	if (r < 0)
		return r;
	r = process_sensor_new(&sensor, &a->sensor, reterr);
	if (r < 0)
		return r;
	/* Loading read the kernel's whole type information. */
	malloc_trim(0);

	pump.ring = process_sensor_ring(a->sensor);
	pump.ring_fd = process_sensor_fd(a->sensor);
	pump.reader = process_sensor_reader(a->sensor);
	r = pump_new(&pump, &a->pump);
	if (r < 0)
		return error_set(reterr, r, "cannot wait for events: %s", strerror(-r));
	r = process_sensor_scan(a->sensor, drain_scan, a, reterr);
	if (r < 0)
		return r;
	supply_missing(a);
	a->exporter.patient = true;
	tracker_scan_done(a->tracker);
	exporter_flush(&a->exporter);
	a->exporter.patient = false;
	return prepare_policies(a, reterr);
}

static int finish(struct agent *a, struct error **reterr)
{
	a->stops = true;
	enter(a, PHASE_STOPPING);
	policy_set_stop(a->policies);
	worker_settle(a->worker);
	policy_set_detach(a->policies);
	process_sensor_detach(a->sensor);
	pump_drain(a->pump);
	tracker_finish(a->tracker);
	requests_stop(a->requests);
	exporter_flush(&a->exporter);
	if (a->api)
		api_stop(a->api, LAST_FLUSH_MS);
	exporter_tick(&a->exporter);
	/* Readers that lag have a last chance. */
	exporter_settle(&a->exporter, LAST_FLUSH_MS);
	if (!print_ledger(a))
		return error_set(reterr, -EPROTO,
				 "the event ledger does not balance: events were lost uncounted");
	return 0;
}

static void close_handle(uv_handle_t *handle, void *arg)
{
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

/* Policies after the processes, so that each that an event is of has been told of. */
static int watch(struct agent *a, struct error **reterr)
{
	int r;

	enter(a, PHASE_LOADING);
	r = worker_start(a->worker);
	if (r < 0)
		return error_set(reterr, r, "cannot read the policies: %s", strerror(-r));
	uv_run(&a->loop, UV_RUN_DEFAULT);
	r = finish(a, reterr);
	if (a->result < 0 && r >= 0) {
		*reterr = a->error;
		a->error = NULL;
	}
	return a->result < 0 ? a->result : r;
}

int agent_run(const struct settings *settings, struct error **reterr)
{
	struct agent a = {.settings = settings, .lock_fd = -1, .notify = NOTIFY_NONE};
	int r;

	list_init(&a.changes);
	/* A reader that goes away is told by EPIPE. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	r = uv_loop_init(&a.loop);
	if (r < 0)
		return error_set(reterr, r, "cannot set up the event loop: %s", uv_strerror(r));
	notify_open(&a.notify);
	watch_signals(&a);
	r = start(&a, reterr);
	if (r >= 0)
		r = serve(&a, reterr);
	if (r >= 0)
		r = serve_web(&a, reterr);
	if (r >= 0) {
		start_loop(&a);
		pump_start(a.pump);
		r = watch(&a, reterr);
	}
	if (a.api)
		api_close(a.api);
	uv_walk(&a.loop, close_handle, NULL);
	while (uv_run(&a.loop, UV_RUN_DEFAULT))
		;
	uv_loop_close(&a.loop);
	next_change(&a);
	api_free(&a.api);
	web_free(&a.web);
	pump_free(&a.pump);
	worker_free(&a.worker);
	error_free(&a.error);
	policy_set_free(&a.policies);
	policy_store_free(&a.store);
	info_probes_free(&a.probes);
	process_sensor_free(&a.sensor);
	exporter_done(&a.exporter);
	export_filters_done(&a.filters);
	redactor_free(&a.redactor);
	messages_free(&a.messages);
	symbols_free(&a.symbols);
	requests_free(&a.requests);
	tracker_free(&a.tracker);
	hooks_free(&a.hooks);
	binaries_free(&a.binaries);
	missed_done(&a.missed);
	notify_close(&a.notify);
	instance_unlock(settings->run_dir, &a.lock_fd);
	return r;
}
