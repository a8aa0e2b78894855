// SPDX-License-Identifier: Apache-2.0
#include "sensor/library.h"
#include "abi/control.h"
#include "abi/hook.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/macro.h"
#include "sensor/core_types.h"

#include "hook.skel.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* The verifier's last words, which name the reason. */
#define LOG_SIZE (256U << 10)
#define LOG_TOLD 400
/* include/linux/bpf_verifier.h: BPF_LOG_STATS */
#define LOG_STATS 4

/* Of the program that calls all its functions: how libbpf knows it. */
#define SECTION "library"

#define TYPE_OF_TRACEPOINT "btf_trace_"
#define COPY_STRING "bpf_copy_from_user_str"
#define PREEMPTIBLE_TRACEPOINTS "class_srcu_fast_notrace_t"

/* A program, as far as it calls other functions of the kernel than the rest. */
enum caller {
	LIKE_THE_REST,
	MAY_SLEEP,
	MAY_WAIT, /* likewise, and for the memory of the process */
	MAY_BE_PREEMPTED,
};

#define IN(caller) (1U << (caller))

/* What policies' programs name by its id in the kernel's BTF: looked up once, for it takes all of
 * that. */
static const struct kernel_name {
	const char *name;
	uint16_t kind;
	const char *stand_in; /* the function of the library that stands for this one … */
	unsigned callers;     /* … which calls it in these programs, and nothing in others */
} kernel_names[] = {
	/* what they are put on */
	{TYPE_OF_TRACEPOINT "sys_enter", BTF_KIND_TYPEDEF, NULL, LIKE_THE_REST},
	{TYPE_OF_TRACEPOINT "sys_exit", BTF_KIND_TYPEDEF, NULL, LIKE_THE_REST},
	{TYPE_OF_TRACEPOINT "sched_process_fork", BTF_KIND_TYPEDEF, NULL, LIKE_THE_REST},
	{TYPE_OF_TRACEPOINT "sched_process_exec", BTF_KIND_TYPEDEF, NULL, LIKE_THE_REST},
	/* what tells that tasks can be preempted there (bpf/preempt.bpf.h) */
	{PREEMPTIBLE_TRACEPOINTS, BTF_KIND_TYPEDEF, NULL, LIKE_THE_REST},
	/* what they call */
	{"bpf_rcu_read_lock", BTF_KIND_FUNC, "kernel_rcu_read_lock", IN(MAY_SLEEP) | IN(MAY_WAIT)},
	{"bpf_rcu_read_unlock", BTF_KIND_FUNC, "kernel_rcu_read_unlock",
	 IN(MAY_SLEEP) | IN(MAY_WAIT)},
	{"bpf_preempt_disable", BTF_KIND_FUNC, "kernel_preempt_disable", IN(MAY_BE_PREEMPTED)},
	{"bpf_preempt_enable", BTF_KIND_FUNC, "kernel_preempt_enable", IN(MAY_BE_PREEMPTED)},
	{COPY_STRING, BTF_KIND_FUNC, NULL, 0},
};

/* One function, as instructions of the program that they are taken from. */
struct function {
	const char *name;
	size_t start, n;
	uint32_t type; /* of BTF */
	const struct kernel_name *stands_for;
};

struct library {
	struct hook_bpf *bpf;
	struct turns *turns;
	struct bpf_insn *insns;
	size_t n_insns;
	struct function *functions; /* in the order of their instructions */
	size_t n_functions;
	uint32_t program_type, function_type;          /* of BTF, for what is linked with it */
	uint32_t kernel_ids[ARRAY_SIZE(kernel_names)]; /* 0: the kernel has none */
	bool verify;
	bool forbids_preemption; /* in programs that could be preempted */
	bool waits;
};

static bool is_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL;
}

static bool is_callback(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW) && insn->src_reg == BPF_PSEUDO_FUNC;
}

/* Both name a function by the distance from the next instruction (kernel/bpf/verifier.c:
 * add_subprog_and_kfunc). */
static bool names_function(const struct bpf_insn *insn)
{
	return is_call(insn) || is_callback(insn);
}

