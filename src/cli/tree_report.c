// SPDX-License-Identifier: Apache-2.0
#include "base/escape.h"
#include "base/macro.h"
#include "cli/color.h"
#include "cli/json_members.h"
#include "cli/tree.h"

#include <inttypes.h>
#include <string.h>

/* What is deeper stands below each other. */
#define DEPTH_MAX 24

static void append_lines(struct str *out, const struct tree *tree, size_t i, bool below)
{
	size_t path[DEPTH_MAX], n = 0;

	for (size_t at = i; tree->v[at].parent != TREE_NONE; at = tree->v[at].parent) {
		if (n == DEPTH_MAX) {
			memmove(path, path + 1, (DEPTH_MAX - 1) * sizeof(*path));
			n--;
		}
		path[n++] = at;
	}
	while (n-- > 0) {
		bool last = tree->v[path[n]].sibling == TREE_NONE;

		if (n == 0 && !below)
			str_append_z(out, last ? "└─ " : "├─ ");
		else
			str_append_z(out, last ? "   " : "│  ");
	}
}

static void append_escaped(struct str *out, const char *text)
{
	escape_text(out, text, strlen(text));
}

static void append_process(struct str *out, const struct tree *tree, size_t i, bool color)
{
	const struct tree_process *p = &tree->v[i];

	append_lines(out, tree, i, false);
	append_escaped(out, p->title && p->title[0] ? p->title : "?");
	str_appendf(out, " [%" PRIu32 "]", p->pid);
	if (p->has_uid && p->uid)
		str_appendf(out, " uid %" PRIu32, p->uid);
	if (p->ended) {
		bool well = !p->signal && !p->status;

		str_append_z(out, color && !well ? COLOR_RED : "");
		if (p->signal) {
			str_append_lit(out, " ► ");
			append_escaped(out, p->signal);
		} else {
			str_appendf(out, " ► %" PRIu32, p->status);
		}
		str_append_z(out, color && !well ? COLOR_END : "");
	}
	str_append_char(out, '\n');
}

static void append_deed(struct str *out, const struct tree *tree, size_t i, const char *what,
			uint64_t times, bool color)
{
	append_lines(out, tree, i, true);
	str_append_z(out, tree->v[i].child != TREE_NONE ? "│  " : "   ");
	str_append_z(out, color ? COLOR_YELLOW : "");
	append_escaped(out, what);
	if (times > 1)
		str_appendf(out, " ×%" PRIu64, times);
	str_append_z(out, color ? COLOR_END : "");
	str_append_char(out, '\n');
}

/* The next of all below a root, TREE_NONE at their end. */
static size_t next_of(const struct tree *tree, size_t i)
{
	if (tree->v[i].child != TREE_NONE)
		return tree->v[i].child;
	while (i != TREE_NONE && tree->v[i].sibling == TREE_NONE)
		i = tree->v[i].parent;
	return i == TREE_NONE ? i : tree->v[i].sibling;
}

void tree_text(struct str *out, const struct tree *tree, bool color)
{
	for (size_t root = 0; root < tree->ids.n; root++) {
		if (tree->v[root].parent != TREE_NONE)
			continue;
		for (size_t i = root; i != TREE_NONE; i = next_of(tree, i)) {
			const struct tree_process *p = &tree->v[i];

			append_process(out, tree, i, color);
			for (size_t j = 0; j < p->n_deeds; j++)
				append_deed(out, tree, i, p->deeds[j].what, p->deeds[j].times,
					    color);
			if (p->more_deeds)
				append_deed(out, tree, i, "other things", p->more_deeds, color);
		}
	}
}

static void append_json(struct str *out, const struct tree *tree, size_t i)
{
	const struct tree_process *p = &tree->v[i];

	str_append_char(out, '\n');
	json_put_begin(out, NULL, '{');
	json_put_string(out, "exec_id", tree->ids.names[i]);
	json_put_string(out, "parent_exec_id",
			p->parent == TREE_NONE ? NULL : tree->ids.names[p->parent]);
	json_put_number(out, "pid", p->pid);
	if (p->has_uid)
		json_put_number(out, "uid", p->uid);
	json_put_string(out, "title", p->title ? p->title : "");
	json_put_bool(out, "started", p->started);
	json_put_bool(out, "ended", p->ended);
	if (p->ended && !p->signal)
		json_put_number(out, "status", p->status);
	if (p->signal)
		json_put_string(out, "signal", p->signal);
	json_put_begin(out, "did", '[');
	for (size_t j = 0; j < p->n_deeds; j++) {
		json_put_begin(out, NULL, '{');
		json_put_string(out, "what", p->deeds[j].what);
		json_put_number(out, "times", p->deeds[j].times);
		json_put_end(out, '}');
	}
	json_put_end(out, ']');
	json_put_number(out, "did_more", p->more_deeds);
	json_put_end(out, '}');
}

void tree_json(struct str *out, const struct tree *tree)
{
	json_put_begin(out, NULL, '{');
	json_put_number(out, "events", tree->events);
	json_put_number(out, "missed_events", tree->missed);
	json_put_begin(out, "processes", '[');
	for (size_t i = 0; i < tree->ids.n; i++)
		append_json(out, tree, i);
	json_put_end(out, ']');
	json_put_end(out, '}');
	str_append_char(out, '\n');
}
