// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor.h"
#include "probe/prober.h"

#include <string.h>

/* Can be mended without another kernel, and takes much away. */
static const char *const worth_a_warning[] = {"tracefs", "kernel_addresses", "ftrace_enabled"};

static enum verdict verdict_of_absence(const struct feature *feature)
{
	for (size_t i = 0; i < ARRAY_SIZE(worth_a_warning); i++)
		if (!strcmp(worth_a_warning[i], feature->name))
			return VERDICT_WARNING;
	return feature->core ? VERDICT_PROBLEM : VERDICT_NOTE;
}

static void tell(struct doctor *doctor, const struct feature *feature,
		 const struct finding *finding)
{
	const char *name = feature->name;

	switch (finding->state) {
	case FEATURE_PRESENT:
		doctor_says(doctor, name, VERDICT_OK, NULL, "%s", feature->title);
		break;
	case FEATURE_ABSENT:
		doctor_says(doctor, name, verdict_of_absence(feature), feature->remedy,
			    "not so: %s. %s", feature->title, feature->consequence);
		break;
	case FEATURE_UNKNOWN:
	default:
		doctor_says(doctor, name, VERDICT_UNKNOWN, NULL, "%s: %.*s", feature->title,
			    (int)finding->evidence.len,
			    finding->evidence.data ? finding->evidence.data : "");
		break;
	}
}

void doctor_kernel(struct doctor *doctor)
{
	struct prober *prober = NULL;
	int refusal;

	if (prober_new(&prober) < 0) {
		doctor->failed = true;
		return;
	}
	refusal = prober_refusal(prober);
	if (refusal)
		doctor_says(doctor, "bpf", VERDICT_PROBLEM,
			    "be root, in no container that takes BPF away",
			    "the kernel takes no BPF program from here: %s", strerror(refusal));
	for (size_t i = 0; i < feature_count(); i++) {
		_cleanup_finding_ struct finding finding = {0};

		prober_try(prober, feature_at(i), &finding);
		/* Then most is unknown, for this one reason. */
		if (!refusal || finding.state != FEATURE_UNKNOWN)
			tell(doctor, feature_at(i), &finding);
	}
	prober_free(&prober);
}
