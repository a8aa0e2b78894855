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
struct probe {
	Elf64_Nhdr note;
	char owner[8];
	uint32_t where[6];
	char text[16]; /* provider, name, arguments */
};

struct made {
	Elf64_Ehdr header;
	Elf64_Shdr sections[2];
	struct probe probes[3];
};

#define PROBE(words) {.note = {8, 40, 3}, .owner = "stapsdt", .text = (words)}

static void make(struct made *m)
{
	*m = (struct made){
		.header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB},
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_shoff = offsetof(struct made, sections),
			   .e_shentsize = sizeof(Elf64_Shdr),
			   .e_shnum = 2},
		.sections = {{.sh_type = SHT_NULL},
			     {.sh_type = SHT_NOTE,
			      .sh_offset = offsetof(struct made, probes),
			      .sh_size = sizeof(m->probes)}},
		.probes = {PROBE("p\0one\0-4@%eax"), PROBE("p\0two\0"), PROBE("p\0one\0")},
	};
}

static int append_probe(const char *provider, const char *name, void *data)
{
	str_appendf(data, "%s:%s ", provider, name);
	return 0;
}

static int list(const struct made *m, struct str *out)
{
	_cleanup_close_ int fd = memfd_create("elf", MFD_CLOEXEC);
	struct elf_image image;
	int r;

	str_reset(out);
	assert_int_equal(write(fd, m, sizeof(*m)), sizeof(*m));
	r = elf_image_open(fd, &image);
	if (r >= 0)
		r = elf_list_probes(&image, append_probe, out);
	assert_non_null(str_cstr(out));
	return r;
}

static void test_probes(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	struct made m;

	make(&m);
	assert_int_equal(list(&m, &out), 0);
	assert_string_equal(out.data, "p:one p:two p:one ");
	m.probes[0].note.n_type = 1;
	m.probes[1].owner[0] = 'x';
	assert_int_equal(list(&m, &out), 0);
	assert_string_equal(out.data, "p:one ");
}

static void test_lies(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	struct made m;

	make(&m);
	m.sections[1].sh_size = ELF_LIST_MAX + 1ULL;
	assert_int_equal(list(&m, &out), -EFBIG);
	make(&m);
	m.sections[1].sh_offset = UINT64_MAX - 8;
	assert_int_equal(list(&m, &out), -ENOEXEC);
	/* A note that is longer than there is room, strings without an end. */
	make(&m);
	m.probes[1].note.n_descsz = 4000;
	assert_int_equal(list(&m, &out), 0);
	assert_string_equal(out.data, "p:one ");
	make(&m);
	memset(m.probes[1].text, 'x', sizeof(m.probes[1].text));
	assert_int_equal(list(&m, &out), 0);
	assert_string_equal(out.data, "p:one p:one ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
