/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_USERS_H
#define OCELLI_MESSAGE_USERS_H

#include <stdbool.h>
#include <stdint.h>

/* Names of users, from a passwd file alone: no NSS, which may ask the network. */
struct users;

/* @path: the passwd file. */
int users_new(const char *path, struct users **ret);
void users_free(struct users **users);

/* Returns the name, or NULL; valid until the next refresh. */
const char *users_name(struct users *users, uint32_t uid);

/* Reads the file again if it has changed. Returns whether it has. */
bool users_refresh(struct users *users);

#endif
