// SPDX-License-Identifier: Apache-2.0
/*
 * Reader of the floor's records: writes one small JSON object for each exec and
 * exit to a file, or, with --count, counts them only. Stops on SIGTERM and
 * prints what it saw.
 */
#include "base/cleanup.h"
#include "base/str.h"
#include "floor.h"

#include <linux/types.h>

#include "floor.skel.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BLOCK_BYTES (64 * 1024)

struct reader {
	int fd; /* -1: count only */
	struct str out;
	unsigned long records[_RECORD_MAX];
};

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	stopping = number;
}

static void flush(struct reader *r)
{
	const char *at = r->out.data, *end = at + r->out.len;

	while (at < end) {
		ssize_t n = write(r->fd, at, (size_t)(end - at));

		if (n < 0 && errno != EINTR) {
			perror("floor");
			break;
		}
		if (n > 0)
			at += n;
	}
	str_reset(&r->out);
}

static void append_text(struct str *out, const char *s, size_t len)
{
	str_append_char(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '\0')
			str_append_char(out, ' ');
		else if (c < 0x20)
			str_appendf(out, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			str_append(out, (char[]){'\\', (char)c}, 2);
		else
			str_append_char(out, (char)c);
	}
	str_append_char(out, '"');
}

/* Names leaf first, turned round. */
static void append_path(struct str *out, const char *names, size_t len)
{
	char path[PATH_KEPT_MAX + NAME_KEPT_MAX + 1], *at = path + sizeof(path);

	if (len > PATH_KEPT_MAX)
		len = PATH_KEPT_MAX;
	while (len > 0) {
		size_t n = strnlen(names, len);

		at -= n;
		memcpy(at, names, n);
		*--at = '/';
		if (n == len)
			break;
		names += n + 1;
		len -= n + 1;
	}
	append_text(out, at, (size_t)(path + sizeof(path) - at));
}

static void append_number(struct str *out, unsigned long v)
{
	str_append_u64(out, v);
}

static void write_exec(struct reader *r, const struct record_exec *exec)
{
	const char *field[_EXEC_FIELD_MAX], *at = (const char *)(exec + 1);

	for (int i = 0; i < _EXEC_FIELD_MAX; i++) {
		field[i] = at;
		at += exec->field[i].kept;
	}
	str_append_lit(&r->out, "{\"exec\":");
	append_number(&r->out, exec->process.pid);
	str_append_lit(&r->out, ",\"path\":");
	append_path(&r->out, field[EXEC_EXE], exec->field[EXEC_EXE].kept);
	str_append_lit(&r->out, ",\"argv\":");
	append_text(&r->out, field[EXEC_ARGV], exec->field[EXEC_ARGV].kept);
	str_append_lit(&r->out, ",\"cwd\":");
	append_path(&r->out, field[EXEC_CWD], exec->field[EXEC_CWD].kept);
	str_append_lit(&r->out, "}\n");
}

static void write_exit(struct reader *r, const struct record_exit *record)
{
	str_append_lit(&r->out, "{\"exit\":");
	append_number(&r->out, record->process.pid);
	str_append_lit(&r->out, ",\"status\":");
	append_number(&r->out, record->status);
	str_append_lit(&r->out, "}\n");
}

static int on_record(void *userdata, void *data, size_t len)
{
	const struct record *record = data;
	struct reader *r = userdata;

	r->records[record->type]++;
	if (r->fd < 0)
		return 0;
	if (record->type == RECORD_EXEC)
		write_exec(r, data);
	else if (record->type == RECORD_EXIT)
		write_exit(r, data);
	if (r->out.len >= BLOCK_BYTES)
		flush(r);
	return 0;
}

static void run(struct reader *r, struct ring_buffer *ring, int epoll_fd, __u32 *woken)
{
	fputs("ready\n", stderr);
	while (!stopping) {
		struct epoll_event event;

		epoll_wait(epoll_fd, &event, 1, FLOOR_PERIOD_MS);
		*woken = 0;
		ring_buffer__consume(ring);
		if (r->out.len)
			flush(r);
	}
	fprintf(stderr, "forks=%lu execs=%lu exits=%lu\n", r->records[RECORD_FORK],
		r->records[RECORD_EXEC], r->records[RECORD_EXIT]);
}

/* Edge-triggered, so that only a wake-up counts and not what lies in the ring. */
static int watch(int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	_cleanup_close_ int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return -errno;
	return TAKE_FD(epoll_fd);
}

static int measure(struct reader *reader)
{
	struct floor_bpf *bpf = floor_bpf__open_and_load();
	struct ring_buffer *ring = NULL;
	_cleanup_close_ int epoll_fd = -1;
	int r = 0;

	if (bpf && !floor_bpf__attach(bpf))
		ring = ring_buffer__new(bpf_map__fd(bpf->maps.ring), on_record, reader, NULL);
	if (ring)
		epoll_fd = watch(bpf_map__fd(bpf->maps.ring));
	if (epoll_fd >= 0) {
		run(reader, ring, epoll_fd, &bpf->data_reader->woken);
	} else {
		r = 1;
		fprintf(stderr, "floor: cannot load: %s\n", strerror(errno));
	}
	ring_buffer__free(ring);
	floor_bpf__destroy(bpf);
	return r;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"count", no_argument, NULL, 'c'}, {0}};
	struct reader reader = {.fd = -1};
	bool count = false;
	int c, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
		count = count || c == 'c';
	if (argc - optind != !count) {
		fputs("usage: floor FILE | floor --count\n", stderr);
		return 2;
	}
	if (!count)
		reader.fd = open(argv[optind], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (!count && reader.fd < 0) {
		perror(argv[optind]);
		return 1;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	r = measure(&reader);
	str_free(&reader.out);
	close_fd(&reader.fd);
	return r;
}
