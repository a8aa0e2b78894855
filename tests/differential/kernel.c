// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"
#include "abi/control.h"
#include "base/macro.h"
#include "compile/backend.h"
#include "compile/emit.h"
#include "compile/syscalls.h"
#include "compile/verdicts.h"
#include "sensor/hook_point.h"
#include "sensor/kernel_functions.h"
#include "sensor/library.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RING_BYTES (1U << 20)

/* A record, if there is one. */
struct told_record {
	bool is_told;
	_Alignas(8) char data[sizeof(struct record_hook) + HOOK_DATA_MAX];
};

struct kernel {
	const struct way *way;
	struct library *library;
	int ring, cpu_state, reader;
	struct ring_buffer *records;
	struct hook_point *point, *end; /* of the call and of its return */
	int program, end_program;       /* those that are run by hand */
	struct verdicts verdicts;
	struct told_record call, returned;
};

static int on_record(void *userdata, void *data, size_t len)
{
	struct kernel *kernel = userdata;
	const struct record_hook *record = data;
	struct told_record *to;

	/* Others may make the same call. */
	if (record->record.type != RECORD_HOOK || len > sizeof(to->data) ||
	    record->tid != (uint32_t)syscall(SYS_gettid))
		return 0;
	if (kernel->way->call.is_ours && !kernel->way->call.is_ours(record))
		return 0;
	to = record->flags & HOOK_RETURNED ? &kernel->returned : &kernel->call;
	memcpy(to->data, data, len);
	to->is_told = true;
	return 0;
}

static int make_maps(struct kernel *kernel)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);

	kernel->ring = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, RING_BYTES, NULL);
	kernel->cpu_state = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "cpu_state", sizeof(uint32_t),
					   sizeof(struct cpu_state), 1, NULL);
	kernel->reader = bpf_map_create(BPF_MAP_TYPE_ARRAY, "reader", sizeof(uint32_t),
					sizeof(struct reader_state), 1, &opts);
	if (kernel->ring < 0 || kernel->cpu_state < 0 || kernel->reader < 0)
		return -errno;
	kernel->records = ring_buffer__new(kernel->ring, on_record, kernel, NULL);
	return kernel->records ? 0 : -errno;
}

static int make_library(struct kernel *kernel, struct error **reterr)
{
	static const struct config config = {.wake_bytes = RING_BYTES};
	struct btf *kernel_types = btf__load_vmlinux_btf();
	const struct library_config of = {
		.ring = kernel->ring,
		.cpu_state = kernel->cpu_state,
		.reader = kernel->reader,
		.config = &config,
		.types = kernel_types,
	};
	int r = kernel_types ? library_new(&of, &kernel->library, reterr) : -errno;

	btf__free(kernel_types);
	return r;
}

/* Of those that the kernel has to know by their types. */
static int find_function(const struct way *way, struct hook_place *place, struct error **reterr)
{
	const char *name = way->function ? way->function : place->name;
	struct kernel_functions *functions = NULL;
	struct kernel_function function;
	int r;

	if (place->kind != HOOK_POINT_FENTRY && place->kind != HOOK_POINT_FEXIT &&
	    place->kind != HOOK_POINT_LSM)
		return 0;
	r = kernel_functions_new(&functions, reterr);
	if (r >= 0 && kernel_functions_find(functions, name, &function) < 0)
		r = error_set(reterr, -ENOENT, "the kernel has no %s", name);
	if (r >= 0)
		place->btf_id = function.btf_id;
	kernel_functions_free(&functions);
	return r;
}

static int make_point(struct kernel *kernel, const struct hook_place *at, struct hook_point **ret,
		      struct error **reterr)
{
	struct hook_place place = *at;
	int r = find_function(kernel->way, &place, reterr);

	return r < 0 ? r : hook_point_new(kernel->library, &place, ret, reterr);
}

int kernel_new(const struct way *way, struct kernel **ret, struct error **reterr)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));
	int r;

	if (!kernel)
		return error_set(reterr, -ENOMEM, "out of memory");
	kernel->way = way;
	kernel->program = kernel->end_program = -1;
	r = make_maps(kernel);
	if (r < 0)
		error_set(reterr, r, "cannot make maps: %s", strerror(-r));
	else
		r = make_library(kernel, reterr);
	if (r >= 0 && !way->by_hand)
		r = make_point(kernel, &way->begin, &kernel->point, reterr);
	if (r >= 0 && !way->by_hand && way->returns)
		r = make_point(kernel, &way->end, &kernel->end, reterr);
	if (r < 0)
		kernel_free(&kernel);
	*ret = kernel;
	return r;
}

