// SPDX-License-Identifier: Apache-2.0
#include "sensor/hook_point.h"
#include "base/cleanup.h"
#include "sensor/kprobe_multi.h"
#include "sensor/link_info.h"
#include "sensor/perf_event.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct program {
	int prog, link; /* -1: none */
	struct gate gate;
};

#define NO_PROGRAM ((struct program){.prog = -1, .link = -1})

struct hook_point {
	struct library *library;
	const struct kind *kind;
	struct hook_place place;
	char *name;
	struct program now, next; /* next: from the next turn on */
	bool retired;             /* with the next turn, nothing takes its place */
	uint64_t missed;          /* by the programs before */
};

struct kind {
	const char *name;
	enum bpf_prog_type type;
	enum bpf_attach_type attach_type;
	/* Returns the descriptor whose closing detaches the program. */
	int (*attach)(const struct hook_point *point, int prog, struct error **reterr);
};

static int attach_raw(const struct hook_point *point, int prog, struct error **reterr)
{
	int link = bpf_raw_tracepoint_open(point->name, prog);

	if (link >= 0)
		return link;
	if (errno == ENOENT)
		return error_set(reterr, -ENOENT, "this kernel has no tracepoint %s", point->name);
	/* kernel/trace/bpf_trace.c: __bpf_probe_register() */
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

static const struct kind kinds[] = {
	[HOOK_POINT_TYPED_TRACEPOINT] = {"raw_tracepoint", BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP,
					 attach_typed},
	[HOOK_POINT_RAW_TRACEPOINT] = {"raw_tracepoint", BPF_PROG_TYPE_RAW_TRACEPOINT, 0,
				       attach_raw},
	[HOOK_POINT_TRACEPOINT] = {"tracepoint", BPF_PROG_TYPE_TRACEPOINT, 0, attach_tracepoint},
	[HOOK_POINT_KPROBE] = {"kprobe", BPF_PROG_TYPE_KPROBE, 0, attach_kprobe},
	[HOOK_POINT_KRETPROBE] = {"kretprobe", BPF_PROG_TYPE_KPROBE, 0, attach_kretprobe},
	[HOOK_POINT_KPROBE_MULTI] = {"kprobe.multi", BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI,
				     attach_kprobe_multi},
	[HOOK_POINT_KRETPROBE_MULTI] = {"kretprobe.multi", BPF_PROG_TYPE_KPROBE,
					BPF_TRACE_KPROBE_MULTI, attach_kretprobe_multi},
	[HOOK_POINT_FENTRY] = {"fentry", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, attach_typed},
	[HOOK_POINT_FEXIT] = {"fexit", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, attach_typed},
	[HOOK_POINT_LSM] = {"lsm", BPF_PROG_TYPE_LSM, BPF_LSM_MAC, attach_typed},
};

const char *hook_point_kind_name(enum hook_point_kind kind)
{
	return kinds[kind].name;
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
	if (point)
		point->name = strdup(place->name);
	if (!point || !point->name) {
		free(point);
		return error_set(reterr, -ENOMEM, "out of memory");
	}
	point->library = library;
	point->kind = &kinds[place->kind];
	point->place = *place;
	point->place.name = point->name;
	point->place.btf_id = (uint32_t)id;
	point->now = point->next = NO_PROGRAM;
	*ret = point;
	return 0;
}

const struct hook_place *hook_point_place(const struct hook_point *point)
{
	return &point->place;
}

/* A program counts misses of some kinds of hooks, a link those of others. */
static uint64_t missed_by(const struct program *program)
{
	struct bpf_prog_info info = {0};
	__u32 len = sizeof(info);

	if (program->prog < 0)
		return 0;
	bpf_obj_get_info_by_fd(program->prog, &info, &len);
	return info.recursion_misses + link_missed(program->link);
}

uint64_t hook_point_missed(const struct hook_point *point)
{
	return point->missed + missed_by(&point->now);
}

static void detach(struct hook_point *point, struct program *program)
{
	if (program->prog < 0)
		return;
	close(program->link);
	close(program->prog);
	gates_drop(library_gates(point->library), &program->gate);
	*program = NO_PROGRAM;
}

void hook_point_clear(struct hook_point *point)
{
	point->missed += missed_by(&point->now);
	detach(point, &point->now);
	detach(point, &point->next);
}

void hook_point_free(struct hook_point **point)
{
	if (!*point)
		return;
	hook_point_clear(*point);
	free((*point)->name);
	free(*point);
	*point = NULL;
}

/* @gate: NULL for a program that is not attached. */
static int load(const struct hook_point *point, const struct code *code, const struct gate *gate,
		struct error **reterr)
{
	const char *slash = strchr(point->name, '/');
	const struct program_type type = {
		.name = slash ? slash + 1 : point->name,
		.type = point->kind->type,
		.attach_type = point->kind->attach_type,
		.attach_btf_id = point->place.btf_id,
		.attach_btf_object = point->place.btf_object,
		.gate = gate,
	};

	return library_load(point->library, code, &type, reterr);
}

int hook_point_load(const struct hook_point *point, const struct code *code, struct error **reterr)
{
	return load(point, code, NULL, reterr);
}

static int attach(const struct hook_point *point, const struct code *code, struct program *program,
		  struct error **reterr)
{
	program->prog = load(point, code, &program->gate, reterr);
	if (program->prog < 0)
		return program->prog;
	program->link = point->kind->attach(point, program->prog, reterr);
	if (program->link >= 0)
		return 0;
	close(program->prog);
	return program->link;
}

int hook_point_prepare(struct hook_point *point, const struct code *code, struct error **reterr)
{
	struct gates *gates = library_gates(point->library);
	struct program program;
	int r = gates_take(gates, &program.gate);

	if (r < 0)
		return error_set(reterr, r, "cannot make a map for it: %s", strerror(-r));
	r = attach(point, code, &program, reterr);
	if (r < 0) {
		gates_drop(gates, &program.gate);
		return r;
	}
	detach(point, &point->next);
	point->next = program;
	if (point->now.prog >= 0)
		gates_close(gates, &point->now.gate);
	return 0;
}

void hook_point_retire(struct hook_point *point)
{
	if (point->now.prog >= 0)
		gates_close(library_gates(point->library), &point->now.gate);
	point->retired = true;
}

void hook_point_cancel(struct hook_point *point)
{
	detach(point, &point->next);
	if (point->now.prog >= 0)
		gates_keep(library_gates(point->library), &point->now.gate);
	point->retired = false;
}

void hook_point_finish(struct hook_point *point)
{
	if (point->next.prog < 0 && !point->retired)
		return;
	point->missed += missed_by(&point->now);
	detach(point, &point->now);
	point->now = point->next;
	point->next = NO_PROGRAM;
	point->retired = false;
}
