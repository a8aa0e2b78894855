/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_USERS_H
#define OCELLI_MESSAGE_USERS_H

#include <stdint.h>

/* Names of users, from a passwd file alone: no NSS, which may ask the network. */
struct users;

/* @path: the passwd file; read when first asked, and again when it has changed. */
int users_new(const char *path, struct users **ret);
void users_free(struct users **users);

/* Returns the name, or NULL; valid until the next call. */
const char *users_name(struct users *users, uint32_t uid);

/* Looks whether the file has changed. */
void users_refresh(struct users *users);

#endif
