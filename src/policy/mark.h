/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_MARK_H
#define OCELLI_POLICY_MARK_H

/* A place in a file: from 1, columns in characters. Line 0 is nowhere in it: of the whole file, or
 * of something that is not there. */
struct mark {
	unsigned line, column;
};

#endif
