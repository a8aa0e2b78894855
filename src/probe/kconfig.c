// SPDX-License-Identifier: Apache-2.0
#include "probe/kconfig.h"
#include "base/cleanup.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <zlib.h>

/* Many times what any kernel has. */
#define CONFIG_MAX (8 * 1024 * 1024)
#define READ_BYTES (64 * 1024)

static const struct kconfig_option known[] = {
	{"CONFIG_AUDIT", "login user of processes", true},
	{"CONFIG_AUDITSYSCALL", "login user of processes, before 5.1", true},
	{"CONFIG_BPF", "any BPF program", true},
	{"CONFIG_BPF_EVENTS", "BPF programs on tracepoints, kprobes and uprobes", true},
	{"CONFIG_BPF_JIT", "compiled BPF programs", true},
	{"CONFIG_BPF_JIT_ALWAYS_ON", "never an interpreted program", false},
	{"CONFIG_BPF_JIT_DEFAULT_ON", "compiled BPF programs without a sysctl", true},
	{"CONFIG_BPF_KPROBE_OVERRIDE", "override_return", true},
	{"CONFIG_BPF_LSM", "lsm_built", false},
	{"CONFIG_BPF_SYSCALL", "bpf", true},
	{"CONFIG_BPF_UNPRIV_DEFAULT_OFF", "unprivileged_bpf_disabled by default", false},
	{"CONFIG_CGROUPS", "workloads of processes", true},
	{"CONFIG_CGROUP_BPF", "cgroup_storage", false},
	{"CONFIG_DEBUG_INFO_BTF", "btf_vmlinux", true},
	{"CONFIG_DEBUG_INFO_BTF_MODULES", "btf_modules", true},
	{"CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS", "fentry, fmod_ret, lsm_attachable", false},
	{"CONFIG_FPROBE", "kprobe_multi", false},
	{"CONFIG_FTRACE_SYSCALLS", "formats of system calls' tracepoints", true},
	{"CONFIG_FUNCTION_ERROR_INJECTION", "fmod_ret_syscall, override_return", false},
	{"CONFIG_FUNCTION_TRACER", "fentry, kprobe_multi", false},
	{"CONFIG_HAVE_BPF_JIT", "compiled BPF programs, before 4.7", true},
	{"CONFIG_HAVE_EBPF_JIT", "compiled BPF programs on this architecture", true},
	{"CONFIG_IKCONFIG_PROC", "this list from /proc/config.gz", false},
	{"CONFIG_IMA", "ima_file_hash, ima_inode_hash", false},
	{"CONFIG_KALLSYMS", "names of kernel functions", false},
	{"CONFIG_KPROBES", "kprobe", false},
	{"CONFIG_KPROBE_EVENTS", "kprobe", false},
	{"CONFIG_KRETPROBES", "kretprobe", false},
	{"CONFIG_LSM", "lsm_active by default, when bpf is in it", false},
	{"CONFIG_MEMCG", "memcg_accounting", false},
	{"CONFIG_MODULES", "btf_modules", false},
	{"CONFIG_PERF_EVENTS", "kprobe, uprobe, tracepoint", false},
	{"CONFIG_SECURITY", "fmod_ret, lsm_built", true},
	{"CONFIG_SECURITYFS", "lockdown_none, lsm_active", false},
	{"CONFIG_SECURITY_LOCKDOWN_LSM", "lockdown_none", false},
	{"CONFIG_TRACEPOINTS", "tp_btf, tracepoint", false},
	{"CONFIG_UPROBES", "uprobe", false},
	{"CONFIG_UPROBE_EVENTS", "uprobe", false},
};

/* Where it can be: what comes before the release, and after it. */
static const struct {
	const char *before, *after; /* NULL: the release is not in the name */
} places[] = {
	{"/proc/config.gz", NULL},           {"/boot/config-", ""},
	{"/lib/modules/", "/config"},        {"/usr/lib/modules/", "/config"},
	{"/lib/modules/", "/build/.config"}, {"/usr/lib/kernel/config-", ""},
};

size_t kconfig_count(void)
{
	return ARRAY_SIZE(known);
}

const struct kconfig_option *kconfig_at(size_t i)
{
	return &known[i];
}

struct kconfig *kconfig_new(void)
{
	_cleanup_kconfig_ struct kconfig *config = calloc(1, sizeof(*config));

	if (!config)
		return NULL;
	config->values = calloc(ARRAY_SIZE(known), sizeof(char *));
	return config->values ? TAKE_PTR(config) : NULL;
}

