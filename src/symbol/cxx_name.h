/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_CXX_NAME_H
#define OCELLI_SYMBOL_CXX_NAME_H

#include "base/str.h"

/* Who reads them, as the dynamic loader knows it; and so long a name it may be given. */
#define CXX_LIBRARY "libstdc++.so.6"
#define CXX_MANGLED_MAX 1024
/* So long a name may become, by an estimate that is never too short. */
#define CXX_NAME_MAX (16U << 20)

/*
 * What a mangled name of C++ ("_Z…") stands for, as c++filt has it. Puts it in @ret, with a NUL.
 * Returns 0; -EINVAL for what is no such name; -E2BIG above a limit; -ELIBACC without the library;
 * or -ENOMEM.
 */
int cxx_name_read(const char *name, size_t len, struct str *ret);

#endif
