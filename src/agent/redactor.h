/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_REDACTOR_H
#define OCELLI_AGENT_REDACTOR_H

#include "base/str.h"
#include "core/image.h"
#include "core/table.h"
#include "filter/redaction.h"

/*
 * Takes out of what is kept of a process what the redaction filters say must not
 * be told. It is done once, with the image, so that nobody after that can tell it.
 */
struct redactor;

/* Takes over @filters. Returns 0 or -ENOMEM. */
int redactor_new(struct redaction **filters, struct redactor **ret);
void redactor_free(struct redactor **redactor);

/* See struct tracker_config and struct texts; @redactor: what redactor_new() made. */
struct image *redactor_image(struct redactor *redactor, struct image *image);
bool redactor_string(struct redactor *redactor, const struct process *process, const char *s,
		     size_t len, struct str *out);

/* See redaction_doubts(). */
uint64_t redactor_doubts(const struct redactor *redactor);

#endif
