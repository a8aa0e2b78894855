// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "base/cleanup.h"
#include "cel/cel.h"
#include "cel/cel_filter.h"
#include "cel/event_env.h"
#include "cel/proto.h"
#include "event/json.h"

#include <errno.h>
#include <string.h>

/* Any text is an expression or is refused with the place; what an expression comes to fits the type
 * that it was found to have, and is the same again. */

#define LEVELS 3

static const char *const events[] = {
	"{\"process_exec\":{\"process\":{\"pid\":42,\"uid\":0,\"binary\":\"/usr/bin/curl\","
	"\"start_time\":\"2024-02-29T23:59:59.5Z\",\"argv\":[\"curl\",\"-s\"],"
	"\"pod\":{\"namespace\":\"x\",\"pod_labels\":{\"app\":\"dns\",\"a.b/c\":\"\"}},"
	"\"cap\":{\"effective\":[\"CAP_CHOWN\",\"CAP_SYS_ADMIN\"]}},"
	"\"ancestors\":[{\"pid\":7},{}]}}",
	"{\"process_exit\":{\"process\":{\"pid\":1},\"status\":255,\"signal\":\"SIGKILL\"}}",
	"{\"process_kprobe\":{\"function_name\":\"tcp_connect\",\"action\":\"KPROBE_ACTION_POST\","
	"\"args\":[{\"sock_arg\":{\"daddr\":\"10.1.2.3\",\"dport\":443}},{\"int_arg\":-1},"
	"{\"bytes_arg\":\"AP8=\"}],\"return\":{\"int_arg\":-13}}}",
	"{\"test\":{\"arg0\":\"18446744073709551615\"}}",
	"{}",
};

static Tetragon__GetEventsResponse *messages[ARRAY_SIZE(events)];
static struct cel_env any_env;
static struct cel_activation *activation;

static void set_up(void)
{
	ProtobufCMessage *msg;

	if (activation)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		MUST(json_read(&tetragon__get_events_response__descriptor, events[i],
			       strlen(events[i]), &msg, NULL) == 0);
		messages[i] = (Tetragon__GetEventsResponse *)msg;
	}
	any_env = cel_event_env;
	any_env.result = CEL_DYN;
	MUST(cel_activation_new(&any_env, &activation) == 0);
}

static bool may_be_null(enum cel_kind kind)
{
	return kind == CEL_NULLABLE || kind == CEL_MESSAGE || kind == CEL_TIMESTAMP ||
	       kind == CEL_DURATION || kind == CEL_IP || kind == CEL_CIDR;
}

static void must_fit(const struct cel_type *type, const struct cel_value *value, unsigned levels)
{
	struct cel_value part;

	MUST(value->kind > CEL_NONE && value->kind < _CEL_KIND_VALUES);
	if (type->kind == CEL_DYN || levels == 0 ||
	    (value->kind == CEL_NULL && may_be_null(type->kind)))
		return;
	if (type->kind == CEL_NULLABLE)
		type = type->arg[0];
	MUST(value->kind == type->kind);
	MUST(value->kind != CEL_MESSAGE || value->message.type == type->message);
	for (uint32_t i = 0; i < value->n && value->kind == CEL_LIST; i++)
		if (cel_list_get(value, i, &part) == 0)
			must_fit(type->arg[0], &part, levels - 1);
	for (uint32_t i = 0; i < value->n && value->kind == CEL_MAP; i++) {
		if (cel_map_key(value, i, &part) == 0)
			must_fit(type->arg[0], &part, levels - 1);
		if (cel_map_value(value, i, &part) == 0)
			must_fit(type->arg[1], &part, levels - 1);
	}
}

static void show(struct str *out, const struct cel_program *program, int *ret)
{
	_cleanup_error_ struct error *err = NULL;
	struct cel_value value;

	*ret = cel_eval(program, activation, &value, &err);
	if (*ret < 0) {
		MUST(*ret == -EDOM || *ret == -E2BIG);
		MUST(err && err->message && err->line >= 1 && err->column >= 1);
		return;
	}
	must_fit(cel_program_type(program), &value, LEVELS);
	cel_value_append(out, &value);
}

static void evaluate(const struct cel_program *program, const Tetragon__GetEventsResponse *event)
{
	_cleanup_str_ struct str first = STR_INIT, second = STR_INIT;
	int variable = cel_event_variable((uint32_t)event->event_case), r, again;

	cel_activation_clear(activation);
	if (variable >= 0)
		cel_activation_set(activation, (unsigned)variable,
				   cel_message(any_env.variables[variable].type.message,
					       (const ProtobufCMessage *)event->process_exec));
	show(&first, program, &r);
	show(&second, program, &again);
	MUST(r == again && first.len == second.len);
	MUST(first.len == 0 || !memcmp(first.data, second.data, first.len));
}

static void filter(const char *text)
{
	_cleanup_(cel_filter_free) struct cel_filter *f = NULL;

	if (cel_filter_new(&text, 1, &f, NULL) < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		MUST(cel_filter_match(f, messages[i], NULL, NULL) <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(cel_program_free) struct cel_program *program = NULL;
	_cleanup_error_ struct error *err = NULL;
	_cleanup_free_ char *text = strndup((const char *)data, size);

	set_up();
	if (!text)
		return 0;
	if (cel_compile(text, &any_env, &program, &err) < 0) {
		MUST(err && err->message && err->line >= 1 && err->column >= 1);
		MUST(err->code == -EINVAL || err->code == -ERANGE || err->code == -E2BIG);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		evaluate(program, messages[i]);
	filter(text);
	return 0;
}
