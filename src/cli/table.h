/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_TABLE_H
#define OCELLI_CLI_TABLE_H

#include "base/str.h"

/* Rows of words for people, in columns that are as wide as what is in them. */
struct table {
	struct str cells; /* each with a NUL behind it */
	size_t columns;
	size_t n;
};

#define TABLE_INIT(of) ((struct table){.columns = (of)})

/* Adds the next cell of the row. What may be anybody's is escaped. */
void table_add(struct table *table, const char *text);
void table_addf(struct table *table, const char *fmt, ...) _printf_(2, 3);

/* Appends all complete rows. Running out of memory shows in @out->failed. */
void table_write(const struct table *table, struct str *out);

void table_done(struct table *table);

#define _cleanup_table_ __attribute__((cleanup(table_done)))

#endif
