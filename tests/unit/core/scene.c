// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "audit.h"
#include "scene.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void see_process(struct sight *s, const struct process *p)
{
	s->process = p->key;
	s->parent = p->parent;
	s->flags = p->flags;
	s->children = p->children;
	s->uid = p->uid;
	s->nspid = p->nspid;
	s->cgroup_id = p->cgroup_id;
	s->in_table = p->hash.next;
	if (p->image)
		snprintf(s->binary, sizeof(s->binary), "%s", p->image->binary);
}

static void see(void *userdata, const struct event *event)
{
	struct scene *scene = userdata;
	struct sight *s;

	/* Doubling at powers of two. */
	if ((scene->n & (scene->n - 1)) == 0)
		scene->v = reallocarray(scene->v, MAX(2 * scene->n, 16), sizeof(*scene->v));
	assert_non_null(scene->v);
	s = &scene->v[scene->n++];
	*s = (struct sight){
		.type = event->type,
		.time = event->time,
		.parent_found = event->parent,
		.status = event->status,
		.throttle_start = event->throttle_start,
	};
	if (event->hit)
		s->tid = event->hit->tid;
	s->hook = event->hook;
	s->returned = event->returned;
	if (event->process)
		see_process(s, event->process);
	if (event->parent) {
		const struct process *p = event->process;

		assert_true(key_equal(&event->parent->key, &p->parent));
	}
	if (event->cgroup)
		snprintf(s->cgroup, sizeof(s->cgroup), "%s", event->cgroup);
	/* As if it had been exported, so that the books can be checked. */
	scene->ledger.exported[event->type]++;
}

static int read_strings(void *userdata, uint32_t pid, enum exec_field field, struct str *out)
{
	struct scene *scene = userdata;

	if (pid == scene->no_strings_of.pid)
		return -ESRCH;
	if (field == EXEC_ENV) {
		str_append(out, "LATER=1", 8);
		return 0;
	}
	str_append_lit(out, "read");
	str_append(out, "\0later", 7);
	return 0;
}

static bool lossy(void *userdata)
{
	return ((struct scene *)userdata)->lossy;
}

static void start(struct scene *scene, bool scanning)
{
	const struct tracker_config config = {
		.table = scene->limits,
		.max_cgroups = 64,
		.event = see,
		.hooks = scene->hooks,
		.read_strings = read_strings,
		.lossy = lossy,
		.userdata = scene,
	};

	assert_int_equal(tracker_new(&config, &scene->ledger, &scene->tracker), 0);
	scene->time = 1000000;
	if (!scanning)
		tracker_scan_done(scene->tracker);
}

static int setup(void **state, bool scanning)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	if (!scene || hooks_new(&scene->hooks) < 0)
		return -1;
	scene->limits = (struct table_limits){4096, 1 << 26};
	*state = scene;
	start(scene, scanning);
	return 0;
}

int scene_setup(void **state)
{
	return setup(state, false);
}

int scene_setup_scanning(void **state)
{
	return setup(state, true);
}

static const char *audit(struct scene *scene)
{
	const char *wrong = table_audit(tracker_table(scene->tracker));

	for (int i = 0; i < _RECORD_MAX; i++)
		scene->ledger.kernel.produced[i] =
			scene->ledger.received[i] - scene->ledger.supplied[i];
	if (!wrong && !ledger_balanced(&scene->ledger))
		wrong = "the ledger does not balance";
	return wrong;
}

int scene_teardown(void **state)
{
	struct scene *scene = *state;
	const char *wrong = audit(scene);

	tracker_free(&scene->tracker);
	hooks_free(&scene->hooks);
	free(scene->v);
	free(scene);
	if (wrong)
		print_error("%s\n", wrong);
	return wrong ? -1 : 0;
}

void scene_limit(struct scene *scene, size_t entries, size_t bytes, bool scanning)
{
	tracker_free(&scene->tracker);
	scene->limits = (struct table_limits){entries, bytes};
	start(scene, scanning);
}

const struct sight *scene_next(struct scene *scene)
{
	if (scene->seen == scene->n)
		fail_msg("no more events than %zu", scene->n);
	return &scene->v[scene->seen++];
}

void scene_expect(struct scene *scene, enum event_type type, struct process_key process)
{
	const struct sight *s = scene_next(scene);

	if (s->type != type || !key_equal(&s->process, &process))
		fail_msg("%s of %u (%u execs), not %s of %u (%u execs)",
			 event_type_to_string(s->type), s->process.pid, s->process.execs,
			 event_type_to_string(type), process.pid, process.execs);
}

