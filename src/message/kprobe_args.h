/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_KPROBE_ARGS_H
#define OCELLI_MESSAGE_KPROBE_ARGS_H

#include "core/hook.h"
#include "message/texts.h"

#include "tetragon/tetragon.pb-c.h"

/*
 * The values in a hook's record, which has to fit it, as the schema's arguments,
 * one for each of its parameters; with those that came when it @returned (NULL:
 * it has not). They borrow from all of these, the rest is in the arena of @texts,
 * whose ->failed tells when that ran out. NULL: there are none.
 */
Tetragon__KprobeArgument **kprobe_args(struct texts *texts, const struct hook *hook,
				       const struct record_hook *hit,
				       const struct record_hook *returned);

/* What it returned; NULL: that is not told. */
Tetragon__KprobeArgument *kprobe_return(struct texts *texts, const struct hook *hook,
					const struct record_hook *returned);

#endif
