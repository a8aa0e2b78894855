/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_PINS_ABOUT_H
#define OCELLI_PINS_ABOUT_H

/*
 * What an agent says of its pins: a text, in a map that is pinned beside them, for
 * bpffs has no files.
 */

/* Behind the name of a directory that is not locked yet. */
#define PINS_MAKING "-new"

#define ABOUT_BYTES_MAX (1U << 20)

/* Takes the place of what was there. Returns 0; -E2BIG: more than ABOUT_BYTES_MAX; or negative
 * errno. */
int about_write(const char *dir, const char *text);

/* Returns 0 and the text, which the caller frees; -ENOENT: there is none; or negative errno. */
int about_read(const char *dir, char **ret);

/* When there is nothing else in the directory. */
void about_remove_alone(const char *dir);

#endif
