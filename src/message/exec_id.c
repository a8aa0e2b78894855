// SPDX-License-Identifier: Apache-2.0
#include "message/exec_id.h"
#include "event/base64.h"

void exec_id_append(struct str *out, const char *node, const struct process_key *key)
{
	char buf[512];
	/* Room for the two numbers is certain; a longer node name is cut, as host names end at 64
	 * and Kubernetes names at 253 bytes. */
	struct str plain = {.data = buf, .cap = sizeof(buf)};

	str_append(&plain, node, strnlen(node, sizeof(buf) - 48));
	str_append_char(&plain, ':');
	str_append_u64(&plain, key_ktime(key));
	str_append_char(&plain, ':');
	str_append_u64(&plain, key->pid);
	base64_append(out, plain.data, plain.len);
}
