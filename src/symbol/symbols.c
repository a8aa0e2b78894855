// SPDX-License-Identifier: Apache-2.0
#include "symbol/symbols.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "base/macro.h"
#include "symbol/elf_image.h"
#include "symbol/kallsyms.h"
#include "symbol/mappings.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* What is kept: a power of two of each, in the place that its hash says, until another takes it. */
#define ANSWERS 4096
#define FILES 1024
/* Bytes that may be read in a second, some 10 ms of work; and what opening a file counts. */
#define READ_MAX (32U << 20)
#define OPEN_COST (16U << 10)
/* When addresses of the kernel are not known, its functions are read anew, but not each second. */
#define READ_AGAIN 10

/* Of a file: its build ID; of one that has none, which file it is. */
struct file_id {
	uint8_t bytes[BUILD_ID_SIZE];
};

struct file {
	struct file_id id;
	char *path;     /* NULL: nobody has it, … */
	uint64_t asked; /* … when this was the time, in ticks */
};

struct answer {
	struct file_id id;
	uint64_t offset;
	char *name; /* "": there is none; NULL: no answer */
};

struct symbols {
	const char *proc;
	struct kallsyms kernel;
	uint64_t kernel_read; /* when, in ticks from 1; 0: never */
	struct file files[FILES];
	struct answer answers[ANSWERS];
	/* The process whose frames are asked for. */
	struct symbol_process process;
	struct mappings mappings;
	bool mapped; /* they are read */
	bool own;    /* our own files are known */
	uint64_t ticks;
	uint64_t left; /* to read in this one */
	uint64_t skipped;
	char text[SYMBOL_NAME_MAX];
};

int symbols_new(const char *proc, struct symbols **ret)
{
	struct symbols *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->proc = proc;
	s->ticks = 1;
	s->left = READ_MAX;
	*ret = s;
	return 0;
}

void symbols_free(struct symbols **symbols)
{
	struct symbols *s = *symbols;

	if (!s)
		return;
	for (size_t i = 0; i < FILES; i++)
		free(s->files[i].path);
	for (size_t i = 0; i < ANSWERS; i++)
		free(s->answers[i].name);
	kallsyms_done(&s->kernel);
	mappings_done(&s->mappings);
	free(s);
	*symbols = NULL;
}

void symbols_tick(struct symbols *s)
{
	s->ticks++;
	s->left = READ_MAX;
}

uint64_t symbols_skipped(const struct symbols *s)
{
	return s->skipped;
}

/* --- the kernel */

int symbols_read_kernel(struct symbols *s)
{
	char path[4096];

	s->kernel_read = s->ticks;
	snprintf(path, sizeof(path), "%s/kallsyms", s->proc);
	return kallsyms_read(&s->kernel, path);
}

void symbols_of_kernel(struct symbols *s, uint64_t address, struct symbol *ret)
{
	const struct kernel_function *f = kallsyms_find(&s->kernel, address);

	if (!f && (!s->kernel_read || s->ticks - s->kernel_read > READ_AGAIN)) {
		symbols_read_kernel(s);
		f = kallsyms_find(&s->kernel, address);
	}
	*ret = (struct symbol){"", "", 0};
	if (!f)
		return;
	ret->name = kallsyms_text(&s->kernel, f->name);
	ret->module = kallsyms_text(&s->kernel, f->module);
	ret->offset = address - f->address;
}

/* --- files */

static uint64_t hash(const struct file_id *id, uint64_t offset)
{
	/* Whoever finds two of one place makes the agent ask his own files again. */
	uint64_t v = hash_bytes(id->bytes, sizeof(id->bytes)) ^ offset * 0x9e3779b97f4a7c15;

	return v ^ v >> 32;
}

