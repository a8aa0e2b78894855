// SPDX-License-Identifier: Apache-2.0
#include "core/tracker.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "core/calls.h"
#include "core/decode.h"
#include "core/key.h"
#include "core/mapped.h"
#include "core/parts.h"
#include "core/pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Exits of which a double may still come: up to 6.15, each of two threads that exit at once can
 * find that it is the last. Both are past the same few lines of do_exit(), but a virtual CPU may
 * stand still there for a second. */
#define RECENT_EXITS 1024

/* A process hits hooks after its exit was told of: it closes its files and sockets then. While
 * there are hooks, so many of those that exited last are kept for that. */
#define LINGERING_MAX 128

/* A process that executes again and again has each of its images for the parent of the next. So
 * many are kept, then half of them: ancestors are told from there on. */
#define IMAGES_MAX 64

/* Hits of hooks that wait for the walk to report their processes, in bytes. Those that come after
 * are told at once, of a process that is not known. */
#define WAITING_MAX (4 << 20)

/* A process that was forked by one that had not been reported yet. */
struct orphan {
	struct process_key child;
	struct process_key creator;
};

struct keys {
	struct process_key *v;
	size_t n;
};

struct tracker {
	struct tracker_config config;
	struct ledger *ledger;
	struct table *table;
	struct cgroups *cgroups;
	struct pendings pendings;
	struct parts parts;
	bool scanning;
	/* Exits seen while scanning of processes that had not been reported: a report of them that
	 * comes now is of the dead. */
	struct keys ghosts;
	/* Found on their way out, and not reported: their exits are nobody's. */
	struct keys dying;
	/* In the order of their forks, so that one can be another's creator. */
	struct orphan *orphans;
	size_t n_orphans;
	struct str waiting; /* records of hooks, one behind the other */
	bool retaking;      /* those */
	struct calls calls;
	struct mapped mapped;
	struct process_key recent[RECENT_EXITS];
	size_t n_recent;
	struct process_key lingering[LINGERING_MAX];
	size_t n_lingering;
};

/* The parent of pid 1 and of what the kernel starts itself. */
static int add_kernel(struct tracker *t)
{
	static const struct record_exec exec = {
		.flags = EXEC_KTHREAD | EXEC_ERROR_CWD,
		.loginuid = ~0U,
		.sessionid = ~0U,
		.comm = "<kernel>",
	};
	static const struct field_parts nothing = {.head = "", .tail = ""};
	struct image *image;
	struct process *p;

	if (image_new(&exec, &nothing, &nothing, &image) < 0)
		return -ENOMEM;
	p = table_add(t->table, &exec.process, &exec.process, image);
	if (!p)
		return -ENOMEM;
	p->flags |= PROCESS_OLDER | PROCESS_ANNOUNCED;
	return 0;
}

int tracker_new(const struct tracker_config *config, struct ledger *ledger, struct tracker **ret)
{
	struct tracker *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->config = *config;
	t->ledger = ledger;
	parts_init(&t->parts);
	mapped_init(&t->mapped);
	t->scanning = true;
	if (table_new(&config->table, &t->table) < 0 ||
	    cgroups_new(config->max_cgroups, &t->cgroups) < 0 || calls_init(&t->calls) < 0 ||
	    add_kernel(t) < 0) {
		tracker_free(&t);
		return -ENOMEM;
	}
	*ret = t;
	return 0;
}

void tracker_free(struct tracker **tracker)
{
	struct tracker *t = *tracker;

	if (!t)
		return;
	table_free(&t->table);
	cgroups_free(&t->cgroups);
	pendings_done(&t->pendings);
	parts_done(&t->parts);
	calls_done(&t->calls);
	mapped_done(&t->mapped);
	free(t->ghosts.v);
	free(t->dying.v);
	free(t->orphans);
	str_free(&t->waiting);
	free(t);
	*tracker = NULL;
}

struct table *tracker_table(struct tracker *t)
{
	return t->table;
}

struct cgroups *tracker_cgroups(struct tracker *t)
{
	return t->cgroups;
}

static void emit(struct tracker *t, const struct event *event)
{
	t->ledger->made[event->type]++;
	t->config.event(t->config.userdata, event);
}

/* While the walk goes on, one of which only the fork was told may yet be reported. Until then it is
 * not told of, or it would look as if it had been forgotten. */
static struct process *find_parent(struct tracker *t, const struct process_key *key)
{
	struct process *parent = table_find(t->table, key);

	return parent && !parent->image && t->scanning ? NULL : parent;
}

static void announce(struct tracker *t, struct process *p)
{
	struct event event = {
		.type = EVENT_EXEC,
		.time = p->time,
		.process = p,
		.parent = find_parent(t, &p->parent),
	};

	p->flags |= PROCESS_ANNOUNCED;
	table_touch(t->table, p);
	if (event.parent)
		table_touch(t->table, event.parent);
	emit(t, &event);
}

