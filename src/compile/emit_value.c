// SPDX-License-Identifier: Apache-2.0
#include "compile/emit_value.h"
#include "abi/hook.h"
#include "base/macro.h"
#include "compile/emit_stack.h"

#include <stddef.h>

/* Whether it is a number that is in the registers already. */
bool is_plain(const struct capture *c)
{
	return c->kind == CAPTURE_NUMBER && (!c->path || !c->path->n);
}

/* Where the value is, or its path begins. */
static void load_origin(struct code *code, const struct backend *backend, int reg,
			const struct capture *c)
{
	uint8_t r = (uint8_t)reg & 15;

	switch (c->source) {
	case ARG_SOURCE_CALL:
		backend->load(code, backend, reg, c->place);
		break;
	case ARG_SOURCE_CURRENT_TASK:
		code_add(code, INSN_CALL(BPF_FUNC_get_current_task), INSN_MOV_REG(r, R0));
		break;
	case ARG_SOURCE_PT_REGS:
		code_add(code, INSN_LOAD(r, R6, (int16_t)c->place));
		break;
	}
}

/* What is not of the process is the kernel's to point anywhere. */
static bool of_kernel(const struct backend *backend, const struct capture *c)
{
	switch (c->source) {
	case ARG_SOURCE_CURRENT_TASK:
		return true;
	case ARG_SOURCE_PT_REGS:
		return !backend->in_process;
	default:
		return backend->kernel_pointers;
	}
}

static void read_process(struct code *code, const struct backend *backend)
{
	code->waits |= backend->in_process;
}

/* The value, in R3; at @lost, how far its path went. */
static void load_value(struct code *code, const struct backend *backend, const struct capture *c,
		       struct label lost)
{
	load_origin(code, backend, R3, c);
	if (c->path && c->path->n)
		read_process(code, backend);
	if (c->path)
		code_follow(code, c->path, of_kernel(backend, c) ? ACCESS_ANY : ACCESS_PROCESS,
			    SLOT_LOADED, lost);
}

void emit_load_plain(struct code *code, const struct backend *backend, int reg,
		     const struct capture *c)
{
	/* A "long" of 32-bit programs has 32. */
	bool narrow = backend->compat && !backend->on_return && c->source == ARG_SOURCE_CALL;

	load_origin(code, backend, reg, c);
	if (c->path)
		code_extract(code, reg, c->path->shift, c->path->bits, c->path->is_signed);
	code_extract(code, reg, 0, narrow ? MIN(c->bits, 32) : c->bits, c->is_signed);
}

void emit_load_number(struct code *code, const struct backend *backend, const struct capture *c,
		      struct label lost)
{
	load_value(code, backend, c, lost);
	code_extract(code, R3, 0, c->bits, c->is_signed);
}

void emit_load_beginning(struct code *code, const struct backend *backend, const struct capture *c,
			 int offset, int32_t size, struct label no)
{
	struct label kernel = code_label(code), read = code_label(code);

	load_value(code, backend, c, no);
	read_process(code, backend);
	code_add(code, INSN_MOV_REG(R1, FP), INSN_ADD(R1, offset), INSN_MOV(R2, size));
	/* Addresses of the kernel are the upper half, here and on arm64. */
	if (of_kernel(backend, c))
		code_jump_if(code, BPF_JSLT, R3, 0, kernel);
	/* bpf/user_string.bpf.h has the fourth. */
	code_add(code, INSN_MOV(R4, 0), INSN_CALL(BPF_FUNC_probe_read_user_str));
	if (of_kernel(backend, c)) {
		code_jump(code, read);
		code_here(code, kernel);
		code_add(code, INSN_CALL(BPF_FUNC_probe_read_kernel_str));
	}
	code_here(code, read);
	code_jump_if(code, BPF_JSLT, R0, 0, no);
}

/* Whose memory the library reads for the value. */
static void say_whose(struct code *code, const struct backend *backend, const struct capture *c)
{
	bool small = backend->small_addresses && c->source == ARG_SOURCE_CALL;

	read_process(code, backend);
	code_add(code, INSN_MOV_REG(R1, R7),
		 INSN_ADD(R1, (int32_t)offsetof(struct hook_scratch, kernel_pointers)),
		 INSN_STORE_IMM(R1, 0, of_kernel(backend, c)),
		 INSN_STORE_IMM(R1,
				(int16_t)(offsetof(struct hook_scratch, compat) -
					  offsetof(struct hook_scratch, kernel_pointers)),
				small));
}

