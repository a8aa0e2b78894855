// SPDX-License-Identifier: Apache-2.0
#include "api/descriptors.h"
#include "base/macro.h"

#include "embedded.h"

#include <string.h>

/* google/protobuf/descriptor.proto. What is read is a part of the program and needs no checks. */
enum kind { FILE_DESCRIPTOR, MESSAGE, ENUM, SERVICE, LEAF, _KIND_MAX };

#define SET_FILE 1
#define NAME 1 /* of each kind */
#define FILE_PACKAGE 2

/* What of each kind has names within its own. */
static const struct {
	unsigned number;
	enum kind kind;
} members[_KIND_MAX][6] = {
	[FILE_DESCRIPTOR] = {{4, MESSAGE}, {5, ENUM}, {6, SERVICE}, {7, LEAF}},
	[MESSAGE] = {{2, LEAF}, {3, MESSAGE}, {4, ENUM}, {6, LEAF}, {8, LEAF}},
	[SERVICE] = {{2, LEAF}},
};

enum { VARINT, FIXED64, BYTES, FIXED32 = 5 };

struct reader {
	const uint8_t *at, *end;
};

static uint64_t read_varint(struct reader *r)
{
	uint64_t v = 0;

	for (unsigned shift = 0; r->at < r->end && shift < 64; shift += 7) {
		uint8_t byte = *r->at++;

		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			break;
	}
	return v;
}

/* The next field that is bytes, of whatever number. */
static bool read_field(struct reader *r, unsigned *ret_number, struct reader *ret)
{
	while (r->at < r->end) {
		uint64_t tag = read_varint(r), len = 0;

		switch (tag & 7) {
		case VARINT:
			read_varint(r);
			break;
		case BYTES:
			len = read_varint(r);
			break;
		default:
			len = (tag & 7) == FIXED32 ? 4 : 8;
		}
		len = MIN(len, (uint64_t)(r->end - r->at));
		*ret_number = (unsigned)(tag >> 3);
		*ret = (struct reader){r->at, r->at + len};
		r->at += len;
		if ((tag & 7) == BYTES)
			return true;
	}
	return false;
}

static struct reader read_only(struct reader r, unsigned number)
{
	struct reader value;
	unsigned n;

	while (read_field(&r, &n, &value))
		if (n == number)
			return value;
	return (struct reader){r.end, r.end};
}

/* What follows in @symbol on @name, after a dot, or its end; NULL: it begins with something else.
 */
static const char *skip_name(const char *symbol, struct reader name)
{
	size_t len = (size_t)(name.end - name.at);
	const char *rest = symbol + len;

	if (strncmp(symbol, (const char *)name.at, len) != 0)
		return NULL;
	return !*rest ? rest : rest[0] == '.' && rest[1] ? rest + 1 : NULL;
}

static enum kind kind_of(enum kind parent, unsigned number)
{
	for (size_t i = 0; i < ARRAY_SIZE(members[parent]); i++)
		if (members[parent][i].number == number)
			return members[parent][i].kind;
	return _KIND_MAX;
}

/* Symbols are no deeper than their dots, and those have to be there. */
static bool defines(struct reader r, enum kind kind,
		    const char *symbol) /* NOLINT(misc-no-recursion) */
{
	struct reader member;
	unsigned number;

	while (read_field(&r, &number, &member)) {
		enum kind of = kind_of(kind, number);
		const char *rest =
			of == _KIND_MAX ? NULL : skip_name(symbol, read_only(member, NAME));

		if (rest && (!*rest || defines(member, of, rest)))
			return true;
	}
	return false;
}

static bool defines_symbol(struct reader file, const char *symbol)
{
	const char *rest = skip_name(symbol, read_only(file, FILE_PACKAGE));

	return rest && *rest && defines(file, FILE_DESCRIPTOR, rest);
}

static bool is_named(struct reader file, const char *name)
{
	struct reader own = read_only(file, NAME);

	return strlen(name) == (size_t)(own.end - own.at) && !memcmp(name, own.at, strlen(name));
}

static bool find(bool (*matches)(struct reader file, const char *name), const char *name,
		 ProtobufCBinaryData *ret)
{
	struct reader set = {proto_descriptors, proto_descriptors_end}, file;
	unsigned number;

	while (read_field(&set, &number, &file)) {
		if (number != SET_FILE || !matches(file, name))
			continue;
		ret->data = (uint8_t *)(uintptr_t)file.at;
		ret->len = (size_t)(file.end - file.at);
		return true;
	}
	return false;
}

bool descriptors_find_file(const char *name, ProtobufCBinaryData *ret)
{
	return find(is_named, name, ret);
}

bool descriptors_find_symbol(const char *symbol, ProtobufCBinaryData *ret)
{
	return find(defines_symbol, symbol, ret);
}
