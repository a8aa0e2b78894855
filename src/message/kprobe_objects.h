/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_KPROBE_OBJECTS_H
#define OCELLI_MESSAGE_KPROBE_OBJECTS_H

#include "core/hook.h"
#include "message/texts.h"

#include "tetragon/tetragon.pb-c.h"

struct hook_bytes;

/*
 * Sets the argument to a value that is neither a number nor a string. Of what
 * @v has it takes no more than hook_value_fits() says is there. Returns false
 * when it is none of those.
 */
bool kprobe_object(struct texts *texts, enum hook_value value, const struct hook_bytes *v,
		   Tetragon__KprobeArgument *to);

#endif