/* Puts what the argument is into R3, and its size into @size. */
static void load_sized(struct code *code, const struct backend *backend, const struct capture *c,
		       int size, struct label lost)
{

	if (c->size_place) {
		backend->load(code, backend, R5, c->size_place - 1);
		code_add(code, INSN_STORE(FP, SLOT_SIZE, R5));
		load_value(code, backend, c, lost);
		code_add(code, INSN_LOAD((uint8_t)size & 15, FP, SLOT_SIZE));
	} else {
		load_value(code, backend, c, lost);
		code_add(code, INSN_MOV((uint8_t)size & 15, (int32_t)c->size));
	}
}

static void call_reader(struct code *code, const struct backend *backend, const struct capture *c,
			int place, struct label lost)
{
	const struct reader *reader = c->reader ? c->reader : reader_of(ARG_TYPE_STRING);

	if (c->kind == CAPTURE_NUMBER) {
		emit_load_number(code, backend, c, lost);
		code_add(code, INSN_MOV_REG(R1, R7), INSN_MOV(R2, place));
		code_call(code, "hook_keep");
		return;
	}
	load_sized(code, backend, c, R5, lost);
	say_whose(code, backend, c);
	code_add(code, INSN_MOV_REG(R1, R7), INSN_MOV(R2, place), INSN_MOV(R4, reader->what));
	code_call(code, reader->function);
}

void emit_read(struct code *code, const struct backend *backend, const struct capture *c, int place)
{
	struct label lost = code_label(code), done = code_label(code);

	call_reader(code, backend, c, place, lost);
	code_jump(code, done);
	code_here(code, lost);
	code_add(code, INSN_MOV_REG(R1, R7), INSN_MOV(R2, place));
	code_call(code, "hook_lost");
	code_here(code, done);
}

static void put_slot(struct code *code, int place)
{
	code_add(code, INSN_MOV_REG(R1, R7), INSN_MOV(R2, place));
	code_call(code, "hook_put");
}

/* What there was no room for in the slot is read now. */
static void put_parts(struct code *code, const struct backend *backend, const struct capture *c,
		      int place)
{
	struct label lost = code_label(code);

	load_sized(code, backend, c, R4, lost);
	say_whose(code, backend, c);
	code_add(code, INSN_MOV_REG(R1, R7), INSN_MOV(R2, place));
	code_call(code, "hook_put_parts");
	code_here(code, lost);
}

/* Loads or stores what is kept of the call. */
static void move_kept(struct code *code, const struct bpf_insn *move, unsigned kept)
{
	code_add(code, INSN_MOV_REG(R1, R7),
		 INSN_ADD(R1, (int32_t)(offsetof(struct hook_scratch, kept) + 8 * kept)));
	code_put(code, move, 1);
}

void emit_put_later(struct code *code, const struct backend *backend, const struct capture *c)
{
	const struct bpf_insn keep = INSN_STORE(R1, 0, R3);
	struct label lost = code_label(code), done = code_label(code);

	if (c->reader && c->reader->what == HOOK_BYTES_IOVEC) {
		backend->load(code, backend, R3, c->size_place - 1);
		move_kept(code, &keep, c->kept + 1);
	}
	load_value(code, backend, c, lost);
	code_jump(code, done);
	code_here(code, lost);
	code_add(code, INSN_MOV(R3, 0));
	code_here(code, done);
	move_kept(code, &keep, c->kept);
	code_add(code, INSN_MOV_REG(R1, R7));
	code_call(code, "hook_put_later");
}

/* The number that the call left where it was told to, in R3; at @lost it cannot be read. */
static void load_left(struct code *code, const struct backend *backend, const struct capture *c,
		      struct label lost)
{
	const struct bpf_insn address = INSN_LOAD(R3, R1, 0);
	unsigned bits = backend->compat ? MIN(c->bits, 32) : c->bits;
	const struct access_step step = {.size = (uint8_t)(bits / 8)};
	const struct access_path there = {.n = 1, .steps = &step};

