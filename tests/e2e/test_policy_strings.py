# SPDX-License-Identifier: Apache-2.0
"""What policies ask of the arguments, the environment and the users of processes."""

import os
import subprocess
import unittest

from case import trigger_path
from test_policies import PolicyCase, hook, policy, recent_enough


def asks(name, filters):
    """Tells of getpriority(2), if the filters hold."""
    binary = f'{{operator: In, values: [{trigger_path("call")}, {trigger_path("acts")}]}}'
    return policy(name, hook('sys_getpriority', (0, 'int')) +
                  f'    selectors: [{{matchBinaries: [{binary}], {filters}}}]\n')


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class StringCase(PolicyCase):
    def told(self, agent, args=(), env=None, user=None):
        """Which policies tell of a process that has these arguments behind its own."""
        since = len(agent.events)
        process = self.spawn([trigger_path('call'), 'getpriority', '0', '0', *args],
                             env=env, user=user, stderr=subprocess.DEVNULL)
        process.communicate()
        agent.wait_exec(process.pid, since)
        agent.wait_exit(process.pid, since)
        return sorted(e.body['policy_name'] for e in agent.events[since:]
                      if e.type == 'process_kprobe' and e.pid == process.pid)

    def load_named(self, cases):
        return self.load(*(asks(name, filters) for name, filters in cases.items()))


class Arguments(StringCase):
    @staticmethod
    def match(operator, *values, index=None):
        place = '' if index is None else f'index: {index}, '
        of = f', values: [{", ".join(repr(v) for v in values)}]' if values else ''
        return f'matchArguments: [{{{place}operator: {operator}{of}}}]'

    def test_any(self):
        agent = self.load_named({
            'equal': self.match('Equal', '--evil', '--bad'),
            'not-equal': self.match('NotEqual', '--evil'),
            'prefix': self.match('Prefix', '--ev'),
            'not-prefix': self.match('NotPrefix', '--ev'),
            'postfix': self.match('Postfix', 'vil'),
            'not-postfix': self.match('NotPostfix', 'vil'),
            'sub': self.match('SubString', 'evi'),
            'not-sub': self.match('NotSubString', 'evi'),
            'no-case': self.match('SubStringIgnCase', 'EVI'),
            'not-no-case': self.match('NotSubStringIgnCase', 'EVI'),
        })
        everything = ['equal', 'no-case', 'postfix', 'prefix', 'sub']
        nothing = ['not-equal', 'not-no-case', 'not-postfix', 'not-prefix', 'not-sub']
        self.assertEqual(self.told(agent, ['a', '--evil', 'b']), everything)
        self.assertEqual(self.told(agent, ['--bad']), ['equal'] + nothing)
        self.assertEqual(self.told(agent), nothing)
        self.assertEqual(self.told(agent, ['', '--EVIL']),
                         ['no-case', 'not-equal', 'not-postfix', 'not-prefix', 'not-sub'])
        self.check_complete(agent)

    def test_index(self):
        agent = self.load_named({
            'program': self.match('Postfix', '/call', index=0),
            'first': self.match('Equal', 'getpriority', index=1),
            'fourth': self.match('Equal', 'x', index=4),
            'not-fourth': self.match('NotEqual', 'x', index=4),
            'five': self.match('Exists', index=5),
            'not-five': self.match('DoesNotExist', index=5),
        })
        always = ['first', 'program']
        self.assertEqual(self.told(agent), sorted(always + ['not-five', 'not-fourth']))
        self.assertEqual(self.told(agent, ['x']), sorted(always + ['fourth', 'not-five']))
        self.assertEqual(self.told(agent, ['y', 'x']), sorted(always + ['five', 'not-fourth']))
        self.check_complete(agent)

    def test_all_that_there_are(self):
        agent = self.load_named({'last': self.match('Equal', 'last'),
                                 'not-last': self.match('NotEqual', 'last'),
                                 'third': self.match('Prefix', 'xxxxx', index=4)})
        for long in ('x' * 4094, 'x' * 4095, 'x' * 4096, 'x' * 100000):
            self.assertEqual(self.told(agent, [long, 'last']), ['last', 'third'])
            self.assertEqual(self.told(agent, [long, 'other']), ['not-last', 'third'])
        self.assertEqual(self.told(agent, ['a'] * 4000 + ['last']), ['last'])
        # Beyond what is looked at, nothing is known.
        self.assertEqual(self.told(agent, ['a'] * 5000 + ['last']), [])
        self.assertEqual(self.told(agent, ['last'] + ['a'] * 5000), ['last'])
        self.check_complete(agent)

    def test_process_from_before(self):
        process = self.spawn([trigger_path('acts'), 'later', '0', '--evil'],
                             stdin=subprocess.PIPE)
        self.assertTrue(process.stdout.readline())
        agent = self.load_named({'evil': self.match('Equal', '--evil'),
                                 'not-evil': self.match('NotEqual', '--evil')})
        process.communicate(b'x')
        event = agent.wait_for(lambda e: e.type == 'process_kprobe' and e.pid == process.pid)
        self.assertEqual(event.body['policy_name'], 'evil')
        self.check_complete(agent)

    def test_a_fork_has_those_of_its_parent(self):
        agent = self.load_named({'evil': self.match('Equal', '--evil')})
        since = len(agent.events)
        process = self.spawn([trigger_path('acts'), 'fork', '0', '--evil'])
        process.communicate()
        agent.wait_exit(process.pid, since)
        events = [e for e in agent.events[since:] if e.type == 'process_kprobe']
        self.assertEqual(len(events), 2)
        self.assertEqual(events[0].parent['pid'], process.pid)
        self.assertEqual(events[1].pid, process.pid)
        self.check_complete(agent)

    def test_mistakes(self):
        agent = self.load(asks('bad', 'matchArguments: [{operator: Exists}]'),
                          asks('empty', 'matchArguments: [{operator: Prefix, values: [""]}]'),
                          asks('none', 'matchArguments: [{operator: Equal}]'),
                          asks('long', self.match('SubString', 'x' * 257)))
        log = self.check_complete(agent).stderr
        self.assertRegex(log, r'0.yaml:\d+:\d+: error: which argument is not said')
        self.assertRegex(log, r'1.yaml:\d+:\d+: error: the value is empty')
        self.assertRegex(log, r'2.yaml:\d+:\d+: error: ')
        self.assertRegex(log, r'3.yaml:\d+:\d+: error: a value of more than 256 bytes')


