/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_SCARCE_H
#define OCELLI_TESTS_SCARCE_H

/*
 * Memory that runs out at a chosen moment, for tests linked with the wrapped
 * allocation functions (see meson.build): what the code under test allocates,
 * not what libraries do for themselves.
 */

/* From now on @n allocations succeed and the next one fails. */
void scarce_after(unsigned n);

/* Ends that. Returns whether one has failed. */
int scarce_end(void);

#endif
