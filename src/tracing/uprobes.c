// SPDX-License-Identifier: Apache-2.0
#include "tracing/redirect.h"
#include "tracing/program_files.h"
#include "tracing/sites.h"
#include "base/cleanup.h"
#include "base/suggest.h"
#include "compile/emit_operand.h"
#include "tracing/call_operands.h"

#include <errno.h>
#include <stdlib.h>

#define MISTAKES_MAX 4

static struct site site_of(const struct policy_hook *hook, size_t i, struct mark mark)
{
	uint64_t count = i < hook->ref_ctr_offsets.n ? (uint64_t)hook->ref_ctr_offsets.v[i].v : 0;

	return (struct site){
		.mark = mark,
		.ref_ctr_offset = count,
		.facts = {.type = EVENT_UPROBE, .ref_ctr_offset = count},
	};
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

static int returns_from_nowhere(const struct compiler *c, const struct policy_text *text)
{
	finding_remedy(diagnose_error(c->diags, text->mark,
				      "no function begins at " QUOTED
				      ", so nothing returns from there",
				      QUOTE(text->s, text->len)),
		       "leave out what is added to the symbol, or return: true and returnCopy");
	return -EINVAL;
}

/* The kernel has the function return to it by what is on the stack: elsewhere than at its beginning
 * that is something else, which the process would not survive. */
static bool needs_beginning(const struct policy_hook *hook)
{
	bool copies = redirects_to_caller(hook);

	for (size_t i = 0; i < hook->args.n; i++)
		copies |= hook->args.v[i].return_copy.v;
	for (size_t i = 0; i < hook->data.n; i++)
		copies |= hook->data.v[i].return_copy.v;
	return copies || hook->returns.v;
}

static int find_symbol(const struct compiler *c, const struct policy_hook *hook,
		       struct program *program, size_t i, struct sites *sites)
{
	const struct policy_symbol *symbol = &hook->places[i];
	struct site site = site_of(hook, i, symbol->mark);
	_cleanup_error_ struct error *err = NULL;
	const struct elf_function *found;
	ssize_t n;
	int r = 0;

	if (!program_functions(program, &err)) {
		diagnose_error(c->diags, symbol->mark, "%s: %s", program->path,
			       err ? err->message : "out of memory");
		return -ENOEXEC;
	}
	n = elf_functions_find(program->functions, symbol->name, symbol->len, &found);
	if (n <= 0)
		return n < 0 ? (int)n : no_symbol(c, symbol, program);
	if (symbol->offset && needs_beginning(hook))
		return returns_from_nowhere(c, &hook->symbols.v[i]);
	site.told = site.facts.function = hook->symbols.v[i].s;
	for (ssize_t j = 0; j < n && r >= 0; j++) {
		if (found[j].is_resolver)
			warn_of_resolver(c, symbol);
		site.offset = found[j].offset + symbol->offset;
		r = sites_add(sites, &site);
	}
	return r;
}

static int add_offset(struct site *site, uint64_t offset, struct sites *sites)
{
	site->offset = site->facts.offset = offset;
	site->facts.function = "";
	return sites_add(sites, site);
}

static int find_offset(const struct compiler *c, const struct policy_hook *hook,
		       struct program *program, size_t i, struct sites *sites)
{
	struct site site = site_of(hook, i, hook->offsets.v[i].mark);

	return add_offset(&site, (uint64_t)hook->offsets.v[i].v, sites);
}

static int find_address(const struct compiler *c, const struct policy_hook *hook,
			struct program *program, size_t i, struct sites *sites)
{
	const struct policy_int *address = &hook->addrs.v[i];
	struct site site = site_of(hook, i, address->mark);
	uint64_t offset;

	if (elf_image_offset(&program->image, (uint64_t)address->v, &offset) == 0)
		return add_offset(&site, offset, sites);
	diagnose_error(c->diags, address->mark, "nothing of %s is executed at 0x%llx",
		       program->path, (unsigned long long)address->v);
	return -ENOENT;
}

/* All of them, so that all that is wrong is told. */
static int find_each(const struct compiler *c, const struct policy_hook *hook,
		     struct program *program, struct sites *sites, size_t n,
		     int (*find)(const struct compiler *, const struct policy_hook *,
				 struct program *, size_t, struct sites *))
{
	int first = 0;

