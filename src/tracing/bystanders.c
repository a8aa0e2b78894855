// SPDX-License-Identifier: Apache-2.0
#include "tracing/bystanders.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "core/namespaces.h"
#include "policy/reach.h"
#include "policy/vocabulary.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the first PID namespace (include/linux/proc_ns.h: PROC_PID_INIT_INO). */
#define FIRST_PID_NAMESPACE 0xeffffffcU

/* --- procfs */

/* Lines of /proc/PID/status; those of ids have four. */
static bool read_status(const char *proc, uint32_t pid, struct caller *c, uint32_t *parent)
{
	struct {
		const char *name;
		uint64_t *number;
		int base;
	} rows[] = {
		{"CapInh:", &c->capabilities[CAPABILITY_SET_INHERITABLE], 16},
		{"CapPrm:", &c->capabilities[CAPABILITY_SET_PERMITTED], 16},
		{"CapEff:", &c->capabilities[CAPABILITY_SET_EFFECTIVE], 16},
	};
	_cleanup_fclose_ FILE *f = NULL;
	char line[512], path[PATH_MAX];
	uint32_t *u = c->users;
	bool known = false;

	snprintf(path, sizeof(path), "%s/%u/status", proc, pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		const char *last = strrchr(line, '\t');

		for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
			if (!strncmp(line, rows[i].name, strlen(rows[i].name)))
				*rows[i].number =
					strtoull(line + strlen(rows[i].name), NULL, rows[i].base);
		if (!strncmp(line, "PPid:", 5))
			*parent = (uint32_t)strtoul(line + 5, NULL, 10);
		if (!strncmp(line, "NSpid:", 6) && last)
			c->nspid = (uint32_t)strtoul(last, NULL, 10);
		if (!strncmp(line, "Uid:", 4))
			known = sscanf(line + 4, "%u %u %u %u", &u[USER_ID_REAL],
				       &u[USER_ID_EFFECTIVE], &u[USER_ID_SAVED],
				       &u[USER_ID_FILESYSTEM]) == 4;
	}
	return known;
}

/* The path of what it executes. */
static char *read_image(const char *proc, uint32_t pid)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%u/exe", proc, pid);
	n = readlink(path, target, sizeof(target) - 1);
	return n < 0 ? NULL : strndup(target, (size_t)n);
}

/* What it was called as, if that is a path: it may be by way of a symbolic link. */
static char *read_name(const char *proc, uint32_t pid)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[PATH_MAX], name[PATH_MAX] = "";

	snprintf(path, sizeof(path), "%s/%u/cmdline", proc, pid);
	f = fopen(path, "re");
	if (!f || !fread(name, 1, sizeof(name) - 1, f) || name[0] != '/')
		return NULL;
	return strdup(name);
}

static struct bytes bytes_of(const char *s)
{
	return (struct bytes){s, s ? strlen(s) : 0};
}

/* Returns whether there is such a process. */
static bool read_one(const char *proc, uint32_t pid, struct bystander *to, uint32_t *parent)
{
	struct caller *c = &to->caller;

	*to = (struct bystander){.proc = proc, .pid = pid};
	if (!read_status(proc, pid, c, parent))
		return false;
	namespaces_of(proc, pid, c->namespaces);
	to->image = read_image(proc, pid);
	to->name = read_name(proc, pid);
	c->image = bytes_of(to->image);
	c->image_fault = !to->image;
	c->names[0].path = bytes_of(to->name);
	return true;
}

void bystanders_read(const char *proc, uint32_t agent, struct bystanders *ret)
{
	uint32_t own[_EXEC_NS_MAX] = {0}, parent = 1, next = 0;
	struct bystander none;
	bool same;

	*ret = (struct bystanders){0};
	if (agent && read_one(proc, agent, &none, &parent)) {
		memcpy(own, none.caller.namespaces, sizeof(own));
		free(none.image);
		free(none.name);
	}
	same = own[EXEC_NS_PID] == FIRST_PID_NAMESPACE;
	for (; parent > 1 && ret->n + 1 < BYSTANDERS_MAX; parent = next)
		if (read_one(proc, parent, &ret->v[ret->n], &next))
			ret->n++;
		else
			break;
	if (read_one(proc, 1, &ret->v[ret->n], &next))
		ret->n++;
	for (size_t i = 0; i < ret->n; i++) {
		struct bystander *b = &ret->v[i];

		b->pid_known = same || b->caller.namespaces[EXEC_NS_PID] == FIRST_PID_NAMESPACE;
		b->caller.pid = b->pid_known ? b->pid : 0;
		b->caller.host = b->pid_known && b->pid == 1;
		b->caller.parent = i + 1 < ret->n ? &ret->v[i + 1].caller : NULL;
	}
}

void bystanders_done(struct bystanders *bystanders)
{
	for (size_t i = 0; i < bystanders->n; i++) {
		free(bystanders->v[i].image);
		free(bystanders->v[i].name);
	}
	bystanders->n = 0;
}

