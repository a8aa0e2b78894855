// SPDX-License-Identifier: Apache-2.0
#include "symbol/elf_image.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "unit.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

/* An ELF file that is made, so that all of it is known. */
struct made {
	Elf64_Ehdr header;
	Elf64_Phdr code, notes;
	struct {
		Elf64_Nhdr other;
		char other_name[4], other_bytes[4];
		Elf64_Nhdr note;
		char name[4];
		uint8_t id[8];
	} note;
	Elf64_Shdr sections[3];
	Elf64_Sym symbols[5];
	char names[32];
};

static void make(struct made *m)
{
	*m = (struct made){
		.header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB},
			   .e_phoff = offsetof(struct made, code),
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_phnum = 2,
			   .e_shoff = offsetof(struct made, sections),
			   .e_shentsize = sizeof(Elf64_Shdr),
			   .e_shnum = 3},
		.code = {.p_type = PT_LOAD,
			 .p_flags = PF_X,
			 .p_offset = 0x1000,
			 .p_vaddr = 0x401000,
			 .p_filesz = 0x1000},
		.notes = {.p_type = PT_NOTE,
			  .p_offset = offsetof(struct made, note),
			  .p_filesz = sizeof(m->note)},
		.note = {.other = {4, 4, NT_GNU_ABI_TAG},
			 .other_name = "GNU",
			 .note = {4, 8, NT_GNU_BUILD_ID},
			 .name = "GNU",
			 .id = {1, 2, 3, 4, 5, 6, 7, 8}},
		.sections = {{.sh_type = SHT_NULL},
			     {.sh_type = SHT_SYMTAB,
			      .sh_entsize = sizeof(Elf64_Sym),
			      .sh_link = 2,
			      .sh_offset = offsetof(struct made, symbols),
			      .sh_size = sizeof(m->symbols)},
			     {.sh_type = SHT_STRTAB,
			      .sh_offset = offsetof(struct made, names),
			      .sh_size = sizeof(m->names)}},
		.symbols =
			{{0},
			 {.st_name = 1,
			  .st_info = STT_FUNC,
			  .st_shndx = 1,
			  .st_value = 0x401100,
			  .st_size = 0x100},
			 {.st_name = 5,
			  .st_info = STT_OBJECT,
			  .st_shndx = 1,
			  .st_value = 0x401120,
			  .st_size = 0x10},
			 {.st_name = 9, .st_info = STT_FUNC, .st_value = 0x401130, .st_size = 0x10},
			 {.st_name = 13, .st_info = STT_FUNC, .st_shndx = 1, .st_value = 0x401400}},
		.names = "\0one\0obj\0und\0two",
	};
}

