# SPDX-License-Identifier: Apache-2.0
"""What redaction filters find is told nowhere."""

import json
import os
import subprocess
import unittest

from agent import PATIENCE, SLOWNESS
from case import is_sanitized, trigger_path
from test_api import ApiCase, as_json
from test_policies import hook, policy, recent_enough

SECRET = 'hush-hush'
MARK = '*****'
FILTERS = [{'redact': [r'--password[= ](\S+)', '^TOKEN=(.*)$', 'ticket:((.)[^ ]*)']}]


class RedactionCase(ApiCase):
    def start_redacting(self, *args, filters=None):
        lines = '\n'.join(json.dumps(f) for f in filters or FILTERS)
        return self.start_serving('--redaction-filters', lines, '--export-filename',
                                  self.path('events.log'), '--export-extended-fields', *args)

    def check_hidden(self, agent, stream, secret=SECRET):
        """Returns what the agent left behind, after looking everywhere."""
        ended = self.check_complete(agent)
        stream.thread.join(PATIENCE)
        with open(self.path('events.log'), encoding='utf-8') as f:
            told = f.read()
        for name, text in (('file', told), ('log', ended.stderr),
                           ('stdout', ''.join(e.line.decode() for e in agent.events)),
                           ('stream', ''.join(json.dumps(as_json(e)) for e in stream.events))):
            self.assertNotIn(secret, text, name)
        self.assertIn(MARK, told)
        return ended


class Hidden(RedactionCase):
    def test_arguments(self):
        agent = self.start_redacting('--enable-ancestors=base')
        stream = self.stream()
        # Three generations that have it; of the last the first is an ancestor.
        leaf = trigger_path('leaf')
        inner = f'{leaf} 0 ticket:{SECRET} z; true'
        run = self.run_with(agent, ['/bin/sh', '-c', f'/bin/sh -c "{inner}"; true', 'x',
                                    '--password', SECRET, f'--password={SECRET}'])
        last = stream.wait_exit(run.pid)['process_exit']['process']
        self.assertTrue(last['arguments'].endswith(f' x --password {MARK} --password={MARK}'),
                        last['arguments'])
        self.assertEqual(last['argv'][3:], ['x', '--password', MARK, f'--password={MARK}'])
        [exec_] = [e for e in run.execs() if e.process['binary'] == leaf]
        self.assertEqual(exec_.process['arguments'], f'0 ticket:{MARK} z')
        self.assertEqual(exec_.process['argv'], [leaf, '0', f'ticket:{MARK}', 'z'])
        self.assertIn(f'ticket:{MARK} z; true', exec_.parent['arguments'])
        self.assertIn(f'--password {MARK}', exec_.body['ancestors'][0]['arguments'])
        ended = self.check_hidden(agent, stream)
        self.assertNotIn('overredacted', ended.stderr)

    def test_environment(self):
        agent = self.start_redacting('--enable-process-environment-variables')
        stream = self.stream()
        run = self.run_with(agent, [trigger_path('leaf')],
                            env={'TOKEN': SECRET, 'TOKENS': 'a', 'X': f'a ticket:{SECRET} b'})
        stream.wait_exit(run.pid)
        self.assertEqual(
            {v['Key']: v['Value'] for v in run.root.process['environment_variables']},
            {'TOKEN': MARK, 'TOKENS': 'a', 'X': f'a ticket:{MARK} b'})
        self.check_hidden(agent, stream)

    def test_process_that_was_there(self):
        """Its arguments are read another way."""
        process = self.spawn([trigger_path('hold'), f'--password={SECRET}', '--password',
                              SECRET * 1000], stdin=subprocess.PIPE)
        process.stdout.readline()
        agent = self.start_redacting()
        stream = self.stream()
        process.stdin.close()
        process.stdin = None
        process.wait()
        told = stream.wait_exit(process.pid)['process_exit']['process']
        self.assertEqual(told['arguments'], f'--password={MARK} --password {MARK}')
        self.check_hidden(agent, stream)

    def test_long_ones(self):
        """Those that come in parts."""
        agent = self.start_redacting()
        stream = self.stream()
        run = self.run_with(agent, [trigger_path('leaf'), '0', 'x' * 3000, '--password',
                                    SECRET * 3000, f'ticket:{SECRET}'])
        told = stream.wait_exit(run.pid)['process_exit']['process']['arguments']
        self.assertEqual(told, f'0 {"x" * 3000} --password {MARK} ticket:{MARK}')
        self.check_hidden(agent, stream)

    def test_binaries(self):
        leaf = self.copy_trigger('leaf')
        agent = self.start_redacting(filters=[{'redact': ['(a.*)'], 'binary_regex': [f'^{leaf}$']}])
        mine = self.run_with(agent, [leaf, '0', 'abc'])
        other = self.run_with(agent, [trigger_path('leaf'), '0', 'abc'])
        self.assertEqual(mine.root.process['arguments'], f'0 {MARK}')
        self.assertEqual(other.root.process['arguments'], '0 abc')
        self.check_complete(agent)

    @unittest.skipUnless(recent_enough(), 'this kernel has too little for policies')
    def test_strings_of_policies(self):
        """What policies capture may be what somebody is told in arguments."""
        with open(self.path('policy.yaml'), 'w', encoding='ascii') as f:
            f.write(policy('opens', hook('sys_faccessat', (1, 'string'), selectors=[
                ([(1, 'Prefix', ['/nonexistent/'])], [])])))
        agent = self.start_redacting('--tracing-policy', self.path('policy.yaml'))
        stream = self.stream()
        run = self.run_with(agent, [trigger_path('call'), 'faccessat', '-100',
                                    f':/nonexistent/ticket:{SECRET}', '4'])
        stream.wait_exit(run.pid)
        [event] = [e for e in run.events if e.type == 'process_kprobe']
        self.assertEqual(event.body['args'], [{'string_arg': f'/nonexistent/ticket:{MARK}'}])
        self.check_hidden(agent, stream)


