// SPDX-License-Identifier: Apache-2.0
/*
 * Reads an agent's events from standard input and tells, at its end, how long
 * they took from the kernel to here: the wall clock at arrival less the event's
 * own time. With --first it starts the agent itself and tells how long after
 * the fork its first line came.
 */
#include "event/timestamp.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES (4 << 20)
#define SAMPLES_MAX (4 << 20)

static const char *const kinds[] = {"process_exec", "process_exit"};
#define KINDS 2

struct samples {
	int64_t *ns;
	size_t n;
	unsigned long skipped; /* no room */
};

static int64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* The event's own time is the last of that name in the line. Returns whether there is one. */
static bool event_time(const char *line, size_t len, int64_t *ret)
{
	static const char key[] = "\"time\":\"";
	const size_t key_len = sizeof(key) - 1;
	int64_t seconds;
	int32_t nanos;

	for (size_t i = len; i >= key_len; i--) {
		const char *at = line + i - key_len, *from = line + i, *end;

		if (*at != '"' || memcmp(at, key, key_len))
			continue;
		end = memchr(from, '"', len - i);
		if (!end || timestamp_parse(from, (size_t)(end - from), &seconds, &nanos) < 0)
			return false;
		*ret = seconds * 1000000000LL + nanos;
		return true;
	}
	return false;
}

static void take_line(struct samples *samples, const char *line, size_t len, const char *match,
		      int64_t arrived)
{
	int64_t time;

	if (match && !memmem(line, len, match, strlen(match)))
		return;
	for (size_t k = 0; k < KINDS; k++) {
		struct samples *s = &samples[k];
		size_t n = strlen(kinds[k]);

		/* {"process_exec":… */
		if (len < n + 3 || memcmp(line + 2, kinds[k], n) || !event_time(line, len, &time))
			continue;
		if (s->n < SAMPLES_MAX)
			s->ns[s->n++] = arrived - time;
		else
			s->skipped++;
	}
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void print_samples(const char *kind, struct samples *s)
{
	static const struct {
		const char *name;
		double rank;
	} ranks[] = {{"p50_ms", 0.5}, {"p90_ms", 0.9}, {"p99_ms", 0.99}, {"max_ms", 1}};

	printf("kind=%s n=%zu", kind, s->n);
	if (s->skipped)
		printf(" skipped=%lu", s->skipped);
	if (s->n)
		qsort(s->ns, s->n, sizeof(*s->ns), compare);
	for (size_t i = 0; s->n && i < sizeof(ranks) / sizeof(*ranks); i++)
		printf(" %s=%.4f", ranks[i].name,
		       (double)s->ns[(size_t)(ranks[i].rank * (double)(s->n - 1))] / 1e6);
	putchar('\n');
}

/* Reads until the writer has gone. */
static int measure(const char *match)
{
	struct samples samples[KINDS] = {0};
	char *buf = malloc(LINE_MAX_BYTES);
	size_t have = 0;
	ssize_t n;

	for (size_t k = 0; k < KINDS; k++)
		samples[k].ns = malloc(SAMPLES_MAX * sizeof(*samples[k].ns));
	if (!buf || !samples[0].ns || !samples[1].ns)
		return -ENOMEM;
	while (have < LINE_MAX_BYTES && (n = read(0, buf + have, LINE_MAX_BYTES - have)) != 0) {
		int64_t arrived = now_ns(CLOCK_REALTIME);
		char *line = buf, *end;

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			continue;
		have += (size_t)n;
		while ((end = memchr(line, '\n', have - (size_t)(line - buf)))) {
			take_line(samples, line, (size_t)(end - line), match, arrived);
			line = end + 1;
		}
		have -= (size_t)(line - buf);
		memmove(buf, line, have);
	}
	for (size_t k = 0; k < KINDS; k++) {
		print_samples(kinds[k], &samples[k]);
		free(samples[k].ns);
	}
	free(buf);
	return 0;
}

static int first_line(char *const *argv)
{
	int64_t start = now_ns(CLOCK_MONOTONIC);
	char buf[65536];
	int out[2];
	ssize_t n;
	pid_t pid;

	if (pipe(out) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		close(out[0]);
		close(out[1]);
		execv(argv[0], argv);
		_exit(127);
	}
	close(out[1]);
	do
		n = read(out[0], buf, sizeof(buf));
	while (n < 0 && errno == EINTR);
	if (n > 0)
		printf("first_ms=%.3f\n", (double)(now_ns(CLOCK_MONOTONIC) - start) / 1e6);
	/* The rest is taken away so that it can end in peace. */
	kill(pid, SIGTERM);
	while (read(out[0], buf, sizeof(buf)) > 0)
		;
	waitpid(pid, NULL, 0);
	return n > 0 ? 0 : -EPIPE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"match", required_argument, NULL, 'm'}, {"first", no_argument, NULL, 'f'}, {0}};
	const char *match = NULL;
	bool first = false;
	int c, r;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) >= 0) {
		if (c == 'm')
			match = optarg;
		first = first || c == 'f';
		if (c == '?')
			return 2;
	}
	if (first != (optind < argc)) {
		fputs("usage: arrival [--match TEXT] < EVENTS\n"
		      "       arrival --first PROGRAM [ARG...]\n",
		      stderr);
		return 2;
	}
	r = first ? first_line(argv + optind) : measure(match);
	if (r < 0)
		fprintf(stderr, "arrival: %s\n", strerror(-r));
	return r < 0;
}
