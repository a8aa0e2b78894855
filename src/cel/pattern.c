// SPDX-License-Identifier: Apache-2.0
#include "cel/pattern.h"

#include "base/cleanup.h"
#include "base/macro.h"
#include "cel/limit.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <errno.h>

struct cel_pattern {
	pcre2_code *code;
};

struct cel_matcher {
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
static int compile(const char *s, size_t len, pcre2_general_context *memory, pcre2_code **ret,
		   struct cel_pattern_error *ret_why)
{
	_cleanup_(free_compile_context) pcre2_compile_context *context =
		pcre2_compile_context_create(memory);
	PCRE2_SIZE offset;
	int code;

	if (!context)
		return -ENOMEM;
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	*ret = pcre2_compile((PCRE2_SPTR)s, len,
			     PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY |
				     PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C,
			     &code, &offset, context);
	if (*ret)
		return 0;
	if (code == PCRE2_ERROR_HEAP_FAILED)
		return -ENOMEM;
	pcre2_get_error_message(code, (PCRE2_UCHAR *)ret_why->reason, sizeof(ret_why->reason));
	ret_why->offset = offset;
	return -EINVAL;
}

void cel_pattern_free(struct cel_pattern **pattern)
{
	if (!*pattern)
		return;
	pcre2_code_free((*pattern)->code);
	free(*pattern);
	*pattern = NULL;
}

int cel_pattern_new(const char *s, size_t len, struct cel_pattern **ret,
		    struct cel_pattern_error *ret_why)
{
	_cleanup_(cel_pattern_free) struct cel_pattern *pattern = NULL;
	int r;

	if (len > CEL_PATTERN_MAX)
		return -E2BIG;
	pattern = calloc(1, sizeof(*pattern));
	if (!pattern)
		return -ENOMEM;
	r = compile(s, len, NULL, &pattern->code, ret_why);
	if (r < 0)
		return r;
	/* Without it (another architecture, hardened kernels) matching is only slower. */
	pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
	*ret = TAKE_PTR(pattern);
	return 0;
}

void cel_matcher_free(struct cel_matcher **matcher)
{
	if (!*matcher)
		return;
	pcre2_match_context_free((*matcher)->context);
	pcre2_match_data_free((*matcher)->data);
	free(*matcher);
	*matcher = NULL;
}

int cel_matcher_new(struct cel_matcher **ret)
{
	_cleanup_(cel_matcher_free) struct cel_matcher *matcher = calloc(1, sizeof(*matcher));

	if (!matcher)
		return -ENOMEM;
	matcher->data = pcre2_match_data_create(1, NULL);
	matcher->context = pcre2_match_context_create(NULL);
	if (!matcher->data || !matcher->context)
		return -ENOMEM;
	pcre2_set_match_limit(matcher->context, CEL_PATTERN_STEPS_MAX);
	pcre2_set_heap_limit(matcher->context, CEL_PATTERN_HEAP_MAX_KIB);
	*ret = TAKE_PTR(matcher);
	return 0;
}

static int search(const pcre2_code *code, struct cel_matcher *m, const char *s, size_t len)
{
	int r = pcre2_match(code, (PCRE2_SPTR)s, len, 0, 0, m->data, m->context);

	/* Compiled code has a small stack; the interpreter takes its memory from the heap. */
	if (r == PCRE2_ERROR_JIT_STACKLIMIT)
		r = pcre2_match(code, (PCRE2_SPTR)s, len, 0, PCRE2_NO_JIT, m->data, m->context);
	if (r >= 0)
		return 1;
	return r == PCRE2_ERROR_NOMATCH ? 0 : -EOVERFLOW;
}

int cel_pattern_search(const struct cel_pattern *pattern, struct cel_matcher *matcher,
		       const char *s, size_t len)
{
	return search(pattern->code, matcher, s, len);
}

static void free_nothing(_unused_ void *p, _unused_ void *data)
{
}

int cel_pattern_search_once(const char *pattern, size_t pattern_len, cel_pattern_alloc *alloc,
			    void *alloc_data, struct cel_matcher *matcher, const char *s,
			    size_t len, struct cel_pattern_error *ret_why)
{
	_cleanup_(free_general_context) pcre2_general_context *memory = NULL;
	pcre2_code *code;
	int r;

	if (pattern_len > CEL_PATTERN_MAX)
		return -E2BIG;
	memory = pcre2_general_context_create(alloc, free_nothing, alloc_data);
	if (!memory)
		return -ENOMEM;
	r = compile(pattern, pattern_len, memory, &code, ret_why);
	return r < 0 ? r : search(code, matcher, s, len);
}
