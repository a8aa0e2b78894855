// SPDX-License-Identifier: Apache-2.0
#include "filter/label_selector.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What Kubernetes lets labels be (apimachinery, util/validation). */
#define NAME_MAX_LEN 63
#define PREFIX_MAX_LEN 253

enum relation {
	RELATION_EXISTS,
	RELATION_MISSING,
	RELATION_IN,
	RELATION_NOT_IN,
	RELATION_GREATER,
	RELATION_LESS,
};

struct requirement {
	const char *key; /* like the values, in the selector's text */
	enum relation relation;
	size_t first, n; /* of its values */
	int64_t number;
};

struct label_selector {
	char *text; /* its words, each with a NUL */
	size_t used;
	struct requirement *requirements;
	size_t n;
	const char **values;
	size_t n_values;
};

struct parser {
	struct label_selector *to;
	const char *text, *at;
	struct error **reterr;
};

void label_selector_free(struct label_selector **selector)
{
	if (!*selector)
		return;
	free((*selector)->text);
	free((*selector)->requirements);
	free((*selector)->values);
	free(*selector);
	*selector = NULL;
}

static _printf_(3, 4) int fail(struct parser *p, const char *at, const char *fmt, ...)
{
	char what[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return error_set(p->reterr, -EINVAL, "bad selector \"%s\": %s at offset %zu", p->text, what,
			 (size_t)(at - p->text));
}

static void skip_space(struct parser *p)
{
	p->at += strspn(p->at, " \t\r\n");
}

static bool take(struct parser *p, const char *token)
{
	skip_space(p);
	if (strncmp(p->at, token, strlen(token)) != 0)
		return false;
	p->at += strlen(token);
	return true;
}

/* Up to what ends a word. */
static size_t word_length(struct parser *p)
{
	skip_space(p);
	return strcspn(p->at, " \t\r\n,()=!<>");
}

static bool take_word(struct parser *p, const char *word)
{
	size_t len = word_length(p);

	if (len != strlen(word) || strncmp(p->at, word, len) != 0)
		return false;
	p->at += len;
	return true;
}

/* Letters and digits, with "-", "_" and "." within. */
static bool is_name(const char *s, size_t len)
{
	if (len == 0 || len > NAME_MAX_LEN || !isalnum((unsigned char)s[0]) ||
	    !isalnum((unsigned char)s[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("-_.", s[i]))
			return false;
	return true;
}

static bool is_domain(const char *s, size_t len)
{
	if (len == 0 || len > PREFIX_MAX_LEN)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool edge = i == 0 || i + 1 == len || s[i - 1] == '.' || s[i + 1] == '.';
		bool plain = islower((unsigned char)s[i]) || isdigit((unsigned char)s[i]);

		if (!plain && (edge || !strchr("-.", s[i])))
			return false;
	}
	return true;
}

static bool is_key(const char *s, size_t len)
{
	const char *slash = memchr(s, '/', len);
	size_t prefix = slash ? (size_t)(slash - s) : 0;

	if (!slash)
		return is_name(s, len);
	return is_domain(s, prefix) && is_name(slash + 1, len - prefix - 1);
}

static const char *keep(struct parser *p, size_t len)
{
	struct label_selector *to = p->to;
	char *word = to->text + to->used;

	memcpy(word, p->at, len);
	word[len] = '\0';
	to->used += len + 1;
	p->at += len;
	return word;
}

static int parse_key(struct parser *p, struct requirement *r)
{
	size_t len = word_length(p);

	if (len == 0)
		return fail(p, p->at, "a label is missing");
	if (!is_key(p->at, len))
		return fail(p, p->at, "%.*s is no label", (int)MIN(len, (size_t)64), p->at);
	r->key = keep(p, len);
	return 0;
}

static int parse_value(struct parser *p, struct requirement *r)
{
	size_t len = word_length(p);

	if (len > 0 && !is_name(p->at, len))
		return fail(p, p->at, "%.*s is no value of a label", (int)MIN(len, (size_t)64),
			    p->at);
	p->to->values[p->to->n_values++] = keep(p, len);
	r->n++;
	return 0;
}

static int parse_set(struct parser *p, struct requirement *r)
{
	int status;

	if (!take(p, "("))
		return fail(p, p->at, "\"(\" is missing");
	do {
		status = parse_value(p, r);
		if (status < 0)
			return status;
	} while (take(p, ","));
	return take(p, ")") ? 0 : fail(p, p->at, "\")\" is missing");
}

static bool parse_number(const char *s, int64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoll(s, &end, 10);
	return !errno && end != s && !*end && (isdigit((unsigned char)*s) || *s == '-');
}

static int parse_bound(struct parser *p, struct requirement *r)
{
	const char *at = p->at;
	int status = parse_value(p, r);

	if (status < 0 || parse_number(p->to->values[r->first], &r->number))
		return status;
	return fail(p, at, "a number is missing");
}

static int parse_relation(struct parser *p, struct requirement *r)
{
	static const struct {
		const char *token;
		enum relation relation;
		int (*parse)(struct parser *p, struct requirement *r);
	} signs[] = {
		{"==", RELATION_IN, parse_value},     {"=", RELATION_IN, parse_value},
		{"!=", RELATION_NOT_IN, parse_value}, {">", RELATION_GREATER, parse_bound},
		{"<", RELATION_LESS, parse_bound},
	};

	r->first = p->to->n_values;
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		if (!take(p, signs[i].token))
			continue;
		r->relation = signs[i].relation;
		return signs[i].parse(p, r);
	}
	if (take_word(p, "in")) {
		r->relation = RELATION_IN;
		return parse_set(p, r);
	}
	if (take_word(p, "notin")) {
		r->relation = RELATION_NOT_IN;
		return parse_set(p, r);
	}
	r->relation = RELATION_EXISTS;
	return 0;
}

static int parse_requirement(struct parser *p)
{
	struct requirement *r = &p->to->requirements[p->to->n];
	bool missing = take(p, "!");
	int status = parse_key(p, r);

	if (status >= 0 && !missing)
		status = parse_relation(p, r);
	else
		r->relation = RELATION_MISSING;
	if (status < 0)
		return status;
	p->to->n++;
	return 0;
}

static int parse(struct parser *p)
{
	skip_space(p);
	if (!*p->at)
		return 0;
	do {
		int r = parse_requirement(p);

		if (r < 0)
			return r;
	} while (take(p, ","));
	skip_space(p);
	return *p->at ? fail(p, p->at, "\",\" is missing") : 0;
}

int label_selector_new(const char *text, struct label_selector **ret, struct error **reterr)
{
	_cleanup_(label_selector_free) struct label_selector *s = calloc(1, sizeof(*s));
	struct parser parser = {.to = s, .text = text, .at = text, .reterr = reterr};
	size_t len = strlen(text), words = 1;
	int r;

	if (!s)
		return -ENOMEM;
	if (len > LABEL_SELECTOR_MAX)
		return error_set(reterr, -E2BIG, "a selector of %zu bytes; the limit is %d", len,
				 LABEL_SELECTOR_MAX);
	for (const char *c = text; *c; c++)
		words += !!strchr(",()=!<> \t\r\n", *c);
	/* Each word, which may be empty, has a separator before it or is the first. */
	s->text = malloc(len + 2 * words + 2);
	s->requirements = calloc(words + 1, sizeof(*s->requirements));
	s->values = calloc(words + 1, sizeof(*s->values));
	if (!s->text || !s->requirements || !s->values)
		return -ENOMEM;
	r = parse(&parser);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

static const char *find_label(Tetragon__Pod__PodLabelsEntry *const *labels, size_t n,
			      const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(labels[i]->key, key))
			return labels[i]->value;
	return NULL;
}

static bool is_one_of(const struct label_selector *s, const struct requirement *r,
		      const char *value)
{
	for (size_t i = 0; value && i < r->n; i++)
		if (!strcmp(s->values[r->first + i], value))
			return true;
	return false;
}

static bool holds(const struct label_selector *s, const struct requirement *r, const char *value)
{
	int64_t number;

	switch (r->relation) {
	case RELATION_EXISTS:
		return value;
	case RELATION_MISSING:
		return !value;
	case RELATION_IN:
		return is_one_of(s, r, value);
	case RELATION_NOT_IN:
		return !is_one_of(s, r, value);
	default:
		if (!value || !parse_number(value, &number))
			return false;
		return r->relation == RELATION_GREATER ? number > r->number : number < r->number;
	}
}

bool label_selector_match(const struct label_selector *s,
			  Tetragon__Pod__PodLabelsEntry *const *labels, size_t n)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct requirement *r = &s->requirements[i];

		if (!holds(s, r, find_label(labels, n, r->key)))
			return false;
	}
	return true;
}
