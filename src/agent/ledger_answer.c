// SPDX-License-Identifier: Apache-2.0
#include "agent/ledger_answer.h"
#include "agent/answer.h"

#include <string.h>

static char *copy(struct arena *arena, const char *text)
{
	size_t size = strlen(text) + 1;
	char *to = arena_alloc(arena, size);

	return to ? memcpy(to, text, size) : NULL;
}

static bool make_room(struct ledger_answer *a)
{
	size_t cap = a->n < a->cap ? a->cap : 2 * a->cap + 32;
	Tetragon__LedgerLine **lines;

	if (cap == a->cap)
		return true;
	lines = arena_alloc(a->arena, cap * sizeof(*lines));
	if (!lines)
		return false;
	if (a->n)
		memcpy(lines, a->lines, a->n * sizeof(*lines));
	a->lines = lines;
	a->cap = cap;
	return true;
}

static bool add(struct ledger_answer *a, const struct ledger_line *line)
{
	Tetragon__LedgerLine *to = arena_alloc(a->arena, sizeof(*to));

	if (!to || !make_room(a))
		return false;
	tetragon__ledger_line__init(to);
	if (!ANSWER_LIST(a->arena, line->n, Tetragon__LedgerCount, to->counts))
		return false;
	/* All the others are words of the program. */
	to->name = line->name ? copy(a->arena, line->name) : answer_text(NULL);
	to->of = answer_text(line->of);
	for (size_t i = 0; i < line->n; i++) {
		Tetragon__LedgerCount *count = to->counts[to->n_counts];

		if (!line->counts[i].value)
			continue;
		tetragon__ledger_count__init(count);
		count->name = answer_text(line->counts[i].name);
		count->value = line->counts[i].value;
		to->n_counts++;
	}
	a->lines[a->n++] = to;
	return to->name;
}

void ledger_answer_add(void *userdata, const struct ledger_line *line)
{
	struct ledger_answer *a = userdata;

	a->failed = a->failed || !add(a, line);
}
