// SPDX-License-Identifier: Apache-2.0
#include "filter/regex.h"
#include "base/cleanup.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A match of a sane pattern takes a few steps a byte; this many take some milliseconds. */
#define MATCH_STEPS_MAX 200000
#define MATCH_HEAP_MAX_KIB 4096

struct regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
};

static void free_compile_context(pcre2_compile_context **context)
{
	pcre2_compile_context_free(*context);
}

void regex_free(struct regex **regex)
{
	if (!*regex)
		return;
	pcre2_match_context_free((*regex)->context);
	pcre2_match_data_free((*regex)->data);
	pcre2_code_free((*regex)->code);
	free(*regex);
	*regex = NULL;
}

static int compile(const char *pattern, size_t len, pcre2_code **ret, struct error **reterr)
{
	__attribute__((cleanup(free_compile_context))) pcre2_compile_context *context =
		pcre2_compile_context_create(NULL);
	PCRE2_UCHAR reason[256];
	PCRE2_SIZE offset;
	int code;

	if (!context)
		return -ENOMEM;
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	/* What is matched need not be UTF-8, and a pattern must not ask for it. */
	*ret = pcre2_compile((PCRE2_SPTR)pattern, len,
			     PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP, &code,
			     &offset, context);
	if (*ret)
		return 0;
	if (code == PCRE2_ERROR_HEAP_FAILED)
		return -ENOMEM;
	pcre2_get_error_message(code, reason, sizeof(reason));
	return error_set(reterr, -EINVAL, "bad regular expression \"%s\": %s at offset %zu",
			 pattern, (const char *)reason, (size_t)offset);
}

int regex_new(const char *pattern, struct regex **ret, struct error **reterr)
{
	_cleanup_(regex_free) struct regex *regex = NULL;
	size_t len = strlen(pattern);
	int r;

	if (len > REGEX_PATTERN_MAX)
		return error_set(reterr, -E2BIG,
				 "a regular expression of %zu bytes; the limit is %d", len,
				 REGEX_PATTERN_MAX);
	regex = calloc(1, sizeof(*regex));
	if (!regex)
		return -ENOMEM;
	r = compile(pattern, len, &regex->code, reterr);
	if (r < 0)
		return r;
	/* Without it (another architecture, hardened kernels) matching is only slower. */
	pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
	regex->data = pcre2_match_data_create(1, NULL);
	regex->context = pcre2_match_context_create(NULL);
	if (!regex->data || !regex->context)
		return -ENOMEM;
	pcre2_set_match_limit(regex->context, MATCH_STEPS_MAX);
	pcre2_set_heap_limit(regex->context, MATCH_HEAP_MAX_KIB);
	*ret = TAKE_PTR(regex);
	return 0;
}

int regex_match(struct regex *regex, const char *text)
{
	PCRE2_SPTR subject = (PCRE2_SPTR)text;
	size_t len = strlen(text);
	int r;

	r = pcre2_match(regex->code, subject, len, 0, 0, regex->data, regex->context);
	/* Compiled code has a small stack; the interpreter takes its memory from the heap. */
	if (r == PCRE2_ERROR_JIT_STACKLIMIT)
		r = pcre2_match(regex->code, subject, len, 0, PCRE2_NO_JIT, regex->data,
				regex->context);
	if (r >= 0)
		return 1;
	return r == PCRE2_ERROR_NOMATCH ? 0 : -EOVERFLOW;
}
