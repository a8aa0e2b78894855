# SPDX-License-Identifier: Apache-2.0
"""ocelli policy check, as those use it who write policies: no agent, no root, no kernel."""

import json
import os
import subprocess
import unittest

from agent import PATIENCE, Agent
from case import Case

NOBODY = 65534

GOOD = """apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: good
spec:
  kprobes:
  - call: security_file_open
    syscall: false
    args:
    - index: 0
      type: file
    selectors:
    - matchArgs:
      - index: 0
        operator: Prefix
        values: ["/etc/"]
      matchActions:
      - action: Sigkill
"""

BAD = GOOD.replace('name: good', 'name: bad').replace('Sigkill', 'Sigkil')


class Check(Case):
    def check(self, *args, status=0, text='', **more):
        command = [os.path.join(Agent.build, 'ocelli'), 'policy', 'check', *args]
        ended = subprocess.run(command, input=text.encode(), capture_output=True, check=False,
                               timeout=PATIENCE, **more)
        self.assertEqual(ended.returncode, status, ended.stderr)
        self.assertNotIn(b'Sanitizer', ended.stderr)
        return ended.stdout.decode(), ended.stderr.decode()

    def write(self, name, text):
        path = self.path(name)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        return path

    def test_good(self):
        path = self.write('p.yaml', GOOD)
        self.assertEqual(self.check(path), ('1 good policy, no errors, no warnings\n', ''))

    def test_bad(self):
        path = self.write('p.yaml', GOOD + '---\n' + BAD)
        self.assertEqual(self.check(path, status=1),
                         (f'{path}:37:17: error: "Sigkil" is not an action\n'
                          '    did you mean "Sigkill"?\n'
                          '1 good policy, 1 error, no warnings\n', ''))

    def test_standard_input(self):
        output, _ = self.check('-', text=BAD, status=1)
        self.assertTrue(output.startswith('(standard input):18:17: error: '), output)

    def test_directory(self):
        self.write('b.yml', GOOD.replace('good', 'second'))
        self.write('a.yaml', GOOD)
        self.write('c.txt', 'no policy')
        output, _ = self.check('-o', 'json', self.dir)
        self.assertEqual([p['name'] for p in json.loads(output)['policies']], ['good', 'second'])

    def test_json(self):
        bad = self.write('bad.yaml', BAD)
        good = self.write('good.yaml', GOOD)
        output, _ = self.check('-o', 'json', bad, good, status=1)
        self.assertEqual(json.loads(output), {
            'policies': [{'file': good, 'line': 1, 'kind': 'TracingPolicy', 'name': 'good',
                          'namespace': None}],
            'findings': [{'severity': 'error', 'file': bad, 'line': 18, 'column': 17,
                          'what': '"Sigkil" is not an action', 'why': None,
                          'remedy': 'did you mean "Sigkill"?'}],
            'errors': 1, 'warnings': 0})

    def check_one(self, args, selector=''):
        """Of a hook with these in its lists, what is wrong with it."""
        text = (GOOD.split('spec:')[0] +
                'spec:\n  kprobes:\n  - call: sys_lseek\n    syscall: true\n'
                f'    args: [{args}]\n')
        if selector:
            text += ('    selectors:\n    - matchArgs:\n'
                     f'      - {{operator: CelExpr, values: [{selector}]}}\n')
        output, _ = self.check('-o', 'json', '-', text=text, status=1)
        report = json.loads(output)
        self.assertEqual(report['policies'], [])
        [finding] = report['findings']
        return (finding['line'], finding['column']), finding['what'], finding['why']

    def test_expressions(self):
        """Their places are those in the file, where what is there is their text."""
        args = '{index: 0, type: int}'
        plain = 'the expression cannot be compiled: '
        self.assertEqual(self.check_one(args, '"arg0 == 5"'),
                         ((12, 44), plain + 'there is no int32 == int', None))
        self.assertEqual(self.check_one(args, 'arg0 == 5'),
                         ((12, 43), plain + 'there is no int32 == int', None))
        self.assertEqual(self.check_one(args, '"true && arg1 == int32(5)"'),
                         ((12, 47), plain + 'there is no value "arg1"', None))
        self.assertEqual(self.check_one(args, r'"arg0\x20== 5"'),
                         ((12, 38), plain + 'there is no int32 == int',
                          'that is at line 1, column 6 of it'))
        place, what, _ = self.check_one(args, '"(arg0 == int32(5)"')
        self.assertEqual(place[0], 12)
        self.assertIn('expected ")"', what)

    def test_expressions_about_what_only_the_kernel_knows(self):
        text = (GOOD.split('    args:')[0] +
                '    args: [{index: 0, type: int, resolve: f_flags}]\n    selectors:\n'
                '    - matchArgs: [{operator: CelExpr, values: ["arg0 == 7u"]}]\n')
        self.assertIn('1 good policy', self.check('-', text=text)[0])

    def test_paths(self):
        def path(text):
            return self.check_one('{index: 0, type: auto, btfType: file, resolve: ' + text +
                                  '}')[:2]

        self.assertEqual(path('"a..b"'), ((9, 62), 'the path cannot be read at ".b"'))
        self.assertEqual(path('a.b-c'), ((9, 62), 'the path cannot be read at "-c"'))
        self.assertEqual(path('"a[2"'), ((9, 63), 'the path cannot be read at ""'))
        self.assertEqual(path('"a[x]"'), ((9, 62), 'the path cannot be read at "x]"'))
        self.assertEqual(path('"a."'), ((9, 62), 'the path cannot be read at ""'))

    def test_warnings_are_no_failure(self):
        path = self.write('p.yaml', GOOD.replace('action: Sigkill',
                                                 'action: Sigkill\n        argError: -1'))
        output, _ = self.check(path)
        self.assertIn(':19:19: warning: argError is of no effect with Sigkill\n', output)

    def test_files_that_cannot_be_read(self):
        output, _ = self.check(self.path('nothing'), status=1)
        self.assertIn('error: cannot open it; No such file or directory\n', output)
        self.assertIn('no good policies, 1 error', output)
        output, _ = self.check(self.dir)
        self.assertIn('warning: there is no *.yaml or *.yml', output)

    def test_usage(self):
        _, errors = self.check(status=2)
        self.assertIn('policy check takes files', errors)
        _, errors = self.check('-o', 'xml', 'x', status=2)
        self.assertIn('xml', errors)

    def test_no_privileges(self):
        path = self.write('p.yaml', GOOD)
        self.check(path, user=NOBODY, group=NOBODY, extra_groups=[])

    def test_hostile_names(self):
        """What a policy says about itself cannot act on the terminal."""
        output, _ = self.check('-', text=GOOD.replace('good', '"\\e[31m\\u202e"'), status=1)
        self.assertNotIn('\x1b', output)
        self.assertNotIn('\u202e', output)

    def test_big_file(self):
        """Ten thousand values: no limit, and no time."""
        values = ', '.join(f'"/path/{i}"' for i in range(10000))
        output, _ = self.check('-', text=GOOD.replace('"/etc/"', values))
        self.assertIn('1 good policy', output)

    def test_reader_that_has_seen_enough(self):
        path = self.write('p.yaml', BAD)
        with subprocess.Popen([os.path.join(Agent.build, 'ocelli'), 'policy', 'check', path],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdout.close()
            self.assertIn(process.wait(PATIENCE), (0, 1))
            self.assertEqual(process.stderr.read(), b'')


class Group(unittest.TestCase):
    """Commands of two words."""

    def run_cli(self, *args):
        return subprocess.run([os.path.join(Agent.build, 'ocelli'), *args], capture_output=True,
                              text=True, check=False, timeout=PATIENCE)

    def test_help(self):
        ended = self.run_cli('help', 'policy', 'check')
        self.assertEqual(ended.returncode, 0)
        self.assertTrue(ended.stdout.startswith('Usage: ocelli policy check [OPTION...] FILE|'))
        self.assertEqual(self.run_cli('policy', 'check', '--help').stdout, ended.stdout)
        self.assertIn('\n  policy check    ', self.run_cli('help').stdout)

    def test_unknown(self):
        ended = self.run_cli('policy')
        self.assertEqual(ended.returncode, 2)
        self.assertIn('"policy" is a group of commands', ended.stderr)
        ended = self.run_cli('policy', 'chekc')
        self.assertEqual(ended.returncode, 2)
        self.assertIn('did you mean policy check?', ended.stderr)
