// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_elf.h"
#include "base/cleanup.h"
#include "symbol/elf_functions.h"
#include "symbol/usdt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* What one policy could hook of a file … */
#define NAMES_MAX 50000
/* … and what is kept of a file while they are looked for, names that are there twice included. */
#define FOUND_MAX 1000000

struct listing {
	const struct pattern *pattern;
	struct matcher *matcher;
	struct policy_elf_names *names;
};

static void listing_done(struct listing *l)
{
	matcher_free(&l->matcher);
}

static int add(struct listing *l, const char *provider, const char *name)
{
	struct policy_elf_names *names = l->names;
	struct policy_elf_name *to;

	if (l->pattern && pattern_search(l->pattern, l->matcher, name, strlen(name)) <= 0)
		return 0;
	if (names->n == FOUND_MAX)
		return -E2BIG;
	if (names->n == names->cap) {
		size_t more = names->cap ? 2 * names->cap : 64;
		struct policy_elf_name *v = reallocarray(names->v, more, sizeof(*v));

		if (!v)
			return -ENOMEM;
		names->v = v;
		names->cap = more;
	}
	to = &names->v[names->n++];
	*to = (struct policy_elf_name){provider ? strdup(provider) : NULL, strdup(name)};
	return (provider && !to->provider) || !to->name ? -ENOMEM : 0;
}

static bool is_printable(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

static int add_function(const struct elf_function *function, void *data)
{
	return is_printable(function->name) ? add(data, NULL, function->name) : 0;
}

static int add_probe(const char *provider, const char *name, void *data)
{
	return add(data, provider, name);
}

static int by_name(const void *a, const void *b)
{
	const struct policy_elf_name *x = a, *y = b;
	int order = x->provider ? strcmp(x->provider, y->provider) : 0;

	return order ? order : strcmp(x->name, y->name);
}

static void free_name(struct policy_elf_name *name)
{
	free(name->provider);
	free(name->name);
}

/* Several files may have had a function of that name, and a probe can be in several places. */
static void settle(struct policy_elf_names *names)
{
	size_t n = 0;

	if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), by_name);
	for (size_t i = 0; i < names->n; i++) {
		if (n && !by_name(&names->v[n - 1], &names->v[i]))
			free_name(&names->v[i]);
		else
			names->v[n++] = names->v[i];
	}
	names->n = n;
}

static int open_image(const char *path, int *ret_fd, struct elf_image *ret, struct error **reterr)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int r;

	if (fd < 0)
		return error_set(reterr, -errno, "cannot read %s: %s", path, strerror(errno));
	r = elf_image_open_named(fd, path, ret, reterr);
	if (r < 0)
		return r;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* What came of it. */
static int conclude(const char *path, const char *what, int r, struct listing *l,
		    struct error **reterr)
{
	settle(l->names);
	if (r == -EFBIG)
		return error_set(reterr, r, "%s has notes of more than %u MiB", path,
				 USDT_NOTES_MAX >> 20);
	if (r < 0 && r != -ENODATA && r != -E2BIG)
		return error_set(reterr, r, "cannot read the %s of %s: %s", what, path,
				 strerror(-r));
	if (!l->names->n) {
		error_set(reterr, -ENOENT, "%s has no %s%s", path, what,
			  l->pattern ? " that match --regex" : "");
		return -ENOENT;
	}
	if (r != -E2BIG && l->names->n <= NAMES_MAX)
		return 0;
	error_set(reterr, -E2BIG, "%s has more than %d %s, which is the limit", path, NAMES_MAX,
		  what);
	error_remedy(reterr, "say which with --regex");
	return -E2BIG;
}

static int begin(const char *path, const struct pattern *pattern, struct listing *l, int *ret_fd,
		 struct elf_image *ret, struct error **reterr)
{
	int r = open_image(path, ret_fd, ret, reterr);

	if (r < 0)
		return r;
	l->pattern = pattern;
	r = matcher_new(&l->matcher);
	return r < 0 ? error_set(reterr, r, "cannot read %s: %s", path, strerror(-r)) : 0;
}

int policy_elf_functions(const char *path, const struct pattern *pattern,
			 struct policy_elf_names *ret, struct error **reterr)
{
	_cleanup_(elf_functions_free) struct elf_functions *functions = NULL;
	_cleanup_(listing_done) struct listing l = {.names = ret};
	_cleanup_close_ int fd = -1;
	struct elf_image image;
	int r = begin(path, pattern, &l, &fd, &image, reterr);

	if (r < 0)
		return r;
	r = elf_functions_read(&image, &functions, reterr);
	if (r < 0)
		return error_wrap(reterr, r, "%s", path);
	r = elf_functions_list(functions, add_function, &l);
	return conclude(path, "functions", r, &l, reterr);
}

int policy_elf_probes(const char *path, const struct pattern *pattern, struct policy_elf_names *ret,
		      struct error **reterr)
{
	_cleanup_(listing_done) struct listing l = {.names = ret};
	_cleanup_close_ int fd = -1;
	struct elf_image image;
	int r = begin(path, pattern, &l, &fd, &image, reterr);

	if (r < 0)
		return r;
	r = usdt_list(&image, add_probe, &l);
	return conclude(path, "tracepoints", r, &l, reterr);
}

void policy_elf_names_done(struct policy_elf_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free_name(&names->v[i]);
	free(names->v);
}
