// SPDX-License-Identifier: Apache-2.0
#include "types.h"
#include "address.h"
#include "base/macro.h"
#include "random.h"
#include "vector.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
#define MEMORY (16 * PAGE)

/* For each argument, and what is returned; nobody can read the page behind it. */
static char *memory[ARGS + 1];

/* --- what is told */

void tell_bytes(struct told *told, const void *bytes, size_t size)
{
	told->status = HOOK_ARG_READ;
	told->size = size;
	memcpy(told->bytes, bytes, size);
}

uint64_t tell_fault(struct told *told)
{
	told->status = HOOK_ARG_FAULT;
	told->size = 0;
	return (uint64_t)NOWHERE;
}

char *place_text(size_t i, const void *text, size_t len)
{
	return memcpy(memory[i] + MEMORY - len, text, len);
}

/* --- numbers */

static const int64_t numbers[] = {0,   1,         2,         7,         100,        -1,
				  -2,  -100,      99,        127,       128,        255,
				  256, INT16_MAX, INT32_MIN, INT32_MAX, UINT32_MAX, -3,
				  3,   1000,      INT64_MAX, INT64_MIN, 1LL << 40,  65535};

static uint64_t extend(uint64_t v, const struct type *type)
{
	unsigned unused = 64 - type->bits;

	return type->is_signed ? (uint64_t)((int64_t)(v << unused) >> unused)
			       : v << unused >> unused;
}

static void append_number(const struct type *type, struct str *out)
{
	uint64_t v = extend((uint64_t)PICK(numbers), type);

	if (type->is_signed)
		str_appendf(out, "\"%" PRId64 "\"", (int64_t)v);
	else
		str_appendf(out, "\"%" PRIu64 "\"", v);
}

static void append_range(const struct type *type, struct str *out)
{
	uint64_t a = extend((uint64_t)PICK(numbers), type);
	uint64_t b = extend((uint64_t)PICK(numbers), type);
	bool swap = type->is_signed ? (int64_t)a > (int64_t)b : a > b;

	if (type->is_signed)
		str_appendf(out, "\"%" PRId64 ":%" PRId64 "\"", (int64_t)(swap ? b : a),
			    (int64_t)(swap ? a : b));
	else
		str_appendf(out, "\"%" PRIu64 ":%" PRIu64 "\"", swap ? b : a, swap ? a : b);
}

static void append_number_match(const struct type *type, struct str *out)
{
	static const struct {
		const char *name;
		bool ranges, one;
	} operators[] = {
		{"Equal", false, false},  {"NotEqual", false, false},  {"GT", false, true},
		{"LT", false, true},      {"InMap", true, false},      {"NotInMap", true, false},
		{"InRange", true, false}, {"NotInRange", true, false},
	};
	size_t i = pick(ARRAY_SIZE(operators) + 1), n;

	if (i == ARRAY_SIZE(operators)) {
		str_appendf(out, "operator: Mask, values: [\"%u\", \"%u\"]", 1U << pick(7),
			    1U << pick(4));
		return;
	}
	str_appendf(out, "operator: %s, values: [", operators[i].name);
	n = operators[i].one ? 1 : 1 + pick(6);
	for (size_t j = 0; j < n; j++) {
		if (j)
			str_append_lit(out, ", ");
		if (operators[i].ranges)
			append_range(type, out);
		else
			append_number(type, out);
	}
	str_append_lit(out, "]");
}

void tell_number(struct told *told, const struct type *type, uint64_t v)
{
	uint64_t number = extend(v, type);

	tell_bytes(told, &number, sizeof(number));
	told->number = number;
}

static uint64_t number(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	uint64_t v = (uint64_t)PICK(numbers) + (pick(4) ? 0 : pick(3) - 1);

	tell_number(told, type, v);
	return v;
}

/* --- strings */

#define LONG "/a/long/long/long/long/long/long/long/long/long/long/long/long/path"
const char *const words[N_WORDS] = {
	"/",
	"/etc",
	"/etc/",
	"/etc/passwd",
	"/etc/passwd.old",
	"/etc/shadow",
	"passwd",
	"d",
	"/usr/lib/x86_64-linux-gnu/libc.so.6",
	LONG,
	(LONG "/1"),
	(LONG "/2"),
	(LONG "/2/tail"),
	"tail",
	"/Etc/PassWD",
	"aaaaaaab",
	"aab",
	"12345678",
	"123456789012345",
	"1234567890123456",
	"12345678901234567",
};

