// SPDX-License-Identifier: Apache-2.0
#include "tracing/bystanders.h"
#include "base/macro.h"
#include "policy/vocabulary.h"
#include "tmpdir.h"
#include "unit.h"

#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

/* A procfs of processes 1, 20, 300 and of 4000, the agent, each the child of the one before. */
struct scene {
	char proc[64];
	struct bystanders bystanders;
};

__attribute__((format(printf, 4, 5))) static void put(const char *proc, unsigned pid,
						      const char *name, const char *fmt, ...)
{
	char path[128];
	va_list args;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%u/%s", proc, pid, name);
	f = fopen(path, "we");
	assert_non_null(f);
	va_start(args, fmt);
	vfprintf(f, fmt, args);
	va_end(args);
	fclose(f);
}

static void put_link(const char *proc, unsigned pid, const char *name, const char *target)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%u/%s", proc, pid, name);
	assert_int_equal(symlink(target, path), 0);
}

static void put_process(const char *proc, unsigned pid, unsigned parent, const char *image)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%u", proc, pid);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/%u/ns", proc, pid);
	assert_int_equal(mkdir(path, 0700), 0);
	put(proc, pid, "status",
	    "Name:\tx\nPPid:\t%u\nUid:\t%u\t0\t0\t0\nNSpid:\t%u\t7\nCapInh:\t0\n"
	    "CapPrm:\t000001ffffffffff\nCapEff:\t0000000000000001\n",
	    parent, pid, pid);
	put_link(proc, pid, "ns/pid", "pid:[4026531836]");
	put_link(proc, pid, "ns/mnt", "mnt:[77]");
	if (image)
		put_link(proc, pid, "exe", image);
}

static int setup(void **state)
{
	static struct scene s;

	assert_int_equal(tmpdir_make(s.proc, sizeof(s.proc)), 0);
	put_process(s.proc, 1, 0, "/usr/lib/systemd/systemd");
	put(s.proc, 1, "cmdline", "/sbin/init%csplash", 0);
	put_process(s.proc, 20, 1, "/usr/bin/sshd");
	put_process(s.proc, 300, 20, NULL);
	put_process(s.proc, 4000, 300, "/usr/sbin/ocellid");
	bystanders_read(s.proc, 4000, &s.bystanders);
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	bystanders_done(&s->bystanders);
	return tmpdir_remove(s->proc);
}

static const struct bystander *of(const struct scene *s, uint32_t pid)
{
	for (size_t i = 0; i < s->bystanders.n; i++)
		if (s->bystanders.v[i].pid == pid)
			return &s->bystanders.v[i];
	fail_msg("there is no %u", pid);
	return NULL;
}

static enum certainty ask(const struct bystander *b, struct process_test test, size_t n_args)
{
	const struct plan_selector selector = {.n = n_args, .n_process = 1, .process = &test};

	return bystander_is_meant(&selector, b);
}

static void who_they_are(void **state)
{
	struct scene *s = *state;
	const struct caller *first = &of(s, 1)->caller;
	struct bystanders alone;

	assert_int_equal(s->bystanders.n, 3);
	assert_int_equal(s->bystanders.v[0].pid, 300);
	assert_int_equal(s->bystanders.v[2].pid, 1);
	assert_ptr_equal(of(s, 20)->caller.parent, first);
	assert_string_equal(first->image.s, "/usr/lib/systemd/systemd");
	assert_string_equal(first->names[0].path.s, "/sbin/init");
	assert_int_equal(first->capabilities[CAPABILITY_SET_EFFECTIVE], 1);
	assert_int_equal(first->nspid, 7);
	assert_int_equal(first->namespaces[EXEC_NS_MNT], 77);
	assert_int_equal(of(s, 20)->caller.users[USER_ID_REAL], 20);
	assert_true(of(s, 300)->caller.image_fault);
	bystanders_read(s->proc, 0, &alone);
	assert_int_equal(alone.n, 1);
	assert_int_equal(alone.v[0].pid, 1);
	bystanders_done(&alone);
}

static struct process_test of_image(const struct bytes *path, bool negate)
{
	return (struct process_test){
		.value = PROCESS_IMAGE,
		.test = {.kind = TEST_EQUAL, .n = 1, .strings = path, .negate = negate}};
}

static void by_binaries(void **state)
{
	static const struct bytes sshd = {"/usr/bin/sshd", 13}, init = {"/sbin/init", 10};
	struct scene *s = *state;
	struct process_test test = of_image(&sshd, false);

	assert_int_equal(ask(of(s, 20), test, 0), CERTAINLY);
	assert_int_equal(ask(of(s, 20), test, 1), MAYBE);
	assert_int_equal(ask(of(s, 1), test, 0), CERTAINLY_NOT);
	assert_int_equal(ask(of(s, 300), test, 0), MAYBE);
	assert_int_equal(ask(of(s, 1), of_image(&init, false), 0), CERTAINLY);
	assert_int_equal(ask(of(s, 1), of_image(&init, true), 0), CERTAINLY_NOT);
	assert_int_equal(ask(of(s, 20), of_image(&init, true), 0), CERTAINLY);
	/* Whose child it was, and what that was before, nobody knows. */
	test.parent = true;
	assert_int_equal(ask(of(s, 20), test, 0), MAYBE);
	test = of_image(&init, true);
	test.follow = true;
	assert_int_equal(ask(of(s, 20), test, 0), MAYBE);
}

static void by_pids(void **state)
{
	static const struct range pids = {20, 20};
	struct scene *s = *state;
	struct process_test test = {.value = PROCESS_PID,
				    .test = {.kind = TEST_RANGES, .n = 1, .ranges = &pids}};
	struct bystander elsewhere = *of(s, 20);

	assert_int_equal(ask(of(s, 20), test, 0), CERTAINLY);
	assert_int_equal(ask(of(s, 300), test, 0), CERTAINLY_NOT);
	test.follow = true;
	assert_int_equal(ask(of(s, 300), test, 0), CERTAINLY);
	assert_int_equal(ask(of(s, 1), test, 0), CERTAINLY_NOT);
	/* The kernel knows it by another. */
	elsewhere.pid_known = false;
	assert_int_equal(ask(&elsewhere, test, 0), MAYBE);
}

static void by_what_is_not_known(void **state)
{
	static const struct range one = {1, 1};
	static const enum process_value values[] = {PROCESS_NAMESPACE_CHANGES, PROCESS_STRING,
						    PROCESS_CAPABILITY_CHANGES};
	struct scene *s = *state;
	struct process_test test = {.value = PROCESS_HOST,
				    .test = {.kind = TEST_RANGES, .n = 1, .ranges = &one}};

	assert_int_equal(ask(of(s, 1), test, 0), CERTAINLY);
	assert_int_equal(ask(of(s, 20), test, 0), MAYBE);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		test.value = values[i];
		assert_int_equal(ask(of(s, 1), test, 0), MAYBE);
	}
	test = (struct process_test){.value = PROCESS_NAMESPACE,
				     .which = EXEC_NS_NET,
				     .test = {.kind = TEST_RANGES, .n = 1, .ranges = &one}};
	assert_int_equal(ask(of(s, 1), test, 0), MAYBE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(who_they_are),
		TEST(by_binaries),
		TEST(by_pids),
		TEST(by_what_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
