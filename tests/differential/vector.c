// SPDX-License-Identifier: Apache-2.0
#include "vector.h"
#include "base/macro.h"
#include "random.h"

#include <string.h>
#include <sys/uio.h>

#define PARTS 6

/* What is told of: until there is no more room, whatever is behind that. */
static void tell(struct told *told, const struct iovec *part)
{
	struct value_bytes head;
	size_t used = told->size - sizeof(head), n = MIN(part->iov_len, HOOK_STRING_MAX - used);

	memcpy(&head, told->bytes, sizeof(head));
	head.size += part->iov_len;
	memcpy(told->bytes, &head, sizeof(head));
	if (n && part->iov_base == NOWHERE) {
		tell_fault(told);
		return;
	}
	if (n)
		memcpy(told->bytes + told->size, part->iov_base, n);
	told->size += n;
	told->status = head.size > HOOK_STRING_MAX ? HOOK_ARG_TRUNCATED : HOOK_ARG_READ;
}

uint64_t vector_value(char *end, uint64_t *n, struct told *told)
{
	size_t parts = pick(PARTS + 1);
	char *at = end - parts * sizeof(struct iovec), *text = at;

	*n = parts;
	tell_bytes(told, &(struct value_bytes){0}, sizeof(struct value_bytes));
	for (size_t i = 0; i < parts; i++) {
		struct iovec part = {.iov_len = 0};
		char made[TEXT_MAX];

		part.iov_len = random_text(made);
		text -= part.iov_len;
		part.iov_base = pick(30) ? memcpy(text, made, part.iov_len) : NOWHERE;
		memcpy(at + i * sizeof(part), &part, sizeof(part));
		if (told->status != HOOK_ARG_FAULT)
			tell(told, &part);
	}
	if (!parts || pick(20))
		return (uint64_t)at;
	return tell_fault(told);
}
