// SPDX-License-Identifier: Apache-2.0
#include "compile/machine.h"
#include "base/macro.h"
#include "unit.h"

#include <endian.h>
#include <string.h>

#define STACK 512
/* Plans have no loops. */
#define STEPS_MAX 1000000

struct frame {
	struct machine *m;
	uint64_t r[11];
	_Alignas(8) char stack[STACK];
};

/* Strings of the tests end with a NUL, NULL cannot be read. */
static int64_t read_string(char *to, size_t size, const char *from)
{
	size_t n;

	if (!from)
		return -14;
	n = MIN(strlen(from), size - 1);
	memcpy(to, from, n);
	to[n] = '\0';
	return (int64_t)n + 1;
}

static uint64_t preempt_disable(struct frame *f)
{
	f->m->unpreempted++;
	return 0;
}

static uint64_t preempt_enable(struct frame *f)
{
	assert_true(f->m->unpreempted > 0);
	f->m->unpreempted--;
	return 0;
}

static uint64_t enter(struct frame *f)
{
	assert_true(f->m->unpreempted > 0);
	assert_true(f->m->taken < 2);
	return f->m->busy ? (uint64_t)-1 : 3 + f->m->taken++;
}

static struct hook_scratch *scratch_at(struct machine *m, uint32_t index)
{
	return index == 3 ? &m->scratch : index == 4 ? &m->inner : NULL;
}

static uint64_t leave(struct frame *f)
{
	assert_true(f->m->taken > 0);
	assert_int_equal(f->r[1], 3 + --f->m->taken);
	return 0;
}

static uint64_t begin(struct frame *f)
{
	assert_ptr_equal(f->r[1], &f->m->scratch);
	f->m->begun = true;
	f->m->scratch.record.process = f->m->self;
	f->m->scratch.record.tid = f->m->self.pid + 1;
	f->m->hook = (uint32_t)f->r[2];
	f->m->selector = (uint32_t)f->r[3];
	return 0;
}

static uint64_t put(struct frame *f)
{
	assert_ptr_equal(f->r[1], &f->m->scratch);
	assert_true(f->m->begun && !f->m->posted);
	f->m->n_args++;
	return 0;
}

/* An int: the upper half of the register is nobody's. */
static uint64_t write_record(struct frame *f)
{
	f->m->posted = !f->m->full;
	return 0xbadULL << 32 | (f->m->full ? (uint32_t)-1 : 0);
}

static uint64_t post(struct frame *f)
{
	assert_true(f->m->begun && f->m->taken);
	return write_record(f);
}

/* At once, without a scratch. */
static uint64_t tell(struct frame *f, size_t n)
{
	assert_true(!f->m->begun && !f->m->taken && !f->m->posted);
	assert_true(f->r[1] >= (uint64_t)f->stack &&
		    f->r[1] + 8 * (n ? n : 1) <= (uint64_t)f->stack + STACK);
	f->m->hook = (uint32_t)f->r[2];
	f->m->selector = (uint32_t)f->r[3];
	f->m->n_args = n;
	memcpy(f->m->numbers, (const void *)f->r[1], 8 * n);
	f->m->at_once = true;
	return write_record(f);
}

#define TELL(n)                                   \
	static uint64_t tell_##n(struct frame *f) \
	{                                         \
		return tell(f, n);                \
	}
HOOK_EACH_NUMBERS(TELL)

static uint64_t post_call(struct frame *f)
{
	uint64_t r = post(f);

	/* What was lost is not told of when it returns, either. */
	f->m->call.hook = f->m->posted ? f->m->hook : 0;
	f->m->call.selector = f->m->selector;
	return r;
}

/* What is told of when it returns is what was told of when it was called. What the upper half of
 * the register has is nobody's. */
static uint64_t called(struct frame *f)
{
	uint64_t selector = f->m->call.selector & ~HOOK_UNTOLD;

	return (f->m->call.hook == f->r[1] ? selector + 1 : 0) | 0xbadULL << 32;
}

