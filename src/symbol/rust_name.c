// SPDX-License-Identifier: Apache-2.0
#include "symbol/rust_name.h"
#include "base/number.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

/* What is read of a name. The first error ends it: from then on nothing is left to read. */
struct reader {
	const char *s;
	size_t len, at;
	struct str *out;
	bool hashes;
	bool is_silent; /* what is read is not told */
	unsigned depth, parts;
	uint64_t lifetimes; /* bound where it is */
	int r;
};

static void read_path(struct reader *r, bool in_value);
static void read_type(struct reader *r);
static void read_constant(struct reader *r, bool in_value);

static void fail(struct reader *r, int code)
{
	if (r->r >= 0)
		r->r = code;
	r->at = r->len;
}

/* --- telling */

static void put(struct reader *r, const char *text, size_t len)
{
	if (r->is_silent || r->r < 0)
		return;
	if (len > RUST_NAME_MAX - r->out->len)
		fail(r, -E2BIG);
	else
		str_append(r->out, text, len);
}

static void say(struct reader *r, const char *text)
{
	put(r, text, strlen(text));
}

static void say_number(struct reader *r, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	say(r, text);
}

static void say_hex(struct reader *r, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%llx", (unsigned long long)v);
	say(r, text);
}

static void say_code_point(struct reader *r, uint32_t c)
{
	const char text[] = {(char)(c < 0x80      ? c
				    : c < 0x800   ? 0xc0 | c >> 6
				    : c < 0x10000 ? 0xe0 | c >> 12
						  : 0xf0 | c >> 18),
			     (char)(0x80 | (c >> 12 & 0x3f)), (char)(0x80 | (c >> 6 & 0x3f)),
			     (char)(0x80 | (c & 0x3f))};
	size_t more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return fail(r, -EINVAL);
	put(r, text, 1);
	put(r, text + sizeof(text) - more, more);
}

/* --- reading */

static char peek(const struct reader *r)
{
	return r->at < r->len ? r->s[r->at] : '\0';
}

static bool eat(struct reader *r, char c)
{
	if (peek(r) != c || r->at == r->len)
		return false;
	r->at++;
	return true;
}

static char next(struct reader *r)
{
	if (r->at == r->len)
		fail(r, -EINVAL);
	return r->at < r->len ? r->s[r->at++] : '\0';
}

/* Whether there is one more of a list that ends with 'E'. */
static bool more(struct reader *r)
{
	if (r->r < 0 || eat(r, 'E'))
		return false;
	if (r->at == r->len)
		fail(r, -EINVAL);
	return r->r >= 0;
}

static uint64_t read_decimal(struct reader *r)
{
	uint64_t v = 0;

	if (!isdigit((unsigned char)peek(r)))
		fail(r, -EINVAL);
	if (eat(r, '0'))
		return 0;
	while (isdigit((unsigned char)peek(r)) && v <= r->len)
		v = v * 10 + (uint64_t)(r->s[r->at++] - '0');
	return v;
}

/* "_" is 0, "0_" is 1, …, by digits, small letters, capital ones. */
static uint64_t read_base_62(struct reader *r)
{
	uint64_t v = 0;

	if (eat(r, '_'))
		return 0;
	for (;;) {
		unsigned char c = (unsigned char)next(r);
		unsigned digit = c - (isdigit(c) ? '0' : islower(c) ? 'a' - 10U : 'A' - 36U);

		if (c == '_')
			break;
		if (!isalnum(c) || __builtin_mul_overflow(v, 62, &v) ||
		    __builtin_add_overflow(v, digit, &v)) {
			fail(r, -EINVAL);
			return 0;
		}
	}
	return v < UINT64_MAX ? v + 1 : v;
}

/* The same with that before it; 0: it is not there. */
static uint64_t read_optional(struct reader *r, char tag)
{
	uint64_t v = eat(r, tag) ? read_base_62(r) : UINT64_MAX;

	return v + 1;
}

static bool enter(struct reader *r)
{
	if (r->depth == RUST_NAME_DEPTH_MAX || ++r->parts > RUST_NAME_PARTS_MAX)
		fail(r, -E2BIG);
	r->depth++;
	return r->r >= 0;
}

