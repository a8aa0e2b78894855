// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "audit.h"
#include "base/cleanup.h"
#include "core/tracker.h"
#include "records.h"

#include <stdlib.h>

/*
 * A kernel made up of a list of processes, with dice for a scheduler, and a
 * tracker that hears of it through records. They come in any order that can
 * happen: what one process does stays in order, and a child does nothing before
 * its fork; what has nothing to do with each other changes places. Some are
 * lost, if the game is played so, and doubles are made as old kernels make them.
 */

#define PROCESSES 64     /* alive, about */
#define WINDOW 12        /* records on their way at once */
#define PIDS 500         /* few, so that they are used again */
#define START 1000000ULL /* of the first; each has its own start */
#define CGROUPS 4
#define LARGE 100000 /* entries that nothing needs to be forgotten with */
#define LONG_ARGV (EXEC_INLINE_MAX + 5000)

struct game {
	uint64_t seed;
	uint64_t steps;
	size_t entries;   /* the table's limit */
	unsigned in_1000; /* records lost */
	bool shuffled;
	bool older;     /* half of the time passes before the agent comes */
	bool throttled; /* cgroups are, now and then */
};

/* A process of the made-up kernel, its index being what its start is. */
struct proc {
	uint32_t pid;
	uint32_t execs;
	size_t parent;
	uint32_t nspid;
	unsigned cgroup;
	bool alive;
	bool in_tree;
	bool recorded; /* its fork, when all others were known, and all that it did since */
	bool restless; /* executed something while the agent came */
	bool known;    /* all images that anybody may name as parent were told of */
	uint64_t told; /* bit N: exec event of the image of that number */
	bool told_exit;
};

struct note {
	struct str record;
	size_t who, other; /* indices of the processes that it is of */
	bool task;         /* or a part of one */
};

struct world {
	const struct game *game;
	uint64_t dice;
	uint64_t now;
	struct proc *procs;
	size_t n_procs;
	size_t alive[2 * PROCESSES];
	size_t n_alive;
	bool used_pids[PIDS];
	struct note notes[WINDOW];
	size_t n_notes;
	bool attached, scanning, throttled[CGROUPS];
	bool reporting; /* what is sent is the walk's */
	char argv[LONG_ARGV];

	struct tracker *tracker;
	struct ledger ledger;
	struct process_key exiting; /* the key in the record at hand */
	uint64_t exits_unknown;
};

static bool lossless(const struct game *game)
{
	return !game->in_1000 && !game->throttled && game->entries == LARGE;
}

static uint32_t roll(struct world *w, uint32_t n)
{
	/* splitmix64 */
	uint64_t z = w->dice += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (uint32_t)((z ^ z >> 31) % n);
}

static struct process_key key_of(const struct world *w, size_t i)
{
	const struct proc *p = &w->procs[i];

	/* The first process's parent is the kernel itself. */
	return i == 0 ? KEY(0, 0, 0) : KEY(p->pid, START + i, p->execs);
}

static struct proc *proc_of(struct world *w, const struct process_key *key)
{
	size_t i = key->start - START;

	assert_true(i > 0 && i < w->n_procs);
	assert_int_equal(w->procs[i].pid, key->pid);
	return &w->procs[i];
}

/* --- what the tracker tells */

static void check_exec(struct world *w, const struct process *p)
{
	struct proc *proc = proc_of(w, &p->key);

	assert_non_null(p->image);
	/* It is told to run what it did run. */
	assert_true(key_equal(&p->image->exec.process, &p->key));
	assert_true(p->key.execs <= proc->execs);
	assert_true(p->flags & PROCESS_ANNOUNCED);
	/* Once each, as far as the memory goes. */
	if (w->game->entries == LARGE) {
		assert_int_equal(proc->told >> p->key.execs & 1, 0);
		assert_false(proc->told_exit);
	}
	proc->told |= 1ULL << p->key.execs;
	assert_int_equal(p->nspid, proc->nspid);
	if (!w->game->in_1000 && p->image->exec.field[EXEC_ARGV].size > 0)
		assert_int_equal(p->image->exec.field[EXEC_ARGV].kept, LONG_ARGV);
}

