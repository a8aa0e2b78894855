// SPDX-License-Identifier: Apache-2.0
#include "policy/diagnostics.h"

#include "policy/alloc.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static _printf_(2, 0) const char *format(struct arena *arena, const char *fmt, va_list ap)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		return NULL;
	text = arena_alloc(arena, (size_t)len + 1);
	if (text)
		vsnprintf(text, (size_t)len + 1, fmt, ap);
	return text;
}

static struct finding *add(struct diagnostics *diags, enum severity severity, struct mark mark,
			   const char *what)
{
	struct finding *finding = alloc_array(&diags->arena, 1, sizeof(*finding));

	if (!finding || !alloc_grow(&diags->arena, (void **)&diags->v, diags->n, &diags->cap,
				    sizeof(*diags->v)))
		return NULL;
	*finding = (struct finding){
		.owner = diags,
		.severity = severity,
		.file = diags->file,
		.mark = mark,
		.what = what,
		.order = diags->n,
	};
	diags->v[diags->n++] = finding;
	return finding;
}

static _printf_(2, 3) void tell_more(struct diagnostics *diags, const char *fmt, ...)
{
	const char *what;
	va_list ap;

	va_start(ap, fmt);
	what = format(&diags->arena, fmt, ap);
	va_end(ap);
	if (what)
		add(diags, SEVERITY_WARNING, (struct mark){UINT_MAX, 0}, what);
}

void diagnostics_file(struct diagnostics *diags, const char *file)
{
	size_t errors = diags->in_file[SEVERITY_ERROR];
	size_t warnings = diags->in_file[SEVERITY_WARNING];

	if (errors > DIAGNOSTICS_MAX)
		tell_more(diags, "%zu more errors in this file are not shown, only %d of %zu",
			  errors - DIAGNOSTICS_MAX, DIAGNOSTICS_MAX, errors);
	if (warnings > DIAGNOSTICS_MAX)
		tell_more(diags, "%zu more warnings in this file are not shown, only %d of %zu",
			  warnings - DIAGNOSTICS_MAX, DIAGNOSTICS_MAX, warnings);
	diags->file = file ? alloc_text(&diags->arena, file, strlen(file)) : NULL;
	diags->file_begins = diags->n;
	memset(diags->in_file, 0, sizeof(diags->in_file));
}

static bool is_known(const struct diagnostics *diags, struct mark mark, const char *what)
{
	for (size_t i = diags->file_begins; i < diags->n; i++) {
		const struct finding *f = diags->v[i];

		if (f->mark.line == mark.line && f->mark.column == mark.column &&
		    !strcmp(f->what, what))
			return true;
	}
	return false;
}

struct finding *diagnose(struct diagnostics *diags, enum severity severity, struct mark mark,
			 const char *fmt, ...)
{
	const char *what;
	va_list ap;

	diags->mistakes += severity == SEVERITY_ERROR;
	/* Looked at before the text is made: a hostile file has a million mistakes. */
	if (diags->in_file[severity] >= DIAGNOSTICS_MAX) {
		diags->in_file[severity]++;
		diags->counts[severity]++;
		return NULL;
	}
	va_start(ap, fmt);
	what = format(&diags->arena, fmt, ap);
	va_end(ap);
	if (!what || is_known(diags, mark, what))
		return NULL;
	diags->in_file[severity]++;
	diags->counts[severity]++;
	return add(diags, severity, mark, what);
}

void finding_why(struct finding *finding, const char *fmt, ...)
{
	va_list ap;

	if (!finding)
		return;
	va_start(ap, fmt);
	finding->why = format(&finding->owner->arena, fmt, ap);
	va_end(ap);
}

void finding_remedy(struct finding *finding, const char *fmt, ...)
{
	va_list ap;

	if (!finding)
		return;
	va_start(ap, fmt);
	finding->remedy = format(&finding->owner->arena, fmt, ap);
	va_end(ap);
}

bool finding_suggest(struct finding *finding, const struct suggest *suggest)
{
	if (!suggest->best)
		return false;
	finding_remedy(finding, "did you mean \"%s\"?", suggest->best);
	return true;
}

static int compare(const void *va, const void *vb)
{
	const struct finding *a = *(const struct finding *const *)va;
	const struct finding *b = *(const struct finding *const *)vb;

	if (a->mark.line != b->mark.line)
		return a->mark.line < b->mark.line ? -1 : 1;
	if (a->mark.column != b->mark.column)
		return a->mark.column < b->mark.column ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

void diagnostics_sort(struct diagnostics *diags)
{
	for (size_t begin = 0, end; begin < diags->n; begin = end) {
		for (end = begin; end < diags->n && diags->v[end]->file == diags->v[begin]->file;)
			end++;
		qsort(diags->v + begin, end - begin, sizeof(*diags->v), compare);
	}
}

const char *severity_name(enum severity severity)
{
	return severity == SEVERITY_ERROR ? "error" : "warning";
}

void finding_text(const struct finding *finding, struct str *out)
{
	size_t start = out->len;

	if (finding->file)
		str_append_z(out, finding->file);
	if (finding->mark.line && finding->mark.line != UINT_MAX)
		str_appendf(out, "%s%u:%u", finding->file ? ":" : "", finding->mark.line,
			    finding->mark.column);
	str_appendf(out, "%s%s: %s", out->len > start ? ": " : "", severity_name(finding->severity),
		    finding->what);
	if (finding->why)
		str_appendf(out, "; %s", finding->why);
	str_append_char(out, '\n');
	if (finding->remedy)
		str_appendf(out, "    %s\n", finding->remedy);
}

void diagnostics_errors(const struct diagnostics *diags, size_t max, struct str *out)
{
	size_t told = 0, end = out->len + max;

	for (size_t i = 0; i < diags->n; i++) {
		size_t start = out->len;

		if (diags->v[i]->severity != SEVERITY_ERROR)
			continue;
		finding_text(diags->v[i], out);
		if (told && out->len > end) {
			out->len = start;
			break;
		}
		told++;
	}
	if (told < diags->counts[SEVERITY_ERROR])
		str_appendf(out, "and %zu more", diags->counts[SEVERITY_ERROR] - told);
	else if (told)
		out->len--;
}

void diagnostics_done(struct diagnostics *diags)
{
	arena_done(&diags->arena);
	*diags = DIAGNOSTICS_INIT;
}