/* What was read before, and stands here again. */
static void read_back(struct reader *r, void (*read)(struct reader *, bool), bool in_value)
{
	size_t start = r->at - 1, back, end;

	back = read_base_62(r);
	end = r->at;
	if (back >= start)
		fail(r, -EINVAL);
	if (r->r < 0 || r->is_silent)
		return;
	r->at = back;
	read(r, in_value);
	if (r->r >= 0)
		r->at = end;
}

/* --- identifiers */

struct identifier {
	const char *text;
	size_t len;
	uint64_t hash; /* 0: none */
	bool is_punycode;
};

static struct identifier read_identifier(struct reader *r)
{
	struct identifier id = {.hash = read_optional(r, 's')};

	id.is_punycode = eat(r, 'u');
	id.len = read_decimal(r);
	eat(r, '_');
	if (id.len > r->len - r->at) {
		fail(r, -EINVAL);
		id.len = 0;
	}
	id.text = r->s + r->at;
	r->at += id.len;
	return id;
}

/* RFC 3492, 6.1. */
static uint32_t adapt(uint32_t delta, uint32_t n, bool is_first)
{
	uint32_t k = 0;

	delta /= is_first ? 700 : 2;
	delta += delta / n;
	for (; delta > 455; k += 36)
		delta /= 35;
	return k + 36 * delta / (delta + 38);
}

#define PUNYCODE_MAX 128

/* RFC 3492, 6.2, with '_' for '-'. Returns how many there are, or 0. */
static size_t read_punycode(const struct identifier *id, uint32_t to[PUNYCODE_MAX])
{
	const char *delimiter = memrchr(id->text, '_', id->len), *s = id->text;
	const char *end = id->text + id->len;
	uint32_t c = 128, i = 0, bias = 72;
	size_t n = 0;

	if (id->len >= PUNYCODE_MAX)
		return 0;
	for (; delimiter && s < delimiter; s++)
		to[n++] = (unsigned char)*s;
	if (delimiter)
		s++;
	while (s < end) {
		uint32_t old = i, weight = 1;

		for (uint32_t k = 36;; k += 36) {
			uint32_t least = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias, digit, add;

			if (s == end || !(islower((unsigned char)*s) || isdigit((unsigned char)*s)))
				return 0;
			digit = (uint32_t)(islower((unsigned char)*s) ? *s - 'a' : *s - '0' + 26);
			s++;
			if (__builtin_mul_overflow(digit, weight, &add) ||
			    __builtin_add_overflow(i, add, &i))
				return 0;
			if (digit < least)
				break;
			if (__builtin_mul_overflow(weight, 36 - least, &weight))
				return 0;
		}
		n++;
		bias = adapt(i - old, (uint32_t)n, !old);
		if (__builtin_add_overflow(c, i / n, &c))
			return 0;
		i %= (uint32_t)n;
		memmove(&to[i + 1], &to[i], (n - 1 - i) * sizeof(*to));
		to[i++] = c;
	}
	return n;
}

static void say_identifier(struct reader *r, const struct identifier *id)
{
	uint32_t points[PUNYCODE_MAX];
	size_t n;

	if (!id->is_punycode)
		return put(r, id->text, id->len);
	n = read_punycode(id, points);
	if (!n)
		fail(r, -EINVAL);
	for (size_t i = 0; i < n; i++)
		say_code_point(r, points[i]);
}

/* --- lifetimes */

static void say_lifetime(struct reader *r, uint64_t index)
{
	uint64_t depth = r->lifetimes - index;
	char letter[] = {(char)('a' + depth), '\0'};

	say(r, "'");
	if (!index) {
		say(r, "_");
	} else if (index > r->lifetimes) {
		fail(r, -EINVAL);
	} else if (depth < 26) {
		say(r, letter);
	} else {
		say(r, "_");
		say_number(r, depth);
	}
}

/* Returns how many it binds, for the caller to unbind. */
static uint64_t read_binder(struct reader *r)
{
	uint64_t n = read_optional(r, 'G');

	if (n > RUST_NAME_DEPTH_MAX) {
		fail(r, -EINVAL);
		return 0;
	}
	if (n)
		say(r, "for<");
	for (uint64_t i = 0; i < n; i++) {
		if (i)
			say(r, ", ");
		r->lifetimes++;
		say_lifetime(r, 1);
	}
	if (n)
		say(r, "> ");
	return n;
}

/* --- paths */

