// SPDX-License-Identifier: Apache-2.0
//
// One line of input to `ocelli getevents`: read, filtered, and printed in every form, none of which
// may hold a byte that acts on a terminal.
#include "fuzz.h"

#include "base/utf8.h"
#include "event/json.h"
#include "filter/field_filter.h"
#include "filter/filter_list.h"
#include "text/compact.h"
#include "base/escape.h"

static const char filter_text[] =
	"{\"binary_regex\":[\"a+b\"],\"namespace_regex\":[\"x\"],\"health_check\":false}"
	"{\"arguments_regex\":[\"(a|b)*c\"],\"ancestor_binary_regex\":[\"z\"]}"
	"{\"pid\":[1],\"policy_names\":[\"p\"],\"capabilities\":{\"effective\":{\"any\":[1]}}}";
static const char field_text[] =
	"{\"fields\":\"process.pod.name,process.pid,parent,args,ancestors.binary,function_name\"}"
	"{\"fields\":\"process.pid,args.file_arg.path,ancestors.binary\",\"action\":\"EXCLUDE\"}";

/* All of @out but line ends is UTF-8 without C0, DEL and C1. */
static void check_text(const struct str *out)
{
	MUST(utf8_valid_prefix(out->data, out->len) == out->len);
	for (size_t i = 0; i < out->len; i++) {
		unsigned char c = (unsigned char)out->data[i];

		MUST(c == '\n' || (c >= 0x20 && c != 0x7f));
		MUST(c != 0xc2 || (unsigned char)out->data[i + 1] >= 0xa0);
	}
}

static void print(const Tetragon__GetEventsResponse *event)
{
	static const struct compact_style styles[] = {
		{.timestamps = true, .stack_traces = true, .ima_hash = true},
		{.color = true, .stack_traces = true, .ima_hash = true},
	};
	_cleanup_str_ struct str json = STR_INIT, out = STR_INIT;
	struct json_writer writer = {.extensions = true};
	ProtobufCMessage *again;

	for (size_t i = 0; i < ARRAY_SIZE(styles); i++) {
		str_reset(&out);
		compact_write(&styles[i], &out, event);
		if (!styles[i].color)
			check_text(&out);
	}
	json_write(&writer, &json, &event->base);
	str_reset(&out);
	escape_json(&out, json.data, json.len);
	check_text(&out);
	MUST(json_read(event->base.descriptor, out.data, out.len, &again, NULL) == 0);
	protobuf_c_message_free_unpacked(again, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct event_filter filter;
	static struct field_filters fields;
	ProtobufCMessage *msg;

	if (filter.allow.n == 0) {
		MUST(filter_list_read(&filter.allow, filter_text, sizeof(filter_text) - 1, "", NULL,
				      NULL) == 0);
		MUST(field_filters_read(&fields, field_text, sizeof(field_text) - 1, "", NULL) ==
		     0);
	}
	if (json_read(&tetragon__get_events_response__descriptor, (const char *)data, size, &msg,
		      NULL) < 0)
		return 0;
	print((const Tetragon__GetEventsResponse *)msg);
	event_filter_pass(&filter, (const Tetragon__GetEventsResponse *)msg, NULL);
	print(field_filters_apply(&fields, (const Tetragon__GetEventsResponse *)msg, NULL));
	protobuf_c_message_free_unpacked(msg, NULL);
	return 0;
}
