// SPDX-License-Identifier: Apache-2.0
#include "sensor/loads.h"
#include "base/macro.h"
#include "sensor/loads_buffers.h"

#include <string.h>

/* PERF_RECORD_MMAP2 with a build ID, uapi/linux/perf_event.h; the time is its last eight bytes. */
struct mapping {
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t addr, len, pgoff;
	union {
		struct {
			uint32_t major, minor;
			uint64_t inode, generation;
		};
		struct {
			uint8_t build_id_size;
			uint8_t reserved[3];
			uint8_t build_id[20];
		};
	};
	uint32_t prot, flags;
	char path[];
};

struct renaming { /* PERF_RECORD_COMM */
	struct perf_event_header header;
	uint32_t pid, tid;
};

struct lost { /* PERF_RECORD_LOST */
	struct perf_event_header header;
	uint64_t id, n;
};

static uint64_t head_of(const struct load_buffer *b)
{
	return __atomic_load_n(&b->page->data_head, __ATOMIC_ACQUIRE);
}

bool loads_pending(const struct loads *loads)
{
	for (size_t i = 0; i < loads->n; i++)
		if (loads->v[i].at != head_of(&loads->v[i]))
			return true;
	return false;
}

/* Records are in units of eight bytes, and so is the buffer: none of these goes round its end. */
static const void *word_at(const struct loads *loads, const struct load_buffer *b, uint64_t at)
{
	return b->data + (at & (loads->size - 1));
}

static const void *record_at(struct loads *loads, const struct load_buffer *b, uint64_t pos,
			     size_t len)
{
	size_t at = pos & (loads->size - 1), first = loads->size - at;

	if (len <= first)
		return b->data + at;
	memcpy(loads->bounce, b->data + at, first);
	memcpy((char *)loads->bounce + first, b->data, len - first);
	return loads->bounce;
}

/* What has no path is nobody's file: "//anon", "[vdso]". */
static bool is_file(const struct mapping *m)
{
	return m->header.size > sizeof(*m) + sizeof(uint64_t) && m->path[0] == '/' &&
	       m->path[1] != '/';
}

static bool matters(struct loads *loads, struct load_buffer *b,
		    const struct perf_event_header *header)
{
	if (header->size > LOADS_RECORD_MAX)
		return false;
	switch (header->type) {
	case PERF_RECORD_MMAP2:
		return is_file(record_at(loads, b, b->at, header->size));
	case PERF_RECORD_COMM:
		return header->misc & PERF_RECORD_MISC_COMM_EXEC;
	case PERF_RECORD_LOST:
		b->lost += ((const struct lost *)record_at(loads, b, b->at, header->size))->n;
		return false;
	default:
		return false;
	}
}

/* Goes to the next that matters, from where it is. */
static void seek(struct loads *loads, struct load_buffer *b)
{
	while (b->at < b->end) {
		const struct perf_event_header *header = word_at(loads, b, b->at);

		if (matters(loads, b, header)) {
			const uint64_t *time = word_at(loads, b, b->at + header->size - 8);

			b->time = *time;
			break;
		}
		b->at += header->size;
	}
	__atomic_store_n(&b->page->data_tail, b->at, __ATOMIC_RELEASE);
}

/* NULL: there is none. @all: also what is not older than all that comes. */
static struct load_buffer *earliest(struct loads *loads, bool all)
{
	struct load_buffer *best = NULL;

	for (size_t i = 0; i < loads->n; i++) {
		struct load_buffer *b = &loads->v[i];

		if (b->at < (all ? b->end : b->passed) && (!best || b->time < best->time))
			best = b;
	}
	return best;
}

/* Asked for each record of the ring, of which many come without any load. */
static void note_first(struct loads *loads)
{
	const struct load_buffer *first = earliest(loads, true);

	loads->first = first ? first->time : UINT64_MAX;
}

void loads_collect(struct loads *loads, bool passed)
{
	for (size_t i = 0; i < loads->n; i++) {
		struct load_buffer *b = &loads->v[i];
		bool dry = b->at == b->end;

		if (passed)
			b->passed = b->end;
		b->end = head_of(b);
		if (dry)
			seek(loads, b);
	}
	note_first(loads);
}

static void set_file(struct record_load *to, const struct mapping *m)
{
	const char *path = m->path;
	size_t room = m->header.size - sizeof(*m) - sizeof(uint64_t);

	if (m->header.misc & PERF_RECORD_MISC_MMAP_BUILD_ID) {
		to->build_id_size = MIN(m->build_id_size, sizeof(to->build_id));
		memcpy(to->build_id, m->build_id, to->build_id_size);
	} else {
		to->device = (uint64_t)m->major << 32 | m->minor;
		to->inode = m->inode;
	}
	to->path_size = (uint32_t)strnlen(path, room);
	memcpy(to + 1, path, to->path_size);
}

static const struct record_load *make(struct loads *loads, const struct load_buffer *b)
{
	const struct perf_event_header *header = word_at(loads, b, b->at);
	const struct renaming *r = record_at(loads, b, b->at, header->size);
	struct record_load *to = (void *)loads->made;

	/* Both begin with them. */
	*to = (struct record_load){
		.record = {.type = RECORD_LOAD, .time = b->time}, .pid = r->pid, .tid = r->tid};
	if (r->header.type == PERF_RECORD_MMAP2)
		set_file(to, (const struct mapping *)r);
	else
		to->flags = LOAD_EXECVE;
	to->record.size = (uint32_t)sizeof(*to) + to->path_size;
	return to;
}

static void deliver(struct loads *loads, struct load_buffer *b, ring_fn fn, void *userdata)
{
	const struct record_load *record = make(loads, b);

	fn(userdata, record, record->record.size);
	b->at += ((const struct perf_event_header *)word_at(loads, b, b->at))->size;
	seek(loads, b);
	note_first(loads);
}

size_t loads_before(struct loads *loads, uint64_t time, ring_fn fn, void *userdata)
{
	size_t n = 0;

	for (; loads->first < time; n++)
		deliver(loads, earliest(loads, true), fn, userdata);
	return n;
}

size_t loads_flush(struct loads *loads, ring_fn fn, void *userdata)
{
	struct load_buffer *b;
	size_t n = 0;

	for (; (b = earliest(loads, false)); n++)
		deliver(loads, b, fn, userdata);
	return n;
}
