/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CRI_CRI_H
#define OCELLI_CRI_CRI_H

#include "base/str.h"
#include "grpc/client.h"

/* The container runtime of the machine, by its Container Runtime Interface. */

/*
 * Connects to the address of @config, a unix socket, or with NULL to the first of the
 * usual ones that answers; asks it for its version. Returns 0 with the answer, to be freed by
 * protobuf_c_message_free_unpacked(…, NULL), or what grpc_client_ask() does.
 */
int cri_connect(const struct grpc_client_config *config, struct grpc_client **ret,
		ProtobufCMessage **ret_version, struct error **reterr);

#define CRI_SERVICE "/runtime.v1.RuntimeService/"

/* Appends the path of the cgroup of that container. -ENODATA: the runtime does not tell.
 * *ret_started: wall clock, ns, also then; 0: it has not. */
int cri_container_status(struct grpc_client *client, const char *id, struct str *cgroup,
			 uint64_t *ret_started, struct error **reterr);

/* What a runtime calls a cgroup, as a path: "a-b.slice:prefix:name" is
 * "/a.slice/a-b.slice/prefix-name.scope". Returns 0 or -EINVAL. */
int cri_parse_cgroup(const char *text, struct str *out);

#endif
