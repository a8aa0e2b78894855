/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Go's linker leaves in a program for its runtime, of two functions. FORMAT is 2, 16, 18 or
 * 20; TEXT is whether it says where the code is; C is whether something else comes before that.
 */
	.include "function.inc"
	.if C
	exported _start
	.endif
code:
	function "net/http.(*Server).Serve"
	exported _rt0_amd64_linux
end:
	.section SECTION, "aw"
table:
	.if FORMAT == 2
	.long 0xfffffffb
	.elseif FORMAT == 16
	.long 0xfffffffa
	.elseif FORMAT == 18
	.long 0xfffffff0
	.else
	.long 0xfffffff1
	.endif
	.byte 0, 0, 1, 8
	.quad 2

	.if FORMAT == 2
	.quad "net/http.(*Server).Serve", first - table, _rt0_amd64_linux, second - table, end
first:
	.quad "net/http.(*Server).Serve"
	.long name_1 - table
second:
	.quad _rt0_amd64_linux
	.long name_2 - table
	.endif

	.if FORMAT == 16
	.quad 0, names - table, 0, 0, 0, pairs - table
pairs:
	.quad "net/http.(*Server).Serve", first - pairs, _rt0_amd64_linux, second - pairs, end
first:
	.quad "net/http.(*Server).Serve"
	.long name_1 - names
second:
	.quad _rt0_amd64_linux
	.long name_2 - names
	.endif

	.if FORMAT >= 18
	.quad 0
	.if TEXT
	.quad code
	.else
	.quad 0
	.endif
	.quad names - table, 0, 0, 0, pairs - table
pairs:
	.long "net/http.(*Server).Serve" - code, first - pairs
	.long _rt0_amd64_linux - code, second - pairs, end - code
first:
	.long "net/http.(*Server).Serve" - code, name_1 - names
second:
	.long _rt0_amd64_linux - code, name_2 - names
	.endif

names:
	.byte 0
name_1:
	.asciz "net/http.(*Server).Serve"
name_2:
	.asciz "_rt0_amd64_linux"
