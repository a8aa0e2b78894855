// SPDX-License-Identifier: Apache-2.0
#include "sensor/hook_point.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "sensor/dispatcher.h"
#include "sensor/gate.h"
#include "sensor/kprobe_multi.h"
#include "sensor/link_info.h"
#include "sensor/perf_event.h"
#include "sensor/uprobe_multi.h"

#include <bpf/bpf.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct program {
	int prog; /* -1: none */
	int link; /* -1: it is not attached: the dispatcher jumps to it */
	struct gate gate;
	char *pin;   /* of the link; NULL: it ends with us */
	uint32_t id; /* of the program, where it is jumped to */
};

#define NO_PROGRAM ((struct program){-1, -1, GATE_NONE, NULL, 0})

struct hook_point {
	struct library *library;
	const struct kind *kind;
	struct hook_place place;
	char *name;
	struct dispatcher dispatcher;
	struct program entry;     /* the dispatcher's own */
	char *slots_pin;          /* of its slots; NULL: likewise */
	struct program now, next; /* next: from the next turn on */
	bool retired;             /* with the next turn, nothing takes its place */
	uint64_t missed;          /* by programs that are no more, and likewise … */
	struct run_cost cost;
};

struct kind {
	const char *name;
	enum bpf_prog_type type;
	enum bpf_attach_type attach_type;
	/* Returns the descriptor whose closing detaches the program. */
	int (*attach)(const struct hook_point *point, int prog, struct error **reterr);
	/* Its program runs in what a process does itself, which can be preempted. */
	bool in_process;
};

static int attach_raw(const struct hook_point *point, int prog, struct error **reterr)
{
	int link = bpf_raw_tracepoint_open(point->name, prog);

	if (link >= 0)
		return link;
	if (errno == ENOENT)
		return error_set(reterr, -ENOENT, "this kernel has no tracepoint %s", point->name);
	/* kernel/trace/bpf_trace.c: __bpf_probe_register(); of a dispatcher, nobody asks. */
	if (errno == EINVAL)
		return error_set(reterr, -EINVAL, "%s has fewer arguments", point->name);
	return error_set(reterr, -errno, "cannot attach to %s: %s", point->name, strerror(errno));
}

/* The program knows where: it was loaded for it. */
static int attach_typed(const struct hook_point *point, int prog, struct error **reterr)
{
	int link = bpf_raw_tracepoint_open(NULL, prog);

	if (link >= 0)
		return link;
	if (errno != KERNEL_ENOTSUPP)
		return error_set(reterr, -errno, "cannot attach to %s: %s", point->name,
				 strerror(errno));
	error_set(reterr, -EOPNOTSUPP,
		  "cannot attach to %s: this kernel has no BPF trampolines on this architecture",
		  point->name);
	error_remedy(reterr, "hook a function by kprobes instead; arm64 has trampolines from Linux "
			     "6.4 on");
	return -EOPNOTSUPP;
}

static int attach_event(int event, int prog, const struct hook_point *point, struct error **reterr)
{
	int link = event < 0 ? event : perf_event_attach(event, prog);

	if (event >= 0 && link < 0)
		error_set(reterr, link, "cannot attach to %s: %s", point->name, strerror(-link));
	return link;
}

static int attach_tracepoint(const struct hook_point *point, int prog, struct error **reterr)
{
	return attach_event(perf_event_tracepoint(point->name, reterr), prog, point, reterr);
}

static int attach_kprobe(const struct hook_point *point, int prog, struct error **reterr)
{
	return attach_event(perf_event_kprobe(point->name, false, reterr), prog, point, reterr);
}

static int attach_kretprobe(const struct hook_point *point, int prog, struct error **reterr)
{
	return attach_event(perf_event_kprobe(point->name, true, reterr), prog, point, reterr);
}

static int attach_many(const struct hook_point *point, int prog, bool on_return,
		       struct error **reterr)
{
	const struct hook_place *p = &point->place;
	int link = kprobe_multi_attach(prog, p->functions, p->cookies, p->n_functions, on_return);

