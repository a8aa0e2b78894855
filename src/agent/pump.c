// SPDX-License-Identifier: Apache-2.0
#include "agent/pump.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

/* How long a record may lie in the ring while busy; 20 ms are promised. Looking costs some 80 µs of
 * CPU whatever is found, most of it for caches that went cold: at 500 processes a second, 9 µs of
 * each. */
#define BUSY_PERIOD_MS 19
/* Three processes within so long make it busy … */
#define BUSY_WINDOW_MS 32
#define BUSY_RECORDS 8
/* … and so many periods with less than this, idle again. */
#define QUIET_PERIODS 4
#define QUIET_RECORDS 4
/* A record at the head that is still being written hides those behind it: so many looks, then one a
 * period. */
#define SPINS_MAX 1000
/* What is mapped without any process being forked, executed or ended meanwhile waits so long. */
#define LOADS_PERIOD_MS 100
/* Records taken before the loop gets to do something else. */
#define TURN_RECORDS 32768

struct pump {
	struct pump_config config;
	int epoll_fd;
	uv_poll_t poll;
	uv_timer_t timer, loads_timer;
	struct loads *loads; /* NULL: nobody asks */
	bool passed;         /* all of the ring that was there when they were collected */
	bool busy;
	unsigned quiet;
	uint64_t window_start; /* ns */
	size_t window_records;
};

static void on_record(void *userdata, const void *data, size_t len)
{
	struct pump *p = userdata;
	const struct record *record = data;

	if (len >= sizeof(*record))
		loads_before(p->loads, record->time, p->config.load, p->config.userdata);
	p->config.record(p->config.userdata, data, len);
}

/*
 * Who reads a record of the ring must have read all loads before it, so these are
 * collected after it was seen how far the ring goes. And who reads a load must
 * have read all of the ring before it: it passes when the ring has been read to
 * where it was after the load was collected. Hence twice, if there are any.
 */
static size_t drain_both(struct pump *p)
{
	size_t n = 0;

	for (int i = 0; i < 2; i++) {
		unsigned long end = ring_written(p->config.ring);

		loads_collect(p->loads, p->passed);
		n += ring_drain(p->config.ring, TURN_RECORDS, end, on_record, p);
		p->passed = ring_read(p->config.ring) >= end;
		if (p->passed)
			n += loads_flush(p->loads, p->config.load, p->config.userdata);
		if (!p->passed || !loads_pending(p->loads))
			break;
	}
	return n;
}

static size_t drain(struct pump *p)
{
	size_t n;

	p->config.reader->hurried = 0;
	if (p->loads)
		n = drain_both(p);
	else
		n = ring_drain(p->config.ring, TURN_RECORDS, RING_ALL, p->config.record,
			       p->config.userdata);
	if (n)
		p->config.drained(p->config.userdata);
	return n;
}

void pump_drain(struct pump *p)
{
	unsigned long end = ring_written(p->config.ring);

	while (drain(p) && ring_read(p->config.ring) < end)
		;
}

static void on_timer(uv_timer_t *timer);

static void become_busy(struct pump *p)
{
	p->busy = true;
	p->quiet = 0;
	p->config.reader->waiting = 0;
	uv_timer_start(&p->timer, on_timer, BUSY_PERIOD_MS, BUSY_PERIOD_MS);
}

/* Returns whether records come thick enough for looking to be cheaper than being woken. */
static bool thick(struct pump *p, size_t n)
{
	uint64_t now = uv_hrtime();

	if (now - p->window_start > BUSY_WINDOW_MS * NSEC_PER_MSEC) {
		p->window_start = now;
		p->window_records = 0;
	}
	p->window_records += n;
	return p->window_records >= BUSY_RECORDS;
}

/* Returns whether somebody woke us while we looked. Where we have read already what should wake us,
 * the poll of the ring does not tell (kernel/bpf/ringbuf.c: ringbuf_map_poll_kern). */