static void read_argument(struct reader *r)
{
	if (eat(r, 'L'))
		say_lifetime(r, read_base_62(r));
	else if (eat(r, 'K'))
		read_constant(r, false);
	else
		read_type(r);
}

static void read_arguments(struct reader *r)
{
	for (bool first = true; more(r); first = false) {
		if (!first)
			say(r, ", ");
		read_argument(r);
	}
}

static void read_crate(struct reader *r)
{
	struct identifier id = read_identifier(r);

	say_identifier(r, &id);
	if (r->hashes && id.hash) {
		say(r, "[");
		say_hex(r, id.hash);
		say(r, "]");
	}
}

/* Capital letters are what has no name of its own in the source. */
static void read_nested(struct reader *r, bool in_value)
{
	char space = next(r);
	struct identifier id;

	read_path(r, in_value);
	id = read_identifier(r);
	if (!isupper((unsigned char)space)) {
		if (id.len)
			say(r, "::");
		return say_identifier(r, &id);
	}
	say(r, "::{");
	if (space == 'C')
		say(r, "closure");
	else if (space == 'S')
		say(r, "shim");
	else
		put(r, &space, 1);
	if (id.len)
		say(r, ":");
	say_identifier(r, &id);
	say(r, "#");
	say_number(r, id.hash);
	say(r, "}");
}

/* Of an impl it is said where it is, which is not told. */
static void read_impl(struct reader *r, bool has_place, bool has_trait)
{
	if (has_place) {
		bool was_silent = r->is_silent;

		r->is_silent = true;
		read_optional(r, 's');
		read_path(r, false);
		r->is_silent = was_silent;
	}
	say(r, "<");
	read_type(r);
	if (has_trait) {
		say(r, " as ");
		read_path(r, false);
	}
	say(r, ">");
}

static void read_path(struct reader *r, bool in_value)
{
	char tag = enter(r) ? next(r) : '\0';

	switch (tag) {
	case 'C':
		read_crate(r);
		break;
	case 'N':
		read_nested(r, in_value);
		break;
	case 'M':
	case 'X':
	case 'Y':
		read_impl(r, tag != 'Y', tag != 'M');
		break;
	case 'I':
		read_path(r, in_value);
		say(r, in_value ? "::<" : "<");
		read_arguments(r);
		say(r, ">");
		break;
	case 'B':
		read_back(r, read_path, in_value);
		break;
	default:
		fail(r, -EINVAL);
	}
	r->depth--;
}

/* --- types */

static const char *basic_type(char c)
{
	static const char *const names['z' - 'a' + 1] = {
		"i8",    "bool", "char", "f64", "str",  "f32",  NULL,  "u8", "isize",
		"usize", NULL,   "i32",  "u32", "i128", "u128", "_",   NULL, NULL,
		"i16",   "u16",  "()",   "...", NULL,   "i64",  "u64", "!",
	};

	return islower((unsigned char)c) ? names[c - 'a'] : NULL;
}

static void read_reference(struct reader *r, bool is_mutable)
{
	say(r, "&");
	if (eat(r, 'L')) {
		uint64_t lifetime = read_base_62(r);

		if (lifetime) {
			say_lifetime(r, lifetime);
			say(r, " ");
		}
	}
	if (is_mutable)
		say(r, "mut ");
	read_type(r);
}

static void read_array(struct reader *r, bool has_length)
{
	say(r, "[");
	read_type(r);
	if (has_length) {
		say(r, "; ");
		read_constant(r, true);
	}
	say(r, "]");
}

static void read_tuple(struct reader *r)
{
	unsigned n = 0;

	say(r, "(");
	for (; more(r); n++) {
		if (n)
			say(r, ", ");
		read_type(r);
	}
	say(r, n == 1 ? ",)" : ")");
}

static void read_abi(struct reader *r)
{
	struct identifier id = {.text = "C", .len = 1};

	if (!eat(r, 'C'))
		id = read_identifier(r);
	say(r, "extern \"");
	for (size_t i = 0; i < id.len; i++)
		put(r, id.text[i] == '_' ? "-" : &id.text[i], 1);
	say(r, "\" ");
}

static void read_function(struct reader *r)
{
	uint64_t bound = read_binder(r);

	if (eat(r, 'U'))
		say(r, "unsafe ");
	if (eat(r, 'K'))
		read_abi(r);
	say(r, "fn(");
	for (bool first = true; more(r); first = false) {
		if (!first)
			say(r, ", ");
		read_type(r);
	}
	say(r, ")");
	if (!eat(r, 'u')) {
		say(r, " -> ");
		read_type(r);
	}
	r->lifetimes -= bound;
}