/* Found by the walk over the tasks and not told of yet. */
static bool is_unannounced(const struct process *p)
{
	return (p->flags & (PROCESS_OLDER | PROCESS_ANNOUNCED)) == PROCESS_OLDER;
}

/*
 * The first process of a container's PID namespace and its descendants are in
 * its init tree for life; who enters from outside is not (kubectl exec,
 * nsenter), nor is anybody in the host's namespace. @from: who it was forked by,
 * or its own last image.
 */
static void inherit_init_tree(struct process *p, const struct process *from)
{
	if (p->nspid == 0)
		p->flags |= PROCESS_INIT_KNOWN;
	else if (p->nspid == 1)
		p->flags |= PROCESS_INIT_TREE | PROCESS_INIT_KNOWN;
	else if (from)
		p->flags |= from->flags & (PROCESS_INIT_TREE | PROCESS_INIT_KNOWN);
}

/* Makes room for one more in an array that doubles at powers of two. Returns NULL when out of
 * memory, the array as it was. */
static void *grow(void *v, size_t n, size_t size)
{
	if (n & (n - 1))
		return v;
	return n && n < 64 ? v : reallocarray(v, MAX(2 * n, 64), size);
}

static void add_orphan(struct tracker *t, const struct record_fork *record)
{
	struct orphan *v = grow(t->orphans, t->n_orphans, sizeof(*v));

	if (!v)
		return;
	t->orphans = v;
	v[t->n_orphans++] = (struct orphan){record->child, record->creator};
}

static enum outcome on_fork(struct tracker *t, const struct record_fork *record)
{
	struct process *creator, *p;
	struct image *image;

	/* The walk over the tasks can meet the child before its fork is told of. */
	if (table_find_process(t->table, &record->child))
		return OUTCOME_OUTDATED;
	creator = table_find(t->table, &record->creator);
	if (creator)
		table_touch(t->table, creator);
	image = creator && creator->image ? image_ref(creator->image) : NULL;
	p = table_add(t->table, &record->child, &record->parent, image);
	if (!p)
		return OUTCOME_NO_MEMORY;
	p->flags |= PROCESS_FORKED;
	p->time = record->child.start;
	p->cgroup_id = record->cgroup_id;
	p->uid = record->uid;
	p->nspid = record->nspid;
	inherit_init_tree(p, creator);
	if (!image && t->scanning)
		add_orphan(t, record);
	return OUTCOME_ABSORBED;
}

/* What became of the parts that were kept is known. NULL: there are none. */
static void settle(struct tracker *t, struct pending *pending, enum outcome outcome)
{
	uint64_t *counts = t->ledger->outcomes[RECORD_DATA];

	if (!pending)
		return;
	counts[OUTCOME_PENDING] -= pending->parts;
	counts[outcome] += pending->parts;
	pendings_release(&t->pendings, pending);
}

static struct pending *find_parts(struct tracker *t, const struct record_exec *exec)
{
	return pendings_find(&t->pendings, &exec->process, exec->record.time);
}

/* What came ahead of the record, behind what came in it. */
static void add_tail(struct tracker *t, struct field_parts *parts, const struct pending *pending,
		     enum exec_field field, const struct record_exec *exec)
{
	if (pending && parts->head_len == EXEC_INLINE_MAX) {
		parts->tail = pending->field[field].data;
		parts->tail_len = MIN(pending->field[field].len,
				      (size_t)exec->field[field].size - parts->head_len);
	}
	if (parts->head_len + parts->tail_len < exec->field[field].size)
		t->ledger->truncated++;
}

/* It may have executed something else since; then the record of that corrects it. */
static void read_tail(struct tracker *t, struct field_parts *parts, const struct record_exec *exec,
		      enum exec_field field, struct str *out)
{
	const struct tracker_config *c = &t->config;

	if (!c->read_strings || c->read_strings(c->userdata, exec->process.pid, field, out) < 0)
		return;
	parts->tail = out->data;
	parts->tail_len = out->len;
}

static struct image *make_image(struct tracker *t, const struct record_exec *exec)
{
	struct pending *pending = find_parts(t, exec);
	_cleanup_str_ struct str read_argv = STR_INIT, read_env = STR_INIT;
	struct field_parts argv = {0}, env = {0};
	struct exec_fields fields;
	struct image *image = NULL;

