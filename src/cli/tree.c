// SPDX-License-Identifier: Apache-2.0
#include "cli/tree.h"
#include "base/cleanup.h"
#include "cli/event_words.h"
#include "filter/subject.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char *copy_cut(const char *text, size_t len)
{
	char *copy = malloc(TREE_TEXT_BYTES + sizeof("…"));
	size_t n = MIN(len, (size_t)TREE_TEXT_BYTES);

	if (!copy)
		return NULL;
	/* Not within a character. */
	while (n < len && n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	memcpy(copy, text, n);
	memcpy(copy + n, n < len ? "…" : "", n < len ? sizeof("…") : 1);
	return copy;
}

static int set_title(struct tree_process *p, const Tetragon__Process *process)
{
	_cleanup_str_ struct str title = STR_INIT;
	char *copy;

	str_append_z(&title, process->binary);
	if (process->arguments[0])
		str_appendf(&title, " %s", process->arguments);
	copy = title.failed ? NULL : copy_cut(title.data ? title.data : "", title.len);
	if (!copy)
		return -ENOMEM;
	free(p->title);
	p->title = copy;
	p->pid = process->pid ? process->pid->value : 0;
	p->has_uid = process->uid;
	p->uid = process->uid ? process->uid->value : 0;
	return 0;
}

static bool is_above(const struct tree *tree, size_t above, size_t of)
{
	for (; of != TREE_NONE; of = tree->v[of].parent)
		if (of == above)
			return true;
	return false;
}

/* Whose child it is becomes known when it is told of itself. */
static void put_below(struct tree *tree, size_t i, size_t parent)
{
	struct tree_process *p = &tree->v[i], *above = &tree->v[parent];

	if (p->parent != TREE_NONE || is_above(tree, i, parent))
		return;
	p->parent = parent;
	if (above->child == TREE_NONE)
		above->child = i;
	else
		tree->v[above->last_child].sibling = i;
	above->last_child = i;
}

/* Returns 0; -ENOSPC when there is no room for it, -ENOMEM. */
static int find(struct tree *tree, const char *exec_id, size_t *ret)
{
	bool is_new;
	int r = name_index_add(&tree->ids, exec_id, ret, &is_new);

	if (r < 0 || !is_new)
		return r;
	if (*ret >= tree->cap) {
		size_t cap = MAX(2 * tree->cap, (size_t)64);
		struct tree_process *v = reallocarray(tree->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		tree->v = v;
		tree->cap = cap;
	}
	tree->v[*ret] = (struct tree_process){
		.parent = TREE_NONE, .child = TREE_NONE, .sibling = TREE_NONE};
	return 0;
}

/* The process as @process tells of it. */
static int put(struct tree *tree, const Tetragon__Process *process, size_t *ret)
{
	int r = find(tree, process->exec_id, ret);

	if (r == 0 && !tree->v[*ret].title)
		r = set_title(&tree->v[*ret], process);
	return r;
}

static int add_deed(struct tree_process *p, const char *what, size_t len)
{
	_cleanup_free_ char *text = copy_cut(what, len);
	struct tree_deed *deeds;

	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < p->n_deeds; i++)
		if (!strcmp(p->deeds[i].what, text)) {
			p->deeds[i].times++;
			return 0;
		}
	if (p->n_deeds == TREE_DEEDS_MAX) {
		p->more_deeds++;
		return 0;
	}
	deeds = reallocarray(p->deeds, p->n_deeds + 1, sizeof(*deeds));
	if (!deeds)
		return -ENOMEM;
	p->deeds = deeds;
	deeds[p->n_deeds++] = (struct tree_deed){.what = TAKE_PTR(text), .times = 1};
	return 0;
}

static int add_end(struct tree_process *p, const Tetragon__ProcessExit *end)
{
	p->ended = true;
	p->status = end->status;
	free(p->signal);
	p->signal = end->signal[0] ? copy_cut(end->signal, strlen(end->signal)) : NULL;
	return end->signal[0] && !p->signal ? -ENOMEM : 0;
}

static int add(struct tree *tree, const struct subject *subject)
{
	const Tetragon__GetEventsResponse *event = subject->event;
	_cleanup_str_ struct str what = STR_INIT;
	size_t i, parent;
	int r = put(tree, subject->process, &i);

	if (r < 0)
		return r;
	/* One that has no id is nobody's parent. */
	if (subject->parent && subject->parent->exec_id[0]) {
		r = put(tree, subject->parent, &parent);
		if (r == 0)
			put_below(tree, i, parent);
		else if (r != -ENOSPC)
			return r;
	}
	if (event->event_case == TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_EXEC)
		tree->v[i].started = true;
	if (event->event_case == TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_EXIT)
		return add_end(&tree->v[i], event->process_exit);
	if (!event_words(&what, event))
		return 0;
	return what.failed ? -ENOMEM : add_deed(&tree->v[i], what.data ? what.data : "", what.len);
}

int tree_add(struct tree *tree, const Tetragon__GetEventsResponse *event)
{
	struct subject subject;
	int r;

	subject_init(&subject, event);
	if (!subject.process || !subject.process->exec_id[0])
		return 0;
	tree->events++;
	r = add(tree, &subject);
	if (r != -ENOSPC)
		return r;
	tree->missed++;
	return 0;
}

void tree_done(struct tree *tree)
{
	for (size_t i = 0; i < tree->ids.n; i++) {
		struct tree_process *p = &tree->v[i];

		for (size_t j = 0; j < p->n_deeds; j++)
			free(p->deeds[j].what);
		free(p->deeds);
		free(p->title);
		free(p->signal);
	}
	free(tree->v);
	name_index_done(&tree->ids);
}