static uint64_t begin_return(struct frame *f)
{
	assert_ptr_equal(f->r[1], &f->m->scratch);
	assert_int_equal(f->r[2], f->m->call.hook);
	f->m->scratch.record.process = f->m->self;
	f->m->scratch.record.flags = f->m->call.selector & HOOK_UNTOLD ? HOOK_SILENT : 0;
	f->m->begun = true;
	f->m->call.hook = 0;
	return 0;
}

static uint64_t limit_begin(struct frame *f)
{
	assert_true(f->m->begun && f->m->taken && !f->m->posted);
	assert_ptr_equal(f->r[1], &f->m->scratch);
	assert_true(f->r[3] == f->m->asked++);
	f->m->limit = (struct plan_limit){.by = (unsigned)f->r[2], .values = f->m->limit_values};
	return 0;
}

static uint64_t limit_all(struct frame *f)
{
	assert_ptr_equal(f->r[1], &f->m->scratch);
	f->m->limit.all = true;
	return 0;
}

static uint64_t limit_value(struct frame *f)
{
	struct plan_limit_value *to = &f->m->limit_values[f->m->limit.n++];

	assert_ptr_equal(f->r[1], &f->m->scratch);
	assert_true(f->m->limit.n <= MACHINE_LIMIT_VALUES);
	*to = (struct plan_limit_value){
		.index = (uint32_t)f->r[2],
		.part = {.offset = (uint16_t)f->r[3], .bits = (uint16_t)f->r[4]},
	};
	return 0;
}

static uint64_t is_limited(struct frame *f)
{
	assert_ptr_equal(f->r[1], &f->m->scratch);
	f->m->limit.ns = f->r[2];
	return (f->m->asked - 1 < f->m->limits) | 0xbadULL << 32;
}

/* A map of owners of sockets, which is of one socket. */
static uint64_t owners(struct frame *f, int32_t helper)
{
	struct machine *m = f->m;
	uint64_t socket = *(uint64_t *)f->r[2];

	assert_true(m->begun && m->taken && !m->posted);
	if (helper == BPF_FUNC_map_update_elem) {
		assert_ptr_equal(f->r[3], &m->scratch.record.process);
		memcpy(&m->owner, (const void *)f->r[3], sizeof(m->owner));
		m->owned = socket;
	} else if (helper == BPF_FUNC_map_delete_elem) {
		m->owned = m->owned == socket ? 0 : m->owned;
	} else if (m->owned && m->owned == socket) {
		return (uint64_t)&m->owner;
	}
	return 0;
}

static uint64_t post_silent(struct frame *f)
{
	assert_true(f->m->begun && f->m->taken && !f->m->posted);
	f->m->silent = true;
	return 0;
}

static uint64_t forget_told(struct frame *f)
{
	assert_true(f->m->begun && f->m->taken && !f->m->posted && f->m->full);
	assert_ptr_equal(f->r[1], &f->m->scratch);
	f->m->forgotten = true;
	return 0;
}

static uint64_t await(struct frame *f)
{
	assert_true(f->m->begun && f->m->taken && !f->m->posted);
	f->m->call.hook = f->m->hook;
	f->m->call.selector = f->m->selector | HOOK_UNTOLD;
	return 0;
}

static uint64_t put_stack(struct frame *f)
{
	assert_true(f->m->begun && f->m->taken && !f->m->posted);
	assert_ptr_equal(f->r[1], &f->m->scratch);
	assert_int_equal(f->r[2], f->m->stack_size);
	assert_false(f->m->stacks & f->r[3]);
	f->m->stacks |= (unsigned)f->r[3];
	return 0;
}