class Doubt(RedactionCase):
    ENDLESS = 'a' * 40 + 'b'

    def test_what_takes_too_long(self):
        """All of it is hidden, and counted."""
        agent = self.start_redacting('--enable-process-environment-variables',
                                     filters=[{'redact': ['^(a|aa)+$'], 'binary_regex': ['leaf$']}])
        stream = self.stream()
        run = self.run_with(agent, [trigger_path('leaf'), self.ENDLESS],
                            env={'X': 'y'})
        told = stream.wait_exit(run.pid)['process_exit']['process']
        self.assertEqual(told['arguments'], MARK)
        self.assertEqual(told['argv'], [trigger_path('leaf'), MARK])
        ended = self.check_hidden(agent, stream, self.ENDLESS)
        # Where time is short, of what is harmless, too.
        self.assertRegex(ended.stderr, r'total .*overredacted=[1-9]')

    def test_does_not_hold_up_the_agent(self):
        """A process that knows a bad pattern, and has thousands of strings for it."""
        agent = self.start_redacting('--enable-process-environment-variables',
                                     filters=[{'redact': ['^X\\d+=(?:(a|aa)+)$'],
                                               'binary_regex': ['leaf$']}])
        stream = self.stream()
        env = {f'X{i}': self.ENDLESS for i in range(5000)}
        runs = [self.run_with(agent, [trigger_path('leaf')], env=env) for _ in range(3)]
        stream.wait_exit(runs[-1].pid)
        with open(f'/proc/{agent.pid}/stat', encoding='ascii') as f:
            ticks = sum(map(int, f.read().rpartition(')')[2].split()[11:13]))
        # Without an end to its patience it were seconds.
        self.assertLess(ticks / os.sysconf('SC_CLK_TCK'), 20 if is_sanitized() else 2 * SLOWNESS)
        self.check_hidden(agent, stream, self.ENDLESS)
