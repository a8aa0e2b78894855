// SPDX-License-Identifier: Apache-2.0
#include "records.h"

#include <stdlib.h>

static void put(struct str *out, enum record_type type, const void *facts, size_t size)
{
	struct record *record;

	str_append(out, facts, size);
	record = (struct record *)(void *)out->data;
	record->type = type;
	record->size = (__u32)size;
}

void put_fork(struct str *out, const struct record_fork *facts)
{
	put(out, RECORD_FORK, facts, sizeof(*facts));
}

void put_exit(struct str *out, const struct record_exit *facts)
{
	put(out, RECORD_EXIT, facts, sizeof(*facts));
}

void put_dying(struct str *out, struct process_key process)
{
	struct record_dying facts = {.process = process};

	put(out, RECORD_DYING, &facts, sizeof(facts));
}

void put_throttle(struct str *out, uint64_t cgroup_id, uint64_t time)
{
	struct record_throttle facts = {.record.time = time, .cgroup_id = cgroup_id};

	put(out, RECORD_THROTTLE, &facts, sizeof(facts));
}

void put_hook(struct str *out, const struct record_hook *facts)
{
	put(out, RECORD_HOOK, facts, sizeof(*facts));
}

void put_hook_arg(struct str *out, enum hook_arg_status status, struct bytes bytes)
{
	static const char padding[8];
	struct hook_arg arg = {.size = (__u32)bytes.len, .status = status};
	struct record_hook *record;

	str_append(out, &arg, sizeof(arg));
	str_append(out, bytes.data, bytes.len);
	str_append(out, padding, -bytes.len % 8);
	record = (struct record_hook *)(void *)out->data;
	record->args++;
	record->record.size = (__u32)out->len;
}

void put_hook_number(struct str *out, uint64_t number)
{
	put_hook_arg(out, HOOK_ARG_READ, (struct bytes){(const char *)&number, sizeof(number)});
}

void put_names(struct str *out, const char *path)
{
	const char *end = path + strlen(path);

	while (end > path) {
		const char *name = end;

		while (name > path && name[-1] != '/')
			name--;
		if (name < end) {
			str_append(out, name, (size_t)(end - name));
			str_append_char(out, '\0');
		}
		end = name > path ? name - 1 : path;
	}
}

static struct record_exec *exec_of(struct str *out)
{
	return (struct record_exec *)(void *)out->data;
}

/* What was appended since @from is the whole of @field. */
static void close_field(struct str *out, enum exec_field field, size_t from)
{
	exec_of(out)->field[field].kept = (__u32)(out->len - from);
	exec_of(out)->field[field].size = (__u32)(out->len - from);
}

static void put_text(struct str *out, enum exec_field field, const char *text)
{
	size_t from = out->len;

	if (!text)
		return;
	str_append(out, text, strlen(text) + 1);
	close_field(out, field, from);
}

static void put_path(struct str *out, enum exec_field field, const char *path)
{
	size_t from = out->len;

	if (!path)
		return;
	put_names(out, path);
	close_field(out, field, from);
}

static void put_strings(struct str *out, enum exec_field field, struct bytes strings)
{
	size_t from = out->len;

	str_append(out, strings.data, MIN(strings.len, (size_t)EXEC_INLINE_MAX));
	close_field(out, field, from);
	exec_of(out)->field[field].size = (__u32)strings.len;
}

void put_exec(struct str *out, enum record_type type, const struct record_exec *facts,
	      const struct exec_texts *texts)
{
	put(out, type, facts, sizeof(*facts));
	put_text(out, EXEC_FILENAME, texts->filename);
	put_path(out, EXEC_EXE, texts->exe);
	put_path(out, EXEC_CWD, texts->cwd);
	put_text(out, EXEC_INTERP, texts->interp);
	put_strings(out, EXEC_ARGV, texts->argv);
	put_strings(out, EXEC_ENV, texts->env);
	exec_of(out)->record.size = (__u32)out->len;
}

void put_cgroup(struct str *out, uint64_t cgroup_id, const char *path)
{
	struct record_cgroup facts = {.cgroup_id = cgroup_id}, *record;

	put(out, RECORD_CGROUP, &facts, sizeof(facts));
	put_names(out, path);
	record = (struct record_cgroup *)(void *)out->data;
	record->kept = (__u32)(out->len - sizeof(facts));
	record->record.size = (__u32)out->len;
}

void put_data(struct str *out, struct process_key process, enum exec_field field, uint32_t offset,
	      struct bytes data)
{
	struct record_data *record = calloc(1, sizeof(*record));

	if (!record)
		abort();
	record->process = process;
	record->field = field;
	record->offset = offset;
	record->len = (__u32)data.len;
	memcpy(record->data, data.data, data.len);
	put(out, RECORD_DATA, record, sizeof(*record));
	free(record);
}

void put_load(struct str *out, const struct record_load *facts, const char *path)
{
	struct record_load load = *facts;

	load.path_size = path ? (uint32_t)strlen(path) : 0;
	if (!path)
		load.flags |= LOAD_EXECVE;
	put(out, RECORD_LOAD, &load, sizeof(load));
	str_append(out, path ? path : "", load.path_size);
	((struct record *)(void *)out->data)->size = (__u32)out->len;
}
