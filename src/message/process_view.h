/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_PROCESS_VIEW_H
#define OCELLI_MESSAGE_PROCESS_VIEW_H

#include "base/arena.h"
#include "core/cgroup.h"
#include "core/table.h"
#include "message/message.h"
#include "message/pod_view.h"
#include "message/users.h"

#include "tetragon/tetragon.pb-c.h"

/*
 * One process as the schema's message, with all sub-messages in place so that
 * filling it allocates nothing but what is text. It may be lazy: the message is
 * only marked as standing for a process, and filled when somebody looks.
 */
struct process_view {
	Tetragon__Process message; /* first: the message is the view */
	const struct process *process;
	bool filled;
	bool of_exec;    /* in its own process_exec: the fields that only this event has go in */
	bool of_hook;    /* hit it, and may hit it again */
	uint32_t thread; /* whose event it is; the first one if not said otherwise */

	Google__Protobuf__UInt32Value pid, uid, auid, tid, audit_session;
	Google__Protobuf__Timestamp start_time, fork_time;
	Google__Protobuf__BoolValue in_init_tree;
	Tetragon__UserRecord user;
	Tetragon__Capabilities cap;
	Tetragon__CapabilitiesType cap_values[3][64];
	Tetragon__Namespaces ns;
	Tetragon__Namespace ns_values[_EXEC_NS_MAX];
	struct pod_view pod;
	Tetragon__ProcessCredentials cred;
	Google__Protobuf__UInt32Value cred_ids[8];
	Tetragon__SecureBitsType securebits[8];
	Tetragon__BinaryProperties binary;
	Google__Protobuf__UInt32Value setuid, setgid;
	Tetragon__ProcessPrivilegesChanged privileges[3];
	Tetragon__FileProperties file;
	Tetragon__InodeProperties inode;
	Google__Protobuf__UInt32Value links;
	Tetragon__Truncation truncations[_EXEC_FIELD_MAX];
	Tetragon__Truncation *truncation_list[_EXEC_FIELD_MAX];
};

/* What filling needs to know beside the process. Borrowed. */
struct view_context {
	const struct message_config *config;
	struct cgroups *cgroups;
	struct users *users; /* NULL: no names */
	struct arena *arena; /* owns the texts of the views; reset between events */
	struct ledger *ledger;
	uint64_t boot_to_wall; /* ns to add to the boot clock */
	uint32_t host_ns[_EXEC_NS_MAX];
};

/* Makes @view stand for @process without filling more of it than pid and in_init_tree, which have
 * to be known by then. */
void process_view_init(struct process_view *view, const struct process *process, bool of_exec);

/* Fills the message. Returns 0 or -ENOMEM. */
int process_view_fill(struct process_view *view, const struct view_context *context);

#endif
