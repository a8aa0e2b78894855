/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_KPROBE_MULTI_H
#define OCELLI_SENSOR_KPROBE_MULTI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Puts a program on these functions of the kernel, or on where they return: all
 * or none. Where it runs for one of them, its cookie tells which. Each is named
 * once. Returns a descriptor whose closing detaches the program, or negative
 * errno.
 */
int kprobe_multi_attach(int prog, const char *const *functions, const uint64_t *cookies, size_t n,
			bool on_return);

/* Whether the kernel does that, found out by doing it. */
bool kprobe_multi_works(void);

#endif
