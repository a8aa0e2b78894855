/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_LIST_H
#define OCELLI_BASE_LIST_H

#include <stdbool.h>

/* A doubly linked ring with its head as a member of it. */
struct list {
	struct list *next, *prev;
};

static inline void list_init(struct list *head)
{
	head->next = head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_add_tail(struct list *head, struct list *item)
{
	item->prev = head->prev;
	item->next = head;
	head->prev->next = item;
	head->prev = item;
}

static inline void list_add(struct list *head, struct list *item)
{
	list_add_tail(head->next, item);
}

static inline void list_del(struct list *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	list_init(item);
}

/* The loop may remove @item itself. */
#define list_for_each(item, head)                                                   \
	for (struct list *item = (head)->next, *_next = item->next; item != (head); \
	     item = _next, _next = item->next)

#endif
