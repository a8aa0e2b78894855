// SPDX-License-Identifier: Apache-2.0
#include "cli/table.h"
#include "base/escape.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS_MAX 32
#define GAP 2

void table_add(struct table *table, const char *text)
{
	escape_text(&table->cells, text, strlen(text));
	str_append_char(&table->cells, '\0');
	table->n++;
}

void table_addf(struct table *table, const char *fmt, ...)
{
	char text[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	table_add(table, text);
}

/* Characters; what is double or has none is rare in names. */
static size_t width_of(const char *cell)
{
	size_t n = 0;

	for (; *cell; cell++)
		n += ((unsigned char)*cell & 0xc0) != 0x80;
	return n;
}

void table_write(const struct table *table, struct str *out)
{
	size_t widths[COLUMNS_MAX] = {0}, rows = table->n / table->columns;
	const char *cell = table->cells.data;

	if (table->cells.failed) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < rows * table->columns; i++, cell += strlen(cell) + 1) {
		size_t width = width_of(cell), *widest = &widths[i % table->columns];

		*widest = width > *widest ? width : *widest;
	}
	cell = table->cells.data;
	for (size_t i = 0; i < rows * table->columns; i++, cell += strlen(cell) + 1) {
		size_t column = i % table->columns;
		bool last = column + 1 == table->columns;

		str_append_z(out, cell);
		if (last)
			str_append_char(out, '\n');
		else
			str_appendf(out, "%*s", (int)(widths[column] - width_of(cell) + GAP), "");
	}
}

void table_done(struct table *table)
{
	str_free(&table->cells);
}
