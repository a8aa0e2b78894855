// SPDX-License-Identifier: Apache-2.0
#include "cel/lexer.h"

#include "base/utf8.h"
#include "cel/limit.h"

#include <errno.h>

/* Longer ones before those that they begin with. */
static const struct {
	const char *text;
	enum cel_token_kind kind;
} symbols[] = {
	{"||", CEL_TOKEN_OR},          {"&&", CEL_TOKEN_AND},
	{"==", CEL_TOKEN_EQUAL},       {"!=", CEL_TOKEN_UNEQUAL},
	{"<=", CEL_TOKEN_LESS_EQUAL},  {">=", CEL_TOKEN_GREATER_EQUAL},
	{"<", CEL_TOKEN_LESS},         {">", CEL_TOKEN_GREATER},
	{"+", CEL_TOKEN_PLUS},         {"-", CEL_TOKEN_MINUS},
	{"*", CEL_TOKEN_STAR},         {"/", CEL_TOKEN_SLASH},
	{"%", CEL_TOKEN_PERCENT},      {"!", CEL_TOKEN_NOT},
	{"?", CEL_TOKEN_QUESTION},     {":", CEL_TOKEN_COLON},
	{",", CEL_TOKEN_COMMA},        {".", CEL_TOKEN_DOT},
	{"(", CEL_TOKEN_OPEN_PAREN},   {")", CEL_TOKEN_CLOSE_PAREN},
	{"[", CEL_TOKEN_OPEN_BRACKET}, {"]", CEL_TOKEN_CLOSE_BRACKET},
	{"{", CEL_TOKEN_OPEN_BRACE},   {"}", CEL_TOKEN_CLOSE_BRACE},
};

static const struct {
	const char *text;
	enum cel_token_kind kind;
} keywords[] = {
	{"true", CEL_TOKEN_TRUE},
	{"false", CEL_TOKEN_FALSE},
	{"null", CEL_TOKEN_NULL},
	{"in", CEL_TOKEN_IN},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_name(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The byte @ahead of the next, NUL beyond the end. The text itself has none. */
static char peek(const struct cel_lexer *l, size_t ahead)
{
	return ahead < (size_t)(l->end - l->p) ? l->p[ahead] : '\0';
}

static struct cel_place place_after(struct cel_place place, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n') {
			place.line++;
			place.column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			place.column++;
		}
	}
	return place;
}

static void advance(struct cel_lexer *l, size_t n)
{
	l->place = place_after(l->place, l->p, n);
	l->p += n;
}

struct cel_place cel_token_place(const struct cel_token *token, size_t offset)
{
	return place_after(token->place, token->text, offset);
}

int cel_lexer_init(struct cel_lexer *lexer, const char *text, struct error **reterr)
{
	const struct cel_place start = {1, 1};
	size_t len = strlen(text), valid;

	if (len > CEL_TEXT_MAX)
		return cel_complain(reterr, -E2BIG, start,
				    "an expression of %zu bytes; the limit is %d", len,
				    CEL_TEXT_MAX);
	valid = utf8_valid_prefix(text, len);
	if (valid < len)
		return cel_complain(reterr, -EINVAL, place_after(start, text, valid),
				    "not UTF-8: byte 0x%02x", (unsigned char)text[valid]);
	*lexer = (struct cel_lexer){text, text + len, start};
	return 0;
}

static void skip_blank(struct cel_lexer *l)
{
	for (;;) {
		size_t n = strspn(l->p, " \t\n\f\r");

		if (l->p[n] == '/' && l->p[n + 1] == '/')
			n += strcspn(l->p + n, "\n");
		if (n == 0)
			return;
		advance(l, n);
	}
}

static size_t count_digits(const struct cel_lexer *l, size_t from)
{
	size_t n = from;

	while (is_digit(peek(l, n)))
		n++;
	return n - from;
}

static size_t measure_hex(const struct cel_lexer *l)
{
	size_t n = 2;

	while (is_hex(peek(l, n)))
		n++;
	return n;
}

/* Length of what follows the whole digits of a double, 0 when it is none. */
static size_t measure_fraction(const struct cel_lexer *l, size_t whole)
{
	size_t n = whole, digits, sign;

	if (peek(l, n) == '.' && is_digit(peek(l, n + 1)))
		n += 1 + count_digits(l, n + 1);
	if (peek(l, n) == 'e' || peek(l, n) == 'E') {
		sign = peek(l, n + 1) == '+' || peek(l, n + 1) == '-';
		digits = count_digits(l, n + 1 + sign);
		if (digits)
			n += 1 + sign + digits;
	}
	return n - whole;
}

