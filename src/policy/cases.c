// SPDX-License-Identifier: Apache-2.0
#include "policy/cases.h"
#include "base/number.h"
#include "policy/action.h"
#include "policy/alloc.h"
#include "policy/yaml_reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SECONDS_DEFAULT 10
#define MISTAKES_MAX 3

struct reading {
	const struct policy *policy;
	struct policy_cases *cases;
	struct diagnostics *diags;
	/* Where the text of the annotation is, in the file. */
	struct mark whole, begins;
	bool is_block;   /* its lines are those of the file, below its "|" … */
	unsigned indent; /* … behind so many columns */
};

/* Of what is no block only the first line is where it seems to be. */
static struct mark place(const struct reading *r, struct mark in)
{
	if (r->is_block)
		return (struct mark){r->whole.line + in.line, r->indent + in.column};
	return mark_within(r->whole, r->begins, in.line, in.column);
}

/* That of the first line below this one that has anything in it. */
static unsigned indent_below(const struct policy *policy, unsigned line)
{
	size_t len = policy->text ? strlen(policy->text) : 0;
	size_t at = yaml_line(policy->text, len, 0, line + 1 - policy->text_line);
	unsigned n = 0;

	while (at < len && strspn(policy->text + at, " ") == strcspn(policy->text + at, "\n"))
		at = yaml_line(policy->text, len, at, 1);
	while (at + n < len && policy->text[at + n] == ' ')
		n++;
	return n;
}

static struct finding *complain(const struct reading *r, const struct node *node, const char *what)
{
	return diagnose_error(r->diags, place(r, node->mark), "%s", what);
}

/* --- members of a case */

typedef void member_fn(const struct reading *r, const struct node *node, struct policy_case *to);

static const char *text_of(const struct reading *r, const struct node *node)
{
	return alloc_text(&r->cases->arena, node->text, node->len);
}

static void set_name(const struct reading *r, const struct node *node, struct policy_case *to)
{
	to->name = text_of(r, node);
}

static void set_run(const struct reading *r, const struct node *node, struct policy_case *to)
{
	if (!node->len || memchr(node->text, '\0', node->len))
		complain(r, node, "\"run\" is no command");
	to->run = text_of(r, node);
}

static void set_event(const struct reading *r, const struct node *node, struct policy_case *to)
{
	to->event = node;
	to->mark = place(r, node->mark);
}

static void set_file(const struct reading *r, const struct node *node, struct policy_case *to)
{
	if (!node->len || memchr(node->text, '\0', node->len))
		complain(r, node, "\"file\" is no path");
	to->file = text_of(r, node);
	to->mark = place(r, node->mark);
}

/* Whether the selector of a hook has that name or that place. */
static bool is_selector(const struct policy_hook *hook, size_t index, size_t selector,
			const char *name)
{
	char at[64];

	snprintf(at, sizeof(at), "%s[%zu].selectors[%zu]", hook_section_names[hook->kind], index,
		 selector);
	return !strcmp(name, at) || !strcmp(name, hook->selectors.v[selector].label.s);
}

static bool has_selector(const struct policy *policy, const char *name, struct suggest *suggest)
{
	for (size_t kind = 0; kind < HOOK_KINDS; kind++)
		for (size_t i = 0; i < policy->spec.hooks[kind].n; i++) {
			const struct policy_hook *hook = &policy->spec.hooks[kind].v[i];

			for (size_t j = 0; j < hook->selectors.n; j++) {
				if (is_selector(hook, i, j, name))
					return true;
				if (hook->selectors.v[j].label.len)
					suggest_offer(suggest, hook->selectors.v[j].label.s);
			}
		}
	return false;
}