	return link >= 0 ? link
			 : error_set(reterr, link, "cannot attach to %zu functions at once: %s",
				     p->n_functions, strerror(-link));
}

static int attach_kprobe_multi(const struct hook_point *point, int prog, struct error **reterr)
{
	return attach_many(point, prog, false, reterr);
}

static int attach_kretprobe_multi(const struct hook_point *point, int prog, struct error **reterr)
{
	return attach_many(point, prog, true, reterr);
}

/* That leads to the file, whatever is where it was by now. */
struct file_path {
	char s[32];
};

static struct file_path path_of(const struct hook_point *point)
{
	struct file_path path;

	snprintf(path.s, sizeof(path.s), "/proc/self/fd/%d", point->place.file.fd);
	return path;
}

static int attach_in_file(const struct hook_point *point, int prog, bool on_return,
			  struct error **reterr)
{
	const struct hook_place *p = &point->place;
	int event = perf_event_uprobe(path_of(point).s, p->offset, p->ref_ctr_offset, on_return,
				      reterr);

	return attach_event(event, prog, point, reterr);
}

static int attach_uprobe(const struct hook_point *point, int prog, struct error **reterr)
{
	return attach_in_file(point, prog, false, reterr);
}

static int attach_uretprobe(const struct hook_point *point, int prog, struct error **reterr)
{
	return attach_in_file(point, prog, true, reterr);
}

static int link_in_file(const struct hook_point *point, int prog, bool on_return,
			struct error **reterr)
{
	const struct hook_place *p = &point->place;
	const struct file_path path = path_of(point);
	const struct uprobe_places places = {
		.path = path.s,
		.offsets = &p->offset,
		.ref_ctr_offsets = &p->ref_ctr_offset,
		.n = 1,
	};
	int link = uprobe_multi_attach(prog, &places, on_return);

	return link >= 0 ? link : perf_event_explain_uprobe(link, p->offset, reterr);
}

static int link_uprobe(const struct hook_point *point, int prog, struct error **reterr)
{
	return link_in_file(point, prog, false, reterr);
}

static int link_uretprobe(const struct hook_point *point, int prog, struct error **reterr)
{
	return link_in_file(point, prog, true, reterr);
}

static int attach_many_in_file(const struct hook_point *point, int prog, bool on_return,
			       struct error **reterr)
{
	const struct file_path path = path_of(point);
	const struct uprobe_places places = {
		.path = path.s,
		.offsets = point->place.offsets,
		.ref_ctr_offsets = point->place.ref_ctr_offsets,
		.cookies = point->place.cookies,
		.n = point->place.n_functions,
	};
	int link = uprobe_multi_attach(prog, &places, on_return);

	return link >= 0 ? link
			 : error_set(reterr, link, "cannot attach to %zu places at once: %s",
				     places.n, strerror(-link));
}

static int attach_uprobe_multi(const struct hook_point *point, int prog, struct error **reterr)
{
	return attach_many_in_file(point, prog, false, reterr);
}

static int attach_uretprobe_multi(const struct hook_point *point, int prog, struct error **reterr)
{
	return attach_many_in_file(point, prog, true, reterr);
}

