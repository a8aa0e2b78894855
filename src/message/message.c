// SPDX-License-Identifier: Apache-2.0
#include "message/message.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "core/namespaces.h"
#include "message/hashes.h"
#include "message/kprobe_args.h"
#include "message/names.h"
#include "message/process_view.h"
#include "message/stacks.h"

#include "tetragon/events.pb-c.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Schema fields of a process that change from event to event. */
#define FIELD_REFCNT 13
#define FIELD_TID 16
/* A step of the wall clock; smaller corrections it makes by itself, and times that were told stay
 * what they are. */
#define CLOCK_STEP_NS (100 * NSEC_PER_MSEC)
/* Bytes of text kept from one process to the next. */
#define PARTS_KEPT (64 * 1024)
/* Generations of ancestors told, beyond the parent. */
#define ANCESTORS_MAX 64

union payload {
	Tetragon__ProcessExec exec;
	struct {
		Tetragon__ProcessExit message;
		Google__Protobuf__Timestamp time;
		char signal[16];
	} exit;
	Tetragon__ProcessThrottle throttle;
	Tetragon__RateLimitInfo rate_limit;
	Tetragon__ProcessKprobe kprobe;
	Tetragon__ProcessTracepoint tracepoint;
	Tetragon__ProcessLsm lsm;
	Tetragon__ProcessUprobe uprobe;
	Tetragon__ProcessUsdt usdt;
	Tetragon__ProcessLoader loader;
};

struct messages {
	struct json_writer writer; /* first: the hook gets back to us through it */
	struct message_config config;
	struct view_context context;
	struct tracker *tracker;
	struct arena arena;
	struct process_view process, parent;
	/* The event that is being told. */
	const struct event *event;
	struct lazy lazy;
	Tetragon__GetEventsResponse response;
	Google__Protobuf__Timestamp time;
	union payload payload;
	struct process_view *views[ANCESTORS_MAX + 2]; /* those in it */
	size_t n_views;
	struct str parts; /* of the process that is being written */
	bool failed;      /* in the hook */
	uint64_t pods;    /* as of when the kept texts were made */
};

/* Between reading the one clock and the other we may lose the CPU: the closest of some pairs. */
static uint64_t measure_boot_to_wall(void)
{
	uint64_t best = 0, least = UINT64_MAX;

	for (int i = 0; i < 8; i++) {
		uint64_t before = clock_ns(CLOCK_BOOTTIME), wall = clock_ns(CLOCK_REALTIME);
		uint64_t took = clock_ns(CLOCK_BOOTTIME) - before;

		if (took >= least)
			continue;
		least = took;
		best = wall - before - took / 2;
	}
	return best;
}

static bool write_process(struct json_writer *w, struct str *out, const ProtobufCMessage *msg);
static int fill(struct lazy *lazy, const ProtobufCMessage *msg);

int messages_new(const struct message_config *config, struct tracker *tracker,
		 struct ledger *ledger, struct messages **ret)
{
	struct messages *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->config = *config;
	m->tracker = tracker;
	m->writer.extensions = config->extended;
	m->writer.message = write_process;
	m->lazy.fill = fill;
	m->context.config = &m->config;
	m->context.cgroups = tracker_cgroups(tracker);
	m->context.arena = &m->arena;
	m->context.ledger = ledger;
	m->context.boot_to_wall = measure_boot_to_wall();
	namespaces_of_host(config->proc, m->context.host_ns);
	if (config->with_user_names &&
	    users_new(config->passwd ? config->passwd : "/etc/passwd", &m->context.users) < 0) {
		messages_free(&m);
		return -ENOMEM;
	}
	*ret = m;
	return 0;
}

const uint32_t *messages_host_namespaces(const struct messages *messages)
{
	return messages->context.host_ns;
}

void messages_free(struct messages **messages)
{
	if (!*messages)
		return;
	users_free(&(*messages)->context.users);
	arena_done(&(*messages)->arena);
	str_free(&(*messages)->parts);
	free(*messages);
	*messages = NULL;
}

static void forget_text(void *table, struct process *p)
{
	table_set_json(table, p, NULL);
}

static void forget_texts(struct messages *m)
{
	struct table *table = tracker_table(m->tracker);

	table_each(table, forget_text, table);
}

/* What is known of containers is in the kept texts. */
static void follow_pods(struct messages *m)
{
	uint64_t now = m->config.pods ? pods_generation(m->config.pods) : 0;

	if (now == m->pods)
		return;
	m->pods = now;
	forget_texts(m);
}

