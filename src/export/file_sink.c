// SPDX-License-Identifier: Apache-2.0
#include "export/sink.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "export/append_file.h"
#include "export/backup.h"
#include "export/file_error.h"
#include "export/housekeeper.h"
#include "export/lines.h"
#include "export/outage.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct file_sink {
	struct sink sink;
	char *path;
	struct append_file file;
	struct backup_names names;
	struct housekeeper *keeper;
	struct outage writing;
	struct outage rotating;
	struct outage tidying;

	uint64_t max_bytes;
	uint64_t rotate_interval;
	unsigned max_backups;

	uint64_t now_ns;     /* of the last tick */
	uint64_t since_ns;   /* when the interval began; 0: at the next tick */
	uint64_t last_stamp; /* ms, of the last backup */
};

static struct file_sink *file_sink(struct sink *sink)
{
	return container_of(sink, struct file_sink, sink);
}

static int open_file(struct file_sink *s)
{
	struct error *err = NULL;
	int r = append_file_open(&s->file, &err);

	if (r < 0)
		outage_report(&s->writing, &s->sink, &err);
	return r;
}

static void tidy_backups(struct file_sink *s)
{
	struct error *err = NULL;
	int r = housekeeper_run(s->keeper, s->max_backups);

	if (r == 0)
		return;
	file_error(&err, r, "start a thread for the backups of", s->path);
	outage_report(&s->tidying, &s->sink, &err);
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Returns a name not taken and later than all before it, whatever the clock does: the oldest
 * backups go first, and age is read from the name. */
static char *new_backup_path(struct file_sink *s)
{
	uint64_t now = clock_ns(CLOCK_REALTIME) / NSEC_PER_MSEC;

	for (s->last_stamp = MAX(now, s->last_stamp + 1);; s->last_stamp++) {
		_cleanup_free_ char *path = backup_path(&s->names, s->last_stamp), *gz = NULL;

		if (!path || asprintf(&gz, "%s" BACKUP_GZIP_SUFFIX, path) < 0) {
			gz = NULL;
			return NULL;
		}
		if (!exists(path) && !exists(gz))
			return TAKE_PTR(path);
	}
}

static int replace_file(struct file_sink *s, struct error **reterr)
{
	_cleanup_free_ char *backup = new_backup_path(s);
	struct stat old;
	int r;

	if (!backup)
		return file_error(reterr, -ENOMEM, "rotate", s->path);
	if (fstat(s->file.fd, &old) < 0 || rename(s->path, backup) < 0)
		return file_error(reterr, -errno, "rotate", s->path);
	r = append_file_open(&s->file, reterr);
	if (r < 0) {
		/* Should this fail too, the next tick sees that the file has moved. */
		rename(backup, s->path);
		return error_wrap(reterr, r, "cannot rotate %s", s->path);
	}
	/* Whoever was let in by the owner or group of the old file reads on in the new one. */
	_unused_ int owner = fchown(s->file.fd, old.st_uid, old.st_gid);
	return 0;
}

static int rotate(struct file_sink *s)
{
	struct error *err = NULL;
	int r;

	/* What has the name now may be another's file, which is not ours to rename. */
	if (append_file_moved(&s->file))
		return open_file(s);
	r = replace_file(s, &err);
	if (r < 0) {
		outage_report(&s->rotating, &s->sink, &err);
		return r;
	}
	outage_worked(&s->rotating);
	s->since_ns = s->now_ns;
	tidy_backups(s);
	return 0;
}

/* Returns how much of the block belongs in the current file, having made room for it. */
static size_t next_piece(struct file_sink *s, const char *data, size_t len)
{
	for (;;) {
		uint64_t max = s->max_bytes ? s->max_bytes : UINT64_MAX;
		uint64_t room = max > s->file.size ? max - s->file.size : 0;
		size_t n;

		if (len <= room)
			return len;
		n = lines_fitting(data, len, room);
		if (n > 0)
			return n;
		if (s->file.size == 0)
			return lines_first(data, len);
		if (rotate(s) < 0)
			return len;
	}
}

static void file_sink_write(struct sink *sink, const char *data, size_t len, unsigned events)
{
	struct file_sink *s = file_sink(sink);

	if (s->file.fd < 0 && open_file(s) < 0) {
		sink->stats.dropped[SINK_DROP_ERROR] += events;
		return;
	}
	while (len > 0) {
		size_t piece = next_piece(s, data, len);
		unsigned lines = piece == len ? events : lines_count(data, piece), written = lines;
		struct error *err = NULL;
		size_t n = append_file_write(&s->file, data, piece, &err);

		if (n == piece) {
			outage_worked(&s->writing);
		} else {
			outage_report(&s->writing, sink, &err);
			written = lines_count(data, n);
		}
		sink->stats.bytes += n;
		sink->stats.delivered += written;
		sink->stats.dropped[SINK_DROP_ERROR] += lines - written;
		data += piece;
		len -= piece;
		events -= lines;
	}
}

static void file_sink_flush(struct sink *sink)
{
	/* Nothing is ever pending: a file takes or refuses. */
}

/* Others move files away or remove them, and expect a new one under the old name. */
static void follow_name(struct file_sink *s)
{
	if (s->file.fd >= 0 && !append_file_moved(&s->file))
		return;
	if (open_file(s) < 0 && s->file.fd >= 0 && append_file_unlinked(&s->file))
		append_file_close(&s->file);
}

static void rotate_by_time(struct file_sink *s)
{
	if (s->since_ns == 0)
		s->since_ns = s->now_ns;
	if (!s->rotate_interval || s->now_ns - s->since_ns < s->rotate_interval)
		return;
	if (s->file.fd < 0 || s->file.size == 0 || rotate(s) == 0)
		s->since_ns = s->now_ns;
}

static void hear_housekeeper(struct file_sink *s)
{
	struct error *err = NULL;

	if (!housekeeper_take_result(s->keeper, &err))
		return;
	if (err)
		outage_report(&s->tidying, &s->sink, &err);
	else
		outage_worked(&s->tidying);
}

static void file_sink_tick(struct sink *sink, uint64_t now_ns)
{
	struct file_sink *s = file_sink(sink);

	s->now_ns = now_ns;
	hear_housekeeper(s);
	follow_name(s);
	rotate_by_time(s);
	outage_tick(&s->writing);
	outage_tick(&s->rotating);
	outage_tick(&s->tidying);
}

static void file_sink_free(struct sink *sink)
{
	struct file_sink *s = file_sink(sink);

	housekeeper_free(&s->keeper);
	backup_names_done(&s->names);
	append_file_close(&s->file);
	free(s->path);
	free(s);
}

static const struct sink_ops file_sink_ops = {
	.write = file_sink_write,
	.flush = file_sink_flush,
	.tick = file_sink_tick,
	.free = file_sink_free,
};

int file_sink_new(const struct file_sink_config *config, struct sink **ret, struct error **reterr)
{
	struct file_sink *s = calloc(1, sizeof(*s));
	_cleanup_sink_ struct sink *sink = s ? &s->sink : NULL;
	int r;

	if (!s)
		return error_set(reterr, -ENOMEM, "cannot open %s: out of memory", config->path);
	s->sink = (struct sink){.ops = &file_sink_ops, .poll_fd = -1};
	s->file.fd = -1;
	s->path = strdup(config->path);
	if (!s->path || backup_names_init(&s->names, config->path) < 0 ||
	    housekeeper_new(&s->names, config->compress, &s->keeper) < 0)
		return error_set(reterr, -ENOMEM, "cannot open %s: out of memory", config->path);
	s->sink.name = s->path;
	s->file.path = s->path;
	s->file.mode = config->mode;
	r = append_file_open(&s->file, reterr);
	if (r < 0)
		return r;
	file_sink_configure(sink, config->max_bytes, config->rotate_interval, config->max_backups);
	*ret = TAKE_PTR(sink);
	return 0;
}

void file_sink_configure(struct sink *sink, uint64_t max_bytes, uint64_t rotate_interval,
			 unsigned max_backups)
{
	struct file_sink *s = file_sink(sink);

	s->max_bytes = max_bytes;
	s->rotate_interval = rotate_interval;
	s->max_backups = max_backups;
	tidy_backups(s);
}
