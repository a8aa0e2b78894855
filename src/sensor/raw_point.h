/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_RAW_POINT_H
#define OCELLI_SENSOR_RAW_POINT_H

#include "sensor/library.h"

/* A raw tracepoint and the program of policies on it. */
struct raw_point;

/* @name: "sys_enter". Nothing is attached yet. */
int raw_point_new(struct library *library, const char *name, struct raw_point **ret,
		  struct error **reterr);

/* Detaches. */
void raw_point_free(struct raw_point **point);

/*
 * Puts the program in the place of the one before, which goes on when this one
 * is refused. For a moment both run.
 */
int raw_point_set(struct raw_point *point, const struct code *code, struct error **reterr);

/* How often the kernel passed its programs by, this one and those before. */
uint64_t raw_point_missed(const struct raw_point *point);

#endif
