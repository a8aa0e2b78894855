/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_PROBE_REPORT_H
#define OCELLI_CLI_PROBE_REPORT_H

#include "base/str.h"
#include "probe/feature.h"
#include "probe/kconfig.h"

#include <stdbool.h>
#include <stddef.h>

/* What probing found, and about what. */
struct probe_report {
	const char *kernel;  /* its release */
	const char *machine; /* as uname(2) calls it */
	int refusal;         /* errno with which it takes no program of ours, see prober.h */
	const struct finding *findings; /* of feature_at(0), feature_at(1) … */
};

/* Whether process events run there: present when all that they need is, absent when any of it is,
 * else unknown. */
enum feature_state probe_report_core(const struct probe_report *report);

/* Append the report for people, wrapped to @width columns, and as one JSON object. Every line of
 * the object is a feature. */
void probe_text(struct str *out, const struct probe_report *report, bool color, unsigned width);
void probe_json(struct str *out, const struct probe_report *report);

/* The same of the kernel's configuration. */
void probe_config_text(struct str *out, const char *kernel, const char *machine,
		       const struct kconfig *config);
void probe_config_json(struct str *out, const char *kernel, const char *machine,
		       const struct kconfig *config);

#endif
