/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_YAML_READER_H
#define OCELLI_POLICY_YAML_READER_H

#include "policy/diagnostics.h"
#include "policy/node.h"

#include <yaml.h>

/* What is read of a file, which is more than a cluster would store of an object. */
#define YAML_FILE_MAX ((size_t)8 * 1024 * 1024)
#define YAML_NODES_MAX 200000 /* in a document */
#define YAML_DEPTH_MAX 64
#define YAML_ANCHORS_MAX 1000 /* in a document */

/* The documents of a file, one after the other. Anchors, aliases and "<<" are taken care of. What
 * is wrong is diagnosed. */
struct yaml_reader {
	yaml_parser_t parser;
	bool open; /* the parser is to be deleted */
	const char *text;
	size_t len;
	size_t begin;   /* where the parser began, in the text */
	unsigned lines; /* before that */
	unsigned begun; /* the line in which the last document began */
	struct diagnostics *diags;

	struct arena *arena;
	size_t nodes;
	unsigned depth;
	struct yaml_anchor *anchors;
	size_t n_anchors, cap_anchors;
};

/* @text stays the caller's, and has to stay. */
void yaml_reader_init(struct yaml_reader *reader, struct diagnostics *diags, const char *text,
		      size_t len);

/*
 * Reads the next document into the arena. Returns 1 with its root in *ret, and without what was
 * wrong with it, which shows in the count of errors; 0 at the end; -EINVAL for a document that is
 * no YAML, which does not keep those after it from being read; -ENOMEM.
 */
int yaml_read(struct yaml_reader *reader, struct arena *arena, const struct node **ret);

void yaml_reader_done(struct yaml_reader *reader);

/* Where the line begins that is @n below the one at @at; the end, where there is none. Lines end as
 * YAML 1.1 has it. */
size_t yaml_line(const char *text, size_t len, size_t at, unsigned n);

/* Where the mark is, in bytes. */
size_t yaml_offset(const char *text, size_t len, struct mark mark);

#define _cleanup_yaml_reader_ __attribute__((cleanup(yaml_reader_done)))

#endif
