// SPDX-License-Identifier: Apache-2.0
#include "vector.h"
#include "abi/hook.h"
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
	if (n && part->iov_base == NOWHERE)
		told->fault = true;
	else if (n)
		memcpy(told->bytes + told->size, part->iov_base, n);
	told->size += n;
	told->truncated = head.size > HOOK_STRING_MAX;
}

uint64_t vector_argument(char *end, uint64_t *n, struct told *told)
{
	size_t parts = pick(PARTS + 1);
	char *at = end - parts * sizeof(struct iovec), *text = at;

	*n = parts;
	told->size = sizeof(struct value_bytes);
	memset(told->bytes, 0, told->size);
	for (size_t i = 0; i < parts; i++) {
		struct iovec part = {.iov_len = 0};
		char made[TEXT_MAX];

		part.iov_len = random_text(made);
		text -= part.iov_len;
		part.iov_base = pick(30) ? memcpy(text, made, part.iov_len) : NOWHERE;
		memcpy(at + i * sizeof(part), &part, sizeof(part));
		if (!told->fault)
			tell(told, &part);
	}
	if (!parts || pick(20))
		return (uint64_t)at;
	told->fault = true;
	return (uint64_t)NOWHERE;
}