static const struct kernel_name *kernel_name_of(const char *stand_in)
{
	for (size_t i = 0; i < ARRAY_SIZE(kernel_names); i++)
		if (kernel_names[i].stand_in && !strcmp(kernel_names[i].stand_in, stand_in))
			return &kernel_names[i];
	return NULL;
}

static const struct function *function_at(const struct function *v, size_t n, size_t start)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].start == start)
			return &v[i];
	return NULL;
}

static struct function *function_named(const struct library *library, const char *name)
{
	for (size_t i = 0; i < library->n_functions; i++)
		if (!strcmp(library->functions[i].name, name))
			return &library->functions[i];
	return NULL;
}

/* libbpf puts the functions that a program calls behind it, each once, and lists them in this
 * order. */
static int take_functions(struct library *library, const struct bpf_func_info *infos, size_t n)
{
	const struct btf *btf = bpf_object__btf(library->bpf->obj);

	library->functions = calloc(n, sizeof(*library->functions));
	if (!library->functions)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct btf_type *type = btf__type_by_id(btf, infos[i].type_id);
		const char *name = type ? btf__name_by_offset(btf, type->name_off) : NULL;
		size_t end = i + 1 < n ? infos[i + 1].insn_off : library->n_insns;

		if (!name)
			return -EINVAL;
		library->functions[i] = (struct function){
			.name = name,
			.stands_for = kernel_name_of(name),
			.start = infos[i].insn_off,
			.n = end - infos[i].insn_off,
			.type = infos[i].type_id,
		};
	}
	library->n_functions = n;
	return 0;
}

static int harvest(struct library *library, const struct bpf_program *program,
		   const struct bpf_prog_load_opts *opts)
{
	size_t n = bpf_program__insn_cnt(program);
	const struct function *own;
	int r;

	library->insns = calloc(n, sizeof(*library->insns));
	if (!library->insns)
		return -ENOMEM;
	memcpy(library->insns, bpf_program__insns(program), n * sizeof(*library->insns));
	library->n_insns = n;
	if (opts->func_info_rec_size != sizeof(struct bpf_func_info) || !opts->func_info_cnt)
		return -EINVAL;
	r = take_functions(library, opts->func_info, opts->func_info_cnt);
	if (r < 0)
		return r;
	own = function_named(library, "policy_function");
	if (!own)
		return -ENOENT;
	library->program_type = library->functions[0].type;
	library->function_type = own->type;
	return 0;
}

/*
 * When libbpf has fitted the program to the kernel and is about to load it, there
 * is all that is needed of it. What is loaded in its stead is nothing: policies'
 * programs are verified with those functions that they call.
 */
static int on_load(struct bpf_program *program, struct bpf_prog_load_opts *opts, long cookie)
{
	struct library *library = *(struct library **)cookie;
	struct bpf_insn nothing[] = {INSN_RETURN(0)};
	int r = harvest(library, program, opts);

	if (r < 0 || library->verify)
		return r;
	opts->func_info_cnt = 0;
	opts->line_info_cnt = 0;
	return bpf_program__set_insns(program, nothing, ARRAY_SIZE(nothing));
}

static int open_library(struct library *library, const struct library_config *config,
			struct core_types *types)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .kernel_log_level = config->verifier_log,
		    .btf_custom_path = types->path);
	int r = core_types_open(types);

	if (r < 0)
		return r;
	library->verify = config->verifier_log;
	library->bpf = hook_bpf__open_opts(&opts);
	return library->bpf
		       ? core_types_fill(types, config->types, bpf_object__btf(library->bpf->obj))
		       : -errno;
}