size_t random_text(char *to)
{
	size_t n = 0, parts = pick(8) == 0 ? 0 : pick(4) == 0 ? 2 + pick(2) : 1;

	for (size_t i = 0; i < parts; i++)
		n += (size_t)sprintf(to + n, "%s", PICK(words));
	if (n && pick(6) == 0)
		to[pick((uint32_t)n)] = "/aZ"[pick(3)];
	if (pick(100) == 0)
		while (n < HOOK_STRING_MAX - 3 + pick(6))
			to[n++] = 'x';
	to[n] = '\0';
	return n;
}

void append_text_match(const struct type *type, struct str *out)
{
	static const char *const operators[] = {"Equal",     "NotEqual",        "Prefix",
						"NotPrefix", "Postfix",         "NotPostfix",
						"SubString", "SubStringIgnCase"};
	size_t n = pick(10) ? 1 + pick(5) : 1 + pick(40), kind = pick(ARRAY_SIZE(operators));

	str_appendf(out, "operator: %s, values: [", operators[kind]);
	for (size_t i = 0; i < n; i++) {
		const char *word = PICK(words), *more = pick(4) ? "" : PICK(words);

		/* What is looked for at the end has its own limit, that of the reference. */
		str_appendf(out, "%s\"%s%s\"", i ? ", " : "", word, more);
	}
	str_append_lit(out, "]");
}

static uint64_t string(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	size_t len = random_text(told->bytes);
	char *at = place_text(i, told->bytes, len + 1);

	if (pick(12) == 0)
		return tell_fault(told);
	/* One that just fits cannot be told from one that does not. */
	told->status = len >= HOOK_STRING_MAX - 1 ? HOOK_ARG_TRUNCATED : HOOK_ARG_READ;
	told->size = MIN(len + 1, (size_t)HOOK_STRING_MAX);
	told->bytes[told->size - 1] = '\0';
	return (uint64_t)at;
}

/* Behind a head. */
static void tell_buffer(struct told *told, const char *from, size_t len)
{
	const struct value_bytes head = {.size = len};
	size_t n = MIN(len, (size_t)HOOK_STRING_MAX);

	memcpy(told->bytes + sizeof(head), from, n);
	memcpy(told->bytes, &head, sizeof(head));
	told->size = sizeof(head) + n;
	told->status = n < len ? HOOK_ARG_TRUNCATED : HOOK_ARG_READ;
}

static char *random_buffer(size_t i, size_t *len)
{
	char text[TEXT_MAX];

	*len = random_text(text);
	if (*len && pick(3) == 0)
		text[pick((uint32_t)*len)] = '\0';
	return place_text(i, text, *len);
}

static uint64_t buffer(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	size_t len;
	char *at = random_buffer(i, &len);

	*size = len;
	if (pick(12) == 0 && len)
		return tell_fault(told);
	tell_buffer(told, at, len);
	return (uint64_t)at;
}

static uint64_t later_buffer(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	size_t len;

	told->status = HOOK_ARG_LATER;
	told->size = 0;
	told->later = (uint64_t)(pick(8) ? random_buffer(i, &len) : NOWHERE);
	return told->later;
}

static size_t readable_from(const char *at)
{
	for (size_t i = 0; i < ARRAY_SIZE(memory); i++)
		if (at >= memory[i] && at <= memory[i] + MEMORY)
			return (size_t)(memory[i] + MEMORY - at);
	return 0;
}

void tell_later(struct told *told, const struct told *before, int64_t n)
{
	const char *from = (const char *)before->later;
	size_t len = n < 0 ? 0 : (size_t)n;

	if (MIN(len, (size_t)HOOK_STRING_MAX) > readable_from(from))
		tell_fault(told);
	else
		tell_buffer(told, from, len);
}

static uint64_t vector(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	return vector_value(place_text(i, "", 0), size, told);
}

/* --- files */