void messages_tick(struct messages *m)
{
	uint64_t now = measure_boot_to_wall(), old = m->context.boot_to_wall;

	if ((now > old ? now - old : old - now) > CLOCK_STEP_NS)
		m->context.boot_to_wall = now;
	/* The kept texts hold names. */
	if (m->context.users && users_refresh(m->context.users))
		forget_texts(m);
}

/* Fills @text with the process's object but for those fields. Its text is borrowed. */
static struct process_json write_parts(struct messages *m, struct str *text,
				       const Tetragon__Process *message)
{
	struct process_json json;

	/* One process with long arguments must not keep its memory for ever. */
	if (text->cap > PARTS_KEPT)
		str_free(text);
	str_reset(text);
	json_write_fields(&m->writer, text, &message->base, 1, FIELD_REFCNT - 1);
	json.refcnt = text->len;
	json_write_fields(&m->writer, text, &message->base, FIELD_REFCNT + 1, FIELD_TID - 1);
	json.tid = text->len;
	json_write_fields(&m->writer, text, &message->base, FIELD_TID + 1, ~0U);
	json.len = text->len;
	json.text = text->data;
	return json;
}

static void put_part(struct str *out, const char *text, size_t len)
{
	if (len == 0)
		return;
	str_append_char(out, ',');
	str_append(out, text, len);
}

static void put_process(struct str *out, const struct process_json *json,
			const struct process_view *view)
{
	if (!str_reserve(out, json->len + 64))
		return;
	str_append_char(out, '{');
	str_append(out, json->text, json->refcnt);
	if (view->message.refcnt) {
		str_append_lit(out, ",\"refcnt\":");
		str_append_u64(out, view->message.refcnt);
	}
	put_part(out, json->text + json->refcnt, json->tid - json->refcnt);
	str_append_lit(out, ",\"tid\":");
	str_append_u64(out, view->thread);
	put_part(out, json->text + json->tid, json->len - json->tid);
	str_append_char(out, '}');
}

/* Worth keeping unless no other event will have it in the same form. */
static bool worth_keeping(const struct process_view *view, const struct message_config *config)
{
	const struct process *p = view->process;

	/* Not an entry of the table at all: forgotten. */
	if (!p->hash.next)
		return false;
	if (view->of_exec && (config->with_cred || config->with_env))
		return false;
	return view->of_hook || !(p->flags & PROCESS_FORKED) || p->children > 0;
}

/* NULL: no process of this event, but perhaps what a field filter made of one. */
static struct process_view *find_view(struct messages *m, const ProtobufCMessage *msg)
{
	for (size_t i = 0; i < m->n_views; i++)
		if (msg == &m->views[i]->message.base)
			return m->views[i];
	return NULL;
}

static int fill_view(struct messages *m, struct process_view *view)
{
	if (view->filled || process_view_fill(view, &m->context) >= 0)
		return 0;
	m->failed = true;
	return -ENOMEM;
}

static int fill(struct lazy *lazy, const ProtobufCMessage *msg)
{
	struct messages *m = container_of(lazy, struct messages, lazy);
	struct process_view *view = msg ? find_view(m, msg) : NULL;

	if (msg)
		return view ? fill_view(m, view) : 0;
	for (size_t i = 0; i < m->n_views; i++)
		fill_view(m, m->views[i]);
	return m->failed ? -ENOMEM : 0;
}

/* The hook: process objects come from the text that is kept with the process. */
static bool write_process(struct json_writer *w, struct str *out, const ProtobufCMessage *msg)
{
	struct messages *m = container_of(w, struct messages, writer);
	struct process_view *view;
	struct str *text = &m->parts;
	struct process_json json;
	struct process *p;

	if (msg->descriptor != &tetragon__process__descriptor)
		return false;
	view = find_view(m, msg);
	if (!view)
		return false;
	p = (struct process *)(uintptr_t)view->process;
	if (p->json && !(view->of_exec && (m->config.with_cred || m->config.with_env))) {
		json = (struct process_json){p->json, p->json_len, p->json_refcnt, p->json_tid};
		put_process(out, &json, view);
		return true;
	}
	if (fill_view(m, view) < 0)
		return true;
	json = write_parts(m, text, &view->message);
	if (text->failed) {
		m->failed = true;
		return true;
	}
	put_process(out, &json, view);
	if (!worth_keeping(view, &m->config))
		return true;
	/* Exactly as much as it needs: it stays as long as the process. */
	json.text = malloc(json.len);
	if (json.text) {
		memcpy(json.text, text->data, json.len);
		table_set_json(tracker_table(m->tracker), p, &json);
	}
	return true;
}

