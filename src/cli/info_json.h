/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_INFO_JSON_H
#define OCELLI_CLI_INFO_JSON_H

#include "base/str.h"

#include "tetragon/sensors.pb-c.h"

/* Appends what an agent says of itself as one line. Values of options are what they are, if their
 * type is known, and not as they were packed. */
void info_json(struct str *out, const Tetragon__GetInfoResponse *info);

/* Appends one of the values; NULL: there is none. */
void info_json_value(struct str *out, const Google__Protobuf__Any *value);

#endif
