/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_IMAGE_H
#define OCELLI_CORE_IMAGE_H

#include "abi/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a process runs: the facts of an exec record, shared by the process that
 * executed it and all that it forked. One allocation, with the strings behind
 * the struct: about 350 bytes and the strings.
 *
 * Paths are in their usual order. All strings are NUL-terminated, but not yet
 * UTF-8: that is repaired where text is written.
 */
struct image {
	unsigned refs;
	unsigned size;           /* of the allocation in bytes */
	uint32_t counted_as;     /* of metrics/binaries.h; 0: not known yet */
	struct record_exec exec; /* of ->field, the sizes of what was there; ->kept as kept here */
	const char *binary;      /* as invoked, made absolute; what the schema calls binary */
	const char *filename;    /* as invoked */
	const char *exe;         /* resolved */
	const char *cwd;         /* NULL when it cannot be told */
	const char *interpreter; /* NULL when there is none */
	const char *argv;        /* ->exec.field[EXEC_ARGV].kept bytes */
	const char *env;         /* ->exec.field[EXEC_ENV].kept bytes */
	const char *arguments;   /* as they are told; NULL: as ->argv has them */
	char storage[];
};

/* Bytes of one field, in pieces: what came in the record itself, and what came ahead of it. */
struct field_parts {
	const char *head;
	size_t head_len;
	const char *tail;
	size_t tail_len;
};

/*
 * Builds an image from a checked exec or task record (see decode.h). @argv and @env are the whole
 * fields, the parts that came ahead included. Returns 0 with one reference for the caller, -ENOMEM.
 */
int image_new(const struct record_exec *exec, const struct field_parts *argv,
	      const struct field_parts *env, struct image **ret);

/* What is told in the place of what there was: all NUL-terminated strings of the vectors,
 * @arguments too. */
struct image_texts {
	const char *argv, *env, *arguments;
	size_t argv_len, env_len, arguments_len;
};

/* Builds one that has these, and of @from the rest. How much was cut off stays as it was. Returns 0
 * with one reference for the caller, -ENOMEM. */
int image_with_texts(const struct image *from, const struct image_texts *texts, struct image **ret);

static inline struct image *image_ref(struct image *image)
{
	image->refs++;
	return image;
}

void image_unref(struct image **image);

/*
 * Writes names that come leaf first, each NUL-terminated, as one absolute path.
 * @to has room for @len + 1 bytes. Returns the length. No names at all: "/".
 */
size_t path_from_names(char *to, const char *names, size_t len);

#endif
