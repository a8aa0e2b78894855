/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_KPROBE_ARGS_H
#define OCELLI_MESSAGE_KPROBE_ARGS_H

#include "core/hook.h"
#include "message/texts.h"

#include "tetragon/tetragon.pb-c.h"

/*
 * The values in a hook's record, which has to fit it, as the schema's arguments,
 * one for each of @params. They borrow from both, the rest is in the arena of
 * @texts, whose ->failed tells when that ran out. NULL: there are none.
 */
Tetragon__KprobeArgument **kprobe_args(struct texts *texts, const struct hook_param *params,
				       size_t n, const struct record_hook *record);

#endif