	exec_fields(exec, &fields);
	if (exec->flags & EXEC_STRINGS_LATER) {
		read_tail(t, &argv, exec, EXEC_ARGV, &read_argv);
		read_tail(t, &env, exec, EXEC_ENV, &read_env);
	}
	argv.head = fields.v[EXEC_ARGV].data;
	argv.head_len = fields.v[EXEC_ARGV].len;
	env.head = fields.v[EXEC_ENV].data;
	env.head_len = fields.v[EXEC_ENV].len;
	for (int i = EXEC_FILENAME; i <= EXEC_INTERP; i++)
		t->ledger->truncated += exec->field[i].kept < exec->field[i].size;
	add_tail(t, &argv, pending, EXEC_ARGV, exec);
	add_tail(t, &env, pending, EXEC_ENV, exec);
	if (image_new(exec, &argv, &env, &image) < 0)
		image = NULL;
	settle(t, pending, image ? OUTCOME_ABSORBED : OUTCOME_NO_MEMORY);
	return image;
}

static void set_facts(struct process *p, const struct record_exec *exec)
{
	p->cgroup_id = exec->cgroup_id;
	p->uid = exec->cred.euid;
	p->nspid = exec->nspid;
}

/* Lets go of the older half of its images: the middle one becomes a child of who forked them. */
static void shorten(struct tracker *t, struct process *p)
{
	struct process *middle = NULL, *oldest = p;
	struct process_key parent;

	for (uint32_t i = 1; i <= p->images; i++) {
		struct process *up = table_find(t->table, &oldest->parent);

		if (!up || !key_same_process(&up->key, &p->key))
			break;
		oldest = up;
		if (i == IMAGES_MAX / 2)
			middle = up;
	}
	p->images = IMAGES_MAX / 2;
	/* A copy: it goes with the oldest. */
	parent = oldest->parent;
	if (middle && middle != oldest)
		table_set_parent(t->table, middle, &parent);
}

static enum outcome on_exec(struct tracker *t, const struct record_exec *exec)
{
	struct process *last = table_find_process(t->table, &exec->process), *p;
	struct process_key parent = exec->parent;
	uint32_t flags = 0, images = 0;
	struct image *image;
	bool found;

	found = last && is_unannounced(last) && key_equal(&last->key, &exec->process);
	if (last && last->key.execs >= exec->process.execs && !found)
		return OUTCOME_OUTDATED;
	image = make_image(t, exec);
	if (!image)
		return OUTCOME_NO_MEMORY;
	/* The walk found it between the end of its execve(2) and the record of that, which knows
	 * more. */
	if (found) {
		table_set_image(t->table, last, image);
		/* Written, if it was, as somebody's parent. */
		table_set_json(t->table, last, NULL);
		last->flags &= ~(uint32_t)PROCESS_OLDER;
		last->time = exec->record.time;
		set_facts(last, exec);
		announce(t, last);
		return OUTCOME_EVENT;
	}

	/* Found by the walk, and the walk goes on: its images are told in their order. */
	if (last && is_unannounced(last))
		announce(t, last);
	/* The first image after a fork has the forking process for its parent; one that replaces
	 * another has that other one. */
	if (last && last->key.execs + 1 != exec->process.execs) {
		/* Of the one in between nothing was heard. */
		parent = exec->process;
		parent.execs--;
	} else if (last && last->flags & PROCESS_FORKED) {
		flags |= PROCESS_CLONED;
	} else if (last) {
		parent = last->key;
		images = last->images + 1;
	}
	p = table_add(t->table, &exec->process, &parent, image);
	if (!p)
		return OUTCOME_NO_MEMORY;
	p->flags |= flags;
	p->images = images;
	p->time = exec->record.time;
	set_facts(p, exec);
	inherit_init_tree(p, last ? last : table_find(t->table, &p->parent));
	if (last)
		table_kill(t->table, last);
	if (p->images >= IMAGES_MAX)
		shorten(t, p);
	announce(t, p);
	return OUTCOME_EVENT;
}

static struct process_key *find_key(const struct keys *keys, const struct process_key *key)
{
	for (size_t i = 0; i < keys->n; i++)
		if (key_same_process(&keys->v[i], key))
			return &keys->v[i];
	return NULL;
}

static void add_key(struct keys *keys, const struct process_key *key)
{
	struct process_key *v = grow(keys->v, keys->n, sizeof(*v));

	if (!v)
		return;
	keys->v = v;
	v[keys->n++] = *key;
}

/* Returns whether it was there. */
static bool take_key(struct keys *keys, const struct process_key *key)
{
	struct process_key *found = find_key(keys, key);

	if (found)
		*found = keys->v[--keys->n];
	return found;
}

static enum outcome on_dying(struct tracker *t, const struct record_dying *record)
{
	if (table_find_process(t->table, &record->process) ||
	    find_key(&t->ghosts, &record->process) || find_key(&t->dying, &record->process))
		return OUTCOME_OUTDATED;
	add_key(&t->dying, &record->process);
	return OUTCOME_ABSORBED;
}