static char folder_path[PATH_MAX];

static struct {
	char path[PATH_MAX + 16];
	int fd;
	uint32_t mode;
} files[6];

static void append_file_match(const struct type *type, struct str *out)
{
	static const char *const operators[] = {"Equal",   "NotEqual",   "Prefix",   "NotPrefix",
						"Postfix", "NotPostfix", "SubString"};

	const char *path = files[pick(6)].path;
	size_t from = pick(3) ? 0 : pick((uint32_t)strlen(path));

	str_appendf(out, "operator: %s, values: [\"%s\", \"%s\"]", PICK(operators), folder_path,
		    path + from);
}

static uint64_t file(const struct type *type, size_t at, uint64_t *size, struct told *told)
{
	size_t i = pick(ARRAY_SIZE(files));
	struct value_file value = {.mode = files[i].mode};
	size_t len = strlen(files[i].path) + 1;

	if (pick(6) == 0) {
		tell_fault(told);
		return 1000 + pick(3);
	}
	tell_bytes(told, &value, sizeof(value));
	memcpy(told->bytes + sizeof(value), files[i].path, len);
	told->size += len;
	return (uint64_t)files[i].fd;
}

static void setup_files(const char *folder)
{
	static const char *const names[] = {"a", "b", "file", "file.old", "x y", ""};

	if (!realpath(folder, folder_path))
		abort();
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct stat st;

		snprintf(files[i].path, sizeof(files[i].path), "%s%s%s", folder_path,
			 *names[i] ? "/" : "", names[i]);
		files[i].fd = *names[i] ? open(files[i].path, O_RDWR | O_CREAT, 0600U >> i % 2)
					: open(folder_path, O_RDONLY | O_DIRECTORY);
		if (files[i].fd < 0 || fstat(files[i].fd, &st) < 0)
			abort();
		files[i].mode = st.st_mode;
	}
}

/* --- all of them */

void types_setup(const char *folder)
{
	for (size_t i = 0; i < ARRAY_SIZE(memory); i++) {
		memory[i] = mmap(NULL, MEMORY + PAGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (memory[i] == MAP_FAILED || mprotect(memory[i] + MEMORY, PAGE, PROT_NONE) < 0)
			abort();
	}
	setup_files(folder);
}

#define NUMBER(text, width, sign)             \
	{.name = (text),                      \
	 .value = number,                     \
	 .append_match = append_number_match, \
	 .bits = (width),                     \
	 .is_signed = (sign)}
#define STRING                              \
	{.name = "string",                  \
	 .value = string,                   \
	 .append_match = append_text_match, \
	 .is_text = true,                   \
	 .ends_with_nul = true}

const struct type types[] = {
	NUMBER("int", 32, true),
	NUMBER("int32", 32, true),
	NUMBER("uint32", 32, false),
	NUMBER("int16", 16, true),
	NUMBER("uint16", 16, false),
	NUMBER("int8", 8, true),
	NUMBER("uint8", 8, false),
#define NARROW 7
	NUMBER("int64", 64, true),
	NUMBER("uint64", 64, false),
	NUMBER("long", 64, true),
	NUMBER("size_t", 64, false),
	STRING,
	STRING,
	STRING,
	{.name = "char_buf",
	 .value = buffer,
	 .append_match = append_text_match,
	 .is_text = true,
	 .is_sized = true},
	{.name = "char_buf", .value = later_buffer, .more = ", returnCopy: true", .is_later = true},
	{.name = "char_iovec", .value = vector, .is_sized = true},
	{.name = "fd",
	 .value = file,
	 .append_match = append_file_match,
	 .is_text = true,
	 .ends_with_nul = true},
	{.name = "sockaddr", .value = address_value, .append_match = append_address_match},
	{.name = "sockaddr_un",
	 .value = local_address_value,
	 .append_match = append_local_address_match},
};
const size_t n_types = ARRAY_SIZE(types);

const struct type *pick_narrow(void)
{
	return &types[pick(NARROW)];
}

const struct type *type_named(const char *name)
{
	for (size_t i = 0; i < n_types; i++)
		if (!strcmp(types[i].name, name))
			return &types[i];
	abort();
}
