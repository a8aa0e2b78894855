// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "event/json.h"
#include "policy/action.h"
#include "policy/yaml_reader.h"
#include "replay/replay.h"

#include <string.h>

/* A recorded event, as JSON or as YAML: whatever it is, what becomes of it makes sense. */

#define HEAD "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: p}\nspec:\n"

/* Values of each type, and all that is asked of processes. */
static const char text[] = HEAD
	"  kprobes:\n"
	"  - call: sys_openat\n    syscall: true\n    return: true\n"
	"    returnArg: {index: 0, type: int}\n    args: [{index: 1, type: string}]\n"
	"    selectors:\n"
	"    - matchArgs: [{index: 1, operator: Prefix, values: [/etc/]}]\n"
	"      matchReturnArgs: [{index: 0, operator: LT, values: [\"0\"]}]\n"
	"      matchActions: [{action: Post, rateLimit: 5m}]\n"
	"    - matchBinaries: [{operator: NotIn, values: [/x]}]\n"
	"    - matchBinaries: [{operator: In, values: [/y], followChildren: true}]\n"
	"    - matchParentBinaries: [{operator: Postfix, values: [/y]}]\n"
	"    - matchArguments: [{operator: NotSubString, values: [x]}]\n"
	"    - matchEnvironment: [{name: X, operator: Exists}]\n"
	"    - matchUsers: [{type: Real, operator: In, values: [\"0\"]}]\n"
	"    - matchNamespaces: [{namespace: Net, operator: NotIn, values: [host_ns]}]\n"
	"    - matchCapabilities: [{type: Effective, operator: In, values: [CAP_KILL]}]\n"
	"      matchPIDs: [{operator: In, values: [1], isNamespacePID: true}]\n"
	"  - call: \"list:l\"\n    syscall: true\n"
	"  lists:\n  - {name: l, type: syscalls, values: [sys_dup, i386/sys_open]}\n"
	"  lsmhooks:\n"
	"  - hook: a\n"
	"    args: [{index: 0, type: file}, {index: 1, type: sock}, {index: 2, type: "
	"kernel_cap_t}]\n"
	"    selectors:\n"
	"    - matchArgs:\n"
	"      - {index: 0, operator: FileType, values: [reg]}\n"
	"      - {index: 1, operator: DAddr, values: [10.0.0.0/8, \"::1\"]}\n"
	"      - {index: 2, operator: Equal, values: [CAP_KILL]}\n"
	"    - matchArgs: [{index: 0, operator: CelExpr, values: [\"arg0.startsWith('/x')\"]}]\n"
	"  - hook: b\n"
	"    args: [{index: 0, type: char_buf, sizeArgIndex: 2}, {index: 1, type: sockaddr_un},\n"
	"           {index: 2, type: auto, resolve: x.y}]\n"
	"    selectors:\n"
	"    - matchArgs:\n"
	"      - {index: 0, operator: SubString, values: [x]}\n"
	"      - {index: 1, operator: Family, values: [AF_UNIX]}\n"
	"      - {index: 2, operator: Equal, values: [\"7\"]}\n"
	"  tracepoints:\n"
	"  - {subsystem: s, event: e, args: [{index: 0, type: skb}, {index: 1, type: syscall64}],\n"
	"     selectors: [{matchArgs: [{index: 0, operator: SPort, values: [\"53\"]}]},\n"
	"                 {matchArgs: [{index: 1, operator: InMap, values: [\"3\"]}]}]}\n";

static struct policy *policy(void)
{
	static struct policies policies;
	struct diagnostics diags = DIAGNOSTICS_INIT;

	if (policies.n)
		return policies.v[0];
	MUST(policies_read(&policies, &diags, "fuzz", text, sizeof(text) - 1) == 0);
	MUST(policies.n == 1);
	policy_change_mode(policies.v[0], POLICY_MODE_MONITOR);
	diagnostics_done(&diags);
	return policies.v[0];
}

static void look(const Tetragon__GetEventsResponse *event)
{
	static const struct replay_want wants[] = {
		{-1, NULL}, {1, NULL}, {-1, "kprobes[0].selectors[0]"}};

	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		struct replay_result result = REPLAY_RESULT_INIT;

		MUST(replay_event(policy(), event, &wants[i], &result) == 0);
		MUST(result.events <= 1);
		MUST(result.told.least <= result.told.most && result.told.most <= 5);
		MUST(result.others.least <= result.others.most);
		MUST(result.others.most <= result.told.most);
		/* What is not sure has a reason. */
		MUST(result.why.len || (result.told.least == result.told.most &&
					result.others.least == result.others.most));
		replay_result_done(&result);
	}
}

static void look_at_json(const char *data, size_t size)
{
	ProtobufCMessage *msg;

	if (json_read(&tetragon__get_events_response__descriptor, data, size, &msg, NULL) < 0)
		return;
	look((const Tetragon__GetEventsResponse *)msg);
	protobuf_c_message_free_unpacked(msg, NULL);
}

static void look_at_yaml(const char *data, size_t size)
{
	struct diagnostics diags = DIAGNOSTICS_INIT;
	struct arena arena = ARENA_INIT;
	Tetragon__GetEventsResponse *event;
	struct yaml_reader reader;
	const struct node *node;

	yaml_reader_init(&reader, &diags, data, size);
	if (yaml_read(&reader, &arena, &node) == 1 && replay_read_node(node, &event, NULL) == 0) {
		look(event);
		protobuf_c_message_free_unpacked(&event->base, NULL);
	}
	yaml_reader_done(&reader);
	arena_done(&arena);
	diagnostics_done(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	look_at_json((const char *)data, size);
	look_at_yaml((const char *)data, size);
	return 0;
}