/* --- whether they are meant */

static bool is_known(const struct process_test *t, const struct bystander *b)
{
	const struct caller *c = &b->caller;

	if (t->parent)
		return false;
	switch (t->value) {
	case PROCESS_PID:
		return b->pid_known;
	case PROCESS_NSPID:
		return c->nspid;
	case PROCESS_NAMESPACE:
		return c->namespaces[t->which];
	case PROCESS_CAPABILITIES:
	case PROCESS_USER:
		return true;
	case PROCESS_HOST:
		return c->host;
	case PROCESS_IMAGE:
		/* What its ancestors executed before is not known any more. */
		return !c->image_fault && !(t->follow && t->test.negate);
	default:
		return false;
	}
}

enum certainty bystander_is_meant(const struct plan_selector *selector, const struct bystander *b)
{
	enum certainty is = selector->n ? MAYBE : CERTAINLY;

	for (size_t i = 0; i < selector->n_process; i++) {
		if (!is_known(&selector->process[i], b))
			is = MAYBE;
		else if (!process_test_holds(&selector->process[i], &b->caller))
			return CERTAINLY_NOT;
	}
	return is;
}

/* --- what would be done to them */

static const struct policy_action *harm_to(const struct bystander *b,
					   const struct policy_actions *actions)
{
	unsigned counts = b->pid == 1 ? HARM_DENIES : HARM_DENIES | HARM_KILLS;

	for (size_t i = 0; i < actions->n; i++)
		if (policy_harm_of(&actions->v[i]) & counts)
			return &actions->v[i];
	return NULL;
}

static int tell(const struct policy *policy, const struct bystander *b,
		const struct policy_action *action, struct diagnostics *diags)
{
	_cleanup_free_ char *to = NULL;

	if (asprintf(&to, "%s, %s (pid %u)",
		     b->pid == 1 ? "the first process" : "a process that the agent is a child of",
		     b->image ? b->image : "", b->pid) < 0)
		to = NULL;
	return policy_refuse_harm(policy, diags, action, to ? to : "the agent's parents",
				  "all that the selector asks of processes is true of it, and it "
				  "has no filter on arguments");
}

/* Whether code of the file is in its memory. */
static bool executes(const struct bystander *b, const struct program_file *file)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[PATH_MAX], modes[8];
	unsigned long begin, end;
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	bool found = false;

	snprintf(path, sizeof(path), "%s/%u/maps", b->proc, b->pid);
	f = fopen(path, "re");
	while (f && !found && getline(&line, &size, f) > 0) {
		struct program_file mapped;

		if (sscanf(line, "%lx-%lx %7s", &begin, &end, modes) != 3 || !strchr(modes, 'x'))
			continue;
		snprintf(path, sizeof(path), "%s/%u/map_files/%lx-%lx", b->proc, b->pid, begin,
			 end);
		found = program_file_identify(-1, path, &mapped) == 0 &&
			mapped.device == file->device && mapped.inode == file->inode;
	}
	return found;
}

/* What the hook would certainly do to it; NULL: nothing is known. The first selector that holds is
 * it. */
static const struct policy_action *action_on(const struct policy_point *p,
					     const struct bystander *b)
{
	if (hook_place_is_in_file(&p->place) && !executes(b, &p->place.file))
		return NULL;
	for (size_t i = 0; i < p->plan.n_selectors && i < p->hook->selectors.n; i++) {
		const struct policy_selector *s = &p->hook->selectors.v[i];
		const struct policy_action *action = harm_to(b, &s->actions);
		enum certainty is = bystander_is_meant(&p->plan.selectors[i], b);

		if (is == CERTAINLY_NOT)
			continue;
		if (!action && !s->return_args.n)
			action = harm_to(b, &s->return_actions);
		return is == CERTAINLY ? action : NULL;
	}
	return NULL;
}

/* One of them is enough. */
static int check_point(const struct bystanders *bystanders, const struct policy *policy,
		       const struct policy_point *p, struct diagnostics *diags)
{
	for (size_t i = 0; i < bystanders->n; i++) {
		const struct policy_action *action = action_on(p, &bystanders->v[i]);

		if (action)
			return tell(policy, &bystanders->v[i], action, diags);
	}
	return 0;
}

int bystanders_check(const struct bystanders *bystanders, const struct policy *policy,
		     const struct policy_points *points, struct diagnostics *diags)
{
	int first = 0;

	for (size_t i = 0; i < points->n; i++) {
		const struct policy_point *p = &points->v[i];
		int r;

		/* At all its places a hook does the same, to those who come there. */
		if (i && points->v[i - 1].of == p->of &&
		    points->v[i - 1].place.file.inode == p->place.file.inode)
			continue;
		r = check_point(bystanders, policy, p, diags);
		first = first < 0 ? first : r;
	}
	return first;
}
