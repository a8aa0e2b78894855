// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "event/json.h"
#include "replay/replay.h"

#include <errno.h>

/* As long as a line of a log may be; aliases can make more of a short text than there is memory. */
#define EVENT_MAX ((size_t)16 << 20)

static void put_node(struct str *out, const struct node *node);

static void put_scalar(struct str *out, const struct node *node)
{
	struct scalar scalar = node_scalar(node);

	if (scalar.type == SCALAR_NULL)
		str_append_lit(out, "null");
	else if (scalar.type == SCALAR_BOOL)
		str_append_z(out, scalar.boolean ? "true" : "false");
	else
		/* Numbers may be strings in the JSON of messages, and strings may look like
		 * numbers. */
		json_write_string(out, node->text, node->len);
}

static void put_mapping(struct str *out, const struct node *node)
{
	str_append_char(out, '{');
	for (size_t i = 0; i < node->n && out->len <= EVENT_MAX; i++) {
		if (i)
			str_append_char(out, ',');
		json_write_string(out, node->entries[i].key->text, node->entries[i].key->len);
		str_append_char(out, ':');
		put_node(out, node->entries[i].value);
	}
	str_append_char(out, '}');
}

static void put_sequence(struct str *out, const struct node *node)
{
	str_append_char(out, '[');
	for (size_t i = 0; i < node->n && out->len <= EVENT_MAX; i++) {
		if (i)
			str_append_char(out, ',');
		put_node(out, node->items[i]);
	}
	str_append_char(out, ']');
}

/* No deeper than the reader of YAML lets be. */
static void put_node(struct str *out, const struct node *node)
{
	if (node->kind == NODE_MAPPING)
		put_mapping(out, node);
	else if (node->kind == NODE_SEQUENCE)
		put_sequence(out, node);
	else
		put_scalar(out, node);
}

int replay_read_node(const struct node *node, Tetragon__GetEventsResponse **ret,
		     struct error **reterr)
{
	_cleanup_str_ struct str text = STR_INIT;
	ProtobufCMessage *msg;
	int r;

	put_node(&text, node);
	if (text.len > EVENT_MAX)
		return error_set(reterr, -E2BIG, "the event is larger than %zu bytes", EVENT_MAX);
	if (text.failed)
		return error_set(reterr, -ENOMEM, "out of memory");
	r = json_read_strict(&tetragon__get_events_response__descriptor, text.data, text.len, &msg,
			     reterr);
	if (r >= 0)
		*ret = (Tetragon__GetEventsResponse *)msg;
	return r;
}
