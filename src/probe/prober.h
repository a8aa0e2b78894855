/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_PROBE_PROBER_H
#define OCELLI_PROBE_PROBER_H

#include "probe/feature.h"

/*
 * Finds out what the running kernel has by trying it. Nothing is attached for
 * longer than a call of prober_try(), what is attached does nothing but count,
 * and nothing is written to any file system.
 */

/* Reads the kernel's types, and raises this process's limit of locked memory, which kernels before
 * 5.11 charge for BPF, until prober_free(). Returns 0 or -ENOMEM: whatever else cannot be done
 * here shows in the findings. */
int prober_new(struct prober **ret);

void prober_free(struct prober **p);

/* Tries one feature. What @ret held is replaced. */
void prober_try(struct prober *p, const struct feature *feature, struct finding *ret);

/* The errno with which the kernel refuses this process any BPF program for tracing, 0 when it
 * takes them. Where it does not, most features are unknown. */
int prober_refusal(const struct prober *p);

#endif