static int write_out(const void *data, size_t size)
{
	int fd = memfd_create("elf", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	return fd;
}

static void expect(const struct elf_image *image, uint64_t offset, const char *name)
{
	char found[SYMBOL_NAME_MAX] = "";
	uint64_t left = UINT64_MAX;
	int r = elf_image_symbol(image, offset, &left, found);

	assert_int_equal(r, name ? 0 : -ENODATA);
	if (name)
		assert_string_equal(found, name);
}

static void what_is_in_a_file(void **state)
{
	static const uint8_t expected[BUILD_ID_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8};
	uint8_t id[BUILD_ID_SIZE];
	struct elf_image image;
	struct made m;

	make(&m);
	_cleanup_close_ int fd = write_out(&m, sizeof(m));
	assert_int_equal(elf_image_open(fd, &image), 0);
	memset(id, 0xff, sizeof(id));
	assert_int_equal(elf_image_build_id(&image, id), 8);
	assert_memory_equal(id, expected, sizeof(id));
	expect(&image, 0x10ff, NULL);
	expect(&image, 0x1100, "one");
	/* What is no function, and what is defined elsewhere, is in none. */
	expect(&image, 0x1125, "one");
	expect(&image, 0x1135, "one");
	expect(&image, 0x11ff, "one");
	expect(&image, 0x1200, NULL);
	/* Without a size, up to the next. */
	expect(&image, 0x1400, "two");
	expect(&image, 0x1fff, "two");
	expect(&image, 0x2000, NULL);
	expect(&image, 0, NULL);
	expect(&image, UINT64_MAX, NULL);
}

/* As compilers write it, before it is linked. */
static void what_is_no_program(void **state)
{
	struct elf_image image;
	struct made m;

	make(&m);
	m.header.e_phentsize = m.header.e_phnum = 0;
	_cleanup_close_ int fd = write_out(&m, sizeof(m));
	assert_int_equal(elf_image_open(fd, &image), 0);
	assert_int_equal(image.n_sections, 3);
	assert_int_equal(image.n_code + image.n_data + image.n_notes, 0);
}

static void no_more_than_allowed(void **state)
{
	char name[SYMBOL_NAME_MAX];
	struct elf_image image;
	struct made m;
	uint64_t left = sizeof(m.symbols) + 1;

	make(&m);
	_cleanup_close_ int fd = write_out(&m, sizeof(m));
	assert_int_equal(elf_image_open(fd, &image), 0);
	assert_int_equal(elf_image_symbol(&image, 0x1100, &left, name), 0);
	assert_int_equal(left, 1);
	assert_int_equal(elf_image_symbol(&image, 0x1100, &left, name), -EDQUOT);
	assert_int_equal(left, 1);
}

/* Whatever is cut off or wrong: an error, and no harm. */
static void what_is_broken(void **state)
{
	char name[SYMBOL_NAME_MAX], text[] = "#!/bin/sh\n";
	uint8_t id[BUILD_ID_SIZE];
	struct elf_image image;
	struct made m;

	_cleanup_close_ int script = write_out(text, sizeof(text));
	assert_int_equal(elf_image_open(script, &image), -ENOEXEC);
	make(&m);
	for (size_t at = 0; at < sizeof(m); at++) {
		struct made broken = m;

		((uint8_t *)&broken)[at] ^= 0xff;
		_cleanup_close_ int fd = write_out(&broken, sizeof(broken));
		_cleanup_close_ int cut = write_out(&m, at);

		for (int i = 0; i < 2; i++) {
			uint64_t left = 1 << 20;

			if (elf_image_open(i ? cut : fd, &image) < 0)
				continue;
			elf_image_build_id(&image, id);
			elf_image_symbol(&image, 0x1100, &left, name);
		}
	}
}

static void expect_error(const void *data, size_t size, const char *text)
{
	_cleanup_close_ int fd = write_out(data, size);
	_cleanup_error_ struct error *error = NULL;
	_cleanup_free_ char *said = NULL;
	struct elf_image image;

	assert_int_equal(elf_image_open_named(fd, "a", &image, &error), -ENOEXEC);
	said = error_text(error);
	assert_string_equal(said, text);
}

static void what_people_are_told(void **state)
{
	struct elf_image image;
	struct made m;

	make(&m);
	_cleanup_close_ int good = write_out(&m, sizeof(m));
	assert_int_equal(elf_image_open_named(good, "a", &image, NULL), 0);
	expect_error("#!/bin/sh -e\n\n\n\n", 17,
		     "a is no ELF file (it is a script; name its interpreter)");
	expect_error("", 0, "a is no ELF file");
	expect_error(&m, 20, "a is a broken ELF file");
	m.header.e_ident[EI_DATA] = ELFDATA2MSB;
	expect_error(&m, sizeof(m), "a is for a big-endian machine");
	m.header.e_ident[EI_CLASS] = ELFCLASS32;
	expect_error(&m, sizeof(m), "a is a 32-bit program; only 64-bit ones are supported");
}

static void what_addresses_are_places(void **state)
{
	struct elf_image image;
	uint64_t offset;
	struct made m;

	make(&m);
	_cleanup_close_ int fd = write_out(&m, sizeof(m));
	assert_int_equal(elf_image_open(fd, &image), 0);
	assert_int_equal(elf_image_offset(&image, 0x401000, &offset), 0);
	assert_int_equal(offset, 0x1000);
	assert_int_equal(elf_image_offset(&image, 0x401fff, &offset), 0);
	assert_int_equal(offset, 0x1fff);
	assert_int_equal(elf_image_offset(&image, 0x402000, &offset), -ENOENT);
	assert_int_equal(elf_image_offset(&image, 0x400fff, &offset), -ENOENT);
	assert_int_equal(elf_image_offset(&image, UINT64_MAX, &offset), -ENOENT);
	image.code[0].offset = INT64_MAX;
	assert_int_equal(elf_image_offset(&image, 0x401001, &offset), -ENOENT);
}

static void more_segments_than_are_kept(void **state)
{
	_cleanup_free_ char *file = NULL;
	struct elf_image image;
	struct made m;

	make(&m);
	for (unsigned n = ELF_SEGMENTS_MAX; n < ELF_SEGMENTS_MAX + 2; n++) {
		size_t size = sizeof(m) + n * sizeof(m.code);

		free(file);
		file = malloc(size);
		assert_non_null(file);
		m.header.e_phnum = (uint16_t)n;
		m.header.e_phoff = sizeof(m);
		memcpy(file, &m, sizeof(m));
		for (unsigned i = 0; i < n; i++)
			memcpy(file + sizeof(m) + i * sizeof(m.code), &m.code, sizeof(m.code));
		_cleanup_close_ int fd = write_out(file, size);
		assert_int_equal(elf_image_open(fd, &image), 0);
		assert_int_equal(image.n_code, ELF_SEGMENTS_MAX);
		assert_int_equal(image.is_cut, n > ELF_SEGMENTS_MAX);
	}
}

static void this_program(void **state)
{
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct elf_image image;

	assert_int_equal(elf_image_open(fd, &image), 0);
	assert_true(image.n_code > 0 && image.n_notes > 0 && image.n_sections > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_program),
		cmocka_unit_test(what_is_in_a_file),
		cmocka_unit_test(no_more_than_allowed),
		cmocka_unit_test(what_is_broken),
		cmocka_unit_test(more_segments_than_are_kept),
		cmocka_unit_test(what_people_are_told),
		cmocka_unit_test(what_addresses_are_places),
		cmocka_unit_test(this_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
