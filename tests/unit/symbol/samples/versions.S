/* SPDX-License-Identifier: Apache-2.0 */
	.include "function.inc"
	exported current_1
	exported current_2
	exported old_1
	exported old_2
	.symver current_1, current@V1, remove
	.symver current_2, current@@V2, remove
	.symver old_1, old@V1, remove
	.symver old_2, old@V2, remove