static int read_number(struct cel_lexer *l, struct cel_token *ret, struct error **reterr)
{
	bool hex = peek(l, 0) == '0' && (peek(l, 1) == 'x' || peek(l, 1) == 'X');
	size_t n = hex ? measure_hex(l) : count_digits(l, 0);
	size_t fraction = hex ? 0 : measure_fraction(l, n);

	ret->kind = fraction ? CEL_TOKEN_DOUBLE : CEL_TOKEN_INT;
	n += fraction;
	if (!fraction && (peek(l, n) == 'u' || peek(l, n) == 'U')) {
		ret->kind = CEL_TOKEN_UINT;
		n++;
	}
	if (is_name(peek(l, n)) || (hex && n == 2))
		return cel_complain(reterr, -EINVAL, l->place, "not a number: \"%.*s\"",
				    (int)MIN(strcspn(l->p, " \t\n\r"), 40), l->p);
	ret->len = n;
	return 0;
}

/* A string's prefix: b for bytes, r for raw, in this order. */
static size_t measure_prefix(const struct cel_lexer *l, bool *ret_raw, bool *ret_bytes)
{
	size_t n = 0;

	*ret_bytes = peek(l, n) == 'b' || peek(l, n) == 'B';
	n += *ret_bytes;
	*ret_raw = peek(l, n) == 'r' || peek(l, n) == 'R';
	n += *ret_raw;
	return n;
}

static bool begins_string(const struct cel_lexer *l)
{
	bool raw, bytes;
	char c = peek(l, measure_prefix(l, &raw, &bytes));

	return c == '"' || c == '\'';
}

static int read_string(struct cel_lexer *l, struct cel_token *ret, struct error **reterr)
{
	bool raw, bytes, triple;
	size_t n = measure_prefix(l, &raw, &bytes);
	char quote = peek(l, n), c;

	ret->kind = bytes ? CEL_TOKEN_BYTES : CEL_TOKEN_STRING;
	triple = peek(l, n + 1) == quote && peek(l, n + 2) == quote;
	n += triple ? 3 : 1;
	for (;; n++) {
		c = peek(l, n);
		if (c == '\0' || (!triple && (c == '\n' || c == '\r')))
			return cel_complain(reterr, -EINVAL, l->place,
					    triple ? "the string that begins here does not end"
						   : "the string that begins here does not end on "
						     "its line");
		/* An escaped quote does not end a string, nor an escaped backslash escape one. */
		if (c == '\\' && !raw && peek(l, n + 1) != '\0')
			n++;
		else if (c == quote && !triple)
			break;
		else if (c == quote && peek(l, n + 1) == quote && peek(l, n + 2) == quote)
			break;
	}
	ret->len = n + (triple ? 3 : 1);
	return 0;
}

static int read_escaped_name(struct cel_lexer *l, struct cel_token *ret, struct error **reterr)
{
	size_t n = 1;

	while (is_name(peek(l, n)) || (peek(l, n) && strchr(".-/ ", peek(l, n))))
		n++;
	if (peek(l, n) != '`' || n == 1)
		return cel_complain(
			reterr, -EINVAL, l->place,
			"a name in backticks is of letters, digits, _ . - / and spaces");
	ret->kind = CEL_TOKEN_ESCAPED;
	ret->len = n + 1;
	return 0;
}

static int read_name(struct cel_lexer *l, struct cel_token *ret)
{
	size_t n = 1;

	while (is_name(peek(l, n)))
		n++;
	ret->kind = CEL_TOKEN_NAME;
	ret->len = n;
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
		if (strlen(keywords[i].text) == n && !memcmp(keywords[i].text, l->p, n))
			ret->kind = keywords[i].kind;
	return 0;
}

static int read_symbol(struct cel_lexer *l, struct cel_token *ret, struct error **reterr)
{
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		size_t n = strlen(symbols[i].text);

		if (strncmp(l->p, symbols[i].text, n))
			continue;
		ret->kind = symbols[i].kind;
		ret->len = n;
		return 0;
	}
	cel_complain(reterr, -EINVAL, l->place, "unexpected \"%.*s\"",
		     (int)utf8_sequence(l->p, (size_t)(l->end - l->p)), l->p);
	if (*l->p == '=')
		error_remedy(reterr, "equality is ==");
	else if (*l->p == '&' || *l->p == '|')
		error_remedy(reterr, "the operators are && and ||");
	return -EINVAL;
}

static int read_token(struct cel_lexer *l, struct cel_token *ret, struct error **reterr)
{
	char c = peek(l, 0);

	if (l->p == l->end) {
		ret->kind = CEL_TOKEN_END;
		return 0;
	}
	if (is_digit(c) || (c == '.' && is_digit(peek(l, 1))))
		return read_number(l, ret, reterr);
	if (begins_string(l))
		return read_string(l, ret, reterr);
	if (is_name(c))
		return read_name(l, ret);
	if (c == '`')
		return read_escaped_name(l, ret, reterr);
	return read_symbol(l, ret, reterr);
}

int cel_lexer_next(struct cel_lexer *l, struct cel_token *ret, struct error **reterr)
{
	struct cel_token token = {0};
	int r;

	skip_blank(l);
	token.text = l->p;
	token.place = l->place;
	r = read_token(l, &token, reterr);
	if (r < 0)
		return r;
	advance(l, token.len);
	*ret = token;
	return 0;
}
