// SPDX-License-Identifier: Apache-2.0
#include "made.h"

#include "base/cleanup.h"
#include "base/macro.h"
#include "policy/action.h"
#include "policy/operator.h"
#include "policy/schema.h"

/*
 * What may be asked of what, written down once more, by names: every type with
 * every operator at every kind of hook goes through the whole way from text.
 */

#define INTS                                                                          \
	" int sint8 int8 uint8 sint16 int16 uint16 uint32 sint32 int32 ulong uint64 " \
	"size_t long sint64 int64 bpf_cmd "
#define STRINGS                                                                     \
	" char_buf string fd file filename path sockaddr_un linux_binprm data_loc " \
	"net_device dentry "
#define SOCKETS " skb sock socket "
#define MASKS " kernel_cap_t cap_inheritable cap_permitted cap_effective "

static const struct {
	const char *operators;
	const char *types;
	const char *value; /* that is one of all of them; NULL: takes none */
} matrix[] = {
	{" Equal NotEqual ", INTS STRINGS MASKS, "1"},
	{" Prefix NotPrefix Postfix NotPostfix SubString SubStringIgnCase ", STRINGS, "x"},
	{" GT LT GreaterThan LessThan Mask ", INTS, "0x7f"},
	{" InMap NotInMap ", INTS " syscall64 ", "1:3"},
	{" InRange NotInRange ", INTS, "1:3"},
	{" SPort NotSPort ", SOCKETS " sockaddr ", "80:90"},
	{" DPort NotDPort ", SOCKETS, "80"},
	{" SPortPriv NotSportPriv ", SOCKETS " sockaddr ", NULL},
	{" DPortPriv NotDPortPriv ", SOCKETS, NULL},
	{" SAddr NotSAddr ", SOCKETS " sockaddr ", "10.0.0.0/8"},
	{" DAddr NotDAddr ", SOCKETS, "::1"},
	{" Protocol ", SOCKETS, "IPPROTO_TCP"},
	{" Family ", SOCKETS " sockaddr sockaddr_un ", "AF_INET6"},
	{" State ", SOCKETS, "TCP_LISTEN"},
	{" CapabilitiesGained ", MASKS, NULL},
	{" FileType NotFileType ", " file path ", "reg"},
	{" CelExpr ", "", "arg0 == 1"},
};

static bool has_word(const char *words, const char *word)
{
	char padded[64];

	snprintf(padded, sizeof(padded), " %s ", word);
	return strstr(words, padded) != NULL;
}

static size_t row_of(const char *op)
{
	for (size_t i = 0; i < ARRAY_SIZE(matrix); i++)
		if (has_word(matrix[i].operators, op))
			return i;
	fail_msg("%s is not in the matrix", op);
	return 0;
}

static const char *const hooks[HOOK_KINDS] = {
	[HOOK_KPROBE] = "{call: f, syscall: false",
	[HOOK_FENTRY] = "{call: f, syscall: false",
	[HOOK_TRACEPOINT] = "{subsystem: s, event: e, raw: true",
	[HOOK_UPROBE] = "{path: /p, symbols: [s]",
	[HOOK_USDT] = "{path: /p, provider: pp, name: nn",
	[HOOK_LSM] = "{hook: file_open",
};

/* Those of the kernel, which no process has. */
#define OBJECTS                                                                           \
	" skb sock socket file filename path perf_event bpf_map bpf_prog user_namespace " \
	"kiocb iov_iter cred load_info module linux_binprm net_device dentry "

static bool type_is_for(const char *type, enum hook_kind hook)
{
	bool function = hook == HOOK_KPROBE || hook == HOOK_FENTRY;
	bool in_process = hook == HOOK_UPROBE || hook == HOOK_USDT;

	if (in_process && has_word(OBJECTS, type))
		return false;

	if (!strcmp(type, "auto") || !strcmp(type, "data_loc"))
		return hook == HOOK_TRACEPOINT;
	if (!strcmp(type, "const_buf"))
		return hook != HOOK_TRACEPOINT;
	return strcmp(type, "syscall64") != 0 || !function;
}

