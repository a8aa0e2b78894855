// SPDX-License-Identifier: Apache-2.0
/* The schema as protoc describes it, byte by byte: DESCRIPTORS is that file. */
#include "embedded.h"

/* clang-format off */
__asm__(".section .rodata\n"
	".balign 8\n"
	".global proto_descriptors, proto_descriptors_end\n"
	"proto_descriptors: .incbin \"" DESCRIPTORS "\"\n"
	"proto_descriptors_end: .byte 0\n"
	".previous\n");
