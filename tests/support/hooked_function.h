/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_HOOKED_FUNCTION_H
#define OCELLI_TESTS_HOOKED_FUNCTION_H

/* A function that is called as it is written, whatever the compiler knows of it. */
#ifdef __clang__
#define HOOKED __attribute__((noinline, used, optnone))
#else
#define HOOKED __attribute__((noipa))
#endif

#endif
