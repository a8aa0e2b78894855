/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_PUMP_H
#define OCELLI_AGENT_PUMP_H

#include "abi/control.h"
#include "sensor/loads.h"
#include "sensor/ring.h"

#include <uv.h>

/*
 * Empties the ring, in one of two ways. Idle, it is woken by the first record
 * that matters, so that a lone event is told at once. Busy, it looks every few
 * milliseconds and the kernel side wakes it only over a backlog: waking a
 * reader for every event would cost both sides ten times what the event does.
 */
struct pump_config {
	uv_loop_t *loop;
	struct ring *ring;
	int ring_fd;
	struct reader_state *reader;
	ring_fn record;
	ring_fn load;                    /* of pump_set_loads() */
	void (*drained)(void *userdata); /* after each emptying that found something */
	void *userdata;
};

struct pump;

int pump_new(const struct pump_config *config, struct pump **ret);

/* Starts to wait for records. */
void pump_start(struct pump *pump);

/*
 * Has the records of these, too, each before those of the ring that are later;
 * NULL: no longer. They are looked at with the ring, when one of their buffers is
 * half full, and ten times a second. They must outlive that. Returns 0 or negative
 * errno.
 */
int pump_set_loads(struct pump *pump, struct loads *loads);

/* Takes what is in the ring now; before it is started, or when it is to go on no more. */
void pump_drain(struct pump *pump);

/* The same in the middle of something else that took time: a wake-up for what it takes is not seen
 * any more. */
void pump_catch_up(struct pump *pump);

/* Closes its handles; the loop must turn once more before pump_free(). */
void pump_close(struct pump *pump);
void pump_free(struct pump **pump);

#endif
