/* SPDX-License-Identifier: Apache-2.0 */
	.include "function.inc"
	.space 64
	function twice
