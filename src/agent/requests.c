// SPDX-License-Identifier: Apache-2.0
#include "agent/requests.h"
#include "http/http.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LAST_SECONDS 1

struct waiting {
	enum hook_request_kind kind;
	char *what;
};

/* The thread has a share in it: one that cannot be stopped is left behind with it. */
struct requests {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool started, stop;
	unsigned shares;
	struct waiting v[REQUESTS_MAX]; /* a ring */
	size_t first, n;
	struct request_counts counts[_HOOK_REQUEST_MAX];
};

static int look_up(const char *name, const bool *stop)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found;

	/* The system's resolver has its own patience. */
	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return -EIO;
	freeaddrinfo(found);
	return 0;
}

static int get(const char *url, const bool *stop)
{
	return http_get(url, REQUEST_TIMEOUT_MS, stop);
}

static const struct {
	const char *name; /* of the action */
	int (*run)(const char *what, const bool *stop);
} kinds[_HOOK_REQUEST_MAX] = {
	[HOOK_REQUEST_URL] = {"GetUrl", get},
	[HOOK_REQUEST_NAME] = {"DnsLookup", look_up},
};

int requests_new(struct requests **ret)
{
	struct requests *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	r->shares = 1;
	*ret = r;
	return 0;
}

/* Gives one share back. The lock is taken, and is given back, too. */
static void drop(struct requests *r)
{
	bool last = --r->shares == 0;

	pthread_mutex_unlock(&r->lock);
	if (!last)
		return;
	for (size_t i = 0; i < r->n; i++)
		free(r->v[(r->first + i) % REQUESTS_MAX].what);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static void run_next(struct requests *r)
{
	struct waiting next = r->v[r->first];
	int result;

	r->first = (r->first + 1) % REQUESTS_MAX;
	r->n--;
	pthread_mutex_unlock(&r->lock);
	result = kinds[next.kind].run(next.what, &r->stop);
	free(next.what);
	pthread_mutex_lock(&r->lock);
	if (result < 0)
		r->counts[next.kind].failed++;
	else
		r->counts[next.kind].done++;
}

static void *work(void *userdata)
{
	struct requests *r = userdata;

	pthread_mutex_lock(&r->lock);
	while (!r->stop) {
		if (r->n)
			run_next(r);
		else
			pthread_cond_wait(&r->changed, &r->lock);
	}
	drop(r);
	return NULL;
}

/* With the first request. Signals are the loop's. */
static bool start(struct requests *r)
{
	sigset_t all, before;

	if (r->started || r->stop)
		return r->started;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r->shares++;
	r->started = pthread_create(&r->thread, NULL, work, r) == 0;
	if (!r->started)
		r->shares--;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r->started;
}

void requests_add(struct requests *r, const struct hook_request *request)
{
	char *what = strdup(request->what);

	pthread_mutex_lock(&r->lock);
	r->counts[request->kind].added++;
	if (!what || r->n == REQUESTS_MAX || !start(r)) {
		r->counts[request->kind].dropped++;
		free(what);
	} else {
		r->v[(r->first + r->n++) % REQUESTS_MAX] = (struct waiting){request->kind, what};
		pthread_cond_signal(&r->changed);
	}
	pthread_mutex_unlock(&r->lock);
}

void requests_stop(struct requests *r)
{
	struct timespec until;
	bool started;

	pthread_mutex_lock(&r->lock);
	__atomic_store_n(&r->stop, true, __ATOMIC_RELAXED);
	started = r->started;
	r->started = false;
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
	if (!started)
		return;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += LAST_SECONDS;
	if (pthread_timedjoin_np(r->thread, NULL, &until) != 0)
		pthread_detach(r->thread);
}

void requests_free(struct requests **requests)
{
	struct requests *r = *requests;

	if (!r)
		return;
	requests_stop(r);
	pthread_mutex_lock(&r->lock);
	drop(r);
	*requests = NULL;
}

const char *request_kind_name(enum hook_request_kind kind)
{
	return kinds[kind].name;
}

struct request_counts requests_counts(struct requests *r, enum hook_request_kind kind)
{
	struct request_counts counts;

	pthread_mutex_lock(&r->lock);
	counts = r->counts[kind];
	pthread_mutex_unlock(&r->lock);
	return counts;
}

bool requests_tell(struct requests *r, ledger_line_fn line, void *userdata)
{
	struct request_counts counts[_HOOK_REQUEST_MAX];
	uint64_t pending = 0, waiting;

	pthread_mutex_lock(&r->lock);
	memcpy(counts, r->counts, sizeof(counts));
	waiting = r->n;
	pthread_mutex_unlock(&r->lock);
	for (size_t i = 0; i < _HOOK_REQUEST_MAX; i++) {
		const struct request_counts *c = &counts[i];
		uint64_t left = c->added - c->done - c->failed - c->dropped;
		const struct ledger_count told[] = {{"added", c->added},
						    {"done", c->done},
						    {"failed", c->failed},
						    {"dropped", c->dropped},
						    {"pending", left}};

		pending += left;
		if (c->added)
			line(userdata, &(struct ledger_line){"request", kinds[i].name, told,
							     ARRAY_SIZE(told), false});
	}
	/* Besides those that wait, one may be under way. */
	return pending == waiting || pending == waiting + 1;
}
