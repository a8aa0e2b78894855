// SPDX-License-Identifier: Apache-2.0
#include "message/hashes.h"
#include "base/macro.h"
#include "core/decode.h"

/* include/uapi/linux/hash_info.h; crypto/hash_info.c has the names and sizes. */
static const struct {
	const char *name;
	size_t size;
} algorithms[] = {
	{"md4", 16},      {"md5", 16},      {"sha1", 20},        {"rmd160", 20},
	{"sha256", 32},   {"sha384", 48},   {"sha512", 64},      {"sha224", 28},
	{"rmd128", 16},   {"rmd256", 32},   {"rmd320", 40},      {"wp256", 32},
	{"wp384", 48},    {"wp512", 64},    {"tgr128", 16},      {"tgr160", 20},
	{"tgr192", 24},   {"sm3", 32},      {"streebog256", 32}, {"streebog512", 64},
	{"sha3-256", 32}, {"sha3-384", 48}, {"sha3-512", 64},
};

char *hash_text(struct texts *texts, const struct record_hook *record)
{
	static const char digits[] = "0123456789abcdef";
	const struct hook_hash *hash = hook_hash(record);
	struct str text = STR_INIT;

	if (!hash || hash->algorithm >= ARRAY_SIZE(algorithms))
		return NULL;
	str_append_z(&text, algorithms[hash->algorithm].name);
	str_append_char(&text, ':');
	for (size_t i = 0; i < algorithms[hash->algorithm].size; i++) {
		str_append_char(&text, digits[hash->digest[i] >> 4]);
		str_append_char(&text, digits[hash->digest[i] & 15]);
	}
	return texts_hold(texts, &text);
}
