/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_AST_H
#define OCELLI_CEL_AST_H

#include "base/arena.h"
#include "cel/complain.h"
#include "cel/overload.h"
#include "cel/proto.h"
#include "cel/value.h"

/*
 * An expression as a tree. The parser makes it; the type checker finds out what
 * names mean and types are, and notes that in the nodes. What computes it, the
 * evaluator or another back end, only reads all that.
 */
enum cel_node_kind {
	CEL_NODE_LITERAL,
	CEL_NODE_NAME,      /* a variable; before checking, any simple name */
	CEL_NODE_SELECT,    /* operand.name */
	CEL_NODE_HAS,       /* has(operand.name) */
	CEL_NODE_CALL,      /* a function, method, operator or index, of its arguments */
	CEL_NODE_AND,       /* of two or more */
	CEL_NODE_OR,        /* of two or more */
	CEL_NODE_CONDITION, /* CEL_TEST ? CEL_THEN : CEL_OTHERWISE */
	CEL_NODE_LIST,      /* [elements] */
	CEL_NODE_MAP,       /* {keys and values by turns} */
	CEL_NODE_FOLD,      /* CEL_RANGE.macro(name, [CEL_FILTER,] CEL_BODY) */
	_CEL_NODE_MAX,
};

/* What the children of some nodes are. */
enum { CEL_TEST, CEL_THEN, CEL_OTHERWISE };
enum { CEL_RANGE, CEL_BODY, CEL_FILTER };

/* Macros that go through a list or the keys of a map. */
enum cel_fold {
	CEL_FOLD_ALL,
	CEL_FOLD_EXISTS,
	CEL_FOLD_EXISTS_ONE,
	CEL_FOLD_MAP,
	CEL_FOLD_FILTER,
	_CEL_FOLD_MAX,
};

struct cel_node {
	enum cel_node_kind kind;
	struct cel_place place;
	unsigned height;             /* of the tree below it, itself counted */
	const struct cel_type *type; /* set by the checker */
	union {
		struct cel_value literal;
		struct {
			const char *name;
			bool absolute; /* .name */
			bool local;    /* of a fold, set by the checker, as is */
			unsigned slot; /* the number of the local or of the variable */
		} name;
		struct {
			const char *name;
			const ProtobufCMessageDescriptor *message; /* the operand's, if known */
			struct cel_field field;                    /* of that */
		} select;
		struct {
			const char *function;
			bool member; /* child[0] is the receiver */
			/* Set by the checker: those of that name, and which to try first. */
			struct cel_overload_set set;
			const struct cel_overload *overload;
			/* For the back end, to keep with the call what it can work out
			 * beforehand. */
			const void *prepared;
		} call;
		struct {
			enum cel_fold macro;
			const char *name;
			unsigned slot; /* set by the checker */
		} fold;
	};
	unsigned n; /* children */
	struct cel_node *child[];
};

/* Makes a node of the @n children, which it copies. Returns 0; -E2BIG when it is nested too deep;
 * -ENOMEM. */
int cel_node_new(struct arena *arena, enum cel_node_kind kind, struct cel_place place,
		 struct cel_node *const *children, unsigned n, struct cel_node **ret,
		 struct error **reterr);

/* Nodes collected one by one. All zero is the empty list. */
struct cel_nodes {
	struct cel_node **v;
	unsigned n, cap;
};

/* Returns 0 or -ENOMEM. */
int cel_nodes_add(struct cel_nodes *nodes, struct arena *arena, struct cel_node *node);

#endif
