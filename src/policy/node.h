/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_NODE_H
#define OCELLI_POLICY_NODE_H

#include "policy/mark.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A document as it was written. Nodes live in the arena of their document. An
 * alias is the node it names, in a second place: who walks the tree counts.
 */
enum node_kind {
	NODE_NULL, /* nothing, "~", "null" */
	NODE_SCALAR,
	NODE_SEQUENCE,
	NODE_MAPPING,
};

enum node_style {
	NODE_PLAIN,
	NODE_QUOTED,
	NODE_BLOCK, /* after "|" or ">" */
};

/* What a tag said it is, whatever it looks like. */
enum node_tag {
	NODE_UNTAGGED,
	NODE_TAG_STRING,
	NODE_TAG_BOOL,
	NODE_TAG_INT,
	NODE_TAG_FLOAT,
	NODE_TAG_NULL,
	NODE_TAG_SEQUENCE,
	NODE_TAG_MAPPING,
};

struct node;

struct node_entry {
	const struct node *key; /* a scalar */
	const struct node *value;
};

struct node {
	enum node_kind kind;
	enum node_style style;
	enum node_tag tag;
	struct mark mark;
	/* Of a scalar in one line, without escapes: where its text begins. Else line 0. */
	struct mark inside;
	const char *text; /* of a scalar, a NUL behind it; it may hold others */
	size_t len;
	size_t n; /* items or entries */
	union {
		const struct node **items;
		struct node_entry *entries;
	};
};

/* "a string", "a list" … */
const char *node_kind_name(const struct node *node);

/* The value of a key, NULL when there is none. */
const struct node *node_get(const struct node *mapping, const char *key);

/* What a scalar is: YAML as Kubernetes reads it, which is YAML 1.1 with the numbers of Go. */
enum scalar_type {
	SCALAR_NULL,
	SCALAR_BOOL,
	SCALAR_INT,
	SCALAR_FLOAT, /* integers of more than 64 bits too */
	SCALAR_STRING,
};

struct scalar {
	enum scalar_type type;
	bool boolean;
	bool negative;
	unsigned long long magnitude; /* of an integer */
	double real;                  /* of a float */
};

/* Of a NODE_SCALAR or NODE_NULL. */
struct scalar node_scalar(const struct node *node);

#endif