/* bpf_get_stack() */
static uint64_t get_stack(struct frame *f)
{
	bool build_id = f->r[4] == (BPF_F_USER_STACK | BPF_F_USER_BUILD_ID);

	assert_ptr_equal(f->r[1], f->r[6]);
	assert_ptr_equal(f->r[2], f->m->scratch.slot[HOOK_SPARE].bytes);
	assert_true(build_id || f->r[4] == BPF_F_USER_STACK || f->r[4] == 0);
	assert_int_equal(f->r[3], HOOK_FRAMES_MAX * (build_id ? sizeof(struct hook_frame) : 8));
	f->m->stack_size = 8 + f->r[4];
	return f->m->stack_size;
}

static uint64_t suppress(struct frame *f)
{
	assert_true(f->m->begun && f->m->taken && !f->m->posted);
	f->m->suppressed = true;
	return 0;
}

static uint64_t withdraw(struct frame *f)
{
	assert_true(f->m->begun && f->m->taken && !f->m->posted);
	assert_false(f->m->scratch.record.flags & HOOK_SILENT);
	f->m->withdrawn = !f->m->full;
	return 0xbadULL << 32 | (f->m->full ? (uint32_t)-1 : 0);
}

static struct hook_slot *slot(struct frame *f)
{
	assert_ptr_equal(f->r[1], &f->m->scratch);
	assert_true(f->r[2] <= HOOK_SPARE);
	/* What is beyond the value is of an earlier one. */
	memset(&f->m->scratch.slot[f->r[2]], 'x', sizeof(struct hook_slot));
	return &f->m->scratch.slot[f->r[2]];
}

/* The kernel's functions return an int. */
static uint64_t read_text(struct frame *f)
{
	size_t room = f->r[5] ? MIN(f->r[5] + 1, HOOK_STRING_MAX) : HOOK_STRING_MAX;

	return (uint32_t)read_string(slot(f)->bytes, room, (const char *)f->r[3]) - 1;
}

static uint64_t keep(struct frame *f)
{
	memcpy(slot(f)->bytes, &f->r[3], sizeof(f->r[3]));
	return 0;
}

static uint64_t lost(struct frame *f)
{
	slot(f)->arg.status = HOOK_ARG_LOST;
	return (uint32_t)-1;
}

static uint64_t read_value(struct frame *f)
{
	const struct machine_value *v = (const void *)f->r[3];
	struct hook_slot *to = slot(f);

	if (!v)
		return (uint32_t)-1;
	memcpy(to->bytes, v->bytes, v->size);
	to->arg.status = HOOK_ARG_READ;
	return (uint32_t)v->tail;
}

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static uint64_t find(struct frame *f)
{
	const struct hook_scratch *s = (const void *)f->r[1];
	const char *in = (const char *)s + f->r[2];
	size_t len = f->r[4];

	assert_ptr_equal(s, scratch_at(f->m, 2 + f->m->taken));
	assert_true(f->r[3] <= HOOK_STRING_MAX && len <= HOOK_NEEDLE_MAX);
	for (size_t i = 0; i + len <= f->r[3]; i++) {
		size_t n = 0;

		while (n < len && (f->r[5] ? lower(in[i + n]) : in[i + n]) == s->needle[n])
			n++;
		if (n == len)
			return 1;
	}
	return 0;
}

/* What is above an int is nobody's. */
static uint64_t is_spared(struct frame *f)
{
	return f->m->spared | 0xbadULL << 32;
}

static uint64_t is_compat(struct frame *f)
{
	f->m->tables++;
	return f->m->compat | 0xbadULL << 32;
}

static uint64_t nspid(struct frame *f)
{
	return f->m->subject->nspid;
}

static uint64_t namespace(struct frame *f)
{
	assert_true(f->r[1] < _EXEC_NS_MAX);
	return f->m->subject->namespaces[f->r[1]];
}

static uint64_t capabilities(struct frame *f)
{
	assert_true(f->r[1] < ARRAY_SIZE(f->m->subject->capabilities));
	return f->m->subject->capabilities[f->r[1]];
}

static uint64_t namespace_changes(struct frame *f)
{
	return f->m->subject->namespace_changes & f->r[1];
}

