// SPDX-License-Identifier: Apache-2.0
#include "types.h"
#include "abi/hook.h"
#include "base/macro.h"
#include "random.h"
#include "vector.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

const struct type types[] = {
	{"int", FAMILY_NUMBER, 32, true},      {"int32", FAMILY_NUMBER, 32, true},
	{"uint32", FAMILY_NUMBER, 32, false},  {"int64", FAMILY_NUMBER, 64, true},
	{"uint64", FAMILY_NUMBER, 64, false},  {"long", FAMILY_NUMBER, 64, true},
	{"size_t", FAMILY_NUMBER, 64, false},  {"int16", FAMILY_NUMBER, 16, true},
	{"uint16", FAMILY_NUMBER, 16, false},  {"int8", FAMILY_NUMBER, 8, true},
	{"uint8", FAMILY_NUMBER, 8, false},    {"string", FAMILY_STRING, 0, false},
	{"string", FAMILY_STRING, 0, false},   {"string", FAMILY_STRING, 0, false},
	{"char_buf", FAMILY_BUFFER, 0, false}, {"sockaddr", FAMILY_ADDRESS, 0, false},
	{"fd", FAMILY_FILE, 0, false},         {"char_iovec", FAMILY_VECTOR, 0, false},
};
const size_t n_types = ARRAY_SIZE(types);

#define PAGE 4096
#define MEMORY (16 * PAGE)

static char *memory[ARGS]; /* for each argument; the page behind it is not there */

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

