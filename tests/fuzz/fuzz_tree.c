// SPDX-License-Identifier: Apache-2.0
//
// A log for `ocelli tree` and the like: whatever its lines say of parents, each process is drawn
// once, in text that does not act on a terminal.
#include "fuzz.h"

#include "base/utf8.h"
#include "cli/tree.h"
#include "event/json.h"

#include <string.h>

enum { PROCESSES = 50 };

static void check_text(const struct str *out)
{
	MUST(utf8_valid_prefix(out->data, out->len) == out->len);
	for (size_t i = 0; i < out->len; i++) {
		unsigned char c = (unsigned char)out->data[i];

		MUST(c == '\n' || (c >= 0x20 && c != 0x7f));
		MUST(c != 0xc2 || (unsigned char)out->data[i + 1] >= 0xa0);
	}
}

static size_t count_lines(const struct str *out)
{
	size_t n = 0;

	for (size_t i = 0; i < out->len; i++)
		n += out->data[i] == '\n';
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tree tree = {.ids.max = PROCESSES};
	struct str text = STR_INIT, json = STR_INIT;
	const char *line = (const char *)data, *end = line + size;
	size_t deeds = 0;

	while (line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((newline ? newline : end) - line);
		ProtobufCMessage *event;

		if (json_read(&tetragon__get_events_response__descriptor, line, len, &event,
			      NULL) == 0) {
			MUST(tree_add(&tree, (const Tetragon__GetEventsResponse *)event) == 0);
			protobuf_c_message_free_unpacked(event, NULL);
		}
		line += len + 1;
	}
	tree_text(&text, &tree, false);
	tree_json(&json, &tree);
	check_text(&text);
	for (size_t i = 0; i < tree.ids.n; i++)
		deeds += tree.v[i].n_deeds + (tree.v[i].more_deeds > 0);
	MUST(tree.ids.n <= PROCESSES && count_lines(&text) == tree.ids.n + deeds);
	str_free(&text);
	str_free(&json);
	tree_done(&tree);
	return 0;
}
