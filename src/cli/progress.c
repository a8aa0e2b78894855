// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"
#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define CLEAR "\r\x1b[K"

/* What takes long does not look at the clock meanwhile, so a thread does. */
static struct {
	pthread_mutex_t lock; /* of what follows it and of the line itself */
	pthread_cond_t ended;
	pthread_t thread;
	const char *what; /* NULL: nothing has begun */
	bool due, shown, has_thread;
} progress = {.lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};

static void show(void)
{
	fprintf(stderr, CLEAR "%s …", progress.what);
	progress.shown = true;
}

static void hide(void)
{
	if (progress.shown)
		fputs(CLEAR, stderr);
	progress.shown = false;
}

static void *wait_until_due(void *unused)
{
	struct timespec until;
	int r = 0;

	(void)unused;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_mutex_lock(&progress.lock);
	while (progress.what && r != ETIMEDOUT)
		r = pthread_cond_clockwait(&progress.ended, &progress.lock, CLOCK_MONOTONIC,
					   &until);
	if (progress.what) {
		progress.due = true;
		show();
	}
	pthread_mutex_unlock(&progress.lock);
	return NULL;
}

/* Signals are for the main thread. Without a thread there is no line. */
static bool start_thread(void)
{
	sigset_t all, old;
	int r;

	if (!isatty(STDERR_FILENO))
		return false;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&progress.thread, NULL, wait_until_due, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r == 0;
}

bool progress_begin(const char *what)
{
	if (progress.what) {
		progress_step(what);
		return false;
	}
	progress.what = what;
	progress.due = false;
	progress.has_thread = start_thread();
	return true;
}

void progress_step(const char *what)
{
	pthread_mutex_lock(&progress.lock);
	progress.what = what;
	if (progress.due)
		show();
	pthread_mutex_unlock(&progress.lock);
}

void progress_hide(void)
{
	pthread_mutex_lock(&progress.lock);
	hide();
	pthread_mutex_unlock(&progress.lock);
}

void progress_end(const bool *begun)
{
	if (!*begun)
		return;
	pthread_mutex_lock(&progress.lock);
	hide();
	progress.what = NULL;
	pthread_cond_signal(&progress.ended);
	pthread_mutex_unlock(&progress.lock);
	if (progress.has_thread)
		pthread_join(progress.thread, NULL);
	progress.has_thread = false;
}
