// SPDX-License-Identifier: Apache-2.0
#include "export/backup.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <errno.h>
#include <string.h>
#include <time.h>

int backup_names_init(struct backup_names *names, const char *path)
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	const char *dot = strrchr(file, '.'), *ext = dot ? dot : file + strlen(file);
	struct backup_names n = {
		.dir = slash ? strndup(path, MAX((size_t)(slash - path), 1U)) : strdup("."),
		.base = strndup(path, (size_t)(ext - path)),
		.ext = strdup(ext),
	};

	if (!n.dir || !n.base || !n.ext) {
		backup_names_done(&n);
		return -ENOMEM;
	}
	n.stem = n.base + (file - path);
	*names = n;
	return 0;
}

void backup_names_done(struct backup_names *names)
{
	free(names->dir);
	free(names->base);
	free(names->ext);
	*names = (struct backup_names){0};
}

char *backup_path(const struct backup_names *names, uint64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	char stamp[32], *path;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H-%M-%S", &tm);
	if (asprintf(&path, "%s-%s.%03u%s", names->base, stamp, (unsigned)(ms % 1000), names->ext) <
	    0)
		return NULL;
	return path;
}

/* Skips @prefix. Returns what follows, or NULL. */
static const char *after(const char *s, const char *prefix)
{
	size_t len = strlen(prefix);

	return s && !strncmp(s, prefix, len) ? s + len : NULL;
}

static const char *after_stamp(const char *s)
{
	static const char form[] = "0000-00-00T00-00-00.000";
	struct tm tm;

	if (!s)
		return NULL;
	for (size_t i = 0; i < BACKUP_STAMP_LEN; i++)
		if (form[i] == '0' ? s[i] < '0' || s[i] > '9' : s[i] != form[i])
			return NULL;
	return strptime(s, "%Y-%m-%dT%H-%M-%S.", &tm) ? s + BACKUP_STAMP_LEN : NULL;
}

enum backup_kind backup_kind(const struct backup_names *names, const char *name)
{
	const char *suffix = after(after_stamp(after(after(name, names->stem), "-")), names->ext);

	if (!suffix)
		return BACKUP_NONE;
	if (!*suffix)
		return BACKUP_PLAIN;
	if (!strcmp(suffix, BACKUP_GZIP_SUFFIX))
		return BACKUP_GZIP;
	return strcmp(suffix, BACKUP_PARTIAL_SUFFIX) ? BACKUP_NONE : BACKUP_PARTIAL;
}

const char *backup_stamp(const struct backup_names *names, const char *name)
{
	return name + strlen(names->stem) + 1;
}