static enum outcome on_task(struct tracker *t, const struct record_exec *exec)
{
	struct process *p = table_find_process(t->table, &exec->process);
	struct image *image;

	if (find_key(&t->ghosts, &exec->process))
		return OUTCOME_OUTDATED;
	/* Known already: forked or executed after the programs were attached (the record of an exec
	 * that is under way comes yet), or reported through another of its threads. Only what was
	 * forked by one that had not been reported is not known in full. */
	if (p && (p->image || p->key.execs != exec->process.execs))
		return OUTCOME_OUTDATED;
	image = make_image(t, exec);
	if (!image)
		return OUTCOME_NO_MEMORY;
	if (p) {
		/* Forked by one that may be gone without a trace: it has to be told of itself. */
		table_set_image(t->table, p, image);
		table_set_json(t->table, p, NULL);
		p->flags |= PROCESS_OLDER;
		return OUTCOME_EVENT;
	}
	p = table_add(t->table, &exec->process, &exec->parent, image);
	if (!p)
		return OUTCOME_NO_MEMORY;
	p->flags |= PROCESS_OLDER;
	p->time = exec->process.start;
	set_facts(p, exec);
	/* It may be told of, or be somebody's parent, before all have been reported. */
	inherit_init_tree(p, table_find(t->table, &p->parent));
	return OUTCOME_EVENT;
}

static enum outcome on_image(struct tracker *t, const struct record_exec *exec)
{
	enum outcome outcome =
		exec->record.type == RECORD_EXEC ? on_exec(t, exec) : on_task(t, exec);

	if (outcome == OUTCOME_OUTDATED)
		settle(t, find_parts(t, exec), outcome);
	return outcome;
}

static int older_first(const void *a, const void *b)
{
	const struct process *p = *(struct process *const *)a, *q = *(struct process *const *)b;

	if (p->key.start != q->key.start)
		return p->key.start < q->key.start ? -1 : 1;
	if (p->key.pid != q->key.pid)
		return p->key.pid < q->key.pid ? -1 : 1;
	return p->key.execs < q->key.execs ? -1 : p->key.execs > q->key.execs;
}

struct missing {
	struct tracker *tracker;
	struct process_key *v;
	size_t n;
};

static void add_missing(struct missing *m, const struct process_key *key)
{
	for (size_t i = 0; i < m->n; i++)
		if (key_equal(&m->v[i], key))
			return;
	m->v[m->n++] = *key;
}

static void collect_missing(void *userdata, struct process *p)
{
	struct missing *m = userdata;

	if (!p->image)
		add_missing(m, &p->key);
	if (p->parent.pid != 0 && !table_find(m->tracker->table, &p->parent) &&
	    !find_key(&m->tracker->dying, &p->parent))
		add_missing(m, &p->parent);
}

/* By now their creators have been reported, if they are still what they were. */
static void adopt_orphans(struct tracker *t)
{
	for (size_t i = 0; i < t->n_orphans; i++) {
		struct process *p = table_find(t->table, &t->orphans[i].child);
		struct process *creator = table_find(t->table, &t->orphans[i].creator);

		if (!p || p->image || !creator || !creator->image)
			continue;
		table_set_image(t->table, p, image_ref(creator->image));
		table_set_json(t->table, p, NULL);
		inherit_init_tree(p, creator);
	}
	free(t->orphans);
	t->orphans = NULL;
	t->n_orphans = 0;
}

ssize_t tracker_missing(struct tracker *t, struct process_key **ret)
{
	struct missing m = {.tracker = t};

	adopt_orphans(t);
	m.v = calloc(2 * table_get_stats(t->table)->entries + 1, sizeof(*m.v));
	if (!m.v)
		return -ENOMEM;
	table_each(t->table, collect_missing, &m);
	*ret = m.v;
	return (ssize_t)m.n;
}

struct collection {
	struct process **v;
	size_t n;
};

static void collect(void *userdata, struct process *p)
{
	struct collection *c = userdata;

	c->v[c->n++] = p;
}

static void announce_all(struct tracker *t)
{
	struct collection c = {0};

	c.v = calloc(table_get_stats(t->table)->entries + 1, sizeof(struct process *));
	if (!c.v)
		return;
	table_each(t->table, collect, &c);
	qsort(c.v, c.n, sizeof(struct process *), older_first);
	for (size_t i = 0; i < c.n; i++) {
		struct process *p = c.v[i];
		struct process_key parent = p->parent;

		/* Reported in the order of pids, children perhaps before their parents. */
		if (!(p->flags & PROCESS_LINKED))
			table_set_parent(t->table, p, &parent);
		if (p->flags & PROCESS_INIT_KNOWN)
			continue;
		inherit_init_tree(p, table_find(t->table, &parent));
		/* Written, if it was, when this was not known. */
		table_set_json(t->table, p, NULL);
	}
	for (size_t i = 0; i < c.n; i++)
		if (is_unannounced(c.v[i]))
			announce(t, c.v[i]);
	free(c.v);
}

