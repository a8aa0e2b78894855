// SPDX-License-Identifier: Apache-2.0
#include "symbol/usdt.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "base/str.h"
#include "support/probe_note.h"
#include "unit.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>

/* --- an ELF file that is made, so that all of it is known */

#define CODE 0x401000ULL
#define DATA 0x404000ULL
#define BASE 0x402000ULL

struct note {
	Elf64_Nhdr header;
	char owner[8];
	uint64_t pc, base, semaphore;
	char text[24]; /* provider, name, arguments */
} __attribute__((packed));

struct made {
	Elf64_Ehdr header;
	Elf64_Phdr segments[3];
	Elf64_Shdr sections[6];
	char names[16];
	struct note notes[4];
};

#define SECTION(type, member)                        \
	{.sh_type = (type),                          \
	 .sh_offset = offsetof(struct made, member), \
	 .sh_size = sizeof(((struct made *)0)->member)}
#define NOTE(at, wanted, words) \
	{.header = {8, 48, 3},  \
	 .owner = "stapsdt",    \
	 .pc = (at),            \
	 .base = BASE,          \
	 .semaphore = (wanted), \
	 .text = (words)}

static void make(struct made *m)
{
	*m = (struct made){
		.header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB},
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_phoff = offsetof(struct made, segments),
			   .e_phnum = 2,
			   .e_shoff = offsetof(struct made, sections),
			   .e_shentsize = sizeof(Elf64_Shdr),
			   .e_shstrndx = 4,
			   .e_shnum = 6},
		.segments = {{.p_type = PT_LOAD,
			      .p_flags = PF_R | PF_X,
			      .p_offset = 0x1000,
			      .p_vaddr = CODE,
			      .p_filesz = 0x800,
			      .p_memsz = 0x800},
			     {.p_type = PT_LOAD,
			      .p_flags = PF_R | PF_W,
			      .p_offset = 0x2e00,
			      .p_vaddr = DATA,
			      .p_filesz = 0x100,
			      .p_memsz = 0x10000}},
		.sections = {{.sh_type = SHT_NULL},
			     {.sh_type = SHT_PROGBITS, .sh_name = 2, .sh_addr = BASE},
			     SECTION(SHT_NOTE, notes),
			     {.sh_type = SHT_NOTE},
			     SECTION(SHT_STRTAB, names),
			     {.sh_type = SHT_PROGBITS,
			      .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
			      .sh_addr = CODE,
			      .sh_size = 0x800}},
		.names = "\0x.stapsdt.base",
		.notes = {NOTE(CODE + 0x20, 0, "p\0one\0-4@%eax"),
			  NOTE(CODE, DATA + 2,
			       "p\0two\0"
			       "8@$1"),
			  NOTE(CODE + 0x10, 0,
			       "p\0one\0"
			       "8@$2"),
			  NOTE(CODE + 0x7ff, 0,
			       "q\0one\0"
			       "8@$2")},
	};
}

static int open_made(const struct made *m, struct elf_image *ret)
{
	_cleanup_close_ int fd = memfd_create("elf", MFD_CLOEXEC);

	assert_int_equal(write(fd, m, sizeof(*m)), sizeof(*m));
	assert_int_equal(elf_image_open(fd, ret), 0);
	return TAKE_FD(fd);
}

/* "offset/semaphore args; …", or what is wrong. */
static const char *find(const struct made *m, const char *provider, const char *name)
{
	_cleanup_free_ struct usdt_location *v = NULL;
	_cleanup_error_ struct error *err = NULL;
	struct str out = STR_INIT;
	static char text[512];
	struct elf_image image;
	_cleanup_close_ int fd = open_made(m, &image);
	ssize_t n = usdt_find(&image, provider, name, &v, &err);

	for (ssize_t i = 0; i < n; i++)
		str_appendf(&out, "%s%#llx/%#llx %s", i ? "; " : "",
			    (unsigned long long)v[i].offset, (unsigned long long)v[i].semaphore,
			    v[i].args);
	if (n < 0) {
		assert_non_null(err);
		assert_int_equal(err->code, n);
		str_appendf(&out, "%s", err->message);
	}
	snprintf(text, sizeof(text), "%s", str_cstr(&out));
	str_free(&out);
	return text;
}

static const char *remedy(const struct made *m, const char *provider, const char *name)
{
	_cleanup_error_ struct error *err = NULL;
	static char text[256];
	struct elf_image image;
	_cleanup_close_ int fd = open_made(m, &image);

	error_set(&err, -ENOENT, "no");
	usdt_remedy(&image, provider, name, &err);
	snprintf(text, sizeof(text), "%s", err->remedy ? err->remedy : "");
	return text;
}

