// SPDX-License-Identifier: Apache-2.0
#include "cel/eval.h"

#include <errno.h>

int cel_fault_about(struct cel_activation *a, const struct cel_node *node, const char *what,
		    const struct cel_value *about)
{
	a->fault = (struct cel_fault){.code = -EDOM, .what = what, .about = *about, .node = node};
	return -EDOM;
}

int cel_fault(struct cel_activation *a, const struct cel_node *node, const char *what)
{
	a->fault = (struct cel_fault){.code = -EDOM, .what = what, .node = node};
	return -EDOM;
}

int cel_fault_arguments(struct cel_activation *a, const struct cel_node *call,
			const struct cel_value *args)
{
	a->fault = (struct cel_fault){.code = -EDOM, .node = call};
	for (unsigned i = 0; i < call->n; i++)
		a->fault.args[i] = args[i].kind;
	return -EDOM;
}

int cel_fault_unless_read(struct cel_activation *a, const struct cel_node *node, int r)
{
	return r < 0 ? cel_fault(a, node, "the time or duration is out of range") : 0;
}

int cel_out_of_steps(struct cel_activation *a, const struct cel_node *node)
{
	a->steps_left = 0;
	a->fault = (struct cel_fault){
		.code = -E2BIG, .what = "the evaluation takes too many steps", .node = node};
	return -E2BIG;
}

int cel_out_of_search(struct cel_activation *a, const struct cel_node *node,
		      const struct cel_value *pattern)
{
	cel_fault_about(a, node, "the search takes too many steps for this pattern", pattern);
	a->fault.code = -E2BIG;
	return -E2BIG;
}

int cel_out_of_memory(struct cel_activation *a, const struct cel_node *node)
{
	a->fault = (struct cel_fault){.code = -ENOMEM, .what = "out of memory", .node = node};
	return -ENOMEM;
}

void *cel_alloc(struct cel_activation *a, const struct cel_node *node, size_t size)
{
	void *p;

	if (size > a->memory_left) {
		a->fault = (struct cel_fault){.code = -E2BIG,
					      .what = "the evaluation takes too much memory",
					      .node = node};
		return NULL;
	}
	p = arena_alloc(a->arena, size);
	if (p)
		a->memory_left -= size;
	else
		cel_out_of_memory(a, node);
	return p;
}

static int explain_arguments(const struct cel_fault *fault, struct error **reterr)
{
	const struct cel_node *call = fault->node;
	const char *kinds[CEL_PARAMS_MAX];
	_cleanup_str_ struct str shown = STR_INIT;

	for (unsigned i = 0; i < call->n; i++)
		kinds[i] = cel_kind_name(fault->args[i]);
	cel_overload_show(&shown, call->call.function, call->call.member, kinds, call->n);
	if (!str_cstr(&shown))
		return -ENOMEM;
	return cel_complain(reterr, fault->code, call->place, "there is no %s", shown.data);
}

static int explain_limit(const struct cel_fault *fault, struct error **reterr)
{
	cel_complain(reterr, fault->code, fault->node->place, "%s", fault->what);
	error_remedy(reterr, "the limits are %d steps and %d bytes", CEL_STEPS_MAX, CEL_MEMORY_MAX);
	return fault->code;
}

int cel_fault_explain(const struct cel_fault *fault, struct error **reterr)
{
	_cleanup_str_ struct str about = STR_INIT;

	if (!reterr)
		return fault->code;
	if (!fault->what)
		return explain_arguments(fault, reterr);
	if (fault->code == -E2BIG && fault->about.kind == CEL_NONE)
		return explain_limit(fault, reterr);
	if (fault->about.kind != CEL_NONE) {
		str_append_lit(&about, ": ");
		cel_value_append(&about, &fault->about);
	}
	if (!str_cstr(&about))
		return -ENOMEM;
	return cel_complain(reterr, fault->code, fault->node->place, "%s%s", fault->what,
			    about.data);
}
