/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_EMIT_VALUE_H
#define OCELLI_COMPILE_EMIT_VALUE_H

#include "code/code.h"
#include "compile/backend.h"
#include "compile/plan.h"

/* Code that finds what is captured. The context is in R6, a scratch in R7; R0 to R5 are lost. */

/* Whether it is a number that is in the registers already. */
bool is_plain(const struct capture *c);

/* Puts a plain number into @reg. */
void emit_load_plain(struct code *code, const struct backend *backend, int reg,
		     const struct capture *c);

/* The same of a number that a path leads to, into R3, or at @lost how far that went. */
void emit_load_number(struct code *code, const struct backend *backend, const struct capture *c,
		      struct label lost);

/* Reads the first @size bytes of a string to @offset from FP; goes to @no if it cannot. */
void emit_load_beginning(struct code *code, const struct backend *backend, const struct capture *c,
			 int offset, int32_t size, struct label no);

/* Reads it into a slot of the scratch. Its length is in R0; negative: it could not be read. */
void emit_read(struct code *code, const struct backend *backend, const struct capture *c,
	       int place);

/* Appends it to the record, from the slot that it was read into. A plain number needs none. */
void emit_put(struct code *code, const struct backend *backend, const struct capture *c, int place);

/* Keeps where it is, to be read when the call returns … */
void emit_put_later(struct code *code, const struct backend *backend, const struct capture *c);

/* … and appends it then: as much as is returned. */
void emit_put_returned(struct code *code, const struct backend *backend, const struct capture *c,
		       const struct capture *returned);

#endif
