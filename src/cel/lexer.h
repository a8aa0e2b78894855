/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_LEXER_H
#define OCELLI_CEL_LEXER_H

#include "cel/token.h"

/* Takes an expression apart from left to right; white space and // comments are passed over. */
struct cel_lexer {
	const char *p, *end;
	struct cel_place place; /* of p */
};

/* @text is borrowed. Returns 0; -E2BIG when it is longer than CEL_TEXT_MAX; -EINVAL when it is not
 * UTF-8. */
int cel_lexer_init(struct cel_lexer *lexer, const char *text, struct error **reterr);

/* Reads the next token; past the last, CEL_TOKEN_END again and again. Of literals only the extent
 * is looked at. Returns 0, or -EINVAL with the place where no token begins or one does not end. */
int cel_lexer_next(struct cel_lexer *lexer, struct cel_token *ret, struct error **reterr);

/* The place @offset bytes into the text of @token. */
struct cel_place cel_token_place(const struct cel_token *token, size_t offset);

#endif
