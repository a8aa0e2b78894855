/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_INTERRUPT_H
#define OCELLI_CLI_INTERRUPT_H

/* From now on SIGINT and SIGTERM ask for an end: the descriptor that this returns becomes readable,
 * and stays so. The next one kills, as ever. -1: there is no descriptor to be had, and they kill.
 */
int interrupt_fd(void);

#endif
