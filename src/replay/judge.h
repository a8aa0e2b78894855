/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_REPLAY_JUDGE_H
#define OCELLI_REPLAY_JUDGE_H

#include "base/str.h"
#include "replay/subject.h"
#include "replay/value.h"

/*
 * The evaluator knows all that it is asked about; an event does not tell it all. So
 * each test is made by itself, by the evaluator, if what it looks at is known.
 */
enum tri {
	TRI_NO,
	TRI_YES,
	TRI_UNKNOWN,
};

/* A call, as far as it is known. */
struct judged {
	const struct plan *plan;
	const struct recorded *values;   /* as many as the plan has captures */
	const struct value *bare;        /* the same, without what is known of them */
	struct subject *subject;         /* NULL: nobody is told of */
	const struct recorded *returned; /* NULL: it is not told of */
	struct str *why; /* the first thing that is not known is told here, if it is empty */
};

enum tri judge_selector(const struct judged *j, size_t selector);

/* Whether what was told for the selector still is when the call returns; it asks for that. */
enum tri judge_return(const struct judged *j, size_t selector);

#endif
