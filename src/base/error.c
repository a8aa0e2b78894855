// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "base/cleanup.h"

#include <stdarg.h>
#include <string.h>

void error_free(struct error **err)
{
	if (!*err)
		return;
	free((*err)->message);
	free((*err)->remedy);
	free((*err)->file);
	free(*err);
	*err = NULL;
}

static _printf_(1, 0) char *format(const char *fmt, va_list ap)
{
	char *s = NULL;

	return vasprintf(&s, fmt, ap) < 0 ? NULL : s;
}

int error_set(struct error **reterr, int code, const char *fmt, ...)
{
	va_list ap;

	if (!reterr)
		return code;
	error_free(reterr);
	*reterr = calloc(1, sizeof(**reterr));
	if (!*reterr)
		return code;
	(*reterr)->code = code;
	va_start(ap, fmt);
	(*reterr)->message = format(fmt, ap);
	va_end(ap);
	return code;
}

void error_remedy(struct error **reterr, const char *fmt, ...)
{
	va_list ap;

	if (!reterr || !*reterr)
		return;
	free((*reterr)->remedy);
	va_start(ap, fmt);
	(*reterr)->remedy = format(fmt, ap);
	va_end(ap);
}

int error_wrap(struct error **reterr, int code, const char *fmt, ...)
{
	_cleanup_free_ char *context = NULL;
	char *whole;
	va_list ap;

	if (!reterr || !*reterr)
		return code;
	va_start(ap, fmt);
	context = format(fmt, ap);
	va_end(ap);
	if (context && asprintf(&whole, "%s: %s", context,
				(*reterr)->message ? (*reterr)->message : strerror(-code)) >= 0) {
		free((*reterr)->message);
		(*reterr)->message = whole;
	}
	return (*reterr)->code;
}

void error_at(struct error **reterr, const char *file, unsigned line, unsigned column)
{
	if (!reterr || !*reterr)
		return;
	free((*reterr)->file);
	(*reterr)->file = strdup(file);
	(*reterr)->line = line;
	(*reterr)->column = column;
}

char *error_text(const struct error *err)
{
	char place[64] = "", *text;
	const char *message = err->message ? err->message : strerror(-err->code);

	if (err->file && err->line && err->column)
		snprintf(place, sizeof(place), ":%u:%u", err->line, err->column);
	else if (err->file && err->line)
		snprintf(place, sizeof(place), ":%u", err->line);

	if (asprintf(&text, "%s%s%s%s%s%s%s", err->file ? err->file : "", place,
		     err->file ? ": " : "", message, err->remedy ? " (" : "",
		     err->remedy ? err->remedy : "", err->remedy ? ")" : "") < 0)
		return NULL;
	return text;
}
