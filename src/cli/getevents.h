/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_GETEVENTS_H
#define OCELLI_CLI_GETEVENTS_H

#include "cli/command.h"

enum getevents_output {
	GETEVENTS_JSON,
	GETEVENTS_COMPACT,
};

struct getevents_settings {
	struct common_settings common;
	int output; /* enum getevents_output */
	int color;  /* enum color_when */
	bool timestamps, stack_traces, ima_hash;
	bool host;
	struct strings event_types;
	struct strings namespaces, more_namespaces, namespace_regex;
	struct strings pods, more_pods;
	struct strings processes, more_processes;
	struct strings containers, policy_names;
	struct strings expressions; /* in CEL */
	struct strings include_fields, exclude_fields;
	char *tty_encode; /* print what was written to this file, and nothing else; or NULL */
	bool reconnect;
	uint64_t reconnect_wait; /* ns */
};

/* Runs the command: events from standard input or the agent, through the filters, to standard
 * output. */
enum status getevents_run(void *settings, int argc, char **argv);

#endif
