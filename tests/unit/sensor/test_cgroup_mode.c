// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "sensor/cgroup_mode.h"

#include <string.h>

static enum cgroup_controller detect(const char *mounts)
{
	char path[] = "/tmp/ocelli-mounts-XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	enum cgroup_controller found;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, mounts, strlen(mounts)), strlen(mounts));
	found = cgroup_mode_detect(path);
	unlink(path);
	return found;
}

static void unified(void **state)
{
	assert_int_equal(detect("proc /proc proc rw,nosuid 0 0\n"
				"cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nsdelegate,"
				"memory_recursiveprot 0 0\n"),
			 CGROUP_UNIFIED);
}

/* As systemd mounts it: its own hierarchy without controllers beside the unified one. */
static void hybrid_without_controllers(void **state)
{
	assert_int_equal(detect("tmpfs /sys/fs/cgroup tmpfs ro,mode=755 0 0\n"
				"cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nsdelegate 0 0\n"
				"cgroup /sys/fs/cgroup/systemd cgroup rw,xattr,name=systemd 0 0\n"),
			 CGROUP_UNIFIED);
}

static void hybrid(void **state)
{
	assert_int_equal(detect("cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nsdelegate 0 0\n"
				"cgroup /sys/fs/cgroup/systemd cgroup rw,xattr,name=systemd 0 0\n"
				"cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n"
				"cgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0\n"
				"cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n"),
			 CGROUP_V1_MEMORY);
}

static void legacy(void **state)
{
	assert_int_equal(detect("cgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0\n"
				"cgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0\n"),
			 CGROUP_V1_PIDS);
	assert_int_equal(detect("cgroup /dev/cpuset cgroup rw,cpuset,noprefix 0 0\n"),
			 CGROUP_V1_CPUSET);
	/* All in one place. */
	assert_int_equal(detect("cgroup /cg cgroup rw,cpuset,cpu,memory,pids 0 0\n"),
			 CGROUP_V1_MEMORY);
}

static void names_that_only_look_like_it(void **state)
{
	assert_int_equal(detect("cgroup /a cgroup rw,name=memory 0 0\n"
				"cgroup /b cgroup rw,memory_foo,xpids 0 0\n"
				"memory /memory tmpfs rw,memory 0 0\n"
				"cgroup2 /c cgroup2 rw,memory 0 0\n"),
			 CGROUP_UNIFIED);
}

static void nothing(void **state)
{
	assert_int_equal(detect(""), CGROUP_UNIFIED);
	assert_int_equal(detect("garbage\n\ncgroup\n"), CGROUP_UNIFIED);
	assert_int_equal(cgroup_mode_detect("/nonexistent/mounts"), CGROUP_UNIFIED);
	/* Whatever this machine has, it can be read. */
	assert_true(cgroup_mode_detect("/proc/self/mounts") <= CGROUP_V1_CPUSET);
}

static void controllers_have_names(void **state)
{
	assert_string_equal(cgroup_controller_to_string(CGROUP_UNIFIED), "unified");
	assert_string_equal(cgroup_controller_to_string(CGROUP_V1_MEMORY), "memory");
	assert_string_equal(cgroup_controller_to_string(CGROUP_V1_PIDS), "pids");
	assert_string_equal(cgroup_controller_to_string(CGROUP_V1_CPUSET), "cpuset");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unified),
		cmocka_unit_test(hybrid_without_controllers),
		cmocka_unit_test(hybrid),
		cmocka_unit_test(legacy),
		cmocka_unit_test(names_that_only_look_like_it),
		cmocka_unit_test(nothing),
		cmocka_unit_test(controllers_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
