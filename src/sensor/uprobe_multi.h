/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_UPROBE_MULTI_H
#define OCELLI_SENSOR_UPROBE_MULTI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What enum bpf_attach_type has from Linux 6.6 on. */
#define TRACE_UPROBE_MULTI 48

/* Places in one file; of each: where it is, where the file has the count of who listens to it, if
 * that is not 0, and what tells a program which place it runs for. */
struct uprobe_places {
	const char *path;
	const uint64_t *offsets, *ref_ctr_offsets, *cookies;
	size_t n;
};

/*
 * Puts a program on these places, or on where the functions that begin there return:
 * all or none. Whatever process comes by runs it. Returns a descriptor whose closing
 * detaches the program, or negative errno.
 */
int uprobe_multi_attach(int prog, const struct uprobe_places *places, bool on_return);

/* Whether the kernel does that, found out by doing it, in our own file. */
bool uprobe_multi_works(void);

#endif