static void check_exit(struct world *w, const struct process *p)
{
	struct proc *proc = proc_of(w, &p->key);

	assert_true(key_same_process(&p->key, &w->exiting));
	assert_false(proc->told_exit);
	proc->told_exit = true;
	if (!p->hash.next) {
		w->exits_unknown++;
		return;
	}
	/* Told of, or never having executed anything. */
	if (p->flags & PROCESS_ANNOUNCED)
		assert_int_equal(proc->told >> p->key.execs & 1, 1);
	else
		assert_true(p->flags & PROCESS_FORKED);
	if (lossless(w->game))
		assert_true(key_equal(&p->key, &w->exiting));
}

/* Without loss: whether it is in the init tree is known, and right. */
static void check_tree(struct world *w, const struct process *p)
{
	/* An older one's parent may have gone before anybody told of it. */
	if (!w->game->older)
		assert_true(p->flags & PROCESS_INIT_KNOWN);
	if (p->flags & PROCESS_INIT_KNOWN)
		assert_int_equal(!!(p->flags & PROCESS_INIT_TREE), proc_of(w, &p->key)->in_tree);
}

/* Without loss and in order: no parent is forgotten. */
static void check_parent(struct world *w, const struct event *event)
{
	const struct process_key *parent = &event->process->parent;

	if (parent->pid == 0 || (parent->start && proc_of(w, parent)->known))
		assert_non_null(event->parent);
}

static void on_event(void *userdata, const struct event *event)
{
	struct world *w = userdata;

	w->ledger.exported[event->type]++;
	if (event->type == EVENT_THROTTLE)
		return;
	if (event->type == EVENT_EXEC)
		check_exec(w, event->process);
	else
		check_exit(w, event->process);
	if (event->parent)
		assert_true(key_equal(&event->parent->key, &event->process->parent));
	if (w->scanning || !lossless(w->game) || !event->process->hash.next)
		return;
	check_tree(w, event->process);
	if (!w->game->shuffled)
		check_parent(w, event);
}

/* --- the way of the records */

static void deliver(struct world *w, struct note *note)
{
	const struct record *r = (const struct record *)(void *)note->record.data;
	enum record_type type = r->type;

	w->ledger.kernel.produced[type]++;
	if (roll(w, 1000) < w->game->in_1000) {
		w->ledger.kernel.full[type]++;
		w->procs[note->who].recorded = false;
	} else {
		if (type == RECORD_EXIT)
			w->exiting = ((const struct record_exit *)(const void *)r)->process;
		tracker_record(w->tracker, r, note->record.len);
	}
	str_free(&note->record);
	/* Those found by the walk are kept until they have been told of. */
	if (!w->scanning)
		assert_true(table_get_stats(tracker_table(w->tracker))->entries <=
			    w->game->entries);
}

static void deliver_first(struct world *w)
{
	struct note first = w->notes[0];

	memmove(w->notes, w->notes + 1, --w->n_notes * sizeof(*w->notes));
	deliver(w, &first);
}

static bool same_process(const struct world *w, size_t a, size_t b)
{
	return a && b && w->procs[a].pid == w->procs[b].pid;
}

/* Whether the two could have been written at once, on two CPUs. */
static bool unrelated(const struct world *w, const struct note *a, const struct note *b)
{
	/* Who walks over the tasks and reports one holds no lock on it. */
	if (a->task || b->task)
		return !(a->task && b->task);
	return !same_process(w, a->who, b->who) && !same_process(w, a->who, b->other) &&
	       !same_process(w, a->other, b->who) && !same_process(w, a->other, b->other);
}

