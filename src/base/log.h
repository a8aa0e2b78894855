/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_LOG_H
#define OCELLI_BASE_LOG_H

#include "base/error.h"
#include "base/macro.h"

#include <stdbool.h>

/*
 * The program's own messages, to standard error and perhaps a file; never
 * events. Library code logs at debug level only and returns errors; programs
 * log each failure once.
 */
enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_TRACE,
	_LOG_LEVEL_MAX,
};

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* Returns the level of that name (panic and fatal count as error), or -EINVAL. */
int log_level_from_string(const char *name);
const char *log_level_to_string(enum log_level level);

void log_setup(enum log_level level, enum log_format format);
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/* Also writes every message to the file @path, which is appended to. Returns 0 or negative errno.
 */
int log_open_file(const char *path, struct error **reterr);

/* Opens that file anew if its name leads to another, or to none: logrotate(8) has been there. To be
 * called about once a second, by the thread that opened it. Returns 0; or a negative errno, and
 * what was open stays so. */
int log_follow_file(struct error **reterr);

/* Any thread may. */
void log_write(enum log_level level, const char *fmt, ...) _printf_(2, 3);

/* Logs the error with its place and remedy. */
void log_error_object(enum log_level level, const struct error *err);

#define log_at(level, ...)                             \
	do {                                           \
		if ((level) <= log_get_level())        \
			log_write(level, __VA_ARGS__); \
	} while (0)

#define log_error(...) log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
