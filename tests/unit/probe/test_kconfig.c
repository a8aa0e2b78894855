// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/macro.h"
#include "probe/kconfig.h"
#include "tmpdir.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

/* What "tetra probe config" prints. */
static const char *const reference_names[] = {
	"CONFIG_AUDIT",
	"CONFIG_AUDITSYSCALL",
	"CONFIG_BPF",
	"CONFIG_BPF_EVENTS",
	"CONFIG_BPF_JIT",
	"CONFIG_BPF_JIT_DEFAULT_ON",
	"CONFIG_BPF_KPROBE_OVERRIDE",
	"CONFIG_BPF_SYSCALL",
	"CONFIG_CGROUPS",
	"CONFIG_DEBUG_INFO_BTF",
	"CONFIG_DEBUG_INFO_BTF_MODULES",
	"CONFIG_FTRACE_SYSCALLS",
	"CONFIG_HAVE_BPF_JIT",
	"CONFIG_HAVE_EBPF_JIT",
	"CONFIG_SECURITY",
};

static size_t find(const char *name)
{
	for (size_t i = 0; i < kconfig_count(); i++)
		if (!strcmp(kconfig_at(i)->name, name))
			return i;
	fail_msg("there is no %s", name);
	return 0;
}

static void options_are_sorted_and_cover_the_reference(void **state)
{
	size_t n = 0;

	for (size_t i = 0; i < kconfig_count(); i++) {
		assert_true(i == 0 || strcmp(kconfig_at(i - 1)->name, kconfig_at(i)->name) < 0);
		assert_true(strlen(kconfig_at(i)->use) > 0);
		n += kconfig_at(i)->reference;
	}
	assert_int_equal(n, ARRAY_SIZE(reference_names));
	for (size_t i = 0; i < ARRAY_SIZE(reference_names); i++)
		assert_true(kconfig_at(find(reference_names[i]))->reference);
}

static void check(const char *text, size_t len, int settings, const char *name, const char *value)
{
	_cleanup_kconfig_ struct kconfig *config = kconfig_new();
	/* Not a byte beyond its end is looked at. */
	_cleanup_free_ char *copy = malloc(len + (len == 0));

	memcpy(copy, text, len);
	assert_int_equal(kconfig_parse(config, copy, len), settings);
	assert_string_equal(kconfig_value(config, find(name)), value);
}

#define CHECK(text, ...) check(text, sizeof(text) - 1, __VA_ARGS__)

static void settings(void **state)
{
	CHECK("CONFIG_BPF=y\n", 1, "CONFIG_BPF", "y");
	CHECK("CONFIG_IMA=m", 1, "CONFIG_IMA", "m");
	CHECK("CONFIG_LSM=\"landlock,bpf\"\n", 1, "CONFIG_LSM", "\"landlock,bpf\"");
	CHECK("# CONFIG_FPROBE is not set\n", 1, "CONFIG_FPROBE", "n");
	CHECK("CONFIG_OTHER=y\n# CONFIG_ANOTHER is not set\n", 2, "CONFIG_BPF", "n");
	CHECK("CONFIG_BPF=y\n# CONFIG_BPF is not set\n", 2, "CONFIG_BPF", "n");
	CHECK("# CONFIG_BPF is not set\nCONFIG_BPF=y\n", 2, "CONFIG_BPF", "y");
	CHECK("#\n# Automatically generated file\n\nCONFIG_BPF=y\n", 1, "CONFIG_BPF", "y");
	/* One whose name begins with another's. */
	CHECK("CONFIG_BPF_EVENTS=y\n", 1, "CONFIG_BPF", "n");
	CHECK("CONFIG_BPF_EVENTS=y\n", 1, "CONFIG_BPF_EVENTS", "y");
}

static void what_is_no_setting(void **state)
{
	CHECK("", 0, "CONFIG_BPF", "n");
	CHECK("\n\n\n", 0, "CONFIG_BPF", "n");
	CHECK("CONFIG_BPF", 0, "CONFIG_BPF", "n");
	CHECK("CONFIG_BPF y\n", 0, "CONFIG_BPF", "n");
	CHECK(" CONFIG_BPF=y\n", 0, "CONFIG_BPF", "n");
	CHECK("C=y\n", 0, "CONFIG_BPF", "n");
	CHECK("=y\n", 0, "CONFIG_BPF", "n");
	CHECK("# CONFIG_BPF is not set, or is it?\n", 0, "CONFIG_BPF", "n");
	CHECK("# CONFIG_ is not set\n", 1, "CONFIG_BPF", "n");
	CHECK("CONFIG_BPF=\n", 1, "CONFIG_BPF", "n");
	CHECK("CONFIG_BPF=y\0z\n", 1, "CONFIG_BPF", "y");
	CHECK("\0CONFIG_BPF=y\n", 0, "CONFIG_BPF", "n");
	CHECK("# CONFIG_ is not set", 1, "CONFIG_BPF", "n");
	CHECK("# CONFIG_s not set", 0, "CONFIG_BPF", "n");
	CHECK("CONFIG_BPF=\xff\n", 1, "CONFIG_BPF", "\xff");
}

