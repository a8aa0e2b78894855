/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_TURNS_H
#define OCELLI_SENSOR_TURNS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How often the programs of policies have changed: a number in memory that programs
 * read and the agent writes. What is prepared for the next turn, wherever it is,
 * begins with that one store.
 */
struct turns;

/* Returns 0 or negative errno. */
int turns_new(struct turns **ret);

/* Programs that have the map may go on to be attached. */
void turns_free(struct turns **turns);

/* From 1 on. */
uint32_t turns_now(const struct turns *turns);

void turns_next(struct turns *turns);

/* Whether the number that programs read is another than ours: then it is ours again. */
bool turns_mend(struct turns *turns);

/* The descriptor of the array whose value begins with it; it stays the turns' own. */
int turns_map(const struct turns *turns);

#endif
