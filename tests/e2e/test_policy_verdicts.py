# SPDX-License-Identifier: Apache-2.0
"""What is known of processes stays known while policies come, change and go."""

import json
import os
import shutil
import signal
import unittest

from case import trigger_path
from test_policies import policy, recent_enough
from test_policy_process import BINARIES, FOLLOW, PARENTS, FamilyCase, hook

CALL = 'sys_exit_group'
ARGUMENT = 'matchArguments: [{{operator: {}, values: [{}]}}]'


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Verdicts(FamilyCase):
    def setUp(self):
        super().setUp()
        self.ancestor = self.copy_shell('ancestor')

    def copy_shell(self, name):
        shutil.copy('/bin/sh', self.path(name))
        return self.path(name)

    def reload(self, agent, *expected):
        since = agent.lines_of_log
        agent.process.send_signal(signal.SIGHUP)
        for text in expected:
            agent.wait_log(text, since)

    def put(self, agent, name, text, call=CALL):
        self.write(policy(name, hook(text, call=call)), f'{name}.yaml')
        self.reload(agent, f'policy {name}: enabled')

    def take(self, agent, name):
        os.unlink(self.path(f'policies/{name}.yaml'))
        self.reload(agent, f'policy {name} is unloaded')

    def orphan(self, agent, shell, command=None):
        """What waits, below a shell that is gone by then."""
        since = len(agent.events)
        command = command or trigger_path('hold')
        process = self.spawn([shell, '-c', f'{command} <&3 3<&- & :'], stdin=-1,
                             preexec_fn=lambda: os.dup2(0, 3), pass_fds=[3])
        pid = json.loads(process.stdout.readline())['pid']
        agent.wait_exit(process.pid, since)
        process.wait()
        return process, pid

    def told_at_the_end(self, agent, orphan):
        process, pid = orphan
        since = len(agent.events)
        process.stdin.close()
        process.stdin = None
        agent.wait_exit(pid, since)
        return sorted(e.body['policy_name'] for e in agent.events[since:]
                      if e.type == 'process_kprobe' and e.process['pid'] == pid)

    def test_followed(self):
        """What a process has of ancestors that are gone, it has whatever policies come and go."""
        agent = self.load(*(policy(name, hook(text, call=CALL)) for name, text in {
            'below': BINARIES.format('In', self.ancestor, FOLLOW),
            'not-below': BINARIES.format('NotIn', self.ancestor, FOLLOW),
            'parent': PARENTS.format('In', self.ancestor, '')}.items()))
        orphans = [self.orphan(agent, self.ancestor) for _ in range(4)]
        orphans += [self.orphan(agent, self.ancestor, f"/bin/sh -c '{trigger_path('hold')}; :'"),
                    self.orphan(agent, '/bin/sh')]
        told = []

        def end_one():
            told.append(self.told_at_the_end(agent, orphans.pop(0)))

        end_one()
        self.put(agent, 'more', BINARIES.format('In', trigger_path('hold'), FOLLOW))
        end_one()
        self.put(agent, 'more', BINARIES.format('In', f'/x, {trigger_path("hold")}', FOLLOW))
        end_one()
        self.take(agent, 'more')
        while orphans:
            end_one()
        self.assertEqual(told, [['below', 'parent'], ['below', 'more', 'parent'],
                                ['below', 'more', 'parent'], ['below', 'parent'], ['below'],
                                ['not-below']])
        self.check_complete(agent)

    def test_executed_later(self):
        """The image before is gone when there are new tests to be made."""
        agent = self.load(policy('below', hook(BINARIES.format('In', self.ancestor, FOLLOW))),
                          policy('parent', hook(PARENTS.format('In', self.ancestor, ''))))
        hold = trigger_path('hold')
        orphan = self.orphan(agent, self.ancestor, f'( {hold}; exec {self.call_text()} )')
        self.put(agent, 'more', BINARIES.format('Postfix', '/call', ''), 'sys_lseek')
        since = len(agent.events)
        process, pid = orphan
        process.stdin.close()
        process.stdin = None
        agent.wait_exit(pid, since)
        agent.wait_for(lambda e: e.is_exit and e.process['binary'] == trigger_path('call'))
        self.assertEqual(self.told_by_calls(agent.events[since:]), ['below', 'more', 'parent'])
        self.check_complete(agent)

    def test_arguments(self):
        """They are those of the exec, also when there is nothing left of them."""
        agent = self.load(policy('evil', hook(ARGUMENT.format('Equal', '--evil'), call=CALL)),
                          policy('not-evil', hook(ARGUMENT.format('NotEqual', '--evil'),
                                                  call=CALL)))
        process = self.spawn([trigger_path('acts'), 'forget', '0', '--evil'], stdin=-1)
        process.stdout.readline()
        self.put(agent, 'more', ARGUMENT.format('Prefix', 'xxx'))
        since = len(agent.events)
        process.communicate()
        agent.wait_exit(process.pid, since)
        told = sorted(e.body['policy_name'] for e in agent.events[since:]
                      if e.type == 'process_kprobe' and e.process['pid'] == process.pid)
        # To what is younger than the process, it is as it is now.
        self.assertEqual(told, ['evil', 'more'])
        self.check_complete(agent)

    def test_more_than_there_are_numbers(self):
        """Those of before count as long as they are there."""
        def many(prefix):
            return hook(*(BINARIES.format('In', f'/{prefix}{i}', '') for i in range(600)),
                        BINARIES.format('In', trigger_path('call'), ''))

        agent = self.load(policy('one', many('a')))
        self.write(policy('one', many('b')), '0.yaml')
        self.reload(agent, 'have more than 992 different tests', 'with a SIGHUP of its own',
                    'policy one goes on as it was before')
        self.assertEqual(self.told(agent, self.call_after()), ['one'])
        os.rename(self.path('policies/0.yaml'), self.path('0.yaml'))
        self.reload(agent, 'policy one is unloaded')
        os.rename(self.path('0.yaml'), self.path('policies/0.yaml'))
        self.reload(agent, 'policy one: enabled')
        self.assertEqual(self.told(agent, self.call_after()), ['one'])
        self.check_complete(agent)

    def test_number_that_another_has_now(self):
        other = self.copy_shell('other')
        agent = self.load(policy('below', hook(BINARIES.format('In', self.ancestor, FOLLOW),
                                               call=CALL)))
        self.put(agent, 'keeper', BINARIES.format('Postfix', '/hold', ''))
        orphans = [self.orphan(agent, self.ancestor) for _ in range(3)]
        os.rename(self.path('policies/0.yaml'), self.path('0.yaml'))
        self.reload(agent, 'policy below is unloaded')
        for name in 'first', 'second', 'third':
            self.put(agent, name, BINARIES.format('In', f'{other}, /{name}', FOLLOW))
        self.assertEqual(self.told_at_the_end(agent, orphans.pop()), ['keeper'])
        self.assertEqual(self.told_at_the_end(agent, self.orphan(agent, other)),
                         ['first', 'keeper', 'second', 'third'])
        # What comes back is made anew, of ancestors that are gone.
        os.rename(self.path('0.yaml'), self.path('policies/0.yaml'))
        self.reload(agent, 'policy below: enabled')
        self.assertEqual(self.told_at_the_end(agent, orphans.pop()), ['keeper'])
        self.assertEqual(self.told_at_the_end(agent, self.orphan(agent, self.ancestor)),
                         ['below', 'keeper'])
        self.check_complete(agent)
