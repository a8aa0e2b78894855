// SPDX-License-Identifier: Apache-2.0
#include "sensor/raw_point.h"
#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct raw_point {
	struct library *library;
	const char *name;
	uint32_t btf_id;
	int prog, link;  /* -1: none */
	uint64_t missed; /* by the programs before */
};

int raw_point_new(struct library *library, const char *name, struct raw_point **ret,
		  struct error **reterr)
{
	int id = library_tracepoint(library, name);
	struct raw_point *point;

	if (id < 0)
		return error_set(reterr, id, "this kernel has no raw tracepoint %s", name);
	point = calloc(1, sizeof(*point));
	if (!point)
		return error_set(reterr, -ENOMEM, "out of memory");
	*point = (struct raw_point){library, name, (uint32_t)id, -1, -1, 0};
	*ret = point;
	return 0;
}

uint64_t raw_point_missed(const struct raw_point *point)
{
	struct bpf_prog_info info = {0};
	__u32 len = sizeof(info);

	if (point->prog >= 0 && bpf_obj_get_info_by_fd(point->prog, &info, &len) < 0)
		info.recursion_misses = 0;
	return point->missed + info.recursion_misses;
}

static void detach(struct raw_point *point)
{
	if (point->link < 0)
		return;
	close(point->link);
	point->missed = raw_point_missed(point);
	close(point->prog);
	point->link = point->prog = -1;
}

void raw_point_free(struct raw_point **point)
{
	if (!*point)
		return;
	detach(*point);
	free(*point);
	*point = NULL;
}

int raw_point_set(struct raw_point *point, const struct code *code, struct error **reterr)
{
	const struct program_type type = {
		.name = point->name,
		.type = BPF_PROG_TYPE_TRACING,
		.attach_type = BPF_TRACE_RAW_TP,
		.attach_btf_id = point->btf_id,
	};
	_cleanup_close_ int fd = library_load(point->library, code, &type, reterr);
	int link;

	if (fd < 0)
		return fd;
	link = bpf_raw_tracepoint_open(NULL, fd);
	if (link < 0)
		return error_set(reterr, -errno, "cannot attach to %s: %s", point->name,
				 strerror(errno));
	detach(point);
	point->link = link;
	point->prog = TAKE_FD(fd);
	return 0;
}
