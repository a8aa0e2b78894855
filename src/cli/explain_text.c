// SPDX-License-Identifier: Apache-2.0
#include "cli/explain_report.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "cli/policy_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Of a list, so many places are named. */
#define PLACES_NAMED 6

/* A line below a hook, with what it is about. What is quoted must not act on the terminal. */
static _printf_(3, 4) void put_line(struct str *out, const char *label, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0) {
		text = NULL;
		out->failed = true;
		return;
	}
	str_appendf(out, "    %-9s", label);
	escape_text(out, text, (size_t)len);
	str_append_char(out, '\n');
}

static void put_places(struct str *out, const struct explained_hook *hook)
{
	_cleanup_str_ struct str text = STR_INIT;
	size_t shown = 0, n = 0, compat = 0, returns = 0;

	for (size_t i = 0; i < hook->n_places; i++) {
		const struct explained_place *p = &hook->places[i];

		returns += p->on_return;
		n += !p->on_return;
		compat += !p->on_return && p->compat;
		if (p->on_return || shown == PLACES_NAMED)
			continue;
		str_appendf(&text, "%s%s", shown++ ? ", " : "", p->told);
		if (p->by_number)
			str_appendf(&text, " (call %u)", p->number);
	}
	if (n > shown)
		str_appendf(&text, " and %zu more", n - shown);
	if (compat)
		str_appendf(&text, "; %zu of 32-bit programs", compat);
	if (returns)
		str_append_lit(&text, "; seen to return, too");
	if (text.len && str_cstr(&text))
		put_line(out, "places", "%s", text.data);
}

static void put_value(struct str *out, const struct explained_value *v)
{
	_cleanup_str_ struct str text = STR_INIT;

	str_appendf(&text, "%s: %s", v->from, v->type);
	if (v->label)
		str_appendf(&text, " \"%s\"", v->label);
	if (v->resolve)
		str_appendf(&text, ", by %s", v->resolve);
	if (v->pointers)
		str_appendf(&text, " over %u pointer%s", v->pointers, v->pointers > 1 ? "s" : "");
	if (v->bytes > 8)
		str_appendf(&text, ", up to %u bytes", v->bytes);
	if (v->of_process)
		str_append_lit(&text, ", of the process's memory");
	if (v->later)
		str_append_lit(&text, ", when the call returns");
	if (str_cstr(&text))
		put_line(out, "reads", "%s", text.data);
	if (v->types)
		put_line(out, "", "  %s", v->types);
}

static void put_cost(struct str *out, const struct explained_hook *hook)
{
	const struct cost *c = &hook->cost;
	_cleanup_str_ struct str text = STR_INIT;

	if (c->miss_most > c->miss)
		str_appendf(&text, "some %u to %u ns for a call that it is not about, ", c->miss,
			    c->miss_most);
	else if (c->miss_most)
		str_appendf(&text, "some %u ns for a call that it is not about, ", c->miss);
	str_appendf(&text, "%u ns for %s", c->hit,
		    hook->n_filters ? "one that it is" : "each call");
	if (hook->return_ns)
		str_appendf(&text, ", %u ns when that returns", hook->return_ns);
	if (str_cstr(&text))
		put_line(out, "costs", "%s (estimate)", text.data);
	if (hook->all_calls)
		put_line(out, "", "and 2 ns or more for any other system call of any process");
}

static void put_of_selector(struct str *out, const struct explained_hook *hook, const char *what,
			    size_t selector, const char *text)
{
	const char *label = explained_label(hook, selector);

	put_line(out, what, "[%zu%s%s] %s", selector, label ? " " : "", label ? label : "", text);
}

static void put_selectors(struct str *out, const struct explained_hook *hook)
{
	for (size_t i = 0; i < hook->n_filters; i++) {
		const struct explained_filter *f = &hook->filters[i];
		_cleanup_str_ struct str text = STR_INIT;

		str_appendf(&text, "%s: %s", f->text, explained_stage_name(f->stage));
		if (str_cstr(&text))
			put_of_selector(out, hook, "filters", f->selector, text.data);
	}
	for (size_t i = 0; i < hook->n_actions; i++) {
		const struct explained_action *a = &hook->actions[i];
		_cleanup_str_ struct str text = STR_INIT;

		str_appendf(&text, "%s%s: %s", a->text ? a->text : "",
			    a->on_return ? ", on return" : "",
			    a->by_agent ? "by the agent" : "in the kernel");
		if (str_cstr(&text))
			put_of_selector(out, hook, "does", a->selector, text.data);
	}
}

