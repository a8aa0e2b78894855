/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_FMOD_RET_H
#define OCELLI_SENSOR_FMOD_RET_H

#include <stdint.h>

/*
 * Whether a program may have the function of the kernel with that BTF id return
 * something else, and not run: those of the security modules, and where there is
 * CONFIG_FUNCTION_ERROR_INJECTION those that the kernel lists for that, among them
 * system calls (kernel/bpf/verifier.c: check_attach_modify_return()). Returns 0,
 * -EINVAL when it is none of these, or what else the kernel says.
 */
int fmod_ret_try(uint32_t btf_id);

#endif
