// SPDX-License-Identifier: Apache-2.0
#include "http/http.h"
#include "base/macro.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

/* Its name has its version, and that what we compiled with means the same. */
#define LIBRARY "libcurl.so.4"

static struct {
	bool tried, there;
	__typeof__(curl_global_init) *global_init;
	__typeof__(curl_easy_init) *easy_init;
	__typeof__(curl_easy_cleanup) *easy_cleanup;
	CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
	__typeof__(curl_easy_perform) *easy_perform;
} curl;

static bool find(void)
{
	const struct {
		const char *name;
		void *to;
	} functions[] = {
		{"curl_global_init", &curl.global_init},   {"curl_easy_init", &curl.easy_init},
		{"curl_easy_cleanup", &curl.easy_cleanup}, {"curl_easy_setopt", &curl.easy_setopt},
		{"curl_easy_perform", &curl.easy_perform},
	};
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; library && i < ARRAY_SIZE(functions); i++) {
		void *f = dlsym(library, functions[i].name);

		if (!f)
			return false;
		*(void **)functions[i].to = f;
	}
	return library && curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

bool http_available(void)
{
	if (!curl.tried)
		curl.there = find();
	curl.tried = true;
	return curl.there;
}

static size_t throw_away(char *data, size_t size, size_t n, void *userdata)
{
	return size * n;
}

static int look_at_stop(void *stop, curl_off_t total, curl_off_t now, curl_off_t up_total,
			curl_off_t up_now)
{
	return __atomic_load_n((const bool *)stop, __ATOMIC_RELAXED);
}

static int errno_of(CURLcode code)
{
	return code == CURLE_OK                    ? 0
	       : code == CURLE_OPERATION_TIMEDOUT  ? -ETIMEDOUT
	       : code == CURLE_ABORTED_BY_CALLBACK ? -ECANCELED
						   : -EIO;
}

int http_get(const char *url, long timeout_ms, const bool *stop)
{
	CURL *easy = http_available() ? curl.easy_init() : NULL;
	CURLcode code;

	if (!easy)
		return -EIO;
	/* Older than 7.85 it does not know this: then nothing is asked of it, and no file read. */
	if (curl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK) {
		curl.easy_cleanup(easy);
		return -EOPNOTSUPP;
	}
	curl.easy_setopt(easy, CURLOPT_URL, url);
	curl.easy_setopt(easy, CURLOPT_USERAGENT, "ocellid/" OCELLI_VERSION);
	curl.easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
	curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl.easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
	curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, throw_away);
	curl.easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl.easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, look_at_stop);
	curl.easy_setopt(easy, CURLOPT_XFERINFODATA, stop);
	code = curl.easy_perform(easy);
	curl.easy_cleanup(easy);
	return errno_of(code);
}