	read_process(code, backend);
	move_kept(code, &address, c->kept);
	code_follow(code, &there, of_kernel(backend, c) ? ACCESS_ANY : ACCESS_PROCESS, SLOT_LOADED,
		    lost);
	code_extract(code, R3, 0, bits, c->is_signed);
}

static void put_left(struct code *code, const struct backend *backend, const struct capture *c)
{
	struct label lost = code_label(code), done = code_label(code);

	load_left(code, backend, c, lost);
	code_add(code, INSN_MOV_REG(R1, R7), INSN_MOV(R2, HOOK_SPARE));
	code_call(code, "hook_keep");
	code_jump(code, done);
	code_here(code, lost);
	code_add(code, INSN_MOV_REG(R1, R7), INSN_MOV(R2, HOOK_SPARE));
	code_call(code, "hook_lost");
	code_here(code, done);
	put_slot(code, HOOK_SPARE);
}

/* As much as the call left word of; of what cannot be read, nothing. */
static void load_filled(struct code *code, const struct backend *backend, const struct capture *c)
{
	struct label lost = code_label(code), done = code_label(code);

	load_left(code, backend, c, lost);
	code_jump_if(code, BPF_JSGE, R3, 0, done);
	code_here(code, lost);
	code_add(code, INSN_MOV(R3, 0));
	code_here(code, done);
	code_add(code, INSN_STORE(FP, SLOT_SIZE, R3));
}

/* As much as is returned, if that is no error. */
static void load_returned(struct code *code, const struct backend *backend,
			  const struct capture *returned)
{
	const struct capture all = {
		.kind = CAPTURE_NUMBER, .place = returned->place, .bits = 64, .is_signed = true};
	bool is_number = is_plain(returned) && returned->kind == CAPTURE_NUMBER;
	struct label some = code_label(code);

	emit_load_plain(code, backend, R5, is_number ? returned : &all);
	code_jump_if(code, BPF_JSGE, R5, 0, some);
	code_add(code, INSN_MOV(R5, 0));
	code_here(code, some);
	code_add(code, INSN_STORE(FP, SLOT_SIZE, R5));
}

static void put_filled(struct code *code, const struct backend *backend, const struct capture *c,
		       const struct capture *returned)
{
	const struct bpf_insn address = INSN_LOAD(R3, R1, 0), parts = INSN_LOAD(R5, R1, 0);
	bool is_vector = c->reader->what == HOOK_BYTES_IOVEC;

	if (c->filled)
		load_filled(code, backend, c->filled);
	else
		load_returned(code, backend, returned);
	say_whose(code, backend, c);
	if (is_vector)
		move_kept(code, &parts, c->kept + 1);
	else
		code_add(code, INSN_LOAD(R5, FP, SLOT_SIZE));
	move_kept(code, &address, c->kept);
	code_add(code, INSN_MOV_REG(R1, R7), INSN_MOV(R2, HOOK_SPARE),
		 INSN_MOV(R4, c->reader->what));
	code_call(code, c->reader->function);
	if (is_vector) {
		code_add(code, INSN_MOV_REG(R1, R7), INSN_MOV(R2, HOOK_SPARE),
			 INSN_LOAD(R3, FP, SLOT_SIZE));
		code_call(code, "hook_cut_bytes");
	}
	if (c->whole && !is_vector) {
		move_kept(code, &address, c->kept);
		code_add(code, INSN_MOV_REG(R1, R7), INSN_MOV(R2, HOOK_SPARE),
			 INSN_LOAD(R4, FP, SLOT_SIZE));
		code_call(code, "hook_put_parts");
	}
	put_slot(code, HOOK_SPARE);
}

void emit_put_returned(struct code *code, const struct backend *backend, const struct capture *c,
		       const struct capture *returned)
{
	if (c->kind == CAPTURE_NUMBER)
		put_left(code, backend, c);
	else
		put_filled(code, backend, c, returned);
}

void emit_put(struct code *code, const struct backend *backend, const struct capture *c, int place)
{
	if (is_plain(c)) {
		emit_load_plain(code, backend, R2, c);
		code_add(code, INSN_MOV_REG(R1, R7));
		code_call(code, "hook_put_integer");
		return;
	}
	if (c->whole)
		put_parts(code, backend, c, place);
	put_slot(code, place);
}
