// SPDX-License-Identifier: Apache-2.0
#include "text/kprobe.h"

#include <inttypes.h>
#include <sched.h>
#include <sys/mman.h>

/* Of linux/sched.h; older C libraries lack it. */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

struct title {
	const char *emoji, *kind;
};

const char *kprobe_arg_path(const Tetragon__KprobeArgument *arg)
{
	switch (arg->arg_case) {
	case TETRAGON__KPROBE_ARGUMENT__ARG_FILE_ARG:
		return arg->file_arg->path;
	case TETRAGON__KPROBE_ARGUMENT__ARG_PATH_ARG:
		return arg->path_arg->path;
	case TETRAGON__KPROBE_ARGUMENT__ARG_LINUX_BINPRM_ARG:
		return arg->linux_binprm_arg->path;
	default:
		return NULL;
	}
}

static const char *arg_string(const Tetragon__KprobeArgument *arg)
{
	return arg->arg_case == TETRAGON__KPROBE_ARGUMENT__ARG_STRING_ARG ? arg->string_arg : NULL;
}

static bool arg_number(const Tetragon__KprobeArgument *arg, int64_t *ret)
{
	switch (arg->arg_case) {
	case TETRAGON__KPROBE_ARGUMENT__ARG_INT_ARG:
		*ret = arg->int_arg;
		return true;
	case TETRAGON__KPROBE_ARGUMENT__ARG_UINT_ARG:
		*ret = arg->uint_arg;
		return true;
	case TETRAGON__KPROBE_ARGUMENT__ARG_LONG_ARG:
		*ret = arg->long_arg;
		return true;
	case TETRAGON__KPROBE_ARGUMENT__ARG_SIZE_ARG:
		*ret = (int64_t)arg->size_arg;
		return true;
	default:
		return false;
	}
}

/*
 * A policy names the arguments it wants, so those of an event need not stand
 * where they do in the call: each is looked for from a place on, by what it is.
 */
static const char *find_path(const Tetragon__ProcessKprobe *kprobe, size_t from)
{
	const char *path = NULL;

	for (size_t i = from; i < kprobe->n_args && !path; i++)
		path = kprobe_arg_path(kprobe->args[i]);
	return path;
}

/* Returns the string's place, n_args when there is none. */
static size_t find_string(const Tetragon__ProcessKprobe *kprobe, size_t from, const char **ret)
{
	size_t i = from;

	*ret = NULL;
	for (; i < kprobe->n_args; i++) {
		*ret = arg_string(kprobe->args[i]);
		if (*ret)
			break;
	}
	return i;
}

static bool find_number(const Tetragon__ProcessKprobe *kprobe, size_t from, int64_t *ret)
{
	for (size_t i = from; i < kprobe->n_args; i++)
		if (arg_number(kprobe->args[i], ret))
			return true;
	return false;
}

static const Tetragon__KprobeArgument *find_arg(const Tetragon__ProcessKprobe *kprobe,
						Tetragon__KprobeArgument__ArgCase wanted)
{
	for (size_t i = 0; i < kprobe->n_args; i++)
		if (kprobe->args[i]->arg_case == wanted)
			return kprobe->args[i];
	return NULL;
}

static void write_none(struct line *line, const Tetragon__ProcessKprobe *kprobe)
{
}

static void write_function(struct line *line, const Tetragon__ProcessKprobe *kprobe)
{
	str_append_char(line->out, ' ');
	line_word(line, kprobe->function_name);
}

static void write_file(struct line *line, const Tetragon__ProcessKprobe *kprobe)
{
	str_append_char(line->out, ' ');
	line_painted_word(line, LINE_CYAN, find_path(kprobe, 0));
}

static void write_file_and_size(struct line *line, const Tetragon__ProcessKprobe *kprobe)
{
	int64_t size;

	write_file(line, kprobe);
	str_append_char(line->out, ' ');
	if (!find_number(kprobe, 1, &size))
		return;
	line_paint(line, LINE_CYAN);
	str_append_u64(line->out, (uint64_t)size);
	str_append_lit(line->out, " bytes");
	line_unpaint(line);
}

static void write_string(struct line *line, const Tetragon__ProcessKprobe *kprobe)
{
	const char *string;

	find_string(kprobe, 0, &string);
	str_append_char(line->out, ' ');
	line_painted_word(line, LINE_CYAN, string);
}

