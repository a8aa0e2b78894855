// SPDX-License-Identifier: Apache-2.0
/* Strings: looking into them and making new ones of them. Positions count characters. */
#include "cel/functions.h"

#include "cel/text.h"

#include <errno.h>

#define NO_POSITION "the string has no such position"

static const char *find(const char *data, size_t len, const struct cel_value *what)
{
	return memmem(data, len, what->text.data, what->text.len);
}

CEL_FUNCTION(contains)
{
	*ret = cel_bool(find(args[0].text.data, args[0].text.len, &args[1]));
	return cel_spend_bytes(a, call, args[0].text.len);
}

CEL_FUNCTION(starts_with)
{
	size_t len = args[1].text.len;

	*ret = cel_bool(len <= args[0].text.len &&
			!memcmp(args[0].text.data, args[1].text.data, len));
	return cel_spend_bytes(a, call, len);
}

CEL_FUNCTION(ends_with)
{
	size_t len = args[1].text.len, all = args[0].text.len;

	*ret = cel_bool(len <= all &&
			!memcmp(args[0].text.data + all - len, args[1].text.data, len));
	return cel_spend_bytes(a, call, len);
}

CEL_FUNCTION(add_text)
{
	size_t first = args[0].text.len, second = args[1].text.len;
	char *data = cel_alloc(a, call, first + second + 1);

	if (!data)
		return a->fault.code;
	/* Bytes that are not there may have no address. */
	if (first)
		memcpy(data, args[0].text.data, first);
	if (second)
		memcpy(data + first, args[1].text.data, second);
	*ret = args[0];
	ret->text.data = data;
	ret->text.len = first + second;
	return cel_spend_bytes(a, call, first + second);
}

/* For whom a pattern's memory is allocated. */
struct caller {
	struct cel_activation *a;
	const struct cel_node *call;
};

static void *allocate(size_t size, void *caller)
{
	const struct caller *c = caller;

	return cel_alloc(c->a, c->call, size);
}

static int bad_pattern(struct cel_activation *a, const struct cel_node *call, int r,
		       const struct cel_value *pattern)
{
	if (r == -EOVERFLOW) {
		r = cel_spend(a, call, CEL_SEARCH_FAILED_STEPS);
		return r < 0 ? r : cel_out_of_search(a, call, pattern);
	}
	if (r == -E2BIG)
		return cel_fault_about(
			a, call, "the regular expression is longer than the limit of bytes",
			&(const struct cel_value){.kind = CEL_INT, .integer = PATTERN_MAX});
	if (r == -ENOMEM)
		/* The fault is that of cel_alloc(). */
		return a->fault.code;
	return cel_fault_about(a, call, "not a regular expression", pattern);
}

CEL_FUNCTION(matches)
{
	struct caller self = {a, call};
	const struct cel_value *s = &args[0], *pattern = &args[1];
	struct pattern_error why;
	uint64_t steps = call->call.prepared ? CEL_SEARCH_STEPS : CEL_SEARCH_ONCE_STEPS;
	int r = cel_spend(a, call, steps + s->text.len / CEL_STEP_BYTES);

	if (r < 0)
		return r;
	if (call->call.prepared)
		r = pattern_search(call->call.prepared, a->matcher, s->text.data, s->text.len);
	else
		r = pattern_search_once(pattern->text.data, pattern->text.len,
					PATTERN_OF_CHARACTERS, allocate, &self, a->matcher,
					s->text.data, s->text.len, &why);
	if (r < 0)
		return bad_pattern(a, call, r, pattern);
	*ret = cel_bool(r);
	return 0;
}

static int change_case(struct cel_activation *a, const struct cel_node *call,
		       const struct cel_value *s, char first, char last, struct cel_value *ret)
{
	size_t len = s->text.len;
	char *data = cel_alloc(a, call, len + 1);

	if (!data)
		return a->fault.code;
	for (size_t i = 0; i < len; i++) {
		char c = s->text.data[i];

		/* In ASCII the cases differ by one bit. */
		data[i] = c >= first && c <= last ? (char)(c ^ 0x20) : c;
	}
	*ret = cel_string(data, len);
	return cel_spend_bytes(a, call, len);
}

CEL_FUNCTION(lower_ascii)
{
	return change_case(a, call, &args[0], 'A', 'Z', ret);
}

CEL_FUNCTION(upper_ascii)
{
	return change_case(a, call, &args[0], 'a', 'z', ret);
}

CEL_FUNCTION(trim)
{
	*ret = args[0];
	cel_text_trim(&ret->text.data, &ret->text.len);
	return cel_spend_bytes(a, call, args[0].text.len);
}

/* The offset of a position, which may be the end. */
static int offset_of(struct cel_activation *a, const struct cel_node *call,
		     const struct cel_value *s, const struct cel_value *position, size_t *ret)
{
	if (position->integer < 0 ||
	    !cel_text_offset(s->text.data, s->text.len, (uint64_t)position->integer, ret))
		return cel_fault_about(a, call, NO_POSITION, position);
	return cel_spend_bytes(a, call, s->text.len);
}