static const struct kind kinds[] = {
	[HOOK_POINT_TYPED_TRACEPOINT] = {"raw_tracepoint", BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP,
					 attach_typed, false},
	[HOOK_POINT_RAW_TRACEPOINT] = {"raw_tracepoint", BPF_PROG_TYPE_RAW_TRACEPOINT, 0,
				       attach_raw, false},
	[HOOK_POINT_TRACEPOINT] = {"tracepoint", BPF_PROG_TYPE_TRACEPOINT, 0, attach_tracepoint,
				   false},
	[HOOK_POINT_KPROBE] = {"kprobe", BPF_PROG_TYPE_KPROBE, 0, attach_kprobe, false},
	[HOOK_POINT_KRETPROBE] = {"kretprobe", BPF_PROG_TYPE_KPROBE, 0, attach_kretprobe, false},
	[HOOK_POINT_KPROBE_MULTI] = {"kprobe.multi", BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI,
				     attach_kprobe_multi, false},
	[HOOK_POINT_KRETPROBE_MULTI] = {"kretprobe.multi", BPF_PROG_TYPE_KPROBE,
					BPF_TRACE_KPROBE_MULTI, attach_kretprobe_multi, false},
	[HOOK_POINT_OVERRIDE] = {"override_return", BPF_PROG_TYPE_KPROBE, 0, attach_kprobe, false},
	[HOOK_POINT_FENTRY] = {"fentry", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, attach_typed,
			       false},
	[HOOK_POINT_FEXIT] = {"fexit", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, attach_typed, false},
	[HOOK_POINT_FMOD_RET] = {"fmod_ret", BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, attach_typed,
				 false},
	[HOOK_POINT_LSM] = {"lsm", BPF_PROG_TYPE_LSM, BPF_LSM_MAC, attach_typed, false},
	[HOOK_POINT_UPROBE] = {"uprobe", BPF_PROG_TYPE_KPROBE, 0, attach_uprobe, true},
	[HOOK_POINT_URETPROBE] = {"uretprobe", BPF_PROG_TYPE_KPROBE, 0, attach_uretprobe, true},
	[HOOK_POINT_UPROBE_LINK] = {"uprobe", BPF_PROG_TYPE_KPROBE,
				    (enum bpf_attach_type)TRACE_UPROBE_MULTI, link_uprobe, true},
	[HOOK_POINT_URETPROBE_LINK] = {"uretprobe", BPF_PROG_TYPE_KPROBE,
				       (enum bpf_attach_type)TRACE_UPROBE_MULTI, link_uretprobe,
				       true},
	[HOOK_POINT_UPROBE_MULTI] = {"uprobe.multi", BPF_PROG_TYPE_KPROBE,
				     (enum bpf_attach_type)TRACE_UPROBE_MULTI, attach_uprobe_multi,
				     true},
	[HOOK_POINT_URETPROBE_MULTI] = {"uretprobe.multi", BPF_PROG_TYPE_KPROBE,
					(enum bpf_attach_type)TRACE_UPROBE_MULTI,
					attach_uretprobe_multi, true},
};

static int compare_numbers(uint64_t x, uint64_t y)
{
	return x < y ? -1 : x > y;
}

int hook_place_compare(const struct hook_place *x, const struct hook_place *y)
{
	int r = compare_numbers(x->kind, y->kind);

	if (!r)
		r = strcmp(x->name, y->name);
	if (!r)
		r = compare_numbers(x->file.device, y->file.device);
	return r ? r : compare_numbers(x->file.inode, y->file.inode);
}

const char *hook_point_kind_name(enum hook_point_kind kind)
{
	return kinds[kind].name;
}

bool hook_place_is_in_file(const struct hook_place *place)
{
	return kinds[place->kind].in_process;
}

static void free_point(struct hook_point *point)
{
	if (point->place.file.fd >= 0)
		close(point->place.file.fd);
	free(point->name);
	free(point);
}

int hook_point_new(struct library *library, const struct hook_place *place, struct hook_point **ret,
		   struct error **reterr)
{
	struct hook_point *point;
	int id = (int)place->btf_id;

	if (place->kind == HOOK_POINT_TYPED_TRACEPOINT)
		id = library_tracepoint(library, place->name);
	if (id < 0)
		return error_set(reterr, id, "this kernel has no raw tracepoint %s", place->name);
	point = calloc(1, sizeof(*point));
	if (!point)
		return error_set(reterr, -ENOMEM, "out of memory");
	point->place = *place;
	point->place.file.fd =
		hook_place_is_in_file(place) ? fcntl(place->file.fd, F_DUPFD_CLOEXEC, 3) : -1;
	point->name = strdup(place->name);
	if (!point->name || (hook_place_is_in_file(place) && point->place.file.fd < 0)) {
		id = point->name ? -errno : -ENOMEM;
		free_point(point);
		return error_set(reterr, id, "cannot keep %s: %s", place->name, strerror(-id));
	}
	point->library = library;
	point->kind = &kinds[place->kind];
	point->place.name = point->name;
	point->place.btf_id = (uint32_t)id;
	point->dispatcher = DISPATCHER_NONE;
	point->entry = point->now = point->next = NO_PROGRAM;
	*ret = point;
	return 0;
}