static void send(struct world *w, struct str *record, size_t who, size_t other)
{
	struct record *r = (void *)record->data;
	struct note note = {.who = who, .other = other, .task = w->reporting};
	size_t at;

	r->time = w->now;
	note.record = *record;
	*record = STR_INIT;
	if (!w->game->shuffled) {
		deliver(w, &note);
		return;
	}
	if (w->n_notes == WINDOW)
		deliver_first(w);
	for (at = w->n_notes++; at > 0 && roll(w, 2); at--) {
		if (!unrelated(w, &w->notes[at - 1], &note))
			break;
		w->notes[at] = w->notes[at - 1];
	}
	w->notes[at] = note;
}

static void drain(struct world *w)
{
	while (w->n_notes)
		deliver_first(w);
}

/* --- what the processes do */

static size_t new_proc(struct world *w, uint32_t pid, size_t parent)
{
	size_t i = w->n_procs++;

	w->procs[i] = (struct proc){.pid = pid,
				    .parent = parent,
				    .alive = true,
				    .recorded = w->attached && !w->scanning,
				    .known = w->attached};
	w->alive[w->n_alive++] = i;
	w->used_pids[pid] = true;
	return i;
}

static size_t anybody(struct world *w)
{
	return w->alive[roll(w, (uint32_t)w->n_alive)];
}

static bool held_back(struct world *w, size_t who)
{
	struct proc *p = &w->procs[who];

	if (!w->throttled[p->cgroup])
		return false;
	p->recorded = false;
	return true;
}

static void do_fork(struct world *w)
{
	size_t creator = anybody(w), parent = creator, child;
	_cleanup_str_ struct str r = STR_INIT;
	uint32_t pid = 3 + roll(w, PIDS - 3);
	struct proc *p;

	if (w->used_pids[pid] || w->n_alive == ARRAY_SIZE(w->alive))
		return;
	/* CLONE_PARENT; the walk over the tasks sees the parent only, so let that be of the same
	 * tree. */
	if (roll(w, 20) == 0 && w->procs[creator].parent &&
	    w->procs[w->procs[creator].parent].in_tree == w->procs[creator].in_tree)
		parent = w->procs[creator].parent;
	child = new_proc(w, pid, parent);
	p = &w->procs[child];
	p->execs = w->procs[creator].execs;
	p->cgroup = roll(w, 10) ? w->procs[creator].cgroup : roll(w, CGROUPS);
	/* Now and then a container begins, or is entered from outside. */
	p->nspid = w->procs[creator].nspid ? pid : 0;
	if (roll(w, 20) == 0)
		p->nspid = roll(w, 2) ? pid : 1;
	p->in_tree = p->nspid == 1 || (p->nspid && w->procs[creator].in_tree);
	if (!w->attached || held_back(w, child))
		return;
	put_fork(&r, &(struct record_fork){.child = key_of(w, child),
					   .creator = key_of(w, creator),
					   .parent = key_of(w, parent),
					   .cgroup_id = p->cgroup,
					   .nspid = p->nspid});
	send(w, &r, child, creator);
}

static void send_data(struct world *w, size_t who)
{
	_cleanup_str_ struct str r = STR_INIT;

	put_data(&r, key_of(w, who), EXEC_ARGV, EXEC_INLINE_MAX,
		 (struct bytes){w->argv + EXEC_INLINE_MAX, LONG_ARGV - EXEC_INLINE_MAX});
	send(w, &r, who, 0);
}

