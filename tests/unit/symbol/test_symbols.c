// SPDX-License-Identifier: Apache-2.0
#include "symbol/symbols.h"
#include "base/cleanup.h"
#include "symbol/elf_image.h"
#include "symbol/mappings.h"
#include "unit.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* Frames of this program itself, which has symbols. */

static char exe[PATH_MAX];

static struct symbols *new(void)
{
	struct symbols *s;

	assert_int_equal(symbols_new("/proc", &s), 0);
	return s;
}

static uint64_t offset_in_file(uint64_t address)
{
	struct mappings m = {0};
	const struct mapping *found;
	uint64_t offset;

	assert_true(mappings_read(&m, "/proc", (uint32_t)getpid()) > 0);
	found = mappings_find(&m, address);
	assert_non_null(found);
	offset = address - found->start + found->offset;
	mappings_done(&m);
	return offset;
}

/* A function of this file, by the build ID if it has one. */
static struct hook_frame frame_of_file(uint64_t address)
{
	struct hook_frame frame = {.status = HOOK_FRAME_FILE, .at = offset_in_file(address)};
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct elf_image image;

	assert_int_equal(elf_image_open(fd, &image), 0);
	if (elf_image_build_id(&image, frame.build_id) < 0)
		skip();
	return frame;
}

static void expect(struct symbols *s, const struct hook_frame *frame, const char *name)
{
	struct symbol symbol;

	symbols_of_user(s, frame, &symbol);
	assert_string_equal(symbol.name, name);
	assert_string_equal(symbol.module, exe);
	assert_int_equal(symbol.offset, offset_in_file((uint64_t)expect));
}

static void of_a_process(void **state)
{
	const struct symbol_process self = {.pid = (uint32_t)getpid()};
	struct hook_frame by_id = frame_of_file((uint64_t)expect);
	struct hook_frame by_address = {.status = HOOK_FRAME_ADDRESS, .at = (uint64_t)expect};
	struct symbols *s = new ();

	/* The second time from what is kept. */
	for (int i = 0; i < 2; i++) {
		symbols_begin_user(s, &self);
		expect(s, &by_address, "expect");
		expect(s, &by_id, "expect");
	}
	symbols_free(&s);
}

static void of_one_that_has_gone(void **state)
{
	const struct symbol_process gone = {.pid = 0, .exe = exe}, other = {.pid = 0};
	struct hook_frame frame = frame_of_file((uint64_t)expect);
	struct hook_frame by_address = {.status = HOOK_FRAME_ADDRESS, .at = (uint64_t)expect};
	struct symbols *s = new ();
	struct symbol symbol;

	symbols_begin_user(s, &gone);
	expect(s, &frame, "expect");
	symbols_of_user(s, &by_address, &symbol);
	assert_string_equal(symbol.module, "");
	/* It is known by now. */
	symbols_begin_user(s, &other);
	expect(s, &frame, "expect");
	/* Nobody has this one. */
	frame.build_id[0] ^= 1;
	symbols_of_user(s, &frame, &symbol);
	assert_string_equal(symbol.name, "");
	assert_memory_equal(symbol.module, "build-id:", 9);
	assert_int_equal(strlen(symbol.module), 9 + 2 * BUILD_ID_SIZE);
	symbols_free(&s);
}

static void no_frame(void **state)
{
	struct hook_frame none = {.status = HOOK_FRAME_NONE, .at = 7};
	const struct symbol_process self = {.pid = (uint32_t)getpid()};
	struct symbols *s = new ();
	struct symbol symbol;

	symbols_begin_user(s, &self);
	symbols_of_user(s, &none, &symbol);
	assert_string_equal(symbol.name, "");
	assert_string_equal(symbol.module, "");
	assert_int_equal(symbol.offset, 0);
	symbols_free(&s);
}

/* Who makes new files all the time makes the agent read no more than it wants to. */
static void so_much_in_a_second(void **state)
{
	struct hook_frame frame = {.status = HOOK_FRAME_ADDRESS};
	const struct symbol_process self = {.pid = (uint32_t)getpid()};
	struct symbols *s = new ();
	struct symbol symbol;

	symbols_begin_user(s, &self);
	for (uint64_t i = 0; i < 1 << 20 && !symbols_skipped(s); i++) {
		frame.at = (uint64_t)expect + i % 4096;
		symbols_of_user(s, &frame, &symbol);
	}
	assert_true(symbols_skipped(s) > 0);
	/* The next one begins anew. */
	symbols_tick(s);
	symbols_begin_user(s, &self);
	frame.at = (uint64_t)no_frame;
	symbols_of_user(s, &frame, &symbol);
	assert_string_equal(symbol.name, "no_frame");
	symbols_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_a_process),
		cmocka_unit_test(of_one_that_has_gone),
		cmocka_unit_test(no_frame),
		cmocka_unit_test(so_much_in_a_second),
	};

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