static void close_program(int fd)
{
	if (fd >= 0)
		close(fd);
}

void kernel_free(struct kernel **kernel)
{
	if (!*kernel)
		return;
	hook_point_free(&(*kernel)->point);
	hook_point_free(&(*kernel)->end);
	verdicts_done(&(*kernel)->verdicts);
	library_free(&(*kernel)->library);
	ring_buffer__free((*kernel)->records);
	close_program((*kernel)->program);
	close_program((*kernel)->end_program);
	free(*kernel);
	*kernel = NULL;
}

static int emit(struct kernel *kernel, bool at_end, struct code *code, const struct plan *plan)
{
	const struct way *way = kernel->way;
	const struct backend *backend = at_end ? way_backend_of_return(way) : way->backend;
	struct syscall_plan call = {SYS_process_vm_readv, .plan = plan, .backend = backend};

	if (way->begin.kind == HOOK_POINT_TYPED_TRACEPOINT && !way->by_hand)
		return emit_syscalls(code, &call, 1, &kernel->verdicts);
	return emit_program(code, &plan, 1, backend, &kernel->verdicts);
}

static int load(struct kernel *kernel, bool at_end, const struct code *code, struct error **reterr)
{
	static const struct program_type type = {.name = "plan",
						 .type = BPF_PROG_TYPE_RAW_TRACEPOINT};
	int *program = at_end ? &kernel->end_program : &kernel->program;
	int fd, r;

	if (kernel->point) {
		struct hook_point *point = at_end ? kernel->end : kernel->point;

		r = hook_point_prepare(point, code, reterr);
		if (r < 0)
			return r;
		turns_next(library_turns(kernel->library));
		hook_point_finish(point);
		return 0;
	}
	fd = library_load(kernel->library, code, &type, reterr);
	if (fd < 0)
		return fd;
	close_program(*program);
	*program = fd;
	return 0;
}

static int set_one(struct kernel *kernel, bool at_end, const struct plan *plan,
		   struct error **reterr)
{
	struct code code = CODE_INIT;
	int r = emit(kernel, at_end, &code, plan);

	if (r < 0)
		error_set(reterr, r, "cannot be compiled: %s", strerror(-r));
	else
		r = load(kernel, at_end, &code, reterr);
	code_done(&code);
	return r;
}

int kernel_set(struct kernel *kernel, const struct plan *plan, struct error **reterr)
{
	/* Older plans are no more. */
	const struct verdicts before = {.generation = kernel->verdicts.generation};
	int r;

	verdicts_done(&kernel->verdicts);
	verdicts_begin(&kernel->verdicts, &before);
	r = verdicts_add(&kernel->verdicts, plan);
	if (r < 0)
		return error_set(reterr, r, "has too many tests: %s", strerror(-r));
	/* What an older plan says of a return is of calls that nobody told of. */
	if (plan->tells_return)
		r = set_one(kernel, true, plan, reterr);
	return r < 0 ? r : set_one(kernel, false, plan, reterr);
}

static void run(int program, const uint64_t *args)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = ARGS * sizeof(*args));

	if (bpf_prog_test_run_opts(program, &opts) == 0)
		return;
	perror("BPF_PROG_TEST_RUN");
	exit(1);
}

static const struct record_hook *look(struct kernel *kernel, const struct told_record *told)
{
	ring_buffer__consume(kernel->records);
	return told->is_told ? (const void *)told->data : NULL;
}

const struct record_hook *kernel_call(struct kernel *kernel, const uint64_t *args)
{
	/* What was done to prepare it may have been such calls, too. */
	ring_buffer__consume(kernel->records);
	kernel->call.is_told = kernel->returned.is_told = false;
	if (kernel->point)
		kernel->way->call.make(args);
	else
		run(kernel->program, args);
	return look(kernel, &kernel->call);
}

const struct record_hook *kernel_return(struct kernel *kernel, uint64_t returned)
{
	const uint64_t args[ARGS] = {returned};

	if (!kernel->point)
		run(kernel->end_program, args);
	return look(kernel, &kernel->returned);
}
