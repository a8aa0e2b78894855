/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_VERIFIER_BPF_H
#define OCELLI_BPF_VERIFIER_BPF_H

/*
 * Whether @v, a variable, is at most @max, in the form that every verifier can
 * follow: up to 6.1 it loses the bound of a value that the compiler had copied
 * to another register before the comparison.
 */
#define within(v, max)          \
	({                      \
		barrier_var(v); \
		(v) <= (max);   \
	})

#endif
