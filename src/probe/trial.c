// SPDX-License-Identifier: Apache-2.0
#include "probe/trial.h"
#include "base/cleanup.h"

#include <assert.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>

/* Programs call helpers that the kernel gives only to those under its own license. The files that
 * hold instructions are under both of these. */
#define LICENSE "Dual BSD/GPL"

#define VERIFIER_LOG_MAX (64 * 1024)
/* Of the verifier's words, as much as is an explanation. */
#define VERIFIER_LINE_MAX 160

void trial_failed(const struct prober *p, struct finding *ret, int error, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (p->refusal)
		finding_unknown(ret, error, "%s", text ? text : "out of memory");
	else
		finding_absent(ret, error, "%s", text ? text : "out of memory");
}

/* The BTF kind and name prefix of what programs of an attach type attach to. */
static int32_t find_target(const struct prober *p, const struct program *program)
{
	_cleanup_str_ struct str name = STR_INIT;
	uint32_t kind = BTF_KIND_FUNC;

	switch (program->attach_type) {
	case BPF_TRACE_RAW_TP:
		str_append_lit(&name, "btf_trace_");
		kind = BTF_KIND_TYPEDEF;
		break;
	case BPF_TRACE_ITER:
		str_append_lit(&name, "bpf_iter_");
		break;
	case BPF_LSM_MAC:
		str_append_lit(&name, "bpf_lsm_");
		break;
	default:
		break;
	}
	str_append_z(&name, program->target);
	return str_cstr(&name) ? btf__find_by_name_kind(p->btf, name.data, kind) : -ENOMEM;
}

/* Puts the descriptors and ids in the places of the indices that stand for them. */
static int resolve(const struct prober *p, const struct program *program, const int *maps,
		   struct bpf_insn *insns, struct finding *ret)
{
	for (size_t i = 0; i < program->n; i++) {
		struct bpf_insn *insn = &insns[i];
		/* Of mode BPF_IMM, which is 0. */
		bool wide = insn->code == (BPF_LD | BPF_DW);

		if (wide &&
		    (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE)) {
			assert(maps);
			insn->imm = maps[insn->imm];
		} else if (insn->code == (BPF_JMP | BPF_CALL) &&
			   insn->src_reg == BPF_PSEUDO_KFUNC_CALL) {
			const char *name = program->kfuncs[insn->imm];

			insn->imm = btf__find_by_name_kind(p->btf, name, BTF_KIND_FUNC);
			if (insn->imm < 0) {
				finding_absent(ret, 0, "the kernel has no function %s()", name);
				return -ENOENT;
			}
		}
	}
	return 0;
}

size_t trial_last_words(const char *log, const char **ret)
{
	static const char *const chatter[] = {"processed ", "verification time ", "stack depth "};
	/* In 7.3, what follows this explains that line to whoever wrote the program. */
	const char *end = strstr(log, "\nVerification failed");
	size_t len = end ? (size_t)(end - log) : strlen(log);

	while (len > 0) {
		const char *line;
		bool explains;

		while (len > 0 && log[len - 1] == '\n')
			len--;
		line = memrchr(log, '\n', len);
		line = line ? line + 1 : log;
		explains = len > (size_t)(line - log);
		for (size_t i = 0; i < ARRAY_SIZE(chatter); i++)
			if (!strncmp(line, chatter[i], strlen(chatter[i])))
				explains = false;
		if (explains) {
			*ret = line;
			return MIN((size_t)(log + len - line), VERIFIER_LINE_MAX);
		}
		len = (size_t)(line - log);
	}
	return 0;
}

int trial_load(struct prober *p, const struct program *program, const int *maps,
	       struct finding *ret)
{
	const struct bpf_func_info functions[] = {
		{.insn_off = 0, .type_id = OWN_FUNC},
		{.insn_off = program->second_at, .type_id = OWN_SECOND},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = program->attach_type,
		    .prog_flags = program->flags);
	_cleanup_free_ struct bpf_insn *insns = calloc(program->n, sizeof(*insns));
	_cleanup_free_ char *log = calloc(1, VERIFIER_LOG_MAX);
	const char *words = NULL;
	size_t len;
	int fd, r;

	if (!insns || !log) {
		finding_unknown(ret, ENOMEM, "%s", program->what);
		return -ENOMEM;
	}
	if (!p->btf && (program->target || program->kfuncs[0])) {
		finding_absent(ret, p->btf_error, "no BTF of the kernel for %s", program->what);
		return -ENOENT;
	}
	memcpy(insns, program->insns, program->n * sizeof(*insns));
	r = resolve(p, program, maps, insns, ret);
	if (r < 0)
		return r;
	if (program->target) {
		int32_t id = find_target(p, program);

		if (id < 0) {
			finding_absent(ret, 0, "the kernel has no %s to attach %s to",
				       program->target, program->what);
			return -ENOENT;
		}
		opts.attach_btf_id = (uint32_t)id;
	}
	if (program->second_at) {
		opts.prog_btf_fd = (uint32_t)p->types;
		opts.func_info = functions;
		opts.func_info_cnt = ARRAY_SIZE(functions);
		opts.func_info_rec_size = sizeof(functions[0]);
	}
	fd = bpf_prog_load(program->type, "ocelli_probe", LICENSE, insns, program->n, &opts);
	if (fd >= 0)
		return fd;
	r = -errno;

