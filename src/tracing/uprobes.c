// SPDX-License-Identifier: Apache-2.0
/* Hooks in files of programs. */
#include "tracing/compiler.h"
#include "base/cleanup.h"
#include "base/suggest.h"
#include "sensor/perf_event.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define MISTAKES_MAX 4

/* Where something is hooked in a file. */
struct site {
	uint64_t offset, ref_ctr_offset;
	const char *symbol; /* as the policy names it; "": not at all */
	struct mark mark;
};

struct sites {
	struct site *v;
	size_t n, cap;
};

static int add_site(struct sites *sites, const struct site *site)
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

/* --- where they are */

static uint64_t ref_ctr_offset(const struct policy_hook *hook, size_t i)
{
	return i < hook->ref_ctr_offsets.n ? (uint64_t)hook->ref_ctr_offsets.v[i].v : 0;
}

static int no_symbol(const struct compiler *c, const struct policy_symbol *symbol,
		     const struct program *program)
{
	struct finding *f = diagnose_error(c->diags, symbol->mark, "%s has no function " QUOTED,
					   program->path, QUOTE(symbol->name, symbol->len));
	struct suggest suggest;

	suggest_init(&suggest, symbol->name, symbol->len, MISTAKES_MAX);
	elf_functions_suggest(program->functions, &suggest);
	finding_suggest(f, &suggest);
	return -ENOENT;
}

/* A function that chooses among others, when the program is started: nobody calls it for what it is
 * named. */
static void warn_of_resolver(const struct compiler *c, const struct policy_symbol *symbol)
{
	finding_why(diagnose_warning(c->diags, symbol->mark,
				     QUOTED " is called once, when a program starts",
				     QUOTE(symbol->name, symbol->len)),
		    "it chooses the function that is called by that name (an IFUNC), which has "
		    "another name");
}

static int find_symbol(const struct compiler *c, const struct policy_hook *hook,
		       struct program *program, size_t i, struct sites *sites)
{
	const struct policy_symbol *symbol = &hook->places[i];
	_cleanup_error_ struct error *err = NULL;
	struct elf_functions *functions = program_functions(program, &err);
	const struct elf_function *found;
	ssize_t n;
	int r = 0;

	if (!functions) {
		diagnose_error(c->diags, symbol->mark, "%s", err ? err->message : "out of memory");
		return -ENOEXEC;
	}
	n = elf_functions_find(functions, symbol->name, symbol->len, &found);
	if (n <= 0)
		return n < 0 ? (int)n : no_symbol(c, symbol, program);
	if (hook->returns.v && symbol->offset) {
		finding_remedy(diagnose_error(c->diags, symbol->mark,
					      "no function begins at " QUOTED
					      ", so nothing returns from there",
					      QUOTE(hook->symbols.v[i].s, hook->symbols.v[i].len)),
			       "leave out what is added to the symbol, or return: true");
		return -EINVAL;
	}
	for (ssize_t j = 0; j < n && r >= 0; j++) {
		const struct site site = {found[j].offset + symbol->offset, ref_ctr_offset(hook, i),
					  hook->symbols.v[i].s, symbol->mark};

		if (found[j].is_resolver)
			warn_of_resolver(c, symbol);
		r = add_site(sites, &site);
	}
	return r;
}

static int find_offset(const struct policy_hook *hook, size_t i, struct sites *sites)
{
	const struct policy_int *offset = &hook->offsets.v[i];
	const struct site site = {(uint64_t)offset->v, ref_ctr_offset(hook, i), "", offset->mark};

	return add_site(sites, &site);
}

static int find_address(const struct compiler *c, const struct policy_hook *hook,
			const struct program *program, size_t i, struct sites *sites)
{
	const struct policy_int *address = &hook->addrs.v[i];
	struct site site = {0, ref_ctr_offset(hook, i), "", address->mark};

	if (elf_image_offset(&program->image, (uint64_t)address->v, &site.offset) < 0) {
		diagnose_error(c->diags, address->mark, "nothing of %s is executed at 0x%llx",
			       program->path, (unsigned long long)address->v);
		return -ENOENT;
	}
	return add_site(sites, &site);
}

