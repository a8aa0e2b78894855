// SPDX-License-Identifier: Apache-2.0
/* Attaches one of the filters by hand, and reads what it tells. Stops on SIGTERM. */
#include "filter.h"
#include "base/cleanup.h"

#include <linux/types.h>

#include "filter.skel.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
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

static int load(struct filter_bpf *bpf, const char *name)
{
	struct bpf_program *each, *wanted = bpf_object__find_program_by_name(bpf->obj, name);

	if (!wanted)
		return -ENOENT;
	bpf_object__for_each_program(each, bpf->obj)
		bpf_program__set_autoload(each, each == wanted);
	bpf->rodata->lseek_number = SYS_lseek;
	bpf->rodata->faccessat_number = SYS_faccessat;
	bpf->rodata->guarded_number = number_of(FILTER_FILE);
	return filter_bpf__load(bpf);
}

int main(int argc, char **argv)
{
	struct filter_bpf *bpf = filter_bpf__open();
	struct ring_buffer *ring = NULL;
	unsigned long records = 0;
	int r;

	if (argc != 2) {
		fputs("usage: filter PROGRAM (of filter.bpf.c)\n", stderr);
		return 2;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	r = bpf ? load(bpf, argv[1]) : -errno;
	if (r >= 0)
		r = filter_bpf__attach(bpf);
	if (r >= 0)
		ring = ring_buffer__new(bpf_map__fd(bpf->maps.ring), on_record, &records, NULL);
	if (ring) {
		run(ring, &bpf->data_reader->woken);
		fprintf(stderr, "records=%lu\n", records);
	} else {
		fprintf(stderr, "filter: cannot load %s: %s\n", argv[1], strerror(errno));
	}
	ring_buffer__free(ring);
	filter_bpf__destroy(bpf);
	return !ring;
}
