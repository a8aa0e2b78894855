/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_LOGIC_H
#define OCELLI_CEL_LOGIC_H

#include "cel/eval.h"

#include <errno.h>

/* A row of && or ||: a term that decides, false for && and true for ||, makes up for others that
 * fail. */
struct cel_logic {
	bool decisive, decided;
	int failed;
	struct cel_fault first; /* of those that failed */
};

static inline void cel_logic_begin(struct cel_logic *logic, bool decisive)
{
	/* Not the fault, which is large. */
	logic->decisive = decisive;
	logic->decided = false;
	logic->failed = 0;
}

/* Takes what came of the next term: a value, or, when @r is negative, a fault. Returns 0; 1 when
 * the rest is of no interest; or an error that nothing makes up for. */
static inline int cel_logic_take(struct cel_logic *logic, const struct cel_activation *a, int r,
				 bool value)
{
	if (r < 0 && r != -EDOM)
		return r;
	if (r < 0) {
		if (!logic->failed)
			logic->first = a->fault;
		logic->failed = r;
		return 0;
	}
	logic->decided = value == logic->decisive;
	return logic->decided;
}

static inline int cel_logic_end(const struct cel_logic *logic, struct cel_activation *a,
				struct cel_value *ret)
{
	if (logic->failed && !logic->decided) {
		a->fault = logic->first;
		return logic->failed;
	}
	*ret = cel_bool(logic->decided ? logic->decisive : !logic->decisive);
	return 0;
}

#endif
