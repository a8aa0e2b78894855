// SPDX-License-Identifier: Apache-2.0
#include "base/syscall_x32.h"
#include "base/macro.h"

#include <string.h>

#define FIRST 512

/* Those with numbers of their own, in the order of these, from the first on
 * (arch/x86/entry/syscalls/syscall_64.tbl). */
static const struct {
	const char *name, *function;
} calls[] = {
	{"rt_sigaction", "compat_sys_rt_sigaction"},
	{"rt_sigreturn", "compat_sys_x32_rt_sigreturn"},
	{"ioctl", "compat_sys_ioctl"},
	{"readv", NULL},
	{"writev", NULL},
	{"recvfrom", "compat_sys_recvfrom"},
	{"sendmsg", "compat_sys_sendmsg"},
	{"recvmsg", "compat_sys_recvmsg"},
	{"execve", "compat_sys_execve"},
	{"ptrace", "compat_sys_ptrace"},
	{"rt_sigpending", "compat_sys_rt_sigpending"},
	{"rt_sigtimedwait", "compat_sys_rt_sigtimedwait_time64"},
	{"rt_sigqueueinfo", "compat_sys_rt_sigqueueinfo"},
	{"sigaltstack", "compat_sys_sigaltstack"},
	{"timer_create", "compat_sys_timer_create"},
	{"mq_notify", "compat_sys_mq_notify"},
	{"kexec_load", "compat_sys_kexec_load"},
	{"waitid", "compat_sys_waitid"},
	{"set_robust_list", "compat_sys_set_robust_list"},
	{"get_robust_list", "compat_sys_get_robust_list"},
	{"vmsplice", NULL},
	{"move_pages", NULL},
	{"preadv", "compat_sys_preadv64"},
	{"pwritev", "compat_sys_pwritev64"},
	{"rt_tgsigqueueinfo", "compat_sys_rt_tgsigqueueinfo"},
	{"recvmmsg", "compat_sys_recvmmsg_time64"},
	{"sendmmsg", "compat_sys_sendmmsg"},
	{"process_vm_readv", NULL},
	{"process_vm_writev", NULL},
	{"setsockopt", NULL},
	{"getsockopt", NULL},
	{"io_setup", "compat_sys_io_setup"},
	{"io_submit", "compat_sys_io_submit"},
	{"execveat", "compat_sys_execveat"},
	{"preadv2", "compat_sys_preadv64v2"},
	{"pwritev2", "compat_sys_pwritev64v2"},
};

/* ARRAY_SIZE(calls): it has none. */
static size_t find(const struct syscall_info *call)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(calls) && strcmp(calls[i].name, call->name) != 0)
		i++;
	return i;
}

long syscall_x32_number(const struct syscall_info *call)
{
	size_t i = find(call);

	return SYSCALL_X32_BIT |
	       (i < ARRAY_SIZE(calls) ? FIRST + (long)i : call->numbers[SYSCALL_ABI_X64]);
}

const char *syscall_x32_function(const struct syscall_info *call)
{
	size_t i = find(call);

	return i < ARRAY_SIZE(calls) ? calls[i].function : NULL;
}