const struct hook_place *hook_point_place(const struct hook_point *point)
{
	return &point->place;
}

/* --- programs */

static bool is_attached(const struct program *program)
{
	return program->link >= 0;
}

static bool is_dispatched(const struct program *program)
{
	return program->prog >= 0 && program->link < 0;
}

/* A program counts misses of some kinds of hooks, a link those of others; of what is jumped to,
 * the dispatcher. */
static uint64_t missed_by(const struct program *program)
{
	struct bpf_prog_info info = {0};
	__u32 len = sizeof(info);

	if (!is_attached(program))
		return 0;
	bpf_obj_get_info_by_fd(program->prog, &info, &len);
	return info.recursion_misses + link_missed(program->link);
}

/* What is jumped to runs in the dispatcher's time. */
static struct run_cost cost_of(const struct program *program)
{
	struct bpf_prog_info info = {0};
	__u32 len = sizeof(info);

	if (!is_attached(program) || bpf_obj_get_info_by_fd(program->prog, &info, &len) < 0)
		return (struct run_cost){0};
	return (struct run_cost){info.run_time_ns, info.run_cnt};
}

static void add_cost(struct run_cost *to, struct run_cost more)
{
	to->ns += more.ns;
	to->runs += more.runs;
}

static void drop(struct hook_point *point, struct program *program)
{
	point->missed += missed_by(program);
	add_cost(&point->cost, cost_of(program));
	pin_remove(&program->pin);
	if (program->link >= 0)
		close(program->link);
	if (program->prog >= 0)
		close(program->prog);
	gate_done(&program->gate);
	*program = NO_PROGRAM;
}

/* What is behind the last slash, in characters that the kernel allows (kernel/bpf/syscall.c:
 * bpf_obj_name_cpy()). */
struct program_name {
	char s[BPF_OBJ_NAME_LEN];
};

static struct program_name name_of(const struct hook_point *point)
{
	const char *slash = strrchr(point->name, '/');
	struct program_name name;

	snprintf(name.s, sizeof(name.s), "%s", slash ? slash + 1 : point->name);
	for (char *c = name.s; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_' && *c != '.')
			*c = '_';
	return name;
}

static bool waits(const struct hook_point *point, const struct code *code)
{
	return point->kind->in_process && code->waits && library_waits(point->library);
}

static int load(const struct hook_point *point, const struct code *code,
		const struct code *prologue, struct error **reterr)
{
	const struct program_name name = name_of(point);
	const struct program_type type = {
		.name = name.s,
		.in_process = point->kind->in_process,
		.waits = waits(point, code),
		.type = point->kind->type,
		.attach_type = point->kind->attach_type,
		.attach_btf_id = point->place.btf_id,
		.attach_btf_object = point->place.btf_object,
		.prologue = prologue,
	};

	return library_load(point->library, code, &type, reterr);
}

int hook_point_load(const struct hook_point *point, const struct code *code, struct error **reterr)
{
	return load(point, code, NULL, reterr);
}

/* --- the dispatcher */

/* Jumps to the program from that turn on, if it is one that is jumped to. */
static int jump(const struct hook_point *point, uint32_t turn, const struct program *program)
{
	if (point->dispatcher.slots < 0)
		return 0;
	return dispatcher_set(&point->dispatcher, turn,
			      is_dispatched(program) ? program->prog : -1);
}

static int attach_entry(struct hook_point *point, struct error **reterr)
{
	__attribute__((cleanup(code_done))) struct code code = CODE_INIT;
	int r = dispatcher_init(&point->dispatcher);

	if (r >= 0)
		r = dispatcher_emit(&point->dispatcher, library_turns(point->library), &code);
	if (r < 0)
		return error_set(reterr, r, "cannot make a map for it: %s", strerror(-r));
	point->entry.prog = load(point, &code, NULL, reterr);
	if (point->entry.prog < 0)
		return point->entry.prog;
	point->entry.link = point->kind->attach(point, point->entry.prog, reterr);
	return MIN(point->entry.link, 0);
}

/* Without a program to jump to, there is none. */
static void settle(struct hook_point *point)
{
	if (is_dispatched(&point->now) || is_dispatched(&point->next))
		return;
	drop(point, &point->entry);
	pin_remove(&point->slots_pin);
	dispatcher_done(&point->dispatcher);
}

/* --- what stays */

static int pin_program(struct hook_point *point, struct program *program, struct pins *pins,
		       struct error **reterr)
{
	int r;