static uint64_t argument_number(const struct type *type, struct told *told)
{
	uint64_t v = (uint64_t)PICK(numbers) + (pick(4) ? 0 : pick(3) - 1);

	told->number = extend(v, type);
	told->size = sizeof(v);
	memcpy(told->bytes, &told->number, sizeof(v));
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

static void append_text_match(struct str *out)
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

/* At the very end of what can be read, so that one byte more is a fault. */
static char *place_text(size_t i, const char *text, size_t len)
{
	return memcpy(memory[i] + MEMORY - len, text, len);
}

static uint64_t argument_string(size_t i, struct told *told)
{
	size_t len = random_text(told->bytes), all = len + 1;
	char *at = place_text(i, told->bytes, all);

	if (pick(12) == 0) {
		told->fault = true;
		return (uint64_t)NOWHERE;
	}
	/* One that just fits cannot be told from one that does not. */
	told->truncated = len >= HOOK_STRING_MAX - 1;
	if (told->truncated) {
		told->bytes[HOOK_STRING_MAX - 1] = '\0';
		all = HOOK_STRING_MAX;
	}
	told->size = all;
	return (uint64_t)at;
}

static uint64_t argument_buffer(size_t i, uint64_t *size, struct told *told)
{
	struct value_bytes head;
	size_t len = random_text(told->bytes + sizeof(head));
	char *at;

	if (len && pick(3) == 0)
		told->bytes[sizeof(head) + pick((uint32_t)len)] = '\0';
	at = place_text(i, told->bytes + sizeof(head), len);
	*size = head.size = len;
	if (pick(12) == 0 && len) {
		told->fault = true;
		return (uint64_t)NOWHERE;
	}
	told->truncated = len > HOOK_STRING_MAX;
	memcpy(told->bytes, &head, sizeof(head));
	told->size = sizeof(head) + MIN(len, (size_t)HOOK_STRING_MAX);
	return (uint64_t)at;
}

/* --- addresses */

static const char *const addresses[] = {
	"0.0.0.0", "10.0.0.1", "10.1.2.3",    "255.255.255.255",  "192.168.1.1",     "::",
	"::1",     "fe80::1",  "2001:db8::1", "2001:db8:8000::1", "::ffff:10.1.2.3",
};

static void append_address_match(struct str *out)
{
	static const char *const families[] = {"AF_INET", "AF_INET6", "AF_UNIX"};
	size_t n = 1 + pick(4);

	if (pick(4) == 0) {
		str_appendf(out, "operator: Family, values: [\"%s\"]", PICK(families));
		return;
	}
	if (pick(3) == 0) {
		str_appendf(out, "operator: SPort, values: [\"%u\", \"80:100\"]", pick(3) + 442);
		return;
	}
	str_appendf(out, "operator: %s, values: [", pick(3) ? "SAddr" : "NotSAddr");
	for (size_t i = 0; i < n; i++) {
		const char *address = PICK(addresses);
		bool v6 = strchr(address, ':');

		str_appendf(out, "%s\"%s", i ? ", " : "", address);
		if (pick(2))
			str_appendf(out, "/%u", 1 + pick(v6 ? 128 : 32));
		str_append_lit(out, "\"");
	}
	str_append_lit(out, "]");
}

static uint64_t argument_address(size_t i, struct told *told)
{
	struct sockaddr_storage to = {0};
	struct value_address value = {0};
	const char *text = PICK(addresses);
	uint16_t port = (uint16_t)(pick(2) ? 440 + pick(6) : 78 + pick(30));

	if (strchr(text, ':')) {
		struct sockaddr_in6 *in6 = (void *)&to;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		inet_pton(AF_INET6, text, &in6->sin6_addr);
		memcpy(value.address, &in6->sin6_addr, 16);
	} else {
		struct sockaddr_in *in = (void *)&to;

		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		inet_pton(AF_INET, text, &in->sin_addr);
		memcpy(value.address, &in->sin_addr, 4);
	}
	value.port = port;
	if (pick(8) == 0) {
		memset(&to, 0, sizeof(to));
		memset(&value, 0, sizeof(value));
		to.ss_family = AF_UNIX;
	}
	value.family = to.ss_family;
	told->size = sizeof(value);
	memcpy(told->bytes, &value, sizeof(value));
	told->fault = pick(12) == 0;
	return told->fault ? (uint64_t)NOWHERE : (uint64_t)place_text(i, (char *)&to, sizeof(to));
}

/* --- files */

static char folder_path[PATH_MAX];

static struct {
	char path[PATH_MAX + 16];
	int fd;
	uint32_t mode;
} files[6];

static void append_file_match(struct str *out)
{
	static const char *const operators[] = {"Equal",   "NotEqual",   "Prefix",   "NotPrefix",
						"Postfix", "NotPostfix", "SubString"};

	const char *path = files[pick(6)].path;
	size_t from = pick(3) ? 0 : pick((uint32_t)strlen(path));

	str_appendf(out, "operator: %s, values: [\"%s\", \"%s\"]", PICK(operators), folder_path,
		    path + from);
}

static uint64_t argument_file(struct told *told)
{
	size_t i = pick(ARRAY_SIZE(files));
	struct value_file value = {.mode = files[i].mode};
	size_t len = strlen(files[i].path) + 1;

	if (pick(6) == 0) {
		told->fault = true;
		return 1000 + pick(3);
	}
	memcpy(told->bytes, &value, sizeof(value));
	memcpy(told->bytes + sizeof(value), files[i].path, len);
	told->size = sizeof(value) + len;
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
	for (size_t i = 0; i < ARGS; i++) {
		memory[i] = mmap(NULL, MEMORY + PAGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (memory[i] == MAP_FAILED || munmap(memory[i] + MEMORY, PAGE) < 0)
			abort();
	}
	setup_files(folder);
}

bool type_is_sized(const struct type *type)
{
	return type->family == FAMILY_BUFFER || type->family == FAMILY_VECTOR;
}

void type_append_match(const struct type *type, struct str *out)
{
	switch (type->family) {
	case FAMILY_NUMBER:
		append_number_match(type, out);
		break;
	case FAMILY_STRING:
	case FAMILY_BUFFER:
		append_text_match(out);
		break;
	case FAMILY_ADDRESS:
		append_address_match(out);
		break;
	case FAMILY_FILE:
		append_file_match(out);
		break;
	case FAMILY_VECTOR:
		abort();
	}
}

uint64_t type_argument(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	told->fault = told->truncated = false;
	switch (type->family) {
	case FAMILY_STRING:
		return argument_string(i, told);
	case FAMILY_BUFFER:
		return argument_buffer(i, size, told);
	case FAMILY_VECTOR:
		return vector_argument(memory[i] + MEMORY, size, told);
	case FAMILY_ADDRESS:
		return argument_address(i, told);
	case FAMILY_FILE:
		return argument_file(told);
	default:
		return argument_number(type, told);
	}
}
