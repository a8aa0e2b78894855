/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_API_ACCESS_H
#define OCELLI_API_ACCESS_H

#include "grpc/grpc.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Who may do more than read. Root by the unix socket may in any case. */
struct api_access {
	gid_t readers; /* may connect to the socket; -1: no group */
	gid_t admins;  /* may connect, if there is no group of readers, and are admins; likewise */
	const char *const *admin_names; /* in certificates of clients */
	size_t n_admin_names;
	bool all_by_tcp; /* whoever can connect by TCP */
};

/* As in struct grpc_config; @userdata is struct api_access. */
const char *access_why_no_admin(const struct grpc_peer *peer, void *userdata);

/* Whose the socket is, and who may write to it. */
gid_t access_group(const struct api_access *access);
mode_t access_mode(const struct api_access *access);

#endif
