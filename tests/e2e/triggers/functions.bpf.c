// SPDX-License-Identifier: Apache-2.0
/* No program: the types of "functions", in the way that clang writes them for BPF. */
#include "functions.h"

struct thing thing;
