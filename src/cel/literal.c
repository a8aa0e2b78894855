// SPDX-License-Identifier: Apache-2.0
#include "cel/literal.h"

#include "base/number.h"
#include "cel/lexer.h"
#include "cel/text.h"

#include <errno.h>
#include <string.h>

/* Where a string is read from and written to. What is written is never longer. */
struct decoder {
	const struct cel_token *token;
	size_t at, end; /* in the token's text */
	bool bytes;
	char *out;
	size_t len;
	struct error **reterr;
};

static const struct {
	char letter, means;
} plain_escapes[] = {
	{'a', '\a'}, {'b', '\b'},  {'f', '\f'}, {'n', '\n'}, {'r', '\r'},  {'t', '\t'},
	{'v', '\v'}, {'\\', '\\'}, {'?', '?'},  {'"', '"'},  {'\'', '\''}, {'`', '`'},
};

/* Those that are followed by a number: how many digits of which base. Of bytes, only those say
 * which byte, the others a character. */
static const struct {
	char letter;
	unsigned digits, base;
	bool byte;
} numeric_escapes[] = {
	{'x', 2, 16, true},
	{'X', 2, 16, true},
	{'u', 4, 16, false},
	{'U', 8, 16, false},
};

static int bad_escape(const struct decoder *d, size_t at, const char *why)
{
	const char *letter = d->token->text + at + 1;

	return cel_complain(d->reterr, -EINVAL, cel_token_place(d->token, at),
			    "bad escape \"\\%.*s\": %s",
			    (int)cel_text_step(letter, d->end - at - 1), letter, why);
}

static int read_digits(struct decoder *d, unsigned digits, unsigned base, uint32_t *ret)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < digits; i++, d->at++) {
		unsigned digit = d->at < d->end ? number_digit(d->token->text[d->at]) : base;

		if (digit >= base)
			return -EINVAL;
		v = v * base + digit;
	}
	*ret = v;
	return 0;
}

static int put_code(struct decoder *d, size_t start, uint32_t code, bool byte)
{
	if (byte && d->bytes) {
		d->out[d->len++] = (char)code;
		return 0;
	}
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return bad_escape(d, start, "no such character");
	d->len += cel_text_encode(d->out + d->len, code);
	return 0;
}

/* @start is at the backslash, d->at behind it. */
static int decode_numeric(struct decoder *d, size_t start, unsigned digits, unsigned base,
			  bool byte)
{
	uint32_t code;

	if (read_digits(d, digits, base, &code) < 0)
		return bad_escape(d, start,
				  base == 8     ? "three octal digits from 000 to 377"
				  : digits == 2 ? "two hexadecimal digits are missing"
				  : digits == 4 ? "four hexadecimal digits are missing"
						: "eight hexadecimal digits are missing");
	return put_code(d, start, code, byte);
}

static int decode_escape(struct decoder *d)
{
	size_t start = d->at;
	char letter = d->token->text[start + 1];

	d->at += 2;
	for (size_t i = 0; i < ARRAY_SIZE(plain_escapes); i++) {
		if (plain_escapes[i].letter != letter)
			continue;
		d->out[d->len++] = plain_escapes[i].means;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(numeric_escapes); i++)
		if (numeric_escapes[i].letter == letter)
			return decode_numeric(d, start, numeric_escapes[i].digits,
					      numeric_escapes[i].base, numeric_escapes[i].byte);
	if (letter >= '0' && letter <= '3') {
		d->at--;
		return decode_numeric(d, start, 3, 8, true);
	}
	return bad_escape(d, start, "no such escape");
}

static int decode(struct decoder *d)
{
	int r;

	while (d->at < d->end) {
		if (d->token->text[d->at] == '\\') {
			r = decode_escape(d);
			if (r < 0)
				return r;
		} else {
			d->out[d->len++] = d->token->text[d->at++];
		}
	}
	return 0;
}

static int read_text(const struct cel_token *token, struct arena *arena, struct cel_value *ret,
		     struct error **reterr)
{
	bool bytes = token->kind == CEL_TOKEN_BYTES, raw;
	size_t prefix = bytes, quotes;
	const char *text = token->text;
	struct decoder d = {.token = token, .bytes = bytes, .reterr = reterr};
	int r = 0;

	raw = text[prefix] == 'r' || text[prefix] == 'R';
	prefix += raw;
	quotes = token->len - prefix >= 6 && text[prefix + 1] == text[prefix] &&
				 text[prefix + 2] == text[prefix]
			 ? 3
			 : 1;
	d.at = prefix + quotes;
	d.end = token->len - quotes;
	d.out = arena_alloc(arena, d.end - d.at + 1);
	if (!d.out)
		return -ENOMEM;
	if (raw) {
		d.len = d.end - d.at;
		memcpy(d.out, text + d.at, d.len);
	} else {
		r = decode(&d);
	}
	if (r < 0)
		return r;
	*ret = bytes ? cel_bytes(d.out, d.len) : cel_string(d.out, d.len);
	return 0;
}

static int out_of_range(const struct cel_token *token, const char *type, struct error **reterr)
{
	return cel_complain(reterr, -ERANGE, token->place, "%.*s is out of the range of %s",
			    (int)MIN(token->len, 40), token->text, type);
}

static int read_integer(const struct cel_token *token, bool negative, struct cel_value *ret,
			struct error **reterr)
{
	bool is_unsigned = token->kind == CEL_TOKEN_UINT;
	uint64_t v, most = is_unsigned ? UINT64_MAX : (uint64_t)INT64_MAX + negative;
	size_t len = token->len - is_unsigned;
	bool hex = len > 2 && (token->text[1] == 'x' || token->text[1] == 'X');

	if (number_read_digits(token->text + (hex ? 2 : 0), len - (hex ? 2 : 0), hex ? 16 : 10,
			       &v) < 0 ||
	    v > most)
		return out_of_range(token, is_unsigned ? "uint" : "int", reterr);
	*ret = is_unsigned ? cel_uint(v) : cel_int((int64_t)(negative ? 0 - v : v));
	return 0;
}

static int read_double(const struct cel_token *token, bool negative, struct cel_value *ret,
		       struct error **reterr)
{
	double v;

	if (number_read_double(token->text, token->len, &v) < 0)
		return out_of_range(token, "double", reterr);
	*ret = cel_double(negative ? -v : v);
	return 0;
}

int cel_literal_read(const struct cel_token *token, bool negative, struct arena *arena,
		     struct cel_value *ret, struct error **reterr)
{
	switch (token->kind) {
	case CEL_TOKEN_INT:
	case CEL_TOKEN_UINT:
		return read_integer(token, negative, ret, reterr);
	case CEL_TOKEN_DOUBLE:
		return read_double(token, negative, ret, reterr);
	case CEL_TOKEN_STRING:
	case CEL_TOKEN_BYTES:
		return read_text(token, arena, ret, reterr);
	case CEL_TOKEN_TRUE:
	case CEL_TOKEN_FALSE:
		*ret = cel_bool(token->kind == CEL_TOKEN_TRUE);
		return 0;
	default:
		*ret = cel_null();
		return 0;
	}
}
