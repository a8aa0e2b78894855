// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "core/ledger.h"

/* A different number for everything, and all sums right. */
static struct ledger balanced(void)
{
	struct ledger l = {0};
	uint64_t n = 1;

	for (int i = 0; i < _RECORD_MAX; i++) {
		l.kernel.full[i] = n++;
		l.kernel.throttled[i] = n++;
		l.kernel.discarded[i] = n++;
		l.supplied[i] = n++;
		for (int j = 0; j < _OUTCOME_MAX; j++)
			l.received[i] += l.outcomes[i][j] = n++;
		l.kernel.produced[i] = l.kernel.full[i] + l.kernel.throttled[i] +
				       l.kernel.discarded[i] + l.received[i] - l.supplied[i];
	}
	for (int i = 0; i < _EVENT_MAX; i++) {
		l.limited[i] = n++;
		l.unrendered[i] = n++;
		l.exported[i] = n++;
		l.made[i] = l.limited[i] + l.unrendered[i] + l.exported[i];
	}
	return l;
}

static void an_empty_one_balances(void **state)
{
	assert_true(ledger_balanced(&(struct ledger){0}));
}

static void a_full_one_balances(void **state)
{
	struct ledger l = balanced();

	assert_true(ledger_balanced(&l));
}

/* The kernel's own 64 bits are another type than ours. */
static void change(void *term, uint64_t by)
{
	uint64_t v;

	memcpy(&v, term, sizeof(v));
	v += by;
	memcpy(term, &v, sizeof(v));
}

/* One more or less of anything that is in a sum shows. */
static void assert_counts(struct ledger *l, void *term)
{
	assert_true(ledger_balanced(l));
	change(term, 1);
	assert_false(ledger_balanced(l));
	change(term, (uint64_t)-2);
	assert_false(ledger_balanced(l));
	change(term, 1);
}

static void each_term_counts(void **state)
{
	struct ledger l = balanced();

	for (int i = 0; i < _RECORD_MAX; i++) {
		assert_counts(&l, &l.kernel.produced[i]);
		assert_counts(&l, &l.kernel.full[i]);
		assert_counts(&l, &l.kernel.throttled[i]);
		assert_counts(&l, &l.kernel.discarded[i]);
		assert_counts(&l, &l.supplied[i]);
		assert_counts(&l, &l.received[i]);
		for (int j = 0; j < _OUTCOME_MAX; j++)
			assert_counts(&l, &l.outcomes[i][j]);
	}
	for (int i = 0; i < _EVENT_MAX; i++) {
		assert_counts(&l, &l.made[i]);
		assert_counts(&l, &l.limited[i]);
		assert_counts(&l, &l.unrendered[i]);
		assert_counts(&l, &l.exported[i]);
	}
}

/* What one kind lacks another cannot make good. */
static void kinds_do_not_mix(void **state)
{
	struct ledger l = balanced();

	l.kernel.produced[RECORD_FORK]++;
	l.kernel.produced[RECORD_EXIT]--;
	assert_false(ledger_balanced(&l));
	l = balanced();
	l.made[EVENT_EXEC]++;
	l.made[EVENT_EXIT]--;
	assert_false(ledger_balanced(&l));
}

static void these_are_in_no_sum(void **state)
{
	struct ledger l = balanced();

	l.missed = l.truncated = l.invalid_utf8 = 5;
	assert_true(ledger_balanced(&l));
}

static void events_have_names(void **state)
{
	assert_string_equal(event_type_to_string(EVENT_EXEC), "process_exec");
	assert_string_equal(event_type_to_string(EVENT_EXIT), "process_exit");
	assert_string_equal(event_type_to_string(EVENT_THROTTLE), "process_throttle");
	assert_string_equal(event_type_to_string(EVENT_RATE_LIMIT_INFO), "rate_limit_info");
	assert_string_equal(event_type_to_string(EVENT_KPROBE), "process_kprobe");
	assert_string_equal(event_type_to_string(EVENT_TRACEPOINT), "process_tracepoint");
	assert_string_equal(event_type_to_string(EVENT_LSM), "process_lsm");
	assert_string_equal(event_type_to_string(EVENT_UPROBE), "process_uprobe");
	assert_string_equal(event_type_to_string(EVENT_USDT), "process_usdt");
}

static void nothing_is_printed_of_what_is_0(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;

	ledger_tell(&(struct ledger){0}, ledger_line_print, &out);
	assert_string_equal(str_cstr(&out), "record=fork\n"
					    "record=exec\n"
					    "record=task\n"
					    "record=dying\n"
					    "record=exit\n"
					    "record=cgroup\n"
					    "record=throttle\n"
					    "record=data\n"
					    "record=hook\n"
					    "record=part\n"
					    "record=load\n"
					    "event=process_exec\n"
					    "event=process_exit\n"
					    "event=process_throttle\n"
					    "event=rate_limit_info\n"
					    "event=process_loader\n"
					    "event=process_kprobe\n"
					    "event=process_tracepoint\n"
					    "event=process_lsm\n"
					    "event=process_uprobe\n"
					    "event=process_usdt\n"
					    "total\n");
}

static void everything_is_printed(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	struct ledger l = {
		.kernel.produced[RECORD_EXEC] = 1,
		.kernel.full[RECORD_EXEC] = 2,
		.kernel.throttled[RECORD_EXEC] = 3,
		.kernel.discarded[RECORD_EXEC] = 4,
		.supplied[RECORD_EXEC] = 5,
		.received[RECORD_EXEC] = 6,
		.outcomes[RECORD_EXEC] = {7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17},
		.made[EVENT_EXIT] = 17,
		.limited[EVENT_EXIT] = 18,
		.unrendered[EVENT_EXIT] = 19,
		.exported[EVENT_EXIT] = UINT64_MAX,
		.missed = 20,
		.truncated = 21,
		.invalid_utf8 = 22,
	};

	ledger_tell(&l, ledger_line_print, &out);
	assert_non_null(strstr(str_cstr(&out),
			       "record=exec produced=1 supplied=5 full=2 throttled=3 discarded=4 "
			       "received=6 event=7 absorbed=8 outdated=9 duplicate=10 "
			       "unannounced=11 pending=12 unused=13 late=14 withdrawn=15 "
			       "malformed=16 no_memory=17\n"));
	assert_non_null(strstr(out.data, "event=process_exit made=17 limited=18 unrendered=19 "
					 "exported=18446744073709551615\n"));
	assert_non_null(strstr(out.data, "\ntotal missed=20 truncated=21 invalid_utf8=22\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_one_balances),
		cmocka_unit_test(a_full_one_balances),
		cmocka_unit_test(each_term_counts),
		cmocka_unit_test(kinds_do_not_mix),
		cmocka_unit_test(these_are_in_no_sum),
		cmocka_unit_test(events_have_names),
		cmocka_unit_test(nothing_is_printed_of_what_is_0),
		cmocka_unit_test(everything_is_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
