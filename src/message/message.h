/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_MESSAGE_H
#define OCELLI_MESSAGE_MESSAGE_H

#include "core/tracker.h"
#include "event/json.h"
#include "event/lazy.h"
#include "pod/pods.h"
#include "symbol/symbols.h"

#include "tetragon/events.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * From events to the schema's messages, and those to lines of JSON.
 *
 * A process object is written once and its text kept with the process, so that
 * an event is a few fields between copies of such texts.
 */
struct message_config {
	const char *node_name;
	const char *cluster_name; /* "" when there is none */
	bool with_cred;
	bool with_ns;
	bool with_env;
	const char *const *env_names; /* which to keep; NULL: all */
	size_t n_env_names;
	bool with_ancestors;
	bool with_user_names;
	const char *passwd; /* their file; NULL: /etc/passwd */
	bool extended;      /* our own fields, in JSON */
	struct pods *pods;  /* NULL: containers are not told of as parts of pods */
	const char *proc;   /* where procfs is mounted: namespaces of the host */
	/* What addresses in stacks are; NULL: stacks are not told. */
	struct symbols *symbols;
	bool with_stack_addresses;
	/* Of strings that policies capture, see struct texts. */
	bool (*redact)(void *userdata, const struct process *process, const char *s, size_t len,
		       struct str *out);
	void *redact_userdata;
};

struct messages;

/* The strings of @config, the tracker and the ledger must outlive it. */
int messages_new(const struct message_config *config, struct tracker *tracker,
		 struct ledger *ledger, struct messages **ret);
void messages_free(struct messages **messages);

/* The inodes of the host's namespaces, by enum exec_ns; 0: not known. */
const uint32_t *messages_host_namespaces(const struct messages *messages);

/* The schema's number of the event, Tetragon__EventType. */
uint32_t messages_type(const struct event *event);

/*
 * Makes the message of an event, or returns the one that there is, until
 * messages_end(). Its processes are not filled, but for pid and in_init_tree:
 * messages_lazy() does that for who looks into them.
 */
const Tetragon__GetEventsResponse *messages_begin(struct messages *messages,
						  const struct event *event);
struct lazy *messages_lazy(struct messages *messages);
void messages_end(struct messages *messages);

/* Appends that message, or a copy which shares what it can with it, as one line of JSON; nothing
 * need be filled for that. Returns 0 or -ENOMEM, with @out as it was. */
int messages_append_line(struct messages *messages, const Tetragon__GetEventsResponse *message,
			 struct str *out);

/* All of that. */
int messages_append_json(struct messages *messages, const struct event *event, struct str *out);

/* Returns a process as a message, with its references; not while there is an event. It is good
 * until the next, of either. NULL: no memory. */
Tetragon__Process *messages_process(struct messages *messages, const struct process *process);

/* Follows a wall clock that was set, and users who got other names: to be called about once a
 * second. */
void messages_tick(struct messages *messages);

#endif
