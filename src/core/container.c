// SPDX-License-Identifier: Apache-2.0
#include "core/container.h"
#include "base/macro.h"

#include <string.h>

#define ID_LEN 64
/* A cgroup name read by others may have been cut at 127 bytes; this much of an id is still one. */
#define ID_LEN_MIN 31

static size_t hex_prefix(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && ((s[n] >= '0' && s[n] <= '9') || (s[n] >= 'a' && s[n] <= 'f')))
		n++;
	return n;
}

/* Names with a prefix that tells the runtime; what follows is the id, up to the suffix. */
static const struct {
	const char *prefix;
	const char *suffix;
	const char *runtime;
	bool any_name; /* the id is a name, not 64 hex digits */
} forms[] = {
	{"docker-", ".scope", "docker", false},
	{"cri-containerd-", ".scope", "containerd", false},
	{"containerd-", ".scope", "containerd", false},
	{"nerdctl-", ".scope", "containerd", false},
	{"crio-", ".scope", "cri-o", false},
	{"crio-", "", "cri-o", false},
	{"libpod-", ".scope", "podman", false},
	{"libpod-", "", "podman", false},
	{"lxc.payload.", "", "lxc", true},
	{"machine-", ".scope", "nspawn", true},
};

/* The directory above tells who made a directory that is named by the id alone. */
static const struct {
	const char *parent;
	const char *runtime;
} owners[] = {
	{"docker", "docker"},
	{"lxc", "lxc"},
	{"libpod_parent", "podman"},
};

static bool match_form(const char *name, size_t len, struct container *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		size_t before = strlen(forms[i].prefix), after = strlen(forms[i].suffix), n;

		if (len <= before + after || memcmp(name, forms[i].prefix, before) ||
		    memcmp(name + len - after, forms[i].suffix, after))
			continue;
		n = len - before - after;
		if (!forms[i].any_name &&
		    (n > ID_LEN || n < ID_LEN_MIN || hex_prefix(name + before, n) != n))
			continue;
		*ret = (struct container){name + before, n, forms[i].runtime};
		return true;
	}
	return false;
}

static const char *runtime_of_parent(const char *path, const char *name)
{
	const char *end = name - 1, *from;

	if (name == path)
		return "";
	for (from = end; from > path && from[-1] != '/'; from--)
		;
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++)
		if (strlen(owners[i].parent) == (size_t)(end - from) &&
		    !memcmp(from, owners[i].parent, (size_t)(end - from)))
			return owners[i].runtime;
	return "";
}

static const char *runtime_of_driver(const char *name, size_t len)
{
	static const struct {
		const char *driver, *runtime;
	} drivers[] = {{"cri-containerd", "containerd"}, {"crio", "cri-o"}, {"docker", "docker"}};

	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		size_t n = strlen(drivers[i].driver);

		/* "kubelet-pod…slice:cri-containerd:ID" */
		if (len > n && !memcmp(name + len - n, drivers[i].driver, n))
			return drivers[i].runtime;
	}
	return "";
}

static bool match_bare(const char *path, const char *name, size_t len, struct container *ret)
{
	const char *colon = memrchr(name, ':', len), *id = colon ? colon + 1 : name;
	size_t n = len - (size_t)(id - name);

	if (n != ID_LEN || hex_prefix(id, n) != n)
		return false;
	*ret = (struct container){id, n,
				  colon ? runtime_of_driver(name, (size_t)(colon - name))
					: runtime_of_parent(path, name)};
	return true;
}

bool container_from_cgroup(const char *path, struct container *ret)
{
	const char *end = path + strlen(path), *name;

	for (; end > path; end = name > path ? name - 1 : path) {
		size_t len;

		for (name = end; name > path && name[-1] != '/'; name--)
			;
		len = (size_t)(end - name);
		if (len && (match_form(name, len, ret) || match_bare(path, name, len, ret)))
			return true;
	}
	return false;
}
