/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_HTTPD_HTTPD_H
#define OCELLI_HTTPD_HTTPD_H

#include "base/error.h"
#include "base/str.h"

#include <uv.h>

/*
 * A server of small documents to GET, on one thread and a libuv loop; the HTTP is
 * libmicrohttpd's, which is loaded when it is needed. A connection is for one
 * request: it has so long for that and for reading the answer, however it comes,
 * and there are so many at once, half of them from one address. Others wait. The
 * program has to ignore SIGPIPE.
 */
#define HTTPD_CONNECTIONS 16
#define HTTPD_SECONDS 10
/* Bytes of a request. */
#define HTTPD_REQUEST_MAX 8192

/* A document that any number of readers can be at. */
struct httpd_body;

/* With one reference. Takes what is in the text, which may also have failed. @type: a constant.
 * Returns NULL when out of memory. */
struct httpd_body *httpd_body_new(struct str *text, const char *type);
struct httpd_body *httpd_body_ref(struct httpd_body *body);
void httpd_body_unref(struct httpd_body **body);

struct httpd_request {
	const char *path;
	const char *accept; /* NULL: none was sent */
};

struct httpd_config {
	uv_loop_t *loop;
	/* Returns the HTTP status; *ret: a reference, which is taken over. Without one the status
	 * is all that is answered. */
	unsigned (*answer)(void *userdata, const struct httpd_request *request,
			   struct httpd_body **ret);
	void *userdata;
};

struct httpd;

/* Listens at "HOST:PORT"; the host may be in brackets, or nothing for all addresses. Returns 0, or
 * a negative errno with *reterr. */
int httpd_new(const struct httpd_config *config, const char *address, struct httpd **ret,
	      struct error **reterr);

/* Where it listens: "127.0.0.1:2112". */
const char *httpd_address(const struct httpd *httpd);

/* Closes its handles; the loop must turn once more before httpd_free(). */
void httpd_close(struct httpd *httpd);
void httpd_free(struct httpd **httpd);

#endif
