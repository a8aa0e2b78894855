// SPDX-License-Identifier: Apache-2.0
#include "grpc/internal.h"
#include "base/macro.h"

#include <stdlib.h>
#include <string.h>

static bool grow(struct queue *q)
{
	size_t cap = q->cap ? 2 * q->cap : 4;
	struct grpc_message **v = reallocarray(NULL, cap, sizeof(struct grpc_message *));

	if (!v)
		return false;
	for (size_t i = 0; i < q->n; i++)
		v[i] = q->v[(q->first + i) % q->cap];
	free(q->v);
	q->v = v;
	q->cap = cap;
	q->first = 0;
	return true;
}

bool queue_add(struct queue *q, struct grpc_message *message)
{
	if (q->n == q->cap && !grow(q))
		return false;
	q->v[(q->first + q->n++) % q->cap] = grpc_message_ref(message);
	q->bytes += message->len;
	return true;
}

size_t queue_take(struct queue *q, uint8_t *to, size_t len)
{
	size_t done = 0;

	while (q->n && done < len) {
		struct grpc_message *message = q->v[q->first];
		size_t n = MIN(message->len - q->written, len - done);

		memcpy(to + done, message->data + q->written, n);
		done += n;
		q->written += n;
		q->bytes -= n;
		if (q->written < message->len)
			break;
		grpc_message_unref(message);
		q->first = (q->first + 1) % q->cap;
		q->n--;
		q->written = 0;
	}
	return done;
}

void queue_free(struct queue *q)
{
	for (size_t i = 0; i < q->n; i++)
		grpc_message_unref(q->v[(q->first + i) % q->cap]);
	free(q->v);
	*q = (struct queue){0};
}
