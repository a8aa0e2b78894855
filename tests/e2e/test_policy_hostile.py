# SPDX-License-Identifier: Apache-2.0
"""Policies that mean harm by their size: they are refused or loaded in good time, and the agent goes
on telling of what happens meanwhile."""

import os
import signal
import time
import unittest

from agent import SLOWNESS
from case import scaled, trigger_path
from test_policies import PolicyCase, hook, policy, recent_enough

OLD = 'the kernel lacks what policies need'
SECONDS = 10 * SLOWNESS
RING = scaled(256, 128) << 10
# A record of one number, and what is before it in the ring.
RECORD = 80
OURS = hook('sys_getpriority', (0, 'int'), selectors=[([(0, 'Equal', [7])], [])])


def many_hooks(name, n):
    return policy(name, *(hook('sys_getpriority', (0, 'int'),
                               selectors=[([(0, 'Equal', [1000 + i])], [])]) for i in range(n)))


def many_values(name, call, n):
    values = ', '.join(f'/{name}/{i}' for i in range(n))
    return policy(name, f'  - call: {call}\n    args: [{{index: 0, type: string}}]\n'
                        '    selectors:\n    - matchArgs:\n'
                        f'      - {{args: [0], operator: Equal, values: [{values}]}}\n')


@unittest.skipUnless(recent_enough(), OLD)
class Hostile(PolicyCase):
    def reload(self, agent, *expected):
        """Returns how long it took."""
        since, began = agent.lines_of_log, time.monotonic()
        agent.process.send_signal(signal.SIGHUP)
        for text in expected:
            agent.wait_log(text, since)
        return time.monotonic() - began

    def test_what_happens_meanwhile_is_told(self):
        """The ring has room for less than what is written while the kernel verifies."""
        self.write(policy('ours', OURS), 'ours.yaml')
        agent = self.start_agent('--export-extended-fields', '--tracing-policy',
                                 self.path('policies'), ring=str(RING)).wait_ready()
        caller = self.spawn([trigger_path('repeat'), '7'])
        agent.wait_for(lambda e: e.type == 'process_kprobe' and e.pid == caller.pid)
        # The faster the kernel is at it, the more there has to be to verify.
        for doubled in range(3):
            since, enabled = agent.lines_of_log, f'policy many-{doubled}: enabled'
            self.write(many_hooks(f'many-{doubled}', scaled(900, 300) << doubled), 'many.yaml')
            agent.process.send_signal(signal.SIGHUP)
            agent.wait_log('reading the policies', since)
            agent.wait_for(lambda _: True, since=len(agent.events) + RING // RECORD)
            meanwhile = not agent.has_logged(enabled, since)
            # That was enough: who keeps all of them has no end of memory.
            caller.send_signal(signal.SIGSTOP)
            agent.wait_log(enabled, since)
            caller.send_signal(signal.SIGCONT)
            if meanwhile:
                break
        self.assertTrue(meanwhile)
        caller.send_signal(signal.SIGTERM)
        made = int(caller.communicate()[0])
        agent.wait_exit(caller.pid)
        events = [e for e in agent.events if e.type == 'process_kprobe' and e.pid == caller.pid]
        self.assertEqual(len(events), made)
        ended = self.check_complete(agent)
        self.assertEqual(ended.ledger.record('hook', 'full'), 0)

    def test_what_is_asked_for_meanwhile(self):
        """A reload and a report wait for the one that is under way; a stop ends it."""
        agent = self.load(policy('ours', OURS))
        self.write(many_values('values', 'sys_chdir', 50000), 'values.yaml')
        since = agent.lines_of_log
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_log('reading the policies', since)
        agent.process.send_signal(signal.SIGUSR1)
        self.write(policy('late', hook('sys_lseek')), 'late.yaml')
        agent.process.send_signal(signal.SIGHUP)
        for said in ('policy values: enabled', 'policy=ours', 'policy late: enabled'):
            agent.wait_log(said, since)
        os.unlink(self.path('policies/values.yaml'))
        self.write(many_values('others', 'sys_chdir', 50000), 'others.yaml')
        since = agent.lines_of_log
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_log('reading the policies', since)
        self.check_complete(agent)

    def test_stop(self):
        """It gives up what is under way, and nothing is begun any more."""
        agent = self.load(policy('ours', OURS))
        self.write(many_values('first', 'sys_chdir', 50000), 'first.yaml')
        self.write(many_values('second', 'sys_chroot', 50000), 'second.yaml')
        since = agent.lines_of_log
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_log('reading the policies', since)
        agent.process.send_signal(signal.SIGHUP)
        log = self.check_complete(agent).stderr
        self.assertEqual(log.count('reading the policies'), 1)
        self.assertIn('policy second is not loaded: the agent stops', log)
        self.assertNotIn('policy first: enabled', log)

    def test_limits(self):
        """What is refused is refused at once, with its limit, and the others are loaded."""
        values = ', '.join(f'/{i}' for i in range(60000))
        cases = {
            'more than 4096 hooks': many_hooks('p', 5000),
            'one times the other can be 1073741824': policy(
                'p', '  - call: sys_getpriority\n    args: [{index: 0, type: int}]\n'
                     '    selectors:\n' + ''.join(
                         f'    - matchArgs: [{{args: [0], operator: Equal, values: ["{i}"]}}]\n'
                         for i in range(12000))),
            'bytes of values at all places together': policy(
                'p', '  - call: list:all\n    args: [{index: 0, type: string}]\n'
                     '    selectors:\n    - matchArgs:\n'
                     f'      - {{args: [0], operator: Prefix, values: [{values}]}}\n',
                lists='  options: [{name: disable-kprobe-multi, value: "1"}]\n'
                      '  lists: [{name: all, type: generated_syscalls}]\n'),
            'more than 131072 names of functions to look for': policy(
                'p', '  - {call: "list:none", ignore: {callNotFound: true}}\n' * 4000,
                lists='  lists:\n  - {name: none, type: syscalls, values: '
                      f'[{", ".join(f"sys_x{i}" for i in range(30000))}]}}\n'),
            'bytes or steps to make': policy(
                'p', '  - call: sys_getpriority\n    selectors:\n' + '    - macros: [m]\n' * 5000,
                lists='  selectorsMacros: {m: {matchPIDs: [{operator: In, values: '
                      f'{list(range(5000))}}}]}}}}\n'),
        }
        agent = self.load(policy('ours', OURS))
        for said, text in cases.items():
            with self.subTest(said):
                self.write(text, 'hostile.yaml')
                self.assertLess(self.reload(agent, said, 'received SIGHUP'), SECONDS)
        self.check_complete(agent)
