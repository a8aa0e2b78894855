// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "probe/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static const struct {
	const char *log, *words;
} logs[] = {
	/* 6.1 */
	{"0: R1=ctx(off=0,imm=0) R10=fp0\n"
	 "1: (85) call bpf_override_return#58\n"
	 "unknown func bpf_override_return#58\n"
	 "processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0\n",
	 "unknown func bpf_override_return#58"},
	/* 5.10, with its level of detail */
	{"func#0 @0\nx is not sleepable\nverification time 12 usec\nstack depth 0\n"
	 "processed 0 insns\n\n",
	 "x is not sleepable"},
	/* 7.3 */
	{"program of this type cannot use helper x\n"
	 "\n"
	 "Verification failed: Policy: Operation is not allowed\n"
	 "\n"
	 "Suggestion:\n"
	 "  Use a helper allowed for this program type.\n"
	 "\n"
	 "processed 2 insns\n",
	 "program of this type cannot use helper x"},
	{"one line", "one line"},
	{"processed 2 insns\n", ""},
	{"\n\n", ""},
	{"", ""},
};

static void the_verifier_has_the_last_word(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		const char *words = NULL;
		size_t len = trial_last_words(logs[i].log, &words);

		assert_int_equal(len, strlen(logs[i].words));
		if (len)
			assert_memory_equal(words, logs[i].words, len);
	}
}

static void long_words_are_cut(void **state)
{
	const char *words = NULL;
	char log[1000];

	memset(log, 'x', sizeof(log) - 1);
	log[sizeof(log) - 1] = '\0';
	assert_int_equal(trial_last_words(log, &words), 160);
	assert_ptr_equal(words, log);
}

static void check_file(const char *data, size_t len, const char *expected)
{
	_cleanup_close_ int fd = memfd_create("file", MFD_CLOEXEC);
	char path[64], buf[8];

	assert_int_equal(write(fd, data, len), len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(trial_read_file(path, buf, sizeof(buf)), strlen(expected));
	assert_string_equal(buf, expected);
}

static void small_files(void **state)
{
	char buf[8];

	check_file("12\n", 3, "12");
	check_file("12", 2, "12");
	check_file("\n", 1, "");
	check_file("", 0, "");
	check_file("123456789", 9, "1234567");
	assert_int_equal(trial_read_file("/nonexistent", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(trial_read_file("/", buf, sizeof(buf)), -EISDIR);
}

/* A failure says that something is absent only where it could have succeeded. */
static void failures(void **state)
{
	struct prober p = {0};
	_cleanup_finding_ struct finding finding = {0};

	trial_failed(&p, &finding, EINVAL, "trying %d", 1);
	assert_int_equal(finding.state, FEATURE_ABSENT);
	assert_int_equal(finding.error, EINVAL);
	assert_string_equal(str_cstr(&finding.evidence), "trying 1: Invalid argument");
	p.refusal = EPERM;
	trial_failed(&p, &finding, EINVAL, "trying %d", 2);
	assert_int_equal(finding.state, FEATURE_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_verifier_has_the_last_word),
		cmocka_unit_test(long_words_are_cut),
		cmocka_unit_test(small_files),
		cmocka_unit_test(failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
