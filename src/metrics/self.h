/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_METRICS_SELF_H
#define OCELLI_METRICS_SELF_H

#include "metrics/page.h"

/* What any program tells of its own process. What cannot be read is left out. */
void metrics_add_self(struct metrics_page *page);

#endif
