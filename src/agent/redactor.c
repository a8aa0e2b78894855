// SPDX-License-Identifier: Apache-2.0
#include "agent/redactor.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "base/utf8.h"
#include "message/arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of text kept from one process to the next. */
#define KEPT (64 * 1024)

struct redactor {
	struct redaction *filters;
	/* Of the process that is looked at. */
	struct str repaired; /* a vector that was no UTF-8 */
	struct str joined, arguments;
	struct str argv, env;
	bool changed;
	bool failed; /* a text that is no more had no memory: what is in it was not looked at */
};

int redactor_new(struct redaction **filters, struct redactor **ret)
{
	struct redactor *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->filters = TAKE_PTR(*filters);
	*ret = r;
	return 0;
}

void redactor_free(struct redactor **redactor)
{
	struct redactor *r = *redactor;

	if (!r)
		return;
	redaction_free(&r->filters);
	str_free(&r->repaired);
	str_free(&r->joined);
	str_free(&r->arguments);
	str_free(&r->argv);
	str_free(&r->env);
	free(r);
	*redactor = NULL;
}

static void begin_text(struct str *s)
{
	if (s->cap > KEPT)
		str_free(s);
	str_reset(s);
}

/* As it will be told: what is searched is what would be read. */
static const char *as_told(struct redactor *r, const char *s, size_t *len)
{
	if (utf8_valid_prefix(s, *len) == *len)
		return s;
	begin_text(&r->repaired);
	utf8_append_valid(&r->repaired, s, *len);
	r->failed |= r->repaired.failed;
	*len = r->repaired.failed ? 0 : r->repaired.len;
	return *len ? r->repaired.data : "";
}

static void append_redacted(struct redactor *r, struct str *out, const char *s, size_t len)
{
	const struct redaction_span *spans;
	size_t n = redaction_find(r->filters, s, len, &spans);

	redaction_append(out, s, 0, len, spans, n);
	r->changed |= n > 0;
}

/* The NUL of a string that was cut off is not there. */
static void append_end(struct str *out, size_t at, size_t len)
{
	if (at < len)
		str_append_char(out, '\0');
}

/* What is searched is the text in which they are told together. What is hidden there is hidden in
 * each of them. */
static void redact_argv(struct redactor *r, const char *argv, size_t len)
{
	const struct redaction_span *spans;
	size_t first = strnlen(argv, len), at = MIN(first + 1, len), n;

	begin_text(&r->argv);
	begin_text(&r->joined);
	begin_text(&r->arguments);
	append_redacted(r, &r->argv, argv, first);
	append_end(&r->argv, first, len);
	for (size_t i = at; i < len;) {
		size_t size = strnlen(argv + i, len - i);

		arguments_append_one(&r->joined, 0, argv + i, size);
		i += size + 1;
	}
	n = redaction_find(r->filters, r->joined.data, r->joined.len, &spans);
	redaction_append(&r->arguments, r->joined.data, 0, r->joined.len, spans, n);
	r->changed |= n > 0;
	r->failed |= r->joined.failed;
	str_reset(&r->joined);
	while (at < len) {
		size_t size = strnlen(argv + at, len - at);
		size_t start = arguments_append_one(&r->joined, 0, argv + at, size);

		redaction_append(&r->argv, r->joined.data, start, start + size, spans, n);
		append_end(&r->argv, at + size, len);
		at += size + 1;
	}
}

static void redact_env(struct redactor *r, const char *env, size_t len)
{
	begin_text(&r->env);
	for (size_t at = 0; at < len;) {
		size_t size = strnlen(env + at, len - at);

		append_redacted(r, &r->env, env + at, size);
		append_end(&r->env, at + size, len);
		at += size + 1;
	}
}

static bool failed(const struct redactor *r)
{
	return r->failed || r->joined.failed || r->arguments.failed || r->argv.failed ||
	       r->env.failed;
}

/* Takes over the reference. NULL: no memory. */
static struct image *with_texts(struct redactor *r, struct image *image)
{
	const struct image_texts texts = {
		.argv = r->argv.data,
		.argv_len = r->argv.len,
		.env = r->env.data,
		.env_len = r->env.len,
		.arguments = r->arguments.data,
		.arguments_len = r->arguments.len,
	};
	struct image *redacted = NULL;

	if (!failed(r))
		image_with_texts(image, &texts, &redacted);
	image_unref(&image);
	return redacted;
}

struct image *redactor_image(struct redactor *r, struct image *image)
{
	size_t argv_len = image->exec.field[EXEC_ARGV].kept;
	size_t env_len = image->exec.field[EXEC_ENV].kept;
	const char *text;

	if (!redaction_begin(r->filters, image->binary))
		return image;
	r->changed = r->failed = false;
	text = as_told(r, image->argv, &argv_len);
	redact_argv(r, text, argv_len);
	text = as_told(r, image->env, &env_len);
	redact_env(r, text, env_len);
	return r->changed || failed(r) ? with_texts(r, image) : image;
}

bool redactor_string(struct redactor *r, const struct process *process, const char *s, size_t len,
		     struct str *out)
{
	const struct redaction_span *spans;
	size_t n;

	/* It may be what another binary is given: all filters concern it. */
	if (!redaction_begin(r->filters, NULL))
		return false;
	n = redaction_find(r->filters, s, len, &spans);
	if (n > 0)
		redaction_append(out, s, 0, len, spans, n);
	return n > 0;
}

uint64_t redactor_doubts(const struct redactor *r)
{
	return redaction_doubts(r->filters);
}
