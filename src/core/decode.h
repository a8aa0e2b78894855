/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_DECODE_H
#define OCELLI_CORE_DECODE_H

#include "abi/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The bytes of a record are the kernel side's, but user space does not take
 * its word for their bounds.
 */

/* Whether @len bytes at @data are one whole, consistent record. */
bool record_valid(const void *data, size_t len);

struct exec_fields {
	struct {
		const char *data;
		size_t len;
	} v[_EXEC_FIELD_MAX];
};

/* Where the fields of a valid exec or task record are. */
void exec_fields(const struct record_exec *exec, struct exec_fields *ret);

/* One value that a hook captured. */
struct hook_bytes {
	enum hook_arg_status status;
	const char *data; /* aligned as the record is, to eight bytes at most */
	uint32_t size;    /* 0 where nothing was read */
};

/* What is still to come of the values in a hook's record. */
struct hook_args {
	const char *at, *end;
	uint32_t left;
};

/* @hook: a valid record. */
void hook_args_init(struct hook_args *args, const struct record_hook *hook);

/* The stacks behind a hook's values; those that it does not have, or that could not be read, are
 * of 0 frames. */
struct hook_stacks {
	const uint64_t *kernel;
	const struct hook_frame *user;
	const uint64_t *addresses; /* of ->user; NULL: not told, or they do not fit together */
	size_t n_kernel, n_user;
};

/* @hook: a valid record that fits its hook. */
void hook_stacks(const struct record_hook *hook, struct hook_stacks *ret);

/* The hash behind them; NULL: there is none. */
const struct hook_hash *hook_hash(const struct record_hook *hook);

/* How many values there are behind the hook's own. */
unsigned hook_n_behind(const struct record_hook *hook);

/* Returns false after the last. Those that the record had not even room to mention are told like
 * those that it had no room for. */
bool hook_args_next(struct hook_args *args, struct hook_bytes *ret);

#endif
