/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_PROGRAMS_H
#define OCELLI_TRACING_PROGRAMS_H

#include "base/error.h"
#include "sensor/hook_point.h"
#include "symbol/elf_functions.h"

#include <sys/stat.h>

/* Files of programs that a policy hooks places in: open as long as it does, so that it is known
 * which they are. Each costs a descriptor and 2 KiB. */

/* Of so many algorithms: policy/check_uprobe.c. */
#define PROGRAM_DIGESTS_MAX 5

struct program {
	char *path; /* as events have it */
	struct program_file file;
	struct elf_image image;
	struct elf_functions *functions; /* NULL: nobody asked for them */
	const void *hooked_by;           /* the hook that was compiled for it last */
	/* Those that were asked for, "sha256:…"; the last is NULL. */
	char *digests[PROGRAM_DIGESTS_MAX + 1];
};

struct programs {
	struct program **v;
	size_t n;
	uint64_t digested; /* bytes of files that were hashed */
};

/* So many files of one policy are open. */
#define PROGRAMS_MAX 1024

/* Opens what is a file, and no other thing; says which. @root: the directory that paths begin at,
 * of a container; -1: as ours do. Returns 0, or negative errno. */
int programs_open_file(int root, const char *path, struct stat *st, int *ret);

/* Which file it is; there is no descriptor of it then. Likewise. */
int program_file_identify(int root, const char *path, struct program_file *ret);

/* Opens a file once, whatever paths lead to it. *ret is valid until programs_done(). Likewise. */
int programs_open(struct programs *programs, int root, const char *path, struct program **ret,
		  struct error **reterr);

/* Its functions, which are read when they are asked for first. NULL: the reason is in *reterr. */
struct elf_functions *program_functions(struct program *program, struct error **reterr);

/* Gives back what is large, and would be read again. */
void programs_forget(struct programs *programs);

void programs_done(struct programs *programs);

#endif
