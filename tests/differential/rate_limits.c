// SPDX-License-Identifier: Apache-2.0
#include "rate_limits.h"
#include "abi/value.h"
#include "base/hash.h"
#include "base/macro.h"
#include "random.h"

#include <string.h>

static const char *const parts[] = {
	[LIMIT_ALL] = "",
	[LIMIT_FAMILY] = ".family",
	[LIMIT_ADDRESS] = ".saddr",
	[LIMIT_PORT] = ".sport",
};

/* What it is when the call returns is no part of what is told at the call. */
static size_t pick_value(const struct type *const *values, size_t n)
{
	size_t i = pick((uint32_t)n);

	while (values[i]->is_later)
		i = pick((uint32_t)n);
	return i;
}

static bool any_now(const struct type *const *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!values[i]->is_later)
			return true;
	return false;
}

static void append_fields(struct limit *limit, const struct type *const *values, size_t n_args,
			  size_t n, struct str *out)
{
	/* All calls are made by one thread: that it is the same makes no difference. */
	static const char *const processes[] = {"process.pid", "process.tid", "process.binary"};

	str_append_lit(out, ", rateLimitFields: [");
	limit->n = any_now(values, n) ? pick(LIMIT_FIELDS + 1) : 0;
	for (size_t i = 0; i < limit->n; i++) {
		size_t value = pick_value(values, n);
		bool is_data = value >= n_args,
		     is_address = !strcmp(values[value]->name, "sockaddr");

		limit->fields[i].value = value;
		limit->fields[i].part = is_address ? pick(_LIMIT_PART_MAX) : LIMIT_ALL;
		str_appendf(out, "%s%s%zu%s", i ? ", " : "", is_data ? "data" : "arg",
			    is_data ? value - n_args : value, parts[limit->fields[i].part]);
	}
	if (pick(3) == 0)
		str_appendf(out, "%s%s", limit->n ? ", " : "", PICK(processes));
	str_append_char(out, ']');
}

/* Nothing here takes as long as a limit. */
#define LIMIT ", rateLimit: \"10h\""

void limit_append_all(struct str *out)
{
	static const char *const scopes[] = {"thread", "process", "global"};

	str_appendf(out, LIMIT ", rateLimitScope: %s", PICK(scopes));
}

void limit_append(struct limit *limit, const struct type *const *values, size_t n_args, size_t n,
		  struct str *out)
{
	limit->all = pick(2);
	if (limit->all) {
		limit_append_all(out);
		return;
	}
	str_append_lit(out, LIMIT);
	append_fields(limit, values, n_args, n, out);
}

/* What is told of an address, or of a part of it. */
static uint64_t hash_part(const struct told *told, enum limit_part part)
{
	struct value_address address;

	if (part == LIMIT_ALL)
		return hash_bytes(told->bytes, told->size);
	memcpy(&address, told->bytes, sizeof(address));
	if (part == LIMIT_PORT)
		return address.port;
	if (part == LIMIT_FAMILY)
		return address.family;
	address.port = 0;
	return hash_bytes(&address, sizeof(address));
}

static uint64_t add_value(uint64_t hash, const struct told *told, enum limit_part part)
{
	const uint64_t v[] = {hash, told->status,
			      told->status == HOOK_ARG_FAULT ? 0 : hash_part(told, part)};

	return hash_bytes(v, sizeof(v));
}

uint64_t limit_hash_told(uint64_t hash, const struct told *told)
{
	return add_value(hash, told, LIMIT_ALL);
}

uint64_t limit_hash(const struct limit *limit, uint64_t hash, const struct told *told, size_t n)
{
	for (size_t i = 0; limit->all && i < n; i++)
		hash = add_value(hash, &told[i], LIMIT_ALL);
	for (size_t i = 0; !limit->all && i < limit->n; i++)
		hash = add_value(hash, &told[limit->fields[i].value], limit->fields[i].part);
	return hash;
}
