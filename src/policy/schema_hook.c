// SPDX-License-Identifier: Apache-2.0
#include "policy/arg_type.h"
#include "policy/schema_parts.h"

static const struct field arg_fields[] = {
	STRING_FIELD("btfType", policy_arg, btf_type),
	STRING_FIELD("btfTypeModule", policy_arg, btf_module),
	INT_FIELD("index", 32, policy_arg, index, .required = true, .not_negative = true),
	STRING_FIELD("label", policy_arg, label),
	BOOL_FIELD("maxData", policy_arg, max_data, .initial = "false"),
	STRING_FIELD("resolve", policy_arg, resolve, .initial = "\"\""),
	BOOL_FIELD("returnCopy", policy_arg, return_copy, .initial = "false"),
	INT_FIELD("sizeArgIndex", 32, policy_arg, size_index, .not_negative = true),
	STRING_FIELD("source", policy_arg, source_name),
	CHOICE_FIELD("type", arg_types, policy_arg, type, .required = true, .initial = "\"auto\""),
};

static const struct object arg_object = {
	.what = "an argument",
	.size = sizeof(struct policy_arg),
	FIELDS_OF(arg_fields),
};

static const struct field ignore_call_fields[] = {
	BOOL_FIELD("callNotFound", policy_ignore, call_not_found),
};

static const struct object ignore_call_object = {
	.what = "ignore",
	.size = sizeof(struct policy_ignore),
	FIELDS_OF(ignore_call_fields),
};

static const struct field ignore_digest_fields[] = {
	BOOL_FIELD("digestVerificationFailure", policy_ignore, digest_failure),
};

static const struct object ignore_digest_object = {
	.what = "ignore",
	.size = sizeof(struct policy_ignore),
	FIELDS_OF(ignore_digest_fields),
};

#define COMMON_FIELDS                                                            \
	LIST_FIELD("args", arg_object, policy_hook, args, policy_args),          \
		LIST_FIELD("selectors", selector_object, policy_hook, selectors, \
			   policy_selectors),                                    \
		STRING_FIELD("message", policy_hook, message),                   \
		STRINGS_FIELD("tags", policy_hook, tags, .items_max = 16)

#define RETURN_FIELDS                                                           \
	LIST_FIELD("data", arg_object, policy_hook, data, policy_args),         \
		BOOL_FIELD("return", policy_hook, returns, .initial = "false"), \
		OBJECT_FIELD("returnArg", arg_object, policy_hook, return_arg, policy_arg)

static bool has_return_arg(const void *object)
{
	const struct policy_hook *hook = object;

	return !hook->returns.v || POLICY_SET(hook->return_arg);
}

#define RETURN_CONSTRAINT                                                                \
	{                                                                                \
		.cel = "!has(self.return) || (!self.return || has(self.returnArg))",     \
		.holds = has_return_arg,                                                 \
		.what = "return: true without a returnArg",                              \
		.remedy = "say of what type the return value is: returnArg: {index: 0, " \
			  "type: \"int\"}",                                              \
	}

static const struct constraint function_constraints[] = {RETURN_CONSTRAINT};

static const struct field function_fields[] = {
	COMMON_FIELDS,
	RETURN_FIELDS,
	STRING_FIELD("call", policy_hook, call, .required = true),
	OBJECT_FIELD("ignore", ignore_call_object, policy_hook, ignore, policy_ignore),
	STRING_FIELD("returnArgAction", policy_hook, return_action_name),
	BOOL_FIELD("syscall", policy_hook, syscall, .initial = "true"),
};

static const struct field tracepoint_fields[] = {
	COMMON_FIELDS,
	STRING_FIELD("event", policy_hook, event, .required = true),
	BOOL_FIELD("raw", policy_hook, raw),
	STRING_FIELD("subsystem", policy_hook, subsystem, .required = true),
};

static bool says_where_once(const void *object)
{
	const struct policy_hook *hook = object;

	return POLICY_SET(hook->symbols) + POLICY_SET(hook->addrs) + POLICY_SET(hook->offsets) <= 1;
}

static const struct constraint uprobe_constraints[] = {
	{
		.cel = "!(has(self.symbols) && has(self.addrs)) && "
		       "!(has(self.symbols) && has(self.offsets)) && "
		       "!(has(self.addrs) && has(self.offsets))",
		.holds = says_where_once,
		.what = "the uprobe says in more than one way where to attach",
		.remedy = "keep one of symbols, offsets and addrs",
	},
	RETURN_CONSTRAINT,
};

static const struct field uprobe_fields[] = {
	COMMON_FIELDS,
	RETURN_FIELDS,
	INTS_FIELD("addrs", 64, policy_hook, addrs),
	STRINGS_FIELD("binaryDigests", policy_hook, digests),
	STRING_FIELD("btfPath", policy_hook, btf_path),
	OBJECT_FIELD("ignore", ignore_digest_object, policy_hook, ignore, policy_ignore),
	INTS_FIELD("offsets", 64, policy_hook, offsets),
	STRING_FIELD("path", policy_hook, path, .required = true),
	INTS_FIELD("refCtrOffsets", 64, policy_hook, ref_ctr_offsets),
	STRINGS_FIELD("symbols", policy_hook, symbols),
};

static const struct field usdt_fields[] = {
	COMMON_FIELDS,
	STRING_FIELD("btfPath", policy_hook, btf_path),
	STRING_FIELD("name", policy_hook, name, .required = true),
	STRING_FIELD("path", policy_hook, path, .required = true),
	STRING_FIELD("provider", policy_hook, provider, .required = true),
};

static const struct field lsm_fields[] = {
	COMMON_FIELDS,
	STRING_FIELD("hook", policy_hook, call, .required = true),
};

#define HOOK(text, table) .what = (text), .size = sizeof(struct policy_hook), FIELDS_OF(table)

const struct object hook_objects[HOOK_KINDS] = {
	[HOOK_KPROBE] = {HOOK("a kprobe", function_fields), CONSTRAINTS_OF(function_constraints)},
	[HOOK_FENTRY] = {HOOK("an fentry", function_fields), CONSTRAINTS_OF(function_constraints)},
	[HOOK_TRACEPOINT] = {HOOK("a tracepoint", tracepoint_fields)},
	[HOOK_UPROBE] = {HOOK("a uprobe", uprobe_fields), CONSTRAINTS_OF(uprobe_constraints)},
	[HOOK_USDT] = {HOOK("a usdt", usdt_fields)},
	[HOOK_LSM] = {HOOK("an LSM hook", lsm_fields)},
};

const char *const hook_section_names[HOOK_KINDS + 1] = {
	[HOOK_KPROBE] = "kprobes",
	[HOOK_FENTRY] = "fentries",
	[HOOK_TRACEPOINT] = "tracepoints",
	[HOOK_UPROBE] = "uprobes",
	[HOOK_USDT] = "usdts",
	[HOOK_LSM] = "lsmhooks",
	[HOOK_ENFORCER] = "enforcers",
};
