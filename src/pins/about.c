// SPDX-License-Identifier: Apache-2.0
#include "pins/about.h"
#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ABOUT "about"
#define NEXT "about-new"

/* Returns the length of the path, or -ENAMETOOLONG. */
static int path_in(const char *dir, const char *name, char *path, size_t size)
{
	int n = snprintf(path, size, "%s/%s", dir, name);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : n;
}

int about_write(const char *dir, const char *text)
{
	char path[4096], next[4096];
	_cleanup_close_ int map = -1;
	const __u32 zero = 0;
	size_t size = strlen(text) + 1;

	if (size > ABOUT_BYTES_MAX)
		return -E2BIG;
	if (path_in(dir, ABOUT, path, sizeof(path)) < 0 ||
	    path_in(dir, NEXT, next, sizeof(next)) < 0)
		return -ENAMETOOLONG;
	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "about", sizeof(zero), (__u32)size, 1, NULL);
	if (map < 0)
		return -errno;
	if (bpf_map_update_elem(map, &zero, text, BPF_ANY) < 0 || bpf_map_freeze(map) < 0)
		return -errno;
	unlink(next);
	if (bpf_obj_pin(map, next) < 0)
		return -errno;
	return rename(next, path) < 0 ? -errno : 0;
}

int about_read(const char *dir, char **ret)
{
	_cleanup_free_ char *text = NULL;
	struct bpf_map_info info = {0};
	__u32 len = sizeof(info);
	_cleanup_close_ int map = -1;
	const __u32 zero = 0;
	char path[4096];
	int r = path_in(dir, ABOUT, path, sizeof(path));

	if (r < 0)
		return r;
	map = bpf_obj_get(path);
	if (map < 0)
		return -errno;
	if (bpf_obj_get_info_by_fd(map, &info, &len) < 0)
		return -errno;
	if (info.type != BPF_MAP_TYPE_ARRAY || info.value_size > ABOUT_BYTES_MAX)
		return -EINVAL;
	/* The kernel rounds what it copies up. */
	text = calloc(1, info.value_size + 8);
	if (!text)
		return -ENOMEM;
	if (bpf_map_lookup_elem(map, &zero, text) < 0)
		return -errno;
	text[info.value_size] = '\0';
	*ret = TAKE_PTR(text);
	return 0;
}

void about_remove_alone(const char *dir)
{
	char path[4096];
	const struct dirent *entry;
	DIR *entries = opendir(dir);

	if (!entries)
		return;
	while ((entry = readdir(entries)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, ABOUT) != 0)
			break;
	closedir(entries);
	if (!entry && path_in(dir, ABOUT, path, sizeof(path)) >= 0)
		unlink(path);
}
