# SPDX-License-Identifier: Apache-2.0
"""Policies that come, change and go while the agent runs."""

import os
import platform
import signal
import unittest

from case import needs, trigger_path
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

    def check_turns(self, of, turns):
        """No call is missed, and none is seen twice, while another policy comes and goes. Counted
        in the kernel, so that there can be many."""
        agent = self.load(of('ours', 7))
        callers = [self.spawn([trigger_path('repeat'), '7', 'restless']) for _ in range(2)]
        for i in range(turns):
            if i % 2 == 0:
                self.write(of('other', 8), 'other.yaml')
                self.reload(agent, 'policy other: enabled')
            else:
                os.unlink(self.path('policies/other.yaml'))
                self.reload(agent, 'policy other is unloaded')
        for caller in callers:
            caller.send_signal(signal.SIGTERM)
        made = sum(int(caller.communicate()[0]) for caller in callers)
        self.assertGreater(made, 100 * turns)
        ledger = self.check_complete(agent).ledger
        # A task that is preempted in the middle of a program has the kernel pass it by for others.
        missed = sum(place['missed'] for name, place in ledger.places.items()
                     if 'getpriority' in name or 'sys_enter' in name)
        self.assertEqual({**ledger.policies['ours'], 'missed': missed},
                         {'nopost': made - missed, 'missed': missed})
        self.assertLess(missed, made / 20)

    @staticmethod
    def of_calls(name, number):
        return policy(name, hook('sys_getpriority', (0, 'int'), selectors=[
            ([(0, 'Equal', [number])], ['NoPost'])]))

    def test_others_go_on_meanwhile(self):
        self.check_turns(self.of_calls, 30)

    @needs('fentry')
    def test_others_go_on_meanwhile_by_fentry(self):
        self.check_turns(lambda name, number: self.of_calls(name, number).replace(
            '  kprobes:\n', '  fentries:\n'), 30)

    def test_others_go_on_meanwhile_at_a_tracepoint(self):
        """The first argument of getpriority(2) is the file of tracepoint syscalls."""
        def of(name, number):
            return policy(name).replace('kprobes:\n', 'tracepoints:\n') + (
                '  - subsystem: syscalls\n    event: sys_enter_getpriority\n'
                '    args: [{index: 5, type: int64}]\n    selectors:\n'
                f'    - {{matchArgs: [{{index: 0, operator: Equal, values: ["{number}"]}}], '
                'matchActions: [{action: NoPost}]}\n')
        self.check_turns(of, 30)