static void set_selector(const struct reading *r, const struct node *node, struct policy_case *to)
{
	struct suggest suggest;
	struct finding *finding;

	suggest_init(&suggest, node->text, node->len, MISTAKES_MAX);
	to->selector = text_of(r, node);
	if (node->len && to->selector && has_selector(r->policy, to->selector, &suggest))
		return;
	finding = complain(r, node, "the policy has no such selector");
	if (!finding_suggest(finding, &suggest))
		finding_remedy(finding, "write its label, or its place, such as "
					"kprobes[0].selectors[1]");
}

static bool read_count(const char *s, size_t len, uint64_t *ret)
{
	return number_read_digits(s, len, 10, ret) == 0;
}

/* "3", "1..", "..4", "2..4" */
static void set_expect(const struct reading *r, const struct node *node, struct policy_case *to)
{
	const char *dots = memmem(node->text, node->len, "..", 2);
	size_t low = dots ? (size_t)(dots - node->text) : node->len;
	size_t high = dots ? node->len - low - 2 : 0;
	bool good;

	to->min = 0;
	to->max = UINT64_MAX;
	good = dots && !low ? high > 0 : read_count(node->text, low, &to->min);
	if (!dots)
		to->max = to->min;
	else if (high)
		good = good && read_count(dots + 2, high, &to->max);
	if (!good || to->min > to->max)
		finding_remedy(complain(r, node, "\"expect\" is not a number of events"),
			       "write how many, such as 0, 1, 1.. for some, ..3 or 2..4");
}

static void set_action(const struct reading *r, const struct node *node, struct policy_case *to)
{
	struct suggest suggest;

	suggest_init(&suggest, node->text, node->len, MISTAKES_MAX);
	for (size_t i = 0; action_at(i); i++) {
		suggest_offer(&suggest, action_at(i)->name);
		if (strcmp(action_at(i)->name, node->text) != 0)
			continue;
		/* In events 0 is none that is known. */
		to->action = (int)action_at(i)->number + 1;
		return;
	}
	finding_suggest(complain(r, node, "this is not an action"), &suggest);
}

static void set_seconds(const struct reading *r, const struct node *node, struct policy_case *to)
{
	if (!read_count(node->text, node->len, &to->seconds) || !to->seconds ||
	    to->seconds > POLICY_CASE_SECONDS_MAX)
		finding_remedy(complain(r, node, "\"seconds\" is not a time"),
			       "write a number from 1 to %d", POLICY_CASE_SECONDS_MAX);
}

#define FOR_RUN 1
#define FOR_EVENTS 2

static const struct {
	const char *name;
	member_fn *set;
	enum node_kind kind;
	unsigned of; /* what it has a meaning for */
} members[] = {
	{"name", set_name, NODE_SCALAR, FOR_RUN | FOR_EVENTS},
	{"run", set_run, NODE_SCALAR, FOR_RUN},
	{"event", set_event, NODE_MAPPING, FOR_EVENTS},
	{"file", set_file, NODE_SCALAR, FOR_EVENTS},
	{"expect", set_expect, NODE_SCALAR, FOR_RUN | FOR_EVENTS},
	{"action", set_action, NODE_SCALAR, FOR_RUN | FOR_EVENTS},
	{"selector", set_selector, NODE_SCALAR, FOR_EVENTS},
	{"seconds", set_seconds, NODE_SCALAR, FOR_RUN},
};

/* --- */

static void set_member(const struct reading *r, const struct node_entry *entry,
		       struct policy_case *to)
{
	struct suggest suggest;
	struct finding *finding;

	suggest_init(&suggest, entry->key->text, entry->key->len, MISTAKES_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		suggest_offer(&suggest, members[i].name);
		if (strcmp(entry->key->text, members[i].name) != 0)
			continue;
		if (entry->value->kind == members[i].kind)
			members[i].set(r, entry->value, to);
		else
			complain(r, entry->value,
				 members[i].kind == NODE_SCALAR ? "this is not a word"
								: "this is not an event");
		return;
	}
	finding = complain(r, entry->key, "a test has no such field");
	if (!finding_suggest(finding, &suggest))
		finding_remedy(finding, "its fields are: name, run, event, file, expect, action, "
					"selector, seconds");
}

