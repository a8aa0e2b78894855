// SPDX-License-Identifier: Apache-2.0
#include "sensor/cgroup_dir.h"
#include "base/cleanup.h"
#include "sensor/cgroup_mode.h"

#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool is_hierarchy(const struct mntent *entry, enum cgroup_controller controller)
{
	if (controller == CGROUP_UNIFIED)
		return !strcmp(entry->mnt_type, "cgroup2");
	return !strcmp(entry->mnt_type, "cgroup") &&
	       hasmntopt(entry, cgroup_controller_to_string(controller));
}

/* Through what the process @of sees, @root being where its root directory is. */
static int find(const char *of, const char *root, enum cgroup_controller controller,
		struct str *ret)
{
	_cleanup_str_ struct str mounts = STR_INIT;
	struct mntent *entry;
	bool found = false;
	FILE *f;

	str_appendf(&mounts, "%s/mounts", of);
	if (!str_cstr(&mounts))
		return -ENOMEM;
	f = setmntent(mounts.data, "re");
	while (f && !found && (entry = getmntent(f))) {
		struct stat st;

		if (!is_hierarchy(entry, controller))
			continue;
		str_reset(ret);
		str_appendf(ret, "%s%s", root, entry->mnt_dir);
		found = str_cstr(ret) && stat(ret->data, &st) == 0;
	}
	if (f)
		endmntent(f);
	if (!found)
		str_reset(ret);
	return found ? 0 : -ENOENT;
}

int cgroup_dir_find(const char *procfs, enum cgroup_controller controller, struct str *ret)
{
	_cleanup_str_ struct str first = STR_INIT, root = STR_INIT;

	str_appendf(&first, "%s/1", procfs);
	str_appendf(&root, "%s/1/root", procfs);
	if (!str_cstr(&first) || !str_cstr(&root))
		return -ENOMEM;
	if (find(first.data, root.data, controller, ret) >= 0)
		return 0;
	/* Who may not look through the eyes of another has his own. */
	return find("/proc/self", "", controller, ret);
}

static bool leads_out(const char *path)
{
	for (const char *at = path; at; at = strchr(at, '/')) {
		at += *at == '/';
		if (!strncmp(at, "..", 2) && (!at[2] || at[2] == '/'))
			return true;
	}
	return false;
}

/* The inode is the id, where inodes have 64 bits (include/linux/kernfs.h: kernfs_ino()). */
int cgroup_dir_id(const char *dir, const char *path, uint64_t *ret)
{
	_cleanup_str_ struct str whole = STR_INIT;
	struct stat st;

	if (leads_out(path))
		return -EINVAL;
	str_appendf(&whole, "%s/%s", dir, path);
	if (!str_cstr(&whole))
		return -ENOMEM;
	if (stat(whole.data, &st) < 0)
		return -errno;
	*ret = st.st_ino;
	return 0;
}