/* Returns whether its "<" is left open, for more to follow. */
static bool read_open_path(struct reader *r)
{
	if (!eat(r, 'I')) {
		read_path(r, false);
		return false;
	}
	read_path(r, false);
	say(r, "<");
	read_arguments(r);
	return true;
}

static void read_trait(struct reader *r)
{
	bool is_open = read_open_path(r);

	while (eat(r, 'p')) {
		struct identifier id = read_identifier(r);

		say(r, is_open ? ", " : "<");
		is_open = true;
		say_identifier(r, &id);
		say(r, " = ");
		read_type(r);
	}
	if (is_open)
		say(r, ">");
}

static void read_dyn(struct reader *r)
{
	uint64_t bound, lifetime;

	say(r, "dyn ");
	bound = read_binder(r);
	for (bool first = true; more(r); first = false) {
		if (!first)
			say(r, " + ");
		read_trait(r);
	}
	r->lifetimes -= bound;
	if (!eat(r, 'L'))
		fail(r, -EINVAL);
	lifetime = read_base_62(r);
	if (lifetime) {
		say(r, " + ");
		say_lifetime(r, lifetime);
	}
}

static void read_type_again(struct reader *r, bool in_value)
{
	read_type(r);
}

static void read_pointer(struct reader *r, const char *prefix)
{
	say(r, prefix);
	read_type(r);
}

static void read_type(struct reader *r)
{
	char tag = enter(r) ? next(r) : '\0';
	const char *basic = basic_type(tag);

	if (basic)
		say(r, basic);
	else if (tag == 'R' || tag == 'Q')
		read_reference(r, tag == 'Q');
	else if (tag == 'P' || tag == 'O')
		read_pointer(r, tag == 'P' ? "*const " : "*mut ");
	else if (tag == 'A' || tag == 'S')
		read_array(r, tag == 'A');
	else if (tag == 'T')
		read_tuple(r);
	else if (tag == 'F')
		read_function(r);
	else if (tag == 'D')
		read_dyn(r);
	else if (tag == 'B')
		read_back(r, read_type_again, false);
	else if (tag) {
		r->at--;
		read_path(r, false);
	}
	r->depth--;
}

/* --- constants */

static size_t read_digits(struct reader *r, const char **ret)
{
	size_t n = 0;

	*ret = r->s + r->at;
	while (isxdigit((unsigned char)peek(r)) && !isupper((unsigned char)peek(r))) {
		r->at++;
		n++;
	}
	if (!eat(r, '_'))
		fail(r, -EINVAL);
	return r->r < 0 ? 0 : n;
}

static void read_integer(struct reader *r, char tag)
{
	const char *digits;
	size_t n = read_digits(r, &digits);
	uint64_t v = 0;

	if (n > 16) {
		say(r, "0x");
		put(r, digits, n);
	} else {
		for (size_t i = 0; i < n; i++)
			v = v << 4 | number_digit(digits[i]);
		say_number(r, v);
	}
	if (r->hashes)
		say(r, basic_type(tag));
}

static void read_bool(struct reader *r)
{
	const char *digits;
	size_t n = read_digits(r, &digits);

	if (n != 1 || (*digits != '0' && *digits != '1'))
		return fail(r, -EINVAL);
	say(r, *digits == '1' ? "true" : "false");
}

static void read_char(struct reader *r)
{
	const char *digits;
	size_t n = read_digits(r, &digits);
	uint32_t c = 0;

	if (!n || n > 6)
		return fail(r, -EINVAL);
	for (size_t i = 0; i < n; i++)
		c = c << 4 | number_digit(digits[i]);
	say(r, "'");
	if (c == '\'' || c == '\\')
		say(r, "\\");
	say_code_point(r, c);
	say(r, "'");
}

static void read_constant(struct reader *r, bool in_value)
{
	char tag = enter(r) ? next(r) : '\0';

	if (tag == 'p') {
		say(r, "_");
	} else if (tag && strchr("hjtmyo", tag)) {
		read_integer(r, tag);
	} else if (tag && strchr("ailnsx", tag)) {
		if (eat(r, 'n'))
			say(r, "-");
		read_integer(r, tag);
	} else if (tag == 'b') {
		read_bool(r);
	} else if (tag == 'c') {
		read_char(r);
	} else if (tag == 'B') {
		read_back(r, read_constant, in_value);
	} else {
		fail(r, -EINVAL);
	}
	r->depth--;
}

