// SPDX-License-Identifier: Apache-2.0
#include "core/decode.h"

/* The fixed part of each; what may follow it is checked by its own function. */
static const size_t fixed_size[_RECORD_MAX] = {
	[RECORD_FORK] = sizeof(struct record_fork),
	[RECORD_EXEC] = sizeof(struct record_exec),
	[RECORD_TASK] = sizeof(struct record_exec),
	[RECORD_DYING] = sizeof(struct record_dying),
	[RECORD_EXIT] = sizeof(struct record_exit),
	[RECORD_CGROUP] = sizeof(struct record_cgroup),
	[RECORD_THROTTLE] = sizeof(struct record_throttle),
	[RECORD_DATA] = sizeof(struct record_data),
	[RECORD_HOOK] = sizeof(struct record_hook),
	[RECORD_PART] = sizeof(struct record_part),
	[RECORD_LOAD] = sizeof(struct record_load),
};

static bool exec_valid(const struct record_exec *exec, size_t len)
{
	size_t room = len - sizeof(*exec);

	for (int i = 0; i < _EXEC_FIELD_MAX; i++) {
		if (exec->field[i].kept > room || exec->field[i].kept > exec->field[i].size)
			return false;
		room -= exec->field[i].kept;
	}
	return true;
}

static bool data_valid(const struct record_data *data)
{
	return (data->field == EXEC_ARGV || data->field == EXEC_ENV) && data->len <= DATA_CHUNK &&
	       data->offset >= EXEC_INLINE_MAX &&
	       data->offset <= EXEC_INLINE_MAX + DATA_CHUNK * (DATA_CHUNKS_MAX - 1);
}

static bool part_valid(const struct record_part *part)
{
	return part->len <= HOOK_PART_BYTES &&
	       part->offset <= HOOK_STRING_MAX + HOOK_PART_BYTES * HOOK_PARTS_MAX;
}

static bool load_valid(const struct record_load *load, size_t len)
{
	return load->path_size == len - sizeof(*load) &&
	       load->build_id_size <= sizeof(load->build_id);
}

static size_t padded(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

static bool arg_valid(const struct hook_arg *arg, size_t room)
{
	bool read = arg->status == HOOK_ARG_READ || arg->status == HOOK_ARG_TRUNCATED;

	if (arg->status == HOOK_ARG_LOST && arg->size != sizeof(struct hook_lost))
		return false;
	return arg->status < _HOOK_ARG_STATUS_MAX &&
	       (read || arg->status == HOOK_ARG_LOST || arg->size == 0) && arg->size <= room &&
	       padded(arg->size) <= room;
}

static bool hook_valid(const struct record_hook *hook, size_t len)
{
	const char *at = (const char *)(hook + 1), *end = (const char *)hook + len;
	bool full = len - sizeof(*hook) + sizeof(struct hook_arg) > HOOK_DATA_MAX;
	uint32_t n = 0;

	for (; at < end; n++) {
		const struct hook_arg *arg = (const void *)at;
		size_t room = (size_t)(end - at);

		if (room < sizeof(*arg) || !arg_valid(arg, room - sizeof(*arg)))
			return false;
		at += sizeof(*arg) + padded(arg->size);
	}
	return n == hook->args || (n < hook->args && full);
}

bool record_valid(const void *data, size_t len)
{
	const struct record *record = data;

	if (len < sizeof(*record) || record->type >= _RECORD_MAX || record->size != len ||
	    len < fixed_size[record->type])
		return false;
	switch (record->type) {
	case RECORD_EXEC:
	case RECORD_TASK:
		return exec_valid(data, len);
	case RECORD_DATA:
		return data_valid(data);
	case RECORD_CGROUP:
		return ((const struct record_cgroup *)data)->kept <=
		       len - sizeof(struct record_cgroup);
	case RECORD_PART:
		return part_valid(data);
	case RECORD_LOAD:
		return load_valid(data, len);
	case RECORD_HOOK:
		return hook_valid(data, len);
	default:
		return true;
	}
}

void exec_fields(const struct record_exec *exec, struct exec_fields *ret)
{
	const char *at = (const char *)(exec + 1);

	for (int i = 0; i < _EXEC_FIELD_MAX; i++) {
		ret->v[i].data = at;
		ret->v[i].len = exec->field[i].kept;
		at += exec->field[i].kept;
	}
}

unsigned hook_n_behind(const struct record_hook *hook)
{
	return (unsigned)__builtin_popcount(hook->flags & HOOK_BEHIND);
}

const struct hook_hash *hook_hash(const struct record_hook *hook)
{
	struct hook_args args;
	struct hook_bytes v = {0};

	if (!(hook->flags & HOOK_IMA_HASH))
		return NULL;
	/* The last. */
	hook_args_init(&args, hook);
	for (unsigned i = 0; i < hook->args; i++)
		hook_args_next(&args, &v);
	return v.size == sizeof(struct hook_hash) ? (const void *)v.data : NULL;
}

void hook_stacks(const struct record_hook *hook, struct hook_stacks *ret)
{
	struct hook_bytes of[3] = {0}, v;
	size_t at = 0, n_addresses;
	struct hook_args args;

	hook_args_init(&args, hook);
	for (unsigned i = hook_n_behind(hook); i < hook->args; i++)
		hook_args_next(&args, &v);
	for (unsigned flag = HOOK_KERNEL_STACK; flag <= HOOK_USER_ADDRESSES; flag <<= 1, at++)
		if (hook->flags & flag)
			hook_args_next(&args, &of[at]);
	ret->kernel = (const void *)of[0].data;
	ret->n_kernel = of[0].size / sizeof(*ret->kernel);
	ret->user = (const void *)of[1].data;
	ret->n_user = of[1].size / sizeof(*ret->user);
	n_addresses = of[2].size / sizeof(*ret->addresses);
	ret->addresses = n_addresses == ret->n_user ? (const void *)of[2].data : NULL;
}

void hook_args_init(struct hook_args *args, const struct record_hook *hook)
{
	args->at = (const char *)(hook + 1);
	args->end = (const char *)hook + hook->record.size;
	args->left = hook->args;
}

bool hook_args_next(struct hook_args *args, struct hook_bytes *ret)
{
	const struct hook_arg *arg = (const void *)args->at;

	if (args->left == 0)
		return false;
	args->left--;
	if (args->at == args->end) {
		*ret = (struct hook_bytes){.status = HOOK_ARG_NO_ROOM, .data = args->end};
		return true;
	}
	*ret = (struct hook_bytes){arg->status, (const char *)(arg + 1), arg->size};
	args->at = ret->data + padded(arg->size);
	return true;
}