static int load(struct library *library, const struct library_config *config)
{
	int cpus = libbpf_num_possible_cpus(), r;
	struct hook_bpf *bpf = library->bpf;

	if (cpus < 0)
		return cpus;
	*(struct config *)(uintptr_t)&bpf->rodata->config = *config->config;
	if (getrandom((void *)(uintptr_t)bpf->rodata->limit_key, sizeof(bpf->rodata->limit_key),
		      0) < 0)
		return -errno;
	r = bpf_map__reuse_fd(bpf->maps.ring, config->ring);
	if (r >= 0)
		r = bpf_map__reuse_fd(bpf->maps.cpu_state, config->cpu_state);
	if (r >= 0)
		r = bpf_map__reuse_fd(bpf->maps.data_reader, config->reader);
	if (r >= 0)
		r = bpf_map__set_max_entries(bpf->maps.hook_scratch,
					     (__u32)cpus * HOOK_DEPTH + HOOK_SPARES);
	*(__u32 *)(uintptr_t)&bpf->rodata->hook_spares_at = (__u32)cpus * HOOK_DEPTH;
	return r < 0 ? r : hook_bpf__load(bpf);
}

static void find_kernel_ids(struct library *library, const struct btf *types)
{
	uint32_t end = btf__type_cnt(types);

	for (uint32_t id = 1; id < end; id++) {
		const struct btf_type *type = btf__type_by_id(types, id);

		for (size_t i = 0; i < ARRAY_SIZE(kernel_names); i++)
			if (btf_kind(type) == kernel_names[i].kind &&
			    !strcmp(btf__name_by_offset(types, type->name_off),
				    kernel_names[i].name))
				library->kernel_ids[i] = id;
	}
}

/* Has on_load() be called for the library. Once for all: before libbpf 1.3, registering a handler
 * after the last one has gone writes to freed memory. */
static int handle_load(struct library *library)
{
	static struct library *loading;
	static int handler; /* libbpf counts them from 1 */
	LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .prog_prepare_load_fn = on_load,
		    .cookie = (long)&loading);

	loading = library;
	if (handler <= 0)
		handler = libbpf_register_prog_handler(SECTION, BPF_PROG_TYPE_RAW_TRACEPOINT, 0,
						       &opts);
	return handler;
}

struct turns *library_turns(const struct library *library)
{
	return library->turns;
}

static uint32_t kernel_id(const struct library *library, const char *begin, const char *name)
{
	size_t len = strlen(begin);

	for (size_t i = 0; i < ARRAY_SIZE(kernel_names); i++)
		if (!strncmp(kernel_names[i].name, begin, len) &&
		    !strcmp(kernel_names[i].name + len, name))
			return library->kernel_ids[i];
	return 0;
}

int library_tracepoint(const struct library *library, const char *name)
{
	uint32_t id = kernel_id(library, TYPE_OF_TRACEPOINT, name);

	return id ? (int)id : -ENOENT;
}

int library_map(const struct library *library, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(library->bpf->obj, name);

	return fd < 0 ? -ENOENT : fd;
}

/* --- linking */

struct image {
	const struct library *library;
	struct bpf_insn *insns;
	size_t n;
	size_t begin;   /* so many instructions are before the code */
	size_t *placed; /* of each function of the library: where it is; 0: nowhere */
	struct bpf_func_info *infos;
	size_t n_infos;
	enum caller caller;
};

static void add_info(struct image *image, size_t at, uint32_t type)
{
	image->infos[image->n_infos++] =
		(struct bpf_func_info){.insn_off = (__u32)at, .type_id = type};
}

/* The function that is called at @at, one of the library's instructions; NULL: none. */
static const struct function *called_at(const struct library *library, size_t at)
{
	const struct bpf_insn *insn = &library->insns[at];

	return names_function(insn) ? function_at(library->functions, library->n_functions,
						  at + 1 + (size_t)insn->imm)
				    : NULL;
}

/* Of a function of the kernel; nothing, where it is not to be called or there is none. */
static struct bpf_insn call_of_kernel(const struct image *image, const struct kernel_name *name)
{
	uint32_t id = image->library->kernel_ids[name - kernel_names];

	if (!(name->callers & IN(image->caller)) || !id)
		return (struct bpf_insn)INSN_MOV(0, 0);
	return (struct bpf_insn)INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, (int32_t)id);
}

static void call_kernel(struct image *image, const struct function *f, size_t at)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct function *called = called_at(image->library, f->start + i);

		if (called && called->stands_for)
			image->insns[at + i] = call_of_kernel(image, called->stands_for);
	}
}

