// SPDX-License-Identifier: Apache-2.0
#include "config/option_value.h"
#include "base/duration.h"
#include "base/number.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct quoted quote(const char *text)
{
	struct quoted q;
	size_t len = strnlen(text, sizeof(q.s) - sizeof("\"...\""));
	bool cut = text[len];

	/* Never in the middle of a character, if these are characters at all. */
	for (int i = 0; cut && i < 3 && ((unsigned char)text[len] & 0xc0) == 0x80; i++)
		len--;
	snprintf(q.s, sizeof(q.s), "\"%.*s%s\"", (int)len, text, cut ? "..." : "");
	return q;
}

static int parse_bool(const struct option_spec *spec, const char *text, union option_value *ret,
		      struct error **reterr)
{
	if (number_read_bool(text, strlen(text), &ret->boolean) < 0)
		return error_set(reterr, -EINVAL, "%s is neither true nor false", quote(text).s);
	return 0;
}

static int parse_int(const struct option_spec *spec, const char *text, union option_value *ret,
		     struct error **reterr)
{
	bool bounded = spec->min || spec->max;
	int64_t min = bounded ? spec->min : INT64_MIN, max = bounded ? spec->max : INT64_MAX, v = 0;
	int r = number_read_int(text, strlen(text), &v);

	if (r == -EINVAL)
		return error_set(reterr, r, "%s is not a whole number", quote(text).s);
	if (r < 0 || v < min || v > max)
		return error_set(reterr, -EINVAL, "%s is not between %lld and %lld", quote(text).s,
				 (long long)min, (long long)max);
	ret->integer = v;
	return 0;
}

static const struct size_unit {
	char suffix;
	uint64_t bytes;
} size_units[] = {{'G', 1ULL << 30}, {'M', 1ULL << 20}, {'K', 1ULL << 10}, {'\0', 1}};

struct size_text {
	char s[24];
};

/* As its user would write it, in the largest unit that gives a whole number. */
static struct size_text size_text(uint64_t bytes)
{
	const struct size_unit *unit = size_units;
	struct size_text text;

	while (unit->suffix && (bytes == 0 || bytes % unit->bytes))
		unit++;
	snprintf(text.s, sizeof(text.s), "%llu%c", (unsigned long long)(bytes / unit->bytes),
		 unit->suffix);
	return text;
}

static int parse_size(const struct option_spec *spec, const char *text, union option_value *ret,
		      struct error **reterr)
{
	uint64_t min = (uint64_t)spec->min, max = spec->max ? (uint64_t)spec->max : INT64_MAX, v;
	const struct size_unit *unit = size_units;
	char *end;

	errno = 0;
	v = strtoull(text, &end, 10);
	while (unit->suffix && unit->suffix != (*end & ~0x20))
		unit++;
	if (!isdigit((unsigned char)*text) || strlen(end) != (unit->suffix ? 1 : 0)) {
		error_set(reterr, -EINVAL, "%s is not a size", quote(text).s);
		error_remedy(reterr, "a size is a number of bytes, or of K, M or G: 64K");
		return -EINVAL;
	}
	if (errno || __builtin_mul_overflow(v, unit->bytes, &v) || v < min || v > max)
		return error_set(reterr, -EINVAL, "%s is not between %s and %s", quote(text).s,
				 size_text(min).s, size_text(max).s);
	ret->number = v;
	return 0;
}

static int parse_duration(const struct option_spec *spec, const char *text, union option_value *ret,
			  struct error **reterr)
{
	int64_t ns = 0;
	int r = duration_read(text, strlen(text), &ns);

	if (r == -EINVAL) {
		error_set(reterr, r, "%s is not a duration", quote(text).s);
		error_remedy(reterr, "a duration is written like 1h30m, 1.5s or 200ms");
		return r;
	}
	if (r < 0 || ns < 0)
		return error_set(reterr, -EINVAL, "%s is not between 0 and 292 years",
				 quote(text).s);
	ret->number = (uint64_t)ns;
	return 0;
}

