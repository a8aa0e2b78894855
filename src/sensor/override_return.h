/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_OVERRIDE_RETURN_H
#define OCELLI_SENSOR_OVERRIDE_RETURN_H

/*
 * Whether programs of kprobes may have functions return something else, and not
 * run: where there is CONFIG_BPF_KPROBE_OVERRIDE. Which functions, those that the
 * kernel lists for that, is looked at when one is attached. Returns 0; -EINVAL when
 * there is no such helper; or what else the kernel says.
 */
int override_return_try(void);

#endif
