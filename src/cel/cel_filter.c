// SPDX-License-Identifier: Apache-2.0
#include "cel/cel_filter.h"

#include "base/cleanup.h"
#include "cel/cel.h"
#include "cel/event_env.h"
#include "cel/limit.h"

#include <errno.h>
#include <stdio.h>

struct cel_filter {
	struct cel_activation *activation;
	size_t n;
	struct cel_program *programs[];
};

void cel_filter_free(struct cel_filter **filter)
{
	if (!*filter)
		return;
	for (size_t i = 0; i < (*filter)->n; i++)
		cel_program_free(&(*filter)->programs[i]);
	cel_activation_free(&(*filter)->activation);
	free(*filter);
	*filter = NULL;
}

static void name_expression(struct error **reterr, size_t i)
{
	char name[32];

	if (!reterr || !*reterr || !(*reterr)->line)
		return;
	snprintf(name, sizeof(name), "expression %zu", i + 1);
	error_at(reterr, name, (*reterr)->line, (*reterr)->column);
}

/* A variable whose event did not happen is a message in which nothing is set. */
static void set_nothing(struct cel_filter *filter, unsigned variable)
{
	cel_activation_set(filter->activation, variable,
			   cel_message(cel_event_env.variables[variable].type.message, NULL));
}

int cel_filter_new(const char *const *expressions, size_t n, struct cel_filter **ret,
		   struct error **reterr)
{
	_cleanup_(cel_filter_free) struct cel_filter *filter = NULL;
	int r;

	if (n > CEL_FILTER_MAX)
		return error_set(reterr, -E2BIG, "%zu expressions; the limit is %d", n,
				 CEL_FILTER_MAX);
	filter = calloc(1, sizeof(*filter) + n * sizeof(filter->programs[0]));
	if (!filter)
		return -ENOMEM;
	r = cel_activation_new(&cel_event_env, &filter->activation);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < cel_event_env.n_variables; i++)
		set_nothing(filter, i);
	for (; filter->n < n; filter->n++) {
		r = cel_compile(expressions[filter->n], &cel_event_env,
				&filter->programs[filter->n], reterr);
		if (r < 0 && n > 1)
			name_expression(reterr, filter->n);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(filter);
	return 0;
}

/* That an expression has no value is an answer; any other failure leaves the question open. */
static bool is_worse(int r, int than)
{
	return r < 0 && (than == 0 || (than == -EDOM && r != -EDOM));
}

/* With what is left of the steps that all of them may take. */
static int eval(struct cel_filter *filter, size_t i, struct cel_value *ret, uint64_t *steps,
		struct error **reterr)
{
	uint64_t allowed = steps ? MIN(*steps, (uint64_t)CEL_STEPS_MAX) : CEL_STEPS_MAX;
	int r;

	cel_activation_allow(filter->activation, allowed);
	r = cel_eval(filter->programs[i], filter->activation, ret, reterr);
	if (steps)
		*steps -= allowed - cel_activation_left(filter->activation);
	return r;
}

/* Asks the programs in turn. */
static int match_any(struct cel_filter *filter, uint64_t happened, uint64_t *steps,
		     struct error **reterr)
{
	_cleanup_error_ struct error *worst = NULL;
	int failed = 0, r;

	for (size_t i = 0; i < filter->n; i++) {
		uint64_t mentions = cel_program_mentions(filter->programs[i]);
		_cleanup_error_ struct error *err = NULL;
		struct cel_value value;

		if (mentions && !(mentions & happened))
			continue;
		r = eval(filter, i, &value, steps, reterr ? &err : NULL);
		/* A nullable bool is let in as an expression. */
		if (r >= 0 && value.kind == CEL_BOOL && value.boolean)
			return 1;
		if (!is_worse(r, failed))
			continue;
		failed = r;
		if (filter->n > 1)
			name_expression(&err, i);
		error_free(&worst);
		worst = TAKE_PTR(err);
	}
	if (failed && reterr) {
		error_free(reterr);
		*reterr = TAKE_PTR(worst);
	}
	return failed;
}

int cel_filter_match(struct cel_filter *filter, const Tetragon__GetEventsResponse *event,
		     uint64_t *steps, struct error **reterr)
{
	int variable = cel_event_variable((uint32_t)event->event_case), r;
	const ProtobufCMessageDescriptor *type;

	if (variable < 0)
		return match_any(filter, 0, steps, reterr);
	type = cel_event_env.variables[variable].type.message;
	/* All members of the oneof are pointers to messages. */
	cel_activation_set(filter->activation, (unsigned)variable,
			   cel_message(type, (const ProtobufCMessage *)event->process_exec));
	r = match_any(filter, UINT64_C(1) << variable, steps, reterr);
	set_nothing(filter, (unsigned)variable);
	return r;
}