static void write_two_strings(struct line *line, const Tetragon__ProcessKprobe *kprobe)
{
	const char *first, *second;

	find_string(kprobe, find_string(kprobe, 0, &first) + 1, &second);
	str_append_char(line->out, ' ');
	line_painted_word(line, LINE_CYAN, first);
	str_append_char(line->out, ' ');
	line_painted_word(line, LINE_CYAN, second);
}

static void write_number(struct line *line, const Tetragon__ProcessKprobe *kprobe)
{
	int64_t number;

	str_append_char(line->out, ' ');
	if (!find_number(kprobe, 0, &number))
		return;
	line_paint(line, LINE_CYAN);
	str_append_i64(line->out, number);
	line_unpaint(line);
}

static void write_namespace(struct line *line, const Tetragon__ProcessKprobe *kprobe)
{
	static const struct {
		int64_t flag;
		const char *name;
	} namespaces[] = {
		{0, "any"},
		{CLONE_NEWCGROUP, "cgroup"},
		{CLONE_NEWIPC, "ipc"},
		{CLONE_NEWNET, "net"},
		{CLONE_NEWNS, "mnt"},
		{CLONE_NEWPID, "pid"},
		{CLONE_NEWTIME, "time"},
		{CLONE_NEWUSER, "user"},
		{CLONE_NEWUTS, "uts"},
	};
	int64_t flag;

	str_append_char(line->out, ' ');
	if (!find_number(kprobe, 1, &flag))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++)
		if (namespaces[i].flag == flag)
			line_word(line, namespaces[i].name);
}

static void append_end(struct line *line, const char *addr, uint32_t port)
{
	line_word(line, addr);
	str_append_char(line->out, ':');
	str_append_u64(line->out, port);
}

static void write_sock(struct line *line, const Tetragon__ProcessKprobe *kprobe)
{
	const Tetragon__KprobeArgument *arg =
		find_arg(kprobe, TETRAGON__KPROBE_ARGUMENT__ARG_SOCK_ARG);

	str_append_char(line->out, ' ');
	if (!arg)
		return;
	line_paint(line, LINE_CYAN);
	str_append_lit(line->out, "tcp ");
	append_end(line, arg->sock_arg->saddr, arg->sock_arg->sport);
	str_append_lit(line->out, " -> ");
	append_end(line, arg->sock_arg->daddr, arg->sock_arg->dport);
	line_unpaint(line);
}

static void write_sock_and_size(struct line *line, const Tetragon__ProcessKprobe *kprobe)
{
	int64_t size = 0;

	write_sock(line, kprobe);
	find_number(kprobe, 1, &size);
	str_append_lit(line->out, " bytes ");
	str_append_i64(line->out, size);
}

static void write_bpf_prog(struct line *line, const Tetragon__ProcessKprobe *kprobe)
{
	const Tetragon__KprobeArgument *arg =
		find_arg(kprobe, TETRAGON__KPROBE_ARGUMENT__ARG_BPF_ATTR_ARG);

	str_append_char(line->out, ' ');
	if (!arg)
		return;
	line_paint(line, LINE_CYAN);
	line_word(line, arg->bpf_attr_arg->progtype);
	str_append_char(line->out, ' ');
	line_word(line, arg->bpf_attr_arg->progname);
	str_append_lit(line->out, " instruction count ");
	str_append_u64(line->out, arg->bpf_attr_arg->insncnt);
	line_unpaint(line);
}

static void write_perf_event(struct line *line, const Tetragon__ProcessKprobe *kprobe)
{
	const Tetragon__KprobeArgument *arg =
		find_arg(kprobe, TETRAGON__KPROBE_ARGUMENT__ARG_PERF_EVENT_ARG);

	str_append_char(line->out, ' ');
	if (!arg)
		return;
	line_paint(line, LINE_CYAN);
	line_word(line, arg->perf_event_arg->type);
	str_append_char(line->out, ' ');
	line_word(line, arg->perf_event_arg->kprobefunc);
	line_unpaint(line);
}

static void write_bpf_map(struct line *line, const Tetragon__ProcessKprobe *kprobe)
{
	const Tetragon__KprobeArgument *arg =
		find_arg(kprobe, TETRAGON__KPROBE_ARGUMENT__ARG_BPF_MAP_ARG);
	const Tetragon__KprobeBpfMap *map;

	str_append_char(line->out, ' ');
	if (!arg)
		return;
	map = arg->bpf_map_arg;
	line_paint(line, LINE_CYAN);
	line_word(line, map->maptype);
	str_append_char(line->out, ' ');
	line_word(line, map->mapname);
	str_appendf(line->out, " key size %" PRIu32 " value size %" PRIu32 " max entries %" PRIu32,
		    map->keysize, map->valuesize, map->maxentries);
	line_unpaint(line);
}