static Tetragon__Process *view_of(struct messages *m, struct process_view *view,
				  const struct process *p, bool of_exec, uint32_t refcnt)
{
	if (!p)
		return NULL;
	process_view_init(view, p, of_exec);
	m->views[m->n_views++] = view;
	view->message.refcnt = refcnt;
	return &view->message;
}

/* References to a process: itself while it lives, and its children. */
static uint32_t references(const struct process *p)
{
	return p->children + !(p->flags & PROCESS_DEAD);
}

/* From the grandparent up to the first process, as far as they are known. */
static size_t ancestors(struct messages *m, const struct process *parent, Tetragon__Process ***ret)
{
	struct table *table = tracker_table(m->tracker);
	const struct process *p = parent;
	size_t n = 0;

	*ret = NULL;
	if (!m->config.with_ancestors || !parent)
		return 0;
	*ret = arena_alloc(&m->arena, ANCESTORS_MAX * sizeof(**ret));
	while (*ret && n < ANCESTORS_MAX && p->key.pid > 2) {
		struct process_view *view;

		p = table_find(table, &p->parent);
		view = p ? arena_alloc(&m->arena, sizeof(*view)) : NULL;
		if (!view)
			break;
		(*ret)[n++] = view_of(m, view, p, false, references(p));
	}
	return n;
}

static void set_time(const struct messages *m, Google__Protobuf__Timestamp *t, uint64_t boot)
{
	uint64_t ns = boot + m->context.boot_to_wall;

	google__protobuf__timestamp__init(t);
	t->seconds = (int64_t)(ns / NSEC_PER_SEC);
	t->nanos = (int32_t)(ns % NSEC_PER_SEC);
}

/* The messages never change what they borrow. */
static char *constant(const char *s)
{
	return (char *)(uintptr_t)s;
}

static void build_exec(struct messages *m, const struct event *e, Tetragon__GetEventsResponse *r,
		       union payload *p)
{
	tetragon__process_exec__init(&p->exec);
	p->exec.process = view_of(m, &m->process, e->process, true, references(e->process));
	p->exec.parent =
		view_of(m, &m->parent, e->parent, false, e->parent ? references(e->parent) : 0);
	p->exec.n_ancestors = ancestors(m, e->parent, &p->exec.ancestors);
	r->event_case = TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_EXEC;
	r->process_exec = &p->exec;
}

static void build_exit(struct messages *m, const struct event *e, Tetragon__GetEventsResponse *r,
		       union payload *p)
{
	/* wait(2)'s status: the signal with the core dump's bit, and the exit code above them. */
	char *signal = signal_name(e->status & 0x7f, p->exit.signal, sizeof(p->exit.signal));

	tetragon__process_exit__init(&p->exit.message);
	p->exit.message.process =
		view_of(m, &m->process, e->process, false, references(e->process) - 1);
	p->exit.message.parent =
		view_of(m, &m->parent, e->parent, false, e->parent ? references(e->parent) : 0);
	if (!e->process->hash.next)
		m->process.message.refcnt = 0;
	p->exit.message.n_ancestors = ancestors(m, e->parent, &p->exit.message.ancestors);
	if (signal)
		p->exit.message.signal = signal;
	p->exit.message.status = e->status >> 8 & 0xff;
	set_time(m, &p->exit.time, e->time);
	p->exit.message.time = &p->exit.time;
	r->event_case = TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_EXIT;
	r->process_exit = &p->exit.message;
}

static void build_throttle(struct messages *m, const struct event *e,
			   Tetragon__GetEventsResponse *r, union payload *p)
{
	tetragon__process_throttle__init(&p->throttle);
	p->throttle.type = e->throttle_start ? TETRAGON__THROTTLE_TYPE__THROTTLE_START
					     : TETRAGON__THROTTLE_TYPE__THROTTLE_STOP;
	p->throttle.cgroup = (char *)(uintptr_t)e->cgroup;
	r->event_case = TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_THROTTLE;
	r->process_throttle = &p->throttle;
}

static void build_rate_limit(struct messages *m, const struct event *e,
			     Tetragon__GetEventsResponse *r, union payload *p)
{
	tetragon__rate_limit_info__init(&p->rate_limit);
	p->rate_limit.number_of_dropped_process_events = e->dropped;
	r->event_case = TETRAGON__GET_EVENTS_RESPONSE__EVENT_RATE_LIMIT_INFO;
	r->rate_limit_info = &p->rate_limit;
}

