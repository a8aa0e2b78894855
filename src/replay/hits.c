// SPDX-License-Identifier: Apache-2.0
#include "replay/hits.h"
#include "base/macro.h"
#include "policy/arg_type.h"
#include "policy/call_name.h"

#include <string.h>

/* --- events */

#define PROCESSES(m)                                                                 \
	.process = (m)->process, .parent = (m)->parent, .ancestors = (m)->ancestors, \
	.n_ancestors = (m)->n_ancestors, .args = (m)->args, .n_args = (m)->n_args

static void read_kprobe(const Tetragon__GetEventsResponse *event, struct hit *ret)
{
	const Tetragon__ProcessKprobe *m = event->process_kprobe;

	*ret = (struct hit){
		PROCESSES(m),
		.kinds = HOOK_BIT(HOOK_KPROBE) | HOOK_BIT(HOOK_FENTRY),
		.name = m->function_name,
		.data = m->data,
		.n_data = m->n_data,
		.returned = m->return_,
	};
}

static void read_tracepoint(const Tetragon__GetEventsResponse *event, struct hit *ret)
{
	const Tetragon__ProcessTracepoint *m = event->process_tracepoint;

	*ret = (struct hit){
		PROCESSES(m),
		.kinds = HOOK_BIT(HOOK_TRACEPOINT),
		.where = m->subsys,
		.name = m->event,
	};
}

static void read_lsm(const Tetragon__GetEventsResponse *event, struct hit *ret)
{
	const Tetragon__ProcessLsm *m = event->process_lsm;

	*ret = (struct hit){
		PROCESSES(m),
		.kinds = HOOK_BIT(HOOK_LSM),
		.name = m->function_name,
	};
}

static void read_uprobe(const Tetragon__GetEventsResponse *event, struct hit *ret)
{
	const Tetragon__ProcessUprobe *m = event->process_uprobe;

	*ret = (struct hit){
		PROCESSES(m),     .kinds = HOOK_BIT(HOOK_UPROBE),
		.where = m->path, .name = m->symbol,
		.data = m->data,  .n_data = m->n_data,
	};
}

static void read_usdt(const Tetragon__GetEventsResponse *event, struct hit *ret)
{
	const Tetragon__ProcessUsdt *m = event->process_usdt;

	*ret = (struct hit){
		PROCESSES(m),    .kinds = HOOK_BIT(HOOK_USDT), .where = m->path,
		.name = m->name, .provider = m->provider,
	};
}

#define EVENT(name) TETRAGON__GET_EVENTS_RESPONSE__EVENT_##name

bool hit_read(const Tetragon__GetEventsResponse *event, struct hit *ret)
{
	static const struct {
		Tetragon__GetEventsResponse__EventCase event;
		void (*read)(const Tetragon__GetEventsResponse *event, struct hit *ret);
	} kinds[] = {
		{EVENT(PROCESS_KPROBE), read_kprobe}, {EVENT(PROCESS_TRACEPOINT), read_tracepoint},
		{EVENT(PROCESS_LSM), read_lsm},       {EVENT(PROCESS_UPROBE), read_uprobe},
		{EVENT(PROCESS_USDT), read_usdt},
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].event == event->event_case) {
			kinds[i].read(event, ret);
			return true;
		}
	return false;
}

/* --- places */

/* Names of functions of system calls, of machines that this was not built for: nothing is known of
 * their calls. */
