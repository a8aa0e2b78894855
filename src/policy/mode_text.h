/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_MODE_TEXT_H
#define OCELLI_POLICY_MODE_TEXT_H

#include "base/error.h"
#include "base/str.h"
#include "policy/model.h"

/*
 * Appends the text of one policy with the option "policy-mode" under spec.options
 * as it is to be, and all else as it is, comments too. Returns 0, or negative
 * errno with *reterr: the text is no good policy, or so strange that it cannot be
 * changed.
 */
int policy_mode_text(const char *text, size_t len, enum policy_mode mode, struct str *out,
		     struct error **reterr);

#endif
