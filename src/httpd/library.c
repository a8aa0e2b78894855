// SPDX-License-Identifier: Apache-2.0
#include "httpd/library.h"
#include "base/macro.h"

#include <dlfcn.h>
#include <stdbool.h>

static bool find(struct microhttpd *m)
{
	const struct {
		const char *name;
		void *to;
	} functions[] = {
		{"MHD_start_daemon", &m->start_daemon},
		{"MHD_stop_daemon", &m->stop_daemon},
		{"MHD_get_daemon_info", &m->get_daemon_info},
		{"MHD_get_connection_info", &m->get_connection_info},
		{"MHD_run", &m->run},
		{"MHD_get_timeout", &m->get_timeout},
		{"MHD_create_response_from_buffer", &m->create_response_from_buffer},
		{"MHD_add_response_header", &m->add_response_header},
		{"MHD_queue_response", &m->queue_response},
		{"MHD_destroy_response", &m->destroy_response},
		{"MHD_lookup_connection_value", &m->lookup_connection_value},
	};
	void *library = dlopen(MICROHTTPD_LIBRARY, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; library && i < ARRAY_SIZE(functions); i++) {
		void *f = dlsym(library, functions[i].name);

		if (!f)
			return false;
		*(void **)functions[i].to = f;
	}
	return library;
}

const struct microhttpd *microhttpd_get(void)
{
	static struct microhttpd library;
	static bool tried, there;

	if (!tried)
		there = find(&library);
	tried = true;
	return there ? &library : NULL;
}
