/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_UNIT_CORE_RECORDS_H
#define OCELLI_TESTS_UNIT_CORE_RECORDS_H

#include "abi/record.h"
#include "base/str.h"

/* Records as the kernel side writes them, out of the few facts that a test cares for. */

#define KEY(pid_, start_, execs_) \
	((struct process_key){.start = (start_), .pid = (pid_), .execs = (execs_)})

/* Bytes of a literal, NULs and all, but for the one that C adds. */
struct bytes {
	const char *data;
	size_t len;
};
#define BYTES(literal) ((struct bytes){"" literal, sizeof(literal) - 1})

/* The variable part of an exec record. Paths in their usual order; NULL: no such field. Where argv
 * or env is longer than the record takes, the record has the head and says how much there was. */
struct exec_texts {
	const char *filename;
	const char *exe;
	const char *cwd;
	const char *interp;
	struct bytes argv;
	struct bytes env;
};

/* Each appends one whole record, with type and size set, to @out: empty before, so that the record
 * lies as aligned as in the ring. */
void put_fork(struct str *out, const struct record_fork *facts);
void put_exit(struct str *out, const struct record_exit *facts);
void put_exec(struct str *out, enum record_type type, const struct record_exec *facts,
	      const struct exec_texts *texts);
void put_dying(struct str *out, struct process_key process);
void put_throttle(struct str *out, uint64_t cgroup_id, uint64_t time);

/* @path: "/a/b". */
void put_cgroup(struct str *out, uint64_t cgroup_id, const char *path);

/* One part of what is too long for the exec record: @data from @offset on, at most a chunk. */
void put_data(struct str *out, struct process_key process, enum exec_field field, uint32_t offset,
	      struct bytes data);

/* A hit without any values; and one more value for it. */
void put_hook(struct str *out, const struct record_hook *facts);
void put_hook_arg(struct str *out, enum hook_arg_status status, struct bytes bytes);
void put_hook_number(struct str *out, uint64_t number);

/* A file that is mapped; NULL: the mark of an execve(2). */
void put_load(struct str *out, const struct record_load *facts, const char *path);

/* Appends the names of a path leaf first, each with its NUL. */
void put_names(struct str *out, const char *path);

#endif
