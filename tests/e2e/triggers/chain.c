// SPDX-License-Identifier: Apache-2.0
/* chain N: N images one after the other in the same process. */
#include "trigger.h"

int main(int argc, char **argv)
{
	int left = argc > 1 ? atoi(argv[1]) : 1;
	char number[16];

	if (left <= 1)
		return 9;
	snprintf(number, sizeof(number), "%d", left - 1);
	execl(self(), self(), number, NULL);
	die("exec");
}
