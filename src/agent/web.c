// SPDX-License-Identifier: Apache-2.0
#include "agent/web.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "httpd/httpd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Whoever asks more often gets what the one before did. */
#define PAGE_NS NSEC_PER_SEC

#define TEXT "text/plain; charset=utf-8"
#define JSON "application/json"

struct page {
	struct httpd_body *body; /* NULL: there was none yet */
	uint64_t time;           /* of it, monotonic */
	struct str policies;     /* its part that is theirs */
	uint64_t left_out;       /* of that */
};

struct web {
	struct web_config config;
	struct httpd *httpd;
	struct page pages[_METRICS_FORMAT_MAX];
};

static void make_policies(struct web *w, enum metrics_format format)
{
	size_t max = (size_t)w->config.sources.settings->metrics_series_limit;
	_cleanup_metrics_page_ struct metrics_page page = METRICS_PAGE_INIT(format, max);
	struct page *to = &w->pages[format];

	metrics_add_policies(&w->config.sources, &page);
	if (page.text.failed)
		return;
	str_free(&to->policies);
	to->policies = page.text;
	page.text = STR_INIT;
	to->left_out = page.left_out;
}

static struct httpd_body *make_page(struct web *w, enum metrics_format format)
{
	_cleanup_metrics_page_ struct metrics_page page = METRICS_PAGE_INIT(format, SIZE_MAX);
	struct page *known = &w->pages[format];

	if (w->config.refresh(w->config.userdata))
		make_policies(w, format);
	metrics_add_agent(&w->config.sources, known->left_out, &page);
	str_append(&page.text, known->policies.data, known->policies.len);
	metrics_page_end(&page);
	return httpd_body_new(&page.text, metrics_content_type(format));
}

static unsigned tell_metrics(struct web *w, const struct httpd_request *request,
			     struct httpd_body **ret)
{
	enum metrics_format format = metrics_negotiate(request->accept);
	struct page *known = &w->pages[format];
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (!known->body || now - known->time >= PAGE_NS) {
		struct httpd_body *body = make_page(w, format);

		if (!body)
			return 503;
		httpd_body_unref(&known->body);
		known->body = body;
		known->time = now;
	}
	*ret = httpd_body_ref(known->body);
	return 200;
}

/* People get a word. */
static struct httpd_body *say_phase(const struct web *w, const struct httpd_request *request)
{
	enum phase phase = *w->config.sources.phase;
	_cleanup_str_ struct str text = STR_INIT;

	if (!request->accept || !strstr(request->accept, JSON)) {
		str_appendf(&text, "%s\n", phase_name(phase));
		return httpd_body_new(&text, TEXT);
	}
	str_appendf(&text, "{\"phase\":\"%s\",\"ready\":%s,\"version\":\"" OCELLI_VERSION "\"}\n",
		    phase_name(phase), phase_is_ready(phase) ? "true" : "false");
	return httpd_body_new(&text, JSON);
}

static unsigned tell_health(struct web *w, const struct httpd_request *request,
			    struct httpd_body **ret)
{
	*ret = say_phase(w, request);
	return 200;
}

static unsigned tell_ready(struct web *w, const struct httpd_request *request,
			   struct httpd_body **ret)
{
	*ret = say_phase(w, request);
	return phase_is_ready(*w->config.sources.phase) ? 200 : 503;
}

static unsigned answer(void *userdata, const struct httpd_request *request, struct httpd_body **ret)
{
	static const struct {
		const char *path;
		unsigned (*tell)(struct web *w, const struct httpd_request *request,
				 struct httpd_body **ret);
	} paths[] = {
		{"/metrics", tell_metrics},
		{"/healthz", tell_health},
		{"/readyz", tell_ready},
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (!strcmp(request->path, paths[i].path))
			return paths[i].tell(userdata, request, ret);
	return 404;
}

int web_new(const struct web_config *config, const char *address, struct web **ret,
	    struct error **reterr)
{
	struct web *w = calloc(1, sizeof(*w));
	const struct httpd_config httpd = {config->loop, answer, w};
	int r;

	if (!w)
		return error_set(reterr, -ENOMEM, "out of memory");
	w->config = *config;
	r = httpd_new(&httpd, address, &w->httpd, reterr);
	if (r < 0) {
		free(w);
		return r;
	}
	*ret = w;
	return 0;
}

const char *web_address(const struct web *w)
{
	return httpd_address(w->httpd);
}

void web_free(struct web **web)
{
	struct web *w = *web;

	if (!w)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(w->pages); i++) {
		httpd_body_unref(&w->pages[i].body);
		str_free(&w->pages[i].policies);
	}
	httpd_free(&w->httpd);
	free(w);
	*web = NULL;
}
