/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_NOTICES_H
#define OCELLI_SENSOR_NOTICES_H

/*
 * A map with a struct hook_notice for each thread that was ever given one, which
 * goes with the thread: of one policy, for its enforcers. Returns its descriptor,
 * the caller's, or negative errno.
 */
int notices_new(void);

#endif
