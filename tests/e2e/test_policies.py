# SPDX-License-Identifier: Apache-2.0
"""Policies that the agent loads: what they filter in the kernel, and what is told."""

import os
import platform
import re
import signal
import unittest

from agent import Agent
from case import Case, needs, scaled, tracefs, trigger_path, without_feature

PREFIX = {'x86_64': '__x64_sys_', 'aarch64': '__arm64_sys_'}[platform.machine()]


def recent_enough():
    """For the library that policies are linked with: no probe tells of that."""
    major, minor = map(int, re.match(r'(\d+)\.(\d+)', platform.release()).groups())
    return (major, minor) >= (5, 13)


def policy(name, *hooks, lists=''):
    return (f'apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {{name: {name}}}\n'
            f'spec:\n{lists}  kprobes:\n' + ''.join(hooks))


def hook(call, *args, selectors=(), more=''):
    """@args: (index, type); @selectors: (matches, actions), a match (index, operator, values)."""
    text = f'  - call: "{call}"\n    syscall: true\n{more}'
    if args:
        text += '    args:\n' + ''.join(
            f'    - {{index: {index}, type: {kind}}}\n' for index, kind in args)
    if selectors:
        text += '    selectors:\n'
    for matches, actions in selectors:
        values = [f'{{index: {index}, operator: {operator}, values: {list(map(str, of))}}}'
                  for index, operator, of in matches]
        text += f'    - matchArgs: [{", ".join(values)}]\n'
        if actions:
            text += f'      matchActions: [{", ".join(f"{{action: {a}}}" for a in actions)}]\n'
    return text


def fields_of(event):
    """Of a tracepoint, {name: number}: which there are differs from kernel to kernel."""
    with open(f'{tracefs()}/events/{event}/format', encoding='ascii') as f:
        names = re.findall(r'field:.*?(\w+)(?:\[\d+\])?;', f.read())
    return {name: number for number, name in enumerate(names)}


def values_of(event):
    return [next(v for k, v in arg.items() if k != 'label') for arg in event.body['args']]


class PolicyCase(Case):
    def write(self, text, name='policy.yaml'):
        os.makedirs(self.path('policies'), exist_ok=True)
        path = self.path(f'policies/{name}')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        return path

    def load(self, *texts):
        for i, text in enumerate(texts):
            self.write(text, f'{i}.yaml')
        return self.start_agent('--export-extended-fields', '--tracing-policy',
                                self.path('policies')).wait_ready()

    def call(self, agent, *calls):
        """Makes these system calls. Returns what the policies told of them, and its exec."""
        args = []
        for each in calls:
            args += ['--'] * bool(args) + [str(a) for a in each]
        since = len(agent.events)
        process = self.spawn([trigger_path('call'), *args])
        process.communicate()
        root = agent.wait_exec(process.pid, since)
        agent.wait_exit(process.pid, since)
        # All in the order in which it happened.
        return [e for e in agent.events[since:] if e.type == 'process_kprobe' and
                e.process['pid'] == process.pid], root