static int append(const char *provider, const char *name, void *data)
{
	str_appendf(data, "%s:%s ", provider, name);
	return strcmp(name, "stop") ? 0 : -ECANCELED;
}

static int list(const struct made *m, struct str *out)
{
	struct elf_image image;
	_cleanup_close_ int fd = open_made(m, &image);
	int r;

	str_reset(out);
	r = usdt_list(&image, append, out);
	assert_non_null(str_cstr(out));
	return r;
}

static void test_list(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	struct made m;

	make(&m);
	assert_int_equal(list(&m, &out), 0);
	assert_string_equal(out.data, "p:one p:two p:one q:one ");
	/* Of others, and what is no name. */
	m.notes[0].header.n_type = 1;
	m.notes[1].owner[0] = 'x';
	m.notes[2].text[0] = ' ';
	assert_int_equal(list(&m, &out), 0);
	assert_string_equal(out.data, "q:one ");
	memcpy(m.notes[3].text + 2, "stop", 5);
	assert_int_equal(list(&m, &out), -ECANCELED);
	m.header.e_shnum = 0;
	assert_int_equal(list(&m, &out), -ENODATA);
}

static void test_find(void **state)
{
	struct made m;

	make(&m);
	assert_string_equal(find(&m, "p", "one"), "0x1010/0 8@$2; 0x1020/0 -4@%eax");
	assert_string_equal(find(&m, "p", "two"), "0x1000/0x2e02 8@$1");
	assert_string_equal(find(&m, "q", "one"), "0x17ff/0 8@$2");
	assert_string_equal(find(&m, "p", "on"), "");
	assert_string_equal(find(&m, "q", "two"), "");
	/* One place that notes tell of twice. */
	m.notes[2] = m.notes[0];
	assert_string_equal(find(&m, "p", "one"), "0x1020/0 -4@%eax");
	m.notes[2].text[6] = '8';
	assert_string_equal(find(&m, "p", "one"),
			    "its probe \"p:one\" has two notes with different arguments or "
			    "semaphores for one place, at offset 0x1020");
}

/* As lld leaves the notes of functions that it dropped, and of all when it dropped the base. */
static void test_dropped(void **state)
{
	struct made m;

	make(&m);
	m.notes[0].pc = 0x10;
	assert_string_equal(find(&m, "p", "one"), "0x1010/0 8@$2");
	/* Headers can be in a segment with code. */
	m.segments[0] =
		(Elf64_Phdr){.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_filesz = CODE + 0x800};
	assert_string_equal(find(&m, "p", "one"), "0x401010/0 8@$2");
	make(&m);
	m.notes[0].pc = 0x10;
	for (size_t i = 0; i < ARRAY_SIZE(m.notes); i++)
		m.notes[i].base = 0;
	assert_string_equal(find(&m, "p", "one"), "0x1010/0 8@$2");
	m.names[3] = 'S';
	assert_string_equal(find(&m, "p", "one"), "0x1010/0 8@$2");
}

/* Moved after it was linked: notes, which nothing at run time reads, were not. */
static void move(struct made *m, uint64_t by)
{
	m->sections[1].sh_addr += by;
	m->sections[5].sh_addr += by;
	m->segments[0].p_vaddr += by;
	m->segments[1].p_vaddr += by;
}

static void test_prelinked(void **state)
{
	struct made m;

	make(&m);
	move(&m, 0x7000000);
	assert_string_equal(find(&m, "p", "two"), "0x1000/0x2e02 8@$1");
	/* Downwards. */
	make(&m);
	move(&m, -0x1000ULL);
	assert_string_equal(find(&m, "p", "two"), "0x1000/0x2e02 8@$1");
	/* Without the section nobody knows. */
	make(&m);
	m.sections[1].sh_addr += 0x7000000;
	m.names[3] = 'S';
	assert_string_equal(find(&m, "p", "two"), "0x1000/0x2e02 8@$1");
}

static void test_semaphores(void **state)
{
	struct made m;

	/* What is behind the file's is zeros for programs. */
	make(&m);
	m.notes[1].semaphore = DATA + 0xfe;
	assert_string_equal(find(&m, "p", "two"), "0x1000/0x2efe 8@$1");
	m.notes[1].semaphore = DATA + 0x100;
	assert_string_equal(find(&m, "p", "two"),
			    "its probe \"p:two\" has its semaphore where the file has no data to "
			    "write to, at address 0x404100");
	m.segments[1].p_filesz++;
	assert_string_equal(find(&m, "p", "two"),
			    "its probe \"p:two\" has its semaphore where the file has no data to "
			    "write to, at address 0x404100");
	m.segments[1].p_filesz++;
	assert_string_equal(find(&m, "p", "two"), "0x1000/0x2f00 8@$1");
	m.notes[1].semaphore = CODE;
	assert_string_equal(find(&m, "p", "two"),
			    "its probe \"p:two\" has its semaphore where the file has no data to "
			    "write to, at address 0x401000");
	m.notes[1].semaphore = DATA + 1;
	assert_string_equal(find(&m, "p", "two"), "its probe \"p:two\" has a semaphore that is not "
						  "aligned, at address 0x404001");
	/* Another one's does not matter. */
	assert_string_equal(find(&m, "q", "one"), "0x17ff/0 8@$2");
}

