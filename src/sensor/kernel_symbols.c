// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel_symbols.h"
#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

/* "ffffffff81000000 T name\t[module]" */
static bool is_of(const char *line, const char *name, size_t len)
{
	const char *type = strchr(line, ' ');

	return type && type[1] && type[2] == ' ' && !strncmp(type + 3, name, len) &&
	       (type[3 + len] == '\n' || type[3 + len] == '\t');
}

bool kernel_symbols_has(const char *name)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/kallsyms", "re");
	size_t len = strlen(name);
	char line[1024];

	while (f && fgets(line, sizeof(line), f))
		if (is_of(line, name, len))
			return true;
	return false;
}
