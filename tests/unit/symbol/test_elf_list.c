// SPDX-License-Identifier: Apache-2.0
#include "symbol/elf_list.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "base/str.h"
#include "unit.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* An ELF file that is made, so that all of it is known. */
struct made {
	Elf64_Ehdr header;
	Elf64_Shdr sections[4];
	Elf64_Sym symbols[6], exported[2];
	char names[48];
};

#define FUNCTION(at) {.st_name = (at), .st_info = STT_FUNC, .st_shndx = 1}
#define SECTION(type, link, member)                  \
	{.sh_type = (type),                          \
	 .sh_entsize = sizeof(Elf64_Sym),            \
	 .sh_link = (link),                          \
	 .sh_offset = offsetof(struct made, member), \
	 .sh_size = sizeof(((struct made *)0)->member)}

static void make(struct made *m)
{
	*m = (struct made){
		.header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB},
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_shoff = offsetof(struct made, sections),
			   .e_shentsize = sizeof(Elf64_Shdr),
			   .e_shnum = 4},
		.sections = {{.sh_type = SHT_NULL},
			     SECTION(SHT_SYMTAB, 2, symbols),
			     SECTION(SHT_STRTAB, 0, names),
			     SECTION(SHT_DYNSYM, 2, exported)},
		.symbols = {{0},
			    FUNCTION(1),
			    /* Data, what is elsewhere, what is no name, what is no place. */
			    {.st_name = 5, .st_info = STT_OBJECT, .st_shndx = 1},
			    {.st_name = 9, .st_info = STT_FUNC},
			    FUNCTION(17),
			    FUNCTION(4000)},
		.exported = {FUNCTION(13), FUNCTION(1)},
		.names = "\0one\0obj\0und\0two\0a b",
	};
}

static int append_function(const char *name, void *data)
{
	str_appendf(data, "%s ", name);
	return strcmp(name, "stop") ? 0 : -ECANCELED;
}

static int list(const struct made *m, size_t size, struct str *out)
{
	_cleanup_close_ int fd = memfd_create("elf", MFD_CLOEXEC);
	struct elf_image image;
	int r;

	str_reset(out);
	assert_int_equal(write(fd, m, size), size);
	r = elf_image_open(fd, &image);
	if (r >= 0)
		r = elf_list_functions(&image, append_function, out);
	assert_non_null(str_cstr(out));
	return r;
}

static void test_functions(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	struct made m;

	make(&m);
	assert_int_equal(list(&m, sizeof(m), &out), 0);
	assert_string_equal(out.data, "one ");
	/* Stripped. */
	m.sections[1].sh_type = SHT_NULL;
	assert_int_equal(list(&m, sizeof(m), &out), 0);
	assert_string_equal(out.data, "two one ");
	memcpy(m.names + 13, "stop", 5);
	assert_int_equal(list(&m, sizeof(m), &out), -ECANCELED);
	m.sections[3].sh_type = SHT_NULL;
	assert_int_equal(list(&m, sizeof(m), &out), -ENODATA);
}

static void test_lies(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	struct made m;

	make(&m);
	m.sections[1].sh_link = 77;
	assert_int_equal(list(&m, sizeof(m), &out), -ENOEXEC);
	make(&m);
	m.sections[1].sh_size = ELF_LIST_MAX + 1ULL;
	assert_int_equal(list(&m, sizeof(m), &out), -EFBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
