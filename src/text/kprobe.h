/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TEXT_KPROBE_H
#define OCELLI_TEXT_KPROBE_H

#include "text/line.h"

/* Appends a call of a kernel function, in a form of its own for the functions that policies hook
 * most. */
void kprobe_write(struct line *line, const char *node, const Tetragon__ProcessKprobe *kprobe);

/* Returns the path that the argument carries, NULL when it carries none. */
const char *kprobe_arg_path(const Tetragon__KprobeArgument *arg);

#endif
