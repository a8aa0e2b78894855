// SPDX-License-Identifier: Apache-2.0
/*
 * seed_record DIRECTORY: writes streams of sound records there, for fuzz_record
 * to begin with. To be run again when the layout of records has changed:
 *   build-fuzz/tests/fuzz/seed_record tests/fuzz/corpus/record
 */
#include "core/hook.h"
#include "record_stream.h"
#include "unit/core/records.h"

#include <stdio.h>
#include <stdlib.h>

#define INIT KEY(1, 10, 0)
#define SHELL KEY(10, 100, 1)
#define ALL 0x7f

struct seed {
	struct str bytes;
	uint64_t time;
};

static void put_u16(struct seed *s, unsigned v)
{
	str_append_char(&s->bytes, (char)(v & 0xff));
	str_append_char(&s->bytes, (char)(v >> 8));
}

static void begin(struct seed *s, unsigned options, unsigned entries)
{
	str_append_char(&s->bytes, (char)options);
	str_append_char(&s->bytes, (char)entries);
	s->time = 1000;
}

static void take(struct seed *s, struct str *record, size_t len)
{
	((struct record *)(void *)record->data)->time = s->time++;
	put_u16(s, (unsigned)len);
	str_append(&s->bytes, record->data, len);
	str_free(record);
}

static void fork_of(struct seed *s, struct process_key child, struct process_key creator)
{
	struct str r = STR_INIT;

	put_fork(&r,
		 &(struct record_fork){
			 .child = child, .creator = creator, .parent = creator, .cgroup_id = 7});
	take(s, &r, r.len);
}

static void image_of(struct seed *s, enum record_type type, struct process_key process,
		     struct process_key parent, const struct exec_texts *texts, uint32_t flags)
{
	struct str r = STR_INIT;

	put_exec(&r, type,
		 &(struct record_exec){.process = process,
				       .parent = parent,
				       .cgroup_id = 7,
				       .inode = 5,
				       .links = 1,
				       .magic = 0xef53,
				       .tty = 136U << 20,
				       .nspid = 2,
				       .flags = flags,
				       .cred = {.uid = 1000, .permitted = 5, .securebits = 1},
				       .ns = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
				       .comm = "comm"},
		 texts);
	take(s, &r, r.len);
}

static void exit_of(struct seed *s, struct process_key process, uint32_t status)
{
	struct str r = STR_INIT;

	put_exit(&r, &(struct record_exit){.process = process,
					   .parent = SHELL,
					   .status = status,
					   .cgroup_id = 7,
					   .threads = 2});
	take(s, &r, r.len);
}

static const struct exec_texts texts = {"./run.sh", "/usr/bin/dash",           "/opt/app",
					"/bin/sh",  {"run.sh\0a b\0\xff", 12}, {"PATH=/\0A", 9}};

static void life(struct seed *s)
{
	begin(s, ALL, 100);
	put_u16(s, STREAM_SCAN_DONE);
	image_of(s, RECORD_EXEC, SHELL, INIT, &texts, EXEC_SCRIPT);
	fork_of(s, KEY(20, 200, 1), SHELL);
	image_of(s, RECORD_EXEC, KEY(20, 200, 2), SHELL, &texts, EXEC_PRIVILEGED);
	image_of(s, RECORD_EXEC, KEY(20, 200, 3), SHELL, &texts, EXEC_ERROR_CWD);
	exit_of(s, KEY(20, 200, 3), 256);
	exit_of(s, KEY(20, 200, 3), 256);
	exit_of(s, KEY(30, 300, 3), 9);
	exit_of(s, SHELL, 0x8b);
}

