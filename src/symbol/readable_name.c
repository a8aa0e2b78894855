// SPDX-License-Identifier: Apache-2.0
#include "symbol/readable_name.h"
#include "base/hash.h"
#include "symbol/cxx_name.h"
#include "symbol/rust_name.h"

#include <ctype.h>
#include <errno.h>

struct span {
	const char *s;
	size_t len;
};

static bool span_is(struct span span, const char *text)
{
	return span.len == strlen(text) && !memcmp(span.s, text, span.len);
}

static bool span_ends(struct span span, const char *text)
{
	size_t len = strlen(text);

	return span.len >= len && !memcmp(span.s + span.len - len, text, len);
}

static bool span_cut(struct span *span, const char *text)
{
	if (!span_ends(*span, text))
		return false;
	span->len -= strlen(text);
	return true;
}

bool readable_name_is(const char *name, size_t len)
{
	return memmem(name, len, "::", 2) || memchr(name, '(', len) || memchr(name, '<', len) ||
	       memchr(name, ' ', len);
}

int readable_name_read(const char *mangled, size_t len, bool hashes, struct str *ret)
{
	int r = rust_name_read(mangled, len, hashes, ret);

	return r == -EINVAL ? cxx_name_read(mangled, len, ret) : r;
}

/* --- identifiers */

