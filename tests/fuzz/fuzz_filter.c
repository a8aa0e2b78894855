// SPDX-License-Identifier: Apache-2.0
//
// Texts of filters and of field filters, as --export-denylist and --field-filters take them, put to
// use on an event.
#include "fuzz.h"

#include "base/cleanup.h"
#include "event/json.h"
#include "filter/field_filter.h"
#include "filter/filter_list.h"

static const char event_text[] =
	"{\"process_kprobe\":{\"process\":{\"exec_id\":\"a\",\"pid\":7,\"binary\":\"/bin/aab\","
	"\"arguments\":\"-c aaab\",\"docker\":\"abc\",\"pod\":{\"namespace\":\"ns\",\"name\":\"p\","
	"\"container\":{\"name\":\"c\"},\"pod_labels\":{\"k\":\"v\"}},\"cap\":{\"effective\":"
	"[\"CAP_BPF\"]}},\"parent\":{\"binary\":\"/bin/sh\"},\"ancestors\":[{\"binary\":\"x\"},"
	"{}],\"function_name\":\"f\",\"policy_name\":\"q\",\"args\":[{\"int_arg\":1},{\"file_arg\":"
	"{\"path\":\"/p\"}}],\"return\":{\"bytes_arg\":\"AAAA\"},\"tags\":[\"t\"]},"
	"\"node_name\":\"n\"}";

static const Tetragon__GetEventsResponse *make_event(void)
{
	ProtobufCMessage *msg;

	MUST(json_read(&tetragon__get_events_response__descriptor, event_text,
		       sizeof(event_text) - 1, &msg, NULL) == 0);
	return (const Tetragon__GetEventsResponse *)msg;
}

static bool pass(struct event_filter *filter, const Tetragon__GetEventsResponse *event)
{
	bool result = event_filter_pass(filter, event, NULL);

	MUST(event_filter_pass(filter, event, NULL) == result);
	MUST(!filter->valueless || (filter->failure && filter->failure->line >= 1));
	return result;
}

/* Where nothing is in doubt, what an allow list lets pass is what a deny list holds back. */
static void use_filters(const char *text, size_t len, const Tetragon__GetEventsResponse *event)
{
	_cleanup_(event_filter_free) struct event_filter allow = {0}, deny = {0};
	_cleanup_error_ struct error *err = NULL;
	bool allowed, denied;

	if (filter_list_read(&allow.allow, text, len, "text", NULL, &err) < 0) {
		free(err ? error_text(err) : NULL);
		return;
	}
	MUST(filter_list_read(&deny.deny, text, len, "text", NULL, NULL) == 0);
	allowed = pass(&allow, event);
	denied = !pass(&deny, event);
	MUST(allow.allow.n == 0 || allowed == denied || allow.undecided);
}

static void use_field_filters(const char *text, size_t len,
			      const Tetragon__GetEventsResponse *event)
{
	_cleanup_(field_filters_free) struct field_filters filters = {0};
	_cleanup_error_ struct error *err = NULL;
	_cleanup_str_ struct str out = STR_INIT;
	struct json_writer writer = {.extensions = true};

	if (field_filters_read(&filters, text, len, "text", &err) == 0)
		json_write(&writer, &out, &field_filters_apply(&filters, event, NULL)->base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const Tetragon__GetEventsResponse *event;

	if (!event)
		event = make_event();
	use_filters((const char *)data, size, event);
	use_field_filters((const char *)data, size, event);
	return 0;
}