static uint64_t capability_changes(struct frame *f)
{
	assert_true(f->r[1] < ARRAY_SIZE(f->m->subject->capability_changes));
	return f->m->subject->capability_changes[f->r[1]];
}

static uint64_t renew_baseline(struct frame *f)
{
	assert_false(f->m->renewed);
	f->m->renewed = (unsigned)f->r[1];
	return 0;
}

static uint64_t verdict(struct frame *f)
{
	const struct hook_verdicts *v = &f->m->kept;

	assert_true(f->r[1] < (uint64_t)2 * HOOK_WORDS);
	if (v->generation < f->r[2])
		return 0;
	return f->r[1] < HOOK_WORDS ? v->own[f->r[1]] : v->parents[f->r[1] - HOOK_WORDS];
}

/* Returns its length with the NUL, 0 without one. */
static int32_t set_path(struct hook_scratch *s, const struct bytes *path)
{
	memset(s->slot[0].bytes, 'x', HOOK_STRING_MAX);
	if (!path->s)
		return 0;
	memcpy(s->slot[0].bytes, path->s, path->len + 1);
	return (int32_t)path->len + 1;
}

static void read_image(struct machine *m, const struct caller *subject)
{
	struct hook_scratch *s = scratch_at(m, 2 + m->taken);
	struct hook_learning *l = &s->learning;
	const struct bytes *path = &subject->image;

	m->learnt = subject;
	l->pid = subject->pid;
	l->nspid = subject->nspid;
	l->path = subject->image_fault ? -1 : set_path(s, path);
}

/* Returns whether there was one more. */
static bool read_name(struct machine *m)
{
	struct hook_scratch *s = scratch_at(m, 2 + m->taken);
	struct hook_learning *l = &s->learning;

	if (!l->call || l->names == ARRAY_SIZE(m->subject->names))
		return false;
	l->of = HOOK_OF_NAME;
	l->relative = m->subject->names[l->names].relative;
	l->path = set_path(s, &m->subject->names[l->names].path);
	if (!l->path)
		l->path = -1;
	l->names++;
	return true;
}

/* As bpf/hook_process.bpf.h, but for what is known of ancestors. */
static uint64_t learn(struct frame *f)
{
	struct hook_learning *l = &((struct hook_scratch *)f->r[1])->learning;

	assert_ptr_equal(f->r[1], scratch_at(f->m, 2 + f->m->taken));
	assert_true(f->r[3] <= 1 && (f->r[3] || !f->r[4]));
	memset(l, 0, sizeof(*l));
	if (!f->r[3]) {
		l->verdicts = f->m->kept;
		l->since = f->m->kept.generation;
	}
	l->verdicts.generation = f->r[2];
	l->call = f->r[4];
	read_image(f->m, f->m->subject);
	return 0;
}

static void merge_image(struct hook_learning *l)
{
	uint64_t flags = HOOK_VALID | (l->path < 0 ? 0 : HOOK_KNOWN);

	for (size_t i = 0; i < HOOK_WORDS; i++) {
		uint64_t fresh = l->fresh[i], image = l->image[i] & fresh;
		uint64_t sticky = image & l->sticky[i];

		assert_false(l->image[i] & (HOOK_VALID | HOOK_KNOWN));
		if (l->of == HOOK_OF_NAME) {
			l->verdicts.own[i] |= image;
			continue;
		}
		if (!l->steps) {
			l->verdicts.own[i] = (l->verdicts.own[i] & ~fresh) | image | flags;
			l->verdicts.parents[i] &= ~fresh;
			continue;
		}
		l->verdicts.own[i] |= sticky;
		l->verdicts.parents[i] |= l->steps == 1 ? image | flags : sticky;
	}
}