/* --- names */

/* What LLVM put behind it. */
static void read_suffix(struct reader *r)
{
	static const char unit[] = ".llvm.";

	if (r->len - r->at > sizeof(unit) - 1 && !memcmp(r->s + r->at, unit, sizeof(unit) - 1))
		r->at = r->len;
	if (r->at < r->len && peek(r) != '.' && peek(r) != '$')
		fail(r, -EINVAL);
	put(r, r->s + r->at, r->len - r->at);
}

static void read_v0(struct reader *r)
{
	/* Places that are referred to again count from here. */
	r->s += 2;
	r->len -= 2;
	read_path(r, true);
	/* The crate that a generic function was made for. */
	if (isupper((unsigned char)peek(r))) {
		r->is_silent = true;
		read_path(r, false);
		r->is_silent = false;
	}
	read_suffix(r);
}

static const struct escape {
	const char *code, *text;
} escapes[] = {
	{"SP", "@"}, {"BP", "*"}, {"RF", "&"}, {"LT", "<"},
	{"GT", ">"}, {"LP", "("}, {"RP", ")"}, {"C", ","},
};

/* Between two '$'. Returns how many letters that takes, 0: it is none. */
static size_t say_escape(struct reader *r, const char *s, size_t len)
{
	const char *end = memchr(s + 1, '$', len - 1);
	size_t n = end ? (size_t)(end - s - 1) : 0;
	uint64_t c;

	for (size_t i = 0; i < ARRAY_SIZE(escapes); i++)
		if (n && n == strlen(escapes[i].code) && !memcmp(s + 1, escapes[i].code, n)) {
			say(r, escapes[i].text);
			return n + 2;
		}
	if (n < 2 || s[1] != 'u' || number_read_digits(s + 2, n - 1, 16, &c) < 0 || c < ' ' ||
	    c == 0x7f || c > 0x10ffff)
		return 0;
	say_code_point(r, (uint32_t)c);
	return n + 2;
}

static void say_legacy(struct reader *r, const struct identifier *id)
{
	const char *s = id->text;
	size_t len = id->len, n;

	if (len > 1 && s[0] == '_' && s[1] == '$')
		s++, len--;
	for (; len; s += n, len -= n) {
		n = *s == '$' ? say_escape(r, s, len) : 0;
		if (n)
			continue;
		n = len > 1 && s[0] == '.' && s[1] == '.' ? 2 : 1;
		put(r, n == 2 ? "::" : s, n);
	}
}

static bool is_hash(const struct identifier *id)
{
	if (id->len != 17 || *id->text != 'h')
		return false;
	for (size_t i = 1; i < id->len; i++)
		if (!isxdigit((unsigned char)id->text[i]))
			return false;
	return true;
}

/* As C++ has nested names; without the hash at its end it is one of those. */
static void read_legacy(struct reader *r)
{
	struct identifier id = {0};
	bool first = true;

	r->at = 3;
	while (more(r)) {
		id = (struct identifier){.len = read_decimal(r)};
		id.text = r->s + r->at;
		if (!id.len || id.len > r->len - r->at)
			return fail(r, -EINVAL);
		r->at += id.len;
		if (!r->hashes && peek(r) == 'E' && is_hash(&id))
			continue;
		if (!first)
			say(r, "::");
		first = false;
		say_legacy(r, &id);
	}
	if (!is_hash(&id))
		fail(r, -EINVAL);
	else
		read_suffix(r);
}

int rust_name_read(const char *name, size_t len, bool hashes, struct str *ret)
{
	struct reader r = {.s = name, .len = len, .out = ret, .hashes = hashes};

	str_reset(ret);
	if (len > 3 && !memcmp(name, "_ZN", 3))
		read_legacy(&r);
	else if (len > 2 && !memcmp(name, "_R", 2) && isupper((unsigned char)name[2]))
		read_v0(&r);
	else
		return -EINVAL;
	if (r.r >= 0 && !str_cstr(ret))
		return -ENOMEM;
	return r.r;
}