static bool same(const struct file_id *a, const struct file_id *b)
{
	return !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static struct file *place_of(struct symbols *s, const struct file_id *id)
{
	return &s->files[hash(id, 0) & (FILES - 1)];
}

static struct file *find_file(struct symbols *s, const struct file_id *id)
{
	struct file *file = place_of(s, id);

	return file->asked && same(&file->id, id) ? file : NULL;
}

/* @path: NULL for what nobody has. */
static void keep_file(struct symbols *s, const struct file_id *id, const char *path)
{
	struct file *file = place_of(s, id);

	free(file->path);
	*file = (struct file){.id = *id, .asked = s->ticks, .path = path ? strdup(path) : NULL};
}

static bool spend(struct symbols *s, uint64_t bytes)
{
	if (s->left < bytes)
		return false;
	s->left -= bytes;
	return true;
}

/* Only what is a file: opening something else may do something. */
static int open_file(struct symbols *s, const char *path, struct stat *ret)
{
	if (!spend(s, OPEN_COST))
		return -EDQUOT;
	if (stat(path, ret) < 0)
		return -errno;
	if (!S_ISREG(ret->st_mode))
		return -ENOEXEC;
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Which file it is, and as of when. */
static void number_of(const struct stat *st, struct file_id *ret)
{
	uint64_t changed = (uint64_t)st->st_ctim.tv_sec << 30 | (uint64_t)st->st_ctim.tv_nsec;
	uint32_t device = (uint32_t)(major(st->st_dev) << 20 | minor(st->st_dev));

	memcpy(ret->bytes, &device, 4);
	memcpy(ret->bytes + 4, &st->st_ino, 8);
	memcpy(ret->bytes + 12, &changed, 8);
}

/* @by_id: it has a build ID. Returns a descriptor and which file it is, or negative errno. */
static int open_image(struct symbols *s, const char *path, bool by_id, struct elf_image *image,
		      struct file_id *ret)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r;

	fd = open_file(s, path, &st);
	if (fd < 0)
		return fd;
	r = elf_image_open(fd, image);
	if (r >= 0 && by_id)
		r = (int)elf_image_build_id(image, ret->bytes);
	else
		number_of(&st, ret);
	return r < 0 ? r : TAKE_FD(fd);
}

static bool is_file(struct symbols *s, const char *path, const struct file_id *id)
{
	struct elf_image image;
	struct file_id found;
	_cleanup_close_ int fd = open_image(s, path, true, &image, &found);

	return fd >= 0 && same(&found, id);
}

/* --- processes */

void symbols_begin_user(struct symbols *s, const struct symbol_process *process)
{
	s->process = *process;
	s->mapped = false;
}

static const struct mappings *read_mappings(struct symbols *s)
{
	ssize_t n;

	if (s->mapped)
		return &s->mappings;
	s->mapped = true;
	s->mappings.n = 0;
	n = s->process.pid && s->left > MAPPINGS_BYTES_MAX
		    ? mappings_read(&s->mappings, s->proc, s->process.pid)
		    : 0;
	if (n > 0)
		spend(s, (uint64_t)n);
	return &s->mappings;
}

/* The very file that is mapped, whatever has its name by now. */
static void mapped_path(const struct symbols *s, uint32_t pid, const struct mapping *m, char *to,
			size_t size)
{
	snprintf(to, size, "%s/%u/map_files/%" PRIx64 "-%" PRIx64, s->proc, pid, m->start, m->end);
}

/* Takes note of all files that the process may execute. */
static void learn_files(struct symbols *s, uint32_t pid, const struct mappings *mappings)
{
	for (size_t i = 0; i < mappings->n; i++) {
		const struct mapping *m = &mappings->v[i];
		struct elf_image image;
		struct file_id id;
		char path[4096];

		if (!m->inode)
			continue;
		mapped_path(s, pid, m, path, sizeof(path));
		_cleanup_close_ int fd = open_image(s, path, true, &image, &id);

		if (fd >= 0)
			keep_file(s, &id, mapping_path(mappings, m));
	}
}

/* The libraries that we execute ourselves are others', too: those whose process has gone. */
static void learn_own_files(struct symbols *s)
{
	struct mappings own = {0};

	if (mappings_read(&own, "/proc", (uint32_t)getpid()) > 0)
		learn_files(s, (uint32_t)getpid(), &own);
	mappings_done(&own);
}

/* Returns what is known of that file; NULL: nothing. */
static const struct file *ask_file(struct symbols *s, const struct file_id *id)
{
	struct file *file = find_file(s, id);
	const char *exe = s->process.exe;

	/* What was not found is not looked for again in the same second. */
	if (file && (file->path || file->asked == s->ticks))
		return file;
	if (!s->own)
		learn_own_files(s);
	s->own = true;
	learn_files(s, s->process.pid, read_mappings(s));
	if (!find_file(s, id) || !find_file(s, id)->path)
		keep_file(s, id, exe && is_file(s, exe, id) ? exe : NULL);
	return find_file(s, id);
}

/* --- functions */

static int read_symbol(struct symbols *s, const char *path, bool by_id, const struct file_id *id,
		       uint64_t offset)
{
	struct elf_image image;
	struct file_id found;
	_cleanup_close_ int fd = open_image(s, path, by_id, &image, &found);

	if (fd < 0)
		return fd;
	if (!same(&found, id))
		return -ESTALE;
	return elf_image_symbol(&image, offset, &s->left, s->text);
}

/* In what the process sees at that path, and else in what we do. */
static int look_up(struct symbols *s, const char *path, const struct file_id *id, uint64_t offset)
{
	char inside[4096];
	int r = -ESRCH;

	if (s->process.pid) {
		snprintf(inside, sizeof(inside), "%s/%u/root%s", s->proc, s->process.pid, path);
		r = read_symbol(s, inside, true, id, offset);
	}
	return r >= 0 || r == -ENODATA || r == -EDQUOT ? r : read_symbol(s, path, true, id, offset);
}

static struct answer *answer_at(struct symbols *s, const struct file_id *id, uint64_t offset)
{
	return &s->answers[hash(id, offset) & (ANSWERS - 1)];
}

static const char *find_answer(struct symbols *s, const struct file_id *id, uint64_t offset)
{
	const struct answer *a = answer_at(s, id, offset);

	return a->name && a->offset == offset && same(&a->id, id) ? a->name : NULL;
}

/* @r: what looking it up said. Returns the name. */
static const char *keep_answer(struct symbols *s, const struct file_id *id, uint64_t offset, int r)
{
	struct answer *a = answer_at(s, id, offset);

	s->skipped += r == -EDQUOT;
	/* Whether the file says nothing, or was not there to be asked. */
	if (r < 0 && r != -ENODATA && r != -ENOEXEC)
		return "";
	free(a->name);
	*a = (struct answer){.id = *id, .offset = offset, .name = strdup(r < 0 ? "" : s->text)};
	return a->name ? a->name : "";
}

static void of_file(struct symbols *s, const struct hook_frame *frame, struct symbol *ret)
{
	const struct file *file;
	struct file_id id;
	const char *name;

	memcpy(id.bytes, frame->build_id, sizeof(id.bytes));
	file = ask_file(s, &id);
	if (!file || !file->path) {
		/* Whoever has the file can find it by that. */
		char *to = s->text + sprintf(s->text, "build-id:");

		for (size_t i = 0; i < sizeof(id.bytes); i++)
			to += sprintf(to, "%02x", id.bytes[i]);
		ret->module = s->text;
		ret->offset = frame->at;
		return;
	}
	name = find_answer(s, &id, frame->at);
	if (!name)
		name = keep_answer(s, &id, frame->at, look_up(s, file->path, &id, frame->at));
	*ret = (struct symbol){name, file->path, frame->at};
}

/* Of a file without a build ID, or of none. */
static void of_address(struct symbols *s, uint64_t address, struct symbol *ret)
{
	const struct mappings *mappings = read_mappings(s);
	const struct mapping *m = mappings_find(mappings, address);
	struct file_id id;
	struct stat st;
	char path[4096];
	const char *name;

	if (!m)
		return;
	ret->module = mapping_path(mappings, m);
	ret->offset = address - m->start + m->offset;
	mapped_path(s, s->process.pid, m, path, sizeof(path));
	if (!m->inode || stat(path, &st) < 0)
		return;
	number_of(&st, &id);
	name = find_answer(s, &id, ret->offset);
	if (!name)
		name = keep_answer(s, &id, ret->offset,
				   read_symbol(s, path, false, &id, ret->offset));
	ret->name = name;
}

void symbols_of_user(struct symbols *s, const struct hook_frame *frame, struct symbol *ret)
{
	*ret = (struct symbol){"", "", 0};
	if (frame->status == HOOK_FRAME_FILE)
		of_file(s, frame, ret);
	else if (frame->status == HOOK_FRAME_ADDRESS)
		of_address(s, frame->at, ret);
}
