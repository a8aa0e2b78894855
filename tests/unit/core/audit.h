/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_UNIT_CORE_AUDIT_H
#define OCELLI_TESTS_UNIT_CORE_AUDIT_H

#include "core/table.h"

/*
 * Counts a table's entries, bytes and children anew and compares. Returns NULL when all is as the
 * table says, otherwise what is not.
 */
const char *table_audit(struct table *table);

#endif