class Environment(StringCase):
    @staticmethod
    def match(name, operator, *values):
        of = f', values: [{", ".join(repr(v) for v in values)}]' if values else ''
        return f'matchEnvironment: [{{name: {name}, operator: {operator}{of}}}]'

    def test_variables(self):
        agent = self.load_named({
            'equal': self.match('LD_PRELOAD', 'Equal', '/x.so', '/y.so'),
            'prefix': self.match('LD_PRELOAD', 'Prefix', '/x'),
            'postfix': self.match('LD_PRELOAD', 'Postfix', '.so'),
            'sub': self.match('LD_PRELOAD', 'SubString', 'y.s'),
            'not-equal': self.match('LD_PRELOAD', 'NotEqual', '/x.so'),
            'exists': self.match('LD_PRELOAD', 'Exists'),
            'missing': self.match('LD_PRELOAD', 'DoesNotExist'),
        })

        def told(**env):
            return self.told(agent, env={'PATH': '/bin', **env})

        self.assertEqual(told(), ['missing', 'not-equal'])
        self.assertEqual(told(LD_PRELOAD='/x.so'), ['equal', 'exists', 'postfix', 'prefix'])
        self.assertEqual(told(LD_PRELOAD='/y.so'),
                         ['equal', 'exists', 'not-equal', 'postfix', 'sub'])
        self.assertEqual(told(LD_PRELOAD=''), ['exists', 'not-equal'])
        # Others are not it.
        self.assertEqual(told(XLD_PRELOAD='/x.so', LD_PRELOAD_='/x.so', LD='/x.so'),
                         ['missing', 'not-equal'])
        self.check_complete(agent)

    def test_both(self):
        agent = self.load_named({'both': self.match('A', 'Equal', '1') +
                                 ', matchArguments: [{operator: Equal, values: ["x"]}]'})
        self.assertEqual(self.told(agent, ['x'], env={'A': '1'}), ['both'])
        self.assertEqual(self.told(agent, ['y'], env={'A': '1'}), [])
        self.assertEqual(self.told(agent, ['x'], env={'B': '1'}), [])
        self.assertEqual(self.told(agent, ['A=1'], env={'B': '1', 'x': ''}), [])
        self.check_complete(agent)

    def test_mistake(self):
        agent = self.load(asks('bad', self.match('A=B', 'Exists')))
        self.assertRegex(self.check_complete(agent).stderr,
                         r'0.yaml:\d+:\d+: error: .{1,2}A=B.{1,2} is not the name of a variable')


class Users(StringCase):
    def test_users(self):
        def match(operator, *values, kind=''):
            of = ', '.join(f'"{v}"' for v in values)
            return f'matchUsers: [{{operator: {operator}, values: [{of}]{kind}}}]'

        agent = self.load_named({
            'root': match('In', 0),
            'others': match('NotIn', 0),
            'range': match('In', '1000:1999', 5),
            'real': match('In', 1234, kind=', type: Real'),
            'saved': match('In', 1234, kind=', type: Saved'),
            'files': match('In', 1234, kind=', type: Filesystem'),
        })
        # Who is not root has to get at the trigger.
        if any(not os.stat(path).st_mode & 1 for path in parents(trigger_path('call'))):
            self.skipTest('the triggers are in a directory of root alone')
        self.assertEqual(self.told(agent), ['root'])
        self.assertEqual(self.told(agent, user=1234),
                         ['files', 'others', 'range', 'real', 'saved'])
        self.assertEqual(self.told(agent, user=5), ['others', 'range'])
        self.assertEqual(self.told(agent, user=2000), ['others'])
        self.check_complete(agent)

    def test_mistake(self):
        agent = self.load(asks('bad', 'matchUsers: [{operator: In, values: [root]}]'))
        self.assertRegex(self.check_complete(agent).stderr,
                         r'0.yaml:\d+:\d+: error: .{1,2}root.{1,2} is not a number')


def parents(path):
    while path != '/':
        path = os.path.dirname(path)
        yield path


if __name__ == '__main__':
    unittest.main()
