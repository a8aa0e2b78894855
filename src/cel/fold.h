/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_FOLD_H
#define OCELLI_CEL_FOLD_H

#include "cel/eval.h"

/* Evaluates all(), exists(), exists_one(), map() and filter(). */
int cel_eval_fold(struct cel_activation *a, const struct cel_node *node, struct cel_value *ret);

#endif
