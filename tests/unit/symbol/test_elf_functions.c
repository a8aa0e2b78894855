// SPDX-License-Identifier: Apache-2.0
#include "symbol/elf_functions.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "unit.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* Files that samples/make.py makes, where the code of each function is its name. */
struct sample {
	int fd;
	struct elf_image image;
	struct elf_functions *functions;
};

static void done(struct sample *s)
{
	elf_functions_free(&s->functions);
	close_fd(&s->fd);
}

#define _cleanup_sample_ _cleanup_(done)

static int read_sample(struct sample *s, const char *name, struct error **reterr)
{
	char path[4096];

	*s = (struct sample){.fd = -1};
	snprintf(path, sizeof(path), "%s/%s.elf", SAMPLES, name);
	s->fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(s->fd >= 0);
	assert_int_equal(elf_image_open(s->fd, &s->image), 0);
	return elf_functions_read(&s->image, &s->functions, reterr);
}

static struct sample sample(const char *name)
{
	struct sample s;

	assert_int_equal(read_sample(&s, name, NULL), 0);
	return s;
}

/* @code: what is at the places that have that name, in their order, apart by spaces. */
static void expect(struct sample *s, const char *name, const char *code)
{
	const struct elf_function *v;
	ssize_t n = elf_functions_find(s->functions, name, strlen(name), &v);
	char found[1024] = "";
	size_t len = 0;

	for (ssize_t i = 0; i < n; i++) {
		assert_true(!i || v[i].offset > v[i - 1].offset);
		if (i)
			found[len++] = ' ';
		assert_true(len + 200 < sizeof(found));
		assert_true(pread(s->fd, found + len, 199, (off_t)v[i].offset) > 0);
		assert_int_equal(v[i].size, strlen(found + len) + 1);
		len += strlen(found + len);
	}
	if (strcmp(found, code) != 0)
		print_error("%s: ", name);
	assert_string_equal(found, code);
	assert_true(n >= 0);
}

static void expect_error(struct sample *s, const char *name, int code, const char *text)
{
	_cleanup_error_ struct error *error = NULL;
	const struct elf_function *v;
	ssize_t n = elf_functions_find(s->functions, name, strlen(name), &v);
	_cleanup_free_ char *said = NULL;

	assert_true(n <= 0);
	assert_int_equal(elf_functions_not_found(s->functions, name, strlen(name), n, &error),
			 code);
	said = error_text(error);
	assert_string_equal(said, text);
}

static void test_places(void **state)
{
	static const char *const kinds[] = {"pie", "no-pie", "static", "static-pie", "shared"};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		_cleanup_sample_ struct sample s = sample(kinds[i]);

		expect(&s, "plain", "plain");
		expect(&s, "twice", "twice twice");
		expect(&s, "plai", "");
		expect(&s, "plainer", "");
		expect(&s, "", "");
	}
}

static void test_resolvers(void **state)
{
	_cleanup_sample_ struct sample s = sample("pie");
	const struct elf_function *v;

	assert_int_equal(elf_functions_find(s.functions, "chosen", 6, &v), 1);
	assert_true(v->is_resolver);
	assert_string_equal(v->name, "chosen");
	assert_int_equal(elf_functions_find(s.functions, "plain", 5, &v), 1);
	assert_false(v->is_resolver);
}

/* Both tables have versions: as names, and as numbers. */
static void test_versions(void **state)
{
	static const char *const kinds[] = {"shared", "stripped", "packed"};
	const struct elf_function *v;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		_cleanup_sample_ struct sample s = sample(kinds[i]);

		expect(&s, "current", "current_2");
		expect(&s, "current@V2", "current_2");
		expect(&s, "current@@V2", "current_2");
		expect(&s, "current@V1", "current_1");
		expect(&s, "current@@V1", "");
		expect(&s, "current@V", "");
		expect(&s, "current@V22", "");
		expect(&s, "current@", "");
		expect(&s, "old", "old_1 old_2");
		expect(&s, "old@V1", "old_1");
		expect(&s, "plain@@V1", "plain");
		expect(&s, "ns::Class::read@@V1", "_ZNK2ns5Class4readEv");
		assert_int_equal(elf_functions_find(s.functions, "current@V1", 10, &v), 1);
		assert_string_equal(v->name, "current");
		expect_error(&s, "current@@V1", -ENOENT,
			     "it has no function \"current@@V1\" (did you mean \"current@V1\"?)");
		expect_error(&s, "plain@V2", -ENOENT,
			     "it has no function \"plain@V2\" (did you mean \"plain@@V1\"?)");
	}
}

