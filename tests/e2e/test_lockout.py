# SPDX-License-Identifier: Apache-2.0
"""Policies that would kill or deny everybody, or those that the machine or the agent lives by. All
are about a call that nobody makes."""

import os
import subprocess
import sys
import unittest

from agent import Agent
from case import needs, trigger_path
from test_enforcement import MONITORS, EnforcementCase
from test_policies import hook, policy, recent_enough
from test_policy_hooks import OLD
from test_uprobes import policy as programs
from test_uprobes import uprobe

INSISTS = '  options: [{name: allow-lockout, value: "1"}]\n'


def swaps(selector, name='locks', **more):
    return policy(name, hook('sys_swapoff', (0, 'string')) + f'    selectors:\n    - {selector}\n',
                  **more)


ALL = '{matchActions: [{action: Sigkill}]}'


@unittest.skipUnless(recent_enough(), OLD)
class Lockout(EnforcementCase):
    def of_parent(self, actions='{action: Sigkill}', more=''):
        """The agent's parent is this process."""
        return (f'{{matchPIDs: [{{operator: In, values: [{os.getpid()}]}}], {more}'
                f'matchActions: [{actions}]}}')

    def assert_loads(self, text, *said, unsaid='done to'):
        agent = self.load(text)
        self.assertIn('policy locks: enabled', agent.log())
        for each in said:
            self.assertIn(each, agent.log())
        if unsaid:
            self.assertNotIn(unsaid, agent.log())
        self.check_complete(agent)

    def test_everybody(self):
        log = self.refused(swaps(ALL))
        self.assertRegex(log, r'0.yaml:\d+:\d+: error: Sigkill is done to every process that')
        self.assertIn('allow-lockout', log)
        for text in (ALL.replace('Sigkill', 'Signal, argSig: 15'),
                     '{matchActions: [{action: NoPost}], matchReturnActions: [{action: Sigkill}]}'):
            with self.subTest(text):
                self.assertIn('done to every process', self.refused(swaps(text).replace(
                    '    args:', '    return: true\n    returnArg: {index: 0, type: int}\n    args:')))

    def test_not_everybody(self):
        for text in (ALL.replace('Sigkill', 'Signal, argSig: 18'),
                     '{matchArgs: [{index: 0, operator: Equal, values: [/none]}], ' + ALL[1:]):
            with self.subTest(text):
                self.assert_loads(swaps(text))

    def test_parent_of_the_agent(self):
        log = self.refused(swaps(self.of_parent()))
        self.assertRegex(log, r'0.yaml:\d+:\d+: error: Sigkill is done to a process that the agent '
                              rf'is a child of, \S+ \(pid {os.getpid()}\)')
        # Who is spared before, is; and these are not.
        spares = '{{matchPIDs: [{{operator: {}, values: [1]}}], matchActions: [{{action: NoPost}}]}}'
        self.refused(swaps(spares.format('In') + '\n    - ' + ALL))
        self.assert_loads(swaps(spares.format('NotIn') + '\n    - ' + ALL))
        # It is not known what it will call with.
        self.assert_loads(swaps(self.of_parent(
            more='matchArgs: [{index: 0, operator: Equal, values: [/none]}], ')))
        # It is none of those of the binary.
        self.assert_loads(swaps(self.of_parent(
            more='matchBinaries: [{operator: In, values: [/none]}], ')))

    @needs('uprobe')
    def test_programs(self):
        """Whoever executes it is harmed: that is no harm as long as it is none of these."""
        kills = f'    - {ALL}\n'
        # Others execute it, too.
        agent = self.load(programs('locks', uprobe(os.path.realpath(sys.executable), 'Py_Main',
                                                   selectors=kills), options=MONITORS))
        self.assertRegex(agent.log(), r'warning: Sigkill would be done to a process that the agent '
                                      rf'is a child of, \S+ \(pid {os.getpid()}\)')
        self.check_complete(agent)
        self.assert_loads(programs('locks', uprobe(trigger_path('hooked'), 'peek',
                                                   selectors=kills)))

    def test_insisting(self):
        self.assert_loads(swaps(ALL, lists=INSISTS))
        self.assert_loads(swaps(self.of_parent(), lists=INSISTS))

    def test_monitor(self):
        self.assert_loads(swaps(ALL, lists=MONITORS), 'Sigkill would be done to every process',
                          unsaid=None)
        self.assert_loads(swaps(self.of_parent(), lists=MONITORS),
                          'Sigkill would be done to a process that the agent', unsaid=None)

    def test_commands(self):
        path = self.write(swaps(ALL))
        for command in 'check', 'explain':
            with self.subTest(command):
                ran = subprocess.run([f'{Agent.build}/ocelli', 'policy', command, path],
                                     capture_output=True, text=True, check=False)
                self.assertEqual(ran.returncode, 1)
                self.assertRegex(ran.stdout + ran.stderr,
                                 r'policy.yaml:\d+:\d+: error: Sigkill is done to every process')


if __name__ == '__main__':
    unittest.main()
