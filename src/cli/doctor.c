// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "cli/color.h"
#include "cli/json_members.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *word, *color;
} verdicts[_VERDICT_MAX] = {
	[VERDICT_OK] = {"ok", COLOR_GREEN},
	[VERDICT_NOTE] = {"note", ""},
	[VERDICT_WARNING] = {"warning", COLOR_YELLOW},
	[VERDICT_PROBLEM] = {"problem", COLOR_RED},
	[VERDICT_UNKNOWN] = {"unknown", COLOR_YELLOW},
};

struct diagnosis *doctor_says(struct doctor *doctor, const char *check, enum verdict verdict,
			      const char *remedy, const char *fmt, ...)
{
	struct diagnosis *v = reallocarray(doctor->v, doctor->n + 1, sizeof(*v)), *d;
	_cleanup_free_ char *text = NULL;
	va_list ap;

	if (v)
		doctor->v = v;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (!v || !text) {
		doctor->failed = true;
		return NULL;
	}
	d = &v[doctor->n++];
	*d = (struct diagnosis){.check = check, .verdict = verdict};
	str_append_z(&d->says, text);
	str_append_z(&d->remedy, remedy ? remedy : "");
	doctor->counts[verdict]++;
	return d;
}

void doctor_done(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->n; i++) {
		str_free(&doctor->v[i].says);
		str_free(&doctor->v[i].remedy);
	}
	free(doctor->v);
	*doctor = (struct doctor){.root = doctor->root};
}

#define WORD_COLUMNS 9
#define CHECK_COLUMNS 24
#define LINE_COLUMNS 96

static void write_row(struct str *out, const struct diagnosis *d, bool color)
{
	str_append_z(out, color ? verdicts[d->verdict].color : "");
	str_appendf(out, "%-*s", WORD_COLUMNS, verdicts[d->verdict].word);
	str_append_z(out, color ? COLOR_END : "");
	str_appendf(out, "%-*s ", CHECK_COLUMNS, d->check);
	escape_text(out, d->says.data, d->says.len);
	str_append_char(out, '\n');
	if (!d->remedy.len)
		return;
	str_appendf(out, "%*s► ", WORD_COLUMNS, "");
	escape_text(out, d->remedy.data, d->remedy.len);
	str_append_char(out, '\n');
}

/* What is not to be had is much on most kernels, and known to those who have it. */
static void write_notes(struct str *out, const struct doctor *doctor)
{
	size_t column = WORD_COLUMNS;

	str_appendf(out, "%-*s", WORD_COLUMNS, verdicts[VERDICT_NOTE].word);
	str_append_lit(out, "not to be had here (\"ocelli doctor --all\" tells more):");
	for (size_t i = 0; i < doctor->n; i++) {
		const struct diagnosis *d = &doctor->v[i];

		if (d->verdict != VERDICT_NOTE)
			continue;
		if (column == WORD_COLUMNS || column + strlen(d->check) > LINE_COLUMNS) {
			str_appendf(out, "\n%*s", WORD_COLUMNS - 1, "");
			column = WORD_COLUMNS;
		}
		str_appendf(out, " %s", d->check);
		column += strlen(d->check) + 1;
	}
	str_append_char(out, '\n');
}

void doctor_text(struct str *out, const struct doctor *doctor, bool all, bool color)
{
	static const enum verdict order[] = {VERDICT_PROBLEM, VERDICT_WARNING, VERDICT_UNKNOWN,
					     VERDICT_NOTE, VERDICT_OK};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		if (order[i] == VERDICT_OK && !all)
			continue;
		if (order[i] == VERDICT_NOTE && !all) {
			if (doctor->counts[VERDICT_NOTE])
				write_notes(out, doctor);
			continue;
		}
		for (size_t j = 0; j < doctor->n; j++)
			if (doctor->v[j].verdict == order[i])
				write_row(out, &doctor->v[j], color);
	}
	str_appendf(out, "Problems: %zu. Warnings: %zu. Unknown: %zu. Notes: %zu. Good: %zu.\n",
		    doctor->counts[VERDICT_PROBLEM], doctor->counts[VERDICT_WARNING],
		    doctor->counts[VERDICT_UNKNOWN], doctor->counts[VERDICT_NOTE],
		    doctor->counts[VERDICT_OK]);
}

void doctor_json(struct str *out, const struct doctor *doctor)
{
	json_put_begin(out, NULL, '{');
	json_put_bool(out, "well", !doctor->counts[VERDICT_PROBLEM]);
	json_put_begin(out, "checks", '[');
	for (size_t i = 0; i < doctor->n; i++) {
		const struct diagnosis *d = &doctor->v[i];

		str_append_char(out, '\n');
		json_put_begin(out, NULL, '{');
		json_put_string(out, "check", d->check);
		json_put_string(out, "verdict", verdicts[d->verdict].word);
		json_put_bytes(out, "says", d->says.data, d->says.len);
		if (d->remedy.len)
			json_put_bytes(out, "remedy", d->remedy.data, d->remedy.len);
		else
			json_put_string(out, "remedy", NULL);
		json_put_end(out, '}');
	}
	json_put_end(out, ']');
	json_put_end(out, '}');
	str_append_char(out, '\n');
}
