/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPORT_BACKUP_H
#define OCELLI_EXPORT_BACKUP_H

#include <stddef.h>
#include <stdint.h>

/*
 * Names of rotated files: DIR/STEM.EXT becomes DIR/STEM-2006-01-02T15-04-05.000.EXT,
 * in UTC; ".gz" is added to a compressed one, ".gz.part" to one being compressed.
 * The names of one file's backups sort by age.
 */
#define BACKUP_STAMP_LEN (sizeof("2006-01-02T15-04-05.000") - 1)
#define BACKUP_GZIP_SUFFIX ".gz"
#define BACKUP_PARTIAL_SUFFIX ".gz.part"

struct backup_names {
	char *dir;
	char *base;       /* the path without .EXT */
	const char *stem; /* its last component, in @base */
	char *ext;        /* with its dot, or "" */
};

enum backup_kind {
	BACKUP_NONE, /* not ours */
	BACKUP_PLAIN,
	BACKUP_GZIP,
	BACKUP_PARTIAL,
};

/* Returns 0 or -ENOMEM. backup_names_done() frees. */
int backup_names_init(struct backup_names *names, const char *path);
void backup_names_done(struct backup_names *names);

/* Path of the backup made at @ms, in milliseconds since 1970. Returns a string that the caller
 * frees, NULL when out of memory. */
char *backup_path(const struct backup_names *names, uint64_t ms);

/* What the directory entry @name is. */
enum backup_kind backup_kind(const struct backup_names *names, const char *name);

/* The BACKUP_STAMP_LEN characters of time in @name, which must be a backup's. */
const char *backup_stamp(const struct backup_names *names, const char *name);

#endif
