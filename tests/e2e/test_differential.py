# SPDX-License-Identifier: Apache-2.0
"""Random policies on random calls: the kernel decides as the evaluator does, and tells the
arguments as they are (tests/differential). Without the agent: the compiler and the library."""

import os
import re
import subprocess

from agent import Agent
from case import Case, needs, scaled, without_feature
from test_policies import recent_enough


class Differential(Case):
    POLICIES = int(os.environ.get('OCELLI_DIFFERENTIAL', scaled(100, 30)))
    CALLS = 40

    def compare(self, way):
        if not recent_enough():
            self.skipTest('this kernel has no atomic operations that return a value')
        os.mkdir(self.path('files'))
        program = os.path.join(Agent.build, 'tests/differential/differential')
        done = subprocess.run([program, way, str(self.POLICIES), str(self.CALLS),
                               self.path('files')], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        counts = dict(re.findall(r'(\w+)=(\d+)', done.stdout))
        self.assertEqual(int(counts['calls']), self.POLICIES * self.CALLS)
        for count in ('told', 'quiet'):
            self.assertGreater(int(counts[count]), self.POLICIES * self.CALLS / 5)
        for count in ('faults', 'data', 'limited'):
            self.assertGreater(int(counts[count]), 0, count)
        # Of what is run by hand nothing returns.
        for count in ('returned', 'withdrawn'):
            self.assertEqual(int(counts[count]) > 0, way != 'test_run', count)

    def test_run_by_hand(self):
        self.compare('test_run')

    @without_feature('kprobe')
    def test_on_all_calls(self):
        self.compare('sys_enter')

    @needs('kprobe')
    def test_on_the_function(self):
        self.compare('kprobe')

    @needs('fentry')
    def test_on_the_function_by_its_type(self):
        self.compare('fentry')
