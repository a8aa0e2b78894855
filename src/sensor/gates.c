// SPDX-License-Identifier: Apache-2.0
#include "sensor/gates.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* A page is what a map takes at least. */
#define PAGE_BYTES 4096
#define CELLS (PAGE_BYTES / sizeof(uint32_t))

/* In cells that belong to a program which has no last turn yet … */
#define NO_END UINT32_MAX
/* … and in those that no program has. */
#define FREE 0

struct page {
	int map;
	uint32_t *cells;
};

struct gates {
	struct page turns; /* in its first cell: how many there have been, from 1 */
	struct page *v;
	size_t n;
};

static void page_done(struct page *page)
{
	munmap(page->cells, PAGE_BYTES);
	close(page->map);
}

static int page_init(struct page *page)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	void *cells;

	page->map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "hook_gates", sizeof(uint32_t), PAGE_BYTES,
				   1, &opts);
	if (page->map < 0)
		return page->map;
	cells = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, page->map, 0);
	if (cells == MAP_FAILED) {
		close(page->map);
		return -ENOMEM;
	}
	page->cells = cells;
	return 0;
}

static uint32_t turn_of(const struct gates *gates)
{
	return gates->turns.cells[0];
}

int gates_new(struct gates **ret)
{
	struct gates *gates = calloc(1, sizeof(*gates));
	int r = gates ? page_init(&gates->turns) : -ENOMEM;

	if (r < 0) {
		free(gates);
		return r;
	}
	gates->turns.cells[0] = 1;
	*ret = gates;
	return 0;
}

void gates_free(struct gates **gates)
{
	if (!*gates)
		return;
	for (size_t i = 0; i < (*gates)->n; i++)
		page_done(&(*gates)->v[i]);
	page_done(&(*gates)->turns);
	free((*gates)->v);
	free(*gates);
	*gates = NULL;
}

/* One that the last turn closed may still be looked at by its program. */
static bool is_free(const struct gates *gates, uint32_t end)
{
	return end == FREE || end < turn_of(gates);
}

static int add_page(struct gates *gates)
{
	struct page *v = reallocarray(gates->v, gates->n + 1, sizeof(*v));
	int r;

	if (!v)
		return -ENOMEM;
	gates->v = v;
	r = page_init(&v[gates->n]);
	if (r >= 0)
		gates->n++;
	return r;
}

/* Returns the number of the cell, or -1. */
static int find_free(const struct gates *gates, const struct page *page)
{
	for (size_t i = 0; i < CELLS; i++)
		if (is_free(gates, page->cells[i]))
			return (int)i;
	return -1;
}

int gates_take(struct gates *gates, struct gate *ret)
{
	const struct page *page = NULL;
	int cell = -1;

	for (size_t i = gates->n; i-- > 0 && cell < 0;) {
		page = &gates->v[i];
		cell = find_free(gates, page);
	}
	if (cell < 0) {
		int r = add_page(gates);

		if (r < 0)
			return r;
		page = &gates->v[gates->n - 1];
		cell = 0;
	}
	page->cells[cell] = NO_END;
	*ret = (struct gate){
		.map = page->map,
		.turns = gates->turns.map,
		.cell = (uint32_t)cell * (uint32_t)sizeof(uint32_t),
		.since = turn_of(gates) + 1,
	};
	return 0;
}

static void set_end(struct gates *gates, const struct gate *gate, uint32_t end)
{
	for (size_t i = 0; i < gates->n; i++)
		if (gates->v[i].map == gate->map)
			__atomic_store_n(&gates->v[i].cells[gate->cell / sizeof(uint32_t)], end,
					 __ATOMIC_RELEASE);
}

void gates_close(struct gates *gates, const struct gate *gate)
{
	set_end(gates, gate, turn_of(gates) + 1);
}

void gates_keep(struct gates *gates, const struct gate *gate)
{
	set_end(gates, gate, NO_END);
}

void gates_turn(struct gates *gates)
{
	__atomic_store_n(&gates->turns.cells[0], turn_of(gates) + 1, __ATOMIC_RELEASE);
}

void gates_drop(struct gates *gates, const struct gate *gate)
{
	set_end(gates, gate, turn_of(gates));
}

void gate_emit(struct code *code, const struct gate *gate)
{
	struct label shut = code_label(code), open = code_label(code);

	code_add(code, INSN_LOAD_VALUE(R2, gate->turns),
		 INSN(BPF_LDX | BPF_MEM | BPF_W, R2, R2, 0, 0));
	code_jump_if(code, BPF_JLT, R2, (int32_t)gate->since, shut);
	code_add(code, INSN_LOAD_VALUE_AT(R3, gate->map, (int32_t)gate->cell),
		 INSN(BPF_LDX | BPF_MEM | BPF_W, R3, R3, 0, 0));
	code_jump_if_reg(code, BPF_JLT, R2, R3, open);
	code_here(code, shut);
	code_add(code, INSN_RETURN(0));
	code_here(code, open);
}
