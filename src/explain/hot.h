/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPLAIN_HOT_H
#define OCELLI_EXPLAIN_HOT_H

#include "sensor/hook_point.h"

/* When a busy machine comes by there, many thousand times a second: "at each read". NULL: it is no
 * such place. */
const char *hot_place(const struct hook_place *place, const char *told);

#endif
