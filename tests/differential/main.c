// SPDX-License-Identifier: Apache-2.0
/*
 * Random policies, compiled and run in this kernel on random calls: whether it
 * decides as the evaluator does, and tells what the arguments are. Prints what
 * it did, or the first difference.
 */
#include "kernel.h"
#include "look.h"
#include "network.h"
#include "packets.h"
#include "random.h"
#include "sample.h"
#include "sockets.h"
#include "tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct counts {
	unsigned long calls, told, quiet, faults, truncated, returned, withdrawn, data, limited,
		limited_returns;
};

static int fail(const struct sample *s, const char *what, unsigned long policy, int event)
{
	fprintf(stderr, "policy %lu, call %d: %s\n%s", policy, event, what,
		str_cstr((struct str *)&s->text));
	return -1;
}

static void print_value(const char *what, uint32_t status, const char *bytes, size_t size)
{
	fprintf(stderr, "%s: status %u, %zu bytes:", what, status, size);
	for (size_t i = 0; i < size && i < 128; i++)
		fprintf(stderr, "%s%02x", i % 4 ? "" : " ", (unsigned char)bytes[i]);
	fputs("\n", stderr);
}

/* Whether the record has that value; steps behind it. */
static bool is_told(const struct told *told, const char **at, const char *end)
{
	struct hook_arg arg;
	const char *bytes = *at + sizeof(arg);

	if (bytes > end)
		return false;
	memcpy(&arg, *at, sizeof(arg));
	*at = bytes + (arg.size + 7) / 8 * 8;
	if (*at > end)
		return false;
	if (arg.status == told->status && arg.size == told->size &&
	    !memcmp(bytes, told->bytes, arg.size))
		return true;
	print_value("is", arg.status, bytes, arg.size);
	print_value("should be", told->status, told->bytes, told->size);
	return false;
}

static const char *another_value(size_t i)
{
	static char text[64];

	snprintf(text, sizeof(text), "value %zu is another", i);
	return text;
}

static bool is_of(const struct record_hook *record, const struct sample *s, int selector)
{
	return record->hook == s->compiled.plan.hook && record->selector == (uint32_t)selector;
}

static const char *difference(const struct sample *s, const struct record_hook *record,
			      const struct event *event, int selector, struct counts *counts)
{
	const char *at = (const char *)(record + 1);
	const char *end = (const char *)record + record->record.size;

	if (!is_of(record, s, selector))
		return "another selector";
	if (record->args != s->n_args + s->n_data)
		return "another number of values";
	for (size_t i = 0; i < record->args; i++) {
		counts->faults += event->told[i].status == HOOK_ARG_FAULT;
		counts->truncated += event->told[i].status == HOOK_ARG_TRUNCATED;
		if (!is_told(&event->told[i], &at, end))
			return another_value(i);
	}
	return NULL;
}

/* What is returned, and then what was to be read when it is. */
static const char *difference_of_returned(const struct sample *s, const struct record_hook *record,
					  const struct event *event)
{
	const char *at = (const char *)(record + 1);
	const char *end = (const char *)record + record->record.size;
	size_t n = 1;

	if (!is_told(&event->told_returned, &at, end))
		return "it returns something else";
	for (size_t i = 0; i < s->n_args; i++) {
		if (!s->values[i]->is_later)
			continue;
		n++;
		if (!is_told(&event->told_later[i], &at, end))
			return another_value(i);
	}
	return record->args == n ? NULL : "another number of values when it returns";
}

static const char *difference_of_return(struct sample *s, const struct record_hook *record,
					struct event *event, int selector, struct counts *counts)
{
	bool told = sample_evaluate_return(s, selector, event);

	if (!record || !is_of(record, s, selector))
		return "its return is not told";
	if (!!(record->flags & HOOK_WITHDRAWN) == told)
		return told ? "its return takes it back" : "its return does not take it back";
	counts->returned += told;
	counts->withdrawn += !told;
	counts->limited_returns += !told && s->limits_returns;
	return told ? difference_of_returned(s, record, event) : NULL;
}

static const char *try_return(struct kernel *kernel, struct sample *s, bool posted, int selector,
			      struct event *event, struct counts *counts)
{
	const struct record_hook *record = kernel_return(kernel, event->returned);

	if (posted)
		return difference_of_return(s, record, event, selector, counts);
	return record ? "only its return is told" : NULL;
}

static int try_calls(struct kernel *kernel, struct sample *s, const struct caller *subject,
		     unsigned long policy, int events, struct counts *counts)
{
	static struct event event;

	for (int i = 0; i < events; i++) {
		const struct record_hook *record;
		const char *what = NULL;
		int selector;
		bool posted;

		/* The same once more may be one too many. */
		if (!i || pick(6))
			sample_event(s, &event);
		selector = sample_evaluate(s, &event, subject, &posted);
		record = kernel_call(kernel, event.args);
		if (posted != !!record)
			what = posted ? "it is not told" : "it is told";
		else if (record)
			what = difference(s, record, &event, selector, counts);
		if (!what && s->returned)
			what = try_return(kernel, s, posted, selector, &event, counts);
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

static int try_all(const struct way *way, const struct caller *subject,
		   struct kernel_functions *functions, unsigned long policies, int events,
		   struct counts *counts, struct error **reterr)
{
	struct kernel *kernel = NULL;
	int r = kernel_new(way, &kernel, reterr);

	for (unsigned long i = 0; i < policies && r >= 0; i++) {
		struct sample s;

		random_start(i);
		r = sample_make(&s, way, subject, functions, (uint32_t)i + 2);
		if (r >= 0)
			r = kernel_set(kernel, &s.compiled.plan, reterr);
		if (r >= 0)
			r = try_calls(kernel, &s, subject, i, events, counts);
		else
			fail(&s, "the policy is refused", i, 0);
		sample_done(&s);
	}
	kernel_free(&kernel);
	return r;
}

int main(int argc, char **argv)
{
	const struct way *way = argc == 5 ? way_named(argv[1]) : NULL;
	struct kernel_functions *functions = NULL;
	struct error *err = NULL;
	struct counts counts = {0};
	static struct caller subject;
	int r;

	if (!way) {
		fputs("usage: differential WAY POLICIES CALLS FOLDER\n", stderr);
		return 2;
	}
	random_start(0);
	types_setup(argv[4]);
	tree_setup(argv[4]);
	network_setup();
	sockets_setup();
	packets_setup();
	r = kernel_functions_new(&functions, &err);
	if (r >= 0)
		r = look_around(functions, argv, &subject, &err);
	if (r >= 0)
		r = try_all(way, &subject, functions, strtoul(argv[2], NULL, 10), atoi(argv[3]),
			    &counts, &err);
	if (err)
		fprintf(stderr, "%s\n", error_text(err));
	printf("calls=%lu told=%lu quiet=%lu faults=%lu truncated=%lu returned=%lu "
	       "withdrawn=%lu data=%lu limited=%lu limited_returns=%lu\n",
	       counts.calls, counts.told, counts.quiet, counts.faults, counts.truncated,
	       counts.returned, counts.withdrawn, counts.data, counts.limited,
	       counts.limited_returns);
	kernel_functions_free(&functions);
	error_free(&err);
	return r < 0;
}
