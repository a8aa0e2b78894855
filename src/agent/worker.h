/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_WORKER_H
#define OCELLI_AGENT_WORKER_H

#include <stdbool.h>
#include <uv.h>

/*
 * Does what takes long on a thread of its own, so that the loop goes on: the ring
 * has room for less than a second of a busy machine. What the work uses is the
 * thread's until it is done.
 */
struct worker;

struct worker_config {
	uv_loop_t *loop;
	void (*work)(void *userdata); /* on the thread */
	void (*done)(void *userdata); /* on the loop, after that; it may start the next */
	void *userdata;
};

int worker_new(const struct worker_config *config, struct worker **ret);

/* While it is not busy. Returns 0, or negative errno when there can be no thread. */
int worker_start(struct worker *worker);

/* From worker_start() until done() is called. */
bool worker_busy(const struct worker *worker);

/* Runs the loop until it is not busy. Not from within the loop. */
void worker_settle(struct worker *worker);

/* When it is not busy, and its handle in the loop has been closed. */
void worker_free(struct worker **worker);

#endif
