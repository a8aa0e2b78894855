/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_SCHEMA_PARTS_H
#define OCELLI_POLICY_SCHEMA_PARTS_H

#include "base/macro.h"
#include "policy/schema.h"

/* What the tables of the schema have of each other. */

extern const struct object labels_object, host_object;
extern const struct object hook_objects[HOOK_KINDS];
extern const struct object metadata_object;

#endif