/* The process as it was when the hook was hit. NULL: not known. */
static struct process *find_hit(struct tracker *t, const struct process_key *key)
{
	/* What the idle task of each CPU runs is all the kernel's. */
	static const struct process_key kernel;
	struct process *p = table_find(t->table, key->pid ? key : &kernel);

	if (p)
		return p;
	/* In the middle of its execve(2) it is what it was; unless what it has become since was not
	 * told of. */
	p = table_find_process(t->table, key);
	if (p && t->config.lossy && t->config.lossy(t->config.userdata))
		return NULL;
	return p;
}

static void count_truncated(struct tracker *t, const struct record_hook *record)
{
	struct hook_args args;
	struct hook_bytes v;

	hook_args_init(&args, record);
	while (hook_args_next(&args, &v))
		t->ledger->truncated +=
			v.status == HOOK_ARG_TRUNCATED || v.status == HOOK_ARG_NO_ROOM;
}

/* @p: the event's process, if the table has it. */
static void tell_of(struct tracker *t, struct process *p, const struct event *event)
{
	if (p && is_unannounced(p))
		announce(t, p);
	if (p)
		table_touch(t->table, p);
	if (event->parent)
		table_touch(t->table, event->parent);
	emit(t, event);
}

/* Also of a process that the table does not have. */
static void tell_hit(struct tracker *t, const struct hook *hook, const struct record_hook *record,
		     const struct record_hook *returned, struct process *p)
{
	struct process stranger = {
		.key = record->process,
		.time = record->process.start,
		.flags = PROCESS_STRANGER,
	};
	struct event event = {
		.type = hook->type,
		.time = record->record.time,
		.process = p ? p : &stranger,
		.parent = p ? find_parent(t, &p->parent) : NULL,
		.hook = hook,
		.hit = record,
		.returned = returned,
	};

	count_truncated(t, record);
	if (returned)
		count_truncated(t, returned);
	tell_of(t, p, &event);
}

/* Keeps a copy. Returns whether it could. */
static bool wait_for_report(struct tracker *t, const struct record_hook *record)
{
	if (t->waiting.len + record->record.size > WAITING_MAX ||
	    !str_reserve(&t->waiting, record->record.size)) {
		t->waiting.failed = false;
		return false;
	}
	str_append(&t->waiting, record, record->record.size);
	return true;
}

/* The process has to be reported first; then the records are taken again. */
static bool is_too_early(const struct tracker *t, const struct process *p)
{
	return t->scanning && (!p || !p->image);
}

/* Forgets a call, and counts what became of its record. */
static void end_call(struct tracker *t, struct call *call, enum outcome outcome)
{
	uint64_t *counts = t->ledger->outcomes[RECORD_HOOK];

	counts[OUTCOME_PENDING]--;
	counts[outcome]++;
	calls_remove(&t->calls, call);
}

/* A call that never returned, or not yet when there was no more room for it. */
static void tell_unreturned(struct tracker *t, struct call *call)
{
	const struct hook *hook = hooks_find(t->config.hooks, call->record.hook);

	if (hook)
		tell_hit(t, hook, &call->record, NULL, find_hit(t, &call->record.process));
	end_call(t, call, hook ? OUTCOME_EVENT : OUTCOME_LATE);
}

void tracker_end_hook(struct tracker *t, uint32_t hook)
{
	struct call *call;

	while ((call = calls_of_hook(&t->calls, hook)))
		tell_unreturned(t, call);
}

static enum outcome on_call(struct tracker *t, const struct record_hook *record)
{
	struct call *oldest;

	while ((oldest = calls_surplus(&t->calls, record->record.size)))
		tell_unreturned(t, oldest);
	return calls_add(&t->calls, record) < 0 ? OUTCOME_NO_MEMORY : OUTCOME_PENDING;
}

static enum outcome on_return(struct tracker *t, const struct hook *hook,
			      const struct record_hook *record)
{
	struct call *call = calls_find(&t->calls, record);
	struct process *p;

	if (!call)
		return OUTCOME_UNUSED;
	if (record->flags & HOOK_WITHDRAWN) {
		end_call(t, call, OUTCOME_WITHDRAWN);
		return OUTCOME_ABSORBED;
	}
	p = find_hit(t, &call->record.process);
	if (is_too_early(t, p) && wait_for_report(t, &call->record)) {
		calls_remove(&t->calls, call);
		/* Without it the call never returned. */
		return wait_for_report(t, record) ? OUTCOME_PENDING : OUTCOME_NO_MEMORY;
	}
	tell_hit(t, hook, &call->record, record, p);
	end_call(t, call, OUTCOME_EVENT);
	return OUTCOME_ABSORBED;
}