	if (!is_attached(program) || program->pin)
		return 0;
	r = pins_add(pins, program->link, point->kind->name, point->name, &program->pin, reterr);
	/* A perf event without a link of its own. */
	if (r == -EINVAL)
		error_remedy(reterr,
			     "kprobes and tracepoints outlive the agent from Linux 5.15 on");
	return r;
}

int hook_point_pin(struct hook_point *point, struct pins *pins, struct error **reterr)
{
	struct program *const v[] = {&point->entry, &point->now, &point->next};
	int r = 0;

	/* Without a name they would be emptied when we close them (kernel/bpf/arraymap.c:
	 * prog_array_map_clear()). */
	if (point->dispatcher.slots >= 0 && !point->slots_pin)
		r = pins_add(pins, point->dispatcher.slots, "slots", point->name, &point->slots_pin,
			     reterr);
	for (size_t i = 0; i < ARRAY_SIZE(v) && r >= 0; i++)
		r = pin_program(point, v[i], pins, reterr);
	return r;
}

static bool mend_jumps(const struct hook_point *point)
{
	uint32_t turn = turns_now(library_turns(point->library));
	bool mended = false;

	for (uint32_t i = turn; i < turn + 2 && is_dispatched(&point->now); i++) {
		if (dispatcher_get(&point->dispatcher, i) == point->now.id)
			continue;
		jump(point, i, &point->now);
		mended = true;
	}
	return mended;
}

static bool mend_pin(const char *kind, const struct hook_point *point, int fd, struct pins *pins,
		     char **pin)
{
	char *fresh;

	if (!*pin || access(*pin, F_OK) == 0)
		return false;
	/* Else it is tried again, and told again, the next time. */
	if (pins_add(pins, fd, kind, point->name, &fresh, NULL) >= 0) {
		free(*pin);
		*pin = fresh;
	}
	return true;
}

const char *hook_point_mend(struct hook_point *point, struct pins *pins)
{
	struct program *const v[] = {&point->entry, &point->now};
	const char *found = NULL;

	if (mend_pin("slots", point, point->dispatcher.slots, pins, &point->slots_pin))
		found = "its pins were removed";
	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		if (mend_pin(point->kind->name, point, v[i]->link, pins, &v[i]->pin))
			found = "its pins were removed";
	if (is_attached(&point->now) && gate_mend(&point->now.gate))
		found = "its gate was closed";
	if (mend_jumps(point))
		found = "its program was taken from its dispatcher";
	return found;
}

static void each_pin(struct hook_point *point, void (*does)(char **pin))
{
	char **const v[] = {&point->entry.pin, &point->now.pin, &point->next.pin,
			    &point->slots_pin};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		does(v[i]);
}

void hook_point_unpin(struct hook_point *point)
{
	each_pin(point, pin_remove);
}

static void forget(char **pin)
{
	free(*pin);
	*pin = NULL;
}

void hook_point_leave(struct hook_point *point)
{
	each_pin(point, forget);
}

/* --- what users see */

uint64_t hook_point_missed(const struct hook_point *point)
{
	return point->missed + missed_by(&point->entry) + missed_by(&point->now);
}

struct run_cost hook_point_cost(const struct hook_point *point)
{
	struct run_cost cost = point->cost;

