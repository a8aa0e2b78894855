/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_RUST_NAME_H
#define OCELLI_SYMBOL_RUST_NAME_H

#include "base/str.h"

#include <stdbool.h>

/* So long may a name become, … */
#define RUST_NAME_MAX (64U << 10)
/* … so deep may it be, and so many parts may it have, those that it refers back to again. */
#define RUST_NAME_DEPTH_MAX 200
#define RUST_NAME_PARTS_MAX 65536

/*
 * What Rust's compiler means by a mangled name, in either of its ways: "_ZN…17h…E", and
 * "_R…" (RFC 2603). What is behind the name of a clone that LLVM made (".cold") is told, too;
 * that of the unit it made it for (".llvm.…") is not.
 * @hashes: with those that make names unique: "a::f::h0123456789abcdef", "a[4d2]::f".
 * Generic parameters that are constants may be numbers, characters and truth values, as stable Rust
 * has it.
 * Puts it in @ret, with a NUL. Returns 0; -EINVAL for what is no such name; -E2BIG above a limit;
 * or -ENOMEM.
 */
int rust_name_read(const char *name, size_t len, bool hashes, struct str *ret);

#endif