/* The process that did something, as it is told. */
static Tetragon__Process *done_by(struct messages *m, const struct event *e, uint32_t tid)
{
	bool known = e->process->hash.next;
	Tetragon__Process *process =
		view_of(m, &m->process, e->process, false, known ? references(e->process) : 0);

	m->process.of_hook = true;
	m->process.thread = tid;
	return process;
}

static Tetragon__Process *hit_by(struct messages *m, const struct event *e)
{
	return done_by(m, e, e->hit->tid);
}

static Tetragon__Process *parent_of(struct messages *m, const struct event *e)
{
	return view_of(m, &m->parent, e->parent, false, e->parent ? references(e->parent) : 0);
}

static void done_with(struct messages *m, const struct texts *texts)
{
	m->context.ledger->invalid_utf8 += texts->invalid;
	m->failed |= texts->failed;
}

static struct texts texts_of(struct messages *m, const struct event *e)
{
	return (struct texts){
		.arena = &m->arena,
		.redact = m->config.redact,
		.userdata = m->config.redact_userdata,
		.process = e->process,
	};
}

static Tetragon__KprobeArgument **args_of(struct messages *m, const struct event *e, size_t *ret_n)
{
	struct texts texts = texts_of(m, e);
	Tetragon__KprobeArgument **args = kprobe_args(&texts, e->hook, e->hit, e->returned);

	*ret_n = args ? e->hook->n_params : 0;
	done_with(m, &texts);
	return args;
}

static Tetragon__KprobeArgument *return_of(struct messages *m, const struct event *e)
{
	struct texts texts = texts_of(m, e);
	Tetragon__KprobeArgument *arg = kprobe_return(&texts, e->hook, e->returned);

	done_with(m, &texts);
	return arg;
}

/* Of the call and, when it returned, of that. */
static struct stack_traces stacks_of(struct messages *m, const struct event *e)
{
	struct texts texts = {.arena = &m->arena};
	struct stack_traces stacks = {0};

	put_stacks(&texts, m->config.symbols, e->hit, e->process, m->config.with_stack_addresses,
		   &stacks);
	if (e->returned)
		put_stacks(&texts, m->config.symbols, e->returned, e->process,
			   m->config.with_stack_addresses, &stacks);
	m->context.ledger->invalid_utf8 += texts.invalid;
	m->failed |= texts.failed;
	return stacks;
}

/* The last that was done: what is told was posted, if nothing else. */
static Tetragon__KprobeAction action_of(const struct hook *hook, const struct record_hook *record)
{
	const struct hook_actions *actions = hook_actions_of(hook, record);

	return actions && actions->told ? (Tetragon__KprobeAction)actions->told
					: TETRAGON__KPROBE_ACTION__KPROBE_ACTION_POST;
}

/* Of the call and, when it returned, of that. */
static char **enforcement_of(struct messages *m, const struct event *e, size_t *ret_n)
{
	const struct hook_actions *call = hook_actions_of(e->hook, e->hit), *returned = NULL;
	size_t n_call = call ? call->n_effects : 0, n_returned;
	char **v;

	if (e->returned)
		returned = hook_actions_of(e->hook, e->returned);
	n_returned = returned ? returned->n_effects : 0;
	*ret_n = 0;
	if (!m->config.extended || n_call + n_returned == 0)
		return NULL;
	v = arena_alloc(&m->arena, (n_call + n_returned) * sizeof(*v));
	if (!v)
		return NULL;
	for (size_t i = 0; i < n_call; i++)
		v[(*ret_n)++] = constant(call->effects[i]);
	for (size_t i = 0; i < n_returned; i++)
		v[(*ret_n)++] = constant(returned->effects[i]);
	return v;
}

/* What events of all kinds of hooks have, in messages of types of their own. */
#define PUT_HOOK(m, e, to)                                                       \
	do {                                                                     \
		(to)->process = hit_by(m, e);                                    \
		(to)->parent = parent_of(m, e);                                  \
		(to)->n_ancestors = ancestors(m, (e)->parent, &(to)->ancestors); \
		(to)->action = action_of((e)->hook, (e)->hit);                   \
		(to)->enforcement = enforcement_of(m, e, &(to)->n_enforcement);  \
		(to)->policy_name = constant((e)->hook->policy);                 \
		(to)->message = constant((e)->hook->message);                    \
		(to)->n_tags = (e)->hook->n_tags;                                \
		(to)->tags = (char **)(uintptr_t)(e)->hook->tags;                \
	} while (0)

