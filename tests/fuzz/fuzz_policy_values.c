// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "policy/values.h"

/* The first byte says the op, the second the type; the values follow, NUL between them. */

#define TEXTS_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = ARENA_INIT;
	struct diagnostics diags = DIAGNOSTICS_INIT;
	struct builder builder = {.arena = &arena, .diags = &diags, .left = BUILDER_COST_MAX};
	struct policy_text v[TEXTS_MAX];
	struct policy_texts texts = {.mark = {1, 1}, .v = v};
	const struct policy_lists lists = {0};
	const struct operator* op;
	const struct arg_type *type;
	struct policy_values values;

	if (size < 2)
		return 0;
	op = operator_at(data[0]);
	type = arg_type_at(data[1]);
	if (!op || !type || !(type->groups & (op->groups | ARG_GROUP_UNKNOWN)))
		return 0;
	for (size_t at = 2; at < size && texts.n < TEXTS_MAX; texts.n++) {
		const uint8_t *end = memchr(data + at, 0, size - at);
		size_t len = end ? (size_t)(end - data) - at : size - at;

		v[texts.n] = (struct policy_text){
			.mark = {1, 1 + (unsigned)at},
			.s = alloc_text(&arena, (const char *)data + at, len),
			.len = len,
		};
		at += len + 1;
	}
	values_read(&builder, op, type, &texts, &lists, &values);
	MUST(values.n == 0 || values.n == texts.n);
	for (size_t i = 0; i < values.n && diags.n == 0; i++) {
		const struct policy_value *value = &values.v[i];

		if (values.kind == POLICY_VALUES_SIGNED)
			MUST((int64_t)value->range.low <= (int64_t)value->range.high);
		if (values.kind == POLICY_VALUES_UNSIGNED)
			MUST(value->range.low <= value->range.high);
		if (values.kind == POLICY_VALUES_NETWORKS)
			MUST(value->network.prefix <= (value->network.family == 4 ? 32 : 128));
	}
	diagnostics_done(&diags);
	arena_done(&arena);
	return 0;
}
