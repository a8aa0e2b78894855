# SPDX-License-Identifier: Apache-2.0
"""ocelli policy test: tests on recorded events, which take no agent."""

import json
import os
import re
import socket
import subprocess
import textwrap
import unittest

from agent import PATIENCE, Agent
from case import Case, trigger_path
from test_policies import PREFIX, PolicyCase, recent_enough
from test_policy_args import ip4


def with_tests(text, tests):
    """The policy with these tests, each a mapping."""
    lines = ''.join(f'- {json.dumps(test)}\n' for test in tests)
    return re.sub(r'metadata: {name: ([^}]*)}\n', lambda m: (
        'metadata:\n  annotations:\n    ocelli.io/tests: |\n' + textwrap.indent(lines, '      ') +
        f'  name: {m[1]}\n'), text, count=1)


def policy(name, hooks):
    """@hooks: (call, args, selectors); the last as lines of YAML."""
    text = ('apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\n'
            f'metadata: {{name: {name}}}\nspec:\n  kprobes:\n')
    for call, args, selectors in hooks:
        text += (f'  - call: {call}\n    syscall: true\n    return: true\n    returnArg: '
                 f'{{index: 0, type: int}}\n    args: [{", ".join(args)}]\n')
        if selectors:
            text += '    selectors:\n' + ''.join(f'    - {s}\n' for s in selectors)
    return text


class ReplayCase(Case):
    def try_tests(self, text, *args, status=0, prefix=()):
        with open(self.path('p.yaml'), 'w', encoding='utf-8') as f:
            f.write(text)
        command = [*prefix, os.path.join(Agent.build, 'ocelli'), 'policy', 'test', '--offline',
                   self.path('p.yaml'), *args]
        ended = subprocess.run(command, capture_output=True, text=True, check=False,
                               timeout=PATIENCE)
        self.assertEqual(ended.returncode, status, (ended.stdout, ended.stderr))
        return ended.stdout, ended.stderr


OPENAT = 'sys_openat', ['{index: 1, type: string}']
LSEEK = 'sys_lseek', ['{index: 0, type: fd}', '{index: 1, type: int}']
CONNECT = 'sys_connect', ['{index: 1, type: sockaddr}']


