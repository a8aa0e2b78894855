// SPDX-License-Identifier: Apache-2.0
#include "replay/judge.h"
#include "abi/hook.h"
#include "base/macro.h"
#include "compile/expression.h"

#include <stdarg.h>
#include <stdio.h>

_printf_(2, 3) static enum tri unknown(const struct judged *j, const char *fmt, ...)
{
	char text[256];
	va_list args;

	if (!j->why->len) {
		va_start(args, fmt);
		vsnprintf(text, sizeof(text), fmt, args);
		va_end(args);
		str_append_z(j->why, text);
	}
	return TRI_UNKNOWN;
}

/* --- values */

static bool knows(const struct judged *j, const struct test *test, size_t capture)
{
	const struct recorded *v = &j->values[capture];

	if (recorded_knows(v, &j->plan->captures[capture], test))
		return true;
	unknown(j, "value %zu of the event %s", capture + 1,
		v->why ? v->why : "does not tell what is asked of it");
	return false;
}

/* Of an expression no part is asked for: all of each value has to be known. */
static bool knows_whole(const struct judged *j, size_t capture)
{
	const struct capture *c = &j->plan->captures[capture];
	const struct recorded *v = &j->values[capture];
	unsigned parts = 0;

	for (size_t i = 0; c->reader && i < _PART_MAX; i++)
		parts |= c->reader->layout->fields[i].exists ? 1U << i : 0;
	if (c->reader ? (v->parts & parts) == parts : v->parts == RECORDED_ALL)
		return true;
	unknown(j, "value %zu of the event %s", capture + 1,
		v->why ? v->why : "does not tell what is asked of it");
	return false;
}

static bool knows_all(const struct judged *j, const struct test *test)
{
	bool all = true;

	if (test->kind != TEST_EXPRESSION)
		return knows(j, test, test->capture) &&
		       (test->kind != TEST_GAINED || knows(j, test, test->second));
	for (size_t i = 0; i < test->expressions->n; i++)
		all &= knows_whole(j, test->expressions->captures[i]);
	return all;
}

static enum tri judge_test(const struct judged *j, const struct test *test)
{
	if (!knows_all(j, test))
		return TRI_UNKNOWN;
	return test_is_true(test, j->bare) ? TRI_YES : TRI_NO;
}

/* --- the process */

/* What has to be in an event to know it, and how it comes there. */
static const struct {
	const char *field, *how;
} sources[] = {
	[PROCESS_PID] = {"pid", NULL},
	[PROCESS_NSPID] = {"nspid", "--export-extended-fields"},
	[PROCESS_CAPABILITIES] = {"cap", "--enable-process-cred"},
	[PROCESS_NAMESPACE] = {"ns", "--enable-process-ns"},
	[PROCESS_IMAGE] = {"exe, its path in the end", "--export-extended-fields"},
	[PROCESS_NAMESPACE_CHANGES] = {"what it was before its namespaces changed", NULL},
	[PROCESS_CAPABILITY_CHANGES] = {"what it was before its capabilities changed", NULL},
	[PROCESS_USER] = {"process_credentials", "--enable-process-cred"},
	[PROCESS_HOST] = {"docker, or exec_id to say that there is no container", NULL},
	[PROCESS_WORKLOAD] = {"pod", "--enable-cri"},
	[PROCESS_STRING] = {"argv", "--export-extended-fields"},
	[PROCESS_STRINGS_KNOWN] = {"argv", "--export-extended-fields"},
};

static enum tri lacks(const struct judged *j, const struct process_test *t)
{
	const char *field = sources[t->value].field, *how = sources[t->value].how;

	if (process_test_is_of_strings(t) && t->which == HOOK_ENVIRONMENT)
		return unknown(j, "the event does not say that it has all variables of the "
				  "environment");
	return unknown(j, "the event does not have %s of the %s%s%s", field,
		       t->parent   ? "parent"
		       : t->follow ? "process or an ancestor"
				   : "process",
		       how ? "; recorded with " : "", how ? how : "");
}