static int parse_mode(const struct option_spec *spec, const char *text, union option_value *ret,
		      struct error **reterr)
{
	uint64_t v;

	if (number_read_digits(text, strlen(text), 8, &v) < 0 || v > 0777) {
		error_set(reterr, -EINVAL, "%s is not a file mode", quote(text).s);
		error_remedy(reterr, "a file mode is octal, from 0 to 777: 640");
		return -EINVAL;
	}
	ret->mode = (unsigned int)v;
	return 0;
}

static int parse_string(const struct option_spec *spec, const char *text, union option_value *ret,
			struct error **reterr)
{
	if (*text && !(ret->string = strdup(text)))
		return -ENOMEM;
	return 0;
}

static int parse_strings(const struct option_spec *spec, const char *text, union option_value *ret,
			 struct error **reterr)
{
	static const char separators[] = ",\n", space[] = " \t\r";
	_cleanup_strings_ struct strings list = {0};
	const char *item = text;

	if (!text[strspn(text, space)])
		return 0;
	for (;;) {
		size_t len = strcspn(item, separators), lead = strspn(item, space), n = len;

		while (n > lead && strchr(space, item[n - 1]))
			n--;
		if (n <= lead)
			return error_set(reterr, -EINVAL, "the list %s has an empty item",
					 quote(text).s);
		if (strings_add(&list, item + lead, n - lead) < 0)
			return -ENOMEM;
		if (!item[len])
			break;
		item += len + 1;
	}
	ret->list = list;
	list = (struct strings){0};
	return 0;
}

static int parse_choice(const struct option_spec *spec, const char *text, union option_value *ret,
			struct error **reterr)
{
	_cleanup_str_ struct str names = STR_INIT;

	for (int i = 0; spec->choices[i]; i++) {
		if (!strcasecmp(text, spec->choices[i])) {
			ret->choice = i;
			return 0;
		}
		str_appendf(&names, "%s%s", i ? ", " : "", spec->choices[i]);
	}
	if (!str_cstr(&names))
		return -ENOMEM;
	return error_set(reterr, -EINVAL, "%s is none of: %s", quote(text).s, names.data);
}

static const struct type {
	size_t size;
	int (*parse)(const struct option_spec *spec, const char *text, union option_value *ret,
		     struct error **reterr);
} types[] = {
	[OPTION_BOOL] = {sizeof(bool), parse_bool},
	[OPTION_INT] = {sizeof(int64_t), parse_int},
	[OPTION_SIZE] = {sizeof(uint64_t), parse_size},
	[OPTION_DURATION] = {sizeof(uint64_t), parse_duration},
	[OPTION_MODE] = {sizeof(unsigned int), parse_mode},
	[OPTION_STRING] = {sizeof(char *), parse_string},
	[OPTION_STRINGS] = {sizeof(struct strings), parse_strings},
	[OPTION_CHOICE] = {sizeof(int), parse_choice},
};

size_t option_value_size(enum option_type type)
{
	return types[type].size;
}

int option_value_parse(const struct option_spec *spec, const char *text, union option_value *ret,
		       struct error **reterr)
{
	union option_value value = {0};
	int r = types[spec->type].parse(spec, text, &value, reterr);

	if (r == -ENOMEM)
		return error_set(reterr, r, "out of memory");
	if (r < 0)
		return r;
	*ret = value;
	return 0;
}

bool option_value_equal(enum option_type type, const union option_value *a,
			const union option_value *b)
{
	if (type == OPTION_STRINGS)
		return strings_equal(&a->list, &b->list);
	if (type == OPTION_STRING && a->string && b->string)
		return !strcmp(a->string, b->string);
	return !memcmp(a, b, types[type].size);
}

void option_value_free(enum option_type type, union option_value *value)
{
	if (type == OPTION_STRINGS)
		strings_free(&value->list);
	else if (type == OPTION_STRING)
		free(value->string);
	*value = (union option_value){0};
}
