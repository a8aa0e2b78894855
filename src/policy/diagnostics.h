/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_DIAGNOSTICS_H
#define OCELLI_POLICY_DIAGNOSTICS_H

#include "base/arena.h"
#include "base/macro.h"
#include "base/str.h"
#include "base/suggest.h"
#include "policy/mark.h"

/* So many errors and so many warnings of a file are kept; how many there were besides is told. */
#define DIAGNOSTICS_MAX 100

enum severity {
	SEVERITY_ERROR,
	SEVERITY_WARNING,
	SEVERITIES,
};

struct finding {
	struct diagnostics *owner;
	enum severity severity;
	const char *file;
	struct mark mark;
	const char *what;
	const char *why;    /* or NULL */
	const char *remedy; /* or NULL */
	size_t order;       /* in which it was found */
};

/* All that there is to say about files a person wrote. Findings are made by a sequence of calls:
 * each takes NULL, which stands for a finding that could not be kept. */
struct diagnostics {
	struct arena arena;
	struct finding **v;
	size_t n, cap;
	const char *file;
	size_t file_begins;         /* its first finding */
	size_t in_file[SEVERITIES]; /* those that were not kept included */
	size_t counts[SEVERITIES];  /* of all files, likewise */
	size_t mistakes;            /* errors, those that were found before included */
};

#define DIAGNOSTICS_INIT ((struct diagnostics){0})

/* What is found from now on is in this file, whose name is copied. Tells what of the one before was
 * not kept. NULL after the last. */
void diagnostics_file(struct diagnostics *diags, const char *file);

/* The same thing in the same place is found once. */
struct finding *diagnose(struct diagnostics *diags, enum severity severity, struct mark mark,
			 const char *fmt, ...) _printf_(4, 5);

#define diagnose_error(diags, ...) diagnose(diags, SEVERITY_ERROR, __VA_ARGS__)
#define diagnose_warning(diags, ...) diagnose(diags, SEVERITY_WARNING, __VA_ARGS__)

void finding_why(struct finding *finding, const char *fmt, ...) _printf_(2, 3);
void finding_remedy(struct finding *finding, const char *fmt, ...) _printf_(2, 3);

/* "did you mean …?", if there is something to suggest. Returns whether there is. */
bool finding_suggest(struct finding *finding, const struct suggest *suggest);

/* Orders what was found by file as they came, and by place in each. */
void diagnostics_sort(struct diagnostics *diags);

/* Appends "file:line:column: error: what; why" and, on a line of its own, the remedy. */
void finding_text(const struct finding *finding, struct str *out);

/* Appends all errors likewise, as many of them as @max bytes have room for, and how many more there
 * are; the last without its newline. */
void diagnostics_errors(const struct diagnostics *diags, size_t max, struct str *out);

const char *severity_name(enum severity severity);

/* Whether memory ran out on the way: then something is missing. */
static inline bool diagnostics_failed(const struct diagnostics *diags)
{
	return diags->arena.failed;
}

void diagnostics_done(struct diagnostics *diags);

#define _cleanup_diagnostics_ __attribute__((cleanup(diagnostics_done)))

/* What someone wrote, cut short for a message. */
#define QUOTE_MAX 60
#define QUOTE(s, len) (int)MIN((size_t)(len), QUOTE_MAX), (s), (len) > QUOTE_MAX ? "…" : ""
#define QUOTED "\"%.*s%s\""

#endif
