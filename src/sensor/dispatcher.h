/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_DISPATCHER_H
#define OCELLI_SENSOR_DISPATCHER_H

#include "code/code.h"
#include "sensor/turns.h"

/*
 * What is attached for the programs of a place: it looks once at how many turns
 * there have been, and jumps to one of two programs, the one of even turns or the
 * one of odd. So each call is seen by exactly one of the program before and the one
 * after a turn, and exchanging them attaches and detaches nothing.
 */
struct dispatcher {
	int slots; /* a map of two programs; -1: there is none */
};

#define DISPATCHER_NONE ((struct dispatcher){.slots = -1})

/* Two empty slots. Returns 0 or negative errno. */
int dispatcher_init(struct dispatcher *dispatcher);
void dispatcher_done(struct dispatcher *dispatcher);

/* Its own program, which is to be loaded like those that it jumps to. Returns as code_finish(). */
int dispatcher_emit(const struct dispatcher *dispatcher, const struct turns *turns,
		    struct code *code);

/* Has it jump to that program at that turn; < 0: to none. Returns 0 or negative errno. */
int dispatcher_set(const struct dispatcher *dispatcher, uint32_t turn, int program);

/* The id of the program that it jumps to at that turn; 0: none. */
uint32_t dispatcher_get(const struct dispatcher *dispatcher, uint32_t turn);

#endif
