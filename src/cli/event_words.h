/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_EVENT_WORDS_H
#define OCELLI_CLI_EVENT_WORDS_H

#include "base/str.h"
#include "tetragon/events.pb-c.h"

/* Appends what a process did, by an event of a policy or of a file that it mapped, in a few words:
 * "tcp_connect 10.0.0.1:80", "sys_openat /etc/shadow (SIGKILL)". Returns false for events that tell
 * of processes only. What comes from the event is as it was there. */
bool event_words(struct str *out, const Tetragon__GetEventsResponse *event);

#endif