CEL_FUNCTION(char_at)
{
	const char *data = args[0].text.data;
	size_t offset = 0, len = args[0].text.len;
	int r = offset_of(a, call, &args[0], &args[1], &offset);

	if (r >= 0)
		*ret = cel_string(data + offset,
				  offset < len ? cel_text_step(data + offset, len - offset) : 0);
	return r;
}

CEL_FUNCTION(index_of)
{
	const char *data = args[0].text.data, *found;
	size_t offset = 0, len = args[0].text.len;
	int r = 0;

	if (call->n > 2)
		r = offset_of(a, call, &args[0], &args[2], &offset);
	if (r >= 0)
		r = cel_spend_bytes(a, call, len);
	if (r < 0)
		return r;
	found = find(data + offset, len - offset, &args[1]);
	*ret = cel_int(found ? (int64_t)cel_text_count(data, (size_t)(found - data)) : -1);
	return 0;
}

CEL_FUNCTION(substring)
{
	size_t from = 0, to = args[0].text.len;
	int r = offset_of(a, call, &args[0], &args[1], &from);

	if (r >= 0 && call->n > 2)
		r = offset_of(a, call, &args[0], &args[2], &to);
	if (r < 0)
		return r;
	if (to < from)
		return cel_fault(a, call, "the end of a substring lies before its beginning");
	*ret = cel_string(args[0].text.data + from, to - from);
	return 0;
}

/* A limit on how often, as a number of times; negative is none, and so is a missing one. */
static uint64_t times(const struct cel_node *call, const struct cel_value *args, unsigned i)
{
	return call->n <= i || args[i].integer < 0 ? UINT64_MAX : (uint64_t)args[i].integer;
}

/* Where @what stands next from @p on, behind a former place unless this is the first. The empty
 * string stands before each character and at the end. */
static const char *next_place(const char *p, const char *end, const struct cel_value *what,
			      bool first)
{
	if (what->text.len)
		return find(p, (size_t)(end - p), what);
	if (first)
		return p;
	return p < end ? p + cel_text_step(p, (size_t)(end - p)) : NULL;
}

/* Puts the new string together, or, with @out NULL, only measures it. */
static size_t do_replace(const struct cel_value *args, uint64_t left, char *out)
{
	const struct cel_value *old = &args[1], *new = &args[2];
	const char *p = args[0].text.data, *end = p + args[0].text.len, *place;
	size_t len = 0;

	for (bool first = true; left > 0; left--, first = false) {
		place = next_place(p, end, old, first);
		if (!place)
			break;
		if (out) {
			memcpy(out + len, p, (size_t)(place - p));
			memcpy(out + len + (place - p), new->text.data, new->text.len);
		}
		len += (size_t)(place - p) + new->text.len;
		p = place + old->text.len;
	}
	if (out)
		memcpy(out + len, p, (size_t)(end - p));
	return len + (size_t)(end - p);
}

CEL_FUNCTION(replace)
{
	uint64_t left = times(call, args, 3);
	size_t len = do_replace(args, left, NULL);
	char *data = cel_alloc(a, call, len + 1);

	if (!data)
		return a->fault.code;
	do_replace(args, left, data);
	*ret = cel_string(data, len);
	return cel_spend_bytes(a, call, args[0].text.len + len);
}

/* Where a string is cut next, and where it goes on behind that. An empty separator cuts between
 * characters. */
static const char *next_cut(const char *p, const char *end, const struct cel_value *separator,
			    const char **ret_behind)
{
	const char *cut;

	if (separator->text.len)
		cut = find(p, (size_t)(end - p), separator);
	else
		cut = p < end ? p + cel_text_step(p, (size_t)(end - p)) : NULL;
	if (!cut || (!separator->text.len && cut == end))
		return NULL;
	*ret_behind = cut + separator->text.len;
	return cut;
}

/* Fills in the pieces, or, with @items NULL, only counts them. */
static size_t do_split(const struct cel_value *args, uint64_t most, struct cel_value *items)
{
	const char *p = args[0].text.data, *end = p + args[0].text.len, *cut, *behind = p;
	size_t n = 0;

	if (most == 0 || (p == end && args[1].text.len == 0))
		return 0;
	while (n + 1 < most && (cut = next_cut(p, end, &args[1], &behind))) {
		if (items)
			items[n] = cel_string(p, (size_t)(cut - p));
		p = behind;
		n++;
	}
	if (items)
		items[n] = cel_string(p, (size_t)(end - p));
	return n + 1;
}

CEL_FUNCTION(split)
{
	uint64_t most = times(call, args, 2);
	size_t n = do_split(args, most, NULL);
	struct cel_value *items = cel_alloc(a, call, n * sizeof(*items));

	if (!items)
		return a->fault.code;
	do_split(args, most, items);
	*ret = cel_list(items, (uint32_t)n);
	return cel_spend(a, call, n + args[0].text.len / CEL_STEP_BYTES);
}