/* What was asked for is done, whatever becomes of the record. */
static void act(struct tracker *t, const struct hook *hook, const struct record_hook *record)
{
	const struct hook_actions *actions = hook_actions_of(hook, record);

	if (actions && actions->n_requests && !(record->flags & HOOK_WITHDRAWN))
		t->config.act(t->config.userdata, actions);
}

static enum outcome on_part(struct tracker *t, const struct record_part *part)
{
	uint64_t *counts = t->ledger->outcomes[RECORD_PART];

	while (parts_full(&t->parts)) {
		parts_drop(&t->parts);
		counts[OUTCOME_PENDING]--;
		counts[OUTCOME_UNUSED]++;
	}
	return parts_add(&t->parts, part) < 0 ? OUTCOME_NO_MEMORY : OUTCOME_PENDING;
}

/* The record with its parts, which the caller frees; NULL: it has none, or there is no memory. */
static struct record_hook *join_parts(struct tracker *t, const struct record_hook *record)
{
	uint64_t *counts = t->ledger->outcomes[RECORD_PART];
	struct record_hook *joined = NULL;
	size_t unused = 0;
	int n;

	/* Nearly always. */
	if (t->parts.n == 0)
		return NULL;
	n = parts_join(&t->parts, record, &joined, &unused);
	if (n < 0)
		return NULL;
	counts[OUTCOME_PENDING] -= (size_t)n + unused;
	counts[OUTCOME_ABSORBED] += (size_t)n;
	counts[OUTCOME_UNUSED] += unused;
	return joined;
}

static enum outcome on_hook(struct tracker *t, const struct record_hook *record)
{
	struct hooks *hooks = t->config.hooks;
	const struct hook *hook = hooks ? hooks_find(hooks, record->hook) : NULL;
	struct process *p;

	if (!hook)
		return hooks && hooks_gone(hooks, record->hook) ? OUTCOME_LATE : OUTCOME_MALFORMED;
	if (!hook_fits(hook, record))
		return OUTCOME_MALFORMED;
	if (t->config.act && !t->retaking)
		act(t, hook, record);
	if (record->flags & HOOK_SILENT)
		return OUTCOME_ABSORBED;
	if (record->flags & HOOK_RETURNED)
		return on_return(t, hook, record);
	if (record->flags & HOOK_CALLED)
		return on_call(t, record);
	p = find_hit(t, &record->process);
	if (is_too_early(t, p) && wait_for_report(t, record))
		return OUTCOME_PENDING;
	tell_hit(t, hook, record, NULL, p);
	return OUTCOME_EVENT;
}

static enum outcome on_hook_record(struct tracker *t, const struct record_hook *record)
{
	struct record_hook *joined = join_parts(t, record);
	enum outcome outcome = on_hook(t, joined ? joined : record);

	free(joined);
	return outcome;
}

/* --- files that are mapped to be executed */

/* @process: as it was then; ->start may be unknown. */
static void tell_load(struct tracker *t, const struct process_key *process,
		      const struct record_load *record)
{
	struct process stranger = {
		.key = *process,
		.time = process->start,
		.flags = PROCESS_STRANGER,
	};
	struct process *p = process->start ? find_hit(t, process) : NULL;
	struct event event = {
		.type = EVENT_LOADER,
		.time = record->record.time,
		.process = p ? p : &stranger,
		.parent = p ? find_parent(t, &p->parent) : NULL,
		.load = record,
	};

	tell_of(t, p, &event);
}

/* What waited for the record of its execve(2), or of its death in the middle of that. */
static void tell_file(struct tracker *t, struct mapped_file *file)
{
	uint64_t *counts = t->ledger->outcomes[RECORD_LOAD];

	tell_load(t, &file->process, &file->record);
	counts[OUTCOME_PENDING]--;
	counts[OUTCOME_EVENT]++;
	free(file);
}

static void tell_files(struct tracker *t, const struct process_key *process)
{
	struct mapped_file *file;

	while ((file = mapped_take(&t->mapped, process)))
		tell_file(t, file);
}

/* Of an execve(2) that takes this long, or was never told of. */
static void tell_late_files(struct tracker *t, uint64_t time)
{
	struct mapped_file *file;

	while ((file = mapped_take_late(&t->mapped, time)))
		tell_file(t, file);
}

void tracker_tick(struct tracker *t, uint64_t now)
{
	tell_late_files(t, now > MAPPED_WAIT_NS ? now - MAPPED_WAIT_NS : 0);
}

static enum outcome on_load(struct tracker *t, const struct record_load *record)
{
	struct process *p = table_find_pid(t->table, record->pid);
	struct process_key key = {.pid = record->pid};
	int r;

