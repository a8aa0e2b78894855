/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_MODEL_H
#define OCELLI_POLICY_MODEL_H

#include "policy/mark.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A policy as it was meant. All of it lives in the arena of its policy, with
 * the document it was made of. What was left out has a mark of line 0 and its
 * default for a value; so does what was "null".
 */

struct policy_text {
	struct mark mark, inside; /* see mark_within() */
	const char *s; /* a NUL behind it, and maybe others in it; never NULL: "" by default */
	size_t len;
};

struct policy_int {
	struct mark mark;
	int64_t v;
};

struct policy_bool {
	struct mark mark;
	bool v;
};

/* The index of a word in its vocabulary. */
struct policy_choice {
	struct mark mark;
	int v; /* -1: none */
};

#define POLICY_ARRAY_OF(type)     \
	{                         \
		struct mark mark; \
		size_t n;         \
		type *v;          \
	}

/* What all of them are to those that do not care of what. */
struct policy_array POLICY_ARRAY_OF(void);

struct policy_texts POLICY_ARRAY_OF(struct policy_text);
struct policy_ints POLICY_ARRAY_OF(struct policy_int);

/* Whether it was written, even if empty. */
#define POLICY_SET(x) ((x).mark.line > 0)

/* Whether it is one of the words. */
#define POLICY_CHOSEN(choice) ((choice).v >= 0)

/* A member of a map. */
struct policy_pair {
	struct mark mark;
	struct policy_text key, value;
};

struct policy_pairs POLICY_ARRAY_OF(struct policy_pair);

/* Label selectors. */

enum label_operator {
	LABEL_IN,
	LABEL_NOT_IN,
	LABEL_EXISTS,
	LABEL_DOES_NOT_EXIST,
};

struct policy_label_match {
	struct mark mark;
	struct policy_text key;
	struct policy_choice operator; /* enum label_operator */
	struct policy_texts values;
};

struct policy_label_matches POLICY_ARRAY_OF(struct policy_label_match);

/* Its mark tells whether there is one: {} selects all. */
struct policy_labels {
	struct mark mark;
	struct policy_pairs match_labels;
	struct policy_label_matches match_expressions;
};

struct policy_workloads {
	struct mark mark;
	struct policy_labels pods, containers, host;
	/* That of its policy, if it is for one; NULL: none, or these are a selector's. */
	const char *namespace;
};

/* Values of a selector, read. */

struct policy_list;

enum policy_values_kind {
	POLICY_VALUES_NONE,     /* the operator takes none */
	POLICY_VALUES_DEFERRED, /* the type is not known yet: see values_read() */
	POLICY_VALUES_SIGNED,   /* ranges of int64_t, of one number or more */
	POLICY_VALUES_UNSIGNED, /* ranges of uint64_t; ports, protocols, families, states, masks of
				 * capabilities (bit n is number n), inodes of namespaces too */
	POLICY_VALUES_BYTES,
	POLICY_VALUES_NETWORKS,
	POLICY_VALUES_FILE_TYPES, /* S_IFMT bits, in the ranges' low */
	POLICY_VALUES_EXPRESSION, /* one, in bytes */
};

struct policy_value {
	struct mark mark, inside; /* likewise */
	/* In ranges: the list whose system calls are meant, instead of numbers. NULL: none. */
	const struct policy_list *list;
	union {
		struct {
			uint64_t low, high; /* int64_t where they are signed */
		} range;
		struct {
			const char *s;
			size_t len;
		} bytes;
		struct {
			uint8_t address[16]; /* what is beyond the prefix is 0 */
			uint8_t prefix;      /* in bits */
			uint8_t family;      /* 4 or 6 */
		} network;
	};
};

struct policy_values {
	enum policy_values_kind kind;
	size_t n;
	struct policy_value *v;
};

/* Selectors. */

struct policy_pid_match {
	struct mark mark;
	struct policy_choice operator; /* enum in_operator */
	struct policy_ints values;
	struct policy_bool namespaced, follow_forks;
};

struct policy_binary_match {
	struct mark mark;
	struct policy_choice operator; /* enum binary_operator */
	struct policy_texts values;
	struct policy_bool follow_children;
};

struct policy_namespace_match {
	struct mark mark;
	struct policy_choice namespace; /* enum namespace_kind */
	struct policy_choice operator;  /* enum in_operator */
	struct policy_texts values;
	struct policy_values inodes; /* of those that are numbers */
	bool host;                   /* "host_ns" is among the values */
};

struct policy_namespace_change {
	struct mark mark;
	struct policy_choice operator; /* enum in_operator */
	struct policy_texts values;
	uint32_t namespaces; /* bits of enum namespace_kind */
};

struct policy_capability_match {
	struct mark mark;
	struct policy_choice type;     /* enum capability_set */
	struct policy_choice operator; /* enum in_operator */
	struct policy_bool namespaced;
	struct policy_texts values;
	uint64_t mask; /* of the capabilities in values */
};

/* Beyond Tetragon's schema. */

struct policy_user_match {
	struct mark mark;
	struct policy_choice type;     /* enum user_id */
	struct policy_choice operator; /* enum in_operator */
	struct policy_texts values;
	struct policy_values ids;
};

