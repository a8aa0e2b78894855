/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_POLICY_ELF_H
#define OCELLI_CLI_POLICY_ELF_H

#include "base/error.h"
#include "base/str.h"
#include "regex/pattern.h"

/* A pair of names of an ELF file: a function, or a probe with its provider. */
struct policy_elf_name {
	char *provider; /* NULL: it is a function */
	char *name;
};

struct policy_elf_names {
	struct policy_elf_name *v;
	size_t n, cap;
};

/*
 * Reads the functions of a program or library, or the tracepoints in it, whose
 * names match the pattern, if there is one: sorted, each once. Returns 0, or
 * negative errno with *reterr, also when there are none.
 */
int policy_elf_functions(const char *path, const struct pattern *pattern,
			 struct policy_elf_names *ret, struct error **reterr);
int policy_elf_probes(const char *path, const struct pattern *pattern, struct policy_elf_names *ret,
		      struct error **reterr);

void policy_elf_names_done(struct policy_elf_names *names);

#endif