	/* Another has the pid by now: the one it was is not known. */
	if (p && p->key.start > record->record.time)
		p = NULL;
	if (p)
		key = p->key;
	if (record->flags & LOAD_EXECVE) {
		if (p)
			p->flags |= PROCESS_EXECUTING;
		return OUTCOME_ABSORBED;
	}
	if (p && p->flags & PROCESS_EXECUTING)
		key.execs++;
	r = mapped_add(&t->mapped, &key, record);
	if (r < 0)
		return OUTCOME_NO_MEMORY;
	if (r == 0)
		return OUTCOME_DUPLICATE;
	if (p && p->flags & PROCESS_EXECUTING) {
		if (mapped_wait(&t->mapped, &key, record) < 0)
			return OUTCOME_NO_MEMORY;
		tell_late_files(t, 0);
		return OUTCOME_PENDING;
	}
	tell_load(t, &key, record);
	return OUTCOME_EVENT;
}

void tracker_finish(struct tracker *t)
{
	tell_late_files(t, UINT64_MAX);
	while (!list_empty(&t->calls.ages))
		tell_unreturned(t, container_of(t->calls.ages.next, struct call, age));
}

/* Those whose processes were not reported after all have gone. */
static void tell_waiting(struct tracker *t)
{
	uint64_t *counts = t->ledger->outcomes[RECORD_HOOK];
	const struct record_hook *record;

	t->retaking = true;
	for (size_t at = 0; at < t->waiting.len; at += record->record.size) {
		record = (const void *)(t->waiting.data + at);
		counts[OUTCOME_PENDING]--;
		counts[on_hook(t, record)]++;
	}
	t->retaking = false;
	str_free(&t->waiting);
}

void tracker_scan_done(struct tracker *t)
{
	t->scanning = false;
	free(t->ghosts.v);
	t->ghosts = (struct keys){0};
	announce_all(t);
	tell_waiting(t);
	table_trim(t->table);
}

static bool recently_gone(const struct tracker *t, const struct process_key *key)
{
	for (size_t i = 0; i < RECENT_EXITS; i++)
		if (key_same_process(&t->recent[i], key))
			return true;
	return false;
}

/* An exit of a process that the table does not have: forgotten, or never told of because records
 * were lost. What the exit record says of it is all there is. */
static enum outcome on_exit_unknown(struct tracker *t, const struct record_exit *record)
{
	struct cgroup *cgroup = cgroups_find(t->cgroups, record->cgroup_id);
	struct process p = {
		.key = record->process,
		.parent = record->parent,
		.time = record->process.start,
		.cgroup_id = record->cgroup_id,
		.uid = record->uid,
		.nspid = record->nspid,
	};
	struct event event = {
		.type = EVENT_EXIT,
		.time = record->record.time,
		.process = &p,
		.parent = table_find(t->table, &record->parent),
		.status = record->status,
	};

	if (take_key(&t->dying, &record->process) || t->scanning)
		return OUTCOME_UNANNOUNCED;
	if (cgroup && cgroup->was_throttled)
		return OUTCOME_UNANNOUNCED;
	emit(t, &event);
	return OUTCOME_EVENT;
}

/* Takes the place of the one that has lingered longest. */
static void bury(struct tracker *t, struct process *p)
{
	struct process_key *place = &t->lingering[t->n_lingering++ % LINGERING_MAX];
	struct process *longest = table_find(t->table, place);

	if (longest)
		table_release(t->table, longest);
	*place = p->key;
	if (t->config.hooks && hooks_count(t->config.hooks) > 0)
		p->flags |= PROCESS_LINGERS;
	table_kill(t->table, p);
}

static enum outcome on_first_exit(struct tracker *t, const struct record_exit *record,
				  struct process *p)
{
	struct event event = {
		.type = EVENT_EXIT,
		.time = record->record.time,
		.status = record->status,
	};

	if (!p)
		return on_exit_unknown(t, record);
	if (p->flags & PROCESS_DEAD)
		return OUTCOME_DUPLICATE;
	/* It had executed something else since. Either that was not told of, and then what it was
	 * is not known; or it died in the middle of its execve(2). */
	if (p->key.execs != record->process.execs && t->config.lossy &&
	    t->config.lossy(t->config.userdata)) {
		table_kill(t->table, p);
		return on_exit_unknown(t, record);
	}
	/* Forked from a process that went before it was reported, and now gone itself. */
	if (!p->image && t->scanning) {
		table_kill(t->table, p);
		return OUTCOME_UNANNOUNCED;
	}
	if (is_unannounced(p))
		announce(t, p);
	event.process = p;
	event.parent = find_parent(t, &p->parent);
	emit(t, &event);
	bury(t, p);
	return OUTCOME_EVENT;
}