static void put_hook(struct str *out, const struct explanation *e,
		     const struct explained_hook *hook)
{
	str_appendf(out, "  %s[%zu] ", hook_section_names[hook->of->hook->kind], hook->of->index);
	escape_text(out, hook->description, strlen(hook->description));
	if (hook->unknown)
		str_append_lit(out, ": unknown without privileges");
	else if (hook->state != HOOK_STATE_LOADED)
		str_appendf(out, ": %s", hook_state_name(hook->state));
	str_append_char(out, '\n');
	if (hook->backend)
		put_line(out, "by", "%s, %s", hook->backend, hook->why);
	put_places(out, hook);
	for (size_t i = 0; i < hook->n_values; i++)
		put_value(out, &hook->values[i]);
	put_selectors(out, hook);
	if (hook->backend)
		put_cost(out, hook);
	if (hook->hot && !hook->all_calls)
		put_line(out, "hot", "it runs %s", hook->hot);
	if (hook->nearest)
		put_line(out, "instead", "%s", hook->nearest);
}

static void put_programs(struct str *out, const struct explanation *e)
{
	for (size_t i = 0; i < e->n_programs; i++) {
		const struct explained_program *p = &e->programs[i];

		str_appendf(out, "  program at %s:", p->kind);
		escape_text(out, p->place, strlen(p->place));
		if (p->verified)
			str_appendf(out, ": %u instructions verified", p->verified);
		str_appendf(out, ", loaded in %.1f ms, %.1f KiB\n", (double)p->load_ns / 1e6,
			    (double)p->bytes / 1024);
	}
	if (e->n_programs)
		str_appendf(out, "  kernel memory: %.1f KiB\n", (double)e->bytes / 1024);
	if (e->keeps_verdicts)
		str_append_lit(out,
			       "  each exec and fork on the machine: some 1000 ns, to keep what "
			       "it asks of processes\n");
}

const char *explained_verdict_name(enum explained_verdict verdict)
{
	static const char *const names[] = {
		[POLICY_LOADS] = "loads",
		[POLICY_REFUSED] = "refused",
		[POLICY_UNKNOWN] = "unknown",
	};

	return names[verdict];
}

static void put_policy(struct str *out, const struct explanation *e)
{
	static const char *const verdicts[] = {
		[POLICY_LOADS] = "loads on this kernel",
		[POLICY_REFUSED] = "would be refused on this kernel",
		[POLICY_UNKNOWN] = "may load on this kernel: the rest takes privileges to tell",
	};
	const struct policy_metadata *m = &e->policy->metadata;

	str_append_lit(out, "policy ");
	escape_text(out, m->name.s, m->name.len);
	if (m->namespace.len) {
		str_append_lit(out, " of namespace ");
		escape_text(out, m->namespace.s, m->namespace.len);
	}
	str_appendf(out, ": %s\n", verdicts[e->verdict]);
	for (size_t i = 0; i < e->n_hooks; i++)
		put_hook(out, e, &e->hooks[i]);
	put_programs(out, e);
	for (size_t i = 0; i < e->diags.n; i++)
		policy_report_put_finding(out, e->diags.v[i]);
	str_append_char(out, '\n');
}

void explain_report_text(struct str *out, const struct explain_report *report)
{
	const struct error *refusal = explainer_refusal(report->explainer);
	uint64_t bytes = explainer_bytes(report->explainer);
	size_t n[] = {0, 0, 0};

	for (size_t i = 0; i < report->diags->n; i++)
		policy_report_put_finding(out, report->diags->v[i]);
	for (size_t i = 0; i < report->n; i++) {
		put_policy(out, &report->v[i]);
		n[report->v[i].verdict]++;
	}
	str_appendf(out, "%zu load%s, %zu refused, %zu unknown\n", n[POLICY_LOADS],
		    n[POLICY_LOADS] == 1 ? "s" : "", n[POLICY_REFUSED], n[POLICY_UNKNOWN]);
	if (!report->n)
		return;
	if (refusal) {
		escape_text(out, refusal->message, strlen(refusal->message));
		str_append_char(out, '\n');
		str_appendf(out, "    %s\n", refusal->remedy ? refusal->remedy : "");
	}
	if (bytes)
		str_appendf(out, "The first policy takes %.0f KiB of kernel memory besides.\n",
			    (double)bytes / 1024);
	str_append_lit(out, "Nanoseconds are estimates, over an empty program there, from "
			    "figures of\n" COST_MACHINE ".\n");
}