static void build_kprobe(struct messages *m, const struct event *e, Tetragon__GetEventsResponse *r,
			 union payload *p)
{
	const struct hook *hook = e->hook;
	struct stack_traces stacks = stacks_of(m, e);
	Tetragon__ProcessKprobe *k = &p->kprobe;
	size_t n;

	tetragon__process_kprobe__init(k);
	PUT_HOOK(m, e, k);
	k->function_name = constant(hook->function);
	k->args = args_of(m, e, &n);
	k->n_data = MIN(n, hook->n_data);
	k->n_args = n - k->n_data;
	k->data = k->args + k->n_args;
	if (e->returned)
		k->return_ = return_of(m, e);
	k->n_kernel_stack_trace = stacks.kernel.n;
	k->kernel_stack_trace = stacks.kernel.v;
	k->n_user_stack_trace = stacks.user.n;
	k->user_stack_trace = stacks.user.v;
	/* Consumers know it so, also of hooks that have no return. */
	k->return_action = e->returned ? action_of(hook, e->returned)
				       : TETRAGON__KPROBE_ACTION__KPROBE_ACTION_POST;
	r->event_case = TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_KPROBE;
	r->process_kprobe = k;
}

static void build_tracepoint(struct messages *m, const struct event *e,
			     Tetragon__GetEventsResponse *r, union payload *p)
{
	const struct hook *hook = e->hook;
	Tetragon__ProcessTracepoint *t = &p->tracepoint;

	tetragon__process_tracepoint__init(t);
	PUT_HOOK(m, e, t);
	t->subsys = constant(hook->subsystem);
	t->event = constant(hook->function);
	t->args = args_of(m, e, &t->n_args);
	r->event_case = TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_TRACEPOINT;
	r->process_tracepoint = t;
}

static void build_lsm(struct messages *m, const struct event *e, Tetragon__GetEventsResponse *r,
		      union payload *p)
{
	const struct hook *hook = e->hook;
	struct texts texts = {.arena = &m->arena};
	Tetragon__ProcessLsm *l = &p->lsm;
	char *hash = hash_text(&texts, e->hit);

	tetragon__process_lsm__init(l);
	PUT_HOOK(m, e, l);
	l->function_name = constant(hook->function);
	l->args = args_of(m, e, &l->n_args);
	if (hash)
		l->ima_hash = hash;
	done_with(m, &texts);
	r->event_case = TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_LSM;
	r->process_lsm = l;
}

/* Consumers know what is returned as one more argument. */
static void append_return(struct messages *m, const struct event *e,
			  Tetragon__KprobeArgument ***args, size_t *n)
{
	Tetragon__KprobeArgument *returned = return_of(m, e);
	Tetragon__KprobeArgument **more;

	if (!returned)
		return;
	more = arena_alloc(&m->arena, (*n + 1) * sizeof(*more));
	if (!more) {
		m->failed = true;
		return;
	}
	if (*n)
		memcpy(more, *args, *n * sizeof(*more));
	more[(*n)++] = returned;
	*args = more;
}

static void build_uprobe(struct messages *m, const struct event *e, Tetragon__GetEventsResponse *r,
			 union payload *p)
{
	const struct hook *hook = e->hook;
	struct stack_traces stacks = stacks_of(m, e);
	Tetragon__ProcessUprobe *u = &p->uprobe;
	size_t n;

	tetragon__process_uprobe__init(u);
	PUT_HOOK(m, e, u);
	u->path = constant(hook->path);
	u->symbol = constant(hook->function);
	u->offset = hook->offset;
	u->ref_ctr_offset = hook->ref_ctr_offset;
	u->args = args_of(m, e, &n);
	u->n_data = MIN(n, hook->n_data);
	u->n_args = n - u->n_data;
	u->data = u->args + u->n_args;
	if (e->returned)
		append_return(m, e, &u->args, &u->n_args);
	u->n_user_stack_trace = stacks.user.n;
	u->user_stack_trace = stacks.user.v;
	r->event_case = TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_UPROBE;
	r->process_uprobe = u;
}

static void build_usdt(struct messages *m, const struct event *e, Tetragon__GetEventsResponse *r,
		       union payload *p)
{
	const struct hook *hook = e->hook;
	struct stack_traces stacks = stacks_of(m, e);
	Tetragon__ProcessUsdt *u = &p->usdt;

