/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_HTTPD_LIBRARY_H
#define OCELLI_HTTPD_LIBRARY_H

#include <microhttpd.h>

/* What is used of libmicrohttpd, by its own names. */
struct microhttpd {
	struct MHD_Daemon *(*start_daemon)(unsigned int flags, uint16_t port,
					   MHD_AcceptPolicyCallback accept, void *accept_data,
					   MHD_AccessHandlerCallback handle, void *handle_data,
					   ...);
	__typeof__(MHD_stop_daemon) *stop_daemon;
	const union MHD_DaemonInfo *(*get_daemon_info)(struct MHD_Daemon *daemon,
						       enum MHD_DaemonInfoType type, ...);
	const union MHD_ConnectionInfo *(*get_connection_info)(struct MHD_Connection *connection,
							       enum MHD_ConnectionInfoType type,
							       ...);
	__typeof__(MHD_run) *run;
	__typeof__(MHD_get_timeout) *get_timeout;
	__typeof__(MHD_create_response_from_buffer) *create_response_from_buffer;
	__typeof__(MHD_add_response_header) *add_response_header;
	__typeof__(MHD_queue_response) *queue_response;
	__typeof__(MHD_destroy_response) *destroy_response;
	__typeof__(MHD_lookup_connection_value) *lookup_connection_value;
};

/* Loads it the first time; NULL: it is not there. */
const struct microhttpd *microhttpd_get(void);

/* As the dynamic loader knows it. */
#define MICROHTTPD_LIBRARY "libmicrohttpd.so.12"

#endif
