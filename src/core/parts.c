// SPDX-License-Identifier: Apache-2.0
#include "core/parts.h"
#include "abi/value.h"
#include "base/macro.h"
#include "core/key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct part {
	struct list age;
	struct record_part record;
};

#define PART(item) container_of(item, struct part, age)

void parts_init(struct parts *parts)
{
	*parts = (struct parts){0};
	list_init(&parts->ages);
}

static void drop(struct parts *parts, struct part *part)
{
	list_del(&part->age);
	parts->n--;
	free(part);
}

void parts_drop(struct parts *parts)
{
	drop(parts, PART(parts->ages.next));
}

void parts_done(struct parts *parts)
{
	while (parts->n)
		parts_drop(parts);
}

bool parts_full(const struct parts *parts)
{
	return (parts->n + 1) * sizeof(struct part) > PARTS_MAX_BYTES;
}

int parts_add(struct parts *parts, const struct record_part *record)
{
	struct part *part = malloc(sizeof(*part));

	if (!part)
		return -ENOMEM;
	memcpy(&part->record, record, sizeof(*record));
	list_add_tail(&parts->ages, &part->age);
	parts->n++;
	return 0;
}

static bool of_thread(const struct part *part, const struct record_hook *record)
{
	return part->record.tid == record->tid &&
	       key_equal(&part->record.process, &record->process);
}

static bool is_part(const struct part *part, const struct record_hook *record)
{
	return of_thread(part, record) && part->record.record.time == record->record.time;
}

static size_t padded(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

/* Appends those that follow on what is there. */
static void append_parts(struct parts *parts, const struct record_hook *record, uint32_t arg,
			 struct hook_arg *to)
{
	struct value_bytes *head = (void *)(to + 1);

	list_for_each (item, &parts->ages) {
		const struct part *part = PART(item);
		uint32_t len = to->size - (uint32_t)sizeof(*head);

		if (!is_part(part, record) || part->record.arg != arg || part->record.offset != len)
			continue;
		memcpy((char *)(head + 1) + len, part->record.data, part->record.len);
		to->size += part->record.len;
	}
	if (to->size - sizeof(*head) < head->size)
		to->status = HOOK_ARG_TRUNCATED;
}

static bool has_parts(struct parts *parts, const struct record_hook *record, uint32_t arg)
{
	list_for_each (item, &parts->ages)
		if (is_part(PART(item), record) && PART(item)->record.arg == arg)
			return true;
	return false;
}

/* There is room for all parts behind the record. */
static void copy_values(struct parts *parts, const struct record_hook *from, struct record_hook *to)
{
	const char *at = (const char *)(from + 1), *end = (const char *)from + from->record.size;
	char *out = (char *)(to + 1);

	for (uint32_t i = 0; at < end; i++) {
		const struct hook_arg *arg = (const void *)at;
		struct hook_arg *copy = (void *)out;

		memcpy(copy, arg, sizeof(*arg) + padded(arg->size));
		if (arg->size >= sizeof(struct value_bytes) && has_parts(parts, from, i))
			append_parts(parts, from, i, copy);
		at += sizeof(*arg) + padded(arg->size);
		out += sizeof(*copy) + padded(copy->size);
	}
	to->record.size = (uint32_t)(out - (char *)to);
}

/* Takes them from the others. Returns how many there were. */
static size_t drop_thread(struct parts *parts, const struct record_hook *record)
{
	struct list *next;
	size_t n = 0;

	for (struct list *item = parts->ages.next; item != &parts->ages; item = next) {
		next = item->next;
		if (!of_thread(PART(item), record))
			continue;
		drop(parts, PART(item));
		n++;
	}
	return n;
}

int parts_join(struct parts *parts, const struct record_hook *record, struct record_hook **ret,
	       size_t *ret_unused)
{
	struct record_hook *joined = NULL;
	size_t n = 0;

	list_for_each (item, &parts->ages)
		n += is_part(PART(item), record);
	if (n) {
		/* With the padding of each value. */
		joined = calloc(1, record->record.size + n * (HOOK_PART_BYTES + 8));
		if (!joined)
			return -ENOMEM;
		*joined = *record;
		copy_values(parts, record, joined);
	}
	*ret_unused = drop_thread(parts, record) - n;
	*ret = joined;
	return (int)n;
}
