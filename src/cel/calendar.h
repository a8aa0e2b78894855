/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_CALENDAR_H
#define OCELLI_CEL_CALENDAR_H

#include "base/str.h"

/*
 * Points in time are those of years 0001 to 9999. Durations are nanoseconds in
 * 64 bits, up to 292 years either way, as in Go.
 */

bool cel_time_in_range(int64_t seconds, int32_t nanos);

/* Adds nanoseconds. Returns 0, or -ERANGE and leaves the time as it was. */
int cel_time_add(int64_t *seconds, int32_t *nanos, int64_t nanoseconds);

/* The calendar's view of a point in time, all from 0 but year and day of month. */
struct cel_date {
	int year, month, day;
	int weekday, yearday; /* Sunday and 1 January are 0 */
	int hour, minute, second;
};

/* @offset is that of the time zone, in seconds east. */
void cel_time_split(int64_t seconds, int offset, struct cel_date *ret);

/* "UTC", or "+01:00", "-02:30", "05:30"; empty is UTC too. Returns 0 or -EINVAL. */
int cel_time_read_zone(const char *s, size_t len, int *ret_offset);

/* Appends RFC 3339 with as much of a fraction as it takes. */
void cel_time_append(struct str *out, int64_t seconds, int32_t nanos);

/* Appends seconds, "5400s", "-0.1s". */
void cel_duration_append(struct str *out, int64_t nanoseconds);

#endif
