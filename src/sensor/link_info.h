/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_LINK_INFO_H
#define OCELLI_SENSOR_LINK_INFO_H

#include <stdint.h>

/* How often what @link is on was hit and its program was not even asked, as far as the kernel
 * counts that: of kprobes, since 6.7. */
uint64_t link_missed(int link);

#endif