class OldKernel(PolicyCase):
    def test_events_of_processes_go_on(self):
        if recent_enough():
            self.skipTest('this kernel has all that policies need')
        agent = self.load(policy('all', hook('sys_getpriority')))
        events, root = self.call(agent, ('getpriority', 0, 0))
        self.assertEqual(events, [])
        self.assertEqual(root.process['binary'], trigger_path('call'))
        log = self.check_complete(agent).stderr
        self.assertIn('no policy is loaded', log)
        self.assertIn('5.13 or later', log)

    def test_is_tried_again_with_each_change(self):
        if recent_enough():
            self.skipTest('this kernel has all that policies need')
        agent = self.load(policy('all', hook('sys_getpriority')))
        for i in range(3):
            self.write(policy(f'more{i}', hook('sys_getpriority')), f'more{i}.yaml')
            since = agent.lines_of_log
            agent.process.send_signal(signal.SIGHUP)
            agent.wait_log('5.13 or later', since)
        self.assertEqual(self.call(agent, ('getpriority', 0, 0))[0], [])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Told(PolicyCase):
    def test_event(self):
        agent = self.load(policy('looks', hook(
            'sys_faccessat', (0, 'int'), (1, 'string'), (2, 'uint32'),
            selectors=[([(1, 'Prefix', ['/nonexistent/'])], [])],
            more='    message: "looks"\n    tags: [x.y, z.z]\n')))
        [event], root = self.call(agent, ('faccessat', -100, ':/nonexistent/a', 4),
                                  ('faccessat', -100, ':/other/a', 4))
        self.assertEqual(event.exec_id, root.exec_id)
        self.assertEqual(event.process['binary'], trigger_path('call'))
        self.assertEqual(event.parent['exec_id'], root.process['parent_exec_id'])
        self.assertEqual(event.body['function_name'], PREFIX + 'faccessat')
        self.assertEqual(event.body['args'], [{'int_arg': -100},
                                              {'string_arg': '/nonexistent/a'}, {'uint_arg': 4}])
        self.assertEqual(event.body['policy_name'], 'looks')
        self.assertEqual(event.body['message'], 'looks')
        self.assertEqual(event.body['tags'], ['x.y', 'z.z'])
        self.assertEqual(event.body['action'], 'KPROBE_ACTION_POST')
        ended = self.check_complete(agent)
        self.assertEqual(ended.ledger.record('hook', 'full'), 0)

    def test_without_selectors(self):
        agent = self.load(policy('all', hook('sys_getpriority')))
        events, _ = self.call(agent, ('getpriority', 0, 0), ('getpriority', 1, 0))
        self.assertEqual(len(events), 2)
        self.assertNotIn('args', events[0].body)
        self.check_complete(agent)

    def test_telling_is_not_told(self):
        """Or each event that is written would be one more to write."""
        binaries = [trigger_path('call'), os.path.realpath(f'{Agent.build}/ocellid')]
        agent = self.load(policy('writes', hook('sys_write', (0, 'int'))) +
                          '    selectors:\n    - matchBinaries:\n'
                          f'      - {{operator: In, values: {binaries}}}\n')
        for _ in range(5):
            events, _ = self.call(agent, ('write', -1, ':', 0))
            self.assertEqual(len(events), 1)
        ledger = self.check_complete(agent).ledger
        self.assertEqual([e for e in agent.events if e.type == 'process_kprobe' and
                          e.process['pid'] == agent.process.pid], [])
        self.assertGreaterEqual(ledger.total['own_hooks'], 5)

    def test_names_of_calls(self):
        names = ('sys_mkdirat', PREFIX + 'mkdirat')
        agent = self.load(*(policy(f'name-{i}', hook(name)) for i, name in enumerate(names)))
        events, _ = self.call(agent, ('mkdirat', -1, ':', 0))
        self.assertEqual([e.body['policy_name'] for e in events], ['name-0', 'name-1'])
        self.assertEqual({e.body['function_name'] for e in events}, {PREFIX + 'mkdirat'})
        self.check_complete(agent)

    def test_types(self):
        types = {'int': -1, 'sint8': -1, 'int8': -1, 'uint8': 255, 'int16': -1, 'uint16': 65535,
                 'int32': -1, 'uint32': 2**32 - 1, 'long': '-1', 'int64': '-1',
                 'uint64': str(2**64 - 1), 'ulong': str(2**64 - 1), 'size_t': str(2**64 - 1)}
        agent = self.load(*(policy(kind.replace('_', '-'), hook('sys_lseek', (0, kind)))
                            for kind in types))
        events, _ = self.call(agent, ('lseek', -1, 0, 0))
        told = {e.body['policy_name'].replace('-', '_'): values_of(e) for e in events}
        self.assertEqual(told, {kind: [value] for kind, value in types.items()})
        self.check_complete(agent)

    def test_strings(self):
        agent = self.load(policy('strings', hook('sys_symlinkat', (0, 'string'), (2, 'string'))))
        long = 'x' * 4095
        for target, link in (('', 'y'), ('a b', 'ä'), (long, 'z'), (long + 'xx', 'z')):
            [event], _ = self.call(agent, ('symlinkat', f':{target}', -1, f':{link}'))
            self.assertEqual(values_of(event)[0].rstrip('…'), target[:4095])
            self.assertEqual(values_of(event)[1], link)
        # One that cannot be read.
        [event], _ = self.call(agent, ('symlinkat', 1, -1, ':link'))
        self.assertIn('error_arg', event.body['args'][0])
        self.assertEqual(values_of(event)[1], 'link')
        self.assertEqual(self.check_complete(agent).ledger.total['unread'], 1)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Selectors(PolicyCase):
    def test_numbers(self):
        """Whatever the type: what is told of, and what is not."""
        cases = (
            ('int64', 'Equal', (5, -7), ((5, -7), (7, 4, 0))),
            ('int64', 'NotEqual', (5, -7), ((7, 4, 0), (5, -7))),
            ('int64', 'GT', (-2,), ((-1, 0, 2**62), (-2, -3, -2**62))),
            ('uint64', 'GT', (2**63,), ((-1, -2**62), (0, 2**62, -2**63))),
            ('int64', 'LT', (0,), ((-1, -2**62), (0, 1))),
            ('uint64', 'LT', (0,), ((), (0, 1, -1))),
            ('uint64', 'Mask', (6, 8), ((2, 4, 12, 8, 15), (1, 16, 0))),
            ('int64', 'InMap', ('1:3', 9, '-5:-4'), ((1, 2, 3, 9, -4, -5), (0, 4, 8, -6))),
            ('uint64', 'NotInMap', ('1:3', 9), ((0, 4, -1), (1, 2, 3, 9))),
            ('int64', 'InRange', ('-3:3',), ((-3, 0, 3), (4, -4))),
            ('int8', 'Equal', (-1,), ((0xff, -1, 0x1ff), (1, 0x7f))),
            ('uint16', 'Equal', (65535,), ((-1, 0x5ffff), (1, 0x7f))),
            ('int64', 'InMap', tuple(range(0, 4000, 4)), ((0, 4, 2000, 3996), (1, 2001, 4000))),
        )
        agent = self.load(*(policy(f'n{i}', hook('sys_lseek', (1, kind), (2, 'int'), selectors=[
            ([(1, operator, values), (2, 'Equal', [1000 + i])], [])]))
            for i, (kind, operator, values, _) in enumerate(cases)))
        for i, (kind, operator, values, numbers) in enumerate(cases):
            for told, of in zip((1, 0), numbers):
                for number in of:
                    events, _ = self.call(agent, ('lseek', -1, number, 1000 + i))
                    self.assertEqual(len(events), told, f'{kind} {operator} {values}: {number}')
        self.check_complete(agent)

    def test_strings(self):
        deep = '/' + 'd' * 200
        cases = (
            ('Equal', ('/a', deep), (('/a', deep), ('/', '/ab', '', deep[:-1], deep + 'd'))),
            ('NotEqual', ('/a', '/b'), (('/', '/ab', ''), ('/a', '/b'))),
            ('Prefix', ('/a/', deep), (('/a/', '/a/b', deep, deep + 'e'), ('/a', '/b', 'x'))),
            ('NotPrefix', ('/a/',), (('/a', '/b'), ('/a/', '/a/b'))),
            ('Postfix', ('.so', deep), (('.so', 'x.so', '/x' + deep), ('so', '.so.1', 'x'))),
            ('NotPostfix', ('.so',), (('so', '.so.1'), ('.so', 'x.so'))),
        )
        agent = self.load(*(policy(f's{i}', hook('sys_mkdirat', (1, 'string'), (2, 'int'),
                                                 selectors=[([(1, operator, values),
                                                              (2, 'Equal', [i])], [])]))
                            for i, (operator, values, _) in enumerate(cases)))
        for i, (operator, values, texts) in enumerate(cases):
            for told, of in zip((1, 0), texts):
                for text in of:
                    events, _ = self.call(agent, ('mkdirat', -1, f':{text}', i))
                    self.assertEqual(len(events), told, f'{operator} {values}: {text}')
            # Of what cannot be read nothing is true, and nothing is not.
            events, _ = self.call(agent, ('mkdirat', -1, 1, i))
            self.assertEqual(events, [])
        self.check_complete(agent)

    def test_first_that_holds(self):
        agent = self.load(policy('several', hook(
            'sys_lseek', (0, 'int'), (1, 'int'), selectors=[
                ([(0, 'Equal', [-1]), (1, 'Equal', [1])], []),
                ([(0, 'Equal', [-1]), (1, 'Equal', [2])], ['NoPost']),
                ([(0, 'Equal', [-1])], ['Post'])])))
        events, _ = self.call(agent, *(('lseek', -1, i, 0) for i in range(4)),
                              ('lseek', -2, 1, 0))
        self.assertEqual([values_of(e)[1] for e in events], [0, 1, 3])
        self.check_complete(agent)

    def test_several_policies(self):
        """Each tells of what is its own, in one program."""
        agent = self.load(*(policy(f'p{i}', hook('sys_lseek', (1, 'int'), selectors=[
            ([(1, 'InMap', [f'{i}:{i + 9}'])], [])])) for i in range(30)))
        events, _ = self.call(agent, ('lseek', -1, 20, 0))
        self.assertEqual([e.body['policy_name'] for e in events], [f'p{i}' for i in range(11, 21)])
        self.check_complete(agent)

    def test_list(self):
        agent = self.load(policy('listed', hook('list:calls'), lists=(
            '  lists:\n  - {name: calls, type: syscalls, values: [sys_lseek, sys_mkdirat]}\n')))
        events, _ = self.call(agent, ('lseek', -1, 0, 0), ('getpriority', 0, 0),
                              ('mkdirat', -1, ':', 0))
        self.assertEqual([e.body['function_name'] for e in events],
                         [PREFIX + 'lseek', PREFIX + 'mkdirat'])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Functions(PolicyCase):
    """Functions of the kernel that are no system calls."""

    @staticmethod
    def of_kernel(text):
        return text.replace('syscall: true', 'syscall: false')

    @needs('kprobe')
    def test_numbers(self):
        agent = self.load(policy('sockets', self.of_kernel(hook(
            '__sys_socket', (0, 'int'), (1, 'int'), (2, 'int'),
            selectors=[([(2, 'Equal', [77])], [])]))))
        events, root = self.call(agent, ('socket', 1, 99, 76), ('socket', 1, 99, 77))
        self.assertEqual([e.body['function_name'] for e in events], ['__sys_socket'])
        self.assertEqual(values_of(events[0]), [1, 99, 77])
        self.assertEqual(events[0].exec_id, root.exec_id)
        self.check_complete(agent)

    @needs('kprobe')
    def test_strings_of_the_kernel(self):
        agent = self.load(policy('names', self.of_kernel(hook(
            '__set_task_comm', (1, 'string'), selectors=[([(1, 'Prefix', ['renamed'])], [])]))))
        events, _ = self.call(agent, ('prctl', 15, ':other'), ('prctl', 15, ':renamed-to'))
        self.assertEqual([values_of(e) for e in events], [['renamed-to']])
        self.check_complete(agent)

    @needs('kprobe')
    def test_several_policies(self):
        text = self.of_kernel(hook('__sys_socket', (2, 'int'),
                                   selectors=[([(2, 'GT', [70])], [])]))
        agent = self.load(policy('one', text), policy('two', text))
        events, _ = self.call(agent, ('socket', 1, 99, 77))
        self.assertEqual([e.body['policy_name'] for e in events], ['one', 'two'])
        self.check_complete(agent)

    @needs('kprobe')
    def test_processes_cannot_name_memory_of_the_kernel(self):
        agent = self.load(policy('strings', hook('sys_symlinkat', (0, 'string'))))
        [event], _ = self.call(agent, ('symlinkat', 0xffffffff81000000, -1, ':x'))
        self.assertEqual(event.body['args'],
                         [{'error_arg': {'Message': 'Bad address for basic type'}}])
        self.check_complete(agent)

    @needs('kprobe')
    def test_no_such_function(self):
        agent = self.load(policy('bad', self.of_kernel(hook('no_such_function'))),
                          policy('good', hook('sys_getpriority')))
        events, _ = self.call(agent, ('getpriority', 0, 0))
        self.assertEqual([e.body['policy_name'] for e in events], ['good'])
        log = self.check_complete(agent).stderr
        self.assertRegex(log, r'0.yaml:6:11: error: this kernel has no function no_such_function')
        self.assertIn('policy bad is not loaded', log)

    @without_feature('kprobe')
    def test_without_kprobes(self):
        agent = self.load(policy('bad', self.of_kernel(hook('vfs_read'))))
        self.assertIn('this kernel has no kprobes', self.check_complete(agent).stderr)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Returns(PolicyCase):
    RETURN = '    return: true\n    returnArg: {index: 0, type: int}\n'
    MATCH = '    selectors: [{matchReturnArgs: [{index: 0, operator: %s, values: ["%d"]}]}]\n'

    def test_value(self):
        agent = self.load(policy('seeks', hook('sys_lseek', (0, 'int'), more=self.RETURN)))
        events, root = self.call(agent, ('lseek', -1, 0, 0), ('lseek', 0, 0, 77))
        self.assertEqual([values_of(e) for e in events], [[-1], [0]])
        self.assertEqual([e.body['return'] for e in events], [{'int_arg': -9}, {'int_arg': -22}])
        self.assertEqual({e.exec_id for e in events}, {root.exec_id})
        ledger = self.check_complete(agent).ledger
        self.assertEqual(ledger.record('hook', 'pending'), 0)

    def test_selector_decides_at_the_call_and_at_the_return(self):
        agent = self.load(policy('bad-descriptors', hook(
            'sys_lseek', (0, 'int'), more=self.RETURN + self.MATCH % ('Equal', -9))))
        events, _ = self.call(agent, ('lseek', -1, 0, 0), ('lseek', 0, 0, 77))
        self.assertEqual([(values_of(e), e.body['return']) for e in events],
                         [([-1], {'int_arg': -9})])
        self.assertGreaterEqual(self.check_complete(agent).ledger.record('hook', 'withdrawn'), 1)

    def test_several_policies_on_one_call(self):
        agent = self.load(
            *(policy(name, hook('sys_lseek', (0, 'int'), more=self.RETURN + more))
              for name, more in (('all', ''), ('none', self.MATCH % ('Equal', -1)),
                                 ('bad', self.MATCH % ('Equal', -9)), ('too', ''))))
        events, _ = self.call(agent, ('lseek', -1, 0, 0))
        self.assertEqual({e.body['policy_name']: e.body.get('return') for e in events},
                         {name: {'int_arg': -9} for name in ('all', 'bad', 'too')})
        self.check_complete(agent)

    def test_call_that_never_returns(self):
        agent = self.load(policy('ends', hook('sys_exit_group', (0, 'int'), more=self.RETURN,
                                              selectors=[([(0, 'Equal', [99])], [])])))
        events, _ = self.call(agent, ('exit_group', 99))
        self.assertEqual([values_of(e) for e in events], [[99]])
        self.assertNotIn('return', events[0].body)
        self.check_complete(agent)

    def test_call_that_has_not_returned_when_the_agent_ends(self):
        agent = self.load(policy('polls', hook('sys_ppoll', (4, 'int'), more=self.RETURN,
                                               selectors=[([(4, 'Equal', [99])], [])])))
        # No descriptors, no time, no mask, and the size of one: it waits for ever.
        process = self.spawn([trigger_path('call'), 'ppoll', '0', '0', '0', '0', '99'])
        number = {'x86_64': 271, 'aarch64': 73}[platform.machine()]

        def is_in_it():
            with open(f'/proc/{process.pid}/syscall', encoding='ascii') as f:
                return f.read().startswith(f'{number} ')
        self.wait_until(is_in_it, 'the call')
        self.check_complete(agent)
        [event] = [e for e in agent.events if e.type == 'process_kprobe']
        self.assertEqual(event.process['pid'], process.pid)
        self.assertNotIn('return', event.body)

    def test_execve_is_of_the_one_that_was(self):
        agent = self.load(policy('execs', hook('sys_execve', (0, 'string'), more=self.RETURN,
                                               selectors=[([(0, 'Postfix', ['/renamed-call'])], [])])))
        copy, since = self.copy_trigger('call', 'renamed-call'), len(agent.events)
        process = self.spawn(['/bin/sh', '-c', f'exec {copy}'])
        process.communicate()
        shell = agent.wait_exec(process.pid, since)
        agent.wait_exit(process.pid, since)
        [event] = [e for e in agent.events[since:] if e.type == 'process_kprobe']
        self.assertEqual(event.exec_id, shell.exec_id)
        self.assertEqual(event.body['return'], {'int_arg': 0})
        self.check_complete(agent)

    @needs('kprobe')
    def test_functions(self):
        agent = self.load(policy('sockets', Functions.of_kernel(hook(
            '__sys_socket', (2, 'int'), more=self.RETURN,
            selectors=[([(2, 'Equal', [77])], [])]))))
        events, _ = self.call(agent, ('socket', 1, 99, 77))
        self.assertEqual([e.body['return'] for e in events], [{'int_arg': -22}])
        self.check_complete(agent)


