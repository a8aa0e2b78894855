// SPDX-License-Identifier: Apache-2.0
/*
 * Random policies, compiled and run in this kernel on random calls: whether it
 * decides as the evaluator does, and tells what the arguments are. Prints what
 * it did, or the first difference.
 */
#include "base/macro.h"
#include "kernel.h"
#include "random.h"
#include "sample.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const ways[] = {
	[WAY_TEST_RUN] = "test_run",
	[WAY_SYS_ENTER] = "sys_enter",
	[WAY_KPROBE] = "kprobe",
	[WAY_FENTRY] = "fentry",
};

struct counts {
	unsigned long calls, told, quiet, faults, truncated, returned, withdrawn, data, limited;
};

static int fail(const struct sample *s, const char *what, unsigned long policy, int event)
{
	fprintf(stderr, "policy %lu, call %d: %s\n%s", policy, event, what,
		str_cstr((struct str *)&s->text));
	return -1;
}

/* Whether the record has the value of that argument; steps behind it. */
static bool is_told(const struct told *told, const char **at, const char *end)
{
	struct hook_arg arg;
	uint32_t status = told->lost        ? HOOK_ARG_LOST
			  : told->fault     ? HOOK_ARG_FAULT
			  : told->truncated ? HOOK_ARG_TRUNCATED
					    : HOOK_ARG_READ;
	const char *bytes = *at + sizeof(arg);

	if (bytes > end)
		return false;
	memcpy(&arg, *at, sizeof(arg));
	*at = bytes + (arg.size + 7) / 8 * 8;
	if (arg.status != status || bytes + arg.size > end)
		return false;
	return told->fault || (arg.size == told->size && !memcmp(bytes, told->bytes, arg.size));
}

static const char *difference(const struct sample *s, const struct record_hook *record,
			      const struct event *event, int selector, struct counts *counts)
{
	static char text[64];
	const char *at = (const char *)(record + 1);
	const char *end = (const char *)record + record->record.size;

	if (record->hook != s->plan.hook || record->selector != (uint32_t)selector)
		return "another selector";
	if (record->args != ARGS + s->n_data)
		return "another number of values";
	for (size_t i = 0; i < ARGS + s->n_data; i++) {
		counts->faults += event->told[i].fault;
		counts->truncated += event->told[i].truncated;
		if (!is_told(&event->told[i], &at, end)) {
			snprintf(text, sizeof(text), "value %zu is another", i);
			return text;
		}
	}
	return NULL;
}

/* Of a call that was told of. */
static const char *difference_of_return(const struct sample *s, const struct record_hook *record,
					int selector, struct counts *counts)
{
	bool told = sample_evaluate_return(s, selector, CALL_RETURNS);
	struct {
		struct hook_arg arg;
		int64_t value;
	} returned;

	if (!record || record->hook != s->plan.hook || record->selector != (uint32_t)selector)
		return "its return is not told";
	if (!!(record->flags & HOOK_WITHDRAWN) == told)
		return told ? "its return takes it back" : "its return does not take it back";
	counts->returned += told;
	counts->withdrawn += !told;
	memcpy(&returned, record + 1, sizeof(returned));
	if (told && (record->args != 1 || (int32_t)returned.value != CALL_RETURNS))
		return "it returns something else";
	return NULL;
}

static int try_calls(struct kernel *kernel, struct sample *s, const struct subject *subject,
		     unsigned long policy, int events, struct counts *counts)
{
	static struct event event;

	for (int i = 0; i < events; i++) {
		const struct record_hook *record;
		const char *what = NULL;
		int selector;
		bool posted;

		sample_event(s, &event);
		selector = sample_evaluate(s, &event, subject, &posted);
		record = kernel_call(kernel, event.args);
		if (posted != !!record)
			what = posted ? "it is not told" : "it is told";
		else if (record)
			what = difference(s, record, &event, selector, counts);
		if (!what && record && s->returns)
			what = difference_of_return(s, kernel_returned(kernel), selector, counts);
		if (what)
			return fail(s, what, policy, i);
		counts->calls++;
		counts->data += posted && s->n_data;
		counts->limited += selector != NO_SELECTOR && !posted && s->limits;
		counts->told += posted;
		counts->quiet += !posted;
	}
	return 0;
}

/* Which pid the kernel knows this process by: it tells it, when nothing is filtered. */
static int find_subject(struct kernel *kernel, char *const *argv, struct subject *subject,
			struct error **reterr)
{
	static const struct plan all = {.hook = 1, .name = "all"};
	const uint64_t args[ARGS] = {0};
	const struct record_hook *record;
	int r = kernel_set(kernel, &all, reterr);

	if (r < 0)
		return r;
	record = kernel_call(kernel, args);
	if (!record)
		return error_set(reterr, -1, "nothing is told");
	subject_of_this_process(subject, argv, record->process.pid, (uint32_t)getpid());
	return 0;
}

static int try_all(struct kernel *kernel, int returns, char *const *argv, unsigned long policies,
		   int events, struct counts *counts, struct error **reterr)
{
	struct kernel_functions *functions = NULL;
	struct subject subject;
	int r = find_subject(kernel, argv, &subject, reterr);

	if (r >= 0)
		r = kernel_functions_new(&functions, reterr);

	for (unsigned long i = 0; i < policies && r >= 0; i++) {
		struct sample s;

		random_start(i);
		r = sample_make(&s, CALL, returns, &subject, functions, (uint32_t)i + 2);
		if (r >= 0)
			r = kernel_set(kernel, &s.plan, reterr);
		if (r >= 0)
			r = try_calls(kernel, &s, &subject, i, events, counts);
		else
			fail(&s, "the policy is refused", i, 0);
		sample_done(&s);
	}
	kernel_functions_free(&functions);
	return r;
}

int main(int argc, char **argv)
{
	struct error *err = NULL;
	struct kernel *kernel = NULL;
	struct counts counts = {0};
	size_t way = 0;
	int r;

	if (argc == 5)
		while (way < ARRAY_SIZE(ways) && strcmp(argv[1], ways[way]) != 0)
			way++;
	if (argc != 5 || way == ARRAY_SIZE(ways)) {
		fputs("usage: differential test_run|sys_enter|kprobe|fentry POLICIES CALLS "
		      "FOLDER\n",
		      stderr);
		return 2;
	}
	types_setup(argv[4]);
	r = kernel_new((enum way)way, &kernel, &err);
	if (r >= 0)
		r = try_all(kernel, way_returns((enum way)way) ? CALL_RETURNS : 0, argv,
			    strtoul(argv[2], NULL, 10), atoi(argv[3]), &counts, &err);
	if (err)
		fprintf(stderr, "%s\n", error_text(err));
	printf("calls=%lu told=%lu quiet=%lu faults=%lu truncated=%lu returned=%lu "
	       "withdrawn=%lu data=%lu limited=%lu\n",
	       counts.calls, counts.told, counts.quiet, counts.faults, counts.truncated,
	       counts.returned, counts.withdrawn, counts.data, counts.limited);
	kernel_free(&kernel);
	error_free(&err);
	return r < 0;
}
