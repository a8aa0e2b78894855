// SPDX-License-Identifier: Apache-2.0
#include "metrics/self.h"
#include "base/cleanup.h"
#include "base/clock.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void add(struct metrics_page *page, enum metric_id id, double value)
{
	metrics_page_metric(page, id);
	metrics_page_add_double(page, value, METRICS_NO_LABELS);
}

static double seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static void add_descriptors(struct metrics_page *page)
{
	DIR *dir = opendir("/proc/self/fd");
	struct rlimit limit;
	unsigned n = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		add(page, METRIC_MAX_FDS, (double)limit.rlim_cur);
	if (!dir)
		return;
	for (const struct dirent *e; (e = readdir(dir));)
		n += e->d_name[0] != '.';
	closedir(dir);
	/* The directory's own does not count. */
	add(page, METRIC_OPEN_FDS, n - 1);
}

static void add_memory(struct metrics_page *page)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/statm", "re");
	double page_size = (double)sysconf(_SC_PAGESIZE);
	unsigned long size, resident;
	struct rlimit limit;

	if (f && fscanf(f, "%lu %lu", &size, &resident) == 2) { // NOLINT(cert-err34-c)
		add(page, METRIC_RESIDENT, (double)resident * page_size);
		add(page, METRIC_VIRTUAL, (double)size * page_size);
	}
	if (getrlimit(RLIMIT_AS, &limit) == 0)
		add(page, METRIC_VIRTUAL_MAX,
		    limit.rlim_cur == RLIM_INFINITY ? -1 : (double)limit.rlim_cur);
}

/* proc(5): the 22nd field, in ticks since boot. The second is in parentheses, and can have some. */
static void add_start(struct metrics_page *page)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/stat", "re");
	uint64_t boot = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
	char text[1024] = "";
	unsigned long long ticks;
	const char *at;

	if (!f || !fgets(text, sizeof(text), f) || !(at = strrchr(text, ')')))
		return;
	if (sscanf(at,
		   ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
		   "%*d %llu",
		   &ticks) == 1)
		add(page, METRIC_START_TIME,
		    (double)boot / NSEC_PER_SEC + (double)ticks / (double)sysconf(_SC_CLK_TCK));
}

void metrics_add_self(struct metrics_page *page)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) == 0)
		add(page, METRIC_CPU_SECONDS, seconds(&usage.ru_utime) + seconds(&usage.ru_stime));
	add_descriptors(page);
	add_memory(page);
	add_start(page);
}
