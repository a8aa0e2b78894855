// SPDX-License-Identifier: Apache-2.0
#include "policy/values.h"

#include "policy/integer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define LIST_PREFIX "list:"
#define MISTAKES_MAX 3
#define PORT_BITS 16

/* What values are read for. */
struct reading {
	struct builder *builder;
	const struct policy_lists *lists;
	const struct arg_type *type;
};

typedef void read_fn(const struct reading *reading, const struct policy_text *text,
		     struct policy_value *ret);

static struct finding *refuse(const struct reading *reading, const struct policy_text *text,
			      const char *what)
{
	return diagnose_error(reading->builder->diags, text->mark, QUOTED " is not %s",
			      QUOTE(text->s, text->len), what);
}

/* Numbers and ranges of them. */

/* Reads a part of the text. */
static bool read_integer(const struct reading *reading, const struct policy_text *text, size_t from,
			 size_t to, unsigned bits, bool is_signed, uint64_t *ret)
{
	struct integer integer;
	int r = integer_read(text->s + from, to - from, &integer);

	if (r == -EINVAL) {
		finding_remedy(refuse(reading, text, "a number"),
			       "numbers are written as 10, 0x0a or 012");
		return false;
	}
	if (r < 0 || !integer_fits(&integer, bits, is_signed)) {
		diagnose_error(reading->builder->diags, text->mark,
			       QUOTED " does not fit into %u bits%s", QUOTE(text->s, text->len),
			       bits, is_signed ? " with a sign" : " without a sign");
		return false;
	}
	*ret = integer_bits(&integer);
	return true;
}

static void read_number(const struct reading *reading, const struct policy_text *text,
			struct policy_value *ret)
{
	uint64_t v = 0;

	read_integer(reading, text, 0, text->len, reading->type->bits, reading->type->is_signed,
		     &v);
	ret->range.low = ret->range.high = v;
}

/* Where the ":" of a range is; a text without it is one number. */
static size_t find_colon(const struct policy_text *text)
{
	const char *colon = memchr(text->s, ':', text->len);

	return colon ? (size_t)(colon - text->s) : text->len;
}

static void read_bounds(const struct reading *reading, const struct policy_text *text,
			unsigned bits, bool is_signed, struct policy_value *ret)
{
	size_t colon = find_colon(text);
	uint64_t low = 0, high = 0;

	if (!read_integer(reading, text, 0, colon, bits, is_signed, &low))
		return;
	high = low;
	if (colon < text->len &&
	    !read_integer(reading, text, colon + 1, text->len, bits, is_signed, &high))
		return;
	if (is_signed ? (int64_t)low > (int64_t)high : low > high) {
		finding_remedy(diagnose_error(reading->builder->diags, text->mark,
					      "the range " QUOTED " ends before it begins",
					      QUOTE(text->s, text->len)),
			       "a range is written as \"smallest:greatest\"");
		return;
	}
	ret->range.low = low;
	ret->range.high = high;
}

static void read_range(const struct reading *reading, const struct policy_text *text,
		       struct policy_value *ret)
{
	if (find_colon(text) == text->len)
		finding_remedy(refuse(reading, text, "a range"),
			       "a range is written as \"smallest:greatest\"");
	else
		read_bounds(reading, text, reading->type->bits, reading->type->is_signed, ret);
}

static void read_port(const struct reading *reading, const struct policy_text *text,
		      struct policy_value *ret)
{
	read_bounds(reading, text, PORT_BITS, false, ret);
}

const char *values_list_name(const struct policy_text *text, size_t *ret_len)
{
	size_t prefix = strlen(LIST_PREFIX);

	if (text->len < prefix || memcmp(text->s, LIST_PREFIX, prefix) != 0)
		return NULL;
	*ret_len = text->len - prefix;
	return text->s + prefix;
}

const struct policy_list *values_find_list(struct builder *builder,
					   const struct policy_lists *lists,
					   const struct policy_text *text)
{
	struct suggest suggest;
	struct finding *finding;
	size_t len = 0;
	const char *name = values_list_name(text, &len);

	if (!builder_spend(builder, text->mark, lists->n))
		return NULL;
	for (size_t i = 0; i < lists->n; i++) {
		struct policy_list *list = &lists->v[i];

		if (list->name.len == len && !memcmp(list->name.s, name, len)) {
			list->used = true;
			return list;
		}
	}
	finding = diagnose_error(builder->diags, text->mark, "there is no list " QUOTED,
				 QUOTE(name, len));
	/* How near names are takes long to say, and few are told. */
	if (!finding)
		return NULL;
	suggest_init(&suggest, name, len, MISTAKES_MAX);
	for (size_t i = 0; i < lists->n; i++)
		suggest_offer(&suggest, lists->v[i].name.s);
	if (!finding_suggest(finding, &suggest))
		finding_remedy(finding, "define it in spec.lists");
	return NULL;
}

