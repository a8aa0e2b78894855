# SPDX-License-Identifier: Apache-2.0
"""CelExpr: expressions about several values, computed in the kernel."""

import os
import unittest

from case import needs, trigger_path
from test_policies import policy, recent_enough, values_of
from test_policy_args import ArgsCase, function, hook, raw


def match(expression):
    return ['operator: CelExpr, values: ["%s"]' % expression.replace('"', '\\"')]


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Expressions(ArgsCase):
    ARGS = ('index: 0, type: int', 'index: 1, type: string', 'index: 2, type: uint32')

    def asked(self, expressions, *calls):
        """Which of the expressions are true of each call."""
        agent = self.load(*(
            policy(f'e{i}', hook('sys_faccessat', *self.ARGS, selectors=[match(e)]))
            for i, e in enumerate(expressions)))
        events, _ = self.call(agent, *(('faccessat', *call) for call in calls))
        self.check_complete(agent)
        told = {}
        for event in events:
            told.setdefault(tuple(values_of(event)), []).append(
                expressions[int(event.body['policy_name'][1:])])
        return told

    def test_numbers(self):
        true = ['arg0 == int32(-7)', 'arg0 < int32(0)', 'arg2 == uint32(4u) || arg2 == uint32(5u)',
                'and(arg2, uint32(4u)) != uint32(0u)', '!(arg0 == int32(7))',
                'int(arg2) - 10 == -6', 'arg0 in [int32(-7), int32(9)]',
                '(arg0 < int32(0)) == (arg2 > uint32(3u))']
        false = ['arg0 == int32(7)', 'arg0 > int32(0)', 'arg2 == uint32(5u)', 'false',
                 'not(arg2) == uint32(4u)', 'uint32(arg0) < uint32(100u)']
        told = self.asked(true + false, (-7, ':x', 4))
        self.assertEqual(told, {(-7, 'x', 4): true})

    def test_strings(self):
        true = ["arg1 == '/none/a.txt'", "arg1.startsWith('/none/')", "arg1.endsWith('.txt')",
                "arg1.contains('e/a')", "arg1 in ['/x', '/none/a.txt']", "arg1 != '/none/b'",
                "arg2 == uint32(4u) ? arg1.endsWith('txt') : arg1.endsWith('exe')"]
        false = ["arg1 == '/none/a'", "arg1.startsWith('/nine')", "!arg1.contains('none')",
                 "arg1 in ['/x', '/y']", "arg1.startsWith('/none') && arg2 == uint32(5u)"]
        told = self.asked(true + false, (-7, ':/none/a.txt', 4))
        self.assertEqual(told, {(-7, '/none/a.txt', 4): true})

    def test_what_cannot_be_read(self):
        """Nothing that mentions it is true; of the others it does not matter."""
        expressions = ["arg1 == 'x'", "arg1 != 'x'", "arg0 == int32(-7) || arg1 == 'x'",
                       'arg0 == int32(-7)']
        agent = self.load(*(
            policy(f'e{i}', hook('sys_faccessat', *self.ARGS, selectors=[match(e)]))
            for i, e in enumerate(expressions)))
        events, _ = self.call(agent, ('faccessat', -7, 1, 4))
        self.assertEqual([e.body['policy_name'] for e in events], ['e3'])
        self.check_complete(agent)

    def test_with_other_matches(self):
        agent = self.load(policy('both', hook('sys_faccessat', *self.ARGS, selectors=[
            ['index: 0, operator: Equal, values: ["-7"]', *match("arg1.endsWith('b')")],
            ['index: 0, operator: Equal, values: ["-8"]']])))
        self.assertEqual(self.told(agent, ('faccessat', -7, ':a', 0), ('faccessat', -7, ':b', 0),
                                   ('faccessat', -8, ':c', 0), ('faccessat', -9, ':b', 0)),
                         [[-7, 'b', 0], [-8, 'c', 0]])
        self.check_complete(agent)

    def test_paths(self):
        """Values that are found, of raw tracepoints, too."""
        def of(name, expression):
            return raw(name, 'sched', 'sched_process_exec', 'index: 0, type: auto, resolve: tgid',
                       'index: 0, type: auto, resolve: real_parent.tgid',
                       'index: 2, type: auto, resolve: file', selectors=[match(expression)])
        agent = self.load(
            of('parent', f'arg1 == int32({os.getpid()}) && arg0 != arg1'),
            of('file', f"arg2 == '{trigger_path('call')}'"),
            of('not', f"arg2 != '{trigger_path('call')}' || arg0 == arg1"))
        told = self.points(agent, ('getpriority', 0, 0))
        self.assertEqual(set(told), {'parent', 'file'})
        self.check_complete(agent)

    @needs('kprobe')
    def test_functions(self):
        path = self.path('file')
        with open(path, 'w', encoding='utf-8'):
            pass
        agent = self.load(policy('opens', function(
            'security_file_open', 'index: 0, type: file',
            'index: 0, type: uint32, resolve: f_flags', selectors=[
                match(f"arg0 == '{path}' && and(arg1, uint32({os.O_APPEND}u)) != uint32(0u)")])))
        told = self.told(agent, ('openat', -100, f':{path}', os.O_WRONLY),
                         ('openat', -100, f':{path}', os.O_WRONLY | os.O_APPEND))
        self.assertEqual([v[0]['path'] for v in told], [path])
        self.check_complete(agent)

    def test_refused(self):
        bad = {'arg0 == 1': 'there is no int32 == int', 'arg7 == 1': 'no value "arg7"',
               'arg0 ==': 'the expression ends', 'arg1': 'has to be bool'}
        agent = self.load(*(policy(f'bad{i}', hook('sys_faccessat', *self.ARGS,
                                                   selectors=[match(e)]))
                            for i, e in enumerate(bad)),
                          policy('good', hook('sys_getpriority', 'index: 0, type: int')))
        events, _ = self.call(agent, ('getpriority', 0, 0))
        self.assertEqual([e.body['policy_name'] for e in events], ['good'])
        log = self.check_complete(agent).stderr.replace('\\"', '"')
        for i, said in enumerate(bad.values()):
            self.assertRegex(log, f'{i}.yaml:13:[0-9]+: error: [^\n]*{said}')


if __name__ == '__main__':
    unittest.main()
