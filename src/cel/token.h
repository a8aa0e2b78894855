/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_TOKEN_H
#define OCELLI_CEL_TOKEN_H

#include "cel/complain.h"

#include <stddef.h>

enum cel_token_kind {
	CEL_TOKEN_END,
	CEL_TOKEN_NAME,    /* reserved words too; which may stand where is for the parser */
	CEL_TOKEN_ESCAPED, /* `name`: only after a dot */
	CEL_TOKEN_INT,
	CEL_TOKEN_UINT,
	CEL_TOKEN_DOUBLE,
	CEL_TOKEN_STRING,
	CEL_TOKEN_BYTES,
	CEL_TOKEN_TRUE,
	CEL_TOKEN_FALSE,
	CEL_TOKEN_NULL,
	CEL_TOKEN_IN,
	CEL_TOKEN_OR,
	CEL_TOKEN_AND,
	CEL_TOKEN_EQUAL,
	CEL_TOKEN_UNEQUAL,
	CEL_TOKEN_LESS_EQUAL,
	CEL_TOKEN_GREATER_EQUAL,
	CEL_TOKEN_LESS,
	CEL_TOKEN_GREATER,
	CEL_TOKEN_PLUS,
	CEL_TOKEN_MINUS,
	CEL_TOKEN_STAR,
	CEL_TOKEN_SLASH,
	CEL_TOKEN_PERCENT,
	CEL_TOKEN_NOT,
	CEL_TOKEN_QUESTION,
	CEL_TOKEN_COLON,
	CEL_TOKEN_COMMA,
	CEL_TOKEN_DOT,
	CEL_TOKEN_OPEN_PAREN,
	CEL_TOKEN_CLOSE_PAREN,
	CEL_TOKEN_OPEN_BRACKET,
	CEL_TOKEN_CLOSE_BRACKET,
	CEL_TOKEN_OPEN_BRACE,
	CEL_TOKEN_CLOSE_BRACE,
	_CEL_TOKEN_MAX,
};

struct cel_token {
	enum cel_token_kind kind;
	const char *text; /* of literals with quotes, prefix and suffix */
	size_t len;
	struct cel_place place;
};

#endif
