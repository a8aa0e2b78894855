// SPDX-License-Identifier: Apache-2.0
#include "agent/agent.h"
#include "agent/info_file.h"
#include "agent/instance.h"
#include "agent/lasting.h"
#include "agent/serving.h"
#include "agent/state.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "sensor/process_sensor.h"
#include "sensor/procfs.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Over all CPUs. Some 0.2 s of a machine that does nothing but start processes. */
#define RING_BYTES_DEFAULT (4 << 20)
/* Below, the longest record would fill a good part of it. */
#define RING_BYTES_MIN (256 << 10)
#define RING_BYTES_MAX (1ULL << 30)
/* A throttled cgroup is let go after so many seconds below its rate. */
#define QUIET_SECONDS 5
/* A new version of a program is hooked so many seconds later, at most. */
#define FOLLOW_TICKS 3
/* How long slow readers are waited for at the end. */
#define LAST_FLUSH_MS 1000

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

/* Containers bring their own files. */
static void note_root(struct agent *a, const struct process *process)
{
	uint64_t mnt = process && process->image ? process->image->exec.ns[EXEC_NS_MNT] : 0;

	if (mnt && roots_note(a->roots, mnt, process->key.pid) && a->worker)
		agent_follow_programs(a);
}

static void on_event(void *userdata, const struct event *event)
{
	struct agent *a = userdata;

	if (a->binaries)
		binaries_count(a->binaries, event->type,
			       event->process ? event->process->image : NULL);
	if (event->type == EVENT_EXEC)
		note_root(a, event->process);
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

void agent_drained(void *userdata)
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

static void on_cgroup(void *userdata, const struct cgroup *cgroup)
{
	struct agent *a = userdata;

	if (!a->pod_watch)
		return;
	pod_watch_cgroup(a->pod_watch, cgroup);
	if (a->cri_watch && *cgroup->container_id && !pods_find(a->pods, cgroup->container_id))
		cri_watch_wake(a->cri_watch);
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

static void on_signal(uv_signal_t *handle, int number)
{
	struct agent *a = handle->data;

	if (number == SIGUSR1) {
		agent_report(a);
	} else if (number == SIGHUP) {
		agent_reload(a);
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
		agent_log_error(err);
	a->log_lost = r < 0;
}

static void on_tick(uv_timer_t *timer)
{
	struct agent *a = timer->data;

	if (a->settings->cgroup_rate_events)
		cgroups_each(tracker_cgroups(a->tracker), check_throttled, a);
	if (!worker_busy(a->worker))
		lasting_mend(a);
	if (++a->ticks % FOLLOW_TICKS == 0)
		agent_follow_programs(a);
	pod_watch_tick(a->pod_watch);
	if (a->cri_watch)
		cri_watch_tick(a->cri_watch);
	messages_tick(a->messages);
	symbols_tick(a->symbols);
	tracker_tick(a->tracker, clock_ns(CLOCK_BOOTTIME));
	exporter_tick(&a->exporter);
	follow_log(a);
	if (a->api)
		serving_tick(a->api);
	agent_drained(a);
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
		.cgroup = on_cgroup,
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
		.drained = agent_drained,
		.userdata = a,
	};
	int r;

	r = instance_lock(s->run_dir, &a->lock_fd, reterr);
	if (r < 0)
		return r;
	find_node_name(a);
	agent_enter(a, PHASE_STARTING);
	if (hooks_new(&a->hooks) < 0)
		return error_set(reterr, -ENOMEM, "out of memory");
	if (s->metrics_server && s->enable_event_metrics &&
	    s->metrics_labels & METRICS_LABEL_BINARY &&
	    binaries_new((size_t)s->metrics_series_limit / _EVENT_MAX, &a->binaries) < 0)
		return error_set(reterr, -ENOMEM, "out of memory");
	if (symbols_new(s->procfs, &a->symbols) < 0 || requests_new(&a->requests) < 0)
		return error_set(reterr, -ENOMEM, "out of memory");
	if (pods_new(&a->pods) < 0 || scopes_new(a->pods, &a->scopes) < 0 ||
	    roots_new(s->procfs, &a->roots) < 0)
		return error_set(reterr, -ENOMEM, "out of memory");
	message.symbols = a->symbols;
	message.pods = a->pods;
	tracker.hooks = a->hooks;
	r = prepare_redactor(a, &tracker, &message, reterr);
	if (r < 0)
		return r;
	if (tracker_new(&tracker, &a->ledger, &a->tracker) < 0 ||
	    messages_new(&message, a->tracker, &a->ledger, &a->messages) < 0 ||
	    pod_watch_new(s, a->pods, tracker_cgroups(a->tracker), &a->pod_watch) < 0)
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
	if (s->enable_cri) {
		r = cri_watch_new(&a->loop, s, a->pods, a->pod_watch, &a->cri_watch, reterr);
		if (r < 0)
			return r;
	}
	return agent_prepare_policies(a, reterr);
}

static int finish(struct agent *a, struct error **reterr)
{
	a->stops = true;
	agent_enter(a, PHASE_STOPPING);
	policy_set_stop(a->policies);
	if (a->cri_watch)
		cri_watch_stop(a->cri_watch);
	worker_settle(a->worker);
	if (a->settings->keep_sensors_on_exit)
		lasting_leave(a);
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
	if (!agent_print_ledger(a))
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

	agent_enter(a, PHASE_LOADING);
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

/* Who looks for us there asks where we are by default. */
static void announce(const struct settings *settings)
{
	int r = info_file_write(settings);

	if (r < 0)
		log_warn("cannot write ocelli-info.json in %s: %s", settings->run_dir,
			 strerror(-r));
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
		r = agent_serve(&a, reterr);
	if (r >= 0)
		r = agent_serve_web(&a, reterr);
	if (r >= 0) {
		announce(settings);
		start_loop(&a);
		pump_start(a.pump);
		r = watch(&a, reterr);
	}
	if (a.lock_fd >= 0)
		info_file_remove(settings);
	if (a.api)
		api_close(a.api);
	/* It asks from the start on, also when that came to nothing. */
	if (a.cri_watch)
		cri_watch_stop(a.cri_watch);
	uv_walk(&a.loop, close_handle, NULL);
	while (uv_run(&a.loop, UV_RUN_DEFAULT))
		;
	uv_loop_close(&a.loop);
	agent_next_change(&a);
	api_free(&a.api);
	web_free(&a.web);
	pump_free(&a.pump);
	worker_free(&a.worker);
	error_free(&a.error);
	policy_set_free(&a.policies);
	pins_free(&a.pins);
	policy_store_free(&a.store);
	info_probes_free(&a.probes);
	process_sensor_free(&a.sensor);
	exporter_done(&a.exporter);
	export_filters_done(&a.filters);
	redactor_free(&a.redactor);
	messages_free(&a.messages);
	symbols_free(&a.symbols);
	cri_watch_free(&a.cri_watch);
	pod_watch_free(&a.pod_watch);
	scopes_free(&a.scopes);
	roots_free(&a.roots);
	pods_free(&a.pods);
	requests_free(&a.requests);
	tracker_free(&a.tracker);
	hooks_free(&a.hooks);
	binaries_free(&a.binaries);
	missed_done(&a.missed);
	notify_close(&a.notify);
	instance_unlock(settings->run_dir, &a.lock_fd);
	return r;
}
