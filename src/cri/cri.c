// SPDX-License-Identifier: Apache-2.0
#include "cri/cri.h"
#include "cri/runtime.h"
#include "base/cleanup.h"
#include "event/json.h"

#include <errno.h>
#include <string.h>

#define UNIX "unix://"

/* Of containerd, CRI-O and Docker. */
static const char *const endpoints[] = {
	UNIX "/run/containerd/containerd.sock",
	UNIX "/run/crio/crio.sock",
	UNIX "/var/run/cri-dockerd.sock",
};

static int try_endpoint(const struct grpc_client_config *config, struct grpc_client **ret,
			ProtobufCMessage **ret_version, struct error **reterr)
{
	Runtime__V1__VersionRequest request = RUNTIME__V1__VERSION_REQUEST__INIT;
	_cleanup_grpc_client_ struct grpc_client *client = NULL;
	int r = grpc_client_connect(config, &client, reterr);

	if (r >= 0)
		r = grpc_client_ask(client, CRI_SERVICE "Version", &request.base,
				    &runtime__v1__version_response__descriptor, ret_version,
				    reterr);
	if (r >= 0)
		*ret = TAKE_PTR(client);
	return r;
}

int cri_connect(const struct grpc_client_config *config, struct grpc_client **ret,
		ProtobufCMessage **ret_version, struct error **reterr)
{
	struct grpc_client_config each = *config;
	_cleanup_str_ struct str tried = STR_INIT;
	int r = -ENOENT;

	if (config->address && strncmp(config->address, UNIX, strlen(UNIX)) != 0)
		return error_set(reterr, -EINVAL,
				 "the address of a runtime can only be unix:///PATH, not %s",
				 config->address);
	if (config->address)
		return try_endpoint(config, ret, ret_version, reterr);
	for (size_t i = 0; i < ARRAY_SIZE(endpoints); i++) {
		_cleanup_error_ struct error *err = NULL;

		each.address = endpoints[i];
		r = try_endpoint(&each, ret, ret_version, &err);
		if (r >= 0)
			return r;
		str_appendf(&tried, "%s%s", i ? "; " : "", err ? err->message : strerror(-r));
	}
	error_set(reterr, r, "no container runtime answers: %s",
		  str_cstr(&tried) ? tried.data : "out of memory");
	return r;
}

/* --- cgroups */

/* "a-b.slice" is in "a.slice". */
static int append_slice(const char *slice, size_t len, struct str *out)
{
	static const char suffix[] = ".slice";
	size_t n = len - (sizeof(suffix) - 1), from = 0;

	if (len < sizeof(suffix) || memcmp(slice + n, suffix, sizeof(suffix) - 1) != 0)
		return -EINVAL;
	if (n == 1 && slice[0] == '-')
		return 0;
	while (from <= n) {
		const char *dash = memchr(slice + from, '-', n - from);
		size_t end = dash ? (size_t)(dash - slice) : n;

		if (end == from)
			return -EINVAL;
		str_appendf(out, "/%.*s%s", (int)end, slice, suffix);
		from = end + 1;
	}
	return 0;
}

int cri_parse_cgroup(const char *text, struct str *out)
{
	const char *prefix = strchr(text, ':'), *name = prefix ? strchr(prefix + 1, ':') : NULL;
	size_t len = prefix ? (size_t)(prefix - text) : 0, name_len;

	if (strchr(text, '/')) {
		str_append_z(out, text);
		return 0;
	}
	if (!name || strchr(name + 1, ':') || append_slice(text, len, out) < 0)
		return -EINVAL;
	name++;
	name_len = strlen(name);
	if (name_len >= 6 && !strcmp(name + name_len - 6, ".slice"))
		str_appendf(out, "/%s", name);
	else
		str_appendf(out, "/%.*s-%s.scope", (int)(name - prefix - 2), prefix + 1, name);
	return 0;
}

static const char *find_info(const Runtime__V1__ContainerStatusResponse *status)
{
	for (size_t i = 0; i < status->n_info; i++)
		if (!strcmp(status->info[i]->key, "info"))
			return status->info[i]->value;
	return NULL;
}

/* From what the runtime says for people who look for mistakes: there is no other place. */
static int read_info(const char *info, struct str *out, struct error **reterr)
{
	Runtime__V1__ContainerInfo *m;
	ProtobufCMessage *msg;
	const char *path = "";
	int r = json_read(&runtime__v1__container_info__descriptor, info, strlen(info), &msg,
			  reterr);

	if (r < 0)
		return error_wrap(reterr, r, "what the runtime says of the container");
	m = (Runtime__V1__ContainerInfo *)msg;
	if (m->runtimespec && m->runtimespec->linux)
		path = m->runtimespec->linux->cgroupspath;
	if (!*path)
		r = error_set(reterr, -ENODATA,
			      "the runtime does not say in which cgroup the container is");
	else if (cri_parse_cgroup(path, out) < 0)
		r = error_set(reterr, -ENODATA, "the runtime's name of the cgroup is no path: %s",
			      path);
	protobuf_c_message_free_unpacked(msg, NULL);
	return r;
}

int cri_container_status(struct grpc_client *client, const char *id, struct str *cgroup,
			 uint64_t *ret_started, struct error **reterr)
{
	Runtime__V1__ContainerStatusRequest request = RUNTIME__V1__CONTAINER_STATUS_REQUEST__INIT;
	const Runtime__V1__ContainerStatusResponse *status;
	ProtobufCMessage *answer;
	const char *info;
	int r;

	request.container_id = (char *)(uintptr_t)id;
	request.verbose = true;
	r = grpc_client_ask(client, CRI_SERVICE "ContainerStatus", &request.base,
			    &runtime__v1__container_status_response__descriptor, &answer, reterr);
	if (r < 0)
		return r;
	status = (const Runtime__V1__ContainerStatusResponse *)answer;
	*ret_started = status->status && status->status->started_at > 0
			       ? (uint64_t)status->status->started_at
			       : 0;
	info = find_info(status);
	r = info ? read_info(info, cgroup, reterr)
		 : error_set(reterr, -ENODATA, "the runtime has no \"info\" of the container");
	protobuf_c_message_free_unpacked(answer, NULL);
	return r;
}
