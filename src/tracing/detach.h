/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_DETACH_H
#define OCELLI_TRACING_DETACH_H

#include "sensor/hook_point.h"

/*
 * Does what detaches (hook_point_clear(), _finish() or _cancel()) to all. The kernel waits at each
 * until nobody can be in it; several threads do that, so that many wait for the same moment.
 */
void detach_all(struct hook_point *const *points, size_t n, void (*how)(struct hook_point *));

#endif
