// SPDX-License-Identifier: Apache-2.0
#include "explain/parts.h"
#include "abi/control.h"
#include "base/cleanup.h"
#include "tracing/trials.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* Nothing is written into it. */
#define RING_BYTES (1U << 16)

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return 0;
}

/* Kernel memory of what the descriptor is of (kernel/bpf/syscall.c: bpf_prog_show_fdinfo,
 * bpf_map_show_fdinfo). */
static uint64_t memory_of(int fd)
{
	_cleanup_fclose_ FILE *f = NULL;
	unsigned long long bytes = 0;
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "memlock: %llu", &bytes) == 1)
			break;
	return bytes;
}

/* Maps as the sensor of processes would share. */
static int make_maps(struct explainer *x)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);

	x->ring = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, RING_BYTES, NULL);
	if (x->ring < 0)
		return -errno;
	x->cpu_state = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "cpu_state", sizeof(uint32_t),
				      sizeof(struct cpu_state), 1, NULL);
	x->reader = bpf_map_create(BPF_MAP_TYPE_ARRAY, "reader", sizeof(uint32_t),
				   sizeof(struct reader_state), 1, &opts);
	return x->cpu_state < 0 || x->reader < 0 ? -errno : 0;
}

static void count_memory(struct explainer *x)
{
	static const char *const maps[] = {"hook_scratch", "hook_taken",    "hook_calls",
					   "hook_limits",  "hook_verdicts", "hook_baselines",
					   "hook_cgroups"};

	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		int fd = library_map(x->library, maps[i]);

		x->bytes += fd < 0 ? 0 : memory_of(fd);
	}
}

void explain_trial_begin(struct explainer *x)
{
	static const struct config config = {.wake_bytes = RING_BYTES};
	struct library_config library = {.config = &config};
	struct kernel_functions *functions;
	const char *kernel;
	int r;

	libbpf_set_print(quiet);
	r = make_maps(x);
	x->privileged = r != -EPERM && r != -EACCES;
	if (r < 0) {
		error_set(&x->refusal, r, "this process may make no BPF maps: %s", strerror(-r));
		error_remedy(&x->refusal, "run it as root, where bpf(2) is allowed");
		return;
	}
	functions = policy_kernel_functions(&x->ground.kernel, &x->refusal);
	if (!functions)
		return;
	library.types = kernel_functions_types(functions, 0, &kernel);
	library.ring = x->ring;
	library.cpu_state = x->cpu_state;
	library.reader = x->reader;
	r = library_new(&library, &x->library, &x->refusal);
	if (r >= 0)
		r = counters_new(&x->ground.counters);
	if (r >= 0)
		count_memory(x);
	else
		library_free(&x->library);
	/* Maps take less than programs do. */
	x->privileged = r != -EPERM && r != -EACCES;
}

void explain_trial_end(struct explainer *x)
{
	library_free(&x->library);
	counters_free(&x->ground.counters);
	close_fd(&x->ring);
	close_fd(&x->cpu_state);
	close_fd(&x->reader);
	error_free(&x->refusal);
}

/* --- of a policy */

struct trial {
	struct explanation *e;
	size_t cap;
	bool refused;
};

static void add_program(const struct trial_load *trial, struct explanation *e)
{
	const struct hook_place *place = &trial->group->v[0]->place;
	struct explained_program *p = &e->programs[e->n_programs++];
	struct bpf_prog_info info = {0};
	__u32 len = sizeof(info);

	*p = (struct explained_program){
		.kind = hook_point_kind_name(place->kind),
		.place = place->name,
		.load_ns = trial->ns,
		.bytes = memory_of(trial->program),
	};
	if (bpf_obj_get_info_by_fd(trial->program, &info, &len) < 0)
		return;
	p->verified = info.verified_insns;
	p->bytes += info.jited_prog_len;
	e->bytes += p->bytes;
}

static void on_trial(const struct trial_load *trial, void *data)
{
	const struct policy_point *last = trial->group->v[trial->group->n - 1];
	struct trial *t = data;

	if (trial->program >= 0 && t->e->n_programs < t->cap) {
		add_program(trial, t->e);
		return;
	}
	t->refused |= trial->program < 0;
	if (trial->program < 0)
		diagnose_error(&t->e->diags, last->mark, "%s",
			       trial->err ? trial->err->message : strerror(-trial->program));
}

static int number_tests(struct explanation *e, struct verdicts *verdicts)
{
	int r = 0;

	verdicts_begin(verdicts, NULL);
	for (size_t i = 0; i < e->points.n && r >= 0; i++)
		r = verdicts_add(verdicts, &e->points.v[i].plan);
	if (r == -E2BIG)
		diagnose_error(&e->diags, e->policy->mark,
			       "the policy has more than %d different tests of binaries, strings, "
			       "parents' binaries and followed processes",
			       HOOK_TESTS);
	return r;
}

bool explain_try(struct explainer *x, struct explanation *e)
{
	_cleanup_free_ const struct policy_point **points =
		calloc(e->points.n + 1, sizeof(const struct policy_point *));
	struct trial trial = {.e = e, .cap = e->points.n};
	struct verdicts verdicts = {0};
	int r = points ? number_tests(e, &verdicts) : -ENOMEM;

	e->keeps_verdicts = verdicts_any(&verdicts);
	e->programs = explain_take(&e->arena, e->points.n, sizeof(*e->programs));
	if (!e->programs)
		r = -ENOMEM;
	for (size_t i = 0; r >= 0 && i < e->points.n; i++)
		points[i] = &e->points.v[i];
	if (r >= 0 && x->library)
		r = trials_run(x->library, &verdicts, points, e->points.n, on_trial, &trial);
	for (size_t i = 0; i < e->points.n_policy_hooks; i++) {
		const struct counter_range *c = &e->points.hooks[i].counters;

		e->bytes += (uint64_t)c->n * c->rows * sizeof(struct hook_counts);
	}
	if (e->points.owners)
		e->bytes += memory_of(e->points.owners);
	verdicts_done(&verdicts);
	return r >= 0 && !trial.refused;
}