	add_cost(&cost, cost_of(&point->entry));
	add_cost(&cost, cost_of(&point->now));
	return cost;
}

static uint64_t memory_of(int prog)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);

	if (prog < 0 || bpf_obj_get_info_by_fd(prog, &info, &len) < 0)
		return 0;
	return (uint64_t)info.xlated_prog_len + info.jited_prog_len;
}

uint64_t hook_point_memory(const struct hook_point *point)
{
	return memory_of(point->entry.prog) + memory_of(point->now.prog);
}

void hook_point_clear(struct hook_point *point)
{
	drop(point, &point->now);
	drop(point, &point->next);
	settle(point);
}

void hook_point_free(struct hook_point **point)
{
	if (!*point)
		return;
	hook_point_clear(*point);
	free_point(*point);
	*point = NULL;
}

static int prepare_attached(struct hook_point *point, const struct code *code,
			    struct program *program, struct error **reterr)
{
	__attribute__((cleanup(code_done))) struct code prologue = CODE_INIT;
	const struct turns *turns = library_turns(point->library);
	int r = gate_init(&program->gate, turns);

	if (r >= 0)
		r = gate_emit(&program->gate, turns, &prologue);
	if (r < 0)
		return error_set(reterr, r, "cannot make a map for it: %s", strerror(-r));
	program->prog = load(point, code, &prologue, reterr);
	if (program->prog < 0)
		return program->prog;
	program->link = point->kind->attach(point, program->prog, reterr);
	return MIN(program->link, 0);
}

static uint32_t id_of(int prog)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);

	return prog < 0 || bpf_obj_get_info_by_fd(prog, &info, &len) < 0 ? 0 : info.id;
}

static int prepare_dispatched(struct hook_point *point, const struct code *code,
			      struct program *program, struct error **reterr)
{
	int r = is_attached(&point->entry) ? 0 : attach_entry(point, reterr);

	if (r < 0)
		return r;
	program->prog = load(point, code, NULL, reterr);
	program->id = id_of(program->prog);
	return MIN(program->prog, 0);
}

int hook_point_prepare(struct hook_point *point, const struct code *code, struct error **reterr)
{
	const struct turns *turns = library_turns(point->library);
	struct program program = NO_PROGRAM;
	int r;

	/* Those that sleep cannot be jumped to (kernel/bpf/verifier.c:
	 * check_map_prog_compatibility()), nor should those that change registers be. */
	if (code->sleepable || code->writes || waits(point, code) || point->place.direct)
		r = prepare_attached(point, code, &program, reterr);
	else
		r = prepare_dispatched(point, code, &program, reterr);
	if (r >= 0) {
		r = jump(point, turns_now(turns) + 1, &program);
		if (r < 0)
			error_set(reterr, r, "the program cannot be jumped to: %s", strerror(-r));
	}
	if (r < 0) {
		drop(point, &program);
		settle(point);
		return r;
	}
	drop(point, &point->next);
	point->next = program;
	if (is_attached(&point->now))
		gate_close(&point->now.gate, turns);
	return 0;
}

void hook_point_retire(struct hook_point *point)
{
	const struct turns *turns = library_turns(point->library);

	jump(point, turns_now(turns) + 1, &NO_PROGRAM);
	if (is_attached(&point->now))
		gate_close(&point->now.gate, turns);
	point->retired = true;
}

void hook_point_cancel(struct hook_point *point)
{
	drop(point, &point->next);
	jump(point, turns_now(library_turns(point->library)) + 1, &point->now);
	if (is_attached(&point->now))
		gate_keep(&point->now.gate);
	point->retired = false;
	settle(point);
}

void hook_point_finish(struct hook_point *point)
{
	if (point->next.prog < 0 && !point->retired)
		return;
	drop(point, &point->now);
	point->now = point->next;
	point->next = NO_PROGRAM;
	point->retired = false;
	/* At the next turn, too, if nothing else is prepared for that. */
	jump(point, turns_now(library_turns(point->library)) + 1, &point->now);
	settle(point);
}
