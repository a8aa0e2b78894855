// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_elf.h"
#include "base/cleanup.h"
#include "symbol/elf_list.h"
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

static int add_function(const char *name, void *data)
{
	return add(data, NULL, name);
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
	int r = fd < 0 ? -errno : elf_image_open(fd, ret);

	if (r == -ENOEXEC || r == -ESPIPE)
		return error_set(reterr, -ENOEXEC, "%s is no 64-bit ELF file", path);
	if (r < 0)
		return error_set(reterr, r, "cannot read %s: %s", path, strerror(-r));
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* What came of it. */
static int conclude(const char *path, bool probes, int r, struct listing *l, struct error **reterr)
{
	const char *what = probes ? "tracepoints" : "functions";

	settle(l->names);
	if (r == -EFBIG)
		return error_set(reterr, r, "%s has tables of more than %u MiB", path,
				 (probes ? USDT_NOTES_MAX : ELF_LIST_MAX) >> 20);
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

static int list(const char *path, const struct pattern *pattern, bool probes,
		struct policy_elf_names *ret, struct error **reterr)
{
	_cleanup_(matcher_free) struct matcher *matcher = NULL;
	_cleanup_close_ int fd = -1;
	struct listing l = {.pattern = pattern, .names = ret};
	struct elf_image image;
	int r = open_image(path, &fd, &image, reterr);

	if (r < 0)
		return r;
	r = matcher_new(&matcher);
	l.matcher = matcher;
	if (r >= 0)
		r = probes ? usdt_list(&image, add_probe, &l)
			   : elf_list_functions(&image, add_function, &l);
	return conclude(path, probes, r, &l, reterr);
}

int policy_elf_functions(const char *path, const struct pattern *pattern,
			 struct policy_elf_names *ret, struct error **reterr)
{
	return list(path, pattern, false, ret, reterr);
}

int policy_elf_probes(const char *path, const struct pattern *pattern, struct policy_elf_names *ret,
		      struct error **reterr)
{
	return list(path, pattern, true, ret, reterr);
}

void policy_elf_names_done(struct policy_elf_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free_name(&names->v[i]);
	free(names->v);
}
