/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_HOOK_H
#define OCELLI_CORE_HOOK_H

#include "abi/record.h"
#include "core/hook_value.h"
#include "core/ledger.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a policy says of one of its hooks, kept for the records that the hook's
 * program writes: these have only the number that hooks_add() gave it.
 */

struct hook_param {
	enum hook_value value;
	unsigned width;    /* of a number: how many bytes of it count, the low ones: 1, 2, 4, 8 */
	const char *label; /* NULL: none */
	bool later;        /* read when the call returns, and in that record */
};

/* What the agent does itself when a selector holds. */
enum hook_request_kind {
	HOOK_REQUEST_URL,  /* an HTTP GET */
	HOOK_REQUEST_NAME, /* a look-up of a name */
	_HOOK_REQUEST_MAX,
};

struct hook_request {
	enum hook_request_kind kind;
	const char *what;
};

struct hook_actions {
	unsigned told; /* the schema's number of the last of them; 0: none */
	const struct hook_request *requests;
	size_t n_requests;
	const char *const *effects; /* in the words of events */
	size_t n_effects;
};

struct hook_selector {
	struct hook_actions call, returned;
};

struct hook {
	enum event_type type;  /* what is told when it is hit, EVENT_KPROBE or one behind it */
	const char *function;  /* as it is told: "__x64_sys_openat"; of a tracepoint its event, … */
	const char *subsystem; /* … and this; of a probe in a program its name, and its provider */
	const char *path;      /* of the program */
	uint64_t offset, ref_ctr_offset; /* in it; 0: is not told */
	const char *policy;
	const char *namespace; /* of the policy; NULL, like those below: none */
	const char *message;
	const char *const *tags;
	size_t n_tags;
	const struct hook_param *params; /* of the values in its records, in their order */
	size_t n_params;
	size_t n_data; /* so many of them, the last, are told apart from the arguments */
	const struct hook_selector *selectors;
	size_t n_selectors;
	/* A second record comes when the call returns: with what it returns, if that is told, and
	 * the values that are read later. */
	bool tells_return;
	bool tells_value;
	struct hook_param returned;
	/* From hooks_add(): calls told of, of each selector, or the only one; and hooks_end(). */
	uint64_t *posts;
	bool *ends;
};

/* Any thread may use it: policies are compiled beside the one that reads records. */
struct hooks;

int hooks_new(struct hooks **ret);
void hooks_free(struct hooks **hooks);

/*
 * Keeps a copy of all that @hook says, strings included. *ret: its number, which
 * is never 0 and never given again: a record that comes after its hook was
 * removed is not taken for another's. Returns 0; -EINVAL for a value or a width
 * that is none; -ENOMEM; -EOVERFLOW when there are no more numbers.
 */
int hooks_add(struct hooks *hooks, const struct hook *hook, uint32_t *ret);

/* Its programs are no more, and it is about to be removed. */
void hooks_end(struct hooks *hooks, uint32_t number);

/* One that is not there is none the less gone. */
void hooks_remove(struct hooks *hooks, uint32_t number);

/* Returns NULL when there is none; valid until it is removed. What was NULL is "" in it. */
const struct hook *hooks_find(struct hooks *hooks, uint32_t number);

size_t hooks_count(struct hooks *hooks);

/* Whether there was one, and it was removed. */
bool hooks_gone(struct hooks *hooks, uint32_t number);

/* What is done for the record, which fits the hook; NULL: there are no selectors. */
const struct hook_actions *hook_actions_of(const struct hook *hook,
					   const struct record_hook *record);

/* Counts the record, which fits, as a call that is told of, or after all is not. */
void hook_count_post(const struct hook *hook, const struct record_hook *record);

/* Whether a valid record (see decode.h) has the values that the hook's program writes. */
bool hook_fits(const struct hook *hook, const struct record_hook *record);

#endif
