// SPDX-License-Identifier: Apache-2.0
#include "filter/subject.h"
#include "base/macro.h"

#define NONE SIZE_MAX

/* Where each kind of event keeps them; all members of the oneof are pointers to messages. */
static const struct layout {
	uint32_t type;
	size_t process, parent, ancestors, n_ancestors, policy_name;
} layouts[] = {
#define PROCESS_EVENT(number, message, policy)                             \
	{                                                                  \
		.type = TETRAGON__EVENT_TYPE__##number,                    \
		.process = offsetof(Tetragon__##message, process),         \
		.parent = offsetof(Tetragon__##message, parent),           \
		.ancestors = offsetof(Tetragon__##message, ancestors),     \
		.n_ancestors = offsetof(Tetragon__##message, n_ancestors), \
		.policy_name = policy,                                     \
	}
#define POLICY_EVENT(number, message) \
	PROCESS_EVENT(number, message, offsetof(Tetragon__##message, policy_name))
	PROCESS_EVENT(PROCESS_EXEC, ProcessExec, NONE),
	PROCESS_EVENT(PROCESS_EXIT, ProcessExit, NONE),
	PROCESS_EVENT(PROCESS_LOADER, ProcessLoader, NONE),
	POLICY_EVENT(PROCESS_KPROBE, ProcessKprobe),
	POLICY_EVENT(PROCESS_TRACEPOINT, ProcessTracepoint),
	POLICY_EVENT(PROCESS_UPROBE, ProcessUprobe),
	POLICY_EVENT(PROCESS_USDT, ProcessUsdt),
	POLICY_EVENT(PROCESS_LSM, ProcessLsm),
};

#define MEMBER(type, base, offset) (*(type const *)(const void *)((const char *)(base) + (offset)))

void subject_init(struct subject *subject, const Tetragon__GetEventsResponse *event)
{
	const void *base = event->process_exec;

	*subject = (struct subject){.event = event, .type = (uint32_t)event->event_case};
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		const struct layout *l = &layouts[i];

		if (l->type != subject->type)
			continue;
		subject->process = MEMBER(Tetragon__Process *, base, l->process);
		subject->parent = MEMBER(Tetragon__Process *, base, l->parent);
		subject->ancestors = MEMBER(Tetragon__Process **, base, l->ancestors);
		subject->n_ancestors = MEMBER(size_t, base, l->n_ancestors);
		if (l->policy_name != NONE)
			subject->policy_name = MEMBER(char *, base, l->policy_name);
		break;
	}
}