def matches(number, operator, *values):
    return (f'matchArgs: [{{index: {number}, operator: {operator}, '
            f'values: {json.dumps([str(v) for v in values])}}}]')


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Recorded(PolicyCase, ReplayCase):
    def test_what_the_kernel_did(self):
        """Of what a policy that asks for nothing was told, others would tell what they told."""
        binary, argument = trigger_path('call'), 'openat'
        asked = {
            'prefix': [(*OPENAT, [matches(1, 'Prefix', '/proc/')])],
            'not-postfix': [(*OPENAT, [matches(1, 'NotPostfix', 'version', 'none')])],
            'file': [(*LSEEK, [matches(0, 'Equal', '/proc/version')])],
            'any': [(*LSEEK, [matches(0, 'NotPrefix', '/none')])],
            'number': [(*LSEEK, [matches(1, 'GT', -3)])],
            'second': [(*LSEEK, [matches(1, 'Equal', -7),
                                 matches(1, 'InRange', '0:9')])],
            'unposted': [(*LSEEK, ['matchActions: [{action: NoPost}]\n      ' +
                                   matches(1, 'Equal', -7), matches(1, 'LT', 9)])],
            'network': [(*CONNECT, [matches(1, 'SAddr', '127.0.0.0/9')])],
            'port': [(*CONNECT, [matches(1, 'NotSPort', 9)])],
            'failed': [(*OPENAT, ['matchReturnArgs: [{index: 0, operator: LT, values: ["0"]}]'])],
            'binary': [(*LSEEK, [f'matchBinaries: [{{operator: In, values: ["{binary}"]}}]'])],
            'no-binary': [(*LSEEK, ['matchBinaries: [{operator: NotIn, values: [/none]}]'])],
            'argument': [(*LSEEK, ['matchArguments: [{index: 1, operator: Equal, values: '
                                   f'["{argument}"]}}]'])],
            'no-argument': [(*LSEEK, ['matchArguments: [{operator: NotPrefix, values: '
                                      f'["{argument}"]}}]'])],
            'user': [(*LSEEK, ['matchUsers: [{operator: In, values: ["0"]}]'])],
            'parent': [(*LSEEK, ['matchParentBinaries: [{operator: Postfix, values: ["/none"]}]'])],
            'both': [(*OPENAT, [matches(1, 'Equal', '/none')]),
                     (*LSEEK, [matches(1, 'Equal', 5)])],
        }
        all_of = policy('all', [(*OPENAT, []), (*LSEEK, []), (*CONNECT, [])])
        agent = self.load(all_of, *(policy(name, hooks) for name, hooks in asked.items()))
        events, _ = self.call(agent, ('openat', -100, ':/proc/version', 0),
                              ('openat', -100, ':/none', 0), ('lseek', 3, -7, 0),
                              ('lseek', 3, 5, 0), ('lseek', 99, -9, 0),
                              ('socket', socket.AF_INET, socket.SOCK_DGRAM, 0),
                              ('connect', 4, ip4('127.0.0.1', 9), 16),
                              ('connect', 4, ip4('127.200.0.1', 7), 16))
        told = [e for e in events if e.body['policy_name'] == 'all']
        self.assertEqual(len(told), 8 - 1 + self.opened_by_the_loader(told))
        with open(self.path('recorded.jsonl'), 'wb') as f:
            f.writelines(e.line + b'\n' for e in told)
        seen = set()
        for name, hooks in asked.items():
            n = sum(e.body['policy_name'] == name for e in events)
            seen.add(n)
            with self.subTest(name):
                out, _ = self.try_tests(with_tests(policy(name, hooks), [
                    {'file': 'recorded.jsonl', 'expect': str(n)}]))
                self.assertEqual(out, f'ok    {name}: recorded.jsonl: {n} told of {len(told)} '
                                      'recorded\n1 tests, 0 failed\n')
                out, _ = self.try_tests(with_tests(policy(name, hooks), [
                    {'file': 'recorded.jsonl', 'expect': str(n + 1)}]), status=1)
                self.assertIn(f'FAIL  {name}', out)
        self.assertGreaterEqual(len(seen), 3)
        self.check_complete(agent)

    @staticmethod
    def opened_by_the_loader(told):
        return sum(e.body['function_name'].endswith('openat') and
                   e.body['args'][0]['string_arg'] not in ('/none', '/proc/version') for e in told)


def event(*args, process=None, function=PREFIX + 'openat', **more):
    return {'process_kprobe': {'function_name': function, 'args': list(args),
                               'process': {'pid': 7, **(process or {})}, **more}}


SHADOW = {'string_arg': '/etc/shadow'}
ETC = policy('p', [(*OPENAT, [matches(1, 'Prefix', '/etc/')])]).replace(
    '    return: true\n    returnArg: {index: 0, type: int}\n', '')


