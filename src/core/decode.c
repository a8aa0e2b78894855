// SPDX-License-Identifier: Apache-2.0
#include "core/decode.h"

#include <stdint.h>

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
