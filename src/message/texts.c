// SPDX-License-Identifier: Apache-2.0
#include "message/texts.h"
#include "base/macro.h"
#include "base/utf8.h"

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>
#include <string.h>

static char *fail(struct texts *texts)
{
	texts->failed = true;
	return (char *)protobuf_c_empty_string;
}

static char *put(struct texts *texts, const char *s, size_t len)
{
	char *to = arena_alloc(texts->arena, len + 1);

	if (!to)
		return fail(texts);
	if (len)
		memcpy(to, s, len);
	to[len] = '\0';
	return to;
}

char *texts_hold(struct texts *texts, struct str *s)
{
	char *to = s->failed ? fail(texts) : put(texts, s->data, s->len);

	str_free(s);
	return to;
}

char *texts_redact(struct texts *texts, char *s)
{
	struct str redacted = STR_INIT;

	if (!texts->redact ||
	    !texts->redact(texts->userdata, texts->process, s, strlen(s), &redacted))
		return s;
	return texts_hold(texts, &redacted);
}

static char *repair(struct texts *texts, const char *s, size_t len)
{
	struct str repaired = STR_INIT;

	texts->invalid++;
	utf8_append_valid(&repaired, s, len);
	return texts_hold(texts, &repaired);
}

static bool is_valid(const char *s, size_t len)
{
	return LIKELY(utf8_valid_prefix(s, len) == len);
}

char *texts_borrow(struct texts *texts, const char *s, size_t len)
{
	return is_valid(s, len) ? (char *)(uintptr_t)s : repair(texts, s, len);
}

char *texts_copy(struct texts *texts, const char *s, size_t len)
{
	return is_valid(s, len) ? put(texts, s, len) : repair(texts, s, len);
}
