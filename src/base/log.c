// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "base/str.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static enum log_level max_level = LOG_LEVEL_INFO;
static enum log_format output_format = LOG_FORMAT_TEXT;
static char *log_path; /* NULL: there is no file */
static int log_fd = -1;
/* A pipe takes long lines in pieces, which other threads' may come between. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *const level_names[_LOG_LEVEL_MAX] = {
	[LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARN] = "warn",   [LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug", [LOG_LEVEL_TRACE] = "trace",
};

int log_level_from_string(const char *name)
{
	static const struct {
		const char *name;
		enum log_level level;
	} aliases[] = {{"panic", LOG_LEVEL_ERROR},
		       {"fatal", LOG_LEVEL_ERROR},
		       {"warning", LOG_LEVEL_WARN}};

	for (int i = 0; i < _LOG_LEVEL_MAX; i++)
		if (!strcasecmp(name, level_names[i]))
			return i;
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (!strcasecmp(name, aliases[i].name))
			return (int)aliases[i].level;
	return -EINVAL;
}

const char *log_level_to_string(enum log_level level)
{
	return level_names[level];
}

void log_setup(enum log_level level, enum log_format format)
{
	max_level = level;
	output_format = format;
}

/* Other threads log meanwhile. */
void log_set_level(enum log_level level)
{
	__atomic_store_n(&max_level, level, __ATOMIC_RELAXED);
}

enum log_level log_get_level(void)
{
	return __atomic_load_n(&max_level, __ATOMIC_RELAXED);
}

static int open_file(const char *path, struct error **reterr)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	if (fd < 0)
		return error_set(reterr, -errno, "cannot open the log file %s: %s", path,
				 strerror(errno));
	pthread_mutex_lock(&lock);
	close_fd(&log_fd);
	log_fd = fd;
	pthread_mutex_unlock(&lock);
	return 0;
}

int log_open_file(const char *path, struct error **reterr)
{
	_cleanup_free_ char *copy = strdup(path);
	int r = copy ? open_file(path, reterr) : error_set(reterr, -ENOMEM, "out of memory");

	if (r < 0)
		return r;
	free(log_path);
	log_path = TAKE_PTR(copy);
	return 0;
}

int log_follow_file(struct error **reterr)
{
	struct stat ours, named;

	if (!log_path || (fstat(log_fd, &ours) == 0 && stat(log_path, &named) == 0 &&
			  ours.st_dev == named.st_dev && ours.st_ino == named.st_ino))
		return 0;
	return open_file(log_path, reterr);
}

/* Messages can quote what strangers named: no byte of it may act on a terminal or end the line. */
static void append_quoted(struct str *s, const char *text)
{
	_cleanup_str_ struct str json = STR_INIT, valid = STR_INIT;

	utf8_append_valid(&valid, text, strlen(text));
	str_append_char(&json, '"');
	for (size_t i = 0; i < valid.len; i++) {
		unsigned char c = (unsigned char)valid.data[i];

		if (c == '"' || c == '\\') {
			str_append_char(&json, '\\');
			str_append_char(&json, (char)c);
		} else if (c == '\n') {
			str_append_lit(&json, "\\n");
		} else if (c < 0x20) {
			str_appendf(&json, "\\u%04x", c);
		} else {
			str_append_char(&json, (char)c);
		}
	}
	str_append_char(&json, '"');
	escape_json(s, json.data, json.len);
}

static void append_time(struct str *s)
{
	struct timespec now;
	struct tm tm;
	char buf[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%S", &tm);
	str_appendf(s, "%s.%03ldZ", buf, now.tv_nsec / 1000000);
}

static void write_all(int fd, const struct str *line)
{
	/* Nobody is left to hear that the log cannot be written. */
	_unused_ ssize_t n = write(fd, line->data, line->len);
}

void log_write(enum log_level level, const char *fmt, ...)
{
	_cleanup_str_ struct str line = STR_INIT;
	const char *text;
	va_list ap;
	char *formatted = NULL;

	va_start(ap, fmt);
	if (vasprintf(&formatted, fmt, ap) < 0)
		formatted = NULL;
	va_end(ap);
	text = formatted ? formatted : "out of memory";

	if (output_format == LOG_FORMAT_JSON) {
		str_append_lit(&line, "{\"time\":\"");
		append_time(&line);
		str_appendf(&line, "\",\"level\":\"%s\",\"msg\":", level_names[level]);
		append_quoted(&line, text);
		str_append_lit(&line, "}\n");
	} else {
		str_append_lit(&line, "time=");
		append_time(&line);
		str_appendf(&line, " level=%s msg=", level_names[level]);
		append_quoted(&line, text);
		str_append_char(&line, '\n');
	}
	free(formatted);
	pthread_mutex_lock(&lock);
	write_all(STDERR_FILENO, &line);
	if (log_fd >= 0)
		write_all(log_fd, &line);
	pthread_mutex_unlock(&lock);
}

void log_error_object(enum log_level level, const struct error *err)
{
	_cleanup_free_ char *text = err ? error_text(err) : NULL;

	if (level <= log_get_level())
		log_write(level, "%s", text ? text : "out of memory");
}
