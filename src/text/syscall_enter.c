// SPDX-License-Identifier: Apache-2.0
#include "text/syscall_enter.h"
#include "base/syscall.h"

#include <errno.h>
#include <inttypes.h>

struct call {
	int abi; /* enum syscall_abi, or -EINVAL for one not known here */
	const char *abi_name;
	int64_t number;
};

static struct call get_call(const Tetragon__ProcessTracepoint *tp)
{
	const Tetragon__KprobeArgument *arg = tp->n_args ? tp->args[0] : NULL;

	if (arg && arg->arg_case == TETRAGON__KPROBE_ARGUMENT__ARG_SYSCALL_ID)
		return (struct call){syscall_abi_from_string(arg->syscall_id->abi),
				     arg->syscall_id->abi, arg->syscall_id->id};
	if (arg && arg->arg_case == TETRAGON__KPROBE_ARGUMENT__ARG_LONG_ARG)
		return (struct call){SYSCALL_ABI_DEFAULT, NULL, arg->long_arg};
	return (struct call){-EINVAL, NULL, -1};
}

static void append_value(struct line *line, const Tetragon__ProcessTracepoint *tp, size_t i,
			 bool pointer)
{
	if (i >= tp->n_args || tp->args[i]->arg_case != TETRAGON__KPROBE_ARGUMENT__ARG_SIZE_ARG)
		str_append_char(line->out, '?');
	else if (pointer)
		str_appendf(line->out, "0x%" PRIx64, tp->args[i]->size_arg);
	else
		str_append_u64(line->out, tp->args[i]->size_arg);
}

static void append_args(struct line *line, const Tetragon__ProcessTracepoint *tp,
			const char *prototype)
{
	const char *end;

	str_append_char(line->out, '(');
	for (size_t i = 1; *prototype; i++, prototype = end) {
		end = strchrnul(prototype, ',');
		str_append(line->out, prototype, (size_t)(end - prototype));
		str_append_char(line->out, '=');
		append_value(line, tp, i, memchr(prototype, '*', (size_t)(end - prototype)));
		if (!*end)
			break;
		str_append_lit(line->out, ", ");
		end += strlen(", ");
	}
	str_append_char(line->out, ')');
}

void syscall_enter_write(struct line *line, const Tetragon__ProcessTracepoint *tp)
{
	struct call call = get_call(tp);
	const struct syscall_info *info =
		call.abi < 0 ? NULL : syscall_by_number((enum syscall_abi)call.abi, call.number);

	str_append_char(line->out, ' ');
	if (!info) {
		str_append_lit(line->out, "unknown");
		return;
	}
	if (call.abi != SYSCALL_ABI_DEFAULT) {
		line_word(line, call.abi_name);
		str_append_char(line->out, '/');
	}
	str_append_z(line->out, info->name);
	if (info->prototype && (call.abi == SYSCALL_ABI_X64 || call.abi == SYSCALL_ABI_ARM64))
		append_args(line, tp, info->prototype);
}