/* Puts the function behind what is there, if it is not there yet. */
static size_t place(struct image *image, const struct function *f)
{
	size_t *at = &image->placed[f - image->library->functions];

	if (!*at) {
		*at = image->n;
		memcpy(image->insns + image->n, image->library->insns + f->start,
		       f->n * sizeof(struct bpf_insn));
		call_kernel(image, f, *at);
		image->n += f->n;
		add_info(image, *at, f->type);
	}
	return *at;
}

static void point(struct image *image, size_t insn, size_t function)
{
	image->insns[insn].imm = (__s32)((ptrdiff_t)function - (ptrdiff_t)insn - 1);
}

static const struct code_function *find_own(const struct code *code, const char *name)
{
	for (size_t i = 0; i < code->n_functions; i++)
		if (!strcmp(code->functions[i].name, name))
			return &code->functions[i];
	return NULL;
}

static int resolve(struct image *image, const struct code *code, const struct code_use *use)
{
	const struct code_function *own;
	const struct function *f;
	int fd;

	if (use->kind != CODE_FUNCTION) {
		fd = library_map(image->library, use->name);
		image->insns[image->begin + use->at].imm = fd;
		return fd < 0 ? fd : 0;
	}
	own = find_own(code, use->name);
	f = own ? NULL : function_named(image->library, use->name);
	if (!own && !f)
		return -ENOENT;
	if (f && f->stands_for) {
		image->insns[image->begin + use->at] = call_of_kernel(image, f->stands_for);
		return 0;
	}
	point(image, image->begin + use->at, own ? image->begin + own->at : place(image, f));
	return 0;
}

/* What the functions of the library call among themselves, unless the code has one of that name,
 * which then takes its place. Those that it adds are looked at in their turn. */
static void resolve_library(struct image *image, const struct code *code, size_t from)
{
	const struct library *library = image->library;

	for (size_t i = from; i < image->n; i++) {
		const struct function *in = NULL, *f;
		const struct code_function *own;

		if (!names_function(&image->insns[i]))
			continue;
		for (size_t j = 0; j < library->n_functions; j++)
			if (image->placed[j] && image->placed[j] <= i &&
			    i < image->placed[j] + library->functions[j].n)
				in = &library->functions[j];
		if (!in)
			continue;
		f = called_at(library, in->start + (i - image->placed[in - library->functions]));
		if (!f)
			continue;
		own = find_own(code, f->name);
		point(image, i, own ? image->begin + own->at : place(image, f));
	}
}

static int add_functions(struct image *image, const struct code *code)
{
	for (size_t i = 0; i < code->n_functions; i++) {
		const struct code_function *function = &code->functions[i];
		const struct function *like =
			function->type ? function_named(image->library, function->type) : NULL;

		if (function->type && !like)
			return -ENOENT;
		add_info(image, image->begin + function->at,
			 like ? like->type : image->library->function_type);
	}
	return 0;
}

/* A program that can wait for the process's memory does. */
static void read_waiting(struct image *image)
{
	const struct bpf_insn copy = INSN_CALL(BPF_FUNC_copy_from_user);
	const struct bpf_insn copy_string =
		INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0,
		     (int32_t)kernel_id(image->library, COPY_STRING, ""));

	for (size_t i = 0; i < image->n; i++) {
		struct bpf_insn *insn = &image->insns[i];

		if (insn->code != (BPF_JMP | BPF_CALL) || insn->src_reg)
			continue;
		if (insn->imm == BPF_FUNC_probe_read_user)
			*insn = copy;
		else if (insn->imm == BPF_FUNC_probe_read_user_str)
			*insn = copy_string;
	}
}

