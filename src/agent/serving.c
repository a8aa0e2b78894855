// SPDX-License-Identifier: Apache-2.0
#include "agent/serving.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "config/option_value.h"

#include <errno.h>
#include <grp.h>
#include <string.h>

#define NO_GROUP ((gid_t) - 1)

/* By name, or else by number. */
static int find_group(const char *option, const char *text, gid_t *ret, struct error **reterr)
{
	const struct group *found;
	unsigned long number;
	char *end;

	*ret = NO_GROUP;
	if (!text)
		return 0;
	errno = 0;
	found = getgrnam(text);
	if (found) {
		*ret = found->gr_gid;
		return 0;
	}
	number = strtoul(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && !*end && number < NO_GROUP) {
		*ret = (gid_t)number;
		return 0;
	}
	error_set(reterr, -EINVAL, "%s: there is no group %s", option, quote(text).s);
	error_remedy(reterr, "groupadd --system NAME makes one; a number is taken as it is");
	return -EINVAL;
}

static int find_access(const struct settings *s, struct api_access *ret, struct error **reterr)
{
	int r;

	*ret = (struct api_access){
		.admin_names = (const char *const *)s->server_tls_admins.v,
		.n_admin_names = s->server_tls_admins.n,
		.all_by_tcp = s->server_tcp_role == TCP_ROLE_ADMIN,
	};
	r = find_group("server-group", s->server_group, &ret->readers, reterr);
	return r < 0 ? r
		     : find_group("server-admin-group", s->server_admin_group, &ret->admins,
				  reterr);
}

static int use_tls(struct api *api, const struct settings *s, struct error **reterr)
{
	const struct tls_config config = {
		.cert_file = s->server_tls_cert_file,
		.key_file = s->server_tls_key_file,
		.client_ca_files = (const char *const *)s->server_tls_client_ca_files.v,
		.n_client_ca_files = s->server_tls_client_ca_files.n,
		.client_crl_files = (const char *const *)s->server_tls_client_crl_files.v,
		.n_client_crl_files = s->server_tls_client_crl_files.n,
	};

	return s->server_tls_cert_file ? api_use_tls(api, &config, reterr) : 0;
}

/* The socket is there whatever else is. */
static int listen_at(struct api *api, const struct settings *s, struct error **reterr)
{
	_cleanup_str_ struct str socket = STR_INIT;
	const char *address = s->server_address;
	bool is_socket = address && !strncmp(address, "unix://", strlen("unix://"));
	int r;

	if (!address)
		return 0;
	str_appendf(&socket, "unix://%s/" SETTINGS_SOCKET, s->run_dir);
	if (!str_cstr(&socket))
		return error_set(reterr, -ENOMEM, "out of memory");
	r = is_socket ? 0 : api_listen(api, socket.data, reterr);
	if (r >= 0 && strcmp(address, SETTINGS_SERVER_UNIX) != 0)
		r = api_listen(api, address, reterr);
	if (r < 0)
		error_remedy(reterr, "--server-address says where; empty, there is no server");
	return r;
}

static int listen_for_health(struct api *api, const struct settings *s, struct error **reterr)
{
	int r = s->health_server_address
			? api_listen_for_health(api, s->health_server_address, reterr)
			: 0;

	if (r < 0)
		error_remedy(reterr,
			     "--health-server-address says where; empty, it is with the rest");
	return r;
}

int serving_start(uv_loop_t *loop, const struct settings *s, const struct api_agent *agent,
		  struct api **ret, struct error **reterr)
{
	struct api_access access;
	int r = find_access(s, &access, reterr);

	if (r == 0)
		r = api_new(loop, agent, &access, ret, reterr);
	if (r == 0) {
		api_allow_deprecated(*ret, s->enable_deprecated_tracingpolicy_grpc);
		r = use_tls(*ret, s, reterr);
	}
	if (r == 0)
		r = listen_at(*ret, s, reterr);
	return r < 0 ? r : listen_for_health(*ret, s, reterr);
}

void serving_tick(struct api *api)
{
	_cleanup_error_ struct error *err = NULL;
	int r = api_reload_tls(api, &err);

	if (r > 0) {
		log_info("new clients get the certificate that there is now");
	} else if (r < 0 && err) {
		if (r != -EKEYEXPIRED)
			error_wrap(&err, r, "the certificates before the change are used further");
		log_error_object(LOG_LEVEL_ERROR, err);
	}
	api_tick(api);
}
