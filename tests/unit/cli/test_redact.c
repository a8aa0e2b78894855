// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/macro.h"
#include "cli/redact.h"

#include <string.h>

static void texts(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"", ""},
		{"--rb-size=64M a,b\n", "--rb-size=64M a,b\n"},
		{"password=x", "password=[REDACTED]"},
		{"DB_PASSWORD=x y", "DB_PASSWORD=[REDACTED] y"},
		{"--auth-token abc next", "--auth-token [REDACTED] next"},
		/* It may begin so. */
		{"--auth-token --next", "--auth-token [REDACTED]"},
		{"--webhook-secret=https://h/a?k=v w", "--webhook-secret=[REDACTED] w"},
		{"{\"token\":1234,\"b\":1}\nnext", "{\"token\":[REDACTED]\nnext"},
		{"{\"tokens\":[\"a\"]}", "{\"tokens\":[REDACTED]"},
		{"\"password\":\"ab\\\"cd\" e", "\"password\":\"[REDACTED]\" e"},
		{"\"api_key\": \"abc\", \"b\": 1", "\"api_key\": \"[REDACTED]\", \"b\": 1"},
		{"Authorization: Bearer", "Authorization: [REDACTED]"},
		{"rw,username=u,password=p,uid=0", "rw,username=u,password=[REDACTED],uid=0"},
		{"http://u:p@host/path x@y", "http://[REDACTED]@host/path x@y"},
		{"https://host/a@b", "https://host/a@b"},
		{"password=", "password="},
		{"password='a b' c", "password='[REDACTED]' c"},
		{"Authorization: Bearer abc\nnext", "Authorization: [REDACTED]\nnext"},
		{"\"password\": \"a, b=c\", \"d\"", "\"password\": \"[REDACTED]\", \"d\""},
		{"password=\nnext", "password=\nnext"},
		{"password = 'a'", "password = '[REDACTED]'"},
		{"{\"token\":\"a\",\"b\":\"c\"}", "{\"token\":\"[REDACTED]\",\"b\":\"c\"}"},
		{"http://me:my-secret@h/?token=a&b=c", "http://[REDACTED]@h/?token=[REDACTED]&b=c"},
		{"Speculation_Store_Bypass: yes", "Speculation_Store_Bypass: yes"},
		{"the password is", "the password is"},
		{"password: |\n  a\n\n  b\nnext: c\n", "password: |\n[REDACTED]\nnext: c\n"},
		{"- password: >-  # x\n    a\n  next: b",
		 "- password: >-  # x\n[REDACTED]\n  next: b"},
		{"x:\n  \"token\": |2+\n      a\n   b\n  c: d",
		 "x:\n  \"token\": |2+\n[REDACTED]\n  c: d"},
		{"  tokens:\n  - a\n  - b\n  c: d\n", "  tokens:\n[REDACTED]\n  c: d\n"},
		{"password:\nnext: a", "password:\nnext: a"},
		{"{\"password\":\"\",\"b\":\"c\"}", "{\"password\":\"\",\"b\":\"c\"}"},
		{"password: |", "password: |"},
		{"password: | a\nb", "password: [REDACTED]\nb"},
		{"k: x-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nd",
		 "k: x-----BEGIN RSA PRIVATE KEY-----[REDACTED]-----END RSA PRIVATE KEY-----\nd"},
		{"\"-----BEGIN PRIVATE KEY-----\\nabc\\n-----END PRIVATE KEY-----\\n\" password=x",
		 "\"-----BEGIN PRIVATE KEY-----[REDACTED]-----END PRIVATE KEY-----\\n\" "
		 "password=[REDACTED]"},
		{"-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n",
		 "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n"},
		{"a -----BEGIN OPENSSH PRIVATE KEY-----\nabc",
		 "a -----BEGIN OPENSSH PRIVATE KEY-----[REDACTED]"},
		{"-----BEGIN abc\npassword=x", "-----BEGIN abc\npassword=[REDACTED]"},
		{"-----BEGIN CERTIFICATE-----\npassword=x",
		 "-----BEGIN CERTIFICATE-----\npassword=[REDACTED]"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str out = STR_INIT;

		redact_text(&out, cases[i].from, strlen(cases[i].from));
		assert_string_equal(str_cstr(&out) ? out.data : NULL, cases[i].to);
	}
}

/* As /proc/PID/cmdline has it. */
static void words_between_nuls(void **state)
{
	static const char from[] = "a\0--token\0secret\0b\0--password\0a b,c\0d";
	static const char to[] = "a\0--token\0[REDACTED]\0b\0--password\0[REDACTED]\0d";
	_cleanup_str_ struct str out = STR_INIT;

	redact_text(&out, from, sizeof(from));
	assert_int_equal(out.len, sizeof(to));
	assert_memory_equal(out.data, to, sizeof(to));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(words_between_nuls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
