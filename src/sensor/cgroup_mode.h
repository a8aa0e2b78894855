/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_CGROUP_MODE_H
#define OCELLI_SENSOR_CGROUP_MODE_H

#include "abi/control.h"

/*
 * Which cgroup hierarchy tells workloads apart here: the unified one, unless a
 * version 1 controller that container runtimes use is mounted (hybrid and
 * legacy systems), of which the first of memory, pids, cpuset is taken.
 * @mounts: in the format of /proc/self/mounts.
 */
enum cgroup_controller cgroup_mode_detect(const char *mounts);

const char *cgroup_controller_to_string(enum cgroup_controller controller);

#endif
