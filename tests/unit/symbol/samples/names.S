/* SPDX-License-Identifier: Apache-2.0 */
	.include "function.inc"
	exported _start
	exported plain
	/* Another file has one of its own, too. */
	function twice

	.globl chosen
	function chosen
	.type chosen, %gnu_indirect_function

	/* What compilers make of functions. */
	exported split
	function split.part.0
	function split.cold
	function only.isra.0

	/* ns::Class::method(int), (char); read() const; what corrects "this" for the first; int
	 * same<int>(int); operator new(unsigned long); and what is longer than there is memory. */
	exported _ZN2ns5Class6methodEi
	exported _ZN2ns5Class6methodEc
	exported _ZNK2ns5Class4readEv
	exported _ZThn16_N2ns5Class6methodEi
	exported _Z4sameIiET_S0_
	exported _Znwm
	exported _Z5bombsP1AIS_S_EP1BIS1_S1_EP1CIS3_S3_EP1DIS5_S5_EP1EIS7_S7_EP1FIS9_S9_EP1GISB_SB_EP1HISD_SD_EP1IISF_SF_EP1JISH_SH_EP1KISJ_SJ_EP1LISL_SL_EP1MISN_SN_EP1NISP_SP_E

	/* a::Type::run, by both manglings of Rust; the second for u8, and for a closure in it. */
	exported _ZN1a4Type3run17h0123456789abcdefE
	exported _RINvMNtCs1_1a5otherNtB5_4Type3runhEB5_
	exported _RNCNvCs1_1a4walk0B3_
