/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_ABI_TYPES_H
#define OCELLI_ABI_TYPES_H

/* Fixed-width types under one spelling on both sides. */
#ifdef __bpf__
#include "kernel.h"
#define ABI_ASSERT(cond) _Static_assert(cond, #cond)
#else
#include <assert.h>
#include <linux/types.h>
#define ABI_ASSERT(cond) static_assert(cond, #cond)
#endif

#endif
