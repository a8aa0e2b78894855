/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_TESTS_E2E_SHARED_H
#define OCELLI_TESTS_E2E_SHARED_H

/* What a program of a test and the tool that fires it tell each other. */
struct shared {
	unsigned int pid; /* only what this process does counts */
	unsigned int pad;
	long long syscall;          /* the system call that programs on all of them wait for */
	unsigned long long address; /* of the tool's memory */
	unsigned long long number;  /* of what the tool asks about */
	unsigned long long hits;    /* how often the program ran for it */
	long long result;
	char text[128];
};

#endif