static uint64_t learn_more(struct frame *f)
{
	struct hook_learning *l = &((struct hook_scratch *)f->r[1])->learning;

	assert_ptr_equal(f->r[1], scratch_at(f->m, 2 + f->m->taken));
	merge_image(l);
	if (read_name(f->m))
		return 1;
	l->relative = 0;
	if (l->steps == f->r[2])
		return 0;
	if (f->m->learnt->parent) {
		l->of = HOOK_OF_PARENT;
		l->steps++;
		read_image(f->m, f->m->learnt->parent);
		return 1;
	}
	for (size_t i = 0; i < HOOK_WORDS && !l->steps; i++)
		l->verdicts.parents[i] |= HOOK_VALID | HOOK_KNOWN;
	return 0;
}

static uint64_t run(struct machine *m, const struct code *code, size_t at, uint64_t argument,
		    uint64_t second);

static size_t find_function(const struct code *code, const char *name)
{
	for (size_t i = 0; i < code->n_functions; i++)
		if (!strcmp(code->functions[i].name, name))
			return code->functions[i].at;
	fail_msg("there is no function %s", name);
	return 0;
}

static uint64_t begin_strings(struct frame *f)
{
	struct hook_scratch *s = (void *)f->r[1];

	assert_ptr_equal(s, scratch_at(f->m, 2 + f->m->taken));
	assert_int_equal(s->learning.steps, 0);
	s->learning.strings = (uint32_t)f->r[2];
	s->learning.index = 0;
	return 0;
}

/* As bpf/hook_strings.bpf.h: string by string, by the function that the code brings; but two at
 * once. */
static uint64_t some_strings(struct frame *f)
{
	size_t classify = find_function(f->m->code, "policy_classify_string");
	struct hook_scratch *s = (void *)f->r[1];
	const struct caller *subject = f->m->learnt;
	unsigned kind = s->learning.strings == HOOK_ENVIRONMENT;

	for (int i = 0; i < 2; i++, s->learning.index++) {
		const struct bytes *string = &subject->strings[kind][s->learning.index];

		if (s->learning.index == subject->n_strings[kind])
			return subject->strings_fault[kind] ? (uint32_t)-1 : 1 | 0xbadULL << 32;
		memset(s->slot[1].bytes, 'x', HOOK_STRING_MAX);
		memcpy(s->slot[1].bytes, string->s, string->len + 1);
		s->learning.length = (int32_t)string->len;
		run(f->m, f->m->code, classify, (uint64_t)s, 0);
	}
	return 0xbadULL << 32;
}

static uint64_t user(struct frame *f)
{
	assert_true(f->r[1] < ARRAY_SIZE(f->m->subject->users));
	return f->m->subject->users[f->r[1]];
}

static uint64_t is_host(struct frame *f)
{
	return f->m->busy ? HOOK_UNKNOWN : f->m->subject->host;
}

/* The first is of no namespace, and has all containers. */
const struct workload_scope machine_scopes[MACHINE_SCOPES] = {
	{.host = false},
	{.namespace = "a"},
	{.namespace = "b", .host = true},
	{.namespace = "c"},
};

static uint64_t in_scope(struct frame *f)
{
	uint32_t which = (uint32_t)f->r[1];
	const struct caller *subject = f->m->subject;

	if (which & HOOK_SCOPE_HOST && subject->host)
		return is_host(f);
	return subject->container &&
	       workload_scope_has(&machine_scopes[(which >> 1) % MACHINE_SCOPES],
				  subject->container);
}

static uint64_t learnt(struct frame *f)
{
	f->m->kept = ((struct hook_scratch *)f->r[1])->learning.verdicts;
	return 0;
}

