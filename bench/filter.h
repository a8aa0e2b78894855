/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BENCH_FILTER_H
#define OCELLI_BENCH_FILTER_H

#include "abi/record.h"

/* What somebody would tell of a call: as ocelli does, who, when, and with what. */
struct filter_record {
	struct record_hook hook;
	__u64 number;
	char path[256];
};

struct filter_three {
	struct record_hook hook;
	__u64 numbers[3];
};

#define FILTER_NUMBER 77
#define FILTER_THIRD 3
#define FILTER_PREFIX "/nonexistent/told/"
#define FILTER_FILE "/tmp/ocelli-bench-guarded"
#define FILTER_PORT 9
#define FILTER_RING_BYTES (4 << 20)
#define FILTER_WAKE_BYTES (1 << 20)
#define FILTER_PERIOD_MS 20

#endif