static void do_exec(struct world *w)
{
	size_t who = anybody(w);
	struct proc *p = &w->procs[who];
	_cleanup_str_ struct str r = STR_INIT;
	bool is_long = roll(w, 200) == 0;

	/* As many images of one process as we keep account of. */
	if (p->execs >= 60)
		return;
	p->execs++;
	p->restless |= w->scanning;
	if (!w->attached || held_back(w, who))
		return;
	if (is_long)
		send_data(w, who);
	/* By the leader or another thread. */
	put_exec(&r, RECORD_EXEC,
		 &(struct record_exec){.process = key_of(w, who),
				       .parent = key_of(w, p->parent),
				       .cgroup_id = p->cgroup,
				       .tid = p->pid + roll(w, 2),
				       .nspid = p->nspid},
		 &(struct exec_texts){.filename = "/bin/x",
				      .exe = "/bin/x",
				      .cwd = "/",
				      .argv = {w->argv, is_long ? LONG_ARGV : 0}});
	send(w, &r, who, 0);
}

static void send_exit(struct world *w, size_t who)
{
	_cleanup_str_ struct str r = STR_INIT;

	put_exit(&r, &(struct record_exit){.threads = 2,
					   .process = key_of(w, who),
					   .parent = key_of(w, w->procs[who].parent),
					   .cgroup_id = w->procs[who].cgroup,
					   .nspid = w->procs[who].nspid});
	send(w, &r, who, 0);
}

static void end(struct world *w, size_t who)
{
	struct proc *p = &w->procs[who];

	p->alive = false;
	for (size_t i = 0; i < w->n_alive; i++) {
		struct proc *child = &w->procs[w->alive[i]];

		/* Orphans go to the first process of the kind that they are. */
		if (child->parent == who)
			child->parent = child->in_tree ? 2 : 1;
	}
	for (size_t i = 0; i < w->n_alive; i++)
		if (w->alive[i] == who)
			w->alive[i] = w->alive[--w->n_alive];
	w->used_pids[p->pid] = false;
	if (!w->attached)
		return;
	send_exit(w, who);
	/* Two threads at once. */
	if (roll(w, 10) == 0)
		send_exit(w, who);
}

static void do_exit(struct world *w)
{
	size_t who = anybody(w);

	if (who > 2)
		end(w, who);
}

static void do_throttle(struct world *w)
{
	unsigned id = 1 + roll(w, CGROUPS - 1);
	_cleanup_str_ struct str r = STR_INIT;
	struct cgroup *cg;

	if (!w->attached || !w->game->throttled || roll(w, 50))
		return;
	cg = cgroups_find(tracker_cgroups(w->tracker), id);
	assert_non_null(cg);
	if (w->throttled[id] && cg->throttled) {
		w->throttled[id] = false;
		tracker_throttle_stop(w->tracker, cg, w->now);
	} else if (!w->throttled[id]) {
		w->throttled[id] = true;
		put_throttle(&r, id, w->now);
		tracker_record(w->tracker, r.data, r.len);
		w->ledger.kernel.produced[RECORD_THROTTLE]++;
	}
}

static void step(struct world *w)
{
	static void (*const deeds[])(struct world *) = {do_exec, do_throttle};
	uint32_t dice = roll(w, 100);

	w->now++;
	/* The more there are, the more of them die. */
	if (dice < 30)
		do_fork(w);
	else if (dice < 30 + 30 * w->n_alive / PROCESSES)
		do_exit(w);
	else
		deeds[roll(w, ARRAY_SIZE(deeds))](w);
}

/* --- the agent comes */

static void report(struct world *w, size_t who)
{
	_cleanup_str_ struct str r = STR_INIT;
	struct proc *p = &w->procs[who];
	bool is_long = roll(w, 4) == 0;

	w->now++;
	w->reporting = true;
	if (is_long)
		send_data(w, who);
	put_exec(&r, RECORD_TASK,
		 &(struct record_exec){.process = key_of(w, who),
				       .parent = key_of(w, p->parent),
				       .cgroup_id = p->cgroup,
				       .nspid = p->nspid},
		 &(struct exec_texts){
			 .exe = "/bin/x", .cwd = "/", .argv = {w->argv, is_long ? LONG_ARGV : 0}});
	send(w, &r, who, 0);
	w->reporting = false;
}