static bool is_letter(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* What the letter at @i opens or closes; an arrow does not. */
static int depth_at(struct span text, size_t i)
{
	char c = text.s[i];

	if (!c || (c == '>' && i && text.s[i - 1] == '-'))
		return 0;
	return strchr("<([{", c) ? 1 : strchr(">)]}", c) ? -1 : 0;
}

/* The word that begins at @i, if one does. */
static struct span word_at(struct span text, size_t i)
{
	size_t end = i;

	if (i && is_letter(text.s[i - 1]))
		return (struct span){0};
	while (end < text.len && is_letter(text.s[end]))
		end++;
	return (struct span){text.s + i, end - i};
}

static bool is_one_of(struct span word, const char *const *words)
{
	for (; *words; words++)
		if (span_is(word, *words))
			return true;
	return false;
}

/* What may stand behind a function's parameters. */
static const char *const qualifiers[] = {"const", "volatile", "noexcept", NULL};

/* What is abbreviated when it is mangled (the C++ ABI, 5.1.8). */
static const char *const abbreviated[] = {
	"std",     "allocator", "string",        "basic_string",   "istream", "basic_istream",
	"ostream", "iostream",  "basic_ostream", "basic_iostream", NULL,
};

/* Rust encodes others. */
static bool is_ascii(struct span word)
{
	for (size_t i = 0; i < word.len; i++)
		if ((unsigned char)word.s[i] >= 0x80)
			return false;
	return true;
}

size_t readable_name_identifier(const char *name, size_t len, const char **ret)
{
	struct span text = {name, len}, last = {0};
	int depth = 0;

	for (size_t i = 0; i < len; i++) {
		struct span word = word_at(text, i);

		depth += depth_at(text, i);
		if (depth || !word.len || is_one_of(word, qualifiers))
			continue;
		/* The names of operators are not written out. */
		if (span_is(word, "operator"))
			break;
		last = word;
	}
	if (is_one_of(last, abbreviated) || !is_ascii(last))
		return 0;
	*ret = last.s;
	return last.len;
}

/* --- parts of a name */

/* Where the bracket is that the last of @text closes; ->len: none. */
static size_t opening(struct span text)
{
	char close = text.s[text.len - 1], open = close == ')' ? '(' : '<';
	int depth = 0;

	for (size_t i = text.len; i-- > 0;) {
		if (text.s[i] == close && !(i && text.s[i - 1] == '-'))
			depth++;
		else if (text.s[i] == open && !--depth)
			return i;
	}
	return text.len;
}

static struct span without_qualifiers(struct span text)
{
	while (span_cut(&text, " const") || span_cut(&text, " volatile") ||
	       span_cut(&text, " noexcept") || span_cut(&text, " &") || span_cut(&text, " &&"))
		;
	return text;
}

static struct span without_parameters(struct span text)
{
	if (span_ends(text, ")") && !span_ends(text, "operator()"))
		text.len = opening(text);
	return text;
}

static struct span without_arguments(struct span text)
{
	if (!span_ends(text, ">") || span_ends(text, "operator>") ||
	    span_ends(text, "operator>>") || span_ends(text, "operator->") ||
	    span_ends(text, "operator<=>"))
		return text;
	text.len = opening(text);
	span_cut(&text, "::");
	return text;
}

/* Where the name begins behind what it returns. */
static size_t returned(struct span text)
{
	size_t behind = 0;
	int depth = 0;

	for (size_t i = 0; i < text.len; i++) {
		depth += depth_at(text, i);
		if (!depth && text.s[i] == ' ')
			behind = i + 1;
		if (!depth && span_is(word_at(text, i), "operator"))
			break;
	}
	return behind;
}

static bool same(struct span a, struct span b)
{
	size_t i = 0, j = 0;

	for (;; i++, j++) {
		while (i < a.len && a.s[i] == ' ')
			i++;
		while (j < b.len && b.s[j] == ' ')
			j++;
		if (i == a.len || j == b.len)
			return i == a.len && j == b.len;
		if (a.s[i] != b.s[j])
			return false;
	}
}

uint64_t readable_name_hash(const char *name, size_t len)
{
	uint64_t hash = HASH_INIT;

	for (size_t i = 0; i < len; i++)
		if (name[i] != ' ')
			hash = hash_byte(hash, (unsigned char)name[i]);
	return hash;
}

typedef bool each_function(const char *s, size_t len, void *data);

static bool each_form(struct span text, each_function *each, void *data)
{
	struct span forms[4] = {text};
	size_t skip;

	forms[1] = without_qualifiers(forms[0]);
	forms[2] = without_parameters(forms[1]);
	forms[3] = without_arguments(forms[2]);
	skip = returned(forms[3]);
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (each(forms[i].s, forms[i].len, data) ||
		    each(forms[i].s + skip, forms[i].len - skip, data))
			return true;
	return false;
}

/* "<a::Type>::f" is a::Type's own, which Rust wrote without brackets once. */
static bool take_brackets(struct str *text)
{
	size_t depth = 0, end = 0;

	if (!text->len || text->data[0] != '<')
		return false;
	for (size_t i = 0; i < text->len && !end; i++) {
		depth += (size_t)depth_at((struct span){text->data, text->len}, i);
		end = depth ? 0 : i;
	}
	if (!end || memmem(text->data, end, " as ", 4))
		return false;
	memmove(text->data + end, text->data + end + 1, text->len - end - 1);
	memmove(text->data, text->data + 1, text->len - 2);
	text->len -= 2;
	return true;
}

/* What compilers make of a function besides itself. */
static bool is_made(const char *mangled, const struct str *text)
{
	return !strncmp(mangled, "_ZT", 3) || !strncmp(mangled, "_ZG", 3) ||
	       memmem(text->data, text->len, " [clone ", 8);
}

bool readable_name_forms(const char *mangled, struct str *text, each_function *each, void *data)
{
	if (is_made(mangled, text))
		return each(text->data, text->len, data);
	return each_form((struct span){text->data, text->len}, each, data) ||
	       (take_brackets(text) && each_form((struct span){text->data, text->len}, each, data));
}

/* --- comparing */

static bool is_asked(const char *s, size_t len, void *asked)
{
	return same(*(const struct span *)asked, (struct span){s, len});
}

static size_t hex_digits(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && isxdigit((unsigned char)s[n]))
		n++;
	return n;
}

/* "a[4d2]::f", "a::f::h0123456789abcdef". */
bool readable_name_has_hash(const char *name, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		size_t n = hex_digits(name + i + 1, len - i - 1);

		if (name[i] == '[' && is_letter(name[i - 1]) && n && i + 1 + n < len &&
		    name[i + 1 + n] == ']')
			return true;
		if (name[i] == 'h' && name[i - 1] == ':' && n == 16)
			return true;
	}
	return false;
}

int readable_name_matches(const char *name, size_t len, const char *mangled, size_t mangled_len,
			  struct str *scratch)
{
	struct span asked = {name, len};

	for (int hashes = 0; hashes <= readable_name_has_hash(name, len); hashes++) {
		int r = readable_name_read(mangled, mangled_len, hashes, scratch);

		if (r < 0)
			return r == -EINVAL ? 0 : r;
		if (readable_name_forms(mangled, scratch, is_asked, &asked))
			return 1;
	}
	return 0;
}
