/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPORT_HOUSEKEEPER_H
#define OCELLI_EXPORT_HOUSEKEEPER_H

#include "base/error.h"
#include "export/backup.h"

#include <stdbool.h>

/*
 * Removes and compresses the backups of one file in a thread of low priority
 * that exists only while there is work. Its functions belong to one thread.
 */
struct housekeeper;

/* @names is borrowed until housekeeper_free(). Returns 0 or -ENOMEM. */
int housekeeper_new(const struct backup_names *names, bool compress, struct housekeeper **ret);

/* Starts a round: all but the @keep newest backups go (0: none goes), and those not compressed yet
 * are, if wanted. Returns 0, or a negative errno when there can be no thread. */
int housekeeper_run(struct housekeeper *keeper, unsigned keep);

/* Returns whether a round has ended since the last call. *ret is then its first failure, which the
 * caller frees, or NULL. */
bool housekeeper_take_result(struct housekeeper *keeper, struct error **ret);

/* Stops at once, leaving whole files only, and waits for the thread to end. */
void housekeeper_free(struct housekeeper **keeper);

#endif
