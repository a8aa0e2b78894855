// SPDX-License-Identifier: Apache-2.0
#include "cel/suggest.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

/* Longest name that is looked at. */
#define NAME_MAX_LEN 63

/* Names of fields differ by underscores and case in the heads of people who know their JSON. */
static char plain(char c)
{
	return (char)tolower((unsigned char)c);
}

/* Levenshtein's, row by row: letters left out, put in or mistaken. */
static size_t distance(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b), rows[2][NAME_MAX_LEN + 1];

	if (a_len > NAME_MAX_LEN || b_len > NAME_MAX_LEN)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 2], *before = rows[(i + 1) % 2];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = before[j - 1] + (plain(a[i - 1]) != plain(b[j - 1]));
			row[j] = MIN(row[j], 1 + MIN(before[j], row[j - 1]));
		}
	}
	return rows[a_len % 2][b_len];
}

void cel_suggest_init(struct cel_suggest *suggest, const char *wanted)
{
	/* A letter in three may be wrong. */
	*suggest = (struct cel_suggest){.wanted = wanted, .distance = strlen(wanted) / 3 + 1};
}

void cel_suggest_offer(struct cel_suggest *suggest, const char *name)
{
	size_t d = distance(suggest->wanted, name);

	/* The same name would be no help: it means something else here. */
	if (d >= suggest->distance || d >= strlen(name) || !strcmp(suggest->wanted, name))
		return;
	suggest->best = name;
	suggest->distance = d;
}

void cel_suggest_remedy(const struct cel_suggest *suggest, struct error **reterr)
{
	if (suggest->best)
		error_remedy(reterr, "did you mean \"%s\"?", suggest->best);
}