static enum outcome on_exit_record(struct tracker *t, const struct record_exit *record)
{
	struct process *p = table_find_process(t->table, &record->process);
	struct pending *parts;
	enum outcome outcome;
	struct call *call;

	/* All that it executed has been told of, but for what was lost. */
	while ((parts = pendings_find_process(&t->pendings, &record->process)))
		settle(t, parts, OUTCOME_UNUSED);
	if (!p && recently_gone(t, &record->process))
		return OUTCOME_DUPLICATE;
	while ((call = calls_of(&t->calls, &record->process)))
		tell_unreturned(t, call);
	tell_files(t, &record->process);
	outcome = on_first_exit(t, record, p);
	/* The one thread that a process has exits once. */
	if (record->threads > 1)
		t->recent[t->n_recent++ % RECENT_EXITS] = record->process;
	/* The walk may still report it, through a thread that it met before. */
	if (t->scanning)
		add_key(&t->ghosts, &record->process);
	return outcome;
}

static enum outcome on_cgroup(struct tracker *t, const struct record_cgroup *record)
{
	if (cgroups_add(t->cgroups, record->cgroup_id, (const char *)(record + 1), record->kept) <
	    0)
		return OUTCOME_NO_MEMORY;
	return OUTCOME_ABSORBED;
}

static enum outcome on_throttle(struct tracker *t, const struct record_throttle *record)
{
	struct cgroup *cgroup = cgroups_find(t->cgroups, record->cgroup_id);
	struct event event = {
		.type = EVENT_THROTTLE,
		.time = record->record.time,
		.throttle_start = true,
		.cgroup = cgroup ? cgroup->path : "",
	};

	if (cgroup) {
		if (cgroup->throttled)
			return OUTCOME_DUPLICATE;
		cgroup->throttled = cgroup->was_throttled = true;
		cgroup->quiet = 0;
	}
	emit(t, &event);
	return OUTCOME_EVENT;
}

void tracker_throttle_stop(struct tracker *t, struct cgroup *cgroup, uint64_t time)
{
	struct event event = {
		.type = EVENT_THROTTLE,
		.time = time,
		.cgroup = cgroup->path,
	};

	cgroup->throttled = false;
	emit(t, &event);
}

static enum outcome on_data(struct tracker *t, const struct record_data *record)
{
	struct pending *parts = pendings_find(&t->pendings, &record->process, record->record.time);
	int r;

	/* The first was lost. */
	if (!parts && record->offset > EXEC_INLINE_MAX)
		return OUTCOME_UNUSED;
	if (!parts) {
		parts = pendings_place(&t->pendings);
		settle(t, parts, OUTCOME_UNUSED);
	}
	r = pendings_add(&t->pendings, parts, record);
	if (r < 0)
		return OUTCOME_NO_MEMORY;
	return r ? OUTCOME_PENDING : OUTCOME_UNUSED;
}

static enum outcome dispatch(struct tracker *t, const struct record *record)
{
	enum outcome outcome;

	switch (record->type) {
	case RECORD_FORK:
		return on_fork(t, (const void *)record);
	case RECORD_EXEC:
	case RECORD_TASK:
		outcome = on_image(t, (const void *)record);
		tell_files(t, &((const struct record_exec *)record)->process);
		return outcome;
	case RECORD_DYING:
		return on_dying(t, (const void *)record);
	case RECORD_EXIT:
		return on_exit_record(t, (const void *)record);
	case RECORD_CGROUP:
		return on_cgroup(t, (const void *)record);
	case RECORD_THROTTLE:
		return on_throttle(t, (const void *)record);
	case RECORD_DATA:
		return on_data(t, (const void *)record);
	case RECORD_PART:
		return on_part(t, (const void *)record);
	case RECORD_HOOK:
		return on_hook_record(t, (const void *)record);
	case RECORD_LOAD:
		return on_load(t, (const void *)record);
	}
	return OUTCOME_MALFORMED;
}

/* As what a record counts: of one that is none, not even the type may be there. */
static uint32_t type_of(const void *data, size_t len)
{
	const struct record *record = data;

	return len >= sizeof(*record) && record->type < _RECORD_MAX ? record->type : RECORD_DATA;
}

void tracker_record(struct tracker *t, const void *data, size_t len)
{
	enum outcome outcome = OUTCOME_MALFORMED;
	uint32_t type = type_of(data, len);

	if (record_valid(data, len))
		outcome = dispatch(t, data);
	t->ledger->received[type]++;
	t->ledger->outcomes[type][outcome]++;
	/* Not before those that are to be announced have been. */
	if (!t->scanning)
		table_trim(t->table);
}

void tracker_supply(struct tracker *t, const void *data, size_t len)
{
	t->ledger->supplied[type_of(data, len)]++;
	tracker_record(t, data, len);
}