static void test_stripped(void **state)
{
	_cleanup_sample_ struct sample stripped = sample("stripped"), packed = sample("packed"),
				       broken = sample("broken");
	_cleanup_error_ struct error *error = NULL;
	_cleanup_sample_ struct sample bare;

	expect(&stripped, "plain", "plain");
	expect(&stripped, "twice", "");
	expect(&packed, "twice", "twice twice");
	expect(&packed, "plain", "plain");
	expect(&broken, "plain", "plain");
	expect_error(&broken, "twice", -ENOENT,
		     "it has no function \"twice\"; its .gnu_debugdata is broken");
	assert_int_equal(read_sample(&bare, "bare", &error), -ENODATA);
	assert_string_equal(error->message, "it has no names of functions: it is stripped");
}

static void test_go(void **state)
{
	static const char *const kinds[] = {"go2", "go16", "go18", "go20", "go20-pie", "go-unsaid"};
	_cleanup_error_ struct error *error = NULL;
	_cleanup_sample_ struct sample unknown;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		_cleanup_sample_ struct sample s = sample(kinds[i]);

		expect(&s, "net/http.(*Server).Serve", "net/http.(*Server).Serve");
		expect(&s, "_rt0_amd64_linux", "_rt0_amd64_linux");
		expect(&s, "net/http.(*Server).Close", "");
	}
	assert_int_equal(read_sample(&unknown, "go-unknown", &error), -ENODATA);
	assert_non_null(strstr(error->message, ".gopclntab"));
}

static void test_cxx(void **state)
{
	_cleanup_sample_ struct sample s = sample("shared");

	expect(&s, "_ZN2ns5Class6methodEi", "_ZN2ns5Class6methodEi");
	expect(&s, "ns::Class::method(int)", "_ZN2ns5Class6methodEi");
	expect(&s, "ns::Class::method( char )", "_ZN2ns5Class6methodEc");
	expect(&s, "ns::Class::method", "_ZN2ns5Class6methodEi _ZN2ns5Class6methodEc");
	expect(&s, "non-virtual thunk to ns::Class::method(int)", "_ZThn16_N2ns5Class6methodEi");
	expect(&s, "ns::Class::read() const", "_ZNK2ns5Class4readEv");
	expect(&s, "ns::Class::read()", "_ZNK2ns5Class4readEv");
	expect(&s, "int same<int>(int)", "_Z4sameIiET_S0_");
	expect(&s, "same<int>(int)", "_Z4sameIiET_S0_");
	expect(&s, "same<int>", "_Z4sameIiET_S0_");
	expect(&s, "same<char>", "");
	expect(&s, "operator new(unsigned long)", "_Znwm");
	expect(&s, "operator new", "_Znwm");
	expect(&s, "Class::method", "");
	expect_error(&s, "ns::Class::method(long)", -ENOENT,
		     "it has no function \"ns::Class::method(long)\" (did you mean "
		     "\"ns::Class::method(int)\"?)");
	expect_error(&s, "same", -ENOENT,
		     "it has no function \"same\" (did you mean \"int same<int>(int)\"?)");
	/* Which would take more memory than there is. */
	expect_error(&s, "bombs()", -ENOENT,
		     "it has no function \"bombs()\"; 1 of its names are too long to be compared "
		     "with");
}

static void test_rust(void **state)
{
	_cleanup_sample_ struct sample s = sample("pie");
	static const char legacy[] = "_ZN1a4Type3run17h0123456789abcdefE",
			  generic[] = "_RINvMNtCs1_1a5otherNtB5_4Type3runhEB5_";

	expect(&s, "a::Type::run::h0123456789abcdef", legacy);
	expect(&s, "<a::Type>::run::<u8>", generic);
	expect(&s, "<a::Type>::run", generic);
	expect(&s, "<a[3]::Type>::run", generic);
	expect(&s, "a::Type::run",
	       "_ZN1a4Type3run17h0123456789abcdefE "
	       "_RINvMNtCs1_1a5otherNtB5_4Type3runhEB5_");
	expect(&s, "a::walk::{closure#0}", "_RNCNvCs1_1a4walk0B3_");
	expect(&s, "a::walk", "");
}

/* What compilers made of a function is not that function. */
static void test_clones(void **state)
{
	_cleanup_sample_ struct sample s = sample("pie");

	expect(&s, "split", "split");
	expect(&s, "split.cold", "split.cold");
	expect(&s, "split.part.0", "split.part.0");
	expect(&s, "only.isra.0", "only.isra.0");
	expect_error(&s, "only", -ENOENT,
		     "it has no function \"only\" (did you mean \"only.isra.0\"?)");
	expect_error(&s, "plian", -ENOENT,
		     "it has no function \"plian\" (did you mean \"plain\"?)");
}

static int count(const struct elf_function *function, void *data)
{
	assert_true(function->name[0]);
	return ++*(unsigned *)data == 3 ? -ECANCELED : 0;
}

static void test_list(void **state)
{
	_cleanup_sample_ struct sample all = sample("pie"), go = sample("go20");
	unsigned n = 0;

	assert_int_equal(elf_functions_list(go.functions, count, &n), 0);
	assert_int_equal(n, 2);
	n = 0;
	assert_int_equal(elf_functions_list(all.functions, count, &n), -ECANCELED);
	assert_int_equal(n, 3);
}

