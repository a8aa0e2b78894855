/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_AGENT_ADDRESS_H
#define OCELLI_CLI_AGENT_ADDRESS_H

#include "base/error.h"

#include <stddef.h>

/* Where agents write where they are to be found (ocellid --run-dir). */
#define AGENT_INFO_FILE "/var/run/ocelli/ocelli-info.json"
#define AGENT_ADDRESS_MAX 256

/*
 * The address that the file names; "" when the agent serves none. Returns 0;
 * -ENOENT, without an error, when there is no such file; -EPERM for one that others
 * than root and the user may have written; -EBADMSG, -ENAMETOOLONG; or what reading
 * fails with.
 */
int agent_address_read(const char *path, char ret[AGENT_ADDRESS_MAX], struct error **reterr);

#endif
