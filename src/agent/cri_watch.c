// SPDX-License-Identifier: Apache-2.0
#include "agent/cri_watch.h"
#include "agent/worker.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "cri/containers.h"
#include "cri/runtime.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Labels of pods that run can change. */
#define EVERY_NS (30 * NSEC_PER_SEC)
#define AT_MOST_EVERY_NS NSEC_PER_SEC
/* For one answer. */
#define TIMEOUT_NS (5 * NSEC_PER_SEC)
/* Some thousand containers. */
#define MESSAGE_BYTES_MAX ((size_t)16 << 20)

struct cri_watch {
	struct pods *pods;
	struct pod_watch *pod_watch;
	struct worker *worker;
	char *endpoint; /* NULL: one that answers */
	int stop;       /* eventfd(2) */
	bool wanted, stops, fails;
	uint64_t started; /* when it was asked last */
	struct cri_stats stats;
	/* The worker's while it is busy. */
	struct grpc_client *client;
	char runtime[32];
	struct cri_containers found;
	int result;
	struct error *error;
};

/* --- on the thread */

static int connect_to(struct cri_watch *w)
{
	const struct grpc_client_config config = {
		.address = w->endpoint,
		.timeout = TIMEOUT_NS,
		.max_message = MESSAGE_BYTES_MAX,
		.stop_fd = w->stop,
	};
	ProtobufCMessage *version;
	int r = w->client ? 1 : cri_connect(&config, &w->client, &version, &w->error);

	if (r != 0)
		return r;
	snprintf(w->runtime, sizeof(w->runtime), "%s",
		 ((const Runtime__V1__VersionResponse *)version)->runtime_name);
	protobuf_c_message_free_unpacked(version, NULL);
	return 0;
}

static bool is_new(void *userdata, const char *id)
{
	struct cri_watch *w = userdata;
	const struct pod_container *c;
	bool known;

	pods_lock(w->pods);
	c = pods_find(w->pods, id);
	known = c && c->cgroup_id && c->started;
	pods_unlock(w->pods);
	return !known;
}

static int ask(struct cri_watch *w)
{
	int r = connect_to(w);

	if (r >= 0)
		r = cri_containers_list(w->client, w->runtime, is_new, w, &w->found, &w->error);
	if (r < 0)
		grpc_client_free(&w->client);
	return r;
}

/* A connection that was kept may be one to a runtime that was restarted. */
static void work(void *userdata)
{
	struct cri_watch *w = userdata;
	bool kept = w->client;

	w->result = ask(w);
	if (w->result >= 0 || !kept)
		return;
	cri_containers_done(&w->found);
	error_free(&w->error);
	w->result = ask(w);
}

/* --- on the loop */

static void take(struct cri_watch *w, struct cri_container *c)
{
	_cleanup_error_ struct error *err = NULL;
	int r;

	if (c->ended) {
		pods_end(w->pods, c->container.id, clock_ns(CLOCK_MONOTONIC));
		return;
	}
	r = pod_watch_put(w->pod_watch, POD_FROM_CRI, &c->container, &err);
	if (r < 0)
		log_warn("a container is not known: %s", err ? err->message : "out of memory");
}

static void tell_result(struct cri_watch *w)
{
	bool fails = w->result < 0;

	if (fails && !w->stops && !w->fails)
		log_warn("containers and pods are not known: %s",
			 w->error ? w->error->message : strerror(-w->result));
	if (!fails && w->fails)
		log_info("the container runtime %s tells of containers and pods", w->runtime);
	w->fails = fails;
	w->stats.failed += fails;
}

static void done(void *userdata)
{
	struct cri_watch *w = userdata;

	tell_result(w);
	for (size_t i = 0; w->result >= 0 && i < w->found.n; i++)
		take(w, &w->found.v[i]);
	cri_containers_done(&w->found);
	error_free(&w->error);
}

static void start(struct cri_watch *w)
{
	w->wanted = false;
	w->started = clock_ns(CLOCK_MONOTONIC);
	w->stats.asked++;
	w->stats.failed += worker_start(w->worker) < 0;
}

static uint64_t since(const struct cri_watch *w)
{
	return clock_ns(CLOCK_MONOTONIC) - w->started;
}

void cri_watch_wake(struct cri_watch *w)
{
	w->wanted = true;
	if (!w->stops && !worker_busy(w->worker) && since(w) >= AT_MOST_EVERY_NS)
		start(w);
}

void cri_watch_tick(struct cri_watch *w)
{
	if (w->wanted || since(w) >= EVERY_NS)
		cri_watch_wake(w);
}

const struct cri_stats *cri_watch_stats(const struct cri_watch *w)
{
	return &w->stats;
}

int cri_watch_new(uv_loop_t *loop, const struct settings *settings, struct pods *pods,
		  struct pod_watch *pod_watch, struct cri_watch **ret, struct error **reterr)
{
	const char *endpoint = settings->cri_endpoint;
	struct cri_watch *w = calloc(1, sizeof(*w));
	struct worker_config worker = {.loop = loop, .work = work, .done = done, .userdata = w};
	int r = 0;

	if (!w)
		return error_set(reterr, -ENOMEM, "out of memory");
	w->pods = pods;
	w->pod_watch = pod_watch;
	w->stop = eventfd(0, EFD_CLOEXEC);
	if (w->stop < 0)
		r = -errno;
	/* A path alone is meant as one. */
	if (r >= 0 && endpoint && *endpoint &&
	    asprintf(&w->endpoint, "%s%s", *endpoint == '/' ? "unix://" : "", endpoint) < 0)
		r = -ENOMEM;
	if (r >= 0)
		r = worker_new(&worker, &w->worker);
	if (r < 0) {
		cri_watch_free(&w);
		return error_set(reterr, r, "cannot ask a container runtime: %s", strerror(-r));
	}
	*ret = w;
	start(w);
	return 0;
}

void cri_watch_stop(struct cri_watch *w)
{
	w->stops = true;
	eventfd_write(w->stop, 1);
	worker_settle(w->worker);
}

void cri_watch_free(struct cri_watch **watch)
{
	struct cri_watch *w = *watch;

	if (!w)
		return;
	worker_free(&w->worker);
	grpc_client_free(&w->client);
	if (w->stop >= 0)
		close(w->stop);
	free(w->endpoint);
	free(w);
	*watch = NULL;
}