static bool knows_of(const struct process_test *t, const struct subject *s)
{
	switch (t->value) {
	case PROCESS_PID:
		return s->caller.pid;
	case PROCESS_NSPID:
		return s->caller.nspid;
	case PROCESS_CAPABILITIES:
		return s->knows_capabilities;
	case PROCESS_NAMESPACE:
		return s->namespaces & 1U << t->which;
	case PROCESS_IMAGE:
		return s->knows_image;
	case PROCESS_USER:
		return s->users & 1U << t->which;
	case PROCESS_HOST:
		return s->knows_host;
	case PROCESS_WORKLOAD:
		return s->caller.container || (s->caller.host && s->knows_host);
	case PROCESS_STRING:
	case PROCESS_STRINGS_KNOWN:
		return s->knows_strings[t->which == HOOK_ENVIRONMENT];
	case PROCESS_NAMESPACE_CHANGES:
	case PROCESS_CAPABILITY_CHANGES:
		break;
	}
	return false;
}

/* Whether a name that was relative is taken for none: events do not say which were. */
static void set_relative(struct subject *s, bool relative)
{
	for (; s; s = subject_parent(s))
		s->caller.names[0].relative = relative;
}

/* Whether it is true of one of those that it is about, whatever is asked of that. */
static bool is_any(const struct process_test *t, const struct subject *s)
{
	return process_test_holds(t, &s->caller) != t->test.negate;
}

/* Whether all is known of all that it is about. */
static bool knows_every(const struct process_test *t, const struct subject *s)
{
	if (t->parent && s->is_first)
		return true;
	s = t->parent ? subject_parent(s) : s;
	while (s && knows_of(t, s)) {
		if (!t->follow || s->is_first)
			return true;
		s = subject_parent(s);
	}
	return false;
}

/* What is true of one that is known is true, whoever else there may be. */
static enum tri judge_kept(const struct judged *j, const struct process_test *t)
{
	bool any, all;

	set_relative(j->subject, true);
	all = is_any(t, j->subject);
	set_relative(j->subject, false);
	any = is_any(t, j->subject);
	if (all)
		return t->test.negate ? TRI_NO : TRI_YES;
	if (any)
		return unknown(j, "the event does not say whether the process was invoked by a "
				  "relative path");
	if (!knows_every(t, j->subject))
		return lacks(j, t);
	return t->test.negate ? TRI_YES : TRI_NO;
}

static enum tri judge_process(const struct judged *j, const struct process_test *t)
{
	if (!j->subject)
		return unknown(j, "the event has no process");
	/* Of strings there is nothing to be true of: they are all known, or not. */
	if (process_test_is_kept(t) && t->value != PROCESS_STRINGS_KNOWN)
		return judge_kept(j, t);
	if (!knows_of(t, j->subject))
		return lacks(j, t);
	return process_test_holds(t, &j->subject->caller) ? TRI_YES : TRI_NO;
}

/* --- */

enum tri judge_selector(const struct judged *j, size_t selector)
{
	const struct plan_selector *s = &j->plan->selectors[selector];
	struct judged quiet = *j;
	struct str why = STR_INIT;
	enum tri all = TRI_YES, one;

	/* What is not known is of no account if something else is not so. */
	quiet.why = &why;
	for (size_t i = 0; i < s->n + s->n_process && all != TRI_NO; i++) {
		one = i < s->n ? judge_test(&quiet, &s->tests[i])
			       : judge_process(&quiet, &s->process[i - s->n]);
		if (one != TRI_YES)
			all = one;
	}
	if (all == TRI_UNKNOWN && !j->why->len)
		str_append(j->why, why.data, why.len);
	str_free(&why);
	return all;
}

enum tri judge_return(const struct judged *j, size_t selector)
{
	const struct plan_selector *s = &j->plan->selectors[selector];
	enum tri all = TRI_YES;

	for (size_t i = 0; i < s->n_returns && all != TRI_NO; i++) {
		if (!j->returned)
			return unknown(j, "the event does not say what the call returned");
		if (!recorded_knows(j->returned, &j->plan->returned, &s->returns[i]))
			all = unknown(j, "what the call returned %s",
				      j->returned->why ? j->returned->why : "is not told");
		else if (!test_holds(&s->returns[i], &j->returned->value))
			all = TRI_NO;
	}
	return all;
}
