// SPDX-License-Identifier: Apache-2.0
/* To be loaded by the trigger "loads". */

int library_answer(void);

int library_answer(void)
{
	return 42;
}
