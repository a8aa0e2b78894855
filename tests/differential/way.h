/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_WAY_H
#define OCELLI_TESTS_DIFFERENTIAL_WAY_H

#include "abi/record.h"
#include "compile/backend.h"
#include "sensor/hook_point.h"
#include "types.h"

/* What is called so that a hook is hit. */
struct call {
	size_t n_args;
	/* Which argument each of a policy's items is about; NULL: one after the other. */
	const uint8_t *places;
	/* That an argument can be of. */
	const struct type *(*pick_type)(size_t i);
	void (*make)(const uint64_t *args);
	/* Whether the record is of the call, if not all of this thread are. */
	bool (*is_ours)(const struct record_hook *record);
	bool sets_options; /* of sockets, and nothing else may */
};

/* How a program comes to be run. */
struct way {
	const char *name;
	const char *hook; /* in a policy, up to its arguments */
	struct call call;
	const struct backend *backend;
	/* By bpf(2), BPF_PROG_TEST_RUN: there is no place, and what is returned is random, too. */
	bool by_hand;
	bool has_no_data; /* hooks of its kind have none */
	/* Arguments are as this function has them; NULL: as a call of a process. */
	const char *function;
	struct hook_place begin, end;
	bool returns;     /* there is an end; the call returns … */
	int64_t returned; /* … always this */
};

const struct way *way_named(const char *name);
const struct backend *way_backend_of_return(const struct way *way);

/* A type that a program which is run by hand can be told that something is returned of. */
const struct type *pick_returned_type(void);

#endif
