// SPDX-License-Identifier: Apache-2.0
/* Attaches one of the filters by hand, or one to a function of a file and another to where that
 * returns, and reads what they tell. Stops on SIGTERM. */
#include "filter.h"
#include "base/cleanup.h"

#include <linux/types.h>

#include "filter.skel.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	stopping = number;
}

static int on_record(void *userdata, void *data, size_t len)
{
	++*(unsigned long *)userdata;
	return 0;
}

static void run(struct ring_buffer *ring, __u32 *woken)
{
	const struct timespec period = {.tv_nsec = FILTER_PERIOD_MS * 1000000L};

	fputs("ready\n", stderr);
	while (!stopping) {
		nanosleep(&period, NULL);
		*woken = 0;
		ring_buffer__consume(ring);
	}
}

/* The file may not be there: then none has that number. */
static unsigned long number_of(const char *path)
{
	struct stat status;

	return stat(path, &status) < 0 ? 0 : status.st_ino;
}

/* --- those that are asked for */

#define NAMES_MAX 2

static bool is_wanted(const struct bpf_program *program, char *const *names, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(bpf_program__name(program), names[i]) == 0)
			return true;
	return false;
}

static int load(struct filter_bpf *bpf, char *const *names, int n)
{
	struct bpf_program *each;
	int found = 0;

	bpf_object__for_each_program(each, bpf->obj)
	{
		bpf_program__set_autoload(each, is_wanted(each, names, n));
		found += is_wanted(each, names, n);
	}
	if (found != n)
		return -ENOENT;
	bpf->rodata->lseek_number = SYS_lseek;
	bpf->rodata->faccessat_number = SYS_faccessat;
	bpf->rodata->guarded_number = number_of(FILTER_FILE);
	return filter_bpf__load(bpf);
}

/* Until this process ends. */
static int attach_to_function(struct filter_bpf *bpf, const char *name, bool on_return,
			      const char *file, const char *function)
{
	LIBBPF_OPTS(bpf_uprobe_opts, opts, .func_name = function, .retprobe = on_return);
	struct bpf_program *program = bpf_object__find_program_by_name(bpf->obj, name);

	return bpf_program__attach_uprobe_opts(program, -1, file, 0, &opts) ? 0 : -errno;
}

/* @argv: FILTER, or FILE FUNCTION FILTER [RETURN] */
static int begin(struct filter_bpf *bpf, int argc, char **argv)
{
	int r, n = argc == 1 ? 1 : argc - 2;
	char *const *names = argv + argc - n;

	r = load(bpf, names, n);
	if (r < 0 || argc == 1)
		return r < 0 ? r : filter_bpf__attach(bpf);
	for (int i = 0; i < n && r >= 0; i++)
		r = attach_to_function(bpf, names[i], i, argv[0], argv[1]);
	return r;
}

int main(int argc, char **argv)
{
	struct filter_bpf *bpf = filter_bpf__open();
	struct ring_buffer *ring = NULL;
	unsigned long records = 0;
	int r;

	if (argc < 2 || argc == 3 || argc > 3 + NAMES_MAX) {
		fputs("usage: filter FILTER | FILE FUNCTION FILTER [FILTER-OF-RETURN] (of "
		      "filter.bpf.c)\n",
		      stderr);
		return 2;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	r = bpf ? begin(bpf, argc - 1, argv + 1) : -errno;
	if (r >= 0)
		ring = ring_buffer__new(bpf_map__fd(bpf->maps.ring), on_record, &records, NULL);
	if (ring) {
		run(ring, &bpf->data_reader->woken);
		fprintf(stderr, "records=%lu\n", records);
	} else {
		fprintf(stderr, "filter: cannot load %s: %s\n", argv[argc - 1], strerror(errno));
	}
	ring_buffer__free(ring);
	filter_bpf__destroy(bpf);
	return !ring;
}
