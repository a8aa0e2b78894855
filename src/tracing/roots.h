/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_ROOTS_H
#define OCELLI_TRACING_ROOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The mount namespaces that processes are in, but for our own: what a path is in a
 * container. Nothing of them is kept open, so that none is kept from ending. Any
 * thread may use it.
 */
struct roots;

/* So many are known; of more, the paths are not looked at, which is counted. */
#define ROOTS_MAX 4096

/* @procfs must outlive it. Returns 0 or -ENOMEM. */
int roots_new(const char *procfs, struct roots **ret);
void roots_free(struct roots **roots);

/* A process has executed something there: @mnt is the inode of its mount namespace. Returns whether
 * that was not known, or may have got another root. */
bool roots_note(struct roots *roots, uint64_t mnt, uint32_t pid);

/* Looks for them among all processes, the first time; later only for those whose process is no
 * more. Those that have none are forgotten. */
void roots_settle(struct roots *roots);

/* Those that were known after roots_settle(). */
size_t roots_count(const struct roots *roots);

/* The root directory of the i-th. The descriptor is the caller's; or negative errno, -ESRCH when it
 * has just ended, -EOPNOTSUPP when it is of a file system that a process serves (FUSE): that could
 * have us wait for ever. */
int roots_open(const struct roots *roots, size_t i, uint64_t *ret_mnt);

/* How many namespaces there were no room for. */
uint64_t roots_skipped(const struct roots *roots);

/* As open(2), with O_CLOEXEC. What is in such a root is anybody's: paths stay in it, and in its
 * file system (-EXDEV). @root: -1: ours. Returns a descriptor or negative errno. */
int root_open(int root, const char *path, int flags);

#endif