def tracepoint(*args, **more):
    return raw_tracepoint(*args, **more).replace('    raw: true\n', '')


def raw_tracepoint(subsystem, event, *args, selectors=''):
    return (f'apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {{name: {event}}}\n'
            f'spec:\n  tracepoints:\n  - subsystem: {subsystem}\n    event: {event}\n'
            '    raw: true\n    message: "seen"\n    args:\n' +
            ''.join(f'    - {{index: {index}, type: {kind}}}\n' for index, kind in args) +
            selectors).replace('name: ' + event, 'name: ' + event.replace('_', '-'))


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class RawTracepoints(PolicyCase):
    MATCH = '    selectors: [{matchArgs: [{index: %s, operator: %s, values: ["%s"]}]}]\n'

    def test_strings(self):
        """TP_PROTO(struct task_struct *task, const char *comm)"""
        agent = self.load(raw_tracepoint('task', 'task_rename', (1, 'string'),
                                         selectors=self.MATCH % (1, 'Prefix', 'renamed')))
        since = len(agent.events)
        _, root = self.call(agent, ('prctl', 15, ':other'), ('prctl', 15, ':renamed-to'))
        [event] = [e for e in agent.events[since:] if e.type == 'process_tracepoint']
        self.assertEqual(event.exec_id, root.exec_id)
        self.assertEqual(event.parent['exec_id'], root.process['parent_exec_id'])
        self.assertEqual(event.body['subsys'], 'task')
        self.assertEqual(event.body['event'], 'task_rename')
        self.assertEqual(event.body['args'], [{'string_arg': 'renamed-to'}])
        self.assertEqual(event.body['policy_name'], 'task-rename')
        self.assertEqual(event.body['message'], 'seen')
        self.assertEqual(event.body['action'], 'KPROBE_ACTION_POST')
        self.check_complete(agent)

    def test_numbers(self):
        """TP_PROTO(struct pt_regs *regs, long ret): nothing else here gets an ESOCKTNOSUPPORT"""
        agent = self.load(raw_tracepoint('raw_syscalls', 'sys_exit', (1, 'int64'),
                                         selectors=self.MATCH % (1, 'Equal', '-94')))
        since = len(agent.events)
        _, root = self.call(agent, ('socket', 1, 7, 0), ('lseek', -1, 0, 0))
        told = [e for e in agent.events[since:] if e.type == 'process_tracepoint']
        self.assertEqual([e.body['args'] for e in told if e.exec_id == root.exec_id],
                         [[{'long_arg': '-94'}]])
        self.check_complete(agent)

    def test_no_such_tracepoint(self):
        agent = self.load(raw_tracepoint('task', 'nonesuch', (0, 'uint64')),
                          policy('good', hook('sys_getpriority')))
        events, _ = self.call(agent, ('getpriority', 0, 0))
        self.assertEqual(len(events), 1)
        self.assertRegex(self.check_complete(agent).stderr,
                         r'policy nonesuch is not loaded: \S*0.yaml:7:12: this kernel has no '
                         r'tracepoint nonesuch')

    def test_more_arguments_than_it_has(self):
        agent = self.load(raw_tracepoint('task', 'task_rename', (5, 'uint64')))
        self.assertRegex(self.check_complete(agent).stderr,
                         r'0.yaml:11:15: error: task_rename has no argument 5')


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Many(PolicyCase):
    """More than a program may have functions: there is no such number for policies."""
    N = scaled(400, 300)

    def test_policies_on_one_call(self):
        agent = self.load('---\n'.join(
            policy(f'p{i}', hook('sys_getpriority', (1, 'int'),
                                 selectors=[([(1, 'Equal', [1000 + i])], [])]))
            for i in range(self.N)))
        last = self.N - 1
        events, _ = self.call(agent, ('getpriority', 0, 1000), ('getpriority', 0, 1000 + last),
                              ('getpriority', 0, 1000 + self.N))
        self.assertEqual([e.body['policy_name'] for e in events], ['p0', f'p{last}'])
        self.check_complete(agent)

    def test_values_of_one_selector(self):
        values = [f'/nonexistent/folder-{i % 97}/{"x" * (i % 60)}-{i}' for i in range(10000)]
        agent = self.load(
            policy('equal', hook('sys_faccessat', (1, 'string'),
                                 selectors=[([(1, 'Equal', values)], [])])),
            policy('prefix', hook('sys_faccessat', (1, 'string'),
                                  selectors=[([(1, 'Prefix', values)], [])])),
            policy('postfix', hook('sys_faccessat', (1, 'string'),
                                   selectors=[([(1, 'Postfix', values)], [])])))
        asked = [values[0], values[5000] + '/', '/chroot' + values[9999], values[77][:-1],
                 '/nonexistent/']
        events, _ = self.call(agent, *(('faccessat', -100, f':{path}', 0) for path in asked))
        self.assertEqual([(e.body['policy_name'], *values_of(e)) for e in events],
                         [('equal', values[0]), ('prefix', values[0]), ('postfix', values[0]),
                          ('prefix', values[5000] + '/'), ('postfix', '/chroot' + values[9999])])
        self.check_complete(agent)

    @without_feature('kprobe')
    def test_calls_of_one_policy(self):
        """Where all of them are looked at in one program."""
        table = os.path.join(os.path.dirname(__file__), '../../src/base/syscall_table.inc')
        column = {'x86_64': 0, 'aarch64': 2}[platform.machine()]
        with open(table, encoding='ascii') as f:
            rows = re.findall(r'SYSCALL\((.*?), "(\w+)"', f.read())
        names = [name for numbers, name in rows if int(numbers.split(',')[column]) >= 0]
        self.assertGreater(len(names), 300)
        agent = self.load(policy('all', hook(
            'list:calls', (0, 'int'), selectors=[([(0, 'Equal', [-77])], [])]),
            lists='  lists: [{name: calls, type: syscalls, values: [%s]}]\n' %
            ', '.join(f'sys_{name}' for name in names)))
        events, _ = self.call(agent, ('lseek', -77, 0, 0), ('mkdirat', -77, ':', 0),
                              ('lseek', -78, 0, 0))
        self.assertEqual([e.body['function_name'] for e in events],
                         [PREFIX + 'lseek', PREFIX + 'mkdirat'])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Tracepoints(PolicyCase):
    """Their fields have the numbers of the lines in their formats: the first four are common."""
    MATCH = RawTracepoints.MATCH

    def told(self, agent, *calls):
        since = len(agent.events)
        _, root = self.call(agent, *calls)
        return [e.body for e in agent.events[since:]
                if e.type == 'process_tracepoint' and e.exec_id == root.exec_id]

    @needs('tracepoint')
    def test_types_of_fields(self):
        """Of a number, of arrays, and of a short: what they are is in the format."""
        fields = fields_of('task/task_rename')
        old, new, score = (fields[name] for name in ('oldcomm', 'newcomm', 'oom_score_adj'))
        agent = self.load(tracepoint('task', 'task_rename',
                                     *((i, 'auto') for i in (score, old, new)),
                                     selectors=self.MATCH % (new, 'Equal', 'renamed-to')))
        [event] = self.told(agent, ('prctl', 15, ':other'), ('prctl', 15, ':renamed-to'))
        self.assertEqual(event['args'], [{'int_arg': 0}, {'string_arg': 'other'},
                                         {'string_arg': 'renamed-to'}])
        self.assertEqual((event['subsys'], event['event']), ('task', 'task_rename'))
        self.check_complete(agent)

    @needs('tracepoint')
    def test_types_of_policies(self):
        fields = fields_of('task/task_rename')
        new, score = fields['newcomm'], fields['oom_score_adj']
        agent = self.load(tracepoint('task', 'task_rename', (score, 'uint64'), (new, 'string'),
                                     selectors=self.MATCH % (new, 'Prefix', 'renamed')))
        [event] = self.told(agent, ('prctl', 15, ':renamed'))
        self.assertEqual([list(a) for a in event['args']], [['size_arg'], ['string_arg']])
        self.check_complete(agent)

    @needs('tracepoint')
    def test_text_behind_the_fields(self):
        copy = self.copy_trigger('call', 'behind')
        agent = self.load(tracepoint('sched', 'sched_process_exec', (4, 'auto'), (5, 'auto'),
                                     selectors=self.MATCH % (4, 'Postfix', '/behind')))
        since = len(agent.events)
        process = self.spawn([copy])
        process.communicate()
        root = agent.wait_exec(process.pid, since)
        agent.wait_exit(process.pid, since)
        [event] = [e for e in agent.events[since:] if e.type == 'process_tracepoint']
        self.assertEqual(event.body['args'], [{'string_arg': copy}, {'int_arg': process.pid}])
        self.assertEqual(event.exec_id, root.exec_id)
        self.check_complete(agent)

    @needs('tracepoint')
    def test_system_calls(self):
        agent = self.load(tracepoint('syscalls', 'sys_enter_symlinkat', (5, 'auto'), (6, 'int'),
                                     (7, 'string'), selectors=self.MATCH % (6, 'Equal', '-77')))
        told = self.told(agent, ('symlinkat', ':target', -77, ':link'),
                         ('symlinkat', ':target', -78, ':link'))
        self.assertEqual([e['args'] for e in told], [[{'string_arg': 'target'}, {'int_arg': -77},
                                                      {'string_arg': 'link'}]])
        self.check_complete(agent)

    @needs('tracepoint')
    def test_what_is_wrong(self):
        for event, args, says in (
                (('task', 'nonesuch'), (4, 'auto'), 'no tracepoint task/nonesuch'),
                (('task', 'task_rename'), (50, 'auto'), 'no field of that index'),
                (('task', 'task_rename'), (3, 'auto'), 'common_pid cannot be read'),
                (('raw_syscalls', 'sys_enter'), (5, 'auto'), 'the type of args has to be')):
            agent = self.load(tracepoint(*event, args))
            self.assertIn(says, self.check_complete(agent).stderr)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Refused(PolicyCase):
    GOOD = policy('good', hook('sys_getpriority'))

    def check_refused(self, bad, *says):
        agent = self.load(bad, self.GOOD)
        events, _ = self.call(agent, ('getpriority', 0, 0))
        self.assertEqual([e.body['policy_name'] for e in events], ['good'])
        log = self.check_complete(agent).stderr
        for text in says:
            self.assertIn(text, log)

    def test_not_valid(self):
        self.check_refused(policy('bad', hook('sys_lseek', (0, 'integer'))), '0.yaml:', 'integer')

    def test_no_yaml(self):
        self.check_refused('a: [', '0.yaml:')

    def test_no_such_call(self):
        self.check_refused(policy('bad', hook('sys_nonesuch')), 'sys_nonesuch', '0.yaml:6:',
                           'policy bad is not loaded')

    def test_what_this_version_lacks(self):
        self.check_refused(
            policy('bad', hook('sys_chdir', (0, 'string'),
                               selectors=[([(0, 'SubString', ['x' * 300])], [])])),
            '0.yaml:', 'cannot be compiled yet', 'policy bad is not loaded')

    def test_program_without_names(self):
        """Of a hook that fails nothing of its policy is loaded."""
        self.check_refused(
            policy('bad', hook('sys_lseek')) +
            f'  uprobes:\n  - path: {trigger_path("call")}\n    symbols: [nonesuch]\n',
            '0.yaml:', 'has no function', 'policy bad is not loaded')

    def test_no_such_file(self):
        agent = self.start_agent('--tracing-policy', self.path('none.yaml')).wait_ready()
        self.assertIn('none.yaml', self.check_end(agent).stderr)

    def test_one_half_of_a_policy_is_none(self):
        """Of a policy that cannot be compiled whole, nothing is left in the kernel."""
        self.check_refused(policy('half', hook('sys_lseek'), hook('sys_nonesuch')),
                           'policy half is not loaded')


if __name__ == '__main__':
    unittest.main()
