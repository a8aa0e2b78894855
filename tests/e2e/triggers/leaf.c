// SPDX-License-Identifier: Apache-2.0
/* leaf [STATUS [ANYTHING...]]: ends at once. */
#include <stdlib.h>

int main(int argc, char **argv)
{
	return argc > 1 ? atoi(argv[1]) : 0;
}
