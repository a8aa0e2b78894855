/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_NETWORK_H
#define OCELLI_TESTS_DIFFERENTIAL_NETWORK_H

/* From now on this process has a network for itself: the loopback, with the addresses that a
 * machine can have of those in address.h. */
void network_setup(void);

#endif