static const struct {
	const char *name;
	uint64_t (*run)(struct frame *f);
} library[] = {
	{"kernel_preempt_disable", preempt_disable},
	{"kernel_preempt_enable", preempt_enable},
	{"hook_enter", enter},
	{"hook_leave", leave},
	{"hook_begin", begin},
	{"hook_put_integer", put},
	{"hook_is_compat", is_compat},
	{"hook_is_spared", is_spared},
	{"hook_nspid", nspid},
	{"hook_namespace", namespace},
	{"hook_capabilities", capabilities},
	{"hook_verdict", verdict},
	{"hook_namespace_changes", namespace_changes},
	{"hook_capability_changes", capability_changes},
	{"hook_renew_baseline", renew_baseline},
	{"hook_learn", learn},
	{"hook_learn_more", learn_more},
	{"hook_begin_strings", begin_strings},
	{"hook_some_strings", some_strings},
	{"hook_user", user},
	{"hook_is_host", is_host},
	{"hook_in_scope", in_scope},
	{"hook_learnt", learnt},
	{"hook_called", called},
	{"hook_begin_return", begin_return},
	{"hook_put_stack", put_stack},
	{"hook_post_silent", post_silent},
	{"hook_await", await},
	{"hook_forget_told", forget_told},
	{"hook_limit_begin", limit_begin},
	{"hook_limit_all", limit_all},
	{"hook_limit_value", limit_value},
	{"hook_is_limited", is_limited},
	{"hook_suppress", suppress},
	{"hook_withdraw", withdraw},
	{"hook_post_call", post_call},
	{"hook_put", put},
	{"hook_post", post},
#define TELLS(n) {"hook_tell_" #n, tell_##n},
	HOOK_EACH_NUMBERS(TELLS){"hook_keep", keep},
	{"hook_lost", lost},
	{"hook_read_text", read_text},
	{"hook_read_file", read_value},
	{"hook_read_socket", read_value},
	{"hook_read_word", read_value},
	{"hook_find", find},
};

static uint64_t call_function(struct frame *f, const struct code *code, size_t at)
{
	for (size_t i = 0; i < code->n_uses; i++)
		for (size_t j = 0; code->uses[i].at == at && j < code->n_functions; j++)
			if (!strcmp(code->uses[i].name, code->functions[j].name))
				return run(f->m, code, code->functions[j].at, f->r[1], f->r[2]);
	for (size_t i = 0; i < code->n_uses; i++)
		for (size_t j = 0; code->uses[i].at == at && j < ARRAY_SIZE(library); j++)
			if (!strcmp(code->uses[i].name, library[j].name))
				return library[j].run(f);
	fail_msg("a call of nothing at %zu", at);
	return 0;
}

/* What is not in the first page is there. */
static uint64_t read_memory(struct frame *f, char *to, size_t size, uint64_t from)
{
	assert_true(to >= f->stack && to + size <= f->stack + STACK);
	memset(to, 'x', size);
	if (from < 4096)
		return (uint64_t)-14;
	memcpy(to, (const void *)from, size);
	return 0;
}

static uint64_t send_signal(struct machine *m, uint64_t number)
{
	if (m->refuses)
		return (uint64_t)-1;
	m->signal = (int)number;
	m->signals++;
	return 0;
}

#define TASK 0xffff888000001000ULL

/* Where the thread's notice is, if there is one. */
static uint64_t find_notice(struct frame *f)
{
	struct machine *m = f->m;

	assert_int_equal(f->r[1], MACHINE_NOTICES);
	assert_true(f->r[2] == TASK);
	assert_int_equal(f->r[3], 0);
	m->noticed |= f->r[4] == BPF_LOCAL_STORAGE_GET_F_CREATE && !m->no_memory;
	return m->noticed ? (uint64_t)&m->notice : 0;
}

