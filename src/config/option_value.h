/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CONFIG_OPTION_VALUE_H
#define OCELLI_CONFIG_OPTION_VALUE_H

#include "config/option.h"

/* A value of any option type. All zero is the type's nothing: false, 0, empty. */
union option_value {
	struct strings list; /* first, being the largest: = {0} clears them all */
	bool boolean;
	int64_t integer;
	uint64_t number; /* bytes or nanoseconds */
	unsigned int mode;
	char *string;
	int choice;
};

/* Bytes that a variable of that type takes. */
size_t option_value_size(enum option_type type);

/* Reads @text as a value for @spec, which the caller frees. Returns 0, -EINVAL (with the text, what
 * was expected and the bounds), -ENOMEM. */
int option_value_parse(const struct option_spec *spec, const char *text, union option_value *ret,
		       struct error **reterr);

bool option_value_equal(enum option_type type, const union option_value *a,
			const union option_value *b);

void option_value_free(enum option_type type, union option_value *value);

/* A copy of a user's text for an error, in quotes, cut when it is long. Valid, as any temporary, to
 * the end of the full expression: quote(text).s */
struct quoted {
	char s[80];
};
struct quoted quote(const char *text);

#endif
