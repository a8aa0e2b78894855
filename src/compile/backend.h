/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_BACKEND_H
#define OCELLI_COMPILE_BACKEND_H

#include "code/code.h"

#include <stdbool.h>
#include <stdint.h>

#define SLOT_LOADED (-8)

struct operand;

/* What differs between the kinds of hooks: where a program finds what its hook was called with. */
struct backend {
	/*
	 * Puts the argument at @place into @reg. The context of the program is in R6;
	 * what is in R0 to R5 is lost, and what is at SLOT_LOADED in the stack.
	 */
	void (*load)(struct code *code, const struct backend *backend, int reg, unsigned place);
	unsigned places;                /* how many there are at most */
	const struct operand *operands; /* of a static probe: compile/emit_operand.h */
	bool on_return;                 /* there is one place, with what is returned */
	/* Calls are those of 32-bit programs, and so are their words. */
	bool compat;
	/* Addresses in the process's structures have 32 bits. */
	bool small_addresses;
	/* Pointers may be the kernel's own; else they are the process's. */
	bool kernel_pointers;
	/* What runs there are processes, which can wait until their memory is there. */
	bool in_process;
	bool registers; /* the context is struct pt_regs, as it is where the program runs */
};

/* System calls, at the typed raw tracepoint sys_enter; also at what its function is called with,
 * typed. */
extern const struct backend backend_sys_enter;
extern const struct backend backend_compat_sys_enter;

extern const struct backend backend_x32_sys_enter;

/* The same at the function of the kernel that is the system call, in registers. */
extern const struct backend backend_syscall_kprobe;
extern const struct backend backend_compat_kprobe;
extern const struct backend backend_x32_kprobe;

extern const struct backend backend_kprobe;
extern const struct backend backend_raw_tracepoint;

/* At the beginning of functions of programs. Places are of backend_of_operands(). */
extern const struct backend backend_uprobe;

/* Arguments with types, and behind them what is returned. Places are of place_of_word(). */
extern const struct backend backend_typed;

/* What is seen of the return of what @at is at the beginning of. */
const struct backend *backend_of_return(const struct backend *at);

/* Places are of place_in_record(). Of system calls pointers are the process's. */
extern const struct backend backend_tracepoint;
extern const struct backend backend_syscall_tracepoint;

enum record_place {
	RECORD_VALUE,        /* the number itself */
	RECORD_SIGNED_VALUE, /* likewise */
	RECORD_ADDRESS,      /* where it is in the record */
	RECORD_DATA_LOC,     /* where it says that something is in the record */
};

/* The place of what is at @offset in the record of a tracepoint, of @size bytes. */
static inline unsigned place_in_record(enum record_place kind, uint16_t offset, uint8_t size)
{
	return (unsigned)kind << 24 | (unsigned)size << 16 | offset;
}

/* The place of the 64-bit word number @word. Of a pointer the verifier knows what it points to. */
static inline unsigned place_of_word(unsigned word, bool is_pointer)
{
	return word << 1 | is_pointer;
}

#endif
