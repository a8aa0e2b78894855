/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_CONTAINER_H
#define OCELLI_CORE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

/* Which container a cgroup is, as far as its path tells. Borrowed from the path. */
struct container {
	const char *id;
	size_t id_len;
	const char *runtime; /* docker, containerd, cri-o, podman, lxc, lxc-libvirt, nspawn; "" when
			      * only the id is certain */
	bool escaped;        /* the id is written as in systemd's unit names: "\x2d" for "-" */
};

/*
 * Looks for the innermost part of a cgroup path that names a container: the
 * forms of docker, containerd, cri-o, podman and sysbox, under systemd and
 * cgroupfs drivers, also for cgroups nested in the container's, lxc, and
 * containers of systemd-nspawn and libvirt; not libvirt's virtual machines.
 * Returns whether there is one.
 */
bool container_from_cgroup(const char *path, struct container *ret);

#endif
