#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the verifier does with each program of the agent on the running kernel.

As a program, with the build directory for an argument, it prints that, or writes it into
budgets.json (--record). A kernel is known by series and machine: "6.1-x86_64".
"""

import json
import os
import platform
import re
import sys
import tempfile

from agent import Agent

RECORDED = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'budgets.json')
# More than what was recorded by so much is a regression.
TOLERANCE = 1.10
# The log escapes its line ends.
STATISTICS = re.compile(r"prog '(\w+)': -- BEGIN PROG LOAD LOG --"
                        r'((?:(?!-- END PROG LOAD LOG --).)*)', re.DOTALL)
PROCESSED = re.compile(r'processed (\d+) insns')
# What policies are linked with, and what is said when this kernel refused it.
LIBRARY = 'hook_library'
NO_POLICY = 'no policy is loaded'
# Said before it loads other programs in place of those that this kernel refused.
SECOND_TRY = 'trying the programs for kernels before 5.18'


def kernel():
    series = '.'.join(re.match(r'(\d+)\.(\d+)', platform.release()).groups())
    return f'{series}-{platform.machine()}'


def measure(*options):
    """{program: instructions that the verifier went through}, of those the agent loads here."""
    with Agent('--log-level=trace', *options, stdout=False, ring=None) as agent:
        ended = agent.stop()
    log = ended.stderr.rpartition(SECOND_TRY)[2]
    # The verifier counts what it refuses, too.
    return {name: int(PROCESSED.search(statistics)[1])
            for name, statistics in STATISTICS.findall(log)
            if name != LIBRARY or NO_POLICY not in ended.stderr}


# For the library that policies are linked with, which is loaded with the first of them.
POLICY = """apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata: {name: any}
spec: {kprobes: [{call: sys_getpriority, syscall: true}]}
"""


def measure_all():
    """With everything captured, which is what costs the verifier most."""
    with tempfile.NamedTemporaryFile('w', suffix='.yaml') as policy:
        policy.write(POLICY)
        policy.flush()
        return measure('--enable-process-environment-variables', '--cgroup-rate=1000,1m',
                       '--tracing-policy', policy.name)


def recorded():
    with open(RECORDED, encoding='utf-8') as f:
        return json.load(f)


def record(kernel_name, figures):
    kernels = recorded() if os.path.exists(RECORDED) else {}
    kernels[kernel_name] = figures
    with open(RECORDED, 'w', encoding='utf-8') as f:
        json.dump(kernels, f, indent='\t', sort_keys=True)
        f.write('\n')


def main():
    *options, Agent.build = sys.argv[1:]
    figures = measure_all()
    if options == ['--record']:
        record(kernel(), figures)
    print(json.dumps({kernel(): figures}))


if __name__ == '__main__':
    main()
