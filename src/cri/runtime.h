/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CRI_RUNTIME_H
#define OCELLI_CRI_RUNTIME_H

/* The messages of the Container Runtime Interface. To gnu17 "linux" is 1; it is the name of a
 * field. */
#undef linux
#include "runtime/v1/runtime.pb-c.h"

#endif