static void read_list(const struct reading *reading, const struct policy_text *text,
		      struct policy_value *ret)
{
	const struct policy_list *list = values_find_list(reading->builder, reading->lists, text);

	ret->list = list;
	if (list && list->type.v != LIST_SYSCALLS && list->type.v != LIST_GENERATED_SYSCALLS)
		finding_why(diagnose_error(reading->builder->diags, text->mark,
					   "the list " QUOTED " is not of system calls",
					   QUOTE(list->name.s, list->name.len)),
			    "a value stands for the numbers of the list's system calls");
	/* As if they stood there. */
	if (list)
		builder_spend(reading->builder, text->mark, list->n_numbers * sizeof(*ret));
}

static void read_member(const struct reading *reading, const struct policy_text *text,
			struct policy_value *ret)
{
	size_t len;

	if (values_list_name(text, &len))
		read_list(reading, text, ret);
	else
		read_bounds(reading, text, reading->type->bits, reading->type->is_signed, ret);
}

/* Names of numbers. */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void read_name(const struct reading *reading, const struct policy_text *text,
		      const struct number_names *names, unsigned bits, struct policy_value *ret)
{
	uint64_t v = 0;

	if (text->len && is_digit(*text->s))
		read_integer(reading, text, 0, text->len, bits, false, &v);
	else if (!number_name_read(names, text->s, text->len, &v))
		number_name_remedy(names, text->s, text->len, refuse(reading, text, names->what));
	ret->range.low = ret->range.high = v;
}

static void read_protocol(const struct reading *reading, const struct policy_text *text,
			  struct policy_value *ret)
{
	read_name(reading, text, &protocol_names, 16, ret);
}

static void read_family(const struct reading *reading, const struct policy_text *text,
			struct policy_value *ret)
{
	read_name(reading, text, &family_names, 16, ret);
}

static void read_state(const struct reading *reading, const struct policy_text *text,
		       struct policy_value *ret)
{
	read_name(reading, text, &state_names, 8, ret);
}

static void read_file_type(const struct reading *reading, const struct policy_text *text,
			   struct policy_value *ret)
{
	uint64_t v = 0;

	if (!number_name_read(&file_type_names, text->s, text->len, &v))
		number_name_remedy(&file_type_names, text->s, text->len,
				   refuse(reading, text, file_type_names.what));
	ret->range.low = ret->range.high = v;
}

/* One name between commas. */
static uint64_t read_capability(struct builder *builder, const struct policy_text *text,
				const char *name, size_t len)
{
	struct finding *finding;
	uint64_t v;

	while (len && *name == ' ') {
		name++;
		len--;
	}
	while (len && name[len - 1] == ' ')
		len--;
	if (number_name_read(&capability_names, name, len, &v))
		return 1ULL << v;
	finding = diagnose_error(builder->diags, text->mark, QUOTED " is not a capability",
				 QUOTE(name, len));
	number_name_remedy(&capability_names, name, len, finding);
	return 0;
}

static void read_capabilities(const struct reading *reading, const struct policy_text *text,
			      struct policy_value *ret)
{
	uint64_t mask = 0;

	if (text->len && is_digit(*text->s)) {
		read_integer(reading, text, 0, text->len, 64, false, &mask);
	} else {
		for (size_t from = 0, to; from <= text->len; from = to + 1) {
			const char *comma = memchr(text->s + from, ',', text->len - from);

			to = comma ? (size_t)(comma - text->s) : text->len;
			mask |= read_capability(reading->builder, text, text->s + from, to - from);
		}
	}
	ret->range.low = ret->range.high = mask;
}

uint64_t values_read_capabilities(struct builder *builder, const struct policy_texts *texts)
{
	uint64_t mask = 0;

	if (!builder_spend(builder, texts->mark, texts->n))
		return 0;
	for (size_t i = 0; i < texts->n; i++)
		if (POLICY_SET(texts->v[i]))
			mask |= read_capability(builder, &texts->v[i], texts->v[i].s,
						texts->v[i].len);
	return mask;
}

