/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_GATE_H
#define OCELLI_SENSOR_GATE_H

#include "code/code.h"
#include "sensor/turns.h"

#include <stdbool.h>

/*
 * For a program that nothing can jump to (sensor/dispatcher.h), so that it is attached
 * itself: it goes on behind its gate from one turn to another. A call that is in the
 * middle of two such programs at a turn may be seen by both or, where the kernel runs
 * the newer one first, by neither.
 */
struct gate {
	int map; /* the descriptor of its first and last turn; -1: there is none */
	uint32_t since;
};

#define GATE_NONE ((struct gate){.map = -1})

/* One that opens with the next turn. Returns 0 or negative errno. */
int gate_init(struct gate *gate, const struct turns *turns);
void gate_done(struct gate *gate);

/* It closes with the next turn, or goes on as if that had never been said. */
void gate_close(const struct gate *gate, const struct turns *turns);
void gate_keep(const struct gate *gate);

/* Whether one that is to go on would end; then it goes on again. */
bool gate_mend(const struct gate *gate);

/* The beginning of the program, with its context in R1, which stays there. Finished. Returns as
 * code_finish(). */
int gate_emit(const struct gate *gate, const struct turns *turns, struct code *code);

#endif
