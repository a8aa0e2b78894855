/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EVENT_JSON_FLOAT_H
#define OCELLI_EVENT_JSON_FLOAT_H

#include "base/str.h"

/*
 * The shortest digits that read back as the same number, as a decimal fraction
 * from 1e-6 up to 1e21 and with an exponent beyond; "NaN", "Infinity" and
 * "-Infinity" as strings.
 */
void json_write_double(struct str *out, double v);
void json_write_float(struct str *out, float v);

#endif
