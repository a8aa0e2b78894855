/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_USER_STRING_BPF_H
#define OCELLI_BPF_USER_STRING_BPF_H

/*
 * bpf_probe_read_user_str(), with a fourth argument that it does not look at: where
 * programs can wait for memory, sensor/library.c has the kernel's
 * bpf_copy_from_user_str() called in its stead, whose flags that is.
 */
static __always_inline long read_user_string(void *to, u32 size, u64 from)
{
	long n;

	asm volatile("r1 = %[to]\n"
		     "r2 = %[size]\n"
		     "r3 = %[from]\n"
		     "r4 = 0\n"
		     "call %[helper]\n"
		     "%[n] = r0\n"
		     : [n] "=r"(n)
		     : [to] "r"(to), [size] "r"((u64)size), [from] "r"(from),
		       [helper] "i"(114 /* BPF_FUNC_probe_read_user_str */)
		     : "r0", "r1", "r2", "r3", "r4", "r5", "memory");
	return n;
}

#endif
