/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_VALUE_NAME_H
#define OCELLI_POLICY_VALUE_NAME_H

#include "policy/model.h"

/* What the values of a hook are called: "arg0" is the first of its args, "data0" of its data. They
 * have places: those of args, and behind them those of data. Returns whether there is one. */
bool value_name_find(const struct policy_hook *hook, const char *name, size_t len,
		     size_t *ret_place);

static inline const struct policy_arg *value_at(const struct policy_hook *hook, size_t place)
{
	return place < hook->args.n ? &hook->args.v[place] : &hook->data.v[place - hook->args.n];
}

#endif