static int link_image(struct image *image, const struct code *prologue, const struct code *code)
{
	const struct library *library = image->library;
	int r;

	image->begin = prologue ? prologue->n : 0;
	image->insns = calloc(image->begin + code->n + library->n_insns, sizeof(*image->insns));
	image->placed = calloc(library->n_functions, sizeof(*image->placed));
	image->infos = calloc(1 + code->n_functions + library->n_functions, sizeof(*image->infos));
	if (!image->insns || !image->placed || !image->infos)
		return -ENOMEM;
	if (prologue)
		memcpy(image->insns, prologue->insns, prologue->n * sizeof(*image->insns));
	memcpy(image->insns + image->begin, code->insns, code->n * sizeof(*image->insns));
	image->n = image->begin + code->n;
	add_info(image, 0, library->program_type);
	r = add_functions(image, code);
	if (r < 0)
		return r;
	for (size_t i = 0; i < code->n_uses; i++) {
		r = resolve(image, code, &code->uses[i]);
		if (r < 0)
			return r;
	}
	resolve_library(image, code, image->begin + code->n);
	if (image->caller == MAY_WAIT)
		read_waiting(image);
	return 0;
}

static void image_done(struct image *image)
{
	free(image->insns);
	free(image->placed);
	free(image->infos);
}

/* What the verifier tells of its work, behind the reason (kernel/bpf/verifier.c:
 * print_verification_stats()); of each function from 7.x on. */
static bool is_statistics(const char *line)
{
	static const char *const begins[] = {"processed ", "subprog ", "stack depth ",
					     "verification time "};

	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (!strncmp(line, begins[i], strlen(begins[i])))
			return true;
	return false;
}

/* In place. */
static void leave_out_statistics(char *log)
{
	char *to = log, *line, *next = log;

	while ((line = strsep(&next, "\n"))) {
		size_t len = strlen(line);

		if (!len || is_statistics(line))
			continue;
		if (to > log)
			*to++ = '\n';
		memmove(to, line, len);
		to += len;
	}
	*to = '\0';
}

static int explain(int r, const char *log, struct error **reterr)
{
	size_t len = strlen(log);

	error_set(reterr, r, "the kernel refuses the program: %s%s%s", strerror(-r),
		  len ? ": " : "", log + (len > LOG_TOLD ? len - LOG_TOLD : 0));
	return r;
}

static int load_program(struct library *library, const struct code *code,
			const struct program_type *type, enum caller caller, struct error **reterr)
{
	__attribute__((cleanup(image_done))) struct image image = {
		.library = library,
		.caller = caller,
	};
	_cleanup_free_ char *log = NULL;
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = type->attach_type,
		    .attach_btf_id = type->attach_btf_id,
		    .prog_flags = caller == MAY_SLEEP || caller == MAY_WAIT ? BPF_F_SLEEPABLE : 0,
		    .prog_btf_fd = (__u32)bpf_object__btf_fd(library->bpf->obj),
		    .func_info_rec_size = sizeof(struct bpf_func_info));
	_cleanup_close_ int module = -1;
	int fd, r = link_image(&image, type->prologue, code);

	if (r < 0)
		return error_set(reterr, r, "cannot link the program: %s", strerror(-r));
	if (type->attach_btf_object) {
		module = bpf_btf_get_fd_by_id(type->attach_btf_object);
		if (module < 0)
			return error_set(reterr, -errno, "its module is no more: %s",
					 strerror(errno));
		opts.attach_btf_obj_fd = (__u32)module;
	}
	opts.func_info = image.infos;
	opts.func_info_cnt = (__u32)image.n_infos;
	fd = bpf_prog_load(type->type, type->name, "Dual BSD/GPL", image.insns, image.n, &opts);
	if (fd >= 0)
		return fd;
	/* Once more for the reason, without the way to it, which costs more than the rest. */
	r = -errno;
	log = calloc(1, LOG_SIZE);
	if (!log)
		return explain(r, "", reterr);
	opts.log_buf = log;
	opts.log_size = LOG_SIZE;
	opts.log_level = LOG_STATS;
	fd = bpf_prog_load(type->type, type->name, "Dual BSD/GPL", image.insns, image.n, &opts);
	if (fd >= 0)
		return fd;
	leave_out_statistics(log);
	return explain(r, log, reterr);
}

