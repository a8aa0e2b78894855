// SPDX-License-Identifier: Apache-2.0
#include "export/gzip.h"
#include "base/cleanup.h"

#include <errno.h>
#include <zlib.h>

#define GZIP_CHUNK ((size_t)16 * 1024)
#define GZIP_WINDOW_BITS (15 + 16) /* the largest window; 16: with a gzip header (zlib.h) */
#define GZIP_MEM_LEVEL 8

struct buffers {
	unsigned char in[GZIP_CHUNK];
	unsigned char out[GZIP_CHUNK];
};

static void end_deflate(z_stream *z)
{
	deflateEnd(z);
}

static int write_all(int fd, const unsigned char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Compresses what ->next_in has and writes out whatever comes of it. */
static int pump(z_stream *z, int flush, struct buffers *buffers, int out)
{
	int r;

	do {
		z->next_out = buffers->out;
		z->avail_out = sizeof(buffers->out);
		deflate(z, flush);
		r = write_all(out, buffers->out, sizeof(buffers->out) - z->avail_out);
	} while (r == 0 && z->avail_out == 0);
	return r;
}

int gzip_stream(int in, int out, const atomic_bool *stop)
{
	_cleanup_free_ struct buffers *buffers = malloc(sizeof(*buffers));
	_cleanup_(end_deflate) z_stream z = {0};
	ssize_t n;
	int r;

	if (!buffers || deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW_BITS,
				     GZIP_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	do {
		if (atomic_load(stop))
			return -ECANCELED;
		n = read(in, buffers->in, sizeof(buffers->in));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		z.next_in = buffers->in;
		z.avail_in = (unsigned)n;
		r = pump(&z, n == 0 ? Z_FINISH : Z_NO_FLUSH, buffers, out);
		if (r < 0)
			return r;
	} while (n != 0);
	return 0;
}
