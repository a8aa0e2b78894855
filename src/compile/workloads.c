// SPDX-License-Identifier: Apache-2.0
#include "compile/workloads.h"

static bool is_known(const struct policy_labels *labels, const char *name, const char *what,
		     struct diagnostics *diags)
{
	struct finding *finding;

	if (!POLICY_SET(*labels))
		return true;
	finding =
		diagnose_error(diags, labels->mark,
			       "%s cannot be filtered by: this agent does not know %s", name, what);
	finding_why(finding,
		    "which they are is told by Kubernetes, which this version does not ask");
	finding_remedy(finding, "leave it out to have the policy hold for all processes, or write "
				"hostSelector: {} for those that are in no container");
	return false;
}

bool workloads_known(const struct policy_workloads *workloads, struct diagnostics *diags)
{
	bool pods = is_known(&workloads->pods, "podSelector", "pods", diags);

	return is_known(&workloads->containers, "containerSelector", "containers by their names",
			diags) &&
	       pods;
}
