// SPDX-License-Identifier: Apache-2.0
#include "policy/check.h"
#include "policy/integer.h"

#include <ctype.h>

/* How many digits each algorithm's digest has; 0: any. */
static const struct {
	const char *name;
	size_t digits;
} digests[] = {
	{"sha1", 40}, {"sha256", 64}, {"sha384", 96}, {"sha512", 128}, {"build-id", 0},
};

static bool is_hex(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isxdigit((unsigned char)s[i]))
			return false;
	return len > 0 && len % 2 == 0;
}

static void check_digest(struct check *check, const struct policy_text *text)
{
	const char *colon = memchr(text->s, ':', text->len);
	size_t len = colon ? (size_t)(colon - text->s) : text->len;
	size_t digits = colon ? text->len - len - 1 : 0;
	struct finding *finding;

	for (size_t i = 0; i < ARRAY_SIZE(digests); i++)
		if (strlen(digests[i].name) == len && !memcmp(digests[i].name, text->s, len) &&
		    colon && is_hex(colon + 1, digits) &&
		    (!digests[i].digits || digests[i].digits == digits))
			return;
	finding = check_error(check, text->mark, QUOTED " is not a digest",
			      QUOTE(text->s, text->len));
	finding_remedy(finding, "write \"sha256:\" or sha1, sha384, sha512, build-id, and all "
				"digits in hex");
}

/* A "+" that no digit follows belongs to the name: C++ has such. */
static void read_symbol(struct check *check, const struct policy_text *text,
			struct policy_symbol *ret)
{
	const char *plus = memrchr(text->s, '+', text->len);
	struct integer offset = {0};

	if (plus && !isdigit((unsigned char)plus[1]))
		plus = NULL;
	*ret = (struct policy_symbol){
		.mark = text->mark,
		.name = text->s,
		.len = plus ? (size_t)(plus - text->s) : text->len,
	};
	if (!ret->len || *text->s == '+')
		check_error(check, text->mark, QUOTED " names no symbol",
			    QUOTE(text->s, text->len));
	else if (plus && integer_read(plus + 1, text->len - ret->len - 1, &offset) < 0)
		finding_remedy(check_error(check, text->mark,
					   "what follows the symbol in " QUOTED " is no offset",
					   QUOTE(text->s, text->len)),
			       "write \"symbol+0x10\"");
	ret->offset = offset.magnitude;
}

static void read_symbols(struct check *check, struct policy_hook *hook)
{
	hook->places = builder_alloc(&check->builder, hook->symbols.mark, hook->symbols.n,
				     sizeof(*hook->places));
	for (size_t i = 0; hook->places && i < hook->symbols.n; i++)
		if (POLICY_SET(hook->symbols.v[i]))
			read_symbol(check, &hook->symbols.v[i], &hook->places[i]);
}

static size_t count_targets(const struct policy_hook *hook)
{
	return MAX(hook->symbols.n, MAX(hook->offsets.n, hook->addrs.n));
}

static void check_places(struct check *check, const struct policy_ints *places)
{
	for (size_t i = 0; i < places->n; i++)
		if (places->v[i].v < 0)
			check_error(check, places->v[i].mark, "a place in a file is not negative");
}

void check_uprobe(struct check *check, struct policy_hook *hook)
{
	if (!count_targets(hook))
		finding_remedy(
			check_error(check, hook->mark, "the uprobe does not say where to attach"),
			"add symbols, offsets or addrs");
	read_symbols(check, hook);
	for (size_t i = 0; i < hook->digests.n; i++)
		if (POLICY_SET(hook->digests.v[i]))
			check_digest(check, &hook->digests.v[i]);
	check_places(check, &hook->offsets);
	check_places(check, &hook->addrs);
	check_places(check, &hook->ref_ctr_offsets);
	if (hook->ref_ctr_offsets.n && hook->ref_ctr_offsets.n != count_targets(hook))
		check_error(check, hook->ref_ctr_offsets.mark,
			    "there are %zu refCtrOffsets for %zu places to attach to",
			    hook->ref_ctr_offsets.n, count_targets(hook));
}
