// SPDX-License-Identifier: Apache-2.0
#include "code/code.h"
#include "base/macro.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOT_YET SIZE_MAX
#define NO_LABEL SIZE_MAX

/*
 * So far a jump goes at once. An instruction has room for 32,767, but the kernel
 * puts more instructions in between when it inlines what is called
 * (kernel/bpf/core.c: bpf_adj_branches()).
 */
#define REACH 8192

struct code_target {
	size_t at;
	size_t island; /* the last one that leads to it; 0: none */
	bool used;
};

struct code_jump {
	size_t at;
	size_t label; /* NO_LABEL: it leads to an island */
};

struct code_late {
	struct code_late *next;
	const struct code_late_kind *kind;
	int with;
	char name[24];
	_Alignas(8) char what[];
};

/* Room for @n more elements at the end of a vector, or NULL. */
static void *grow(struct code *code, void *vector, size_t element, size_t used, size_t n,
		  size_t *cap)
{
	char **v = vector;

	if (code->error)
		return NULL;
	if (*cap - used < n) {
		size_t want = MAX(used + n, *cap * 2);
		char *more = reallocarray(*v, want, element);

		if (!more) {
			code->error = -ENOMEM;
			return NULL;
		}
		*v = more;
		*cap = want;
	}
	return *v + used * element;
}

