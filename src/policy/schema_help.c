// SPDX-License-Identifier: Apache-2.0
#include "policy/schema_help.h"
#include "base/macro.h"

#include <string.h>

#define HELP(object, field, text) {(object), (field), (text), NULL}
#define EXAMPLE(object, field, text, yaml) {(object), (field), (text), (yaml)}

#define OF_SPEC(yaml) "spec:\n" yaml
/* Within a selector of a hook. */
#define OF_SELECTOR(yaml)                                                         \
	"spec:\n  kprobes:\n  - call: sys_openat\n    syscall: true\n    args:\n" \
	"    - {index: 1, type: string}\n    selectors:\n" yaml

const char policy_example[] = "apiVersion: cilium.io/v1alpha1\n"
			      "kind: TracingPolicy\n"
			      "metadata:\n"
			      "  name: shadow\n"
			      "spec:\n"
			      "  kprobes:\n"
			      "  - call: sys_openat\n"
			      "    syscall: true\n"
			      "    args:\n"
			      "    - {index: 1, type: string}\n"
			      "    selectors:\n"
			      "    - matchArgs:\n"
			      "      - {index: 1, operator: Equal, values: [/etc/shadow]}\n";

static const struct field_help helps[] = {
	HELP(NULL, "apiVersion", "The version of the schema: " POLICY_API_VERSION "."),
	HELP(NULL, "kind",
	     "TracingPolicy, or TracingPolicyNamespaced for the pods of one namespace."),
	HELP(NULL, "metadata", "What the policy is called."),
	HELP(NULL, "spec",
	     "What the policy is about: which calls it hooks, and which of them it tells."),

	HELP("metadata", "name", "The name of the policy, which its events have."),
	HELP("metadata", "namespace",
	     "The namespace whose pods a TracingPolicyNamespaced is about."),
	HELP("metadata", "labels", "Words of one's own, for tools."),
	EXAMPLE("metadata", "annotations",
		"Texts of one's own, for tools. ocelli.io/tests has the tests of \"policy test\".",
		"metadata:\n  name: shadow\n  annotations:\n    ocelli.io/tests: |\n"
		"      - {name: it is told, run: cat /etc/shadow}\n"),

	EXAMPLE(NULL, "containerSelector",
		"Only processes of containers with these labels (name, repo).",
		OF_SPEC("  containerSelector:\n    matchLabels: {name: main}\n")),
	EXAMPLE(NULL, "enforcers", "Which calls NotifyEnforcer acts on.",
		OF_SPEC("  enforcers:\n  - calls: [sys_dup]\n")),
	EXAMPLE(NULL, "fentries",
		"Functions of the kernel and system calls, hooked by fentry where the kernel has "
		"it.",
		OF_SPEC("  fentries:\n  - call: vfs_unlink\n    syscall: false\n    args:\n"
			"    - {index: 2, type: dentry}\n")),
	EXAMPLE(NULL, "hostSelector", "Only processes that are in no container: write {}.",
		OF_SPEC("  hostSelector: {}\n")),
	EXAMPLE(NULL, "kprobes", "System calls and functions of the kernel.",
		OF_SPEC("  kprobes:\n  - call: sys_openat\n    syscall: true\n    args:\n"
			"    - {index: 1, type: string}\n")),
	EXAMPLE(NULL, "lists", "Names of calls, for hooks (call: \"list:NAME\") and for values.",
		OF_SPEC("  lists:\n  - name: dups\n    type: syscalls\n"
			"    values: [sys_dup, sys_dup2, sys_dup3]\n  kprobes:\n"
			"  - call: list:dups\n    syscall: true\n")),
	EXAMPLE(NULL, "loader", "Tell of each file that a process maps to execute.",
		OF_SPEC("  loader: true\n")),
	EXAMPLE(NULL, "lsmhooks",
		"Hooks of the security modules, which see what is allowed or not.",
		OF_SPEC("  lsmhooks:\n  - hook: file_open\n    args:\n    - {index: 0, type: "
			"file}\n")),
	HELP(NULL, "nodeSelector", "Only on nodes with these labels, for who hands policies out."),
	EXAMPLE(NULL, "options",
		"Settings of the policy, such as policy-mode (\"enforce\", \"monitor\") and "
		"disable-kprobe-multi.",
		OF_SPEC("  options:\n  - {name: policy-mode, value: monitor}\n")),
	EXAMPLE(NULL, "podSelector", "Only processes of pods with these labels.",
		OF_SPEC("  podSelector:\n    matchLabels: {app: web}\n")),
	EXAMPLE(NULL, "selectorsMacros",
		"Parts of selectors by names of one's own, which selectors take over with macros.",
		OF_SPEC("  selectorsMacros:\n    shells:\n      matchBinaries:\n"
			"      - {operator: In, values: [/bin/sh, /bin/bash]}\n  kprobes:\n"
			"  - call: sys_execve\n    syscall: true\n    selectors:\n    - macros: "
			"[shells]\n")),
	EXAMPLE(NULL, "tracepoints", "Tracepoints of the kernel; raw ones, too.",
		OF_SPEC("  tracepoints:\n  - subsystem: syscalls\n    event: sys_enter_kill\n    "
			"args:\n"
			"    - {index: 5, type: int}\n")),
	EXAMPLE(NULL, "uprobes", "Functions of programs and libraries.",
		OF_SPEC("  uprobes:\n  - path: /bin/bash\n    symbols: [readline]\n")),
	EXAMPLE(NULL, "usdts", "Tracepoints that programs have in them.",
		OF_SPEC("  usdts:\n  - path: /usr/lib/libc.so.6\n    provider: libc\n"
			"    name: setjmp\n")),

	HELP(NULL, "matchExpressions", "What must be true of the labels; all of them."),
	HELP(NULL, "matchLabels", "Labels that are to be there, with these values; all of them."),
	HELP("an expression on labels", "key", "The name of the label."),
	HELP("an expression on labels", "operator",
	     "What is to be true of its value, or of there being one."),
	HELP("an expression on labels", "values", "The values for In and NotIn."),

	HELP("a list", "name", "What hooks and values call it by."),
	HELP("a list", "pattern",
	     "A regular expression that names of functions have, for generated_ftrace."),
	HELP("a list", "type",
	     "syscalls: values are names of system calls; generated_syscalls: all of "
	     "them; generated_ftrace: all functions with the pattern; left out: functions."),
	HELP("a list", "validated", "Of no effect: what is not there is always told."),
	HELP("a list", "values",
	     "The names, of system calls of 32-bit programs behind i386/ or arm32/."),

	HELP("an enforcer", "calls",
	     "System calls or functions, or lists of them (\"list:NAME\")."),
	HELP("an option", "name", "Which option it is."),
	HELP("an option", "value", "What it is set to."),

	HELP(NULL, "args", "Which arguments are told, and can be filtered by."),
	HELP(NULL, "selectors",
	     "Which calls are meant, and what is done then: the first selector that is true. "
	     "Without "
	     "any, all calls are told."),
	HELP(NULL, "message", "A text for the events."),
	HELP(NULL, "tags", "Words for the events."),
	HELP(NULL, "data", "Values besides the arguments, such as of the current task (source)."),
	HELP(NULL, "return", "Whether what is returned is told."),
	HELP(NULL, "returnArg", "Of which type that is; its index is 0."),
	HELP(NULL, "call",
	     "Which function: of a system call sys_openat, the kernel's own vfs_read, or "
	     "\"list:NAME\"."),
	HELP(NULL, "ignore", "What is no reason to refuse the policy."),
	HELP(NULL, "returnArgAction",
	     "TrackSock or UntrackSock: what becomes of the socket that is returned."),
	HELP(NULL, "syscall", "Whether it is a system call."),
	HELP(NULL, "event", "The name of the tracepoint."),
	HELP(NULL, "raw",
	     "Its arguments as the kernel passes them, instead of the fields of its format."),
	HELP(NULL, "subsystem", "The directory of the tracepoint in tracefs."),
	HELP(NULL, "addrs", "Virtual addresses in the file, instead of symbols."),
	HELP(NULL, "binaryDigests", "What the file has to hash to (sha256:…), one of these."),
	HELP(NULL, "btfPath", "A file with the types of the program, for resolve."),
	HELP(NULL, "offsets", "Places in the file, instead of symbols."),
	HELP(NULL, "path", "The program or library."),
	HELP(NULL, "refCtrOffsets", "Where the counters of semaphores are, for each symbol."),
	HELP(NULL, "symbols", "Functions of the file, with name+0x10 for a place in one."),
	HELP("a usdt", "name", "The name of the probe."),
	HELP("a usdt", "provider", "Who has it, as its note in the file says."),
	HELP("an LSM hook", "hook",
	     "The name of the hook, such as file_open or bprm_check_security."),
	HELP("ignore", "callNotFound", "A function that this kernel has not."),
	HELP("ignore", "digestVerificationFailure", "A file that is another."),

	HELP("an argument", "btfType",
	     "The type that resolve begins with, if it is not the argument's."),
	HELP("an argument", "btfTypeModule", "The module of the kernel that has that type."),
	HELP("an argument", "index",
	     "Which argument: from 0, of tracepoints the field of the format."),
	HELP("an argument", "label", "What events call it."),
	HELP("an argument", "maxData", "Of a buffer, also what is beyond its first 4,096 bytes."),
	HELP("an argument", "resolve",
	     "The way from the argument to what is told, by members of the kernel's structures: "
	     "mm.owner.comm."),
	HELP("an argument", "returnCopy",
	     "Read it when the call returns: a buffer, as much as that says; a number, where the "
	     "argument points."),
	HELP("an argument", "sizeArgIndex",
	     "Which argument says how large the buffer is, from 1; of const_buf, how large it is."),
	HELP("an argument", "source",
	     "Where it comes from, if it is no argument: current_task, pt_regs."),
	HELP("an argument", "type", "What it is read as; auto is what the kernel says that it is."),

	HELP("a selector", "label", "What counters and tests call it."),
	HELP("a selector", "macros", "Names of selectorsMacros, as if they were written here."),
	EXAMPLE("a selector", "matchActions",
		"What is done when it is true; Post, if nothing is said.",
		OF_SELECTOR("    - matchActions:\n      - {action: Post, rateLimit: 5s}\n")),
	EXAMPLE("a selector", "matchArgs", "What must be true of arguments; all of it.",
		OF_SELECTOR("    - matchArgs:\n"
			    "      - {index: 1, operator: Prefix, values: [/etc/, /root/]}\n")),
	EXAMPLE("a selector", "matchArguments",
		"What must be true of the arguments that the process was started with.",
		OF_SELECTOR("    - matchArguments:\n"
			    "      - {operator: SubString, values: [/dev/tcp/]}\n")),
	EXAMPLE("a selector", "matchBinaries",
		"Which programs make the call, by any of their names.",
		OF_SELECTOR(
			"    - matchBinaries:\n"
			"      - {operator: In, values: [/usr/bin/cat], followChildren: true}\n")),
	EXAMPLE("a selector", "matchCapabilities", "Which capabilities who makes the call has.",
		OF_SELECTOR("    - matchCapabilities:\n"
			    "      - {type: Effective, operator: In, values: [CAP_SYS_ADMIN]}\n")),
	EXAMPLE("a selector", "matchCapabilityChanges", "Which capabilities it gained or lost.",
		OF_SELECTOR("    - matchCapabilityChanges:\n"
			    "      - {type: Effective, operator: In, values: [CAP_SETUID]}\n")),
	EXAMPLE("a selector", "matchData", "What must be true of items of data.",
		"spec:\n  kprobes:\n  - call: sys_openat\n    syscall: true\n    data:\n"
		"    - {index: 0, type: string, source: current_task, resolve: comm}\n    "
		"selectors:\n"
		"    - matchData:\n      - {index: 0, operator: Equal, values: [sshd]}\n"),
	EXAMPLE("a selector", "matchEnvironment",
		"What must be true of variables of the environment that it was started with.",
		OF_SELECTOR(
			"    - matchEnvironment:\n      - {name: LD_PRELOAD, operator: Exists}\n")),
	EXAMPLE("a selector", "matchNamespaceChanges", "Which namespaces it changed.",
		OF_SELECTOR(
			"    - matchNamespaceChanges:\n      - {operator: In, values: [Mnt]}\n")),
	EXAMPLE("a selector", "matchNamespaces", "In which namespaces it is.",
		OF_SELECTOR("    - matchNamespaces:\n"
			    "      - {namespace: Pid, operator: NotIn, values: [host_ns]}\n")),
	EXAMPLE("a selector", "matchPIDs", "Which processes make the call.",
		OF_SELECTOR("    - matchPIDs:\n      - {operator: NotIn, values: [1]}\n")),
	EXAMPLE("a selector", "matchParentBinaries",
		"Which programs started it, by any of their names.",
		OF_SELECTOR("    - matchParentBinaries:\n      - {operator: In, values: "
			    "[/usr/sbin/sshd]}\n")),
	HELP("a selector", "matchReturnActions",
	     "What is done when the call returns, if that is told."),
	EXAMPLE("a selector", "matchReturnArgs", "What must be true of what is returned.",
		"spec:\n  kprobes:\n  - call: sys_openat\n    syscall: true\n    return: true\n"
		"    returnArg: {index: 0, type: int}\n    selectors:\n"
		"    - matchReturnArgs:\n      - {index: 0, operator: LT, values: [\"0\"]}\n"),
	EXAMPLE("a selector", "matchUsers", "Whose ids the thread has that makes the call.",
		OF_SELECTOR("    - matchUsers:\n      - {type: Real, operator: NotIn, values: "
			    "[\"0\"]}\n")),
	EXAMPLE("a selector", "matchWorkloads",
		"Only these workloads, besides what the policy says.",
		OF_SELECTOR("    - matchWorkloads:\n        hostSelector: {}\n")),

	HELP(NULL, "followForks", "Also their descendants."),
	HELP(NULL, "isNamespacePID", "Pids as the process itself sees them."),
	HELP(NULL, "followChildren", "Also what they start, and what that starts."),
	HELP(NULL, "isNamespaceCapability", "Only who is not in the host's user namespace."),
	HELP("an item of matchNamespaces", "namespace", "Of which kind."),
	HELP("an item of matchNamespaces", "values", "Numbers of namespaces, or host_ns."),
	HELP("an item of matchNamespaceChanges", "values", "Kinds of namespaces."),
	HELP("an item that matches capabilities", "type", "Which of the sets."),
	HELP("an item that matches capabilities", "values", "Names of capabilities."),
	HELP("an item of matchUsers", "type", "Which of the ids."),
	HELP("an item of matchUsers", "values", "Numbers and ranges, such as 1000:1999."),
	HELP("an item of matchArguments", "index",
	     "Which, from 0, the name of the program; left out: any."),
	HELP("an item of matchEnvironment", "name", "Of which variable."),
	HELP("an item that matches an argument", "args",
	     "Which arguments, of operators that compare two."),
	HELP("an item that matches an argument", "index",
	     "Which: the index of the argument, as in args."),
	HELP(NULL, "operator", "What is to be true."),
	HELP(NULL, "values", "Of which values; one of them is enough."),

	HELP("an action", "action", "What is done."),
	HELP("an action", "argError", "The error that Override returns, such as -1."),
	HELP("an action", "argFqdn", "The name that DnsLookup looks up."),
	HELP("an action", "argIndex", "The argument that Set changes."),
	HELP("an action", "argNewAddr", "Where Override goes on in a program: a virtual address."),
	HELP("an action", "argNewOffset",
	     "Where Override goes on in a program: an offset in the file."),
	HELP("an action", "argNewSymbol", "Where Override goes on in a program: a function."),
	HELP("an action", "argRegs",
	     "What Override sets registers to, such as rax=1 or rsp=8%rsp."),
	HELP("an action", "argSig", "The signal of Signal."),
	HELP("an action", "argSock",
	     "The argument that is the socket of TrackSock and UntrackSock."),
	HELP("an action", "argUrl", "The address that GetUrl asks for."),
	HELP("an action", "argValue", "What Set makes of it."),
	HELP("an action", "imaHash", "Tell the hash of the file that the hook is about."),
	HELP("an action", "kernelStackTrace", "Tell the functions of the kernel that led here."),
	HELP("an action", "rateLimit", "Tell the same once in that time: 30, 5s, 3m, 1h."),
	HELP("an action", "rateLimitFields",
	     "What makes it the same: arg0.daddr, process.binary, return, labels; instead of all "
	     "values."),
	HELP("an action", "rateLimitScope", "Whose: thread, process or global."),
	HELP("an action", "userStackTrace", "Tell the functions of the program that led here."),
};

const struct field_help *field_help(const struct object *object, const char *name)
{
	const struct field_help *any = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(helps); i++) {
		if (strcmp(helps[i].name, name) != 0)
			continue;
		if (helps[i].of && !strcmp(helps[i].of, object->what))
			return &helps[i];
		if (!helps[i].of)
			any = &helps[i];
	}
	return any;
}
