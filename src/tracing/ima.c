// SPDX-License-Identifier: Apache-2.0
#include "tracing/ima.h"
#include "base/cleanup.h"
#include "sensor/btf_path.h"

#include <bpf/btf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define HELPER "bpf_ima_file_hash"
/* Before the file is open, so that nobody can read it yet. */
#define UNOPENED "bpf_lsm_file_open"
#define SECURITYFS "/sys/kernel/security"
#define IMA SECURITYFS "/ima"

/* Where a selector asks for it; NULL: none does. */
static const struct policy_action *asking(const struct policy_hook *hook)
{
	for (size_t i = 0; i < hook->selectors.n; i++) {
		const struct policy_actions *actions = &hook->selectors.v[i].actions;

		for (size_t j = 0; j < actions->n; j++)
			if (actions->v[j].ima_hash.v)
				return &actions->v[j];
	}
	return NULL;
}

/* Looked up, for its place differs from kernel to kernel. */
static int find_member(const struct compiler *c, struct kernel_functions *functions,
		       const char *structure, const char *member, struct plan_file *ret)
{
	const char *module;
	const struct btf *btf = kernel_functions_types(functions, 0, &module);
	int type = btf__find_by_name_kind(btf, structure, BTF_KIND_STRUCT);
	struct access_path path;
	struct btf_end end;
	int r = type;

	if (r >= 0)
		r = btf_path_find(btf, (uint32_t)type, member, strlen(member), &c->points->arena,
				  &path, &end, NULL);
	if (r < 0)
		return r;
	if (path.n != 1 || path.steps[0].size != sizeof(uint64_t) ||
	    path.steps[0].offset > INT16_MAX)
		return -ENOENT;
	ret->is_member = true;
	ret->offset = path.steps[0].offset;
	return 0;
}

static int find_argument(const struct compiler *c, const struct kernel_function *function,
			 struct kernel_functions *functions, struct plan_file *ret)
{
	struct plan_file file = {0};
	int r = -ENOENT;

	for (unsigned i = 0; i < function->n_params && i < KERNEL_PARAMS_MAX && r < 0; i++) {
		const struct kernel_param *param = &function->params[i];

		if (param->type && !strcmp(param->type, "file")) {
			file.is_inode = !strcmp(function->name, UNOPENED);
			r = file.is_inode ? find_member(c, functions, "file", "f_inode", &file) : 0;
		} else if (param->type && !strcmp(param->type, "linux_binprm")) {
			r = find_member(c, functions, "linux_binprm", "file", &file);
		}
		if (r < 0)
			file.word += param->words;
	}
	if (r >= 0)
		*ret = file;
	return r;
}

int policy_hashed_file(const struct compiler *c, const struct policy_hook *hook,
		       const struct kernel_function *function, struct plan_file *ret)
{
	const struct policy_action *action = asking(hook);
	struct kernel_functions *functions;
	struct finding *finding;

	if (!action)
		return 0;
	functions = compiler_functions(c, action->ima_hash.mark);
	if (!functions)
		return -ENOMEM;
	if (!kernel_functions_has(functions, HELPER)) {
		finding = diagnose_error(c->diags, action->ima_hash.mark,
					 "this kernel has no " HELPER "()");
		finding_remedy(finding, "\"imaHash\" needs Linux 5.18 or later");
		return -EOPNOTSUPP;
	}
	if (find_argument(c, function, functions, ret) < 0) {
		finding = diagnose_error(c->diags, action->ima_hash.mark,
					 "\"imaHash\" is of a file, and %s is about none",
					 hook->call.s);
		finding_remedy(finding, "hook one that is, such as file_open, mmap_file or "
					"bprm_check_security");
		return -EINVAL;
	}
	if (access(SECURITYFS "/lsm", F_OK) == 0 && access(IMA, F_OK) < 0) {
		finding = diagnose_warning(c->diags, action->ima_hash.mark,
					   "events carry no hashes: IMA is not active");
		finding_why(finding, "there is no " IMA);
		finding_remedy(finding, "a kernel with CONFIG_IMA");
	}
	return 0;
}
