// SPDX-License-Identifier: Apache-2.0
#include "policy/node.h"

#include "base/macro.h"
#include "base/number.h"
#include "policy/integer.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

static const struct {
	const char *text;
	struct scalar scalar;
} words[] = {
	{"", {.type = SCALAR_NULL}},
	{"~", {.type = SCALAR_NULL}},
	{"null", {.type = SCALAR_NULL}},
	{"Null", {.type = SCALAR_NULL}},
	{"NULL", {.type = SCALAR_NULL}},
	{"true", {.type = SCALAR_BOOL, .boolean = true}},
	{"True", {.type = SCALAR_BOOL, .boolean = true}},
	{"TRUE", {.type = SCALAR_BOOL, .boolean = true}},
	{"y", {.type = SCALAR_BOOL, .boolean = true}},
	{"Y", {.type = SCALAR_BOOL, .boolean = true}},
	{"yes", {.type = SCALAR_BOOL, .boolean = true}},
	{"Yes", {.type = SCALAR_BOOL, .boolean = true}},
	{"YES", {.type = SCALAR_BOOL, .boolean = true}},
	{"on", {.type = SCALAR_BOOL, .boolean = true}},
	{"On", {.type = SCALAR_BOOL, .boolean = true}},
	{"ON", {.type = SCALAR_BOOL, .boolean = true}},
	{"false", {.type = SCALAR_BOOL}},
	{"False", {.type = SCALAR_BOOL}},
	{"FALSE", {.type = SCALAR_BOOL}},
	{"n", {.type = SCALAR_BOOL}},
	{"N", {.type = SCALAR_BOOL}},
	{"no", {.type = SCALAR_BOOL}},
	{"No", {.type = SCALAR_BOOL}},
	{"NO", {.type = SCALAR_BOOL}},
	{"off", {.type = SCALAR_BOOL}},
	{"Off", {.type = SCALAR_BOOL}},
	{"OFF", {.type = SCALAR_BOOL}},
	{".inf", {.type = SCALAR_FLOAT, .real = INFINITY}},
	{".Inf", {.type = SCALAR_FLOAT, .real = INFINITY}},
	{".INF", {.type = SCALAR_FLOAT, .real = INFINITY}},
	{"+.inf", {.type = SCALAR_FLOAT, .real = INFINITY}},
	{"+.Inf", {.type = SCALAR_FLOAT, .real = INFINITY}},
	{"+.INF", {.type = SCALAR_FLOAT, .real = INFINITY}},
	{"-.inf", {.type = SCALAR_FLOAT, .real = -INFINITY}},
	{"-.Inf", {.type = SCALAR_FLOAT, .real = -INFINITY}},
	{"-.INF", {.type = SCALAR_FLOAT, .real = -INFINITY}},
	{".nan", {.type = SCALAR_FLOAT, .real = NAN}},
	{".NaN", {.type = SCALAR_FLOAT, .real = NAN}},
	{".NAN", {.type = SCALAR_FLOAT, .real = NAN}},
};

/* Longer ones are no numbers that anything here could hold. */
#define NUMBER_MAX 128

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool looks_like_float(const char *s)
{
	size_t whole, fraction = 0;

	s += *s == '-' || *s == '+';
	whole = strspn(s, "0123456789");
	s += whole;
	if (*s == '.') {
		fraction = strspn(s + 1, "0123456789");
		s += fraction + 1;
	}
	if (whole + fraction == 0)
		return false;
	if (*s == 'e' || *s == 'E') {
		s++;
		s += *s == '-' || *s == '+';
		if (!isdigit((unsigned char)*s))
			return false;
		s += strspn(s, "0123456789");
	}
	return *s == '\0';
}

static bool read_number(const struct node *node, struct scalar *ret)
{
	char text[NUMBER_MAX + 1];
	struct integer integer;
	size_t len = 0;

	if (!node->len || node->len > NUMBER_MAX || memchr(node->text, '\0', node->len) ||
	    !strchr("0123456789+-.", node->text[0]))
		return false;
	for (size_t i = 0; i < node->len; i++)
		if (node->text[i] != '_')
			text[len++] = node->text[i];
	text[len] = '\0';
	if (integer_read(text, len, &integer) == 0) {
		*ret = (struct scalar){.type = SCALAR_INT,
				       .negative = integer.negative,
				       .magnitude = integer.magnitude};
		return true;
	}
	*ret = (struct scalar){.type = SCALAR_FLOAT};
	return looks_like_float(text) &&
	       number_read_double(text + (*text == '+'), len - (*text == '+'), &ret->real) == 0;
}

static struct scalar plain_scalar(const struct node *node)
{
	struct scalar ret = {.type = SCALAR_STRING};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i].text) == node->len &&
		    !memcmp(words[i].text, node->text, node->len))
			return words[i].scalar;
	if (!read_number(node, &ret))
		ret = (struct scalar){.type = SCALAR_STRING};
	return ret;
}

struct scalar node_scalar(const struct node *node)
{
	if (node->kind == NODE_NULL)
		return (struct scalar){.type = SCALAR_NULL};
	if (node->tag == NODE_TAG_STRING ||
	    (node->tag == NODE_UNTAGGED && node->style != NODE_PLAIN))
		return (struct scalar){.type = SCALAR_STRING};
	return plain_scalar(node);
}

const char *node_kind_name(const struct node *node)
{
	static const char *const scalars[] = {
		[SCALAR_NULL] = "nothing",    [SCALAR_BOOL] = "true or false",
		[SCALAR_INT] = "a number",    [SCALAR_FLOAT] = "a number with a fraction",
		[SCALAR_STRING] = "a string",
	};

	if (node->kind == NODE_SEQUENCE)
		return "a list";
	if (node->kind == NODE_MAPPING)
		return "a mapping";
	return scalars[node_scalar(node).type];
}

const struct node *node_get(const struct node *mapping, const char *key)
{
	if (mapping->kind != NODE_MAPPING)
		return NULL;
	for (size_t i = 0; i < mapping->n; i++) {
		const struct node_entry *entry = &mapping->entries[i];

		if (entry->key->len == strlen(key) && !memcmp(entry->key->text, key, strlen(key)))
			return entry->value;
	}
	return NULL;
}