/* The mask of security_file_permission(): MAY_WRITE and MAY_READ of linux/fs.h. */
static struct title permission_title(const Tetragon__ProcessKprobe *kprobe)
{
	int64_t mask = 0;

	find_number(kprobe, 1, &mask);
	switch (mask) {
	case 2:
		return (struct title){"📝", "write"};
	case 4:
		return (struct title){"📚", "read"};
	default:
		return (struct title){"❓", "security_file_permission"};
	}
}

static struct title mmap_title(const Tetragon__ProcessKprobe *kprobe)
{
	static const char *const kinds[] = {
		[0] = "mmap-",
		[PROT_READ] = "mmap-r",
		[PROT_WRITE] = "mmap-w",
		[PROT_READ | PROT_WRITE] = "mmap-rw",
		[PROT_EXEC] = "mmap-x",
		[PROT_READ | PROT_EXEC] = "mmap-rx",
		[PROT_WRITE | PROT_EXEC] = "mmap-wx",
		[PROT_READ | PROT_WRITE | PROT_EXEC] = "mmap-rwx",
	};
	int64_t prot;

	if (!find_number(kprobe, 1, &prot))
		return (struct title){"❓", "security_mmap_file"};
	return (struct title){"📝", kinds[prot & (PROT_READ | PROT_WRITE | PROT_EXEC)]};
}

static const struct form {
	const char *function; /* without the prefix that system calls have */
	struct title title;
	struct title (*get_title)(const Tetragon__ProcessKprobe *kprobe);
	void (*write)(struct line *line, const Tetragon__ProcessKprobe *kprobe);
} forms[] = {
	{"fd_install", {"📬", "open"}, NULL, write_file},
	{"sys_close", {"📪", "close"}, NULL, write_file},
	{"sys_open", {"📬️", "open"}, NULL, write_string},
	{"sys_openat", {"📬️", "openat"}, NULL, write_string},
	{"sys_read", {"📚", "read"}, NULL, write_file_and_size},
	{"sys_write", {"📝", "write"}, NULL, write_file_and_size},
	{"sys_mount", {"💾", "mount"}, NULL, write_two_strings},
	{"sys_pivot_root", {"💾", "pivot_root"}, NULL, write_two_strings},
	{"sys_setuid", {"🔑", "setuid"}, NULL, write_number},
	{"sys_clock_settime", {"⏰", "clock_settime"}, NULL, write_none},
	{"sys_setns", {"🔧", "setns"}, NULL, write_namespace},
	{"proc_exec_connector", {"🔧", "proc_exec_connector"}, NULL, write_none},
	{"tcp_connect", {"🔌", "connect"}, NULL, write_sock},
	{"tcp_close", {"🧹", "close"}, NULL, write_sock},
	{"tcp_sendmsg", {"📤", "sendmsg"}, NULL, write_sock_and_size},
	{"bpf_check", {"🐝", "bpf_load"}, NULL, write_bpf_prog},
	{"security_perf_event_alloc", {"🐝", "perf_event_alloc"}, NULL, write_perf_event},
	{"security_bpf_map_alloc", {"🗺", "bpf_map_create"}, NULL, write_bpf_map},
	{"security_bpf_map_create", {"🗺", "bpf_map_create"}, NULL, write_bpf_map},
	{"security_file_permission", {NULL, NULL}, permission_title, write_file},
	{"security_mmap_file", {NULL, NULL}, mmap_title, write_file},
	{"security_path_truncate", {"📝", "truncate"}, NULL, write_file},
	{"security_file_truncate", {"📝", "truncate"}, NULL, write_file},
};

static const struct form other_form = {NULL, {"❓", "syscall"}, NULL, write_function};

static const struct form *find_form(const char *function)
{
	static const char *const prefixes[] = {"__x64_", "__arm64_", "__ia32_"};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		size_t n = strlen(prefixes[i]);

		if (!strncmp(function, prefixes[i], n)) {
			function += n;
			break;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (!strcmp(function, forms[i].function))
			return &forms[i];
	return &other_form;
}

void kprobe_write(struct line *line, const char *node, const Tetragon__ProcessKprobe *kprobe)
{
	const struct form *form = find_form(kprobe->function_name);
	struct title title = form->get_title ? form->get_title(kprobe) : form->title;

	line_title(line, LINE_BLUE, title.emoji, title.kind);
	line_process(line, node, kprobe->process);
	form->write(line, kprobe);
}
