// SPDX-License-Identifier: Apache-2.0
#include "api/access.h"

#define NONE ((gid_t) - 1)

static bool is_named(const struct api_access *access, const struct grpc_peer *peer)
{
	for (size_t i = 0; i < access->n_admin_names; i++)
		if (grpc_peer_has_name(peer, access->admin_names[i]))
			return true;
	return false;
}

const char *access_why_no_admin(const struct grpc_peer *peer, void *userdata)
{
	const struct api_access *access = userdata;

	if (peer->is_local)
		return peer->uid == 0 || grpc_peer_in_group(peer, access->admins)
			       ? NULL
			       : "root is one, and who is in the group of --server-admin-group";
	if (access->all_by_tcp || is_named(access, peer))
		return NULL;
	return access->n_admin_names
		       ? "by TCP those are whose certificate has a name of --server-tls-admins"
		       : "by TCP nobody is, unless --server-tcp-role or --server-tls-admins says "
			 "so; root is by the agent's unix socket";
}

gid_t access_group(const struct api_access *access)
{
	return access->readers != NONE ? access->readers : access->admins;
}

mode_t access_mode(const struct api_access *access)
{
	return access_group(access) != NONE ? 0660 : 0600;
}
