/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_CLEANUP_H
#define OCELLI_BASE_CLEANUP_H

/*
 * Scope-bound ownership. A variable marked so owns what it holds and gives it
 * back at the end of its scope; TAKE_PTR and TAKE_FD move it out.
 */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

#define TAKE_PTR(p)                         \
	__extension__({                     \
		__typeof__(p) _taken = (p); \
		(p) = NULL;                 \
		_taken;                     \
	})

#define TAKE_FD(fd)                \
	__extension__({            \
		int _taken = (fd); \
		(fd) = -1;         \
		_taken;            \
	})

static inline void free_ptr(void *p)
{
	free(*(void **)p);
}

static inline void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void close_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define _cleanup_free_ _cleanup_(free_ptr)
#define _cleanup_close_ _cleanup_(close_fd)
#define _cleanup_fclose_ _cleanup_(close_file)

#endif
