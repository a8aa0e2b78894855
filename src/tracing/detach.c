// SPDX-License-Identifier: Apache-2.0
#include "tracing/detach.h"
#include "base/macro.h"

#include <pthread.h>
#include <signal.h>

#define THREADS_MAX 16

struct work {
	struct hook_point *const *points;
	size_t n, next;
	void (*how)(struct hook_point *);
};

static void *detach_some(void *userdata)
{
	struct work *work = userdata;
	size_t i;

	while ((i = __atomic_fetch_add(&work->next, 1, __ATOMIC_RELAXED)) < work->n)
		work->how(work->points[i]);
	return NULL;
}

void detach_all(struct hook_point *const *points, size_t n, void (*how)(struct hook_point *))
{
	struct work work = {points, n, 0, how};
	pthread_t threads[THREADS_MAX];
	size_t started = 0, wanted = n ? MIN(n - 1, THREADS_MAX) : 0;
	sigset_t all, before;

	/* Signals are for the thread that waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (started < wanted && pthread_create(&threads[started], NULL, detach_some, &work) == 0)
		started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	detach_some(&work);
	while (started)
		pthread_join(threads[--started], NULL);
}
