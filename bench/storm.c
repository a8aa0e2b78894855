// SPDX-License-Identifier: Apache-2.0
/*
 * Makes processes or threads, as fast as it goes or at a rate, and tells how
 * long each took: one line of key=value on standard output.
 */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC 1000000000ULL
#define OPS_MAX 100000000
#define JOBS_MAX 256

struct storm {
	int (*op)(const struct storm *storm);
	const char *mode;
	char *const *argv; /* of the program to execute */
	long ops;
	long jobs;
	long rate;      /* operations a second over all jobs; 0: flat out */
	int cpu;        /* -1: any */
	uint32_t *took; /* ns of each operation; shared by the jobs */
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

static int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return status == 0 ? 0 : -ECHILD;
}

static int op_exec(const struct storm *storm)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		execv(storm->argv[0], storm->argv);
		_exit(127);
	}
	return reap(pid);
}

static int op_fork(const struct storm *storm)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(0);
	return reap(pid);
}

static void *do_nothing(void *arg)
{
	return arg;
}

static int op_thread(const struct storm *storm)
{
	pthread_t thread;
	int r = pthread_create(&thread, NULL, do_nothing, NULL);

	return r ? -r : -pthread_join(thread, NULL);
}

static const struct {
	const char *name;
	int (*op)(const struct storm *storm);
} modes[] = {{"exec", op_exec}, {"fork", op_fork}, {"thread", op_thread}};

static void sleep_until(uint64_t ns)
{
	struct timespec t = {.tv_sec = (time_t)(ns / NSEC_PER_SEC),
			     .tv_nsec = (long)(ns % NSEC_PER_SEC)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/* One job does every ->jobs-th operation, so that a paced storm is even whoever does it. */
static int run_job(const struct storm *storm, long job, uint64_t start)
{
	for (long i = job; i < storm->ops; i += storm->jobs) {
		uint64_t before, took;
		int r;

		if (storm->rate)
			sleep_until(start + (uint64_t)i * NSEC_PER_SEC / (uint64_t)storm->rate);
		before = now_ns();
		r = storm->op(storm);
		if (r < 0) {
			fprintf(stderr, "storm: operation %ld: %s\n", i, strerror(-r));
			return r;
		}
		took = now_ns() - before;
		storm->took[i] = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
	}
	return 0;
}

static int run_jobs(const struct storm *storm, uint64_t start)
{
	pid_t pids[JOBS_MAX];
	int result = 0;

	if (storm->jobs == 1)
		return run_job(storm, 0, start);
	for (long i = 0; i < storm->jobs; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(run_job(storm, i, start) < 0);
	}
	for (long i = 0; i < storm->jobs; i++)
		if (pids[i] < 0 || reap(pids[i]) < 0)
			result = -1;
	return result;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void print_results(const struct storm *storm, uint64_t wall)
{
	static const struct {
		const char *name;
		double rank;
	} ranks[] = {{"p50_us", 0.5}, {"p90_us", 0.9}, {"p99_us", 0.99}, {"max_us", 1}};
	double sum = 0;

	for (long i = 0; i < storm->ops; i++)
		sum += storm->took[i];
	qsort(storm->took, (size_t)storm->ops, sizeof(*storm->took), compare);
	printf("mode=%s ops=%ld jobs=%ld rate=%ld wall_s=%.6f op_us=%.3f", storm->mode, storm->ops,
	       storm->jobs, storm->rate, (double)wall / 1e9, sum / (double)storm->ops / 1e3);
	for (size_t i = 0; i < sizeof(ranks) / sizeof(*ranks); i++) {
		long at = (long)(ranks[i].rank * (double)(storm->ops - 1));

		printf(" %s=%.3f", ranks[i].name, storm->took[at] / 1e3);
	}
	putchar('\n');
}

static int pin(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return 0;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

static long number(const char *text, long min, long max)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(text, &end, 10);
	if (errno || end == text || *end || v < min || v > max) {
		fprintf(stderr, "storm: %s is not a number of %ld to %ld\n", text, min, max);
		exit(2);
	}
	return v;
}

static int usage(void)
{
	fputs("usage: storm [--ops N] [--jobs N] [--rate PER_SECOND] [--cpu N] exec PROGRAM "
	      "[ARG...]\n"
	      "       storm [options] fork|thread\n",
	      stderr);
	return 2;
}

static int parse(struct storm *storm, int argc, char **argv)
{
	static const struct option options[] = {{"ops", required_argument, NULL, 'n'},
						{"jobs", required_argument, NULL, 'j'},
						{"rate", required_argument, NULL, 'r'},
						{"cpu", required_argument, NULL, 'c'},
						{0}};
	int c;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) >= 0) {
		switch (c) {
		case 'n':
			storm->ops = number(optarg, 1, OPS_MAX);
			break;
		case 'j':
			storm->jobs = number(optarg, 1, JOBS_MAX);
			break;
		case 'r':
			storm->rate = number(optarg, 1, 1000000);
			break;
		case 'c':
			storm->cpu = (int)number(optarg, 0, CPU_SETSIZE - 1);
			break;
		default:
			return -1;
		}
	}
	for (size_t i = 0; optind < argc && i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(argv[optind], modes[i].name))
			continue;
		storm->mode = modes[i].name;
		storm->op = modes[i].op;
	}
	storm->argv = argv + optind + 1;
	if (!storm->op || (storm->op == op_exec) != (optind + 1 < argc))
		return -1;
	return 0;
}

int main(int argc, char **argv)
{
	struct storm storm = {.ops = 20000, .jobs = 1, .cpu = -1};
	uint64_t start;
	void *shared;

	if (parse(&storm, argc, argv) < 0)
		return usage();
	shared = mmap(NULL, (size_t)storm.ops * sizeof(*storm.took), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (shared == MAP_FAILED || pin(storm.cpu) < 0) {
		perror("storm");
		return 1;
	}
	storm.took = shared;
	start = now_ns();
	if (run_jobs(&storm, start) < 0)
		return 1;
	print_results(&storm, now_ns() - start);
	return 0;
}