	tetragon__process_usdt__init(u);
	PUT_HOOK(m, e, u);
	u->path = constant(hook->path);
	u->provider = constant(hook->subsystem);
	u->name = constant(hook->function);
	u->args = args_of(m, e, &u->n_args);
	u->n_user_stack_trace = stacks.user.n;
	u->user_stack_trace = stacks.user.v;
	r->event_case = TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_USDT;
	r->process_usdt = u;
}

static void build_loader(struct messages *m, const struct event *e, Tetragon__GetEventsResponse *r,
			 union payload *p)
{
	const struct record_load *load = e->load;
	struct texts texts = {.arena = &m->arena};
	Tetragon__ProcessLoader *l = &p->loader;

	tetragon__process_loader__init(l);
	l->process = done_by(m, e, load->tid);
	l->parent = parent_of(m, e);
	l->n_ancestors = ancestors(m, e->parent, &l->ancestors);
	l->path = texts_copy(&texts, (const char *)(load + 1), load->path_size);
	l->buildid.data = (uint8_t *)(uintptr_t)load->build_id;
	l->buildid.len = load->build_id_size;
	done_with(m, &texts);
	r->event_case = TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_LOADER;
	r->process_loader = l;
}

static const struct {
	uint32_t type;
	void (*build)(struct messages *m, const struct event *event, Tetragon__GetEventsResponse *r,
		      union payload *p);
} kinds[_EVENT_MAX] = {
	[EVENT_EXEC] = {TETRAGON__EVENT_TYPE__PROCESS_EXEC, build_exec},
	[EVENT_EXIT] = {TETRAGON__EVENT_TYPE__PROCESS_EXIT, build_exit},
	[EVENT_THROTTLE] = {TETRAGON__EVENT_TYPE__PROCESS_THROTTLE, build_throttle},
	[EVENT_RATE_LIMIT_INFO] = {TETRAGON__EVENT_TYPE__RATE_LIMIT_INFO, build_rate_limit},
	[EVENT_LOADER] = {TETRAGON__EVENT_TYPE__PROCESS_LOADER, build_loader},
	[EVENT_KPROBE] = {TETRAGON__EVENT_TYPE__PROCESS_KPROBE, build_kprobe},
	[EVENT_TRACEPOINT] = {TETRAGON__EVENT_TYPE__PROCESS_TRACEPOINT, build_tracepoint},
	[EVENT_LSM] = {TETRAGON__EVENT_TYPE__PROCESS_LSM, build_lsm},
	[EVENT_UPROBE] = {TETRAGON__EVENT_TYPE__PROCESS_UPROBE, build_uprobe},
	[EVENT_USDT] = {TETRAGON__EVENT_TYPE__PROCESS_USDT, build_usdt},
};

uint32_t messages_type(const struct event *event)
{
	return kinds[event->type].type;
}

static void build(struct messages *m, const struct event *event)
{
	Tetragon__GetEventsResponse *r = &m->response;

	arena_reset(&m->arena);
	follow_pods(m);
	m->failed = false;
	m->n_views = 0;
	tetragon__get_events_response__init(r);
	kinds[event->type].build(m, event, r, &m->payload);
	r->node_name = constant(m->config.node_name);
	r->cluster_name = constant(m->config.cluster_name);
	set_time(m, &m->time, event->time);
	r->time = &m->time;
}

const Tetragon__GetEventsResponse *messages_begin(struct messages *m, const struct event *event)
{
	if (m->event != event)
		build(m, event);
	m->event = event;
	return &m->response;
}

struct lazy *messages_lazy(struct messages *m)
{
	return &m->lazy;
}

void messages_end(struct messages *m)
{
	m->event = NULL;
}

int messages_append_line(struct messages *m, const Tetragon__GetEventsResponse *message,
			 struct str *out)
{
	size_t from = out->len;

	json_write(&m->writer, out, &message->base);
	str_append_char(out, '\n');
	if (m->failed || out->failed) {
		out->failed = false;
		out->len = from;
		return -ENOMEM;
	}
	return 0;
}

int messages_append_json(struct messages *m, const struct event *event, struct str *out)
{
	int r = messages_append_line(m, messages_begin(m, event), out);

	messages_end(m);
	return r;
}

Tetragon__Process *messages_process(struct messages *m, const struct process *process)
{
	Tetragon__Process *message;

	arena_reset(&m->arena);
	m->failed = false;
	m->n_views = 0;
	message = view_of(m, &m->process, process, false, references(process));
	return fill_view(m, &m->process) < 0 ? NULL : message;
}
