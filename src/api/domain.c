// SPDX-License-Identifier: Apache-2.0
#include "api/api.h"

#include <string.h>

#define LEN_MAX 63

bool api_is_domain(const char *word)
{
	size_t len = strnlen(word, LEN_MAX + 1);

	for (size_t i = 0; i < len; i++) {
		char c = word[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    (c != '-' || i == 0 || i + 1 == len))
			return false;
	}
	return len <= LEN_MAX;
}
