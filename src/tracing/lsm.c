// SPDX-License-Identifier: Apache-2.0
#include "tracing/compiler.h"
#include "tracing/ima.h"
#include "policy/action.h"
#include "tracing/prototype.h"
#include "sensor/security_modules.h"

#include <errno.h>
#include <string.h>

#define PREFIX "bpf_lsm_"
#define MISTAKES_MAX 4

/* A program attaches also where it is never run. */
static int check_active(const struct compiler *c, const struct policy_hook *hook)
{
	struct finding *finding;
	char modules[256];

	if (security_modules_read(modules, sizeof(modules)) < 0 ||
	    security_modules_list(modules, "bpf"))
		return 0;
	finding = diagnose_error(c->diags, hook->call.mark,
				 "BPF is no active security module of this kernel");
	finding_why(finding, SECURITY_MODULES " says %s", modules);
	finding_remedy(finding, "boot with lsm=%s,bpf", modules);
	return -EOPNOTSUPP;
}

static int find_hook(const struct compiler *c, const struct policy_hook *hook,
		     struct kernel_function *ret)
{
	const char *name = compiler_format(c, PREFIX "%s", hook->call.s);
	struct kernel_functions *functions = compiler_functions(c, hook->call.mark);
	struct finding *finding;
	struct suggest suggest;

	if (!name || !functions)
		return -ENOMEM;
	if (kernel_functions_find(functions, name, ret) == 0)
		return 0;
	finding = diagnose_error(c->diags, hook->call.mark, "this kernel has no LSM hook " QUOTED,
				 QUOTE(hook->call.s, hook->call.len));
	if (!finding)
		return -ENOENT;
	suggest_init(&suggest, hook->call.s, hook->call.len, MISTAKES_MAX);
	kernel_functions_suggest(functions, PREFIX, &suggest);
	if (!suggest.best && !kernel_functions_has(functions, PREFIX "file_open"))
		finding_why(finding, "it is built without CONFIG_BPF_LSM");
	finding_suggest(finding, &suggest);
	return -ENOENT;
}

/* Some hooks are told of what is decided already. */
static int check_decides(const struct compiler *c, const struct policy_hook *hook,
			 const struct kernel_function *function)
{
	const struct policy_action *override = policy_override_of(hook);

	if (!override || function->returns)
		return 0;
	finding_remedy(diagnose_error(c->diags, override->mark,
				      "what " QUOTED
				      " returns is nothing, and cannot be overridden",
				      QUOTE(hook->call.s, hook->call.len)),
		       "write Sigkill, or hook what is asked before it is done");
	return -EOPNOTSUPP;
}

int compile_lsm(const struct compiler *c, const struct policy_hook *hook)
{
	struct hook facts = {.type = EVENT_LSM, .function = hook->call.s};
	struct policy_point point = {.backend = &backend_typed};
	struct resolve_site site = {0};
	struct kernel_function function;
	int r = find_hook(c, hook, &function);

	if (r >= 0)
		r = check_active(c, hook);
	if (r < 0)
		return r;
	r = check_decides(c, hook, &function);
	if (r < 0)
		return r;
	r = policy_hashed_file(c, hook, &function, &point.plan.hashed);
	if (r < 0)
		return r;
	policy_prototype_compare(&function, c->diags, hook);
	site.function = function.name;
	r = compiler_resolve(c, &site, hook->call.mark, &hook);
	if (r < 0)
		return r;
	r = policy_prototype_resolve(&function, &c->points->arena, c->diags, &hook);
	if (r < 0)
		return r;
	point.place = (struct hook_place){
		.kind = HOOK_POINT_LSM,
		.name = hook->call.s,
		.btf_id = function.btf_id,
		.btf_object = function.btf_object,
	};
	return compiler_add(c, hook, hook->call.mark, &point, &facts);
}
