// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "probe/prober.h"
#include "code/insn.h"
#include "probe/trial.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return 0;
}

/* See enum own_type. Returns a descriptor or a negative errno. */
static int load_types(void)
{
	struct btf *btf = btf__new_empty();
	const void *data;
	uint32_t size;
	int r;

	if (!btf)
		return -errno;
	btf__add_int(btf, "u32", sizeof(uint32_t), 0);
	btf__add_int(btf, "u64", sizeof(uint64_t), 0);
	btf__add_func_proto(btf, OWN_U32);
	btf__add_func(btf, "ocelli_probe", BTF_FUNC_STATIC, OWN_FUNC_PROTO);
	btf__add_func(btf, "second", BTF_FUNC_STATIC, OWN_FUNC_PROTO);
	/* The kernel knows it by this name and size (include/uapi/linux/bpf.h). */
	btf__add_struct(btf, "bpf_timer", 2 * sizeof(uint64_t));
	btf__add_field(btf, "a", OWN_U64, 0, 0);
	btf__add_field(btf, "b", OWN_U64, 64, 0);
	btf__add_struct(btf, "value", 2 * sizeof(uint64_t));
	btf__add_field(btf, "timer", OWN_TIMER, 0, 0);
	data = btf__raw_data(btf, &size);
	r = data ? bpf_btf_load(data, size, NULL) : -ENOMEM;
	btf__free(btf);
	return r;
}

/* As harmless a program of the kind that only who may trace can load. */
static int try_any(void)
{
	static const struct bpf_insn nothing[] = {INSN_RETURN(0)};
	int fd = bpf_prog_load(BPF_PROG_TYPE_TRACEPOINT, "ocelli_probe", "Dual BSD/GPL", nothing,
			       ARRAY_SIZE(nothing), NULL);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

int prober_new(struct prober **ret)
{
	struct prober *p = calloc(1, sizeof(*p));
	struct rlimit limit;

	if (!p)
		return -ENOMEM;
	p->print = libbpf_set_print(quiet);
	getrlimit(RLIMIT_MEMLOCK, &p->memlock);
	limit = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
	if (setrlimit(RLIMIT_MEMLOCK, &limit) < 0) {
		limit = (struct rlimit){p->memlock.rlim_max, p->memlock.rlim_max};
		setrlimit(RLIMIT_MEMLOCK, &limit);
	}
	p->btf = btf__parse_raw(VMLINUX_BTF);
	if (!p->btf)
		p->btf_error = errno;
	p->refusal = try_any();
	p->types = load_types();
	*ret = p;
	return 0;
}

void prober_free(struct prober **p)
{
	if (!*p)
		return;
	setrlimit(RLIMIT_MEMLOCK, &(*p)->memlock);
	libbpf_set_print((*p)->print);
	btf__free((*p)->btf);
	if ((*p)->types >= 0)
		close((*p)->types);
	free(*p);
	*p = NULL;
}

void prober_try(struct prober *p, const struct feature *feature, struct finding *ret)
{
	finding_unknown(ret, 0, "not tried");
	feature->probe(p, feature, ret);
}

int prober_refusal(const struct prober *p)
{
	return p->refusal;
}
