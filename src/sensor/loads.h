/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_LOADS_H
#define OCELLI_SENSOR_LOADS_H

#include "base/error.h"
#include "sensor/ring.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Files that processes map to execute them, as perf_event_open(2) tells of them:
 * an event that never happens on each CPU has the kernel write of each mapping
 * into its buffer, with the file's build ID (Linux 5.12). That takes neither a
 * kprobe nor a program, and while there is no such event it costs nothing.
 *
 * Each CPU has a buffer of its own, and they are read as one, by the time of the
 * records, between the records of the BPF ring: see agent/pump.c.
 */
struct loads;

/* Whether this kernel tells of them. Returns 0, or negative errno with the reason. */
int loads_check(struct error **reterr);

/* From here on they are told. */
int loads_new(struct loads **ret, struct error **reterr);
void loads_free(struct loads **loads);

/* Nothing new comes; what is there can still be read. */
void loads_stop(struct loads *loads);

/* Has the epoll descriptor wake whoever waits for it when a buffer is half full. */
int loads_watch(const struct loads *loads, int epoll_fd);

/* CPUs come and go: to be called now and then. Returns 0, or negative errno when those that came
 * are not all seen. */
int loads_follow(struct loads *loads, int epoll_fd);

/* Whether there is something in the buffers. */
bool loads_pending(const struct loads *loads);

/* From now on what is in the buffers now is delivered, too. @passed: what had been there at the
 * last such call is older than all that comes, and loads_flush() has it. */
void loads_collect(struct loads *loads, bool passed);

/* Calls @fn with a struct record_load for each that is earlier than @time (boot clock, ns), in
 * their order. Returns their number. */
size_t loads_before(struct loads *loads, uint64_t time, ring_fn fn, void *userdata);

/* The same of all that have passed. */
size_t loads_flush(struct loads *loads, ring_fn fn, void *userdata);

/* Records that found no room. Before Linux 6.0 those since the last that did are not known. */
uint64_t loads_lost(const struct loads *loads);

#endif
