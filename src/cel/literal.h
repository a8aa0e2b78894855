/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_LITERAL_H
#define OCELLI_CEL_LITERAL_H

#include "base/arena.h"
#include "cel/token.h"
#include "cel/value.h"

/*
 * The value of a literal's token: a number, a string, bytes, a truth value or
 * null. Text is decoded into @arena. @negative puts a minus before a number,
 * which the least int needs: it has no positive counterpart.
 *
 * Returns 0; -EINVAL with the place for a bad escape; -ERANGE for a number that
 * its type does not hold; -ENOMEM.
 */
int cel_literal_read(const struct cel_token *token, bool negative, struct arena *arena,
		     struct cel_value *ret, struct error **reterr);

#endif
