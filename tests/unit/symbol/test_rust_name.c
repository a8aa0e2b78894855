// SPDX-License-Identifier: Apache-2.0
#include "symbol/rust_name.h"
#include "base/macro.h"
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* As rustc-demangle has them (those of v0 from its tests and RFC 2603), without and with hashes. */
static const struct {
	const char *mangled, *plain, *hashes;
} names[] = {
	{"_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad",
	 "core::fmt::Formatter::pad::h0123456789abcdef"},
	{"_ZN50_$LT$T$u20$as$u20$core..convert..Into$LT$U$GT$$GT$4into17h0123456789abcdefE",
	 "<T as core::convert::Into<U>>::into",
	 "<T as core::convert::Into<U>>::into::h0123456789abcdef"},
	{"_ZN1a28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE.llvm.123", "a::{{closure}}",
	 "a::{{closure}}::h0123456789abcdef"},
	{"_ZN1a10_$RF$x.y$C17h0123456789abcdefE.cold", "a::&x.y$C.cold",
	 "a::&x.y$C::h0123456789abcdef.cold"},
	{"_RNvC6_123foo3bar", "123foo::bar", "123foo::bar"},
	{"_RNqCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y",
	 "utf8_idents::საჭმელად_გემრიელი_სადილი",
	 "utf8_idents[317d481089b8c8fe]::საჭმელად_გემრიელი_სადილი"},
	{"_RNCNCNgCs6DXkGYLi8lr_2cc5spawn00B5_", "cc::spawn::{closure#0}::{closure#0}",
	 "cc[4d6468d6c9fd4bb3]::spawn::{closure#0}::{closure#0}"},
	{"_RINbNbCskIICzLVDPPb_5alloc5alloc8box_freeDINbNiB4_5boxed5FnBoxuEp6OutputuEL_"
	 "ECs1iopQbuBiw2_"
	 "3std",
	 "alloc::alloc::box_free::<dyn alloc::boxed::FnBox<(), Output = ()>>",
	 "alloc[f15a878b47eb696b]::alloc::box_free::<dyn alloc[f15a878b47eb696b]::boxed::FnBox<(), "
	 "Output = ()>>"},
	{"_RMC0INtC8arrayvec8ArrayVechKj7b_E", "<arrayvec::ArrayVec<u8, 123>>",
	 "<arrayvec::ArrayVec<u8, 123usize>>"},
	{"_RMCs4fqI2P2rA04_13const_genericINtB0_4CharKc22_E", "<const_generic::Char<'\"'>>",
	 "<const_generic[317d481089b8c8fe]::Char<'\"'>>"},
	{"_RMCs4fqI2P2rA04_13const_genericINtB0_6SignedKanb_E", "<const_generic::Signed<-11>>",
	 "<const_generic[317d481089b8c8fe]::Signed<-11i8>>"},
	{"_RMCs4fqI2P2rA04_13const_genericINtB0_4BoolKb1_E", "<const_generic::Bool<true>>",
	 "<const_generic[317d481089b8c8fe]::Bool<true>>"},
	{"_RIC1aFG0_RL1_hRL0_tEuTRhEAhj3_FUKCOcEzE",
	 "a::<for<'a, 'b> fn(&'a u8, &'b u16), (&u8,), [u8; 3], unsafe extern \"C\" fn(*mut char) "
	 "-> !>",
	 "a::<for<'a, 'b> fn(&'a u8, &'b u16), (&u8,), [u8; 3usize], unsafe extern \"C\" fn(*mut "
	 "char) -> !>"},
	{"_RYhNtC1a1T", "<u8 as a::T>", "<u8 as a::T>"},
	{"_RNvC1a1f.llvm.9D1C9369", "a::f", "a::f"},
	{"_RNvC1a1f.cold", "a::f.cold", "a::f.cold"},
	/* Others', and what is broken. */
	{"_ZN2ns5Class6methodEi", NULL, NULL},
	{"_ZN1a17h0123456789abcdefEv", NULL, NULL},
	{"_ZN1a17h0123456789abcdef", NULL, NULL},
	{"_ZN9a17h0123456789abcdefE", NULL, NULL},
	{"main", NULL, NULL},
	{"_R", NULL, NULL},
	{"_RNvC1a9f", NULL, NULL},
	{"_RNvC1a1f!", NULL, NULL},
	{"_RINvC1a1fL0_E", NULL, NULL},
	{"_RMC0INtC8arrayvec8ArrayVechKj7bE", NULL, NULL},
	{"_RNvC1au3---", NULL, NULL},
};

static void test_names(void **state)
{
	_cleanup_str_ struct str text = STR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *mangled = names[i].mangled,
			   *wanted[] = {names[i].plain, names[i].hashes};

		for (int hashes = 0; hashes < 2; hashes++) {
			int r = rust_name_read(mangled, strlen(mangled), hashes, &text);

			if (r != (wanted[hashes] ? 0 : -EINVAL) ||
			    (r == 0 && strcmp(text.data, wanted[hashes]) != 0))
				print_error("%s: %d %s\n", mangled, r, r < 0 ? "" : text.data);
			assert_int_equal(r, wanted[hashes] ? 0 : -EINVAL);
			if (r == 0)
				assert_string_equal(text.data, wanted[hashes]);
		}
	}
}

/* Each cut of a name, with nothing behind it that may be read. */
static void test_cut(void **state)
{
	_cleanup_str_ struct str text = STR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		for (size_t len = 0; len < strlen(names[i].mangled); len++) {
			char *cut = malloc(len ? len : 1);

			assert_non_null(cut);
			memcpy(cut, names[i].mangled, len);
			rust_name_read(cut, len, true, &text);
			free(cut);
		}
}

/* What was read there, once more. */
static void append_back(struct str *name, size_t at)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (!at)
		return str_append_lit(name, "h");
	str_append_lit(name, "B");
	if (at > 62)
		str_append_char(name, digits[(at - 1) / 62]);
	str_append_char(name, digits[(at - 1) % 62]);
	str_append_lit(name, "_");
}

static void test_limits(void **state)
{
	_cleanup_str_ struct str name = STR_INIT, text = STR_INIT;

	/* Each part is twice the one before. */
	str_append_lit(&name, "_RIC1a");
	for (size_t i = 0, before = 0; i < 40; i++) {
		size_t at = name.len - 2;

		str_append_lit(&name, "T");
		for (int j = 0; j < 2; j++)
			append_back(&name, before);
		str_append_lit(&name, "E");
		before = at;
	}
	str_append_lit(&name, "E");
	assert_int_equal(rust_name_read(name.data, name.len, false, &text), -E2BIG);
	/* One within the other. */
	str_reset(&name);
	str_append_lit(&name, "_RIC1a");
	for (unsigned i = 0; i < 100000; i++)
		str_append_lit(&name, "R");
	str_append_lit(&name, "hE");
	assert_int_equal(rust_name_read(name.data, name.len, false, &text), -E2BIG);
	/* Which is itself. */
	assert_int_equal(rust_name_read("_RIC1aTB3_EE", 12, false, &text), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
