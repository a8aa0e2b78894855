// SPDX-License-Identifier: Apache-2.0
#include "cli/event_words.h"
#include "text/kprobe.h"

#include <string.h>

/* Of the arguments, the first that says what it was about. */
static void append_argument(struct str *out, Tetragon__KprobeArgument *const *args, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const Tetragon__KprobeArgument *arg = args[i];
		const char *path = kprobe_arg_path(arg);

		if (path && path[0]) {
			str_appendf(out, " %s", path);
		} else if (arg->arg_case == TETRAGON__KPROBE_ARGUMENT__ARG_SOCK_ARG) {
			str_appendf(out, " %s:%u", arg->sock_arg->daddr, arg->sock_arg->dport);
		} else if (arg->arg_case == TETRAGON__KPROBE_ARGUMENT__ARG_STRING_ARG) {
			str_appendf(out, " %s", arg->string_arg);
		} else {
			continue;
		}
		return;
	}
}

/* That it was told of is no news. */
static void append_action(struct str *out, Tetragon__KprobeAction action)
{
	static const char prefix[] = "KPROBE_ACTION_";
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
		&tetragon__kprobe_action__descriptor, (int)action);

	if (action == TETRAGON__KPROBE_ACTION__KPROBE_ACTION_UNKNOWN ||
	    action == TETRAGON__KPROBE_ACTION__KPROBE_ACTION_POST || !value)
		return;
	str_appendf(out, " (%s)",
		    strncmp(value->name, prefix, strlen(prefix)) ? value->name
								 : value->name + strlen(prefix));
}

static void append_kprobe(struct str *out, const Tetragon__ProcessKprobe *kprobe)
{
	static const char *const prefixes[] = {"__x64_", "__arm64_", "__ia32_"};
	const char *name = kprobe->function_name;

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			name += strlen(prefixes[i]);
	str_append_z(out, name);
	append_argument(out, kprobe->args, kprobe->n_args);
	append_action(out, kprobe->action);
}

bool event_words(struct str *out, const Tetragon__GetEventsResponse *event)
{
	switch (event->event_case) {
	case TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_KPROBE:
		append_kprobe(out, event->process_kprobe);
		return true;
	case TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_LSM:
		str_append_z(out, event->process_lsm->function_name);
		append_argument(out, event->process_lsm->args, event->process_lsm->n_args);
		append_action(out, event->process_lsm->action);
		return true;
	case TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_TRACEPOINT:
		str_appendf(out, "%s/%s", event->process_tracepoint->subsys,
			    event->process_tracepoint->event);
		append_argument(out, event->process_tracepoint->args,
				event->process_tracepoint->n_args);
		append_action(out, event->process_tracepoint->action);
		return true;
	case TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_UPROBE:
		str_appendf(out, "%s %s", event->process_uprobe->symbol,
			    event->process_uprobe->path);
		append_action(out, event->process_uprobe->action);
		return true;
	case TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_USDT:
		str_appendf(out, "%s:%s %s", event->process_usdt->provider,
			    event->process_usdt->name, event->process_usdt->path);
		append_action(out, event->process_usdt->action);
		return true;
	case TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_LOADER:
		str_appendf(out, "loads %s", event->process_loader->path);
		return true;
	default:
		return false;
	}
}
