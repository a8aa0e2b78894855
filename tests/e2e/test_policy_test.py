# SPDX-License-Identifier: Apache-2.0
"""ocelli policy test: tests that are written in policies, against the running agent."""

import json
import os
import signal
import subprocess
import textwrap

from agent import PATIENCE, Agent
from case import trigger_path
from test_api_policies import PolicyCase, lseek


def with_tests(text, tests):
    return text.replace('\nspec:', '\n' + textwrap.indent(
        'annotations:\n  ocelli.io/tests: |\n' + textwrap.indent(tests, '    '), '  ') + 'spec:',
        1).replace('metadata: {name: ', 'metadata:\n  name: ').replace('}\n  annotations', '\n  annotations')


class Tests(PolicyCase):
    def command(self, *args):
        return [os.path.join(Agent.build, 'ocelli'), 'policy', 'test', *args,
                '--server-address', f'unix://{self.socket}']

    def run_tests(self, text, *args, status=0):
        path = self.path('p.yaml')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        ended = subprocess.run(self.command(path, *args), capture_output=True, check=False,
                               timeout=2 * PATIENCE)
        self.assertEqual(ended.returncode, status, (ended.stdout, ended.stderr))
        self.assertNotIn(b'Sanitizer', ended.stderr)
        return ended.stdout.decode(), ended.stderr.decode()

    def call(self, number):
        return f'{trigger_path("call")} lseek {number} 0 0'

    def test_passed_and_failed(self):
        agent = self.start_serving()
        # Of others nothing is counted.
        noise = subprocess.Popen(['sh', '-c', f'while :; do {self.call(-7)}; done'],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 start_new_session=True)
        self.addCleanup(noise.wait)
        self.addCleanup(os.killpg, noise.pid, signal.SIGKILL)
        tests = (f'- {{name: told, run: "{self.call(-7)}"}}\n'
                 f'- {{name: not told, run: "{self.call(-8)}", expect: 0}}\n'
                 f'- {{name: of children, run: "{self.call(-7)} | sh -c \'{self.call(-7)}; :\'",'
                 f' expect: 2}}\n'
                 f'- {{name: would be killed, run: "{self.call(-7)}", action: Sigkill,'
                 f' expect: ..1}}\n')
        out, _ = self.run_tests(with_tests(lseek('p', -7, 'Sigkill'), tests))
        self.assertEqual(out, 'ok    p: told: 1 event\n'
                              'ok    p: not told: 0 events\n'
                              'ok    p: of children: 2 events\n'
                              'ok    p: would be killed: 1 event\n'
                              '4 tests, 0 failed\n')
        tests = (f'- {{run: "{self.call(-7)}", expect: 0}}\n'
                 f'- {{run: "{self.call(-8)}", expect: 2..3}}\n'
                 f'- {{run: "{self.call(-7)}", action: Override}}\n'
                 f'- {{run: sleep 60, expect: 0, seconds: 1}}\n')
        out, _ = self.run_tests(with_tests(lseek('p', -7, 'Sigkill'), tests), status=1)
        lines = out.splitlines()
        for line, told in zip(lines, (': 1 event, expected 0', ': 0 events, expected 2 to 3',
                                      '1 of them with another action', 'not done in 1 s')):
            self.assertTrue(line.startswith('FAIL  p: '), line)
            self.assertIn(told, line)
        self.assertEqual(lines[4:], ['4 tests, 4 failed'])
        self.assertEqual(self.list(), {})
        self.check_end(agent)

    def test_json(self):
        agent = self.start_serving()
        out, _ = self.run_tests(with_tests(lseek('p', -7), f'- {{run: "{self.call(-7)}"}}\n'),
                                '-o', 'json')
        self.assertEqual(json.loads(out), {'policy': 'p', 'test': self.call(-7),
                                           'result': 'passed', 'details': '1 event'})
        self.check_end(agent)

    def test_what_cannot_be_tried(self):
        agent = self.start_serving()
        out, _ = self.run_tests(lseek('p', -7), status=1)
        self.assertIn('no tests in its annotation', out)
        test = f'- {{run: "{self.call(-7)}"}}\n'
        out, _ = self.run_tests(
            with_tests(lseek('p', -7).replace('sys_lseek', 'no_such_call'), test), status=1)
        self.assertIn('no_such_call', out)
        self.add(lseek('p', -7))
        out, _ = self.run_tests(with_tests(lseek('p', -7), test), status=1)
        self.assertIn('loaded already, in the domain grpc', out)
        self.configure('p', enable=False)
        self.run_tests(with_tests(lseek('p', -7), test))
        self.assertEqual(list(self.list()), ['p'])
        self.check_end(agent)

    def test_mistakes_have_their_place(self):
        good = lseek('p', -7)
        for tests, *told in (('- {run: x, expect: many}\n', ':7:26: error: "expect"'),
                             ('\n- runs: x\n', ':8:9: error: a test has no such', '"run"'),
                             ('- {run: x, action: Sigkil}\n', '"Sigkill"'),
                             ('- {run: x, seconds: 0}\n', 'from 1 to 3600'),
                             ('a: b\n', 'not a list'), ('- [\n', 'YAML')):
            _, errors = self.run_tests(with_tests(good, tests), status=1)
            for part in told:
                self.assertIn(part, errors)

    def test_interrupted(self):
        """What was loaded for the tests is unloaded, and what they ran is over."""
        agent = self.start_serving()
        with open(self.path('p.yaml'), 'w', encoding='utf-8') as f:
            f.write(with_tests(lseek('p', -7), f'- {{run: "touch {self.path("began")}; sleep 60"}}\n'))
        process = subprocess.Popen(self.command(self.path('p.yaml')), stderr=subprocess.PIPE)
        agent.wait_for(lambda e: e.is_exec and e.process.get('arguments') == '60')
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b'interrupted', errors)
        self.assertEqual(self.list(), {})
        self.check_end(agent)