/* In the order of pids, while others go on. */
static void scan(struct world *w)
{
	for (uint32_t pid = 1; pid < PIDS; pid++) {
		for (size_t i = 0; i < w->n_alive; i++)
			if (w->procs[w->alive[i]].pid == pid) {
				report(w, w->alive[i]);
				break;
			}
		while (roll(w, 2))
			step(w);
	}
	drain(w);
	for (size_t i = 0; i < w->n_alive; i++)
		w->procs[w->alive[i]].known |= !w->procs[w->alive[i]].restless;
}

/* What the walk did not meet, as /proc has it: not who exactly the parent is. */
static void supply(struct world *w)
{
	_cleanup_free_ struct process_key *keys = NULL;
	ssize_t n = tracker_missing(w->tracker, &keys);

	assert_true(n >= 0);
	for (ssize_t i = 0; i < n; i++) {
		const struct proc *p = proc_of(w, &keys[i]);
		_cleanup_str_ struct str r = STR_INIT;

		if (!p->alive)
			continue;
		put_exec(&r, RECORD_TASK,
			 &(struct record_exec){.process = keys[i],
					       .parent = KEY(w->procs[p->parent].pid, 0, 0),
					       .cgroup_id = p->cgroup,
					       .nspid = p->nspid},
			 &(struct exec_texts){.exe = "/bin/x", .cwd = "/"});
		tracker_supply(w->tracker, r.data, r.len);
	}
}

static void attach(struct world *w)
{
	const struct tracker_config config = {
		.table = {w->game->entries, 1 << 28},
		.max_cgroups = CGROUPS,
		.event = on_event,
		.userdata = w,
	};

	assert_int_equal(tracker_new(&config, &w->ledger, &w->tracker), 0);
	w->attached = w->scanning = true;
	for (unsigned id = 0; id < CGROUPS; id++) {
		_cleanup_str_ struct str r = STR_INIT;

		put_cgroup(&r, id, "/x");
		tracker_record(w->tracker, r.data, r.len);
		w->ledger.kernel.produced[RECORD_CGROUP]++;
	}
	scan(w);
	supply(w);
	w->scanning = false;
	tracker_scan_done(w->tracker);
}

static void audit(struct world *w)
{
	const char *wrong = table_audit(tracker_table(w->tracker));

	if (wrong)
		fail_msg("%s after %llu steps", wrong, (unsigned long long)w->now);
	assert_true(ledger_balanced(&w->ledger));
}

/* Whatever was said to have made an event made one. */
static void check_ledger(const struct world *w)
{
	const struct ledger *l = &w->ledger;
	const uint64_t promised =
		l->outcomes[RECORD_EXEC][OUTCOME_EVENT] + l->outcomes[RECORD_TASK][OUTCOME_EVENT];

	assert_int_equal(l->made[EVENT_EXIT], l->outcomes[RECORD_EXIT][OUTCOME_EVENT]);
	assert_true(l->made[EVENT_EXEC] <= promised);
	/* Of one that is reported while it executes, both records make the same event. */
	if (w->game->entries == LARGE && !w->game->shuffled)
		assert_int_equal(l->made[EVENT_EXEC], promised);
	/* Of parts that are still waiting the record was lost, and so was their process's end. */
	if (!w->game->in_1000)
		assert_int_equal(l->outcomes[RECORD_DATA][OUTCOME_PENDING], 0);
	for (int i = 0; i < _RECORD_MAX; i++) {
		assert_int_equal(l->outcomes[i][OUTCOME_MALFORMED], 0);
		assert_int_equal(l->outcomes[i][OUTCOME_NO_MEMORY], 0);
	}
}

/* All that was recorded from beginning to end was told from beginning to end, and what was told to
 * begin was told to end. */
static void check_procs(const struct world *w)
{
	if (w->game->in_1000 || w->game->throttled)
		return;
	for (size_t i = 1; i < w->n_procs; i++) {
		const struct proc *p = &w->procs[i];

		if ((p->recorded || (p->told && lossless(w->game))) && !p->told_exit)
			fail_msg("no exit of process %zu", i);
	}
}

