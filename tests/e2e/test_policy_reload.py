# SPDX-License-Identifier: Apache-2.0
"""Policies that come, change and go while the agent runs."""

import os
import platform
import signal
import unittest

from case import trigger_path
from test_policies import PolicyCase, hook, policy, recent_enough

OLD = 'the kernel lacks what policies need'
RETURN = '    return: true\n    returnArg: {index: 0, type: int}\n'
PPOLL = {'x86_64': '271', 'aarch64': '73'}[platform.machine()]


def current_call(process):
    with open(f'/proc/{process.pid}/syscall', encoding='ascii') as f:
        return f.read().split()[0]


@unittest.skipUnless(recent_enough(), OLD)
class Reload(PolicyCase):
    def reload(self, agent, *expected):
        """@expected: what is said of it, in any order."""
        since = agent.lines_of_log
        agent.process.send_signal(signal.SIGHUP)
        for text in expected:
            agent.wait_log(text, since)

    def told_by(self, agent, *calls):
        return [e.body['policy_name'] for e in self.call(agent, *calls)[0]]

    def test_new(self):
        agent = self.load(policy('a', hook('sys_getpriority')))
        self.write(policy('b', hook('sys_getpriority'), hook('sys_lseek')), 'b.yaml')
        self.reload(agent, 'policy b: enabled, 2 hooks')
        self.assertEqual(self.told_by(agent, ('getpriority', 0, 0), ('lseek', -1, 0, 0)),
                         ['a', 'b', 'b'])
        self.check_complete(agent)

    def test_first(self):
        os.makedirs(self.path('policies'))
        agent = self.load()
        self.write(policy('a', hook('sys_getpriority')))
        self.reload(agent, 'policy a: enabled, 1 hook')
        self.assertEqual(self.told_by(agent, ('getpriority', 0, 0)), ['a'])
        self.check_complete(agent)

    def test_removed(self):
        agent = self.load(policy('a', hook('sys_getpriority')), policy('b', hook('sys_lseek')))
        os.unlink(self.path('policies/0.yaml'))
        self.reload(agent, 'policy a is unloaded')
        self.assertEqual(self.told_by(agent, ('getpriority', 0, 0), ('lseek', -1, 0, 0)), ['b'])
        os.unlink(self.path('policies/1.yaml'))
        self.reload(agent, 'policy b is unloaded')
        self.assertEqual(self.told_by(agent, ('lseek', -1, 0, 0)), [])
        self.check_complete(agent)

    def test_changed(self):
        # Of numbers that nobody else asks for, for counts are of all processes.
        unusual = {'selectors': [([(0, 'Equal', [77])], [])]}
        b = hook('sys_getpriority', (0, 'int'), **unusual)
        agent = self.load(policy('a', hook('sys_lseek', (0, 'int'), **unusual)), policy('b', b))
        self.assertEqual(self.told_by(agent, ('getpriority', 77, 0)), ['b'])
        self.write(policy('a', b), '0.yaml')
        self.reload(agent, 'policy a: enabled, 1 hook')
        self.assertEqual(sorted(self.told_by(agent, ('getpriority', 77, 0), ('lseek', 77, 0, 0))),
                         ['a', 'b'])
        log = self.check_complete(agent).stderr
        # What did not change was left alone, with its counts.
        self.assertIn('policy=b post=2', log)
        self.assertIn('policy=a post=1', log)

    def test_call_that_has_not_returned(self):
        """It is told of when its policy goes: nobody sees it return any more."""
        agent = self.load(policy('a', hook('sys_ppoll', (4, 'int'), more=RETURN, selectors=[
            ([(4, 'Equal', [99])], [])])))
        process = self.spawn([trigger_path('call'), 'ppoll', '0', '0', '0', '0', '99'])
        agent.wait_exec(process.pid)
        self.wait_until(lambda: current_call(process) == PPOLL, 'the call')
        os.unlink(self.path('policies/0.yaml'))
        self.reload(agent, 'policy a is unloaded')
        event = agent.wait_for(lambda e: e.type == 'process_kprobe' and
                               e.process['pid'] == process.pid)
        self.assertNotIn('return', event.body)
        process.kill()
        agent.wait_exit(process.pid)
        self.check_complete(agent)

    def test_changed_for_the_worse(self):
        agent = self.load(policy('a', hook('sys_getpriority')))
        for text, said in ((policy('a', hook('sys_nonesuch')), 'policy a goes on as it was before'),
                           ('kind: [', 'error: ')):
            self.write(text, '0.yaml')
            self.reload(agent, said)
            self.assertEqual(self.told_by(agent, ('getpriority', 0, 0)), ['a'])
        self.check_complete(agent)

    def test_nothing_to_read(self):
        agent = self.load(policy('a', hook('sys_getpriority')))
        os.rename(self.path('policies'), self.path('elsewhere'))
        self.reload(agent, 'cannot open it')
        self.assertEqual(self.told_by(agent, ('getpriority', 0, 0)), ['a'])
        os.rename(self.path('elsewhere'), self.path('policies'))
        self.check_complete(agent)

    def test_mended(self):
        agent = self.load(policy('a', hook('sys_nonesuch')))
        self.write(policy('a', hook('sys_getpriority')), '0.yaml')
        self.reload(agent, 'policy a: enabled, 1 hook')
        self.assertEqual(self.told_by(agent, ('getpriority', 0, 0)), ['a'])
        self.check_complete(agent)

    def test_others_go_on_meanwhile(self):
        """One call on each CPU can be in the middle of both programs when one ends and the other
        begins; no other is missed, and none is told of twice."""
        turns = 10
        ours = hook('sys_getpriority', (0, 'int'), selectors=[([(0, 'Equal', [7])], [])])
        agent = self.load(policy('ours', ours))
        since = len(agent.events)
        caller = self.spawn([trigger_path('repeat'), '7'])
        for i in range(turns):
            if i % 2 == 0:
                self.write(policy('other', hook('sys_getpriority', (0, 'int'), selectors=[
                    ([(0, 'Equal', [8])], [])])), 'other.yaml')
                self.reload(agent, 'policy other: enabled')
            else:
                os.unlink(self.path('policies/other.yaml'))
                self.reload(agent, 'policy other is unloaded')
        caller.send_signal(signal.SIGTERM)
        output, _ = caller.communicate()
        made = int(output)
        self.assertGreater(made, turns)
        agent.wait_exit(caller.pid, since)
        told = sum(e.type == 'process_kprobe' and e.process['pid'] == caller.pid
                   for e in agent.events[since:])
        self.assertLessEqual(abs(told - made), turns)
        ended = self.check_complete(agent)
        self.assertEqual(ended.ledger.record('hook', 'full'), 0)
