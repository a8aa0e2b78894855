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

struct hook_point {
	struct library *library;
	const struct kind *kind;
	struct hook_place place;
	char *name;
	int prog, link;  /* -1: none */
	uint64_t missed; /* by the programs before */
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

	return link >= 0 ? link
			 : error_set(reterr, -errno, "cannot attach to %s: %s", point->name,
				     strerror(errno));
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
	point->prog = point->link = -1;
	*ret = point;
	return 0;
}

const struct hook_place *hook_point_place(const struct hook_point *point)
{
	return &point->place;
}

static uint64_t missed_by_program(const struct hook_point *point)
{
	struct bpf_prog_info info = {0};
	__u32 len = sizeof(info);

	if (point->prog < 0 || bpf_obj_get_info_by_fd(point->prog, &info, &len) < 0)
		return 0;
	return info.recursion_misses;
}

static uint64_t missed_by_link(const struct hook_point *point)
{
	return point->link < 0 ? 0 : link_missed(point->link);
}

uint64_t hook_point_missed(const struct hook_point *point)
{
	return point->missed + missed_by_link(point) + missed_by_program(point);
}

void hook_point_clear(struct hook_point *point)
{
	if (point->link < 0)
		return;
	point->missed += missed_by_link(point);
	close(point->link);
	point->missed += missed_by_program(point);
	close(point->prog);
	point->link = point->prog = -1;
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

int hook_point_load(const struct hook_point *point, const struct code *code, struct error **reterr)
{
	const char *slash = strchr(point->name, '/');
	const struct program_type type = {
		.name = slash ? slash + 1 : point->name,
		.type = point->kind->type,
		.attach_type = point->kind->attach_type,
		.attach_btf_id = point->place.btf_id,
		.attach_btf_object = point->place.btf_object,
	};

	return library_load(point->library, code, &type, reterr);
}

int hook_point_set(struct hook_point *point, const struct code *code, struct error **reterr)
{
	_cleanup_close_ int fd = hook_point_load(point, code, reterr);
	int link;

	if (fd < 0)
		return fd;
	link = point->kind->attach(point, fd, reterr);
	if (link < 0)
		return link;
	hook_point_clear(point);
	point->link = link;
	point->prog = TAKE_FD(fd);
	return 0;
}