/* Of an argument, or of a variable of the environment. */
struct policy_string_match {
	struct mark mark;
	struct policy_int index;       /* of an argument, from 0; left out: any */
	struct policy_text name;       /* of a variable */
	struct policy_choice operator; /* enum string_operator */
	struct policy_texts values;
};

struct policy_arg_match {
	struct mark mark;
	struct policy_int index;       /* as written; see arg */
	struct policy_ints args;       /* likewise */
	struct policy_choice operator; /* a row of operator_at() */
	struct policy_texts texts;
	/* Which it is about: places in the hook's args, or data for matchData; 0 for the return
	 * value. The second is of operators that compare two. */
	size_t arg, second;
	struct policy_values values;
};

enum rate_limit_scope {
	RATE_LIMIT_THREAD,
	RATE_LIMIT_PROCESS,
	RATE_LIMIT_GLOBAL,
};

struct operator;

/* One of rateLimitFields: what of an event makes it the same as another. */
struct policy_limit_field {
	struct mark mark;
	enum limit_field_of {
		LIMIT_FIELD_VALUE,
		LIMIT_FIELD_RETURN,
		LIMIT_FIELD_PROCESS, /* who makes the call … */
		LIMIT_FIELD_THREAD,
		LIMIT_FIELD_BINARY, /* … and the file that it executes */
	} of;
	size_t place;                /* of a value: see value_at() */
	const struct operator* part; /* that which it looks at; NULL: all of the value */
};

enum register_source {
	REGISTER_CONSTANT, /* "rax=1" */
	REGISTER_SUM,      /* "rax=8%rbx", "rax=%rbx" */
	REGISTER_MEMORY,   /* "rax=8(%rbx)": what is there */
};

/* One of argRegs. Which names there are is the machine's to say. */
struct policy_register {
	struct mark mark;
	const char *to, *from; /* no NUL behind them; from is empty for constants */
	size_t to_len, from_len;
	enum register_source source;
	int64_t offset; /* or the constant */
};

struct policy_action {
	struct mark mark;
	struct policy_choice action; /* enum action_kind */
	struct policy_int error, signal, sock, index, value, new_addr, new_offset;
	struct policy_text fqdn, url, new_symbol, rate_limit, rate_limit_scope;
	struct policy_texts regs, rate_limit_fields;
	struct policy_bool kernel_stack, user_stack, ima_hash;
	struct policy_register *registers; /* as many as regs */
	uint64_t rate_limit_ms;            /* 0: none */
	enum rate_limit_scope scope;
	struct policy_limit_field *limit_fields; /* as many as rate_limit_fields */
	bool on_return;                          /* it is one of matchReturnActions */
	bool monitored;                          /* what it would do is counted instead */
};

struct policy_pid_matches POLICY_ARRAY_OF(struct policy_pid_match);
struct policy_binary_matches POLICY_ARRAY_OF(struct policy_binary_match);
struct policy_namespace_matches POLICY_ARRAY_OF(struct policy_namespace_match);
struct policy_namespace_changes POLICY_ARRAY_OF(struct policy_namespace_change);
struct policy_capability_matches POLICY_ARRAY_OF(struct policy_capability_match);
struct policy_user_matches POLICY_ARRAY_OF(struct policy_user_match);
struct policy_string_matches POLICY_ARRAY_OF(struct policy_string_match);
struct policy_arg_matches POLICY_ARRAY_OF(struct policy_arg_match);
struct policy_actions POLICY_ARRAY_OF(struct policy_action);

/* What its macros say is in the selector, as if it were written there. */
struct policy_selector {
	struct mark mark;
	struct policy_text label;
	struct policy_texts macros;
	struct policy_pid_matches pids;
	struct policy_binary_matches binaries, parent_binaries;
	struct policy_namespace_matches namespaces;
	struct policy_namespace_changes namespace_changes;
	struct policy_capability_matches capabilities, capability_changes;
	struct policy_user_matches users;
	struct policy_string_matches arguments, environment;
	struct policy_workloads workloads;
	struct policy_arg_matches args, data, return_args;
	struct policy_actions actions, return_actions;
};

struct policy_selectors POLICY_ARRAY_OF(struct policy_selector);

struct policy_macro {
	struct mark mark;
	struct policy_text key;
	struct policy_selector selector;
	bool used;
};

struct policy_macros POLICY_ARRAY_OF(struct policy_macro);

/* Hooks. */

/* One of symbols: "name" or "name+0x10". */
struct policy_symbol {
	struct mark mark;
	const char *name; /* no NUL behind it */
	size_t len;
	uint64_t offset;
};

enum arg_source {
	ARG_SOURCE_CALL, /* the arguments of what is hooked */
	ARG_SOURCE_CURRENT_TASK,
	ARG_SOURCE_PT_REGS,
};

/* The way to a value: code/access_path.h. */
struct access_path;

