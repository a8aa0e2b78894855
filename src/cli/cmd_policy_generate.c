// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/syscall.h"
#include "base/tracefs.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/output.h"
#include "cli/policy_elf.h"
#include "policy/model.h"
#include "regex/pattern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings {
	struct common_settings common;
	char *match_binary;
	char *regex;
	char *binary;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

static void append_quoted(struct str *out, const char *text)
{
	str_append_char(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			str_append_char(out, '\\');
		str_append_char(out, *text);
	}
	str_append_char(out, '"');
}

static void begin(struct str *out, const char *name)
{
	str_appendf(out,
		    "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata:\n  name: %s\n"
		    "spec:\n",
		    name);
}

static void append_selectors(struct str *out, const struct settings *settings)
{
	if (!settings->match_binary)
		return;
	str_append_lit(out, "    selectors:\n    - matchBinaries:\n      - operator: In\n"
			    "        values:\n        - ");
	append_quoted(out, settings->match_binary);
	str_append_char(out, '\n');
}

static void append_call(struct str *out, const struct settings *settings, const char *call,
			bool is_syscall)
{
	str_append_lit(out, "  - call: ");
	append_quoted(out, call);
	str_appendf(out, "\n    syscall: %s\n", is_syscall ? "true" : "false");
	/* No kernel has all of them: some are too old for it, others too new. */
	if (is_syscall)
		str_append_lit(out, "    ignore: {callNotFound: true}\n");
	append_selectors(out, settings);
}

/* Of 64-bit programs here. */
static const char *next_syscall(size_t *i)
{
	const struct syscall_info *call;

	while ((call = syscall_at((*i)++)))
		if (call->numbers[SYSCALL_ABI_DEFAULT] >= 0)
			return call->name;
	return NULL;
}

static int empty(const struct settings *settings, struct str *out, struct error **reterr)
{
	begin(out, "empty");
	str_append_lit(out, "  kprobes: []\n");
	return 0;
}

static int all_syscalls(const struct settings *settings, struct str *out, struct error **reterr)
{
	const char *name;
	size_t i = 0;

	begin(out, "syscalls");
	str_append_lit(out, "  kprobes:\n");
	while ((name = next_syscall(&i))) {
		char call[80];

		snprintf(call, sizeof(call), "sys_%s", name);
		append_call(out, settings, call, true);
	}
	return 0;
}

static int all_syscalls_list(const struct settings *settings, struct str *out,
			     struct error **reterr)
{
	const char *name;
	size_t i = 0;

	begin(out, "syscalls");
	str_append_lit(out, "  lists:\n  - name: calls\n    type: syscalls\n    values:\n");
	while ((name = next_syscall(&i)))
		str_appendf(out, "    - sys_%s\n", name);
	str_append_lit(out, "  kprobes:\n");
	append_call(out, settings, "list:calls", true);
	return 0;
}

/* --- functions that ftrace knows */

static int refuse_pattern(const char *pattern, const struct pattern_error *why,
			  struct error **reterr)
{
	return error_set(reterr, -EINVAL, "--regex: %s, at %zu of %s", why->reason, why->offset + 1,
			 pattern);
}

/* The names of those that match, in the kernel's order; of one name only one. */
static int append_functions(FILE *functions, const struct pattern *pattern, struct matcher *matcher,
			    struct str *out, size_t *ret_n)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, functions) >= 0) {
		size_t len = strcspn(line, " \t\n");

		/* What GCC has made of others is called like them, with a dot. */
		if (!len || memchr(line, '.', len) ||
		    (pattern && pattern_search(pattern, matcher, line, len) <= 0))
			continue;
		str_appendf(out, "    - %.*s\n", (int)len, line);
		++*ret_n;
	}
	return ferror(functions) ? -EIO : 0;
}

static int list_functions(const struct pattern *pattern, struct matcher *matcher, struct str *out,
			  size_t *ret_n, struct error **reterr)
{
	_cleanup_fclose_ FILE *functions = tracefs_open("available_filter_functions");
	int r = functions ? append_functions(functions, pattern, matcher, out, ret_n) : -errno;

	if (r >= 0)
		return 0;
	error_set(reterr, r, "cannot read available_filter_functions in tracefs: %s", strerror(-r));
	error_remedy(reterr, "this takes root, and a kernel with CONFIG_DYNAMIC_FTRACE");
	return r;
}

/* NULL without --regex. */
static int read_regex(const struct settings *settings, struct pattern **ret, struct error **reterr)
{
	struct pattern_error why = {0};
	int r = 0;

	if (settings->regex)
		r = pattern_new(settings->regex, strlen(settings->regex), PATTERN_OF_BYTES, ret,
				&why);
	if (r == -EINVAL)
		return refuse_pattern(settings->regex, &why, reterr);
	if (r < 0)
		return error_set(reterr, r, "%s",
				 r == -E2BIG ? "--regex is too long" : "out of memory");
	return 0;
}

static int ftrace_list(const struct settings *settings, struct str *out, struct error **reterr)
{
	_cleanup_(pattern_free) struct pattern *pattern = NULL;
	_cleanup_(matcher_free) struct matcher *matcher = NULL;
	size_t n = 0;
	int r = read_regex(settings, &pattern, reterr);

	if (r >= 0 && matcher_new(&matcher) < 0)
		r = error_set(reterr, -ENOMEM, "out of memory");
	if (r < 0)
		return r;
	begin(out, "ftrace");
	str_append_lit(out, "  lists:\n  - name: functions\n    values:\n");
	r = list_functions(pattern, matcher, out, &n, reterr);
	if (r >= 0 && !n)
		r = error_set(reterr, -ENOENT, "the kernel has no function that matches --regex");
	str_append_lit(out, "  kprobes:\n");
	append_call(out, settings, "list:functions", false);
	return r;
}

