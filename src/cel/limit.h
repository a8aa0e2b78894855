/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_LIMIT_H
#define OCELLI_CEL_LIMIT_H

/* An expression's text, in bytes. */
#define CEL_TEXT_MAX 65536

/* Levels of an expression: brackets, operators on operators, fields of fields. Nothing that walks
 * an expression, a type or a value recurses deeper. */
#define CEL_NESTING_MAX 256

/* Of one evaluation: operations, and what they do to each element and each CEL_STEP_BYTES. A search
 * for a regular expression counts as so many, more when the expression is not a literal, and more
 * again when the search is given up. */
#define CEL_STEPS_MAX 1000000
#define CEL_STEP_BYTES 16
#define CEL_SEARCH_STEPS 1000
#define CEL_SEARCH_ONCE_STEPS 10000
#define CEL_SEARCH_FAILED_STEPS 100000

/* Of one evaluation: bytes of the strings, lists and maps that it makes. */
#define CEL_MEMORY_MAX (16 * 1024 * 1024)

#endif
