// SPDX-License-Identifier: Apache-2.0
#include "explain/race.h"
#include "base/macro.h"

#include <string.h>

/* Of tracepoints: "sys_enter_openat". */
#define ENTER "enter_"

/* Of those with one refuge, what programs call today comes first. */
static const struct race_refuge refuges[] = {
	{"openat", "file_open", "security_file_open"},
	{"open", "file_open", "security_file_open"},
	{"openat2", "file_open", "security_file_open"},
	{"creat", "file_open", "security_file_open"},
	{"execve", "bprm_check_security", "security_bprm_check"},
	{"execveat", "bprm_check_security", "security_bprm_check"},
	{"connect", "socket_connect", "security_socket_connect"},
	{"bind", "socket_bind", "security_socket_bind"},
	{"sendto", "socket_sendmsg", "security_socket_sendmsg"},
	{"sendmsg", "socket_sendmsg", "security_socket_sendmsg"},
	{"sendmmsg", "socket_sendmsg", "security_socket_sendmsg"},
	{"unlinkat", "inode_unlink", "security_inode_unlink"},
	{"unlink", "inode_unlink", "security_inode_unlink"},
	{"renameat2", "inode_rename", "security_inode_rename"},
	{"rename", "inode_rename", "security_inode_rename"},
	{"renameat", "inode_rename", "security_inode_rename"},
	{"linkat", "inode_link", "security_inode_link"},
	{"link", "inode_link", "security_inode_link"},
	{"symlinkat", "inode_symlink", "security_inode_symlink"},
	{"symlink", "inode_symlink", "security_inode_symlink"},
	{"mkdirat", "inode_mkdir", "security_inode_mkdir"},
	{"mkdir", "inode_mkdir", "security_inode_mkdir"},
	{"rmdir", "inode_rmdir", "security_inode_rmdir"},
	{"mknodat", "inode_mknod", "security_inode_mknod"},
	{"mknod", "inode_mknod", "security_inode_mknod"},
	{"fchmodat", "inode_setattr", "security_inode_setattr"},
	{"fchownat", "inode_setattr", "security_inode_setattr"},
	{"truncate", "inode_setattr", "security_inode_setattr"},
	{"chmod", "inode_setattr", "security_inode_setattr"},
	{"fchmodat2", "inode_setattr", "security_inode_setattr"},
	{"chown", "inode_setattr", "security_inode_setattr"},
	{"lchown", "inode_setattr", "security_inode_setattr"},
	{"utimensat", "inode_setattr", "security_inode_setattr"},
	{"setxattr", "inode_setxattr", "security_inode_setxattr"},
	{"lsetxattr", "inode_setxattr", "security_inode_setxattr"},
	{"fsetxattr", "inode_setxattr", "security_inode_setxattr"},
	{"removexattr", "inode_removexattr", "security_inode_removexattr"},
	{"lremovexattr", "inode_removexattr", "security_inode_removexattr"},
	{"fremovexattr", "inode_removexattr", "security_inode_removexattr"},
	{"getxattr", "inode_getxattr", "security_inode_getxattr"},
	{"lgetxattr", "inode_getxattr", "security_inode_getxattr"},
	{"newfstatat", "inode_getattr", "security_inode_getattr"},
	{"stat", "inode_getattr", "security_inode_getattr"},
	{"lstat", "inode_getattr", "security_inode_getattr"},
	{"newstat", "inode_getattr", "security_inode_getattr"},
	{"newlstat", "inode_getattr", "security_inode_getattr"},
	{"statx", "inode_getattr", "security_inode_getattr"},
	{"faccessat", "inode_permission", "security_inode_permission"},
	{"access", "inode_permission", "security_inode_permission"},
	{"faccessat2", "inode_permission", "security_inode_permission"},
	{"chdir", "inode_permission", "security_inode_permission"},
	{"readlinkat", "inode_readlink", "security_inode_readlink"},
	{"readlink", "inode_readlink", "security_inode_readlink"},
	{"chroot", "path_chroot", "security_path_chroot"},
	{"mount", "sb_mount", "security_sb_mount"},
	{"umount2", "sb_umount", "security_sb_umount"},
	{"umount", "sb_umount", "security_sb_umount"},
	{"move_mount", "move_mount", "security_move_mount"},
	{"pivot_root", "sb_pivotroot", "security_sb_pivotroot"},
	{"bpf", "bpf", "security_bpf"},
	{"init_module", "kernel_load_data", "security_kernel_load_data"},
	{"finit_module", "kernel_read_file", "security_kernel_read_file"},
	{"keyctl", "key_permission", "security_key_permission"},
	{"add_key", "key_alloc", "security_key_alloc"},
	{"setsockopt", "socket_setsockopt", "security_socket_setsockopt"},
	/* Files by their numbers. */
	{"read", "file_permission", "security_file_permission"},
	{"pread64", "file_permission", "security_file_permission"},
	{"readv", "file_permission", "security_file_permission"},
	{"preadv", "file_permission", "security_file_permission"},
	{"write", "file_permission", "security_file_permission"},
	{"pwrite64", "file_permission", "security_file_permission"},
	{"writev", "file_permission", "security_file_permission"},
	{"pwritev", "file_permission", "security_file_permission"},
	{"getdents64", "file_permission", "security_file_permission"},
	{"ioctl", "file_ioctl", "security_file_ioctl"},
	{"fcntl", "file_fcntl", "security_file_fcntl"},
	{"flock", "file_lock", "security_file_lock"},
	{"mmap", "mmap_file", "security_mmap_file"},
	{"fchmod", "inode_setattr", "security_inode_setattr"},
	{"fchown", "inode_setattr", "security_inode_setattr"},
	{"ftruncate", "inode_setattr", "security_inode_setattr"},
};

/* The number of a file, or of the call itself. */
static bool is_number(const struct capture *capture)
{
	return !capture->path && capture->reader &&
	       (capture->reader->type == ARG_TYPE_FD ||
		capture->reader->type == ARG_TYPE_SYSCALL64);
}

bool race_is_of_process(const struct capture *capture, const struct backend *backend)
{
	if (backend->kernel_pointers || capture->source != ARG_SOURCE_CALL || is_number(capture))
		return false;
	return capture->kind == CAPTURE_STRING || capture->kind == CAPTURE_READ || capture->path;
}

enum race race_of(const struct capture *capture, const struct backend *backend)
{
	/* What the call returns is seen after the fact. */
	if (backend->on_return || capture->later)
		return RACE_NONE;
	if (race_is_of_process(capture, backend))
		return RACE_MEMORY;
	return !backend->kernel_pointers && is_number(capture) &&
			       capture->reader->type == ARG_TYPE_FD
		       ? RACE_FILE
		       : RACE_NONE;
}

const struct race_refuge *race_refuge_at(size_t i)
{
	return i < ARRAY_SIZE(refuges) ? &refuges[i] : NULL;
}

const struct race_refuge *race_refuge_of(const char *call)
{
	const char *last = call;

	/* Whatever is before it says of which programs. */
	for (const char *at = call; (at = strstr(at, "sys_")); at += 4)
		last = at + 4;
	if (!strncmp(last, ENTER, strlen(ENTER)))
		last += strlen(ENTER);
	for (size_t i = 0; i < ARRAY_SIZE(refuges); i++)
		if (!strcmp(refuges[i].call, last))
			return &refuges[i];
	return NULL;
}
