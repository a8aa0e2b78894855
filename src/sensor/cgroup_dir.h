/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_CGROUP_DIR_H
#define OCELLI_SENSOR_CGROUP_DIR_H

#include "abi/control.h"
#include "base/str.h"

#include <stdint.h>

/* Cgroups by their paths, as the host's first process sees them, if we may look there. */

/* The directory where that hierarchy is mounted. @procfs: where the host's is. Returns 0, -ENOENT,
 * -ENOMEM. */
int cgroup_dir_find(const char *procfs, enum cgroup_controller controller, struct str *ret);

/* The id of the cgroup of that path there. Returns 0; -EINVAL for a path that leads out of it; what
 * stat(2) says. */
int cgroup_dir_id(const char *dir, const char *path, uint64_t *ret);

#endif
