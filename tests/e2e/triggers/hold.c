// SPDX-License-Identifier: Apache-2.0
/* hold [ANYTHING...]: says that it is there and stays until its standard input ends. */
#include "trigger.h"

int main(void)
{
	char c;

	say("{\"pid\": %d}\n", getpid());
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}
