// SPDX-License-Identifier: Apache-2.0
#include "compiled.h"
#include "policy/diagnostics.h"
#include "tracing/prototype.h"
#include "tracing/resolve.h"

#include <errno.h>
#include <stdio.h>

static void print_findings(const struct str *policy, struct diagnostics *diags)
{
	struct str text = STR_INIT;

	for (size_t i = 0; i < diags->n; i++)
		finding_text(diags->v[i], &text);
	fprintf(stderr, "this policy is refused:\n%s\n%s\n", str_cstr((struct str *)policy),
		str_cstr(&text));
	str_free(&text);
}

/* The first that there is. */
static const struct policy_hook *only_hook(const struct policy *policy)
{
	size_t kind = 0;

	while (!policy->spec.hooks[kind].n)
		kind++;
	return &policy->spec.hooks[kind].v[0];
}

/* As the arguments of the function have types, and places. */
static int resolve_prototype(struct compiled *c, const struct way *way,
			     struct kernel_functions *functions, struct diagnostics *diags,
			     const struct policy_hook **hook)
{
	struct kernel_function function;
	int r = kernel_functions_find(functions, way->function, &function);

	return r < 0 ? r : policy_prototype_resolve(&function, &c->arena, diags, hook);
}

static int make_plan(struct compiled *c, const struct way *way, struct kernel_functions *functions,
		     uint32_t number, struct diagnostics *diags)
{
	const struct resolve_site site = {.function = way->function};
	const struct plan_facts facts = {0};
	const struct policy_hook *hook = only_hook(c->policies.v[0]);
	int r = 0;

	if (policy_resolves(hook))
		r = policy_resolve(functions, &site, &c->arena, c->policies.v[0], diags, &hook);
	if (r >= 0 && way->function)
		r = resolve_prototype(c, way, functions, diags, &hook);
	if (r >= 0)
		r = plan_make(hook, &facts, &c->arena, diags, &c->plan);
	return r < 0 ? r : plan_number(&c->plan, number, &c->arena);
}

int compiled_make(struct compiled *c, const struct str *text, const struct way *way,
		  struct kernel_functions *functions, uint32_t number)
{
	struct diagnostics diags = DIAGNOSTICS_INIT;
	int r;

	*c = (struct compiled){0};
	r = policies_read(&c->policies, &diags, "random", text->data, text->len);
	if (r == 0 && c->policies.n != 1)
		r = -EINVAL;
	if (r >= 0)
		r = make_plan(c, way, functions, number, &diags);
	if (r < 0)
		print_findings(text, &diags);
	diagnostics_done(&diags);
	return r;
}

void compiled_done(struct compiled *c)
{
	policies_done(&c->policies);
	arena_done(&c->arena);
}
