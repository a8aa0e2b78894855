// SPDX-License-Identifier: Apache-2.0
#include "cel/cel.h"

#include "base/cleanup.h"
#include "cel/check.h"
#include "cel/eval.h"
#include "cel/parser.h"
#include "cel/prepare.h"

#include <errno.h>

struct cel_program {
	struct arena arena;
	struct cel_node *root;
	const struct cel_type *type;
	uint64_t mentions;
	struct cel_patterns patterns;
};

void cel_program_free(struct cel_program **program)
{
	if (!*program)
		return;
	cel_patterns_free(&(*program)->patterns);
	arena_done(&(*program)->arena);
	free(*program);
	*program = NULL;
}

static int check_result(const struct cel_node *root, const struct cel_env *env,
			struct error **reterr)
{
	const struct cel_type *type = root->type;
	_cleanup_str_ struct str shown = STR_INIT;

	if (type->kind == CEL_NULLABLE)
		type = type->arg[0];
	if (env->result == CEL_DYN || type->kind == env->result)
		return 0;
	cel_type_append(&shown, root->type);
	if (!str_cstr(&shown))
		return -ENOMEM;
	cel_complain(reterr, -EINVAL, root->place, "the expression must be %s, but is %s",
		     cel_kind_name(env->result), shown.data);
	if (type->kind == CEL_DYN)
		error_remedy(reterr, "compare it with something, or put %s() round it",
			     cel_kind_name(env->result));
	else if (env->result == CEL_BOOL)
		error_remedy(reterr, "compare it with something");
	return -EINVAL;
}

int cel_compile(const char *text, const struct cel_env *env, struct cel_program **ret,
		struct error **reterr)
{
	_cleanup_(cel_program_free) struct cel_program *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	r = cel_parse(text, &p->arena, &p->root, reterr);
	if (r >= 0)
		r = cel_check(p->root, env, &p->arena, &p->mentions, reterr);
	if (r >= 0)
		r = check_result(p->root, env, reterr);
	if (r < 0)
		return r;
	p->type = p->root->type;
	r = cel_prepare(p->root, &p->arena, &p->patterns, reterr);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(p);
	return 0;
}

const struct cel_type *cel_program_type(const struct cel_program *program)
{
	return program->type;
}

uint64_t cel_program_mentions(const struct cel_program *program)
{
	return program->mentions;
}

int cel_eval(const struct cel_program *program, struct cel_activation *activation,
	     struct cel_value *ret, struct error **reterr)
{
	int r;

	cel_activation_begin(activation);
	r = cel_eval_node(activation, program->root, ret);
	return r < 0 ? cel_fault_explain(&activation->fault, reterr) : 0;
}