static bool woken(const struct reader_state *reader)
{
	return !__atomic_load_n(&reader->waiting, __ATOMIC_RELAXED) ||
	       __atomic_load_n(&reader->hurried, __ATOMIC_RELAXED);
}

/*
 * Asks to be woken, and empties the ring after that: a record that comes too late
 * for us to see it comes early enough for its writer to see that we wait (the
 * other half is in bpf/ring.bpf.h). One that is still being written is waited
 * for: not all writers wake the reader when they have finished.
 */
static void wait_idle(struct pump *p)
{
	unsigned spins = 0;
	size_t n;

	p->busy = false;
	uv_timer_stop(&p->timer);
	do {
		__atomic_store_n(&p->config.reader->waiting, 1, __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		n = drain(p);
		if (thick(p, n) || spins++ == SPINS_MAX) {
			become_busy(p);
			return;
		}
	} while (n || ring_pending(p->config.ring) || woken(p->config.reader));
}

/* What is read here may be what an idle one was woken for. */
void pump_catch_up(struct pump *p)
{
	pump_drain(p);
	if (!p->busy)
		wait_idle(p);
}

static void on_timer(uv_timer_t *timer)
{
	struct pump *p = timer->data;

	if (drain(p) >= QUIET_RECORDS) {
		p->quiet = 0;
		return;
	}
	if (++p->quiet < QUIET_PERIODS)
		return;
	p->window_records = 0;
	wait_idle(p);
}

static void on_wake(uv_poll_t *poll, int status, int events)
{
	struct pump *p = poll->data;
	struct epoll_event event;

	/* Edge-triggered inside, so that records which come without a wake-up do not count. */
	epoll_wait(p->epoll_fd, &event, 1, 0);
	if (p->busy)
		drain(p);
	else
		wait_idle(p);
}

int pump_new(const struct pump_config *config, struct pump **ret)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	struct pump *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->config = *config;
	p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (p->epoll_fd < 0 || epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, config->ring_fd, &event) < 0) {
		int r = -errno;

		close_fd(&p->epoll_fd);
		free(p);
		return r;
	}
	uv_poll_init(config->loop, &p->poll, p->epoll_fd);
	uv_timer_init(config->loop, &p->timer);
	uv_timer_init(config->loop, &p->loads_timer);
	p->poll.data = p;
	p->timer.data = p;
	p->loads_timer.data = p;
	*ret = p;
	return 0;
}

static void on_loads_timer(uv_timer_t *timer)
{
	struct pump *p = timer->data;
	int r = loads_follow(p->loads, p->epoll_fd);

	if (r < 0)
		log_warn("what processes load on CPUs that came online is not seen: %s",
			 strerror(-r));
	/* What is read of the ring on the way may be what its writer has woken us for. */
	if (!p->busy && loads_pending(p->loads))
		wait_idle(p);
}

int pump_set_loads(struct pump *p, struct loads *loads)
{
	int r = loads && loads != p->loads ? loads_watch(loads, p->epoll_fd) : 0;

	p->loads = r < 0 ? NULL : loads;
	p->passed = false;
	if (!p->loads) {
		uv_timer_stop(&p->loads_timer);
		return r;
	}
	uv_timer_start(&p->loads_timer, on_loads_timer, LOADS_PERIOD_MS, LOADS_PERIOD_MS);
	return 0;
}

void pump_start(struct pump *p)
{
	uv_poll_start(&p->poll, UV_READABLE, on_wake);
	wait_idle(p);
}

void pump_close(struct pump *p)
{
	uv_close((uv_handle_t *)&p->poll, NULL);
	uv_close((uv_handle_t *)&p->timer, NULL);
	uv_close((uv_handle_t *)&p->loads_timer, NULL);
}

void pump_free(struct pump **pump)
{
	if (!*pump)
		return;
	close_fd(&(*pump)->epoll_fd);
	free(*pump);
	*pump = NULL;
}
