// SPDX-License-Identifier: Apache-2.0
#include "export/backlog.h"
#include "base/macro.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define BACKLOG_MIN ((size_t)64 * 1024)

/* Straight from the system: malloc() would keep what is freed. */
static int backlog_grow(struct backlog *backlog, size_t need)
{
	size_t first = MIN(backlog->len, backlog->cap - backlog->head);
	size_t cap = MAX(backlog->cap, BACKLOG_MIN / 2);
	char *data;

	if (cap > SIZE_MAX / 2)
		return -ENOMEM;
	cap = MAX(MIN(cap * 2, backlog->limit), need);
	if (backlog->data)
		data = mremap(backlog->data, backlog->cap, cap, MREMAP_MAYMOVE);
	else
		data = mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (data == MAP_FAILED)
		return -ENOMEM;
	/* What wrapped round stays; what it follows moves to the new end. */
	if (first < backlog->len) {
		memmove(data + cap - first, data + backlog->head, first);
		backlog->head = cap - first;
	}
	backlog->data = data;
	backlog->cap = cap;
	return 0;
}

int backlog_append(struct backlog *backlog, const char *data, size_t len)
{
	size_t tail, first;

	if (len == 0)
		return 0;
	if (len > SIZE_MAX - backlog->len)
		return -ENOMEM;
	if (backlog->len + len > backlog->cap && backlog_grow(backlog, backlog->len + len) < 0)
		return -ENOMEM;
	tail = backlog->head + backlog->len;
	if (tail >= backlog->cap)
		tail -= backlog->cap;
	first = MIN(len, backlog->cap - tail);
	memcpy(backlog->data + tail, data, first);
	memcpy(backlog->data, data + first, len - first);
	backlog->len += len;
	return 0;
}

size_t backlog_front(const struct backlog *backlog, const char **ret)
{
	*ret = backlog->data + backlog->head;
	return MIN(backlog->len, backlog->cap - backlog->head);
}

void backlog_consume(struct backlog *backlog, size_t n)
{
	if (n == backlog->len) {
		backlog_clear(backlog);
		return;
	}
	backlog->len -= n;
	backlog->head += n;
	if (backlog->head >= backlog->cap)
		backlog->head -= backlog->cap;
}

void backlog_clear(struct backlog *backlog)
{
	if (backlog->data)
		munmap(backlog->data, backlog->cap);
	*backlog = (struct backlog){.limit = backlog->limit};
}
