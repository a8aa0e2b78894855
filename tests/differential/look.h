/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_LOOK_H
#define OCELLI_TESTS_DIFFERENTIAL_LOOK_H

#include "base/error.h"
#include "compile/process.h"
#include "sensor/kernel_functions.h"

/* Finds out what only the kernel knows: who makes the calls, and where the sockets and packets are.
 * Returns 0 or negative errno. */
int look_around(struct kernel_functions *functions, char *const *argv, struct caller *ret,
		struct error **reterr);

#endif
