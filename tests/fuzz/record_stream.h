/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_FUZZ_RECORD_STREAM_H
#define OCELLI_TESTS_FUZZ_RECORD_STREAM_H

/*
 * What fuzz_record takes: one byte of options (enum stream_option), one for the
 * size of the table, and then records, each behind its length in two bytes
 * (little-endian). A length with STREAM_RAW set is that of a record to be taken
 * as it is; otherwise its size field is set, and a data record is filled up with
 * zeros, so that the fuzzer need not find that out. Some lengths stand for
 * something else that happens.
 */
enum stream_option {
	STREAM_CRED = 1 << 0,
	STREAM_NS = 1 << 1,
	STREAM_ENV = 1 << 2,
	STREAM_ENV_FILTER = 1 << 3,
	STREAM_ANCESTORS = 1 << 4,
	STREAM_USER_NAMES = 1 << 5,
	STREAM_EXTENDED = 1 << 6,
	STREAM_STRINGS_FAIL = 1 << 7,
};

#define STREAM_RAW 0x8000
#define STREAM_LENGTH 0x7fff

#define STREAM_SCAN_DONE 0xffff
#define STREAM_MISSING 0xfffe
#define STREAM_THROTTLE_STOP 0xfffd
#define STREAM_TICK 0xfffc
#define STREAM_UNHOOK 0xfffb
#define STREAM_FIRST_ACTION STREAM_UNHOOK

/* Numbers of the hooks that there are: one of no values, one of an int and a string, and one of all
 * that there can be. STREAM_UNHOOK removes the last. */
#define STREAM_HOOK_NONE 1
#define STREAM_HOOK_TWO 2
#define STREAM_HOOK_ALL 3

#endif
