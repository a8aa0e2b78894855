/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_NAMES_H
#define OCELLI_MESSAGE_NAMES_H

#include "abi/record.h"

#include <stddef.h>
#include <stdint.h>

/* Numbers of the kernel by the names that people know. */

/* Name of a terminal by its device number (major << 20 | minor): "pts/3", "tty1", "ttyS0". Returns
 * @buf. */
char *tty_name(uint32_t device, char *buf, size_t size);

/* Name of a filesystem by its magic number; its number in hexadecimal where the name is not known.
 * Returns @buf or a constant. */
const char *filesystem_name(uint32_t magic, char *buf, size_t size);

/* "SIGKILL", "SIGRTMIN+2"; NULL for what is no signal. Returns @buf. */
char *signal_name(int number, char *buf, size_t size);

#endif