struct policy_arg {
	struct mark mark;
	struct policy_int index;
	struct policy_choice type; /* a row of arg_type_at() */
	struct policy_text resolve, btf_type, btf_module, label, source_name;
	struct policy_int size_index; /* from 1; 0: none */
	struct policy_bool max_data, return_copy;
	enum arg_source source;
	/* Of resolve, in the types of the running kernel; NULL until they were looked at. */
	const struct access_path *path;
	const char *path_types; /* on that way, for people */
};

struct policy_args POLICY_ARRAY_OF(struct policy_arg);

struct policy_ignore {
	struct mark mark;
	struct policy_bool call_not_found, digest_failure;
};

enum hook_kind {
	HOOK_KPROBE,
	HOOK_FENTRY,
	HOOK_TRACEPOINT,
	HOOK_UPROBE,
	HOOK_USDT,
	HOOK_LSM,
	HOOK_KINDS,
	/* In no section of hooks, but hooked all the same. */
	HOOK_ENFORCER = HOOK_KINDS,
};

/* "kprobes" and so on. */
extern const char *const hook_section_names[HOOK_KINDS + 1];

struct policy_hook {
	struct mark mark;
	enum hook_kind kind;
	struct policy_text message;
	struct policy_texts tags;
	struct policy_args args, data;
	struct policy_bool returns;
	struct policy_arg return_arg;
	struct policy_text return_action_name;
	int return_action; /* enum action_kind; -1: none */
	struct policy_selectors selectors;
	struct policy_ignore ignore;
	const struct policy_workloads *scope; /* its policy's; NULL: not checked */

	/* kprobes, fentries: a function or "list:NAME"; lsmhooks: the hook */
	struct policy_text call;
	struct policy_bool syscall;
	const struct policy_list *list;
	/* tracepoints */
	struct policy_text subsystem, event;
	struct policy_bool raw;
	/* uprobes, usdts */
	struct policy_text path, btf_path, provider, name;
	struct policy_texts symbols, digests;
	struct policy_symbol *places; /* as many as symbols */
	struct policy_ints offsets, addrs, ref_ctr_offsets;
};

struct policy_hooks POLICY_ARRAY_OF(struct policy_hook);

/* The rest. */

enum list_type {
	LIST_PLAIN = -1,
	LIST_SYSCALLS,
	LIST_GENERATED_SYSCALLS,
	LIST_GENERATED_FTRACE,
};

struct policy_list {
	struct mark mark;
	struct policy_text name, pattern;
	struct policy_choice type; /* enum list_type */
	struct policy_texts values;
	struct policy_bool validated;
	/* Of system calls, as struct hook_slot has them: with bit 31 those of 32-bit programs; -1:
	 * there is none of that name. As many as there are values, if those are not generated. */
	const int64_t *numbers;
	size_t n_numbers;
	bool used;
};

struct policy_enforcer {
	struct mark mark;
	struct policy_texts calls;
	const struct policy_list **lists; /* of each call: the list it names, or NULL */
};

struct policy_option {
	struct mark mark;
	struct policy_text name, value;
};

struct policy_lists POLICY_ARRAY_OF(struct policy_list);
struct policy_enforcers POLICY_ARRAY_OF(struct policy_enforcer);
struct policy_options POLICY_ARRAY_OF(struct policy_option);

struct policy_metadata {
	struct mark mark;
	struct policy_text name, namespace;
	struct policy_pairs labels, annotations;
};

/* In all sections: each is compiled, verified and attached by itself, or nearly so. */
#define POLICY_HOOKS_MAX 4096

struct policy_spec {
	struct mark mark;
	struct policy_hooks hooks[HOOK_KINDS];
	struct policy_lists lists;
	struct policy_enforcers enforcers;
	struct policy_options options;
	struct policy_macros macros;
	struct policy_workloads workloads;
	struct policy_labels nodes;
	struct policy_bool loader;
};

enum policy_mode {
	POLICY_MODE_UNSAID,
	POLICY_MODE_ENFORCE,
	POLICY_MODE_MONITOR,
};

enum override_method {
	OVERRIDE_METHOD_UNSAID,
	OVERRIDE_METHOD_FMOD_RET,
	OVERRIDE_METHOD_OVERRIDE_RETURN,
};

/* What spec.options say. */
struct policy_settings {
	enum policy_mode mode;
	enum policy_mode written_mode; /* ->mode, before policy_change_mode() */
	enum override_method override_method;
	bool disable_kprobe_multi, disable_uprobe_multi;
	bool allow_lockout;              /* policy/reach.h */
	uint32_t sleepable_preload_size; /* 0: not said */
};

enum policy_kind {
	POLICY_CLUSTER,    /* TracingPolicy */
	POLICY_NAMESPACED, /* TracingPolicyNamespaced */
	POLICY_KINDS,
};

struct policy {
	struct mark mark;
	enum policy_kind kind;
	const char *file;   /* as it was given */
	const char *text;   /* its document; of the first, all that is before it, too */
	unsigned text_line; /* of the file: where that begins */
	uint64_t digest;    /* of its text, and of all else in the file */
	struct policy_text api_version, kind_name;
	struct policy_metadata metadata;
	struct policy_spec spec;
	struct policy_settings settings;
};

#endif