static bool is_foreign(const char *function)
{
#ifdef __aarch64__
	static const char *const prefixes[] = {"__x64_sys_", "__ia32_"};
#else
	static const char *const prefixes[] = {"__arm64_"};
#endif

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(function, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

/* Whether what a policy calls @name is the function. */
static bool is_call(const char *name, const char *function)
{
	struct call_name told = call_name_read(function), wanted = call_name_read(name);
	enum syscall_abi abi = told.native ? SYSCALL_ABI_DEFAULT : SYSCALL_ABI_COMPAT;
	const struct syscall_info *call = syscall_named(abi, told.stem);

	/* That of an event is always of one table. */
	if (told.native == told.compat || (told.native ? !wanted.native : !wanted.compat))
		return false;
	return call ? call_name_is_of(&wanted, call, abi) : !strcmp(wanted.stem, told.stem);
}

static enum tri is_named(const struct hit *hit, const struct policy_hook *hook, const char *name,
			 struct str *why)
{
	if (!hook->syscall.v)
		return !strcmp(name, hit->name) ? TRI_YES : TRI_NO;
	if (!is_foreign(hit->name))
		return is_call(name, hit->name) ? TRI_YES : TRI_NO;
	if (!why->len)
		str_appendf(why, "%.100s is a system call of another kind of machine", hit->name);
	return TRI_UNKNOWN;
}

static enum tri is_on_list(const struct hit *hit, const struct policy_hook *hook, struct str *why)
{
	const struct policy_list *list = hook->list;
	struct call_name told = call_name_read(hit->name);
	enum tri on = TRI_NO;

	if (list->type.v == LIST_GENERATED_SYSCALLS)
		return told.native != told.compat ? TRI_YES : TRI_NO;
	if (list->type.v == LIST_GENERATED_FTRACE) {
		if (!why->len)
			str_append_lit(why, "which functions are on a list of generated_ftrace is "
					    "for a kernel to say");
		return TRI_UNKNOWN;
	}
	for (size_t i = 0; i < list->values.n && on == TRI_NO; i++)
		on = is_named(hit, hook, list->values.v[i].s, why);
	return on;
}

static enum tri is_function(const struct hit *hit, const struct policy_hook *hook, struct str *why)
{
	return hook->list ? is_on_list(hit, hook, why) : is_named(hit, hook, hook->call.s, why);
}

static enum tri is_tracepoint(const struct hit *hit, const struct policy_hook *hook,
			      struct str *why)
{
	return !strcmp(hook->subsystem.s, hit->where) && !strcmp(hook->event.s, hit->name) ? TRI_YES
											   : TRI_NO;
}

static enum tri is_lsm(const struct hit *hit, const struct policy_hook *hook, struct str *why)
{
	return !strcmp(hook->call.s, hit->name) ? TRI_YES : TRI_NO;
}

static enum tri is_uprobe(const struct hit *hit, const struct policy_hook *hook, struct str *why)
{
	if (strcmp(hook->path.s, hit->where) != 0)
		return TRI_NO;
	for (size_t i = 0; i < hook->symbols.n; i++)
		if (!strcmp(hook->symbols.v[i].s, hit->name))
			return TRI_YES;
	if (!hook->offsets.n && !hook->addrs.n)
		return TRI_NO;
	if (!why->len)
		str_append_lit(why, "where an offset is, the event does not say");
	return TRI_UNKNOWN;
}

static enum tri is_usdt(const struct hit *hit, const struct policy_hook *hook, struct str *why)
{
	return !strcmp(hook->path.s, hit->where) && !strcmp(hook->provider.s, hit->provider) &&
			       !strcmp(hook->name.s, hit->name)
		       ? TRI_YES
		       : TRI_NO;
}

enum tri hit_is_at(const struct hit *hit, const struct policy_hook *hook, struct str *why)
{
	static enum tri (*const places[HOOK_KINDS])(const struct hit *, const struct policy_hook *,
						    struct str *) = {
		[HOOK_KPROBE] = is_function,
		[HOOK_FENTRY] = is_function,
		[HOOK_TRACEPOINT] = is_tracepoint,
		[HOOK_UPROBE] = is_uprobe,
		[HOOK_USDT] = is_usdt,
		[HOOK_LSM] = is_lsm,
	};

	return hit->kinds & HOOK_BIT(hook->kind) ? places[hook->kind](hit, hook, why) : TRI_NO;
}
