/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_E2E_FUNCTIONS_H
#define OCELLI_TESTS_E2E_FUNCTIONS_H

/* Types of a program, which the BTF beside it is of: functions.bpf.c. */

struct leaf {
	const char *name;
	unsigned low : 3;
	int middle : 5;
	unsigned long long high : 40;
	short v[4];
};

union either {
	int number;
	char text[8];
};

enum kind { KIND_NONE, KIND_SOME = 7 };

struct thing {
	signed char s8;
	unsigned long u64;
	struct {
		int x, y;
	} point;
	struct {
		unsigned inner; /* a member of thing, too */
	};
	struct leaf *leaf;
	struct leaf *leaves[2];
	struct leaf held[2];
	struct thing *next;
	union either either;
	enum kind kind;
	char text[16];
	const char *words[2];
};

#endif
