// SPDX-License-Identifier: Apache-2.0
#include "cli/complain.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "base/escape.h"
#include "cli/progress.h"

#include <stdarg.h>
#include <stdio.h>

/* Further lines are indented, whoever wrote them: what begins in the first column is ours. */
static void tell(const char *text)
{
	_cleanup_str_ struct str out = STR_INIT;

	str_append_lit(&out, "ocelli: ");
	for (;;) {
		size_t n = strcspn(text, "\n");

		escape_text(&out, text, n);
		str_append_char(&out, '\n');
		if (!text[n])
			break;
		text += n + 1;
		str_append_lit(&out, "    ");
	}
	progress_hide();
	fwrite(out.data, 1, out.len, stderr);
}

void complain(const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	tell(text ? text : "out of memory");
}

void complain_error(const struct error *err, int r)
{
	_cleanup_free_ char *text = err ? error_text(err) : NULL;

	tell(text ? text : strerror(-r));
}