/* Bytes. */

/* The name of a local socket was once compared with all of its room. */
static bool ends_with_nul(const struct arg_type *type)
{
	return type->id == ARG_TYPE_STRING || type->id == ARG_TYPE_SOCKADDR_UN;
}

/* A string of C ends at its NUL, which some write and some do not. */
static void read_equal_bytes(const struct reading *reading, const struct policy_text *text,
			     struct policy_value *ret)
{
	ret->bytes.s = text->s;
	ret->bytes.len = text->len;
	while (ends_with_nul(reading->type) && ret->bytes.len && !text->s[ret->bytes.len - 1])
		ret->bytes.len--;
}

static void read_part(const struct reading *reading, const struct policy_text *text,
		      struct policy_value *ret)
{
	if (!text->len)
		diagnose_error(reading->builder->diags, text->mark,
			       "the value is empty, and everything begins and ends with nothing");
	ret->bytes.s = text->s;
	ret->bytes.len = text->len;
}

static void read_expression(const struct reading *reading, const struct policy_text *text,
			    struct policy_value *ret)
{
	if (!text->len)
		diagnose_error(reading->builder->diags, text->mark, "the expression is empty");
	ret->bytes.s = text->s;
	ret->bytes.len = text->len;
}

/* Addresses. */

static void clear_host_bits(struct policy_value *value, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		size_t first = i * 8;

		if (value->network.prefix <= first)
			value->network.address[i] = 0;
		else if (value->network.prefix < first + 8)
			value->network.address[i] &=
				(uint8_t)(0xff << (first + 8 - value->network.prefix));
	}
}

static bool read_prefix(const char *s, size_t len, unsigned max, uint8_t *ret)
{
	struct integer integer;

	if (len == 0 || !is_digit(*s) || (*s == '0' && len > 1) ||
	    integer_read(s, len, &integer) < 0 || integer.magnitude > max)
		return false;
	*ret = (uint8_t)integer.magnitude;
	return true;
}

static void read_network(const struct reading *reading, const struct policy_text *text,
			 struct policy_value *ret)
{
	const char *slash = memchr(text->s, '/', text->len);
	size_t len = slash ? (size_t)(slash - text->s) : text->len;
	char address[INET6_ADDRSTRLEN];
	bool v6 = memchr(text->s, ':', len) != NULL;
	size_t size = v6 ? 16 : 4;
	struct policy_value value = *ret;

	value.network.family = v6 ? 6 : 4;
	value.network.prefix = (uint8_t)(size * 8);
	if (len < sizeof(address) && !memchr(text->s, '\0', len)) {
		memcpy(address, text->s, len);
		address[len] = '\0';
		if (inet_pton(v6 ? AF_INET6 : AF_INET, address, value.network.address) == 1 &&
		    (!slash || read_prefix(slash + 1, text->len - len - 1, (unsigned)size * 8,
					   &value.network.prefix))) {
			clear_host_bits(&value, size);
			*ret = value;
			return;
		}
	}
	finding_remedy(refuse(reading, text, "an address or a network"), "%s",
		       strstr(text->s, "${") ? "the placeholder has to be replaced by one"
					     : "write 10.1.2.3, 10.0.0.0/8, 2001:db8::1 or "
					       "2001:db8::/32");
}

/* By syntax, and what an operator's values are then. */
static const struct {
	read_fn *read;
	enum policy_values_kind kind;
} syntaxes[] = {
	[SYNTAX_NUMBER] = {read_number, POLICY_VALUES_UNSIGNED},
	[SYNTAX_RANGE] = {read_range, POLICY_VALUES_UNSIGNED},
	[SYNTAX_MEMBER] = {read_member, POLICY_VALUES_UNSIGNED},
	[SYNTAX_PORT] = {read_port, POLICY_VALUES_UNSIGNED},
	[SYNTAX_BYTES] = {read_part, POLICY_VALUES_BYTES},
	[SYNTAX_NETWORK] = {read_network, POLICY_VALUES_NETWORKS},
	[SYNTAX_PROTOCOL] = {read_protocol, POLICY_VALUES_UNSIGNED},
	[SYNTAX_FAMILY] = {read_family, POLICY_VALUES_UNSIGNED},
	[SYNTAX_STATE] = {read_state, POLICY_VALUES_UNSIGNED},
	[SYNTAX_FILE_TYPE] = {read_file_type, POLICY_VALUES_FILE_TYPES},
	[SYNTAX_EXPRESSION] = {read_expression, POLICY_VALUES_EXPRESSION},
};

