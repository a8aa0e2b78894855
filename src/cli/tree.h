/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_TREE_H
#define OCELLI_CLI_TREE_H

#include "base/str.h"
#include "cli/name_index.h"
#include "tetragon/events.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Different things that a process did which are told one by one; of the others, how many. */
#define TREE_DEEDS_MAX 16
/* Bytes of a title and of a deed; what is longer is cut, and ends in "…". */
#define TREE_TEXT_BYTES 200

#define TREE_NONE SIZE_MAX

struct tree_deed {
	char *what;
	uint64_t times;
};

struct tree_process {
	char *title; /* binary and arguments */
	uint32_t pid, uid;
	bool has_uid, started, ended; /* seen to */
	uint32_t status;
	char *signal;                              /* that ended it, or NULL */
	size_t parent, child, last_child, sibling; /* numbers, or TREE_NONE */
	struct tree_deed *deeds;
	size_t n_deeds;
	uint64_t more_deeds;
};

/* Processes as events tell of them, by exec_id; no more than ->ids.max. */
struct tree {
	struct name_index ids;
	struct tree_process *v;
	size_t cap;
	uint64_t events, missed; /* events of processes that there was no room for */
};

/* Returns 0 or -ENOMEM. */
int tree_add(struct tree *tree, const Tetragon__GetEventsResponse *event);

/* Append all, for people and as one JSON object, whose list is flat. */
void tree_text(struct str *out, const struct tree *tree, bool color);
void tree_json(struct str *out, const struct tree *tree);

void tree_done(struct tree *tree);

#endif