static uint64_t call_helper(struct frame *f, int32_t helper)
{
	char *to = (char *)f->r[1];

	if (f->r[1] == MACHINE_OWNERS &&
	    (helper == BPF_FUNC_map_lookup_elem || helper == BPF_FUNC_map_update_elem ||
	     helper == BPF_FUNC_map_delete_elem))
		return owners(f, helper);
	if (helper == BPF_FUNC_send_signal)
		return send_signal(f->m, f->r[1]);
	if (helper == BPF_FUNC_get_current_task_btf)
		return TASK;
	if (helper == BPF_FUNC_task_storage_get)
		return find_notice(f);
	if (helper == BPF_FUNC_override_return) {
		assert_true(f->r[1] == f->m->context);
		f->m->overridden = (int64_t)f->r[2];
		return 0;
	}
	if (helper == BPF_FUNC_get_stack)
		return get_stack(f);
	if (helper == BPF_FUNC_get_smp_processor_id)
		return 1;
	if (helper == BPF_FUNC_map_lookup_elem)
		return (uint64_t)scratch_at(f->m, *(uint32_t *)f->r[2]);
	if (helper == BPF_FUNC_get_current_pid_tgid)
		return (uint64_t)f->m->subject->pid << 32 | (f->m->subject->pid + 1);
	if (helper == BPF_FUNC_get_current_task)
		return f->m->task;
	if (helper == BPF_FUNC_probe_read_user || helper == BPF_FUNC_probe_read_kernel)
		return read_memory(f, to, f->r[2], f->r[3]);
	if (helper == BPF_FUNC_get_attach_cookie)
		return f->m->cookie;
	assert_int_equal(helper, BPF_FUNC_probe_read_user_str);
	assert_true(to >= f->stack && to + f->r[2] <= f->stack + STACK);
	memset(to, 'x', f->r[2]);
	return (uint64_t)read_string(to, f->r[2], (const char *)f->r[3]);
}

static uint64_t load(const struct bpf_insn *insn, uint64_t address)
{
	static const size_t sizes[] = {
		[BPF_W >> 3] = 4, [BPF_H >> 3] = 2, [BPF_B >> 3] = 1, [BPF_DW >> 3] = 8};
	uint64_t v = 0;

	memcpy(&v, (const void *)address, sizes[BPF_SIZE(insn->code) >> 3]);
	return v;
}

static bool compare(uint8_t op, uint64_t a, uint64_t b)
{
	switch (op) {
	case BPF_JA:
		return true;
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JSET:
		return a & b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSGT:
		return (int64_t)a > (int64_t)b;
	case BPF_JSGE:
		return (int64_t)a >= (int64_t)b;
	case BPF_JSLT:
		return (int64_t)a < (int64_t)b;
	case BPF_JSLE:
		return (int64_t)a <= (int64_t)b;
	}
	fail_msg("jump %x", op);
	return false;
}

static uint64_t compute(uint8_t op, uint64_t a, uint64_t b)
{
	switch (op) {
	case BPF_MOV:
		return b;
	case BPF_ADD:
		return a + b;
	case BPF_MUL:
		return a * b;
	case BPF_SUB:
		return a - b;
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return a << b;
	case BPF_RSH:
		return a >> b;
	case BPF_ARSH:
		return (uint64_t)((int64_t)a >> b);
	}
	fail_msg("operation %x", op);
	return 0;
}