static void test_page_of_two_segments(void **state)
{
	struct made m;

	make(&m);
	m.header.e_phnum = 3;
	m.segments[2] = m.segments[1];
	m.segments[1].p_offset = 0x2d00;
	m.segments[1].p_vaddr = DATA - 0x10100;
	assert_string_equal(find(&m, "p", "two"),
			    "its probe \"p:two\" has its semaphore in a page that is mapped twice, "
			    "of which the kernel would count in the other (link it with -z "
			    "norelro), at address 0x404002");
	/* In the first of them it is right. */
	m.segments[1].p_filesz = 0x80;
	m.notes[1].semaphore = DATA - 0x10100 + 2;
	assert_string_equal(find(&m, "p", "two"), "0x1000/0x2d02 8@$1");
	/* And where they are in different pages. */
	m.segments[1].p_offset = 0x1d00 - 0x1000;
	m.notes[1].semaphore = DATA + 2;
	assert_string_equal(find(&m, "p", "two"), "0x1000/0x2e02 8@$1");
}

static void test_lies(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	struct made m;

	make(&m);
	m.notes[3].pc = CODE + 0x800;
	assert_string_equal(find(&m, "q", "one"), "its probe \"q:one\" is where the file has no "
						  "code, at address 0x401800");
	m.notes[3].pc = UINT64_MAX;
	assert_string_equal(find(&m, "q", "one"), "its probe \"q:one\" is where the file has no "
						  "code, at address 0xffffffffffffffff");
	make(&m);
	m.segments[0].p_offset = INT64_MAX;
	assert_string_equal(find(&m, "q", "one"), "its probe \"q:one\" is where the file has no "
						  "code, at address 0x4017ff");
	make(&m);
	m.sections[2].sh_size = USDT_NOTES_MAX + 1;
	assert_string_equal(find(&m, "p", "one"),
			    "its notes are larger than 16 MiB, which is the limit");
	assert_int_equal(list(&m, &out), -EFBIG);
	m.sections[2].sh_size = USDT_NOTES_MAX;
	assert_string_equal(find(&m, "p", "one"), "its notes cannot be read: Exec format error");
	/* The same in two sections. */
	make(&m);
	m.sections[3] = m.sections[2];
	assert_string_equal(find(&m, "p", "one"), "0x1010/0 8@$2; 0x1020/0 -4@%eax");
	/* A note that is longer than there is room, strings without an end, or only one. */
	make(&m);
	m.notes[1].header.n_descsz = 4000;
	assert_int_equal(list(&m, &out), 0);
	assert_string_equal(out.data, "p:one ");
	make(&m);
	memset(m.notes[1].text, 'x', sizeof(m.notes[1].text));
	memset(m.notes[2].text, 'x', sizeof(m.notes[2].text) - 1);
	m.notes[3].header.n_descsz = 24;
	assert_int_equal(list(&m, &out), 0);
	assert_string_equal(out.data, "p:one ");
	make(&m);
	memset(m.notes[1].text + 6, 'x', sizeof(m.notes[1].text) - 6);
	assert_string_equal(find(&m, "p", "two"), "");
	/* No arguments at all. */
	make(&m);
	memset(m.notes[1].text, 'y', sizeof(m.notes[1].text) - 1);
	m.notes[1].text[1] = '\0';
	m.notes[1].text[sizeof(m.notes[1].text) - 1] = '\0';
	assert_string_equal(find(&m, "y", "yyyyyyyyyyyyyyyyyyyyy"), "0x1000/0x2e02 ");
}

static void test_remedies(void **state)
{
	struct made m;

	make(&m);
	assert_string_equal(remedy(&m, "p", "tvo"), "did you mean \"two\"?");
	assert_string_equal(remedy(&m, "p", "else"),
			    "\"ocelli policy generate usdts\" lists those that it has");
	memcpy(m.notes[3].text, "python\0line", 12);
	assert_string_equal(remedy(&m, "pyton", "line"), "did you mean the provider \"python\"?");
	for (size_t i = 0; i < ARRAY_SIZE(m.notes); i++)
		m.notes[i].header.n_type = 1;
	assert_string_equal(remedy(&m, "p", "one"), "it has no static probes at all");
}

