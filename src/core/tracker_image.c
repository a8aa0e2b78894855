// SPDX-License-Identifier: Apache-2.0
/* What processes execute: records of images, with the parts of them that came ahead. */
#include "core/tracker_state.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "core/key.h"

/* A process that executes again and again has each of its images for the parent of the next. So
 * many are kept, then half of them: ancestors are told from there on. */
#define IMAGES_MAX 64

void tracker_settle(struct tracker *t, struct pending *pending, enum outcome outcome)
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

struct image *tracker_make_image(struct tracker *t, const struct record_exec *exec)
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
	if (image && t->config.redact)
		image = t->config.redact(t->config.userdata, image);
	tracker_settle(t, pending, image ? OUTCOME_ABSORBED : OUTCOME_NO_MEMORY);
	return image;
}

void tracker_set_facts(struct process *p, const struct record_exec *exec)
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

	found = last && tracker_unannounced(last) && key_equal(&last->key, &exec->process);
	if (last && last->key.execs >= exec->process.execs && !found)
		return OUTCOME_OUTDATED;
	image = tracker_make_image(t, exec);
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
		tracker_set_facts(last, exec);
		tracker_announce(t, last);
		return OUTCOME_EVENT;
	}

	/* Found by the walk, and the walk goes on: its images are told in their order. */
	if (last && tracker_unannounced(last))
		tracker_announce(t, last);
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
	tracker_set_facts(p, exec);
	tracker_inherit_init_tree(p, last ? last : table_find(t->table, &p->parent));
	if (last)
		table_kill(t->table, last);
	if (p->images >= IMAGES_MAX)
		shorten(t, p);
	tracker_announce(t, p);
	return OUTCOME_EVENT;
}

enum outcome tracker_on_image(struct tracker *t, const struct record_exec *exec)
{
	enum outcome outcome =
		exec->record.type == RECORD_EXEC ? on_exec(t, exec) : tracker_on_task(t, exec);

	if (outcome == OUTCOME_OUTDATED)
		tracker_settle(t, find_parts(t, exec), outcome);
	return outcome;
}

enum outcome tracker_on_data(struct tracker *t, const struct record_data *record)
{
	struct pending *parts = pendings_find(&t->pendings, &record->process, record->record.time);
	int r;

	/* The first was lost. */
	if (!parts && record->offset > EXEC_INLINE_MAX)
		return OUTCOME_UNUSED;
	if (!parts) {
		parts = pendings_place(&t->pendings);
		tracker_settle(t, parts, OUTCOME_UNUSED);
	}
	r = pendings_add(&t->pendings, parts, record);
	if (r < 0)
		return OUTCOME_NO_MEMORY;
	return r ? OUTCOME_PENDING : OUTCOME_UNUSED;
}
