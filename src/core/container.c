// SPDX-License-Identifier: Apache-2.0
#include "core/container.h"
#include "abi/container.h"
#include "base/macro.h"

#include <string.h>

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
#define ROW(prefix, suffix, runtime, any) {prefix, suffix, runtime, any},
	CONTAINER_FORMS(ROW)
#undef ROW
};

/*
 * systemd-machined(8) has a scope for each machine that it is told of, containers
 * and others. Those of libvirt are called driver-number-name, or, with a driver
 * that is part of another program, driver-embed-hash-number-name (libvirt:
 * virDomainDriverGenerateMachineName()). No runtime: a virtual machine.
 */
static const struct {
	const char *driver;
	const char *runtime;
} libvirt_drivers[] = {{"qemu", NULL}, {"ch", NULL}, {"lxc", "lxc-libvirt"}};

/* The directory above tells who made a directory that is named by the id alone. */
static const struct {
	const char *parent;
	const char *runtime;
} owners[] = {
	{"docker", "docker"},
	{"lxc", "lxc"},
	{"libpod_parent", "podman"},
};

/* Takes a part of what is left off its front. Returns whether it was there. */
static bool take(const char **s, size_t *len, const char *part)
{
	size_t n = strlen(part);

	if (*len < n || memcmp(*s, part, n))
		return false;
	*s += n;
	*len -= n;
	return true;
}

/* Takes both off if something is left between them. */
static bool take_around(const char **s, size_t *len, const char *prefix, const char *suffix)
{
	size_t before = strlen(prefix), after = strlen(suffix);

	if (*len <= before + after || memcmp(*s, prefix, before) ||
	    memcmp(*s + *len - after, suffix, after))
		return false;
	*s += before;
	*len -= before + after;
	return true;
}

static bool match_form(const char *name, size_t len, struct container *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		const char *id = name;
		size_t n = len;

		if (!take_around(&id, &n, forms[i].prefix, forms[i].suffix))
			continue;
		if (!forms[i].any_name &&
		    (n > CONTAINER_ID_LEN || n < CONTAINER_ID_LEN_MIN || hex_prefix(id, n) != n))
			continue;
		*ret = (struct container){id, n, forms[i].runtime, false};
		return true;
	}
	return false;
}

/* Whether it goes on as libvirt's names do behind the driver. */
static bool has_number(const char *s, size_t len)
{
	size_t digits = 0;

	if (take(&s, &len, LIBVIRT_EMBEDDED)) {
		if (hex_prefix(s, len) != LIBVIRT_HASH_LEN)
			return false;
		s += LIBVIRT_HASH_LEN;
		len -= LIBVIRT_HASH_LEN;
	}
	if (!take(&s, &len, UNIT_DASH))
		return false;
	while (digits < len && s[digits] >= '0' && s[digits] <= '9')
		digits++;
	s += digits;
	len -= digits;
	return digits && take(&s, &len, UNIT_DASH);
}

/* NULL: it is no container. */
static const char *runtime_of_machine(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(libvirt_drivers); i++) {
		const char *at = name;
		size_t n = len;

		if (take(&at, &n, libvirt_drivers[i].driver) && has_number(at, n))
			return libvirt_drivers[i].runtime;
	}
	return "nspawn";
}

/* Whether the next directory of the path, behind @end, has that name. */
static bool continues_with(const char *end, const char *name)
{
	size_t n = strlen(name);

	return *end == '/' && !strncmp(end + 1, name, n) && (!end[1 + n] || end[1 + n] == '/');
}

static bool match_machine(const char *name, size_t len, struct container *ret)
{
	const char *end = name + len;

	if (take_around(&name, &len, MACHINE_PREFIX, MACHINE_SUFFIX)) {
		*ret = (struct container){name, len, runtime_of_machine(name, len), true};
		return ret->runtime;
	}
	if (take_around(&name, &len, NSPAWN_PREFIX, NSPAWN_SUFFIX)) {
		*ret = (struct container){name, len, "nspawn", true};
		return !continues_with(end, NSPAWN_SUPERVISOR);
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

	if (n != CONTAINER_ID_LEN || hex_prefix(id, n) != n)
		return false;
	*ret = (struct container){id, n,
				  colon ? runtime_of_driver(name, (size_t)(colon - name))
					: runtime_of_parent(path, name),
				  false};
	return true;
}

bool container_from_cgroup(const char *path, struct container *ret)
{
	const char *end = path + strlen(path), *name;
	struct container c;

	for (; end > path; end = name > path ? name - 1 : path) {
		size_t len;

		for (name = end; name > path && name[-1] != '/'; name--)
			;
		len = (size_t)(end - name);
		if (len && (match_form(name, len, &c) || match_machine(name, len, &c) ||
			    match_bare(path, name, len, &c))) {
			*ret = c;
			return true;
		}
	}
	return false;
}
