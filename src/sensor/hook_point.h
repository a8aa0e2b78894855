/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_HOOK_POINT_H
#define OCELLI_SENSOR_HOOK_POINT_H

#include "pins/pins.h"
#include "sensor/library.h"

#include <stdbool.h>

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
	/* The same of many functions at once: sensor/kprobe_multi.h. */
	HOOK_POINT_KPROBE_MULTI,
	HOOK_POINT_KRETPROBE_MULTI,
	/* The registers at the beginning of a function, which the program can have return
	 * something instead: sensor/override_return.h. */
	HOOK_POINT_OVERRIDE,
	/* The arguments of a function, typed; at its end, what it returns behind them. */
	HOOK_POINT_FENTRY,
	HOOK_POINT_FEXIT,
	/* The same before a function that may be kept from running: what the program returns, if it
	 * is not 0, the function returns. */
	HOOK_POINT_FMOD_RET,
	/* Those of a hook of the security modules; likewise. */
	HOOK_POINT_LSM,
	/* The registers of a process at some place in a file that it executes, or where the
	 * function that begins there returns. */
	HOOK_POINT_UPROBE,
	HOOK_POINT_URETPROBE,
	/* The same by uprobe.multi, so that what ends it does not wait under a lock that all trace
	 * events share: 30 ms instead of 120. */
	HOOK_POINT_UPROBE_LINK,
	HOOK_POINT_URETPROBE_LINK,
	/* The same of many places in a file at once: sensor/uprobe_multi.h. */
	HOOK_POINT_UPROBE_MULTI,
	HOOK_POINT_URETPROBE_MULTI,
};

/* A file that processes execute. */
struct program_file {
	int fd; /* of the file, open */
	uint64_t device, inode;
};

struct hook_place {
	enum hook_point_kind kind;
	const char *name;
	/* Of fentry to LSM: the function, see sensor/kernel_functions.h. */
	uint32_t btf_id, btf_object;
	/* In a file: which, and where in it. */
	struct program_file file;
	uint64_t offset, ref_ctr_offset;
	/* Of many functions: they, where they are in the file, and the cookie of each. */
	const char *const *functions;
	const uint64_t *offsets, *ref_ctr_offsets;
	const uint64_t *cookies;
	size_t n_functions;
	/* Its programs are attached themselves, without a dispatcher: when the kernel attaches it
	 * looks whether they read more than there is, and nobody else can. */
	bool direct;
};

/* Whether it is in a file that processes execute. */
bool hook_place_is_in_file(const struct hook_place *place);

/* In the order of kinds, names and files; 0: it is the same place. */
int hook_place_compare(const struct hook_place *x, const struct hook_place *y);

/* As people call the kind: "kprobe". */
const char *hook_point_kind_name(enum hook_point_kind kind);

/* A place in the kernel and the program of policies on it. */
struct hook_point;

/* The place, its name and the descriptor of its file are copied; what there is of many functions is
 * the caller's. Nothing is attached yet. Returns 0, or negative errno when the kernel has no such
 * place, as far as can be known without trying. */
int hook_point_new(struct library *library, const struct hook_place *place, struct hook_point **ret,
		   struct error **reterr);

/* Valid as long as the point is. */
const struct hook_place *hook_point_place(const struct hook_point *point);

/* Detaches. */
void hook_point_free(struct hook_point **point);

/* Loads the program as one for this place, and puts it nowhere. Returns its descriptor, the
 * caller's, or negative errno. */
int hook_point_load(const struct hook_point *point, const struct code *code, struct error **reterr);

/*
 * Programs come and go in three steps, so that those of many places change at
 * once: what shall be is prepared everywhere, turns_next() of the library's turns
 * has it begin and what was before end, and then that goes. Until the turn all of
 * it can be cancelled.
 */

/* Has a program take the place of the one before with the next turn. When it is refused, all is as
 * before. */
int hook_point_prepare(struct hook_point *point, const struct code *code, struct error **reterr);

/* With the next turn, nothing takes its place. */
void hook_point_retire(struct hook_point *point);

void hook_point_cancel(struct hook_point *point);

/* After the turn. Does nothing where nothing was prepared. */
void hook_point_finish(struct hook_point *point);

/* Detaches, without a turn. Its count of misses is kept. */
void hook_point_clear(struct hook_point *point);

/*
 * Has its programs, also the one of the next turn, stay in the kernel when the agent
 * is no more; from then on each new one has to be pinned again. Those that are need
 * nothing. Returns 0 or negative errno.
 */
int hook_point_pin(struct hook_point *point, struct pins *pins, struct error **reterr);

/*
 * Looks whether somebody has kept its programs from running, or from lasting: jumps
 * that lead elsewhere, a gate that was closed, names that were taken away. That is
 * put right. Returns what it was, for people; NULL: nothing. Not while a turn is
 * prepared.
 */
const char *hook_point_mend(struct hook_point *point, struct pins *pins);

/* They end with the agent. */
void hook_point_unpin(struct hook_point *point);

/* What is pinned stays, whatever becomes of the point. */
void hook_point_leave(struct hook_point *point);

/* How often the kernel passed its programs by, this one and those before. */
uint64_t hook_point_missed(const struct hook_point *point);

/* What the kernel counts of programs while kernel.bpf_stats_enabled is set, or somebody has
 * BPF_ENABLE_STATS open. */
struct run_cost {
	uint64_t ns, runs;
};

/* What its programs took, this one and those before, while the kernel counted. */
struct run_cost hook_point_cost(const struct hook_point *point);

/* Bytes of kernel memory that the instructions of its programs take, those of BPF and the
 * machine's. */
uint64_t hook_point_memory(const struct hook_point *point);

#endif
