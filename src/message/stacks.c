// SPDX-License-Identifier: Apache-2.0
#include "message/stacks.h"
#include "base/macro.h"
#include "core/decode.h"
#include "core/image.h"

#include <string.h>

struct entries {
	Tetragon__StackTraceEntry **list, *v;
};

static bool take(struct texts *texts, size_t n, struct entries *ret)
{
	ret->list = arena_alloc(texts->arena, n * sizeof(*ret->list));
	ret->v = arena_alloc(texts->arena, n * sizeof(*ret->v));
	if (ret->list && ret->v)
		return true;
	texts->failed = true;
	return false;
}

static void put_entry(struct texts *texts, struct entries *to, size_t i,
		      const struct symbol *symbol, uint64_t address)
{
	Tetragon__StackTraceEntry *entry = to->list[i] = &to->v[i];

	tetragon__stack_trace_entry__init(entry);
	entry->address = address;
	entry->offset = symbol->offset;
	entry->symbol = texts_copy(texts, symbol->name, strlen(symbol->name));
	entry->module = texts_copy(texts, symbol->module, strlen(symbol->module));
}

/* Where tracepoints call programs, the program itself is on top. */
static bool is_own(const char *name)
{
	static const char *const beginnings[] = {"bpf_prog_", "bpf_trace_run", "__bpf_trace_"};

	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++)
		if (!strncmp(name, beginnings[i], strlen(beginnings[i])))
			return true;
	return false;
}

static void put_kernel(struct texts *texts, struct symbols *symbols,
		       const struct hook_stacks *stacks, bool with_addresses,
		       struct stack_traces *to)
{
	struct entries entries;

	size_t n = 0;

	if (!stacks->n_kernel || !take(texts, stacks->n_kernel, &entries))
		return;
	for (size_t i = 0; i < stacks->n_kernel; i++) {
		struct symbol symbol;

		symbols_of_kernel(symbols, stacks->kernel[i], &symbol);
		if (n == 0 && is_own(symbol.name))
			continue;
		put_entry(texts, &entries, n++, &symbol, with_addresses ? stacks->kernel[i] : 0);
	}
	to->kernel = (struct stack_trace){n, entries.list};
}

static void put_user(struct texts *texts, struct symbols *symbols, const struct hook_stacks *stacks,
		     const struct process *process, struct stack_traces *to)
{
	const struct symbol_process of = {
		.pid = process->flags & PROCESS_DEAD ? 0 : process->key.pid,
		.exe = process->image ? process->image->exe : NULL,
	};
	struct entries entries;

	if (!stacks->n_user || !take(texts, stacks->n_user, &entries))
		return;
	symbols_begin_user(symbols, &of);
	for (size_t i = 0; i < stacks->n_user; i++) {
		struct symbol symbol;

		symbols_of_user(symbols, &stacks->user[i], &symbol);
		put_entry(texts, &entries, i, &symbol,
			  stacks->addresses ? stacks->addresses[i] : 0);
	}
	to->user = (struct stack_trace){stacks->n_user, entries.list};
}

void put_stacks(struct texts *texts, struct symbols *symbols, const struct record_hook *record,
		const struct process *process, bool with_addresses, struct stack_traces *to)
{
	struct hook_stacks stacks;

	if (!symbols || !(record->flags & HOOK_STACKS))
		return;
	hook_stacks(record, &stacks);
	put_kernel(texts, symbols, &stacks, with_addresses, to);
	put_user(texts, symbols, &stacks, process, to);
}
