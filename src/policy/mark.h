/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_MARK_H
#define OCELLI_POLICY_MARK_H

/* A place in a file: from 1, columns in characters. Line 0 is nowhere in it: of the whole file, or
 * of something that is not there. */
struct mark {
	unsigned line, column;
};

/* A character of a text by its line and column there, from 1. @text: where the text begins, when
 * it was written as it is; line 0: it was not, and @whole is the place. */
static inline struct mark mark_within(struct mark whole, struct mark text, unsigned line,
				      unsigned column)
{
	if (!text.line || line != 1 || !column)
		return whole;
	return (struct mark){text.line, text.column + column - 1};
}

#endif