	for (size_t i = 0; i < n; i++) {
		int r = find(c, hook, program, i, sites);

		first = first < 0 ? first : r;
	}
	return first;
}

/* --- whether functions begin there */

static int by_offset(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int mark_beginning(const struct elf_function *function, void *data)
{
	const struct sites *sites = data;
	const struct site like = {.offset = function->offset};
	struct site *site = bsearch(&like, sites->v, sites->n, sizeof(like), by_offset);

	while (site && site > sites->v && !by_offset(site, site - 1))
		site--;
	for (; site && site < sites->v + sites->n && !by_offset(site, &like); site++)
		site->begins = true;
	return 0;
}

static int check_beginnings(const struct compiler *c, const struct policy_hook *hook,
			    struct program *program, struct sites *sites)
{
	int r = 0;

	if (!sites->n || hook->symbols.n || !needs_beginning(hook))
		return 0;
	if (!program_functions(program, NULL)) {
		finding_why(
			diagnose_warning(c->diags, hook->mark,
					 "nothing tells whether functions begin at these places"),
			"what returns from elsewhere the process does not survive");
		return 0;
	}
	qsort(sites->v, sites->n, sizeof(*sites->v), by_offset);
	elf_functions_list(program->functions, mark_beginning, sites);
	for (size_t i = 0; i < sites->n; i++) {
		const struct site *site = &sites->v[i];

		if (site->begins)
			continue;
		finding_remedy(diagnose_error(c->diags, site->mark,
					      "no function begins at 0x%llx of %s, so nothing "
					      "returns from there",
					      (unsigned long long)site->offset, program->path),
			       "name the beginning of a function, or leave out return: true");
		r = -EINVAL;
	}
	return r;
}

/* What is done at one of them is not what is done at another. */
static int compile_each(const struct compiler *c, const struct policy_hook *hook,
			struct program *program, const struct sites *all)
{
	int r = 0;

	for (size_t i = 0; i < all->n && r >= 0; i++) {
		struct sites one = {.v = &all->v[i], .n = 1, .cap = 1};
		const struct policy_hook *redirected = hook;

		r = redirect(c, program, &all->v[i], &redirected);
		if (r >= 0)
			r = sites_compile(&one, c, redirected, program, &backend_uprobe);
	}
	return r;
}

static int compile_program(const struct compiler *c, const struct policy_hook *hook,
			   struct program *program)
{
	static const struct call_operands operands = {
		.v = operands_of_function,
		.n = OPERANDS_OF_FUNCTION,
		.of = "a function",
		.why = "no more than 16 are looked for, counted from 0, which is the limit",
	};
	static_assert(OPERANDS_OF_FUNCTION == 16, "the limit is told");
	_cleanup_sites_ struct sites sites = SITES_INIT;
	int r = compiler_spend(c, hook->mark, hook->symbols.n);

	/* Policies have one of these. */
	if (r >= 0)
		r = find_each(c, hook, program, &sites, hook->symbols.n, find_symbol);
	if (r >= 0)
		r = find_each(c, hook, program, &sites, hook->offsets.n, find_offset);
	if (r >= 0)
		r = find_each(c, hook, program, &sites, hook->addrs.n, find_address);
	if (r >= 0)
		r = check_beginnings(c, hook, program, &sites);
	if (r >= 0)
		r = call_operands_place(c, &operands, &hook);
	if (r >= 0 && redirects(hook))
		return compile_each(c, hook, program, &sites);
	return r < 0 ? r : sites_compile(&sites, c, hook, program, &backend_uprobe);
}

int compile_uprobe(const struct compiler *c, const struct policy_hook *hook)
{
	int r = redirect_check(c, hook);

	return r < 0 ? r : compile_programs(c, hook, compile_program);
}
