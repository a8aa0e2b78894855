// SPDX-License-Identifier: Apache-2.0
#include "tracing/digests.h"
#include "base/cleanup.h"
#include "tracing/digest.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* With its colon. */
static size_t algorithm_length(const char *digest)
{
	return strcspn(digest, ":") + 1;
}

static int read_digest(struct programs *programs, const struct program *program,
		       const char *algorithm, struct str *out, struct error **reterr)
{
	uint64_t left = DIGESTS_MAX - programs->digested;
	uint8_t id[BUILD_ID_SIZE];
	ssize_t n;
	int r;

	if (strcmp(algorithm, "build-id") != 0) {
		r = digest_append(program->file.fd, algorithm, &left, out, reterr);
		programs->digested = DIGESTS_MAX - left;
		if (r == -EFBIG)
			error_set(reterr, r,
				  "the files that the policy has digests of are larger than %llu "
				  "GiB together, which is the limit",
				  DIGESTS_MAX >> 30);
		return r;
	}
	n = elf_image_build_id(&program->image, id);
	if (n > 0)
		digest_append_hex(id, (size_t)n, out);
	else
		str_append_z(out, "none");
	return 0;
}

/* The program's own, by the algorithm of @like; NULL: the reason is in *reterr. */
static const char *digest_of(struct programs *programs, struct program *program, const char *like,
			     struct error **reterr)
{
	_cleanup_str_ struct str text = STR_INIT;
	size_t len = algorithm_length(like);
	char algorithm[16] = "";
	char **to;

	for (to = program->digests; *to; to++)
		if (!strncmp(*to, like, len))
			return *to;
	memcpy(algorithm, like, MIN(len, sizeof(algorithm)) - 1);
	str_append(&text, like, len);
	if (read_digest(programs, program, algorithm, &text, reterr) < 0)
		return NULL;
	*to = str_cstr(&text) ? strdup(text.data) : NULL;
	return *to;
}

static int cannot_tell(const struct compiler *c, const struct policy_text *digest,
		       const struct program *program, const struct error *err)
{
	struct finding *f = diagnose_error(c->diags, digest->mark, "%s: %s", program->path,
					   err ? err->message : "out of memory");

	if (err && err->remedy)
		finding_remedy(f, "%s", err->remedy);
	return err ? err->code : -ENOMEM;
}

static int reject(const struct compiler *c, const struct policy_hook *hook,
		  const struct program *program)
{
	bool may_be = hook->ignore.digest_failure.v;
	_cleanup_str_ struct str found = STR_INIT;
	struct finding *f =
		diagnose(c->diags, may_be ? SEVERITY_WARNING : SEVERITY_ERROR, hook->digests.mark,
			 "%s is not the file that the policy is for%s", program->path,
			 may_be ? ": it is left out" : "");

	for (size_t i = 0; program->digests[i]; i++)
		str_appendf(&found, "%s%s", i ? ", " : "", program->digests[i]);
	finding_why(f, "it has %s, not %s", str_cstr(&found) ? found.data : "others",
		    hook->digests.n == 1 ? hook->digests.v[0].s : "one of binaryDigests");
	finding_remedy(f, "%s",
		       may_be ? "add that if it is the file that is meant"
			      : "add that if it is the file that is meant; where there may "
				"be others, ignore: {digestVerificationFailure: true} "
				"leaves the hook out");
	return -EKEYREJECTED;
}

int digests_check(const struct compiler *c, const struct policy_hook *hook, struct program *program)
{
	for (size_t i = 0; i < hook->digests.n; i++) {
		const struct policy_text *digest = &hook->digests.v[i];
		_cleanup_error_ struct error *err = NULL;
		const char *found = digest_of(&c->points->programs, program, digest->s, &err);

		if (!found)
			return cannot_tell(c, digest, program, err);
		/* In hex, of either case. */
		if (!strcasecmp(found, digest->s))
			return 0;
	}
	return hook->digests.n ? reject(c, hook, program) : 0;
}