static enum caller caller_of(const struct library *library, const struct code *code,
			     const struct program_type *type)
{
	bool on_tracepoint =
		type->type == BPF_PROG_TYPE_RAW_TRACEPOINT ||
		(type->type == BPF_PROG_TYPE_TRACING && type->attach_type == BPF_TRACE_RAW_TP);

	if (type->waits)
		return MAY_WAIT;
	if (code->sleepable)
		return MAY_SLEEP;
	if (!library->forbids_preemption)
		return LIKE_THE_REST;
	if (on_tracepoint)
		return kernel_id(library, PREEMPTIBLE_TRACEPOINTS, "") ? MAY_BE_PREEMPTED
								       : LIKE_THE_REST;
	return type->type == BPF_PROG_TYPE_LSM || type->type == BPF_PROG_TYPE_TRACING ||
			       type->in_process
		       ? MAY_BE_PREEMPTED
		       : LIKE_THE_REST;
}

int library_load(struct library *library, const struct code *code, const struct program_type *type,
		 struct error **reterr)
{
	return load_program(library, code, type, caller_of(library, code, type), reterr);
}

/* Functions that are verified by themselves, as all of the library are, can be called without
 * preemption since 6.15 (kernel/bpf/verifier.c: check_func_call()). */
static bool can_forbid_preemption(struct library *library)
{
	static const struct program_type type = {.name = "preempt",
						 .type = BPF_PROG_TYPE_RAW_TRACEPOINT};
	__attribute__((cleanup(code_done))) struct code code = CODE_INIT;
	int fd;

	if (!kernel_id(library, "bpf_preempt_disable", ""))
		return false;
	code_call(&code, "kernel_preempt_disable");
	code_call(&code, "hook_is_compat");
	code_call(&code, "kernel_preempt_enable");
	code_add(&code, INSN_RETURN(0));
	fd = code_finish(&code);
	if (fd >= 0)
		fd = load_program(library, &code, &type, MAY_BE_PREEMPTED, NULL);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* uprobes are sleepable since 6.0, and the function of the kernel is there since 6.12. */
static bool can_wait(struct library *library)
{
	static const struct program_type type = {.name = "wait", .type = BPF_PROG_TYPE_KPROBE};
	__attribute__((cleanup(code_done))) struct code code = CODE_INIT;
	int fd;

	if (!kernel_id(library, COPY_STRING, ""))
		return false;
	code_add(&code, INSN_MOV_REG(R1, FP), INSN_ADD(R1, -8), INSN_MOV(R2, 8), INSN_MOV(R3, 0),
		 INSN_MOV(R4, 0), INSN_CALL(BPF_FUNC_probe_read_user_str), INSN_RETURN(0));
	fd = code_finish(&code);
	if (fd >= 0)
		fd = load_program(library, &code, &type, MAY_WAIT, NULL);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool library_waits(const struct library *library)
{
	return library->waits;
}

int library_new(const struct library_config *config, struct library **ret, struct error **reterr)
{
	struct library *library = calloc(1, sizeof(*library));
	_cleanup_core_types_ struct core_types types = CORE_TYPES_INIT;
	int r = library ? handle_load(library) : -ENOMEM;

	if (r >= 0)
		r = open_library(library, config, &types);
	if (r >= 0)
		r = load(library, config);
	if (r >= 0)
		r = turns_new(&library->turns);
	if (r >= 0) {
		find_kernel_ids(library, config->types);
		library->forbids_preemption = can_forbid_preemption(library);
		library->waits = can_wait(library);
		if (library->forbids_preemption)
			log_debug("no task is preempted in programs of policies");
		if (library->waits)
			log_debug("programs of policies wait for the memory of processes");
		*ret = library;
		return 0;
	}
	library_free(&library);
	error_set(reterr, r, "cannot load the library of policies: %s", strerror(-r));
	error_remedy(reterr, "it needs Linux 5.13 or later; --log-level=debug shows what the "
			     "verifier says");
	return r;
}

void library_free(struct library **library)
{
	if (!*library)
		return;
	turns_free(&(*library)->turns);
	hook_bpf__destroy((*library)->bpf);
	free((*library)->functions);
	free((*library)->insns);
	free(*library);
	*library = NULL;
}