/* What it has to have, and what has no meaning beside that. */
static void check_case(const struct reading *r, const struct node *node,
		       const struct policy_case *of)
{
	unsigned kind = of->run ? FOR_RUN : FOR_EVENTS;

	if (!!of->run + !!of->event + !!of->file != 1) {
		complain(r, node,
			 "a test has to have either a command to \"run\", an \"event\", or a "
			 "\"file\" of events");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (!(members[i].of & kind) && node_get(node, members[i].name))
			diagnose_error(r->diags, place(r, node_get(node, members[i].name)->mark),
				       "\"%s\" is for %s", members[i].name,
				       of->run ? "recorded events" : "commands");
}

static void read_case(const struct reading *r, const struct node *node, struct policy_case *to)
{
	*to = (struct policy_case){
		.min = 1, .max = UINT64_MAX, .action = -1, .seconds = SECONDS_DEFAULT};
	if (node->kind != NODE_MAPPING) {
		complain(r, node, "this is not a test");
		return;
	}
	for (size_t i = 0; i < node->n; i++)
		set_member(r, &node->entries[i], to);
	check_case(r, node, to);
	if (!to->name)
		to->name = to->run ? to->run : to->file ? to->file : "event";
}

static int read_list(const struct reading *r, const struct node *root)
{
	struct policy_cases *cases = r->cases;

	if (root->kind != NODE_SEQUENCE || root->n > POLICY_CASES_MAX) {
		finding_remedy(complain(r, root, "this is not a list of tests"),
			       "write at most %d, such as \"- {run: cat /etc/hosts, expect: 1}\"",
			       POLICY_CASES_MAX);
		return 0;
	}
	cases->v = arena_alloc(&cases->arena, (root->n + 1) * sizeof(*cases->v));
	if (!cases->v)
		return -ENOMEM;
	for (size_t i = 0; i < root->n; i++)
		read_case(r, root->items[i], &cases->v[cases->n++]);
	return 0;
}

/* What YAML is wrong has its place in the annotation. */
static void take_over(const struct reading *r, const struct diagnostics *from)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct finding *f = from->v[i];
		struct finding *to =
			diagnose(r->diags, f->severity, place(r, f->mark), "%s", f->what);

		if (f->remedy)
			finding_remedy(to, "%s", f->remedy);
	}
}

static int read_text(const struct reading *r, const struct policy_text *text)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	_cleanup_yaml_reader_ struct yaml_reader reader;
	const struct node *root = NULL;
	int n;

	yaml_reader_init(&reader, &diags, text->s, text->len);
	n = yaml_read(&reader, &r->cases->arena, &root);
	take_over(r, &diags);
	if (n == -ENOMEM || r->cases->arena.failed)
		return -ENOMEM;
	return n > 0 && !diags.mistakes ? read_list(r, root) : 0;
}

int policy_cases_read(struct policy_cases *cases, const struct policy *policy,
		      struct diagnostics *diags)
{
	const struct policy_pairs *annotations = &policy->metadata.annotations;
	int r = 0;

	diagnostics_file(diags, policy->file);
	for (size_t i = 0; i < annotations->n && r >= 0; i++) {
		const struct policy_pair *pair = &annotations->v[i];
		struct reading reading = {
			.policy = policy,
			.cases = cases,
			.diags = diags,
			.whole = pair->value.mark,
			.begins = pair->value.inside,
			.is_block = !pair->value.inside.line && strchr(pair->value.s, '\n'),
		};

		if (strcmp(pair->key.s, POLICY_CASES) != 0)
			continue;
		if (reading.is_block)
			reading.indent = indent_below(policy, reading.whole.line);
		r = read_text(&reading, &pair->value);
	}
	diagnostics_file(diags, NULL);
	return r;
}

void policy_cases_done(struct policy_cases *cases)
{
	arena_done(&cases->arena);
	*cases = POLICY_CASES_INIT;
}