struct root {
	char path[64];
};

static int setup(void **state)
{
	struct root *root = calloc(1, sizeof(*root));

	if (!root || tmpdir_make(root->path, sizeof(root->path)) < 0)
		return -1;
	*state = root;
	return 0;
}

static int teardown(void **state)
{
	struct root *root = *state;
	int r = tmpdir_remove(root->path);

	free(root);
	return r;
}

static void make_file(const struct root *root, const char *path, const char *mode, const void *data,
		      size_t len)
{
	char whole[256];
	gzFile file;

	snprintf(whole, sizeof(whole), "%s%s", root->path, path);
	for (char *p = whole + strlen(root->path) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		mkdir(whole, 0700);
	}
	file = gzopen(whole, mode);
	assert_non_null(file);
	assert_int_equal(gzwrite(file, data, (unsigned)len), len);
	gzclose(file);
}

static void check_read(const struct root *root, const char *source, const char *value)
{
	_cleanup_kconfig_ struct kconfig *config = NULL;
	_cleanup_error_ struct error *err = NULL;

	assert_int_equal(kconfig_read(root->path, "6.1.0-test", &config, &err), 0);
	assert_null(err);
	assert_string_equal(config->source + strlen(root->path), source);
	assert_string_equal(kconfig_value(config, find("CONFIG_BPF")), value);
}

/* "wT" is as it is, "w" compressed. */
static void places_in_their_order(void **state)
{
	const struct root *root = *state;

	make_file(root, "/usr/lib/kernel/config-6.1.0-test", "wT", "CONFIG_BPF=6\n", 13);
	check_read(root, "/usr/lib/kernel/config-6.1.0-test", "6");
	make_file(root, "/lib/modules/6.1.0-test/build/.config", "wT", "CONFIG_BPF=5\n", 13);
	check_read(root, "/lib/modules/6.1.0-test/build/.config", "5");
	make_file(root, "/usr/lib/modules/6.1.0-test/config", "wT", "CONFIG_BPF=4\n", 13);
	check_read(root, "/usr/lib/modules/6.1.0-test/config", "4");
	make_file(root, "/lib/modules/6.1.0-test/config", "w", "CONFIG_BPF=3\n", 13);
	check_read(root, "/lib/modules/6.1.0-test/config", "3");
	make_file(root, "/boot/config-6.1.0-other", "wT", "CONFIG_BPF=0\n", 13);
	make_file(root, "/boot/config-6.1.0-test", "wT", "CONFIG_BPF=2\n", 13);
	check_read(root, "/boot/config-6.1.0-test", "2");
	make_file(root, "/proc/config.gz", "w", "CONFIG_BPF=1\n", 13);
	check_read(root, "/proc/config.gz", "1");
}

static void check_fails(const struct root *root, int r, const char *message)
{
	_cleanup_kconfig_ struct kconfig *config = NULL;
	_cleanup_error_ struct error *err = NULL;

	assert_int_equal(kconfig_read(root->path, "6.1.0-test", &config, &err), r);
	assert_null(config);
	assert_non_null(strstr(err->message, message));
}

static void no_file(void **state)
{
	check_fails(*state, -ENOENT, "the configuration of kernel 6.1.0-test is not on this");
}

static void bad_files(void **state)
{
	static const char gzip[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03garbage";
	const struct root *root = *state;
	size_t large = 9 * 1024 * 1024;
	_cleanup_free_ char *text = malloc(large);

	make_file(root, "/boot/config-6.1.0-test", "wT", "", 0);
	check_fails(root, -EBADMSG, "no configuration");
	make_file(root, "/boot/config-6.1.0-test", "wT",
		  "\x7f"
		  "ELF\0\0",
		  6);
	check_fails(root, -EBADMSG, "no configuration");
	make_file(root, "/boot/config-6.1.0-test", "wT", gzip, sizeof(gzip) - 1);
	check_fails(root, -EBADMSG, "to its end");
	/* Compressed, it is small. */
	memset(text, '\n', large);
	make_file(root, "/boot/config-6.1.0-test", "w", text, large);
	check_fails(root, -EFBIG, "more than 8 MiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_sorted_and_cover_the_reference),
		cmocka_unit_test(settings),
		cmocka_unit_test(what_is_no_setting),
		cmocka_unit_test_setup_teardown(places_in_their_order, setup, teardown),
		cmocka_unit_test_setup_teardown(no_file, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_files, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
