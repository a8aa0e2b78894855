// SPDX-License-Identifier: Apache-2.0
#include "message/kprobe_args.h"
#include "core/decode.h"
#include "message/kprobe_objects.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MEMBER(name) TETRAGON__KPROBE_ARGUMENT__ARG_##name

struct arg {
	Tetragon__KprobeArgument message;
	Tetragon__KprobeError error;
};

/* The number in the low bytes, as many as count. */
static uint64_t low(const struct hook_bytes *v, unsigned width)
{
	unsigned above = 64 - 8 * width;
	uint64_t number;

	memcpy(&number, v->data, sizeof(number));
	return number << above >> above;
}

static int64_t low_signed(const struct hook_bytes *v, unsigned width)
{
	unsigned above = 64 - 8 * width;

	return (int64_t)(low(v, width) << above) >> above;
}

static void put_int(struct texts *texts, Tetragon__KprobeArgument *to,
		    const struct hook_param *param, const struct hook_bytes *v)
{
	to->arg_case = MEMBER(INT_ARG);
	to->int_arg = (int32_t)low_signed(v, param->width);
}

static void put_uint(struct texts *texts, Tetragon__KprobeArgument *to,
		     const struct hook_param *param, const struct hook_bytes *v)
{
	to->arg_case = MEMBER(UINT_ARG);
	to->uint_arg = (uint32_t)low(v, param->width);
}

static void put_long(struct texts *texts, Tetragon__KprobeArgument *to,
		     const struct hook_param *param, const struct hook_bytes *v)
{
	to->arg_case = MEMBER(LONG_ARG);
	to->long_arg = low_signed(v, param->width);
}

static void put_size(struct texts *texts, Tetragon__KprobeArgument *to,
		     const struct hook_param *param, const struct hook_bytes *v)
{
	to->arg_case = MEMBER(SIZE_ARG);
	to->size_arg = low(v, param->width);
}

static void put_bpf_cmd(struct texts *texts, Tetragon__KprobeArgument *to,
			const struct hook_param *param, const struct hook_bytes *v)
{
	to->arg_case = MEMBER(BPF_CMD_ARG);
	to->bpf_cmd_arg = (Tetragon__BpfCmd)low_signed(v, 4);
}

static void put_string(struct texts *texts, Tetragon__KprobeArgument *to,
		       const struct hook_param *param, const struct hook_bytes *v)
{
	size_t len = strnlen(v->data, v->size);
	/* The record has the NUL, but for what no kernel wrote. */
	char *s =
		len < v->size ? texts_borrow(texts, v->data, len) : texts_copy(texts, v->data, len);

	to->arg_case = MEMBER(STRING_ARG);
	to->string_arg = texts_redact(texts, s);
}

static void (*const putters[_HOOK_VALUE_MAX])(struct texts *, Tetragon__KprobeArgument *,
					      const struct hook_param *,
					      const struct hook_bytes *) = {
	[HOOK_VALUE_INT] = put_int,       [HOOK_VALUE_UINT] = put_uint,
	[HOOK_VALUE_LONG] = put_long,     [HOOK_VALUE_SIZE] = put_size,
	[HOOK_VALUE_STRING] = put_string, [HOOK_VALUE_BPF_CMD] = put_bpf_cmd,
};

static char *lost_text(struct texts *texts, const struct hook_bytes *v)
{
	struct hook_lost lost;
	char buf[96];
	int n;

	memcpy(&lost, v->data, sizeof(lost));
	n = snprintf(buf, sizeof(buf),
		     "Bad address encountered during resolve dereference at depth %llu",
		     (unsigned long long)lost.depth);
	return texts_copy(texts, buf, (size_t)n);
}

/* Why it is not there; NULL: it is. What was cut off is told as far as it goes. */
static char *error_of(struct texts *texts, const struct hook_bytes *v)
{
	static char fault[] = "Bad address for basic type";
	static char unreturned[] = "It is read when the call returns, which was not seen";
	static char no_room[] = "No room for it beside the values before it";

	switch (v->status) {
	case HOOK_ARG_FAULT:
		return fault;
	case HOOK_ARG_LOST:
		return lost_text(texts, v);
	case HOOK_ARG_LATER:
		return unreturned;
	case HOOK_ARG_NO_ROOM:
		return no_room;
	default:
		return NULL;
	}
}

static void put(struct texts *texts, struct arg *to, const struct hook_param *param,
		const struct hook_bytes *v)
{
	char *error = error_of(texts, v);

	tetragon__kprobe_argument__init(&to->message);
	to->message.label = (char *)(uintptr_t)param->label;
	if (!error) {
		if (!kprobe_object(texts, param->value, v, &to->message))
			putters[param->value](texts, &to->message, param, v);
		return;
	}
	tetragon__kprobe_error__init(&to->error);
	to->error.message = error;
	to->message.arg_case = MEMBER(ERROR_ARG);
	to->message.error_arg = &to->error;
}

static void *take(struct texts *texts, size_t size)
{
	void *v = arena_alloc(texts->arena, size);

	if (!v)
		texts->failed = true;
	return v;
}

/* The values of the record; those that came later are in the other. */
static void put_all(struct texts *texts, const struct hook *hook, const struct record_hook *hit,
		    const struct record_hook *returned, struct arg *arg,
		    Tetragon__KprobeArgument **list)
{
	struct hook_args args, later = {0};
	struct hook_bytes v;

	hook_args_init(&args, hit);
	if (returned) {
		hook_args_init(&later, returned);
		if (hook->tells_value)
			hook_args_next(&later, &v);
	}
	for (size_t i = 0; i < hook->n_params && hook_args_next(&args, &v); i++) {
		if (hook->params[i].later && returned)
			hook_args_next(&later, &v);
		put(texts, &arg[i], &hook->params[i], &v);
		list[i] = &arg[i].message;
	}
}

Tetragon__KprobeArgument **kprobe_args(struct texts *texts, const struct hook *hook,
				       const struct record_hook *hit,
				       const struct record_hook *returned)
{
	Tetragon__KprobeArgument **list;
	struct arg *arg;

	if (hook->n_params == 0)
		return NULL;
	list = take(texts, hook->n_params * sizeof(*list));
	arg = take(texts, hook->n_params * sizeof(*arg));
	if (!list || !arg)
		return NULL;
	put_all(texts, hook, hit, returned, arg, list);
	return list;
}

Tetragon__KprobeArgument *kprobe_return(struct texts *texts, const struct hook *hook,
					const struct record_hook *returned)
{
	struct hook_args args;
	struct hook_bytes v;
	struct arg *arg;

	hook_args_init(&args, returned);
	if (!hook->tells_value || !hook_args_next(&args, &v))
		return NULL;
	arg = take(texts, sizeof(*arg));
	if (!arg)
		return NULL;
	put(texts, arg, &hook->returned, &v);
	return &arg->message;
}
