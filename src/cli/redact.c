// SPDX-License-Identifier: Apache-2.0
#include "cli/redact.h"
#include "base/macro.h"

#include <string.h>
#include <strings.h>

#define REDACTED "[REDACTED]"

static const char *const secret_words[] = {
	"passw",   "passphrase", "secret",     "token",       "credential",  "apikey",
	"api-key", "api_key",    "privatekey", "private-key", "private_key", "authorization",
};

bool redact_is_secret(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(secret_words); i++) {
		size_t n = strlen(secret_words[i]);

		for (size_t at = 0; at + n <= len; at++)
			if (!strncasecmp(name + at, secret_words[i], n))
				return true;
	}
	return false;
}

static bool is_separator(char c)
{
	return !c || strchr(" \t\n,;?&\"'", c);
}

/* Where "//" is of a URL, NULL: it is none. */
static const char *find_slashes(const char *word, size_t len)
{
	for (size_t i = 0; i + 3 <= len; i++)
		if (word[i] == ':' && word[i + 1] == '/' && word[i + 2] == '/')
			return word + i + 1;
	return NULL;
}

/* "scheme://user:password@host" */
static void append_word(struct str *out, const char *word, size_t len)
{
	const char *slashes = find_slashes(word, len), *from = slashes ? slashes + 2 : NULL;
	size_t left = from ? len - (size_t)(from - word) : 0, host = 0;
	const char *at;

	while (host < left && from[host] != '/')
		host++;
	at = from ? memrchr(from, '@', host) : NULL;
	if (!at) {
		str_append(out, word, len);
		return;
	}
	str_append(out, word, (size_t)(from - word));
	str_append_lit(out, REDACTED);
	str_append(out, at, len - (size_t)(at - word));
}

/* What a word says of what comes next; NEXT_URL: the rest of one goes, too. */
enum next { NEXT_ANY, NEXT_COLON, NEXT_VALUE, NEXT_LINE, NEXT_URL };

static enum next append_named(struct str *out, const char *word, size_t len)
{
	const char *equals = memchr(word, '=', len);
	bool colon = word[len - 1] == ':', option = word[0] == '-';
	size_t name = equals ? (size_t)(equals - word) : len;

	/* In a URL there may be a "=", and behind one there may be a URL. */
	if (find_slashes(word, name) || !redact_is_secret(word, name)) {
		append_word(out, word, len);
		return NEXT_ANY;
	}
	if (equals && name + 1 < len) {
		str_append(out, word, name + 1);
		str_append_lit(out, REDACTED);
		return find_slashes(word, len) ? NEXT_URL : NEXT_ANY;
	}
	str_append(out, word, len);
	/* "name=" has its value in quotes, if any; JSON has a colon between quotes. */
	if (colon)
		return NEXT_LINE;
	return option || equals ? NEXT_VALUE : NEXT_COLON;
}

/* To the quote that ends it, but for one behind a backslash. */
static size_t quoted_length(const char *text, size_t at, size_t len, char quote)
{
	size_t n = 0;

	while (at + n < len && text[at + n] != quote && text[at + n] != '\n')
		n += text[at + n] == '\\' && at + n + 1 < len && text[at + n + 1] != '\n' ? 2 : 1;
	return n;
}

/* How long the value is that begins there: to its quote, to the end of its line or of a string that
 * a NUL ends, or that of the word. */
static size_t value_length(const char *text, size_t at, size_t len, enum next next)
{
	char before = at ? text[at - 1] : '\0';
	size_t n = 0;

	if (before == '"' || before == '\'')
		return quoted_length(text, at, len, before);
	if (next == NEXT_LINE || !before)
		while (at + n < len && text[at + n] && text[at + n] != '\n')
			n++;
	else
		while (at + n < len && !is_separator(text[at + n]))
			n++;
	return n;
}

/* --- what goes over several lines */

/* How far into its line that is; what lists put before it counts as blanks. */
static size_t column_of(const char *text, size_t at)
{
	size_t begin = at, n = 0;

	while (begin && text[begin - 1] != '\n')
		begin--;
	while (begin + n < at && strchr(" -", text[begin + n]))
		n++;
	return n;
}

/* Of what a line has behind "name:", whether the value is in the lines that follow, as YAML has it:
 * nothing, or "|" or ">" and what may be behind those. */
static bool is_block(const char *text, size_t at, size_t len)
{
	while (at < len && text[at] == ' ')
		at++;
	if (at < len && (text[at] == '|' || text[at] == '>'))
		at++;
	while (at < len && text[at] && strchr("+-0123456789 \t\r", text[at]))
		at++;
	return at == len || text[at] == '\n' || text[at] == '#';
}