static void test_limit(void **state)
{
	_cleanup_close_ int fd = memfd_create("elf", MFD_CLOEXEC);
	_cleanup_free_ struct usdt_location *v = NULL;
	_cleanup_error_ struct error *err = NULL;
	struct note note = NOTE(CODE, 0,
				"p\0one\0"
				"8@$1");
	struct elf_image image;
	struct made m;

	make(&m);
	m.sections[2].sh_offset = sizeof(m);
	m.sections[2].sh_size = USDT_LOCATIONS_MAX * sizeof(note);
	assert_int_equal(write(fd, &m, sizeof(m)), sizeof(m));
	for (unsigned i = 0; i <= USDT_LOCATIONS_MAX; i++) {
		note.pc = CODE + i % 0x800;
		assert_int_equal(write(fd, &note, sizeof(note)), sizeof(note));
	}
	assert_int_equal(elf_image_open(fd, &image), 0);
	assert_int_equal(usdt_find(&image, "p", "one", &v, &err), 0x800);
	assert_int_equal(v[0x7ff].offset, 0x17ff);
	m.sections[2].sh_size += sizeof(note);
	assert_int_equal(pwrite(fd, &m, sizeof(m), 0), sizeof(m));
	free(TAKE_PTR(v));
	assert_int_equal(usdt_find(&image, "p", "one", &v, &err), -E2BIG);
	assert_string_equal(err->message,
			    "its probe \"p:one\" is in more than 4096 places, which is the limit");
}

/* It is of the file, not of each section. */
static void test_limit_of_bytes(void **state)
{
	_cleanup_free_ struct usdt_location *v = NULL;
	_cleanup_error_ struct error *err = NULL;
	struct elf_image image;
	struct made m;

	make(&m);
	m.sections[2].sh_size = m.sections[3].sh_size = USDT_NOTES_MAX / 2;
	_cleanup_close_ int fd = open_made(&m, &image);

	assert_int_equal(ftruncate(fd, USDT_NOTES_MAX), 0);
	assert_int_equal(usdt_find(&image, "q", "one", &v, &err), 1);
	m.sections[3].sh_size++;
	assert_int_equal(pwrite(fd, &m, sizeof(m), 0), sizeof(m));
	free(TAKE_PTR(v));
	assert_int_equal(usdt_find(&image, "q", "one", &v, &err), -EFBIG);
	assert_string_equal(err->message, "its notes are larger than 16 MiB, which is the limit");
}

/* --- what a linker made */

PROBE_SEMAPHORE(mine, wanted);

static __attribute__((noinline)) unsigned probed(unsigned n)
{
	PROBE(mine, one, n);
	if (PROBE_IS_WANTED(mine, wanted))
		PROBE_WITH_SEMAPHORE(mine, wanted, n, 2);
	n *= 3;
	PROBE(mine, one, n, 1);
	return n;
}

struct at {
	uint64_t offset;
	const char *address;
};

static int find_segment(struct dl_phdr_info *info, size_t size, void *data)
{
	struct at *at = data;

	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD && at->offset >= segment->p_offset &&
		    at->offset - segment->p_offset < segment->p_filesz)
			at->address = (const char *)info->dlpi_addr + segment->p_vaddr +
				      (at->offset - segment->p_offset);
	}
	/* The first is the program. */
	return 1;
}

static const char *address_of(uint64_t offset)
{
	struct at at = {.offset = offset};

	dl_iterate_phdr(find_segment, &at);
	return at.address;
}

static void test_linked(void **state)
{
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ struct usdt_location *one = NULL, *wanted = NULL;
	struct elf_image image;

	assert_int_equal(probed(2), 6);
	assert_int_equal(elf_image_open(fd, &image), 0);
	assert_int_equal(usdt_find(&image, "mine", "one", &one, NULL), 2);
	assert_int_equal(one[0].semaphore, 0);
	assert_true(one[0].offset < one[1].offset);
	assert_true(address_of(one[0].offset) >= (const char *)probed);
	assert_true(address_of(one[1].offset) < (const char *)probed + 4096);
	assert_true(strchr(one[0].args, ' ') == NULL || strchr(one[1].args, ' ') == NULL);
	assert_int_equal(usdt_find(&image, "mine", "wanted", &wanted, NULL), 1);
	assert_ptr_equal(address_of(wanted[0].semaphore), &mine_wanted_semaphore);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),       cmocka_unit_test(test_find),
		cmocka_unit_test(test_dropped),    cmocka_unit_test(test_prelinked),
		cmocka_unit_test(test_semaphores), cmocka_unit_test(test_page_of_two_segments),
		cmocka_unit_test(test_lies),       cmocka_unit_test(test_remedies),
		cmocka_unit_test(test_limit),      cmocka_unit_test(test_limit_of_bytes),
		cmocka_unit_test(test_linked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
