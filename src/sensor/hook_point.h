/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_HOOK_POINT_H
#define OCELLI_SENSOR_HOOK_POINT_H

#include "sensor/library.h"

/* What a program can be put on. */
enum hook_point_kind {
	/* One of library_tracepoint(): arguments are typed, so they can be followed. */
	HOOK_POINT_TYPED_TRACEPOINT,
	/* The arguments of a tracepoint, as numbers … */
	HOOK_POINT_RAW_TRACEPOINT,
	/* … and its record, "SUBSYSTEM/EVENT". */
	HOOK_POINT_TRACEPOINT,
	/* The registers at the beginning of a function of the kernel, or at its end. */
	HOOK_POINT_KPROBE,
	HOOK_POINT_KRETPROBE,
	/* The arguments of a function, typed; at its end, what it returns behind them. */
	HOOK_POINT_FENTRY,
	HOOK_POINT_FEXIT,
	/* Those of a hook of the security modules. */
	HOOK_POINT_LSM,
};

struct hook_place {
	enum hook_point_kind kind;
	const char *name;
	/* Of the last three: the function, see sensor/kernel_functions.h. */
	uint32_t btf_id, btf_object;
};

/* A place in the kernel and the program of policies on it. */
struct hook_point;

/* The place and its name are copied. Nothing is attached yet. Returns 0, or negative errno when the
 * kernel has no such place, as far as can be known without trying. */
int hook_point_new(struct library *library, const struct hook_place *place, struct hook_point **ret,
		   struct error **reterr);

/* Detaches. */
void hook_point_free(struct hook_point **point);

/*
 * Puts the program in the place of the one before, which goes on when this one
 * is refused. For a moment both run.
 */
int hook_point_set(struct hook_point *point, const struct code *code, struct error **reterr);

/* What is attached, is no more. Its count of misses is kept. */
void hook_point_clear(struct hook_point *point);

/* How often the kernel passed its programs by, this one and those before. */
uint64_t hook_point_missed(const struct hook_point *point);

#endif