static void play(const struct game *game)
{
	struct world *w = calloc(1, sizeof(*w));
	size_t i;

	assert_non_null(w);
	/* What it takes to play it again. */
	print_message("seed %llu, %llu steps\n", (unsigned long long)game->seed,
		      (unsigned long long)game->steps);
	w->game = game;
	w->dice = game->seed;
	memset(w->argv, 'a', sizeof(w->argv));
	w->procs = calloc(2 * w->game->steps, sizeof(*w->procs));
	assert_non_null(w->procs);
	w->n_procs = 1; /* the kernel */
	new_proc(w, 1, 0);
	/* The first of a container that is always there. */
	i = new_proc(w, 2, 1);
	w->procs[i].nspid = 1;
	w->procs[i].in_tree = true;
	if (game->older)
		while (w->now < game->steps / 2)
			step(w);
	attach(w);
	while (w->now < game->steps) {
		step(w);
		if (w->now % 4096 == 0)
			audit(w);
	}
	while (w->n_alive) {
		end(w, w->alive[w->n_alive - 1]);
		w->now++;
	}
	drain(w);
	audit(w);
	check_ledger(w);
	check_procs(w);
	/* Without loss everything is given back, but for the kernel's own entry. */
	if (lossless(game))
		assert_int_equal(table_get_stats(tracker_table(w->tracker))->entries, 1);
	tracker_free(&w->tracker);
	free(w->procs);
	free(w);
}

static void in_order(void **state)
{
	play(&(struct game){.seed = 1, .steps = 200000, .entries = LARGE});
}

static void out_of_order(void **state)
{
	play(&(struct game){.seed = 2, .steps = 200000, .entries = LARGE, .shuffled = true});
}

static void the_agent_comes_later(void **state)
{
	for (uint64_t seed = 100; seed < 200; seed++)
		play(&(struct game){.seed = seed, .steps = 3000, .entries = LARGE, .older = true});
}

static void the_agent_comes_later_and_out_of_order(void **state)
{
	for (uint64_t seed = 200; seed < 300; seed++)
		play(&(struct game){.seed = seed,
				    .steps = 3000,
				    .entries = LARGE,
				    .older = true,
				    .shuffled = true});
}

static void records_are_lost(void **state)
{
	static const unsigned rates[] = {1, 50, 500};

	for (size_t i = 0; i < ARRAY_SIZE(rates); i++)
		play(&(struct game){.seed = 300 + i,
				    .steps = 50000,
				    .entries = LARGE,
				    .in_1000 = rates[i],
				    .older = true,
				    .shuffled = true});
}

static void cgroups_are_throttled(void **state)
{
	play(&(struct game){.seed = 400,
			    .steps = 50000,
			    .entries = LARGE,
			    .throttled = true,
			    .shuffled = true});
}

static void the_table_is_too_small(void **state)
{
	static const size_t entries[] = {1, 2, 10, 50, 100};

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		play(&(struct game){.seed = 500 + i,
				    .steps = 20000,
				    .entries = entries[i],
				    .older = true,
				    .shuffled = true});
}

static void everything_at_once(void **state)
{
	for (uint64_t seed = 600; seed < 605; seed++)
		play(&(struct game){.seed = seed,
				    .steps = 20000,
				    .entries = 60,
				    .in_1000 = 20,
				    .older = true,
				    .throttled = true,
				    .shuffled = true});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(out_of_order),
		cmocka_unit_test(the_agent_comes_later),
		cmocka_unit_test(the_agent_comes_later_and_out_of_order),
		cmocka_unit_test(records_are_lost),
		cmocka_unit_test(cgroups_are_throttled),
		cmocka_unit_test(the_table_is_too_small),
		cmocka_unit_test(everything_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