/* --- what programs have */

typedef int list_fn(const char *path, const struct pattern *pattern, struct policy_elf_names *ret,
		    struct error **reterr);

/* Policies have whole paths. */
static int list_names(const struct settings *settings, list_fn *list, char **ret_path,
		      struct policy_elf_names *ret, struct error **reterr)
{
	_cleanup_(pattern_free) struct pattern *pattern = NULL;
	int r = read_regex(settings, &pattern, reterr);

	if (r < 0)
		return r;
	if (!settings->binary) {
		error_set(reterr, -EINVAL, "--binary has to say of which program or library");
		return -EINVAL;
	}
	*ret_path = *settings->binary == '/' ? strdup(settings->binary)
					     : realpath(settings->binary, NULL);
	if (!*ret_path)
		return error_set(reterr, -errno, "cannot find %s: %s", settings->binary,
				 strerror(errno));
	return list(*ret_path, pattern, ret, reterr);
}

static int uprobes(const struct settings *settings, struct str *out, struct error **reterr)
{
	_cleanup_(policy_elf_names_done) struct policy_elf_names names = {0};
	_cleanup_free_ char *path = NULL;
	int r = list_names(settings, policy_elf_functions, &path, &names, reterr);

	if (r < 0)
		return r;
	begin(out, "uprobes");
	str_append_lit(out, "  uprobes:\n  - path: ");
	append_quoted(out, path);
	str_append_lit(out, "\n    symbols:\n");
	for (size_t i = 0; i < names.n; i++) {
		str_append_lit(out, "    - ");
		append_quoted(out, names.v[i].name);
		str_append_char(out, '\n');
	}
	append_selectors(out, settings);
	return 0;
}

static int usdts(const struct settings *settings, struct str *out, struct error **reterr)
{
	_cleanup_(policy_elf_names_done) struct policy_elf_names names = {0};
	_cleanup_free_ char *path = NULL;
	int r = list_names(settings, policy_elf_probes, &path, &names, reterr);

	if (r < 0)
		return r;
	begin(out, "usdts");
	str_append_lit(out, "  usdts:\n");
	for (size_t i = 0; i < names.n; i++) {
		str_append_lit(out, "  - path: ");
		append_quoted(out, path);
		str_append_lit(out, "\n    provider: ");
		append_quoted(out, names.v[i].provider);
		str_append_lit(out, "\n    name: ");
		append_quoted(out, names.v[i].name);
		str_append_char(out, '\n');
		append_selectors(out, settings);
	}
	return 0;
}

/* --- */

static const char *const words[] = {
	"empty", "all-syscalls", "all-syscalls-list", "ftrace-list", "uprobes", "usdts", NULL};

static int (*const generators[])(const struct settings *settings, struct str *out,
				 struct error **reterr) = {
	empty, all_syscalls, all_syscalls_list, ftrace_list, uprobes, usdts,
};

static enum status run(void *data, int argc, char **argv)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_str_ struct str out = STR_INIT;
	size_t which = 0;
	int r;

	while (argc == 1 && words[which] && strcmp(words[which], argv[0]) != 0)
		which++;
	if (argc != 1 || !words[which]) {
		complain("policy generate takes one of: empty, all-syscalls, all-syscalls-list, "
			 "ftrace-list, uprobes, usdts");
		return STATUS_USAGE;
	}
	r = generators[which](data, &out, &err);
	if (r >= 0)
		return output_print(&out);
	complain_error(err, r);
	return STATUS_FAILED;
}

static const struct option_spec options[] = {
	{.name = "match-binary",
	 .letter = 'm',
	 .type = OPTION_STRING,
	 .offset = AT(match_binary),
	 .argument = "PATH",
	 .help = "Only of processes that execute this binary"},
	{.name = "regex",
	 .letter = 'r',
	 .type = OPTION_STRING,
	 .offset = AT(regex),
	 .argument = "REGEX",
	 .help = "For ftrace-list, uprobes and usdts: only what has such a name"},
	{.name = "binary",
	 .letter = 'b',
	 .type = OPTION_STRING,
	 .offset = AT(binary),
	 .argument = "FILE",
	 .help = "For uprobes and usdts: of this program or library"},
};

static const struct example examples[] = {
	{"ocelli policy generate ftrace-list -r '^tcp_(send|recv)msg$'",
	 "a policy on two functions, or what this kernel has of them"},
	{"ocelli policy generate usdts -b /usr/bin/python3.11",
	 "a policy on the tracepoints that this program has in it"},
	{0},
};

const struct command policy_generate_command = {
	.name = "policy generate",
	.arguments = "empty|all-syscalls|all-syscalls-list|ftrace-list|uprobes|usdts",
	.operands = OPERANDS_WORDS,
	.words = words,
	.summary = "Print a policy to begin with",
	.description = "A policy that hooks nothing; one with a hook for each system call, or with "
		       "one for all of them; one with a hook for the functions that the running "
		       "kernel can trace; or one for the functions of a program or library "
		       "(uprobes), or for the tracepoints that are in it (usdts). What all of them "
		       "would cost \"ocelli policy explain\" tells.",
	.examples = examples,
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.run = run,
};