static int by_offset(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Each place once, whatever its names. */
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

/* All of them, so that all that is wrong is told. */
static int find_sites(const struct compiler *c, const struct policy_hook *hook,
		      struct program *program, struct sites *sites)
{
	int r = compiler_spend(c, hook->mark, hook->symbols.n), first = 0;

	for (size_t i = 0; i < hook->symbols.n && r != -ENOSPC; i++) {
		r = find_symbol(c, hook, program, i, sites);
		first = first < 0 ? first : r;
	}
	for (size_t i = 0; i < hook->offsets.n && r != -ENOSPC; i++) {
		r = find_offset(hook, i, sites);
		first = first < 0 ? first : r;
	}
	for (size_t i = 0; i < hook->addrs.n && r != -ENOSPC; i++) {
		r = find_address(c, hook, program, i, sites);
		first = first < 0 ? first : r;
	}
	settle(sites);
	return MIN(r, first);
}

/* --- hooking them */

static struct hook facts_of(const struct program *program, const struct site *site)
{
	return (struct hook){
		.type = EVENT_UPROBE,
		.path = program->path,
		.function = site->symbol,
		.offset = *site->symbol ? 0 : site->offset,
		.ref_ctr_offset = site->ref_ctr_offset,
	};
}

/* For people. */
static const char *place_name(const struct compiler *c, const struct program *program,
			      const struct site *site)
{
	return *site->symbol ? site->symbol
			     : compiler_format(c, "%s+0x%llx", program->path,
					       (unsigned long long)site->offset);
}

static int add_one(const struct compiler *c, const struct policy_hook *hook,
		   const struct program *program, const struct site *site)
{
	struct hook facts = facts_of(program, site);
	const struct policy_point point = {
		.place =
			{
				.kind = HOOK_POINT_UPROBE,
				.name = compiler_format(c, "%s+0x%llx", program->path,
							(unsigned long long)site->offset),
				.file = program->file,
				.offset = site->offset,
				.ref_ctr_offset = site->ref_ctr_offset,
			},
		.backend = &backend_uprobe,
	};

	return point.place.name ? compiler_add(c, hook, site->mark, &point, &facts) : -ENOMEM;
}

static int add_together(const struct compiler *c, const struct policy_hook *hook,
			const struct program *program, const struct sites *sites)
{
	_cleanup_free_ struct hook *facts = calloc(sites->n, sizeof(*facts));
	struct arena *arena = &c->points->arena;
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
		.backend = &backend_uprobe,
	};

	if (!facts || !offsets || !counts || !names)
		return -ENOMEM;
	for (size_t i = 0; i < sites->n; i++) {
		facts[i] = facts_of(program, &sites->v[i]);
		offsets[i] = sites->v[i].offset;
		counts[i] = sites->v[i].ref_ctr_offset;
		names[i] = place_name(c, program, &sites->v[i]);
	}
	return compiler_add_many(c, hook, sites->v[0].mark, &point, facts, sites->n);
}

static int compile_program(const struct compiler *c, const struct policy_hook *hook,
			   struct program *program)
{
	struct sites sites = {0};
	int r = find_sites(c, hook, program, &sites);

	if (r >= 0 && sites.n > 1 && !c->policy->settings.disable_uprobe_multi &&
	    policy_kernel_has_uprobe_multi(&c->ground->kernel))
		r = add_together(c, hook, program, &sites);
	else
		for (size_t i = 0; i < sites.n && r >= 0; i++)
			r = add_one(c, hook, program, &sites.v[i]);
	free(sites.v);
	return r;
}

/* --- files */

static int compile_path(const struct compiler *c, const struct policy_hook *hook, const char *path)
{
	_cleanup_error_ struct error *err = NULL;
	struct program *program;
	int r = programs_open(&c->points->programs, path, &program, &err);

	if (r >= 0)
		return compile_program(c, hook, program);
	diagnose_error(c->diags, hook->path.mark, "%s", err ? err->message : "out of memory");
	return r;
}

static int compile_pattern(const struct compiler *c, const struct policy_hook *hook)
{
	glob_t found;
	int r = glob(hook->path.s, 0, NULL, &found), first = 0;

	if (r == GLOB_NOMATCH) {
		diagnose_error(c->diags, hook->path.mark, "there is no file " QUOTED,
			       QUOTE(hook->path.s, hook->path.len));
		return -ENOENT;
	}
	if (r)
		return -ENOMEM;
	for (size_t i = 0; i < found.gl_pathc && first >= 0; i++)
		first = compile_path(c, hook, found.gl_pathv[i]);
	globfree(&found);
	return first;
}

int compile_uprobe(const struct compiler *c, const struct policy_hook *hook)
{
	const struct resolve_site site = {0};
	int r = compiler_resolve(c, &site, hook->path.mark, &hook);

	if (r < 0)
		return r;
	return strpbrk(hook->path.s, "*?[") ? compile_pattern(c, hook)
					    : compile_path(c, hook, hook->path.s);
}
