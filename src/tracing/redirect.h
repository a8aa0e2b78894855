/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_REDIRECT_H
#define OCELLI_TRACING_REDIRECT_H

#include "tracing/sites.h"

/*
 * What Override has a function of a program do, at the place of @site: return
 * argError at once, by an instruction that returns, which the file has; or go on
 * where argNewSymbol, argNewAddr or argNewOffset say. As registers, put into *hook, a
 * copy in the arena; a hook without that is left as it is. Returns 0, or negative
 * errno with the reason among the findings.
 */
int redirect(const struct compiler *c, struct program *program, const struct site *site,
	     const struct policy_hook **hook);

/* Whether what it does depends on the place. */
bool redirects(const struct policy_hook *hook);

/* Whether it has the function return at once, which it can only where it begins. */
bool redirects_to_caller(const struct policy_hook *hook);

/* Whether the kernel can do what the hook asks for. */
int redirect_check(const struct compiler *c, const struct policy_hook *hook);

#endif
