/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_PROCESS_SENSOR_H
#define OCELLI_SENSOR_PROCESS_SENSOR_H

#include "abi/control.h"
#include "base/error.h"
#include "sensor/library.h"
#include "sensor/ring.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel side of process life: loaded, attached, and read. */
struct process_sensor_config {
	size_t ring_bytes; /* a power of two, a multiple of the page size */
	bool capture_env;
	uint64_t throttle_events; /* per cgroup; 0: no limit */
	uint64_t throttle_window; /* ns */
				  /* file with the kernel's BTF; NULL: the kernel's own */
	int verbose;              /* verifier's log: 0 on failure, 1, 2 */
};

struct process_sensor;

/* Loads and attaches. From here on records come. Needs CAP_BPF and CAP_PERFMON, in practice root.
 */
int process_sensor_new(const struct process_sensor_config *config, struct process_sensor **ret,
		       struct error **reterr);
void process_sensor_free(struct process_sensor **sensor);

/* Detaches: nothing new comes, what is in the ring can still be read. */
void process_sensor_detach(struct process_sensor *sensor);

/* Waits until no program that was detached, this sensor's or another, is still running. */
void process_sensor_settle(void);

struct ring *process_sensor_ring(struct process_sensor *sensor);

/* File descriptor that polls readable when the kernel side wakes the reader. */
int process_sensor_fd(const struct process_sensor *sensor);

/* Shared with the kernel side. */
struct reader_state *process_sensor_reader(struct process_sensor *sensor);

/*
 * Has all running processes reported, calling @drain each time some have been.
 * Returns 0 or negative errno.
 */
int process_sensor_scan(struct process_sensor *sensor, void (*drain)(void *userdata),
			void *userdata, struct error **reterr);

/* Whether who reads was made another, whom policies would spare, or nobody; then it is us again.
 * After the scan. */
bool process_sensor_mend(struct process_sensor *sensor);

/* What the programs of policies share with this sensor; its own, and there as long as it. */
struct library_config process_sensor_share(const struct process_sensor *sensor);

/* Sums up the kernel side's ledger over all CPUs; *ret_missed: runs that the kernel skipped. */
int process_sensor_ledger(const struct process_sensor *sensor, struct kernel_ledger *ret,
			  uint64_t *ret_missed);

/* Events of the cgroup within the current and the last window; 0 when it is not known. */
uint64_t process_sensor_cgroup_rate(const struct process_sensor *sensor, uint64_t cgroup_id,
				    uint64_t now);

/* Lets the cgroup's events pass again. */
void process_sensor_unthrottle(const struct process_sensor *sensor, uint64_t cgroup_id);

#endif
