// SPDX-License-Identifier: Apache-2.0
#include "cli/agent_address.h"
#include "base/cleanup.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int read_text(const char *text, mode_t mode, char ret[AGENT_ADDRESS_MAX])
{
	_cleanup_error_ struct error *err = NULL;
	char path[] = "/tmp/ocelli-address-XXXXXX";
	int fd = mkstemp(path), r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	memset(ret, 'x', AGENT_ADDRESS_MAX);
	r = agent_address_read(path, ret, &err);
	unlink(path);
	assert_true((r < 0) == !!err);
	return r;
}

static void test_read(void **state)
{
	char address[AGENT_ADDRESS_MAX], text[1000];

	assert_int_equal(read_text("{\"pid\":1,\"server_address\":\"unix:///x\"}\n", 0644, address),
			 0);
	assert_string_equal(address, "unix:///x");
	assert_int_equal(read_text("{\"server_address\":\"\"}", 0600, address), 0);
	assert_string_equal(address, "");
	assert_int_equal(read_text("{\"server_address\":\"x\"}", 0664, address), -EPERM);
	assert_int_equal(read_text("{\"server_address\":\"x\"}", 0646, address), -EPERM);
	assert_int_equal(read_text("{\"pid\":1}", 0644, address), -EBADMSG);
	assert_int_equal(read_text("{\"server_address\":[]}", 0644, address), -EBADMSG);
	assert_int_equal(read_text("", 0644, address), -EBADMSG);
	assert_int_equal(read_text("{", 0644, address), -EBADMSG);
	assert_int_equal(read_text("[server_address]", 0644, address), -EBADMSG);
	snprintf(text, sizeof(text), "{\"server_address\":\"%0*d\"}", AGENT_ADDRESS_MAX, 0);
	assert_int_equal(read_text(text, 0644, address), -ENAMETOOLONG);
	snprintf(text, sizeof(text), "{\"server_address\":\"%0*d\"}", AGENT_ADDRESS_MAX - 1, 0);
	assert_int_equal(read_text(text, 0644, address), 0);
	assert_int_equal(strlen(address), AGENT_ADDRESS_MAX - 1);
}

static void test_no_file(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	char address[AGENT_ADDRESS_MAX];

	assert_int_equal(agent_address_read("/nonexistent/info.json", address, &err), -ENOENT);
	assert_null(err);
	assert_int_equal(agent_address_read("/tmp", address, &err), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
