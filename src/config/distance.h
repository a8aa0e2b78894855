/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CONFIG_DISTANCE_H
#define OCELLI_CONFIG_DISTANCE_H

#include "base/distance.h"

#endif
