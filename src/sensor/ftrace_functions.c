// SPDX-License-Identifier: Apache-2.0
#include "sensor/ftrace_functions.h"
#include "base/cleanup.h"
#include "base/tracefs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BEGINS (4UL << 20)

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ftrace_function *)a)->name,
		      ((const struct ftrace_function *)b)->name);
}

/* "name [module]". Places that have a function no more are called "__ftrace_invalid_address__…". */
static struct ftrace_function read_line(char *line)
{
	size_t len = strcspn(line, " \t");
	struct ftrace_function f = {.name = line, .of_module = line[len] != '\0'};

	line[len] = '\0';
	return f;
}

int ftrace_functions_parse(char *text, struct ftrace_functions *ret)
{
	struct ftrace_functions f = {.text = text};
	size_t lines = 1, n = 0;

	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	f.v = calloc(lines, sizeof(*f.v));
	if (!f.v)
		return -ENOMEM;
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
		if (*line && strncmp(line, "__ftrace_invalid", strlen("__ftrace_invalid")) != 0)
			f.v[n++] = read_line(line);
	qsort(f.v, n, sizeof(*f.v), by_name);
	for (size_t i = 0; i < n; i++)
		if (!f.n || strcmp(f.v[f.n - 1].name, f.v[i].name) != 0)
			f.v[f.n++] = f.v[i];
	*ret = f;
	return 0;
}

/* All there is, with a NUL behind it; NULL with errno. */
static char *read_all(FILE *file)
{
	size_t size = TEXT_BEGINS, n = 0;
	char *text = malloc(size), *more;

	while (text) {
		n += fread(text + n, 1, size - n - 1, file);
		if (n < size - 1)
			break;
		size *= 2;
		more = realloc(text, size);
		if (!more)
			free(text);
		text = more;
	}
	if (text && ferror(file)) {
		free(text);
		return NULL;
	}
	if (text)
		text[n] = '\0';
	return text;
}

int ftrace_functions_read(struct ftrace_functions *ret, struct error **reterr)
{
	_cleanup_fclose_ FILE *file = tracefs_open("available_filter_functions");
	_cleanup_free_ char *text = file ? read_all(file) : NULL;
	int r = errno ? -errno : -EIO;

	if (!text)
		return error_set(reterr, r, "cannot read available_filter_functions in tracefs: %s",
				 strerror(-r));
	r = ftrace_functions_parse(text, ret);
	if (r < 0)
		return error_set(reterr, r, "out of memory");
	text = NULL;
	return 0;
}

void ftrace_functions_done(struct ftrace_functions *functions)
{
	free(functions->v);
	free(functions->text);
	*functions = (struct ftrace_functions){0};
}

const struct ftrace_function *ftrace_functions_find(const struct ftrace_functions *functions,
						    const char *name)
{
	const struct ftrace_function key = {.name = name};

	if (!functions->n)
		return NULL;
	return bsearch(&key, functions->v, functions->n, sizeof(key), by_name);
}
