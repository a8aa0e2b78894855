// SPDX-License-Identifier: Apache-2.0
/* memfd NAME FILE: copies FILE to memory and executes it there, without arguments of its own. */
#include "trigger.h"

#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
	int fd = memfd_create(argv[1], MFD_CLOEXEC), from = open(argv[2], O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || from < 0 || fstat(from, &st) < 0)
		die("memfd");
	if (sendfile(fd, from, NULL, (size_t)st.st_size) != st.st_size)
		die("sendfile");
	if (fstat(fd, &st) < 0)
		die("fstat");
	say("{\"fd\": %d, \"inode\": %lu}\n", fd, (unsigned long)st.st_ino);
	syscall(SYS_execveat, fd, "", (char *[]){argv[1], NULL}, environ, AT_EMPTY_PATH);
	die("execveat");
}
