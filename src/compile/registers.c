// SPDX-License-Identifier: Apache-2.0
#include "compile/registers.h"
#include "base/macro.h"

#include <stdio.h>
#include <string.h>
#include <sys/user.h>

#define MISTAKES_MAX 2

/* The kernel's struct pt_regs begins as what ptrace(2) shows of it (arch/x86/include/asm/ptrace.h,
 * arch/arm64/include/asm/ptrace.h). */
#if defined(__x86_64__)

#define AT(member) offsetof(struct user_regs_struct, member)

/* Names of all of it, and of its low 32, 16 and 8 bits, and of the 8 above those. */
static const struct {
	uint16_t offset;
	const char *names[5];
} rows[] = {
	{AT(rax), {"rax", "eax", "ax", "al", "ah"}},
	{AT(rbx), {"rbx", "ebx", "bx", "bl", "bh"}},
	{AT(rcx), {"rcx", "ecx", "cx", "cl", "ch"}},
	{AT(rdx), {"rdx", "edx", "dx", "dl", "dh"}},
	{AT(rsi), {"rsi", "esi", "si", "sil"}},
	{AT(rdi), {"rdi", "edi", "di", "dil"}},
	{AT(rbp), {"rbp", "ebp", "bp", "bpl"}},
	{AT(rsp), {"rsp", "esp", "sp", "spl"}},
	{AT(r8), {"r8", "r8d", "r8w", "r8b"}},
	{AT(r9), {"r9", "r9d", "r9w", "r9b"}},
	{AT(r10), {"r10", "r10d", "r10w", "r10b"}},
	{AT(r11), {"r11", "r11d", "r11w", "r11b"}},
	{AT(r12), {"r12", "r12d", "r12w", "r12b"}},
	{AT(r13), {"r13", "r13d", "r13w", "r13b"}},
	{AT(r14), {"r14", "r14d", "r14w", "r14b"}},
	{AT(r15), {"r15", "r15d", "r15w", "r15b"}},
	{AT(rip), {"rip", "eip", "ip"}},
	{AT(eflags), {"rflags", "eflags", "flags"}},
	{AT(orig_rax), {"orig_rax"}},
	{AT(cs), {"cs"}},
	{AT(ss), {"ss"}},
};

static const struct register_part parts[] = {
	{0, 0, 64}, {0, 0, 32}, {0, 0, 16}, {0, 0, 8}, {0, 8, 8},
};

bool register_find(const char *name, size_t len, struct register_part *ret, struct suggest *suggest)
{
	suggest_init(suggest, name, len, MISTAKES_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(parts) && rows[i].names[j]; j++) {
			const char *of = rows[i].names[j];

			if (strlen(of) == len && !memcmp(of, name, len)) {
				*ret = parts[j];
				ret->offset = rows[i].offset;
				return true;
			}
			suggest_offer(suggest, of);
		}
	}
	return false;
}

#elif defined(__aarch64__)

#define AT(member) offsetof(struct user_regs_struct, member)
#define GENERAL 31

static const struct {
	uint16_t offset;
	const char *name;
} rows[] = {
	{AT(regs[29]), "fp"}, {AT(regs[30]), "lr"},   {AT(sp), "sp"},
	{AT(pc), "pc"},       {AT(pstate), "pstate"},
};

bool register_find(const char *name, size_t len, struct register_part *ret, struct suggest *suggest)
{
	char of[4];

	suggest_init(suggest, name, len, MISTAKES_MAX);
	for (unsigned i = 0; i < GENERAL; i++) {
		snprintf(of, sizeof(of), "%u", i);
		if (len != strlen(of) + 1 || memcmp(name + 1, of, len - 1) != 0 ||
		    (*name != 'x' && *name != 'w'))
			continue;
		*ret = (struct register_part){(uint16_t)(AT(regs) + 8 * i), 0,
					      *name == 'x' ? 64 : 32};
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strlen(rows[i].name) == len && !memcmp(rows[i].name, name, len)) {
			*ret = (struct register_part){rows[i].offset, 0, 64};
			return true;
		}
		suggest_offer(suggest, rows[i].name);
	}
	return false;
}

#endif