static bool is_of_type(enum value_syntax syntax)
{
	return syntax == SYNTAX_NUMBER || syntax == SYNTAX_RANGE || syntax == SYNTAX_MEMBER;
}

static void read_all(const struct reading *reading, read_fn *read, const struct policy_texts *texts,
		     struct policy_values *ret)
{
	ret->v = builder_alloc(reading->builder, texts->mark, texts->n, sizeof(*ret->v));
	if (!ret->v)
		return;
	ret->n = texts->n;
	for (size_t i = 0; i < texts->n; i++) {
		ret->v[i].mark = texts->v[i].mark;
		ret->v[i].inside = texts->v[i].inside;
		/* One that is no string has been diagnosed. */
		if (POLICY_SET(texts->v[i]))
			read(reading, &texts->v[i], &ret->v[i]);
	}
}

void values_read(struct builder *builder, const struct operator* op, const struct arg_type *type,
		 const struct policy_texts *texts, const struct policy_lists *lists,
		 struct policy_values *ret)
{
	const struct reading reading = {.builder = builder, .lists = lists, .type = type};
	enum value_syntax syntax = op->syntax;
	read_fn *read;

	*ret = (struct policy_values){.kind = POLICY_VALUES_NONE};
	if (syntax == SYNTAX_NONE)
		return;
	if (type && type->groups == ARG_GROUP_UNKNOWN) {
		ret->kind = POLICY_VALUES_DEFERRED;
		return;
	}
	if (syntax == SYNTAX_EQUAL && type && type->groups & ARG_GROUP_INT)
		syntax = SYNTAX_NUMBER;
	if (syntax == SYNTAX_EQUAL) {
		bool bytes = type && type->groups & ARG_GROUP_STRING;

		read = bytes ? read_equal_bytes : read_capabilities;
		ret->kind = bytes ? POLICY_VALUES_BYTES : POLICY_VALUES_UNSIGNED;
	} else {
		read = syntaxes[syntax].read;
		ret->kind = syntaxes[syntax].kind;
	}
	if (is_of_type(syntax) && type && type->is_signed)
		ret->kind = POLICY_VALUES_SIGNED;
	read_all(&reading, read, texts, ret);
}

/* Users. */

static void read_user(const struct reading *reading, const struct policy_text *text,
		      struct policy_value *ret)
{
	bool is_range = find_colon(text) < text->len;

	(is_range ? read_range : read_number)(reading, text, ret);
}

void values_read_users(struct builder *builder, const struct policy_texts *texts,
		       struct policy_values *ret)
{
	static const struct arg_type id = {.bits = 32};
	const struct reading reading = {.builder = builder, .type = &id};

	*ret = (struct policy_values){.kind = POLICY_VALUES_UNSIGNED};
	read_all(&reading, read_user, texts, ret);
}

/* Namespaces. */

static void read_namespace(const struct reading *reading, const struct policy_text *text,
			   struct policy_value *ret)
{
	uint64_t v = 0;

	if (text->len && is_digit(*text->s))
		read_integer(reading, text, 0, text->len, 32, false, &v);
	else
		finding_remedy(refuse(reading, text, "a namespace"),
			       "write the number of a namespace, as ls -l /proc/1/ns shows it, or "
			       "\"host_ns\"");
	ret->range.low = ret->range.high = v;
}

void values_read_namespaces(struct builder *builder, const struct policy_texts *texts,
			    struct policy_values *ret, bool *ret_host)
{
	static const char host[] = "host_ns";
	const struct reading reading = {.builder = builder};

	ret->kind = POLICY_VALUES_UNSIGNED;
	ret->v = builder_alloc(builder, texts->mark, texts->n, sizeof(*ret->v));
	for (size_t i = 0; ret->v && i < texts->n; i++) {
		const struct policy_text *text = &texts->v[i];

		if (text->len == strlen(host) && !memcmp(text->s, host, text->len)) {
			*ret_host = true;
			continue;
		}
		ret->v[ret->n].mark = text->mark;
		if (POLICY_SET(*text))
			read_namespace(&reading, text, &ret->v[ret->n]);
		ret->n++;
	}
}
