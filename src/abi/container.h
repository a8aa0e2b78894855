/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_ABI_CONTAINER_H
#define OCELLI_ABI_CONTAINER_H

/*
 * How runtimes name the cgroup of a container, for both sides: the kernel decides
 * by it who is in a container, and the agent tells in which. There is nothing
 * else about a container that is there before its first process is.
 *
 * CONTAINER_FORMS(each): each(prefix, suffix, runtime, any): between both is the
 * id, a name if @any, else hexadecimal digits.
 */
#define CONTAINER_FORMS(each)                                                                     \
	each("docker-", ".scope", "docker", 0) each("cri-containerd-", ".scope", "containerd", 0) \
		each("containerd-", ".scope", "containerd", 0)                                    \
			each("nerdctl-", ".scope", "containerd", 0)                               \
				each("crio-", ".scope", "cri-o", 0) each("crio-", "", "cri-o", 0) \
					each("libpod-", ".scope", "podman", 0)                    \
						each("libpod-", "", "podman", 0)                  \
							each("lxc.payload.", "", "lxc", 1)

#define CONTAINER_ID_LEN 64
/* A cgroup name read by others may have been cut at 127 bytes; this much of an id is still one. */
#define CONTAINER_ID_LEN_MIN 31

/* Of systemd-machined(8), whose scopes are of virtual machines, too … */
#define MACHINE_PREFIX "machine-"
#define MACHINE_SUFFIX ".scope"
/* … and of "machinectl start": nspawn itself is in the unit as well, beside its container. */
#define NSPAWN_PREFIX "systemd-nspawn@"
#define NSPAWN_SUFFIX ".service"
#define NSPAWN_SUPERVISOR "supervisor"

/* What libvirt calls a machine begins with the driver; what is behind that each dash is in a unit's
 * name (systemd: unit_name_escape()). */
#define UNIT_DASH "\\x2d"
#define LIBVIRT_EMBEDDED UNIT_DASH "embed" UNIT_DASH
#define LIBVIRT_HASH_LEN 8

#endif