#define GROW(code, vector, n)                                                               \
	((__typeof__((code)->vector))grow((code), &(code)->vector, sizeof(*(code)->vector), \
					  (code)->n_##vector, (n), &(code)->cap_##vector))

struct label code_label(struct code *code)
{
	struct code_target *target = GROW(code, targets, 1);

	if (!target)
		return (struct label){0};
	*target = (struct code_target){.at = NOT_YET};
	return (struct label){code->n_targets++};
}

/* A jump to what comes next is nothing, and the kernel would take each out again by moving all that
 * is behind it (kernel/bpf/verifier.c: opt_remove_nops()). */
static void drop_idle_jump(struct code *code, struct label label)
{
	const struct code_jump *last = code->n_jumps ? &code->jumps[code->n_jumps - 1] : NULL;

	if (!last || last->label != label.index || last->at + 1 != code->n ||
	    code->meant == code->n || code->insns[last->at].code != (BPF_JMP | BPF_JA))
		return;
	code->n_jumps--;
	code->n--;
}

void code_here(struct code *code, struct label label)
{
	struct code_target *target;

	if (code->error)
		return;
	drop_idle_jump(code, label);
	target = &code->targets[label.index];
	target->at = code->n;
	code->meant = code->n;
	if (target->used)
		code->dead = false;
}

void code_fail(struct code *code, int error)
{
	if (!code->error)
		code->error = error;
}

static void append(struct code *code, const struct bpf_insn *insns, size_t n)
{
	struct bpf_insn *to;

	if (code->dead)
		return;
	if (code->n + n > CODE_MAX)
		code_fail(code, -EOVERFLOW);
	to = grow(code, &code->insns, sizeof(*insns), code->n, n, &code->cap);
	if (!to)
		return;
	memcpy(to, insns, n * sizeof(*insns));
	code->n += n;
	code->dead = n && insns[n - 1].code == (BPF_JMP | BPF_EXIT);
}

static void append_jump(struct code *code, size_t label, struct bpf_insn insn)
{
	struct code_jump *to = code->dead ? NULL : GROW(code, jumps, 1);

	if (!to)
		return;
	*to = (struct code_jump){code->n, label};
	code->n_jumps++;
	append(code, &insn, 1);
}

static bool is_open(const struct code *code, const struct code_jump *jump)
{
	return jump->label != NO_LABEL && code->targets[jump->label].at == NOT_YET;
}

static void lead_to(struct code *code, size_t jump, size_t to)
{
	size_t at = code->jumps[jump].at;

	code->insns[at].off = (int16_t)(to - at - 1);
	code->jumps[jump].label = NO_LABEL;
}

/* Of the jumps that may go too far, each to the same label goes over the same island. */
static void add_islands(struct code *code)
{
	size_t first = code->n, n = code->n_jumps;

	for (size_t i = code->open; i < n && code->jumps[i].at + REACH / 2 < first; i++) {
		size_t label = code->jumps[i].label;

		if (!is_open(code, &code->jumps[i]))
			continue;
		if (code->targets[label].island < first) {
			code->targets[label].island = code->n;
			append_jump(code, label, (struct bpf_insn)INSN_JUMP(0));
		}
		lead_to(code, i, code->targets[label].island);
	}
}

/* Before every instruction. */
static void bridge(struct code *code)
{
	size_t at = code->n;
	bool dead = code->dead;

	while (code->open < code->n_jumps && !is_open(code, &code->jumps[code->open]))
		code->open++;
	if (code->error || code->open == code->n_jumps || at - code->jumps[code->open].at < REACH)
		return;
	code->dead = false;
	if (!dead)
		append(code, &(struct bpf_insn)INSN_JUMP(0), 1);
	add_islands(code);
	if (!dead && !code->error)
		code->insns[at].off = (int16_t)(code->n - at - 1);
	code->meant = code->n;
	code->dead = dead;
}

void code_put(struct code *code, const struct bpf_insn *insns, size_t n)
{
	bridge(code);
	append(code, insns, n);
}

static void jump(struct code *code, struct label label, struct bpf_insn insn)
{
	if (code->dead || code->error)
		return;
	bridge(code);
	code->targets[label.index].used = true;
	append_jump(code, label.index, insn);
}

void code_jump(struct code *code, struct label label)
{
	jump(code, label, (struct bpf_insn)INSN_JUMP(0));
	code->dead = true;
}

void code_jump_if(struct code *code, int op, int reg, int32_t imm, struct label label)
{
	jump(code, label, (struct bpf_insn)INSN_JUMP_IF(op, (uint8_t)reg & 15, imm, 0));
}

void code_jump_if_reg(struct code *code, int op, int reg, int other, struct label label)
{
	jump(code, label,
	     (struct bpf_insn)INSN(BPF_JMP | op | BPF_X, (uint8_t)reg & 15, (uint8_t)other & 15, 0,
				   0));
}

static void use(struct code *code, enum code_use_kind kind, const char *name)
{
	struct code_use *to;

	bridge(code);
	to = code->dead ? NULL : GROW(code, uses, 1);
	if (!to)
		return;
	*to = (struct code_use){.at = code->n, .kind = kind, .name = name};
	code->n_uses++;
}

void code_call(struct code *code, const char *name)
{
	use(code, CODE_FUNCTION, name);
	code_add(code, INSN_CALL_OWN(0));
}

static struct code_late *find_late(struct code *code, const struct code_late_kind *kind,
				   const void *what, int with)
{
	for (struct code_late *late = code->late; late; late = late->next)
		if (late->kind == kind && late->with == with && kind->is_same(late->what, what))
			return late;
	return NULL;
}

void code_call_late(struct code *code, const struct code_late_kind *kind, const void *what,
		    int with)
{
	struct code_late *late;

	/* The verifier refuses a function that nobody calls. */
	if (code->dead)
		return;
	late = find_late(code, kind, what, with);
	if (!late) {
		late = calloc(1, sizeof(*late) + kind->size);
		if (!late) {
			code_fail(code, -ENOMEM);
			return;
		}
		late->next = code->late;
		late->kind = kind;
		late->with = with;
		memcpy(late->what, what, kind->size);
		snprintf(late->name, sizeof(late->name), "late_%zu", code->n_late++);
		code->late = late;
	}
	code_call(code, late->name);
}

void code_function(struct code *code, const char *name)
{
	code_function_like(code, name, NULL);
}

void code_function_like(struct code *code, const char *name, const char *type)
{
	struct code_function *to = GROW(code, functions, 1);

	if (!to)
		return;
	*to = (struct code_function){.at = code->n, .name = name, .type = type};
	code->n_functions++;
	code->meant = code->n;
	code->dead = false;
}

void code_load_map(struct code *code, int reg, const char *name)
{
	use(code, CODE_MAP, name);
	code_add(code, INSN_LOAD_MAP((uint8_t)reg & 15, 0));
}

void code_load_map_value(struct code *code, int reg, const char *name, uint32_t offset)
{
	use(code, CODE_MAP_VALUE, name);
	code_add(code,
		 INSN(BPF_LD | BPF_DW | BPF_IMM, (uint8_t)reg & 15, BPF_PSEUDO_MAP_VALUE, 0, 0),
		 INSN(0, 0, 0, 0, (int32_t)offset));
}

int code_finish(struct code *code)
{
	for (const struct code_late *late = code->late; late && !code->error; late = late->next) {
		code_function_like(code, late->name, late->kind->type);
		late->kind->write(code, late->what, late->with);
	}
	for (size_t i = 0; i < code->n_jumps && !code->error; i++) {
		const struct code_jump *j = &code->jumps[i];

		if (j->label == NO_LABEL)
			continue;
		if (is_open(code, j))
			code_fail(code, -EINVAL);
		else
			lead_to(code, i, code->targets[j->label].at);
	}
	return code->error;
}

void code_done(struct code *code)
{
	free(code->insns);
	free(code->targets);
	free(code->jumps);
	free(code->uses);
	free(code->functions);
	while (code->late) {
		struct code_late *late = code->late;

		code->late = late->next;
		free(late);
	}
	*code = CODE_INIT;
}