	/* Once more for the verifier's words only: a log that is too long is an error in itself. */
	opts.log_buf = log;
	opts.log_size = VERIFIER_LOG_MAX;
	opts.log_level = 1;
	fd = bpf_prog_load(program->type, "ocelli_probe", LICENSE, insns, program->n, &opts);
	if (fd >= 0)
		return fd;
	trial_failed(p, ret, -r, "BPF_PROG_LOAD of %s", program->what);
	log[VERIFIER_LOG_MAX - 1] = '\0';
	len = trial_last_words(log, &words);
	if (len > 0)
		str_appendf(&ret->evidence, " (%.*s)", (int)len, words);
	else if (r == -EPERM && !p->refusal)
		str_append_lit(&ret->evidence, " (without a word of why: a security module, "
					       "seccomp or lockdown may forbid it)");
	return r;
}

int trial_map(struct prober *p, const struct map *map, struct finding *ret)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = map->flags);
	int fd;

	if (map->key != OWN_NONE) {
		opts.btf_fd = (uint32_t)p->types;
		opts.btf_key_type_id = map->key;
		opts.btf_value_type_id = map->value;
	}
	fd = bpf_map_create(map->type, "ocelli_probe", map->key_size, map->value_size,
			    map->max_entries, &opts);
	if (fd >= 0)
		return fd;
	trial_failed(p, ret, errno, "BPF_MAP_CREATE of %s", map->what);
	return -ret->error;
}

int trial_counter(struct prober *p, struct finding *ret)
{
	static const struct map map = {.what = "an array",
				       .type = BPF_MAP_TYPE_ARRAY,
				       .key_size = 4,
				       .value_size = 8,
				       .max_entries = 1};

	return trial_map(p, &map, ret);
}

uint64_t trial_count(int counter)
{
	uint64_t value = 0;
	uint32_t key = 0;

	return bpf_map_lookup_elem(counter, &key, &value) < 0 ? 0 : value;
}

static int find_member(const struct btf *btf, uint32_t id, const char *name)
{
	const struct btf_type *type = btf__type_by_id(btf, id);
	const struct btf_member *members;

	while (btf_is_mod(type) || btf_is_typedef(type))
		type = btf__type_by_id(btf, type->type);
	if (!btf_is_composite(type))
		return -ENOENT;
	members = btf_members(type);
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		const char *found = btf__name_by_offset(btf, members[i].name_off);
		int offset = (int)btf_member_bit_offset(type, i) / 8, inner;

		if (!strcmp(found, name))
			return offset;
		if (found[0])
			continue;
		inner = find_member(btf, members[i].type, name);
		if (inner >= 0)
			return offset + inner;
	}
	return -ENOENT;
}

int trial_member(const struct prober *p, const char *type, const char *member)
{
	int32_t id = p->btf ? btf__find_by_name_kind(p->btf, type, BTF_KIND_STRUCT) : -ENOENT;

	return id < 0 ? -ENOENT : find_member(p->btf, (uint32_t)id, member);
}

bool trial_has_function(const struct prober *p, const char *name)
{
	return p->btf && btf__find_by_name_kind(p->btf, name, BTF_KIND_FUNC) >= 0;
}

void probe_program(struct prober *p, const struct feature *feature, struct finding *ret)
{
	const struct program *program = feature->subject;
	_cleanup_close_ int fd = trial_load(p, program, NULL, ret);

	if (fd >= 0)
		finding_present(ret, "BPF_PROG_LOAD of %s succeeded", program->what);
}

int trial_mount(const char *type)
{
	_cleanup_close_ int context = fsopen(type, FSOPEN_CLOEXEC);
	int fd;

	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(context, FSMOUNT_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

int trial_read_file(const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	if (n < 0)
		return -errno;
	if (n > 0 && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return (int)n;
}

int trial_read_security(const char *name, char *buf, size_t size)
{
	_cleanup_close_ int root = -1;
	struct statfs fs;
	char path[128];

	if (statfs(SECURITYFS, &fs) == 0 && fs.f_type == SECURITYFS_MAGIC) {
		snprintf(path, sizeof(path), SECURITYFS "/%s", name);
		return trial_read_file(path, buf, size);
	}
	root = trial_mount("securityfs");
	if (root < 0)
		return root;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", root, name);
	return trial_read_file(path, buf, size);
}