/* To the end of the last line that belongs to a value whose name is so far into its own. */
static size_t block_length(const char *text, size_t at, size_t len, size_t column)
{
	size_t n = 0;

	while (at + n < len) {
		const char *line = text + at + n;
		const char *end = memchr(line, '\n', len - at - n);
		size_t size = end ? (size_t)(end - line) + 1 : len - at - n, indent = 0;

		while (indent < size && (line[indent] == ' ' || line[indent] == '\t'))
			indent++;
		/* Items of a list may begin where its name does. */
		if (indent < size && line[indent] != '\n' && indent <= column &&
		    !(indent == column && line[indent] == '-'))
			break;
		n += size;
	}
	return n;
}

/* Appends what stands for the lines after this one. Returns where they end. */
static size_t redact_block(struct str *out, const char *text, size_t at, size_t len, size_t column)
{
	const char *end = memchr(text + at, '\n', len - at);
	size_t from = end ? (size_t)(end - text) + 1 : len;
	size_t n = block_length(text, from, len, column);

	str_append(out, text + at, from - at);
	if (n)
		str_append_lit(out, REDACTED "\n");
	return from + n;
}

/* Whether a quote ends there what the one before has begun. */
static bool is_empty(const char *text, size_t at)
{
	return at && (text[at] == '"' || text[at] == '\'') && text[at - 1] == text[at];
}

static void redact_words(struct str *out, const char *text, size_t len)
{
	enum next next = NEXT_ANY;

	for (size_t at = 0; at < len;) {
		const char *word = text + at;
		size_t n = 0;

		if ((next == NEXT_LINE || next == NEXT_VALUE) && is_empty(text, at))
			next = NEXT_ANY;
		while (at + n < len && !is_separator(word[n]))
			n++;
		if (n && (next == NEXT_LINE || next == NEXT_VALUE)) {
			n = value_length(text, at, len, next);
			str_append_lit(out, REDACTED);
			next = NEXT_ANY;
		} else if (n && next == NEXT_COLON && (word[0] == ':' || word[0] == '=')) {
			/* What is right behind it is no word of its own: {"token":1234} */
			str_append_char(out, word[0]);
			next = n > 1 || word[0] == ':' ? NEXT_LINE : NEXT_VALUE;
			n = 1;
		} else if (n) {
			next = append_named(out, word, n);
		}
		if (n && next == NEXT_LINE && is_block(text, at + n, len)) {
			at = redact_block(out, text, at + n, len, column_of(text, at));
			next = NEXT_ANY;
			continue;
		}
		at += n;
		while (next == NEXT_URL && at < len && text[at] && !strchr(" \t\n\"'", text[at]))
			at++;
		if (next == NEXT_URL || (at < len && text[at] == '\n'))
			next = NEXT_ANY;
		if (at < len && is_separator(text[at]))
			str_append_char(out, text[at++]);
	}
}

/* --- keys */

#define PEM_BEGIN "-----BEGIN "
#define PEM_END "-----END "
#define PEM_DASHES "-----"

static const char *find(const char *text, size_t len, const char *what)
{
	return len ? memmem(text, len, what, strlen(what)) : NULL;
}

/* Certificates are for everybody. */
static bool is_public(const char *label, size_t len)
{
	return find(label, len, "CERTIFICATE") || find(label, len, "PUBLIC KEY");
}

/* Of a block of PEM that begins there. Returns how much of it is done; one that does not end goes
 * on. */
static size_t redact_pem(struct str *out, const char *text, size_t len)
{
	const char *label = text + strlen(PEM_BEGIN);
	size_t left = len - strlen(PEM_BEGIN);
	const char *line = memchr(label, '\n', left);
	const char *dashes = find(label, line ? (size_t)(line - label) : left, PEM_DASHES);
	size_t head = dashes ? (size_t)(dashes - text) + strlen(PEM_DASHES) : strlen(PEM_BEGIN);
	const char *end = find(text + head, len - head, PEM_END);

	str_append(out, text, head);
	/* What is behind that is text as any other: whether it ends, nobody knows. */
	if (!dashes || is_public(label, (size_t)(dashes - label)))
		return head;
	str_append_lit(out, REDACTED);
	return end ? (size_t)(end - text) : len;
}

void redact_text(struct str *out, const char *text, size_t len)
{
	const char *pem;

	while ((pem = find(text, len, PEM_BEGIN))) {
		size_t before = (size_t)(pem - text);
		size_t n;

		redact_words(out, text, before);
		n = redact_pem(out, pem, len - before);
		text = pem + n;
		len -= before + n;
	}
	redact_words(out, text, len);
}
