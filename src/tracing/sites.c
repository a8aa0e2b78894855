// SPDX-License-Identifier: Apache-2.0
#include "tracing/sites.h"
#include "base/cleanup.h"
#include "tracing/digests.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define PATTERN_CHOICES_MAX 10U

int sites_add(struct sites *sites, const struct site *site)
{
	if (sites->n == sites->cap) {
		size_t cap = 2 * sites->cap + 8;
		struct site *v = reallocarray(sites->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		sites->v = v;
		sites->cap = cap;
	}
	sites->v[sites->n++] = *site;
	return 0;
}

void sites_done(struct sites *sites)
{
	free(sites->v);
}

static int by_offset(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static void settle(struct sites *sites)
{
	size_t n = 0;

	if (sites->n)
		qsort(sites->v, sites->n, sizeof(*sites->v), by_offset);
	for (size_t i = 0; i < sites->n; i++)
		if (!n || by_offset(&sites->v[n - 1], &sites->v[i]) != 0)
			sites->v[n++] = sites->v[i];
	sites->n = n;
}

/* What is in a register at a place is the same whatever a hook calls it; where a static probe has
 * its arguments, only those know who hook that. */
static const char *place_name(const struct compiler *c, const struct program *program,
			      const struct site *site)
{
	unsigned long long offset = site->offset;

	return site->facts.type == EVENT_USDT && site->told
		       ? compiler_format(c, "%s:%s+0x%llx", program->path, site->told, offset)
		       : compiler_format(c, "%s+0x%llx", program->path, offset);
}

static struct hook facts_of(const struct program *program, const struct site *site)
{
	struct hook facts = site->facts;

	facts.path = program->path;
	return facts;
}

static int add_one(const struct compiler *c, const struct policy_hook *hook,
		   const struct program *program, const struct backend *backend,
		   const struct site *site)
{
	struct hook facts = facts_of(program, site);
	const struct policy_point point = {
		.place =
			{
				.kind = HOOK_POINT_UPROBE,
				.name = place_name(c, program, site),
				.file = program->file,
				.offset = site->offset,
				.ref_ctr_offset = site->ref_ctr_offset,
			},
		.backend = backend,
	};

	return point.place.name ? compiler_add(c, hook, site->mark, &point, &facts) : -ENOMEM;
}

static int add_together(const struct compiler *c, const struct policy_hook *hook,
			const struct program *program, const struct backend *backend,
			const struct sites *sites)
{
	struct arena *arena = &c->points->arena;
	_cleanup_free_ struct hook *facts = calloc(sites->n, sizeof(*facts));
	uint64_t *offsets = arena_alloc(arena, sites->n * sizeof(*offsets));
	uint64_t *counts = arena_alloc(arena, sites->n * sizeof(*counts));
	const char **names = arena_alloc(arena, sites->n * sizeof(*names));
	const struct policy_point point = {
		.place =
			{
				.kind = HOOK_POINT_UPROBE_MULTI,
				.name = program->path,
				.file = program->file,
				.functions = names,
				.offsets = offsets,
				.ref_ctr_offsets = counts,
			},
		.backend = backend,
	};

	if (!facts || !offsets || !counts || !names)
		return -ENOMEM;
	for (size_t i = 0; i < sites->n; i++) {
		const struct site *site = &sites->v[i];

		facts[i] = facts_of(program, site);
		offsets[i] = site->offset;
		counts[i] = site->ref_ctr_offset;
		names[i] = site->told ? site->told : place_name(c, program, site);
	}
	return compiler_add_many(c, hook, sites->v[0].mark, &point, facts, sites->n);
}

int sites_compile(struct sites *sites, const struct compiler *c, const struct policy_hook *hook,
		  const struct program *program, const struct backend *backend)
{
	int r = 0;

	settle(sites);
	if (sites->n > 1 && !c->policy->settings.disable_uprobe_multi &&
	    policy_kernel_has_uprobe_multi(&c->ground->kernel))
		return add_together(c, hook, program, backend, sites);
	for (size_t i = 0; i < sites->n && r >= 0; i++)
		r = add_one(c, hook, program, backend, &sites->v[i]);
	return r;
}

/* --- files */

static void no_program(const struct compiler *c, const struct policy_hook *hook,
		       enum severity severity, const struct error *err)
{
	struct finding *f = diagnose(c->diags, severity, hook->path.mark, "%s",
				     err ? err->message : "out of memory");

	if (err && err->remedy)
		finding_remedy(f, "%s", err->remedy);
}

static int compile_file(const struct compiler *c, const struct policy_hook *hook,
			struct program *program, compile_program_fn *compile)
{
	int r = digests_check(c, hook, program);

	if (r == -EKEYREJECTED && hook->ignore.digest_failure.v) {
		c->state->n_rejected++;
		return 0;
	}
	return r < 0 ? r : compile(c, hook, program);
}

static int compile_path(const struct compiler *c, const struct policy_hook *hook,
			compile_program_fn *compile)
{
	_cleanup_error_ struct error *err = NULL;
	struct program *program;
	int r = programs_open(&c->points->programs, hook->path.s, &program, &err);

	if (r >= 0)
		return compile_file(c, hook, program, compile);
	no_program(c, hook, SEVERITY_ERROR, err);
	return r;
}

/* Where programs of two kinds are in directories side by side, a pattern is also about those that
 * cannot be hooked. Returns whether it has another program that can. */
static int open_match(const struct compiler *c, const struct policy_hook *hook, const char *path,
		      struct program **v, size_t n)
{
	_cleanup_error_ struct error *err = NULL;
	int r = programs_open(&c->points->programs, path, &v[n], &err);

	if (r < 0) {
		no_program(c, hook, r == -ENOEXEC ? SEVERITY_WARNING : SEVERITY_ERROR, err);
		return r == -ENOEXEC ? 0 : r;
	}
	/* By another name of it, or of a directory. */
	for (size_t i = 0; i < n; i++)
		if (v[i] == v[n])
			return 0;
	return 1;
}

static int compile_matches(const struct compiler *c, const struct policy_hook *hook,
			   const glob_t *found, compile_program_fn *compile)
{
	_cleanup_free_ struct program **v = calloc(found->gl_pathc, sizeof(struct program *));
	size_t n = 0;
	int r = v ? 0 : -ENOMEM;

	for (size_t i = 0; i < found->gl_pathc && r >= 0; i++) {
		r = open_match(c, hook, found->gl_pathv[i], v, n);
		if (r > 0)
			r = compile_file(c, hook, v[n++], compile);
	}
	if (r < 0 || n)
		return r;
	diagnose_error(c->diags, hook->path.mark, "no program matches " QUOTED,
		       QUOTE(hook->path.s, hook->path.len));
	return -ENOENT;
}

/* Each group of two doubles how many patterns it is. */
static int check_braces(const struct compiler *c, const struct policy_hook *hook)
{
	size_t n = 0;

	for (const char *s = strchr(hook->path.s, '{'); s && *s; s++)
		n += *s == ',';
	if (n <= PATTERN_CHOICES_MAX)
		return 0;
	finding_remedy(diagnose_error(c->diags, hook->path.mark,
				      "the path has more than %u commas in braces, "
				      "which is the limit",
				      PATTERN_CHOICES_MAX),
		       "make it several hooks");
	return -E2BIG;
}

static int compile_pattern(const struct compiler *c, const struct policy_hook *hook,
			   compile_program_fn *compile)
{
	glob_t found;
	int r = check_braces(c, hook);

	if (r < 0)
		return r;
	r = glob(hook->path.s, GLOB_BRACE, NULL, &found);

	if (r == GLOB_NOMATCH) {
		diagnose_error(c->diags, hook->path.mark, "no file matches " QUOTED,
			       QUOTE(hook->path.s, hook->path.len));
		return -ENOENT;
	}
	if (r)
		return -ENOMEM;
	r = compile_matches(c, hook, &found, compile);
	globfree(&found);
	return r;
}

/* What the hook names by paths is of the program's own types. */
static int resolve(const struct compiler *c, const struct policy_hook **hook)
{
	const struct policy_text *path = &(*hook)->btf_path;
	_cleanup_error_ struct error *err = NULL;
	struct resolve_site site = {0};
	struct finding *finding;
	int r = !path->len ? 0 : program_types_read(&c->points->types, path->s, &site.types, &err);

	if (r >= 0)
		return compiler_resolve(c, &site, (*hook)->path.mark, hook);
	finding = diagnose_error(c->diags, path->mark, "%s", err ? err->message : "out of memory");
	if (err && err->remedy)
		finding_remedy(finding, "%s", err->remedy);
	return r;
}

int compile_programs(const struct compiler *c, const struct policy_hook *hook,
		     compile_program_fn *compile)
{
	int r = resolve(c, &hook);

	if (r < 0)
		return r;
	return strpbrk(hook->path.s, "*?[{") ? compile_pattern(c, hook, compile)
					     : compile_path(c, hook, compile);
}
