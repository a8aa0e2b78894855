// SPDX-License-Identifier: Apache-2.0
/*
 * Calls a function of copies of a file (hooked.c), in bursts, those of one in turns with those of
 * the others, while each copy is hooked by somebody else. Says of each how many nanoseconds a call
 * took in its fastest burst. With -m the kernel measures programs meanwhile (BPF_ENABLE_STATS).
 *
 * hits -f N FILE: has each CPU call it N times as fast as it can, and says in how many seconds.
 */
#include <dlfcn.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SUBJECTS_MAX 16
#define CPUS_MAX 64

typedef int call_fn(int number, const char *text);

struct subject {
	call_fn *call;
	double fastest;
};

static call_fn *find(const char *path, const char *name)
{
	void *file = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	call_fn *call = file ? (call_fn *)dlsym(file, name) : NULL;

	if (call)
		return call;
	fprintf(stderr, "hits: %s\n", dlerror());
	exit(1);
}

static void pin(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

/* For as long as this process lives. */
static int measure(void)
{
	union bpf_attr attr = {.enable_stats.type = BPF_STATS_RUN_TIME};

	return (int)syscall(SYS_bpf, BPF_ENABLE_STATS, &attr, sizeof(attr));
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double burst(call_fn *call, long n, int number, const char *text)
{
	double began = now_ns();

	for (long i = n; i > 0; i--)
		call(number, text);
	return (now_ns() - began) / (double)n;
}

static void run(struct subject *subjects, int n_subjects, int bursts, long n, int number,
		const char *text)
{
	/* Longer than a reader sleeps. */
	const struct timespec pause = {.tv_nsec = 25000000};

	for (int i = 0; i < bursts; i++) {
		for (int j = 0; j < n_subjects; j++) {
			struct subject *s = &subjects[(i + j) % n_subjects];
			double took = burst(s->call, n, number, text);

			if (!i || took < s->fastest)
				s->fastest = took;
		}
		nanosleep(&pause, NULL);
	}
}

struct flood {
	call_fn *call;
	long n;
	int cpu;
};

static void *flood(void *data)
{
	const struct flood *f = data;

	pin(f->cpu);
	for (long i = 0; i < f->n; i++)
		f->call((int)i, "");
	return NULL;
}

static int flood_all(long n, const char *path)
{
	int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t threads[CPUS_MAX];
	struct flood floods[CPUS_MAX];
	double began = now_ns();

	if (cpus > CPUS_MAX)
		cpus = CPUS_MAX;
	for (int i = 0; i < cpus; i++) {
		floods[i] = (struct flood){find(path, "work"), n, i};
		if (pthread_create(&threads[i], NULL, flood, &floods[i]) != 0)
			return 1;
	}
	for (int i = 0; i < cpus; i++)
		pthread_join(threads[i], NULL);
	printf("calls=%ld s=%.6f\n", cpus * n, (now_ns() - began) / 1e9);
	return 0;
}

int main(int argc, char **argv)
{
	struct subject subjects[SUBJECTS_MAX] = {0};
	int measured = argc > 1 && strcmp(argv[1], "-m") == 0, n;

	if (argc == 4 && strcmp(argv[1], "-f") == 0)
		return flood_all(atol(argv[2]), argv[3]);
	argv += measured;
	n = argc - measured - 6;
	if (n < 1 || n > SUBJECTS_MAX) {
		fputs("usage: hits [-m] BURSTS N FUNCTION NUMBER TEXT FILE...\n", stderr);
		return 2;
	}
	pin(0);
	if (measured && measure() < 0) {
		perror("hits: cannot have programs measured");
		return 1;
	}
	for (int i = 0; i < n; i++)
		subjects[i].call = find(argv[6 + i], argv[3]);
	run(subjects, n, atoi(argv[1]), atol(argv[2]), atoi(argv[4]), argv[5]);
	for (int i = 0; i < n; i++)
		printf("%.2f\n", subjects[i].fastest);
	return 0;
}
