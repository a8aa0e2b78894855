/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_INSTANCE_H
#define OCELLI_AGENT_INSTANCE_H

#include "base/error.h"

/*
 * One agent a run directory: a pid file, locked while the agent lives, so that
 * one left by a crash is no obstacle. *ret_fd holds the lock until closed.
 * Returns 0; -EEXIST when another instance runs, or another negative errno.
 */
int instance_lock(const char *run_dir, int *ret_fd, struct error **reterr);

/* Removes the pid file and gives back the lock. */
void instance_unlock(const char *run_dir, int *fd);

#endif
