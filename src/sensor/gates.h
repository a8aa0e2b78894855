/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_GATES_H
#define OCELLI_SENSOR_GATES_H

#include "code/code.h"

#include <stdint.h>

/*
 * What has programs begin and end to do something all at once, wherever they are
 * attached: attaching and detaching takes milliseconds for each. A program goes on
 * behind its gate from one turn to another, and turning is one store.
 */
struct gates;

/* Of one program. */
struct gate {
	int map, turns; /* descriptors of arrays with one value, the gates' own */
	uint32_t cell;  /* bytes into that of ->map: up to which turn */
	uint32_t since;
};

/* Returns 0 or negative errno. */
int gates_new(struct gates **ret);

/* Programs with gates may go on to be attached. */
void gates_free(struct gates **gates);

/* A gate that opens with the next turn. Returns 0 or negative errno. */
int gates_take(struct gates *gates, struct gate *ret);

/* It closes with the next turn, or goes on as if that had never been said. */
void gates_close(struct gates *gates, const struct gate *gate);
void gates_keep(struct gates *gates, const struct gate *gate);

void gates_turn(struct gates *gates);

/* Its program is no more, or about to be. */
void gates_drop(struct gates *gates, const struct gate *gate);

/* The beginning of the program, with its context in R1, which stays there. Two nanoseconds. */
void gate_emit(struct code *code, const struct gate *gate);

#endif
