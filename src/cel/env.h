/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_ENV_H
#define OCELLI_CEL_ENV_H

#include "cel/type.h"

/* Most variables of an environment. */
#define CEL_VARIABLES_MAX 64

struct cel_variable {
	const char *name;
	struct cel_type type;
};

/*
 * What expressions are written in: constant, and there as long as any program
 * that was compiled with it. Besides the variables, the types of their messages
 * and of all messages in them can be named, and the values of enums that occur
 * there.
 */
struct cel_env {
	/* The name space that names are looked up in first, or NULL. */
	const char *container;
	const struct cel_variable *variables;
	unsigned n_variables;
	/* More enums that can be named. */
	const ProtobufCEnumDescriptor *const *enums;
	unsigned n_enums;
	/* What an expression must be; CEL_DYN: anything. */
	enum cel_kind result;
};

#endif
