/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_POD_VIEW_H
#define OCELLI_MESSAGE_POD_VIEW_H

#include "core/cgroup.h"
#include "core/table.h"
#include "message/texts.h"
#include "pod/pods.h"

#include "tetragon/tetragon.pb-c.h"

/* The pod of a process as the schema's message, with all sub-messages in place. */
struct pod_view {
	Tetragon__Pod message;
	Tetragon__Container container;
	Tetragon__Image image;
	Google__Protobuf__Timestamp start_time;
	Google__Protobuf__UInt32Value pid;
};

/* @cgroup: the process's, NULL if it is not known. Returns the message, or NULL when it is in no
 * pod that is known. Its texts are borrowed from what is known, or the arena's. */
Tetragon__Pod *pod_view_fill(struct pod_view *view, struct texts *texts, const struct pods *pods,
			     const struct process *process, const struct cgroup *cgroup);

#endif
