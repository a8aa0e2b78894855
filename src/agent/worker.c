// SPDX-License-Identifier: Apache-2.0
#include "agent/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct worker {
	struct worker_config config;
	uv_async_t finished;
	pthread_t thread;
	bool busy;
};

static void *run(void *userdata)
{
	struct worker *w = userdata;

	w->config.work(w->config.userdata);
	uv_async_send(&w->finished);
	return NULL;
}

static void on_finished(uv_async_t *async)
{
	struct worker *w = async->data;

	pthread_join(w->thread, NULL);
	w->busy = false;
	w->config.done(w->config.userdata);
}

int worker_new(const struct worker_config *config, struct worker **ret)
{
	struct worker *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->config = *config;
	r = uv_async_init(config->loop, &w->finished, on_finished);
	if (r < 0) {
		free(w);
		return r;
	}
	w->finished.data = w;
	*ret = w;
	return 0;
}

/* Signals are the loop's. */
int worker_start(struct worker *w)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	w->busy = r == 0;
	return -r;
}

bool worker_busy(const struct worker *w)
{
	return w->busy;
}

void worker_settle(struct worker *w)
{
	while (w->busy)
		uv_run(w->config.loop, UV_RUN_ONCE);
}

void worker_free(struct worker **worker)
{
	free(*worker);
	*worker = NULL;
}
