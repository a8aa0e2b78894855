// SPDX-License-Identifier: Apache-2.0
#include "cel/complain.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdarg.h>

int cel_complain(struct error **reterr, int code, struct cel_place place, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	if (!reterr)
		return code;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (!text)
		return -ENOMEM;
	error_set(reterr, code, "%s", text);
	/* Whoever knows of what file this is an expression says so instead. */
	error_at(reterr, "expression", place.line, place.column);
	return code;
}