static bool suits(const char *type, const char *op, enum hook_kind hook)
{
	if (!type_is_for(type, hook))
		return false;
	/* In Tetragon expressions are for kprobes and uprobes. */
	if (!strcmp(op, "CelExpr") || !strcmp(type, "auto"))
		return true;
	return has_word(matrix[row_of(op)].types, type);
}

static void check(const char *type, const char *op, enum hook_kind hook)
{
	const char *value = matrix[row_of(op)].value;
	struct str spec = STR_INIT;
	struct made made;
	bool two = !strcmp(op, "CapabilitiesGained");

	str_appendf(&spec,
		    " %s:\n - %s, args: [{index: 0, type: %s}, {index: 1, type: %s}], "
		    "selectors: [{matchArgs: [{operator: %s%s",
		    hook_section_names[hook], hooks[hook], type, type, op,
		    two ? ", args: [1, 0]" : "");
	if (value)
		str_appendf(&spec, ", values: [\"%s\"]", value);
	str_append_lit(&spec, "}]}]}\n");
	assert_non_null(str_cstr(&spec));
	made_spec(&made, spec.data);
	if ((made.diags.counts[SEVERITY_ERROR] == 0) != suits(type, op, hook))
		fail_msg("%s of %s at %s: %s", op, type, hook_section_names[hook],
			 made.diags.n ? made.text.data : "accepted");
	made_done(&made);
	str_free(&spec);
}

static void test_matrix(void **state)
{
	const char *type, *op;

	for (enum hook_kind hook = 0; hook < HOOK_KINDS; hook++)
		for (size_t i = 0; (type = arg_types.name(i)); i++)
			for (size_t j = 0; (op = operators.name(j)); j++)
				check(type, op, hook);
}

/* Which action is for which hooks, likewise. */
static const struct {
	const char *action;
	const char *hooks;
} actions_matrix[] = {
	{"action: Post", " kprobes fentries tracepoints uprobes usdts lsmhooks "},
	{"action: NoPost", " kprobes fentries tracepoints uprobes usdts lsmhooks "},
	{"action: Sigkill", " kprobes fentries tracepoints uprobes usdts lsmhooks "},
	{"action: Signal, argSig: 10", " kprobes fentries tracepoints uprobes usdts lsmhooks "},
	{"action: Override, argError: -1", " kprobes fentries uprobes lsmhooks "},
	{"action: GetUrl, argUrl: \"http://x\"", " kprobes fentries tracepoints "},
	{"action: DnsLookup, argFqdn: x", " kprobes fentries tracepoints "},
	{"action: TrackSock", " kprobes fentries "},
	{"action: UntrackSock", " kprobes fentries "},
	{"action: NotifyEnforcer, argSig: 9", " kprobes fentries tracepoints lsmhooks "},
	{"action: CleanupEnforcerNotification", " kprobes fentries tracepoints lsmhooks "},
	{"action: Set, argValue: 1", " usdts "},
};

static void test_actions(void **state)
{
	assert_null(action_at(ARRAY_SIZE(actions_matrix)));
	for (enum hook_kind hook = 0; hook < HOOK_KINDS; hook++) {
		for (size_t i = 0; i < ARRAY_SIZE(actions_matrix); i++) {
			struct str spec = STR_INIT;
			struct made made;

			str_appendf(&spec,
				    " enforcers: [{calls: [sys_dup]}]\n %s:\n - %s, args: "
				    "[{index: 0, type: %s}], selectors: [{matchActions: "
				    "[{%s}]}]}\n",
				    hook_section_names[hook],
				    hook == HOOK_KPROBE || hook == HOOK_FENTRY
					    ? "{call: security_x, syscall: false"
					    : hooks[hook],
				    type_is_for("sock", hook) ? "sock" : "int",
				    actions_matrix[i].action);
			assert_non_null(str_cstr(&spec));
			made_spec(&made, spec.data);
			if ((made.diags.counts[SEVERITY_ERROR] == 0) !=
			    has_word(actions_matrix[i].hooks, hook_section_names[hook]))
				fail_msg("%s at %s: %s", actions_matrix[i].action,
					 hook_section_names[hook], made.text.data);
			made_done(&made);
			str_free(&spec);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matrix),
		cmocka_unit_test(test_actions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