static void scan(struct seed *s)
{
	begin(s, STREAM_EXTENDED | STREAM_ANCESTORS, 100);
	image_of(s, RECORD_TASK, KEY(20, 200, 1), SHELL, &texts, EXEC_STRINGS_LATER);
	fork_of(s, KEY(31, 301, 1), KEY(30, 300, 1));
	image_of(s, RECORD_TASK, SHELL, INIT, &texts, 0);
	image_of(s, RECORD_TASK, KEY(2, 11, 0), KEY(0, 0, 0), &texts, EXEC_KTHREAD);
	exit_of(s, KEY(40, 400, 1), 0);
	image_of(s, RECORD_TASK, KEY(40, 400, 1), SHELL, &texts, 0);
	image_of(s, RECORD_TASK, KEY(31, 301, 1), SHELL, &texts, 0);
	put_u16(s, STREAM_MISSING);
	put_u16(s, STREAM_SCAN_DONE);
	image_of(s, RECORD_EXEC, KEY(20, 200, 2), SHELL, &texts, 0);
	exit_of(s, KEY(31, 301, 1), 0);
}

static void rates(struct seed *s)
{
	struct str cgroup = STR_INIT, throttle = STR_INIT;

	begin(s, 0, 100);
	put_u16(s, STREAM_SCAN_DONE);
	put_cgroup(&cgroup, 7,
		   "/docker/"
		   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	take(s, &cgroup, cgroup.len);
	image_of(s, RECORD_EXEC, SHELL, INIT, &texts, 0);
	put_throttle(&throttle, 7, 1);
	take(s, &throttle, throttle.len);
	exit_of(s, KEY(20, 200, 3), 0);
	put_u16(s, STREAM_THROTTLE_STOP);
	put_u16(s, STREAM_TICK);
	exit_of(s, SHELL, 0);
}

static void parts(struct seed *s)
{
	static char argv[EXEC_INLINE_MAX + 100];
	const struct exec_texts longer = {.filename = "/x", .argv = {argv, sizeof(argv)}};
	struct str r = STR_INIT;

	memset(argv, 'a', sizeof(argv));
	begin(s, STREAM_EXTENDED, 100);
	put_u16(s, STREAM_SCAN_DONE);
	put_data(&r, SHELL, EXEC_ARGV, EXEC_INLINE_MAX, (struct bytes){argv, 100});
	/* What is left out is zero. */
	take(s, &r, sizeof(struct record_data) - DATA_CHUNK + 100);
	image_of(s, RECORD_EXEC, SHELL, INIT, &longer, 0);
	exit_of(s, SHELL, 0);
}

static void small(struct seed *s)
{
	begin(s, STREAM_ENV | STREAM_ENV_FILTER | STREAM_CRED, 2);
	put_u16(s, STREAM_SCAN_DONE);
	for (uint32_t i = 0; i < 5; i++) {
		fork_of(s, KEY(20 + i, 200 + i, i), KEY(19 + i, 199 + i, i));
		image_of(s, RECORD_EXEC, KEY(20 + i, 200 + i, i + 1), KEY(19 + i, 199 + i, i),
			 &(struct exec_texts){.filename = "x", .cwd = "/"}, 0);
	}
	for (uint32_t i = 0; i < 5; i++)
		exit_of(s, KEY(20 + i, 200 + i, i + 1), 0);
}

/* Of a size that it can have, and of those that vary more than the least. */
static void put_value(struct str *r, enum hook_value value)
{
	static const char bytes[256] = "\xff\xfe\x02\x00/no end\x0a\x00\x01";
	size_t size = 0;

	if (value == HOOK_VALUE_LONG) {
		put_hook_arg(r, HOOK_ARG_FAULT, BYTES(""));
		return;
	}
	if (value == HOOK_VALUE_SIZE) {
		put_hook_arg(r, HOOK_ARG_NO_ROOM, BYTES(""));
		return;
	}
	while (!hook_value_fits(value, size))
		size++;
	if (hook_value_fits(value, size + 20))
		size += 20;
	put_hook_arg(r, HOOK_ARG_TRUNCATED, (struct bytes){bytes, size});
}

static void hit_of(struct seed *s, uint32_t hook, struct process_key process)
{
	struct str r = STR_INIT;

	put_hook(&r, &(struct record_hook){.process = process, .tid = 21, .hook = hook});
	if (hook == STREAM_HOOK_TWO) {
		put_hook_number(&r, (uint64_t)-100);
		put_hook_arg(&r, HOOK_ARG_READ, BYTES("/etc/shadow\0"));
	} else if (hook == STREAM_HOOK_ALL) {
		for (enum hook_value i = 0; i < _HOOK_VALUE_MAX; i++)
			put_value(&r, i);
	}
	take(s, &r, r.len);
}

static void hits(struct seed *s)
{
	begin(s, STREAM_EXTENDED | STREAM_ANCESTORS, 100);
	image_of(s, RECORD_TASK, SHELL, INIT, &texts, 0);
	hit_of(s, STREAM_HOOK_TWO, SHELL);
	hit_of(s, STREAM_HOOK_ALL, KEY(20, 200, 1));
	hit_of(s, STREAM_HOOK_NONE, KEY(30, 300, 1));
	image_of(s, RECORD_TASK, KEY(20, 200, 1), SHELL, &texts, 0);
	put_u16(s, STREAM_SCAN_DONE);
	hit_of(s, STREAM_HOOK_TWO, KEY(20, 200, 2));
	image_of(s, RECORD_EXEC, KEY(20, 200, 2), SHELL, &texts, 0);
	hit_of(s, STREAM_HOOK_TWO, KEY(20, 200, 2));
	hit_of(s, STREAM_HOOK_ALL, KEY(0, 1, 0));
	put_u16(s, STREAM_UNHOOK);
	hit_of(s, STREAM_HOOK_ALL, SHELL);
	hit_of(s, STREAM_HOOK_ALL + 1, SHELL);
}

static void load_of(struct seed *s, uint32_t pid, uint32_t build_id_size, const char *path)
{
	struct str r = STR_INIT;

	put_load(
		&r,
		&(struct record_load){
			.pid = pid, .tid = pid, .build_id = {1, 2}, .build_id_size = build_id_size},
		path);
	take(s, &r, r.len);
}

static void loads(struct seed *s)
{
	begin(s, STREAM_EXTENDED | STREAM_ANCESTORS, 100);
	load_of(s, SHELL.pid, 20, "/early");
	put_u16(s, STREAM_SCAN_DONE);
	image_of(s, RECORD_EXEC, SHELL, INIT, &texts, 0);
	load_of(s, SHELL.pid, 20, "/lib/a.so");
	load_of(s, SHELL.pid, 20, "/lib/a.so");
	load_of(s, SHELL.pid, 0, NULL);
	load_of(s, SHELL.pid, 0, "/\xff");
	image_of(s, RECORD_EXEC, KEY(10, 100, 2), SHELL, &texts, 0);
	load_of(s, SHELL.pid, 0, NULL);
	load_of(s, SHELL.pid, 0, "/x");
	exit_of(s, KEY(10, 100, 2), 0);
	load_of(s, 77, 20, "/y");
}

static void malformed(struct seed *s)
{
	static const char zeros[32];

	begin(s, 0, 10);
	for (unsigned len = 0; len < sizeof(zeros); len += 8) {
		put_u16(s, len | STREAM_RAW);
		str_append(&s->bytes, zeros, len);
	}
	/* More than there is. */
	put_u16(s, 1000);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*make)(struct seed *s);
	} seeds[] = {{"life", life},   {"scan", scan},   {"rates", rates},
		     {"parts", parts}, {"small", small}, {"malformed", malformed},
		     {"hits", hits},   {"loads", loads}};

	if (argc != 2) {
		fprintf(stderr, "usage: seed_record DIRECTORY\n");
		return 2;
	}
	for (size_t i = 0; i < ARRAY_SIZE(seeds); i++) {
		struct seed s = {0};
		char path[4096];
		FILE *f;

		seeds[i].make(&s);
		snprintf(path, sizeof(path), "%s/%s", argv[1], seeds[i].name);
		f = fopen(path, "we");
		if (!f || fwrite(s.bytes.data, 1, s.bytes.len, f) != s.bytes.len || fclose(f)) {
			perror(path);
			return 1;
		}
		str_free(&s.bytes);
	}
	return 0;
}
