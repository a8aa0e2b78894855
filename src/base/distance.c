// SPDX-License-Identifier: Apache-2.0
#include "base/distance.h"
#include "base/macro.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>

static bool same(char a, char b)
{
	a = a == '_' ? '-' : (char)tolower((unsigned char)a);
	b = b == '_' ? '-' : (char)tolower((unsigned char)b);
	return a == b;
}

size_t distance_of_names(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][DISTANCE_NAME_MAX + 1];

	if (a_len > DISTANCE_NAME_MAX || b_len > DISTANCE_NAME_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3], *before = rows[(i + 2) % 3], *swap = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = before[j - 1] + !same(a[i - 1], b[j - 1]);
			row[j] = MIN(row[j], 1 + MIN(before[j], row[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = MIN(row[j], swap[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}
