/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_UNIT_MESSAGE_TOLD_H
#define OCELLI_TESTS_UNIT_MESSAGE_TOLD_H

#include "core/records.h"
#include "message/message.h"

/* A tracker whose events are written as lines of JSON, and what was written. */
struct told {
	struct hooks *hooks;
	struct tracker *tracker;
	struct messages *messages;
	struct ledger ledger;
	struct message_config config;
	char proc[64]; /* a procfs of our own, with the host's namespaces */
	struct str line;
	unsigned lines;
	bool again; /* each event is written twice, the second time without the kept texts */
};

/* The inode of the host's namespace number @i. */
#define HOST_NS(i) (4026531835U + (i))

/* Of the processes that are in these stories. */
#define INIT KEY(1, 1000000000, 0)
#define SHELL KEY(10, 2000000000, 1)
#define LS_FORKED KEY(20, 3000000000, 1)
#define LS KEY(20, 3000000000, 2)
#define INIT_ID "bm9kZToxMDAwMDAwMDAwOjE="
#define SHELL_ID "bm9kZToyMDAwMDAwMDAxOjEw"
#define LS_FORKED_ID "bm9kZTozMDAwMDAwMDAxOjIw"
#define LS_ID "bm9kZTozMDAwMDAwMDAyOjIw"

/* For cmocka: *state becomes a struct told. */
int told_setup(void **state);
int told_teardown(void **state);

/* Starts anew, with ->config as it is now. */
void told_restart(struct told *told);

/* The last line, without its end; fails unless exactly one came since it was asked last. */
const char *told_line(struct told *told);
/* The same, which has to be @expected. */
void told_expect(struct told *told, const char *expected);
void told_expect_part(struct told *told, const char *expected);
void told_expect_not(struct told *told, const char *unexpected);

/* Gives the tracker a record of that time. */
void told_give(struct told *told, struct str *record, uint64_t time);

void told_fork(struct told *told, struct process_key child, struct process_key creator);
void told_exec(struct told *told, const struct record_exec *facts, const struct exec_texts *texts,
	       uint64_t time);
void told_exit(struct told *told, struct process_key process, uint32_t status, uint64_t time);

/* The shell, executed by somebody unknown; its line is not waited for. */
void told_shell(struct told *told);

/* Writes any event. */
void told_event(struct told *told, const struct event *event);

struct process *told_find(struct told *told, struct process_key key);

#endif
