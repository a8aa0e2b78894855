// SPDX-License-Identifier: Apache-2.0
#include "regex/pattern.h"

#include "base/cleanup.h"
#include "base/macro.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <assert.h>
#include <errno.h>

/* A search for a sane pattern takes a few steps a byte; this many take some milliseconds. */
#define STEPS_MAX 200000
#define HEAP_MAX_KIB 4096

#define OPTIONS (PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UCP)

static const uint32_t options[] = {
	/* What is searched need not be UTF-8, and a pattern must not ask for it. */
	[PATTERN_OF_BYTES] = OPTIONS | PCRE2_NEVER_UTF,
	[PATTERN_OF_CHARACTERS] = OPTIONS | PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C,
};

/* Up to PCRE2 10.42 at least, what is compiled to machine code with this does not find the half of
 * it:
 * "\S+" ends at the first character that is not ASCII. The interpreter is right. */
#define LENIENT PCRE2_MATCH_INVALID_UTF

struct pattern {
	pcre2_code *code;
	pcre2_code *lenient; /* of characters, for what is not UTF-8 all through; else NULL */
};

struct matcher {
	pcre2_match_data *data;
	pcre2_match_context *context;
};

static void free_compile_context(pcre2_compile_context **context)
{
	pcre2_compile_context_free(*context);
}

static void free_general_context(pcre2_general_context **context)
{
	pcre2_general_context_free(*context);
}

/* @memory may be NULL: malloc(). */
static int compile(const char *s, size_t len, uint32_t how, pcre2_general_context *memory,
		   pcre2_code **ret, struct pattern_error *ret_why)
{
	_cleanup_(free_compile_context) pcre2_compile_context *context =
		pcre2_compile_context_create(memory);
	PCRE2_SIZE offset;
	int code;

	if (!context)
		return -ENOMEM;
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	*ret = pcre2_compile((PCRE2_SPTR)s, len, how, &code, &offset, context);
	if (*ret)
		return 0;
	if (code == PCRE2_ERROR_HEAP_FAILED)
		return -ENOMEM;
	pcre2_get_error_message(code, (PCRE2_UCHAR *)ret_why->reason, sizeof(ret_why->reason));
	ret_why->offset = offset;
	return -EINVAL;
}

void pattern_free(struct pattern **pattern)
{
	if (!*pattern)
		return;
	pcre2_code_free((*pattern)->code);
	pcre2_code_free((*pattern)->lenient);
	free(*pattern);
	*pattern = NULL;
}

int pattern_new(const char *s, size_t len, enum pattern_kind kind, struct pattern **ret,
		struct pattern_error *ret_why)
{
	_cleanup_(pattern_free) struct pattern *pattern = NULL;
	int r;

	if (len > PATTERN_MAX)
		return -E2BIG;
	pattern = calloc(1, sizeof(*pattern));
	if (!pattern)
		return -ENOMEM;
	r = compile(s, len, options[kind], NULL, &pattern->code, ret_why);
	if (r >= 0 && kind == PATTERN_OF_CHARACTERS)
		r = compile(s, len, options[kind] | LENIENT, NULL, &pattern->lenient, ret_why);
	if (r < 0)
		return r;
	/* Without it (another architecture, hardened kernels) matching is only slower. */
	pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
	*ret = TAKE_PTR(pattern);
	return 0;
}

void matcher_free(struct matcher **matcher)
{
	if (!*matcher)
		return;
	pcre2_match_context_free((*matcher)->context);
	pcre2_match_data_free((*matcher)->data);
	free(*matcher);
	*matcher = NULL;
}

static int new_matcher(uint32_t pairs, struct matcher **ret)
{
	_cleanup_(matcher_free) struct matcher *matcher = calloc(1, sizeof(*matcher));

	if (!matcher)
		return -ENOMEM;
	matcher->data = pcre2_match_data_create(pairs, NULL);
	matcher->context = pcre2_match_context_create(NULL);
	if (!matcher->data || !matcher->context)
		return -ENOMEM;
	pcre2_set_match_limit(matcher->context, STEPS_MAX);
	pcre2_set_heap_limit(matcher->context, HEAP_MAX_KIB);
	*ret = TAKE_PTR(matcher);
	return 0;
}

int matcher_new(struct matcher **ret)
{
	return new_matcher(1, ret);
}

size_t pattern_groups(const struct pattern *pattern)
{
	uint32_t n = 0;

	pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &n);
	return n;
}

int matcher_new_for(const struct pattern *pattern, struct matcher **ret)
{
	return new_matcher((uint32_t)pattern_groups(pattern) + 1, ret);
}

static int match(const pcre2_code *code, struct matcher *m, const char *s, size_t len, size_t from)
{
	int r = pcre2_match(code, (PCRE2_SPTR)s, len, from, 0, m->data, m->context);

	/* Compiled code has a small stack; the interpreter takes its memory from the heap. */
	if (r == PCRE2_ERROR_JIT_STACKLIMIT)
		r = pcre2_match(code, (PCRE2_SPTR)s, len, from, PCRE2_NO_JIT, m->data, m->context);
	return r;
}

static int result_of(int r)
{
	if (r >= 0)
		return 1;
	return r == PCRE2_ERROR_NOMATCH ? 0 : -EOVERFLOW;
}

static int search(const struct pattern *pattern, struct matcher *m, const char *s, size_t len,
		  size_t from)
{
	int r = match(pattern->code, m, s, len, from);

	if (pattern->lenient && r <= PCRE2_ERROR_UTF8_ERR1 && r >= PCRE2_ERROR_UTF8_ERR21)
		r = match(pattern->lenient, m, s, len, from);
	return result_of(r);
}

int pattern_search(const struct pattern *pattern, struct matcher *matcher, const char *s,
		   size_t len)
{
	return search(pattern, matcher, s, len, 0);
}

static_assert(sizeof(struct pattern_span) == 2 * sizeof(PCRE2_SIZE) && PATTERN_UNSET == PCRE2_UNSET,
	      "spans are pairs of offsets");

int pattern_find(const struct pattern *pattern, struct matcher *matcher, const char *s, size_t len,
		 size_t from, const struct pattern_span **ret)
{
	int r = search(pattern, matcher, s, len, from);

	if (r > 0)
		*ret = (const struct pattern_span *)(const void *)pcre2_get_ovector_pointer(
			matcher->data);
	return r;
}

static void free_nothing(_unused_ void *p, _unused_ void *data)
{
}

int pattern_search_once(const char *pattern, size_t pattern_len, enum pattern_kind kind,
			pattern_alloc *alloc, void *alloc_data, struct matcher *matcher,
			const char *s, size_t len, struct pattern_error *ret_why)
{
	_cleanup_(free_general_context) pcre2_general_context *memory = NULL;
	pcre2_code *code;
	int r;

	if (pattern_len > PATTERN_MAX)
		return -E2BIG;
	memory = pcre2_general_context_create(alloc, free_nothing, alloc_data);
	if (!memory)
		return -ENOMEM;
	r = compile(pattern, pattern_len,
		    options[kind] | (kind == PATTERN_OF_CHARACTERS ? LENIENT : 0), memory, &code,
		    ret_why);
	return r < 0 ? r : result_of(match(code, matcher, s, len, 0));
}