/* A file of nothing but symbols, all of one name. */
struct made {
	Elf64_Ehdr header;
	Elf64_Phdr code;
	Elf64_Shdr sections[3];
	char names[8];
	Elf64_Sym symbols[ELF_PLACES_MAX + 1];
};

static void make(struct made *m, size_t n)
{
	*m = (struct made){
		.header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB},
			   .e_phoff = offsetof(struct made, code),
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_phnum = 1,
			   .e_shoff = offsetof(struct made, sections),
			   .e_shentsize = sizeof(Elf64_Shdr),
			   .e_shnum = 3},
		.code = {.p_type = PT_LOAD, .p_flags = PF_X, .p_filesz = sizeof(*m)},
		.sections = {{.sh_type = SHT_NULL},
			     {.sh_type = SHT_SYMTAB,
			      .sh_entsize = sizeof(Elf64_Sym),
			      .sh_link = 2,
			      .sh_offset = offsetof(struct made, symbols),
			      .sh_size = n * sizeof(Elf64_Sym)},
			     {.sh_type = SHT_STRTAB,
			      .sh_offset = offsetof(struct made, names),
			      .sh_size = sizeof(m->names)}},
		.names = "\0f\0g",
	};
	for (size_t i = 0; i < n; i++)
		m->symbols[i] = (Elf64_Sym){
			.st_name = 1, .st_info = STT_FUNC, .st_shndx = 1, .st_value = i};
}

static int read_made(const struct made *m, struct sample *s, struct error **reterr)
{
	*s = (struct sample){.fd = memfd_create("elf", MFD_CLOEXEC)};
	assert_int_equal(write(s->fd, m, sizeof(*m)), sizeof(*m));
	assert_int_equal(elf_image_open(s->fd, &s->image), 0);
	return elf_functions_read(&s->image, &s->functions, reterr);
}

static void test_limits(void **state)
{
	_cleanup_free_ struct made *m = malloc(sizeof(*m));
	_cleanup_error_ struct error *error = NULL;
	_cleanup_sample_ struct sample s, more, large;
	struct elf_functions *none = NULL;
	const struct elf_function *v;

	assert_non_null(m);
	make(m, ELF_PLACES_MAX);
	assert_int_equal(read_made(m, &s, NULL), 0);
	assert_int_equal(elf_functions_find(s.functions, "f", 1, &v), ELF_PLACES_MAX);
	assert_int_equal(v[ELF_PLACES_MAX - 1].offset, ELF_PLACES_MAX - 1);
	make(m, ELF_PLACES_MAX + 1);
	assert_int_equal(read_made(m, &more, NULL), 0);
	expect_error(&more, "f", -E2BIG,
		     "\"f\" is in more than 65536 places of it, which is the limit");
	m->sections[2].sh_size = ELF_NAMES_MAX;
	assert_int_equal(read_made(m, &large, &error), -EFBIG);
	assert_non_null(strstr(error->message, "256 MiB"));
	s.image.is_cut = true;
	assert_int_equal(elf_functions_read(&s.image, &none, &error), -EFBIG);
	assert_string_equal(error->message,
			    "it has more than 64 segments of code, which is the limit");
}

/* Whatever is cut off or wrong: an error, or other functions, and no harm. */
static void test_broken(void **state)
{
	_cleanup_free_ char *bytes = NULL;
	_cleanup_sample_ struct sample s = sample("packed");
	off_t size = lseek(s.fd, 0, SEEK_END);

	bytes = malloc((size_t)size);
	assert_non_null(bytes);
	assert_int_equal(pread(s.fd, bytes, (size_t)size, 0), size);
	for (off_t at = 0; at < size; at += 41) {
		struct sample broken = {.fd = memfd_create("elf", MFD_CLOEXEC)};
		const struct elf_function *v;

		bytes[at] ^= 0x55;
		assert_int_equal(write(broken.fd, bytes, (size_t)size), size);
		bytes[at] ^= 0x55;
		if (elf_image_open(broken.fd, &broken.image) >= 0 &&
		    elf_functions_read(&broken.image, &broken.functions, NULL) >= 0) {
			assert_true(elf_functions_find(broken.functions, "plain", 5, &v) >= 0);
			assert_true(elf_functions_find(broken.functions, "a::b", 4, &v) >= 0);
		}
		done(&broken);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),   cmocka_unit_test(test_resolvers),
		cmocka_unit_test(test_versions), cmocka_unit_test(test_stripped),
		cmocka_unit_test(test_go),       cmocka_unit_test(test_cxx),
		cmocka_unit_test(test_rust),     cmocka_unit_test(test_clones),
		cmocka_unit_test(test_list),     cmocka_unit_test(test_limits),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
