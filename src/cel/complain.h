/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_COMPLAIN_H
#define OCELLI_CEL_COMPLAIN_H

#include "base/error.h"

#include <stdint.h>

/* Where in an expression: line and column from 1, columns in characters. */
struct cel_place {
	uint32_t line, column;
};

/* Sets *reterr to what is wrong there. Returns @code. */
int cel_complain(struct error **reterr, int code, struct cel_place place, const char *fmt, ...)
	_printf_(4, 5);

#endif