void kconfig_free(struct kconfig **config)
{
	if (!*config)
		return;
	for (size_t i = 0; (*config)->values && i < ARRAY_SIZE(known); i++)
		free((*config)->values[i]);
	free((*config)->values);
	free((*config)->source);
	free(*config);
	*config = NULL;
}

const char *kconfig_value(const struct kconfig *config, size_t i)
{
	return config->values[i] ? config->values[i] : "n";
}

/* Returns the option of that name, or the number of them for one that is not known. */
static size_t find_option(const char *name, size_t len)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(known) &&
	       (strlen(known[i].name) != len || memcmp(known[i].name, name, len) != 0))
		i++;
	return i;
}

/* Takes one line. Returns whether it is a setting, or -ENOMEM. */
static int parse_line(struct kconfig *config, const char *line, size_t len)
{
	static const char prefix[] = "CONFIG_", comment[] = "# CONFIG_", unset[] = " is not set";
	const char *equals = memchr(line, '=', len);
	char *value = NULL;
	size_t i;

	if (len >= strlen(comment) + strlen(unset) && !memcmp(line, comment, strlen(comment)) &&
	    !memcmp(line + len - strlen(unset), unset, strlen(unset))) {
		i = find_option(line + 2, len - 2 - strlen(unset));
	} else if (equals && !memcmp(line, prefix, MIN(strlen(prefix), len))) {
		i = find_option(line, (size_t)(equals - line));
		value = strndup(equals + 1, (size_t)(line + len - equals - 1));
		if (!value)
			return -ENOMEM;
	} else {
		return 0;
	}
	if (i < ARRAY_SIZE(known)) {
		free(config->values[i]);
		config->values[i] = value && value[0] ? TAKE_PTR(value) : NULL;
	}
	free(value);
	return 1;
}

int kconfig_parse(struct kconfig *config, const char *text, size_t len)
{
	const char *end = text + len;
	int settings = 0;

	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		int r;

		if (!eol)
			eol = end;
		r = parse_line(config, text, (size_t)(eol - text));
		if (r < 0)
			return r;
		settings += r;
		text = eol + 1;
	}
	return settings;
}

/* Reads a file, compressed or not. */
static int read_config(const char *path, struct str *ret, struct error **reterr)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	gzFile file;
	int n;

	if (fd < 0)
		return error_set(reterr, -errno, "cannot open %s: %s", path, strerror(errno));
	file = gzdopen(fd, "r");
	if (!file)
		return -ENOMEM;
	(void)TAKE_FD(fd);
	do {
		char *to = str_reserve(ret, READ_BYTES);

		n = to ? gzread(file, to, READ_BYTES) : -1;
		ret->len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && ret->len <= CONFIG_MAX);
	gzclose_r(file);
	if (ret->failed)
		return -ENOMEM;
	if (n < 0)
		return error_set(reterr, -EBADMSG, "cannot read %s to its end", path);
	if (ret->len > CONFIG_MAX)
		return error_set(reterr, -EFBIG, "%s has more than %d MiB", path, CONFIG_MAX >> 20);
	return 0;
}

static int read_and_parse(const char *path, struct kconfig **ret, struct error **reterr)
{
	_cleanup_kconfig_ struct kconfig *config = kconfig_new();
	_cleanup_str_ struct str text = STR_INIT;
	int r;

	if (!config)
		return -ENOMEM;
	r = read_config(path, &text, reterr);
	if (r == 0)
		r = kconfig_parse(config, text.data ? text.data : "", text.len);
	if (r < 0)
		return r;
	if (r == 0)
		return error_set(reterr, -EBADMSG, "%s is no configuration of a kernel", path);
	config->source = strdup(path);
	if (!config->source)
		return -ENOMEM;
	*ret = TAKE_PTR(config);
	return 0;
}

int kconfig_read(const char *root, const char *release, struct kconfig **ret, struct error **reterr)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		_cleanup_str_ struct str path = STR_INIT;

		str_appendf(&path, "%s%s", root, places[i].before);
		if (places[i].after)
			str_appendf(&path, "%s%s", release, places[i].after);
		if (!str_cstr(&path))
			return -ENOMEM;
		if (access(path.data, F_OK) == 0)
			return read_and_parse(path.data, ret, reterr);
	}
	error_set(reterr, -ENOENT, "the configuration of kernel %s is not on this system", release);
	error_remedy(reterr,
		     "a kernel with CONFIG_IKCONFIG_PROC tells it in /proc/config.gz; "
		     "distributions put it in /boot/config-%s or "
		     "/lib/modules/%s/config; \"ocelli probe\" does not need it",
		     release, release);
	return -ENOENT;
}
