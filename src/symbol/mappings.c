// SPDX-License-Identifier: Apache-2.0
#include "symbol/mappings.h"
#include "base/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void mappings_done(struct mappings *m)
{
	free(m->v);
	str_free(&m->paths);
	*m = (struct mappings){0};
}

static int add(struct mappings *m, const struct mapping *mapping)
{
	if (m->n == m->cap) {
		size_t cap = 2 * m->cap + 16;
		struct mapping *v = reallocarray(m->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		m->v = v;
		m->cap = cap;
	}
	m->v[m->n++] = *mapping;
	return 0;
}

/* "7f10a000-7f10b000 r-xp 00001000 fe:01 12345      /usr/lib/libc.so.6" */
static int add_line(struct mappings *m, const char *line)
{
	unsigned major, minor;
	struct mapping v = {0};
	int path = 0;
	char perms[5];

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n", &v.start,
		   &v.end, perms, &v.offset, &major, &minor, &v.inode, &path) < 7 ||
	    perms[2] != 'x' || !path)
		return 0;
	v.device = major << 20 | minor;
	v.path = (uint32_t)m->paths.len;
	str_append(&m->paths, line + path, strcspn(line + path, "\n"));
	str_append_char(&m->paths, '\0');
	return m->paths.failed ? -ENOMEM : add(m, &v);
}

ssize_t mappings_read(struct mappings *m, const char *proc, uint32_t pid)
{
	_cleanup_fclose_ FILE *f = NULL;
	_cleanup_free_ char *line = NULL;
	size_t cap = 0, size = 0;
	char path[4096];
	ssize_t n;
	int r = 0;

	m->n = 0;
	str_reset(&m->paths);
	snprintf(path, sizeof(path), "%s/%u/maps", proc, pid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (r >= 0 && size < MAPPINGS_BYTES_MAX && (n = getline(&line, &cap, f)) >= 0) {
		r = add_line(m, line);
		size += (size_t)n;
	}
	return r < 0 ? r : (ssize_t)size;
}

const struct mapping *mappings_find(const struct mappings *m, uint64_t address)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->v[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < m->n && m->v[low].start <= address ? &m->v[low] : NULL;
}
