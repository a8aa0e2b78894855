// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/utf8.h"
#include "text/compact.h"

#include <stdlib.h>

/*
 * Every string of every kind of event, filled with each thing that must not
 * reach a terminal: found by the messages' descriptors, so that fields yet to
 * come are in it too.
 */
static const char *const hostile[] = {
	"\x1b[31m",         /* escape sequences */
	"\x1b]0;title\x07", /* window titles */
	"\n",
	"\r",
	"\xc2\x9bK",        /* C1 control sequence introducer */
	"\xc2\x85",         /* next line */
	"\xe2\x80\xa8",     /* line separator */
	"\xe2\x80\xa9",     /* paragraph separator */
	"\xe2\x80\xae",     /* right-to-left override */
	"\xe2\x81\xa6",     /* left-to-right isolate */
	"\xd8\x9c",         /* Arabic letter mark */
	"\xef\xbb\xbf",     /* byte order mark */
	"\xf3\xa0\x80\x81", /* language tag */
	"\xff",             /* not UTF-8, as all below */
	"\x9b",
	"\xc0\x9b",
	"\xed\xa0\x80",
	"\xf4\x90\x80\x80",
	"\xe2\x80",
};

/* The functions with forms of their own, besides any other. */
static const char *const functions[] = {
	"fd_install",
	"sys_close",
	"sys_open",
	"sys_openat",
	"sys_read",
	"sys_write",
	"sys_mount",
	"sys_pivot_root",
	"sys_setuid",
	"sys_clock_settime",
	"sys_setns",
	"proc_exec_connector",
	"tcp_connect",
	"tcp_close",
	"tcp_sendmsg",
	"bpf_check",
	"security_perf_event_alloc",
	"security_bpf_map_alloc",
	"security_bpf_map_create",
	"security_file_permission",
	"security_mmap_file",
	"security_path_truncate",
	"security_file_truncate",
};

static void *member(ProtobufCMessage *msg, size_t offset)
{
	return (char *)msg + offset;
}

static ProtobufCMessage *make(const ProtobufCMessageDescriptor *d, unsigned variant,
			      const char *text);

static void set_value(void *to, const ProtobufCFieldDescriptor *field, unsigned variant,
		      const char *text)
{
	ProtobufCBinaryData *bytes = to;

	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		*(char **)to = strdup(text);
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		*(ProtobufCMessage **)to = make(field->descriptor, variant, text);
		break;
	case PROTOBUF_C_TYPE_BYTES:
		bytes->data = (uint8_t *)strdup(text);
		bytes->len = strlen(text);
		break;
	default:
		break;
	}
}

/* Lists get an element for each variant of their message, so that all are met. */
static void set_list(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *field, const char *text)
{
	size_t n = field->type == PROTOBUF_C_TYPE_MESSAGE
			   ? ((const ProtobufCMessageDescriptor *)field->descriptor)->n_fields
			   : 2;
	void **list;

	if (field->type != PROTOBUF_C_TYPE_MESSAGE && field->type != PROTOBUF_C_TYPE_STRING)
		return;
	list = calloc(n, sizeof(*list));
	assert_non_null(list);
	for (size_t i = 0; i < n; i++)
		set_value(&list[i], field, (unsigned)i, text);
	*(void ***)member(msg, field->offset) = list;
	*(size_t *)member(msg, field->quantifier_offset) = n;
}

/* A message with everything set to @text; of a oneof, the field in place @variant. */
static ProtobufCMessage *make(const ProtobufCMessageDescriptor *d, unsigned variant,
			      const char *text)
{
	ProtobufCMessage *msg = calloc(1, d->sizeof_message);

	assert_non_null(msg);
	d->message_init(msg);
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &d->fields[i];

		if (field->label == PROTOBUF_C_LABEL_REPEATED) {
			set_list(msg, field, text);
			continue;
		}
		if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
			if (i != variant)
				continue;
			*(uint32_t *)member(msg, field->quantifier_offset) = field->id;
		}
		set_value(member(msg, field->offset), field, 0, text);
	}
	return msg;
}

/* Whether the character is one of those above, told without the code under test. */
static bool acts(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
	       (c >= 0xe0000 && c < 0xe1000);
}

static uint32_t decode(const char *s, size_t n)
{
	static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = (unsigned char)s[0] & first[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	return c;
}

/* Checks the text, all of which is ours but for the escaped words. Returns the number of lines. */
static size_t check(const struct str *out)
{
	size_t lines = 0;

	for (size_t i = 0, n; i < out->len; i += n) {
		n = utf8_sequence(out->data + i, out->len - i);
		assert_int_not_equal(n, 0);
		if (out->data[i] == '\n') {
			lines++;
		} else if (out->data[i] == '\x1b') {
			/* Ours: ESC [ 0 m or ESC [ 3 digit m. */
			assert_int_equal(out->data[i + 1], '[');
			n = out->data[i + 2] == '0' ? 4 : 5;
			assert_true(out->data[i + 2] == '0' || out->data[i + 2] == '3');
			assert_int_equal(out->data[i + n - 1], 'm');
		} else {
			assert_false(acts(decode(out->data + i, n)));
		}
	}
	return lines;
}

static size_t lines_of(const Tetragon__GetEventsResponse *event)
{
	size_t lines = 0;

	for (int color = 0; color < 2; color++) {
		const struct compact_style style = {color, true, true, true};
		_cleanup_str_ struct str out = STR_INIT;

		assert_int_equal(compact_write(&style, &out, event), 0);
		lines = check(&out);
	}
	return lines;
}

static size_t lines_with(unsigned variant, const char *function, const char *text)
{
	Tetragon__GetEventsResponse *event =
		(void *)make(&tetragon__get_events_response__descriptor, variant, text);
	size_t lines;

	if (function) {
		free(event->process_kprobe->function_name);
		event->process_kprobe->function_name = strdup(function);
	}
	lines = lines_of(event);
	protobuf_c_message_free_unpacked(&event->base, NULL);
	return lines;
}

static void nothing_acts_on_the_terminal(void **state)
{
	const ProtobufCMessageDescriptor *d = &tetragon__get_events_response__descriptor;
	unsigned kinds = 0;

	for (unsigned kind = 0; kind < d->n_fields; kind++) {
		if (!(d->fields[kind].flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(hostile); i++)
			assert_int_equal(lines_with(kind, NULL, hostile[i]),
					 lines_with(kind, NULL, "harmless"));
		kinds++;
	}
	assert_true(kinds >= 11);
}

static void nor_in_the_forms_of_functions(void **state)
{
	const ProtobufCMessageDescriptor *d = &tetragon__get_events_response__descriptor;
	const ProtobufCFieldDescriptor *kprobe =
		protobuf_c_message_descriptor_get_field_by_name(d, "process_kprobe");
	unsigned variant = (unsigned)(kprobe - d->fields);

	for (size_t f = 0; f < ARRAY_SIZE(functions); f++)
		for (size_t i = 0; i < ARRAY_SIZE(hostile); i++)
			assert_int_equal(lines_with(variant, functions[f], hostile[i]),
					 lines_with(variant, functions[f], "harmless"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_acts_on_the_terminal),
		cmocka_unit_test(nor_in_the_forms_of_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