class Offline(ReplayCase):
    def test_passed_and_failed(self):
        out, _ = self.try_tests(with_tests(ETC, [
            {'name': 'told', 'event': event(SHADOW)},
            {'name': 'not', 'event': event({'string_arg': '/tmp/x'}), 'expect': 0},
            {'name': 'place', 'event': event(SHADOW), 'selector': 'kprobes[0].selectors[0]'},
            {'name': 'action', 'event': event(SHADOW), 'action': 'Post'},
            {'name': 'skipped', 'run': 'false'}]))
        self.assertEqual(out, 'ok    p: told: 1 told of 1 recorded\n'
                              'ok    p: not: 0 told of 1 recorded\n'
                              'ok    p: place: 1 told of 1 recorded\n'
                              'ok    p: action: 1 told of 1 recorded\n'
                              'skip  p: skipped: it takes an agent\n5 tests, 0 failed, 1 skipped\n')
        out, _ = self.try_tests(with_tests(ETC, [{'event': event(SHADOW)}, {'run': 'true'}]),
                                '-o', 'json')
        self.assertEqual([json.loads(line) for line in out.splitlines()], [
            {'policy': 'p', 'test': 'event', 'result': 'passed', 'details': '1 told of 1 recorded'},
            {'policy': 'p', 'test': 'true', 'result': 'skipped', 'details': 'it takes an agent'}])
        out, _ = self.try_tests(with_tests(ETC, [
            {'event': event(SHADOW), 'expect': 0},
            {'event': event({'string_arg': '/tmp/x'})},
            {'event': event(SHADOW), 'action': 'Sigkill'}]), status=1)
        self.assertEqual(out, 'FAIL  p: event: 1 told of 1 recorded, expected 0\n'
                              'FAIL  p: event: 0 told of 1 recorded, expected 1 or more\n'
                              'FAIL  p: event: 1 told of 1 recorded, 1 of them with another action\n'
                              '3 tests, 3 failed\n')

    def test_what_cannot_be_told_never_passes(self):
        text = ETC.replace('matchArgs:', 'matchBinaries: [{operator: In, values: [/x]}]\n      '
                                         'matchArgs:')
        for expect in '0', '1', '..1':
            out, _ = self.try_tests(with_tests(text, [{'event': event(SHADOW), 'expect': expect}]),
                               status=0 if expect == '..1' else 1)
            if expect != '..1':
                self.assertIn('ERROR p: event: 0 to 1 told of 1', out)
                self.assertIn('cannot be told: the event does not have exe', out)
        out, _ = self.try_tests(with_tests(text, [{'event': event(SHADOW)}]), '-o', 'json', status=1)
        self.assertEqual(json.loads(out)['result'], 'unknown')
        self.try_tests(with_tests(text, [{'event': event(SHADOW, process={'binary': '/x'})}]))
        for recorded in ({'process_exec': {'process': {'pid': 1}}}, {}):
            out, _ = self.try_tests(with_tests(ETC, [{'event': recorded, 'expect': 0}]), status=1)
            self.assertIn('ERROR p: event: there is no event that a policy tells', out)

    def test_list(self):
        text = with_tests(ETC, [{'name': 'a b', 'run': 'false'}, {'file': 'no such', 'expect': '2'},
                                {'event': {'no': 'such'}, 'expect': '..3'}])
        out, _ = self.try_tests(text, '--list')
        self.assertEqual(out, 'POLICY  KIND   EXPECT  TEST\n'
                              'p       run    1..     a b\n'
                              'p       file   2       no such\n'
                              'p       event  0..3    event\n')
        out, _ = self.try_tests(text, '--list', '-o', 'json')
        self.assertEqual([json.loads(line) for line in out.splitlines()], [
            {'policy': 'p', 'test': 'a b', 'kind': 'run', 'least': 1},
            {'policy': 'p', 'test': 'no such', 'kind': 'file', 'least': 2, 'most': 2},
            {'policy': 'p', 'test': 'event', 'kind': 'event', 'least': 0, 'most': 3}])
        out, _ = self.try_tests(ETC, '--list')
        self.assertEqual(len(out.splitlines()), 1)

    def test_files(self):
        def write(*lines):
            with open(self.path('log'), 'w', encoding='utf-8') as f:
                f.write(''.join(lines))
        shadow = json.dumps(event(SHADOW)) + '\n'
        good = with_tests(ETC, [{'file': 'log', 'expect': 2}])
        # What policies do not tell is no matter, and neither is what this version does not know.
        write(shadow, '\n', '{"process_exec": {}}\n', '{"process_new": {}}\n', shadow)
        self.try_tests(good)
        write(shadow, 'x\n', shadow)
        out, _ = self.try_tests(good, status=1)
        self.assertIn(f'ERROR p: log: {self.path("log")}:2:', out)
        os.unlink(self.path('log'))
        out, _ = self.try_tests(good, status=1)
        self.assertIn('No such file', out)

    def test_mistakes_have_their_place(self):
        for tests, *told in (([{'event': {'process_kprob': {}}}], 'p.yaml:6:19', 'process_kprob'),
                             ([{'event': 'x'}], 'this is not an event')):
            out, errors = self.try_tests(with_tests(ETC, tests), status=1)
            for part in told:
                self.assertIn(part, out + errors)

    def test_without_root(self):
        if os.getuid():
            self.skipTest('it is so')
        os.chmod(self.path('.'), 0o755)
        self.try_tests(with_tests(ETC, [{'event': event(SHADOW)}]),
                  prefix=('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'))
