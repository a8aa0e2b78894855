// SPDX-License-Identifier: Apache-2.0
#include "tracing/program_files.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "compile/workloads.h"
#include "tracing/digests.h"
#include "tracing/resolve.h"
#include "tracing/roots.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- paths */

/* Where paths begin: at a directory, -1: where ours do. */
struct place {
	int root;
	uint64_t mnt; /* of which namespace */
};

static const struct place own_place = {.root = -1};

static bool is_pattern(const char *path)
{
	return strpbrk(path, "*?[{");
}

/* glob(3) knows no directory to begin at, and says nobody whom it is for. */
static __thread int glob_root;

static void *glob_open(const char *path)
{
	int fd = root_open(glob_root, path, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

static struct dirent *glob_read(void *dir)
{
	return readdir(dir);
}

static void glob_close(void *dir)
{
	closedir(dir);
}

static int glob_look(const char *path, struct stat *st, int flags)
{
	_cleanup_close_ int fd = root_open(glob_root, path, O_PATH | flags);

	return fd < 0 || fstat(fd, st) < 0 ? -1 : 0;
}

static int glob_stat(const char *path, struct stat *st)
{
	return glob_look(path, st, 0);
}

static int glob_lstat(const char *path, struct stat *st)
{
	return glob_look(path, st, O_NOFOLLOW);
}

/* Calls each with those that there are, as they are from the root on. Returns 0, what @each
 * returns below that, or -ENOMEM. */
static int each_match(const struct place *place, const char *pattern,
		      int (*each)(const struct place *place, const char *path, void *data),
		      void *data)
{
	glob_t found = {
		.gl_opendir = glob_open,
		.gl_readdir = glob_read,
		.gl_closedir = glob_close,
		.gl_stat = glob_stat,
		.gl_lstat = glob_lstat,
	};
	int r;

	if (!is_pattern(pattern))
		return each(place, pattern, data);
	glob_root = place->root;
	r = glob(pattern, GLOB_BRACE | GLOB_ALTDIRFUNC, NULL, &found);
	if (r)
		return r == GLOB_NOMATCH ? 0 : -ENOMEM;
	for (size_t i = 0; i < found.gl_pathc && r >= 0; i++)
		r = each(place, found.gl_pathv[i], data);
	globfree(&found);
	return r;
}

/* --- one file */

struct search {
	const struct compiler *c;
	const struct policy_hook *hook;
	compile_program_fn *compile;
	size_t n; /* that were compiled */
};

static void no_program(const struct compiler *c, const struct policy_hook *hook,
		       enum severity severity, const struct error *err)
{
	struct finding *f = diagnose(c->diags, severity, hook->path.mark, "%s",
				     err ? err->message : "out of memory");

	if (err && err->remedy)
		finding_remedy(f, "%s", err->remedy);
}

static int compile_file(struct search *search, struct program *program)
{
	const struct compiler *c = search->c;
	int r = digests_check(c, search->hook, program);

	if (r == -EKEYREJECTED && search->hook->ignore.digest_failure.v) {
		c->state->n_rejected++;
		search->n++;
		return 0;
	}
	if (r >= 0)
		r = search->compile(c, search->hook, program);
	if (r >= 0)
		search->n++;
	return r;
}

/* Where programs of two kinds are in directories side by side, a pattern is also about those that
 * cannot be hooked. */
static int compile_path(const struct place *place, const char *path, void *data)
{
	struct search *search = data;
	const struct compiler *c = search->c;
	_cleanup_error_ struct error *err = NULL;
	struct program *program;
	int r = programs_open(&c->points->programs, place->root, path, &program, &err);

	if (r == -ENOEXEC && is_pattern(search->hook->path.s)) {
		no_program(c, search->hook, SEVERITY_WARNING, err);
		return 0;
	}
	if (r < 0) {
		no_program(c, search->hook, SEVERITY_ERROR, err);
		return r;
	}
	/* By another name of it or of a directory, or in another container with the same image. */
	if (program->hooked_by == c->state)
		return 0;
	program->hooked_by = c->state;
	return compile_file(search, program);
}

/* --- all places */

static int count_path(const struct place *place, const char *path, void *data)
{
	_cleanup_close_ int fd = root_open(place->root, path, O_PATH);
	size_t *n = data;

	if (fd >= 0)
		++*n;
	return 0;
}

static bool has_file(const struct place *place, const char *path)
{
	size_t n = 0;

	each_match(place, path, count_path, &n);
	return n;
}

/* Not all of them have to have what the policy names. */
static void warn_of_other(const struct compiler *c, const struct policy_hook *hook,
			  const struct place *place, const struct diagnostics *diags)
{
	for (size_t i = 0; i < diags->n; i++) {
		_cleanup_str_ struct str text = STR_INIT;

		if (diags->v[i]->severity != SEVERITY_ERROR)
			continue;
		finding_text(diags->v[i], &text);
		diagnose_warning(c->diags, hook->path.mark, "in the mount namespace %llu: %s",
				 (unsigned long long)place->mnt,
				 str_cstr(&text) ? text.data : "out of memory");
	}
}

/* What fails for all is told of, what does for this one is not. */
static int compile_other(struct search *search, const struct place *place)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	const struct compiler *c = search->c;
	struct compiler there = *c;
	int r;

	if (!has_file(place, search->hook->path.s))
		return 0;
	diagnostics_file(&diags, c->policy->file);
	there.diags = &diags;
	search->c = &there;
	r = each_match(place, search->hook->path.s, compile_path, search);
	search->c = c;
	warn_of_other(c, search->hook, place, &diags);
	return r == -ENOMEM || r == -ENOSPC ? r : 0;
}

static int compile_others(struct search *search)
{
	const struct roots *roots = search->c->ground->roots;
	int r = 0;

	for (size_t i = 0; roots && i < roots_count(roots) && r >= 0; i++) {
		struct place place;

		place.root = roots_open(roots, i, &place.mnt);
		if (place.root < 0)
			continue;
		r = compile_other(search, &place);
		close(place.root);
	}
	return r;
}

static bool is_for_containers(const struct policy *policy)
{
	struct workload_scope scope;

	return workload_scope_of(&policy->spec.workloads, &scope) && !scope.host;
}

static int nothing_found(const struct search *search)
{
	const struct policy_text *path = &search->hook->path;
	const struct compiler *c = search->c;
	struct finding *f;

	if (is_for_containers(c->policy)) {
		diagnose_warning(c->diags, path->mark, "no container has a file " QUOTED " by now",
				 QUOTE(path->s, path->len));
		return 0;
	}
	f = diagnose_error(c->diags, path->mark, "%s " QUOTED,
			   is_pattern(path->s) ? "no program matches" : "there is no file",
			   QUOTE(path->s, path->len));
	if (c->ground->roots)
		finding_remedy(f, "of containers to come, say which they are: containerSelector "
				  "or podSelector");
	return -ENOENT;
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
	struct search search = {.c = c, .compile = compile};
	int r = resolve(c, &hook);

	search.hook = hook;
	/* One that is there and cannot be hooked is told as what it is. */
	if (r >= 0 && !is_for_containers(c->policy) &&
	    (has_file(&own_place, hook->path.s) || !c->ground->roots))
		r = each_match(&own_place, hook->path.s, compile_path, &search);
	if (r >= 0)
		r = compile_others(&search);
	return r < 0 || search.n ? r : nothing_found(&search);
}

/* --- whether they are others */

static int sign_path(const struct place *place, const char *path, void *data)
{
	uint64_t *h = data;
	struct program_file file;

	if (program_file_identify(place->root, path, &file) < 0)
		return 0;
	*h = hash_number(hash_number(hash_number(*h, file.device), file.inode), place->mnt);
	return 0;
}

static void sign_hooks(const struct policy_hooks *hooks, const struct place *place, uint64_t *h)
{
	for (size_t i = 0; i < hooks->n; i++)
		each_match(place, hooks->v[i].path.s, sign_path, h);
}

static void sign_place(const struct policy *policy, const struct place *place, uint64_t *h)
{
	sign_hooks(&policy->spec.hooks[HOOK_UPROBE], place, h);
	sign_hooks(&policy->spec.hooks[HOOK_USDT], place, h);
}

bool policy_hooks_programs(const struct policy *policy)
{
	return policy->spec.hooks[HOOK_UPROBE].n || policy->spec.hooks[HOOK_USDT].n;
}

uint64_t program_files_signature(const struct policy *policy, const struct policy_ground *ground)
{
	const struct roots *roots = ground->roots;
	uint64_t h = HASH_INIT;

	if (!policy_hooks_programs(policy))
		return 0;
	if (!is_for_containers(policy))
		sign_place(policy, &own_place, &h);
	for (size_t i = 0; roots && i < roots_count(roots); i++) {
		struct place place;

		place.root = roots_open(roots, i, &place.mnt);
		if (place.root < 0)
			continue;
		sign_place(policy, &place, &h);
		close(place.root);
	}
	return h ? h : 1;
}