/* Returns how many instructions it was. */
static size_t step(struct frame *f, const struct code *code, size_t at)
{
	const struct bpf_insn *insn = &code->insns[at];
	uint64_t imm = (uint64_t)(int64_t)insn->imm;
	uint64_t operand = BPF_SRC(insn->code) == BPF_X ? f->r[insn->src_reg] : imm;
	uint64_t *dst = &f->r[insn->dst_reg];

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
		/* What is above 32 bits is lost. */
		if (insn->code == (BPF_ALU | BPF_MOV | BPF_X)) {
			*dst = (uint32_t)operand;
			return 1;
		}
		assert_int_equal(insn->code, BPF_ALU | BPF_END | BPF_TO_BE);
		assert_true(imm == 32 || imm == 64);
		*dst = imm == 32 ? htobe32((uint32_t)*dst) : htobe64(*dst);
		return 1;
	case BPF_ALU64:
		*dst = compute(BPF_OP(insn->code), *dst, operand);
		return 1;
	case BPF_LDX:
		*dst = load(insn, f->r[insn->src_reg] + (uint64_t)(int64_t)insn->off);
		return 1;
	case BPF_STX:
	case BPF_ST:
		if (BPF_CLASS(insn->code) == BPF_STX)
			imm = f->r[insn->src_reg];
		if (BPF_MODE(insn->code) == BPF_ATOMIC) {
			assert_int_equal(insn->imm, BPF_ADD);
			imm += load(insn, *dst + (uint64_t)(int64_t)insn->off);
		}
		assert_true(BPF_SIZE(insn->code) == BPF_DW || BPF_SIZE(insn->code) == BPF_W);
		memcpy((char *)*dst + insn->off, &imm, BPF_SIZE(insn->code) == BPF_DW ? 8 : 4);
		return 1;
	case BPF_LD:
		*dst = (uint32_t)insn[0].imm | (uint64_t)(uint32_t)insn[1].imm << 32;
		if (insn->src_reg == BPF_PSEUDO_MAP_VALUE) {
			assert_int_equal(insn->imm, MACHINE_COUNTERS);
			*dst = (uint64_t)((char *)f->m->counts + insn[1].imm);
		}
		return 2;
	case BPF_JMP:
		if (BPF_OP(insn->code) == BPF_CALL) {
			f->m->functions++;
			f->r[0] = insn->src_reg == BPF_PSEUDO_CALL ? call_function(f, code, at)
								   : call_helper(f, insn->imm);
			for (int i = 1; i <= 5; i++)
				f->r[i] = 0xdead0000 + (uint64_t)i;
			return 1;
		}
		return 1 + (size_t)(compare(BPF_OP(insn->code), *dst, operand) ? insn->off : 0);
	}
	fail_msg("instruction %x", insn->code);
	return 1;
}

static uint64_t run(struct machine *m, const struct code *code, size_t at, uint64_t argument,
		    uint64_t second)
{
	struct frame f = {.m = m};

	memset(f.stack, 0xaa, sizeof(f.stack));
	f.r[1] = argument;
	f.r[2] = second;
	f.r[10] = (uint64_t)(f.stack + STACK);
	for (; m->steps < STEPS_MAX; m->steps++) {
		assert_true(at < code->n);
		if (code->insns[at].code == (BPF_JMP | BPF_EXIT))
			break;
		at += step(&f, code, at);
	}
	return f.r[0];
}

void machine_run(struct machine *m, const struct code *code, const char *function, void *context)
{
	size_t at = function ? SIZE_MAX : 0;

	*m = (struct machine){
		.busy = m->busy,
		.full = m->full,
		.compat = m->compat,
		.spared = m->spared,
		.refuses = m->refuses,
		.cookie = m->cookie,
		.subject = m->subject,
		.task = m->task,
		.earlier = m->earlier,
		.kept = m->earlier,
		.call = m->call,
		.limits = m->limits,
		.self = m->self,
		.owner = m->owner,
		.owned = m->owned,
		.notice = m->notice,
		.noticed = m->noticed,
		.no_memory = m->no_memory,
		.code = code,
		.context = (uint64_t)context,
	};
	for (size_t i = 0; function && i < code->n_functions; i++)
		if (!strcmp(code->functions[i].name, function))
			at = code->functions[i].at;
	m->returned = (int64_t)run(m, code, at, (uint64_t)context, 0);
	assert_int_equal(m->taken, 0);
	assert_int_equal(m->unpreempted, 0);
}

struct hook_counts machine_counts(const struct machine *m, size_t i)
{
	struct hook_counts sum = {0};

	for (size_t row = 0; row < MACHINE_ROWS; row++) {
		const struct hook_counts *counts = &m->counts[row][i];

		sum.nopost += counts->nopost;
		sum.limited += counts->limited;
		sum.lost += counts->lost;
		sum.failed += counts->failed;
		sum.overwritten += counts->overwritten;
		sum.cleaned += counts->cleaned;
		for (size_t j = 0; j < _HOOK_EFFECT_MAX; j++) {
			sum.done[j] += counts->done[j];
			sum.monitored[j] += counts->monitored[j];
		}
	}
	return sum;
}