void scene_expect_nothing(struct scene *scene)
{
	if (scene->seen < scene->n)
		fail_msg("unexpected %s of %u", event_type_to_string(scene->v[scene->seen].type),
			 scene->v[scene->seen].process.pid);
}

uint64_t scene_count(const struct scene *scene, enum record_type type, enum outcome outcome)
{
	return scene->ledger.outcomes[type][outcome];
}

void scene_give(struct scene *scene, struct str *record)
{
	struct record *r = (struct record *)(void *)record->data;

	r->time = scene->time;
	/* Parts have the time of the record that they belong to. */
	if (r->type != RECORD_DATA)
		scene->time++;
	tracker_record(scene->tracker, record->data, record->len);
}

void scene_fork(struct scene *scene, struct process_key child, struct process_key creator)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_fork(&s, &(struct record_fork){.child = child, .creator = creator, .parent = creator});
	scene_give(scene, &s);
}

static void give_image(struct scene *scene, enum record_type type, struct process_key process,
		       struct process_key parent, const char *binary)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_exec(&s, type, &(struct record_exec){.process = process, .parent = parent},
		 &(struct exec_texts){.filename = type == RECORD_EXEC ? binary : NULL,
				      .exe = binary,
				      .cwd = "/"});
	scene_give(scene, &s);
}

void scene_exec(struct scene *scene, struct process_key process, struct process_key parent,
		const char *binary)
{
	give_image(scene, RECORD_EXEC, process, parent, binary);
}

void scene_task(struct scene *scene, struct process_key process, struct process_key parent,
		const char *binary)
{
	give_image(scene, RECORD_TASK, process, parent, binary);
}

static void exit_of(struct scene *scene, const struct record_exit *facts)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_exit(&s, facts);
	scene_give(scene, &s);
}

void scene_exit(struct scene *scene, struct process_key process, struct process_key parent)
{
	exit_of(scene,
		&(struct record_exit){
			.process = process, .parent = parent, .tid = process.pid, .threads = 2});
}

void scene_exit_alone(struct scene *scene, struct process_key process, struct process_key parent)
{
	exit_of(scene,
		&(struct record_exit){
			.process = process, .parent = parent, .tid = process.pid, .threads = 1});
}

static uint32_t add_hook(struct scene *scene, bool returns)
{
	static const struct hook_param param = {HOOK_VALUE_INT, 4, NULL, false};
	uint32_t number;

	assert_int_equal(hooks_add(scene->hooks,
				   &(struct hook){.type = EVENT_KPROBE,
						  .function = "f",
						  .policy = "p",
						  .params = &param,
						  .n_params = 1,
						  .tells_return = returns,
						  .tells_value = returns,
						  .returned = param},
				   &number),
			 0);
	return number;
}

uint32_t scene_hook(struct scene *scene)
{
	return add_hook(scene, false);
}

uint32_t scene_returning_hook(struct scene *scene)
{
	return add_hook(scene, true);
}

uint64_t scene_call(struct scene *scene, uint32_t hook, struct process_key process)
{
	_cleanup_str_ struct str s = STR_INIT;
	uint64_t time = scene->time;

	put_hook(&s, &(struct record_hook){.process = process,
					   .tid = process.pid + 1,
					   .hook = hook,
					   .flags = HOOK_CALLED});
	put_hook_number(&s, 5);
	scene_give(scene, &s);
	return time;
}

void scene_return(struct scene *scene, uint32_t hook, struct process_key process, uint64_t time,
		  bool withdrawn)
{
	_cleanup_str_ struct str s = STR_INIT;
	uint64_t now = scene->time;

	put_hook(&s, &(struct record_hook){.process = process,
					   .tid = process.pid + 1,
					   .hook = hook,
					   .flags = HOOK_RETURNED});
	if (withdrawn)
		((struct record_hook *)(void *)s.data)->flags |= HOOK_WITHDRAWN;
	else
		put_hook_number(&s, 7);
	scene->time = time;
	scene_give(scene, &s);
	scene->time = now;
}

void scene_hit(struct scene *scene, uint32_t hook, struct process_key process)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_hook(&s,
		 &(struct record_hook){.process = process, .tid = process.pid + 1, .hook = hook});
	put_hook_number(&s, 5);
	scene_give(scene, &s);
}

struct process *scene_find(struct scene *scene, struct process_key process)
{
	return table_find(tracker_table(scene->tracker), &process);
}
