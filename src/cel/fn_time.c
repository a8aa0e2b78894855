// SPDX-License-Identifier: Apache-2.0
/* Timestamps and durations: made from text, added, taken apart. */
#include "cel/functions.h"

#include "base/clock.h"
#include "base/duration.h"
#include "cel/calendar.h"
#include "event/timestamp.h"

#include <errno.h>

#define OUT_OF_RANGE "the time or duration is out of range"

CEL_FUNCTION(string_to_time)
{
	int64_t seconds;
	int32_t nanos;

	if (timestamp_parse(args[0].text.data, args[0].text.len, &seconds, &nanos) < 0)
		return cel_fault_about(a, call,
				       "this is not a time as in \"2024-02-29T23:59:59Z\", or out "
				       "of the range of years 0001 to 9999",
				       &args[0]);
	*ret = cel_timestamp(seconds, nanos);
	return 0;
}

CEL_FUNCTION(int_to_time)
{
	if (!cel_time_in_range(args[0].integer, 0))
		return cel_fault_about(a, call, OUT_OF_RANGE, &args[0]);
	*ret = cel_timestamp(args[0].integer, 0);
	return 0;
}

CEL_FUNCTION(string_to_duration)
{
	int64_t v;
	int r = duration_read(args[0].text.data, args[0].text.len, &v);

	if (r < 0)
		return cel_fault_about(
			a, call,
			r == -ERANGE ? OUT_OF_RANGE
				     : "this is not a duration as in \"1h30m\" or \"1.5s\"",
			&args[0]);
	*ret = cel_duration(v);
	return 0;
}

CEL_FUNCTION(int_to_duration)
{
	*ret = cel_duration(args[0].integer);
	return 0;
}

static int add(struct cel_activation *a, const struct cel_node *call, const struct cel_value *time,
	       int64_t nanoseconds, struct cel_value *ret)
{
	struct cel_value sum = *time;

	if (cel_time_add(&sum.timestamp.seconds, &sum.timestamp.nanos, nanoseconds) < 0)
		return cel_fault(a, call, OUT_OF_RANGE);
	*ret = sum;
	return 0;
}

CEL_FUNCTION(add_time_duration)
{
	return add(a, call, &args[0], args[1].duration, ret);
}

CEL_FUNCTION(add_duration_time)
{
	return add(a, call, &args[1], args[0].duration, ret);
}

CEL_FUNCTION(sub_time_duration)
{
	struct cel_value least = args[0];

	/* The least duration has no positive counterpart. */
	if (args[1].duration > INT64_MIN)
		return add(a, call, &args[0], -args[1].duration, ret);
	if (add(a, call, &args[0], INT64_MAX, &least) < 0)
		return -EDOM;
	return add(a, call, &least, 1, ret);
}

CEL_FUNCTION(sub_time_time)
{
	int64_t seconds = args[0].timestamp.seconds - args[1].timestamp.seconds, v;
	int64_t nanos = args[0].timestamp.nanos - args[1].timestamp.nanos;

	if (__builtin_mul_overflow(seconds, (int64_t)NSEC_PER_SEC, &v) ||
	    __builtin_add_overflow(v, nanos, &v))
		return cel_fault(a, call, OUT_OF_RANGE);
	*ret = cel_duration(v);
	return 0;
}

CEL_FUNCTION(add_duration)
{
	int64_t v;

	if (__builtin_add_overflow(args[0].duration, args[1].duration, &v))
		return cel_fault(a, call, OUT_OF_RANGE);
	*ret = cel_duration(v);
	return 0;
}

CEL_FUNCTION(sub_duration)
{
	int64_t v;

	if (__builtin_sub_overflow(args[0].duration, args[1].duration, &v))
		return cel_fault(a, call, OUT_OF_RANGE);
	*ret = cel_duration(v);
	return 0;
}

static int split(struct cel_activation *a, const struct cel_node *call,
		 const struct cel_value *args, struct cel_date *ret)
{
	int offset = 0;

	if (call->n > 1 && cel_time_read_zone(args[1].text.data, args[1].text.len, &offset) < 0)
		return cel_fault_about(a, call,
				       "time zones are \"UTC\" and offsets such as \"+01:00\", not "
				       "this",
				       &args[1]);
	cel_time_split(args[0].timestamp.seconds, offset, ret);
	return 0;
}

#define DATE_PART(name, value)                       \
	CEL_FUNCTION(name)                           \
	{                                            \
		struct cel_date date = {0};          \
		int r = split(a, call, args, &date); \
                                                     \
		if (r >= 0)                          \
			*ret = cel_int(value);       \
		return r;                            \
	}

DATE_PART(full_year, date.year)
DATE_PART(month, date.month)
DATE_PART(date, date.day)
DATE_PART(day_of_month, date.day - 1)
DATE_PART(day_of_week, date.weekday)
DATE_PART(day_of_year, date.yearday)
DATE_PART(hours, date.hour)
DATE_PART(minutes, date.minute)
DATE_PART(seconds, date.second)
DATE_PART(milliseconds, args[0].timestamp.nanos / 1000000)

#define SECOND ((int64_t)NSEC_PER_SEC)

CEL_FUNCTION(duration_hours)
{
	*ret = cel_int(args[0].duration / (3600 * SECOND));
	return 0;
}

CEL_FUNCTION(duration_minutes)
{
	*ret = cel_int(args[0].duration / (60 * SECOND));
	return 0;
}

CEL_FUNCTION(duration_seconds)
{
	*ret = cel_int(args[0].duration / SECOND);
	return 0;
}

/* What is left beyond whole seconds. */
CEL_FUNCTION(duration_milliseconds)
{
	*ret = cel_int(args[0].duration % SECOND / 1000000);
	return 0;
}
