# SPDX-License-Identifier: Apache-2.0
"""ocelli policy add, list, show, delete, enable, disable, set-mode, domains, modify: the built
command against the built agent."""

import json
import os
import re
import subprocess

from agent import PATIENCE, Agent
from case import needs, tracefs, trigger_path
from test_api_policies import MONITORS, PolicyCase, lseek
from test_policies import policy


class Command(PolicyCase):
    def ocelli(self, *args, status=0, text='', server=True):
        address = ['--server-address', f'unix://{self.socket}'] if server else []
        ended = subprocess.run(
            [os.path.join(Agent.build, 'ocelli'), 'policy', *args, *address],
            input=text.encode(), capture_output=True, check=False, timeout=PATIENCE)
        self.assertEqual(ended.returncode, status, (ended.stdout, ended.stderr))
        self.assertNotIn(b'Sanitizer', ended.stderr)
        return ended.stdout.decode(), ended.stderr.decode()

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as f:
            f.write(text)
        return self.path(name)

    def rows(self, *args):
        """What "list" says, by names: {column: word}."""
        titles, *lines = self.ocelli('list', *args)[0].splitlines()
        titles = titles.split()
        rows = [dict(zip(titles, line.split())) for line in lines if not line.startswith(' ')]
        return {row['NAME']: row for row in rows}

    def test_from_add_to_delete(self):
        agent = self.start_serving()
        file = self.write('two.yaml', lseek('a', -7) + '---\n' + lseek('b', -8))
        self.assertEqual(self.ocelli('add', file), ('policy a added\npolicy b added\n', ''))
        self.ocelli('add', '-', '--domain', 'team', '-m', 'monitor',
                    text=lseek('kills', -7, 'Sigkill'))
        self.assertEqual(self.told(agent, -7), ['a', 'kills'])
        rows = self.rows()
        self.assertEqual([rows['a'][c] for c in ('DOMAIN', 'STATE', 'NAMESPACE', 'MODE', 'NPOST')],
                         ['grpc', 'enabled', '-', 'monitor_only', '1'])
        self.assertEqual([rows['kills'][c] for c in ('DOMAIN', 'MODE', 'NENFORCE', 'NMONITOR')],
                         ['team', 'monitor', '0', '1'])
        self.assertEqual(list(self.rows('--domain', 'team')), ['kills'])
        self.assertEqual(self.ocelli('domains')[0], 'grpc\nstatic\nteam\n')
        self.assertEqual(self.ocelli('disable', 'a', 'b'),
                         ('policy a disabled\npolicy b disabled\n', ''))
        self.assertEqual(self.told(agent, -8), [])
        self.assertEqual(self.rows()['a']['STATE'], 'disabled')
        self.ocelli('enable', 'b')
        self.assertEqual(self.told(agent, -8), ['b'])
        self.ocelli('set-mode', 'kills', 'monitor', '--domain', 'team')
        out, _ = self.ocelli('delete', 'b', '-o', 'json')
        self.assertEqual(json.loads(out), {'policy': 'b', 'result': 'deleted'})
        self.assertEqual(set(self.rows()), {'a', 'kills'})
        self.check_end(agent)

    def test_names_of_old(self):
        agent = self.start_serving()
        for group in 'tracingpolicy', 'tp':
            ended = subprocess.run(
                [os.path.join(Agent.build, 'ocelli'), group, 'list', '-o', 'json',
                 '--server-address', f'unix://{self.socket}'], capture_output=True, check=True,
                timeout=PATIENCE)
            self.assertEqual(json.loads(ended.stdout), {})
        self.check_end(agent)

    def test_show(self):
        agent = self.start_serving()
        text = '# Why it is there.\n' + lseek('a', -7)
        self.ocelli('add', self.write('a.yaml', text))
        self.told(agent, -7)
        out, _ = self.ocelli('show', 'a')
        for part in ('name       a\n', 'state      enabled\n', 'kprobes[0] sys_lseek: loaded by ',
                     'sys_lseek.selectors[0]: post 1\n',
                     ''.join(f'  {line}\n' for line in text.splitlines())):
            self.assertIn(part, out)
        shown = json.loads(self.ocelli('show', 'a', '-o', 'json')[0])
        self.assertEqual((shown['name'], shown['text']), ('a', text))
        # Only those that ask get what others do not know.
        self.assertNotIn('text', self.list()['a'])
        _, told = self.ocelli('show', 'b', status=1)
        self.assertIn('no policy b', told)
        self.check_end(agent)

    def test_what_is_wrong(self):
        agent = self.start_serving()
        bad = self.write('bad.yaml', lseek('a', -7).replace('Equal', 'Equals'))
        _, told = self.ocelli('add', bad, status=1)
        self.assertRegex(told, r'bad\.yaml:\d+:\d+: error: .*\n +did you mean')
        out, told = self.ocelli('add', '-', status=1, text=policy(
            'b', '  - call: no_such_call\n') + '---\n' + lseek('c', -7))
        self.assertEqual(out, 'policy c added\n')
        self.assertIn('no_such_call', told)
        self.assertRegex(self.ocelli('list')[0], r'\n\d+ +b .*load_error.*\n    \S+ error: .*no_such')
        _, told = self.ocelli('add', '-', status=1, text=lseek('c', -7))
        self.assertIn('delete that one first', told)
        for args, part in ((('delete', 'x'), 'there is no policy x'),
                           (('set-mode', 'c', 'monitor'), 'only tells'),
                           (('enable', 'b'), 'was not loaded')):
            self.assertIn(part, self.ocelli(*args, status=1)[1])
        for args in (('delete',), ('set-mode', 'c'), ('set-mode', 'c', 'kill'), ('show',),
                     ('list', 'x'), ('add',)):
            self.assertTrue(self.ocelli(*args, status=2)[1].startswith('ocelli: '))
        self.check_end(agent)
        _, told = self.ocelli('list', '--retries', '0', status=3)
        self.assertIn('is ocellid running?', told)

    def test_modify(self):
        text = '# Kept.\n' + lseek('a', -7, 'Sigkill')
        out, _ = self.ocelli('modify', '-m', 'monitor', '-', text=text, server=False)
        self.assertTrue(out.startswith('# Kept.\n'))
        self.assertEqual(out.replace('  - {name: policy-mode, value: monitor}\n', '').replace(
            '  options:\n', ''), text)
        again, _ = self.ocelli('modify', '-m', 'enforce', '-', text=out, server=False)
        self.assertEqual(again, out.replace('monitor', 'enforce'))
        both, _ = self.ocelli('modify', '-m', 'monitor', '-', server=False,
                              text=lseek('a', -7, 'Sigkill', options=MONITORS) + '---\n' +
                              lseek('b', -7, 'Sigkill'))
        self.assertEqual(both.count('monitor'), 2)
        self.assertEqual(both.count('---'), 1)
        self.ocelli('modify', '-', text=text, server=False, status=2)

    def test_generate(self):
        check = os.path.join(Agent.build, 'ocelli')
        for args in (('empty',), ('all-syscalls',), ('all-syscalls-list', '-m', '/bin/a "b"')):
            out, _ = self.ocelli('generate', *args, server=False)
            told, _ = self.ocelli('check', '-', text=out, server=False)
            self.assertIn('1 good policy', told)
        self.assertIn('/bin/a \\"b\\"', out)
        self.assertIn('    - sys_openat\n', out)
        # Hundreds of programs, where calls cannot share one.
        explained = subprocess.run([check, 'policy', 'explain', '-'], input=out.encode(),
                                   capture_output=True, check=True, timeout=10 * PATIENCE)
        self.assertIn(b'loads on this kernel', explained.stdout)
        self.ocelli('generate', server=False, status=2)
        self.ocelli('generate', 'all', server=False, status=2)

    def test_generate_of_programs(self):
        program = os.path.join(Agent.build, 'ocelli')
        out, _ = self.ocelli('generate', 'uprobes', '-b', program, '-r', '^str_append', '-m',
                             '/bin/x', server=False)
        self.assertIn('    - "str_appendf"\n', out)
        self.assertNotIn('    - "main"\n', out)
        self.assertIn(f'path: "{program}"', out)
        self.assertEqual(out.count('    selectors:\n'), 1)
        self.assertIn('1 good policy', self.ocelli('check', '-', text=out, server=False)[0])
        all_of, _ = self.ocelli('generate', 'uprobes', '-b', program, server=False)
        self.assertIn('    - "main"\n', all_of)
        names = re.findall(r'^    - "(.*)"$', all_of, re.M)
        self.assertEqual(names, sorted(set(names)))
        self.assertIn('1 good policy', self.ocelli('check', '-', text=all_of, server=False)[0])
        for what, args in (('no tracepoints', ('usdts', '-b', program)),
                           ('no functions that match', ('uprobes', '-b', program, '-r', '^no_$')),
                           ('is no ELF file', ('uprobes', '-b', '/etc/passwd')),
                           ('Is a directory', ('uprobes', '-b', '/')),
                           ('--regex', ('usdts', '-b', program, '-r', '(')),
                           ('--binary', ('uprobes',))):
            self.assertIn(what, self.ocelli('generate', *args, server=False, status=1)[1])

    def test_generate_static_probes(self):
        out, _ = self.ocelli('generate', 'usdts', '-b', trigger_path('probed'), server=False)
        # "places" has three, but is one.
        self.assertEqual(re.findall(r'provider: "test"\n    name: "(.*)"', out),
                         ['float', 'many', 'memory', 'none', 'numbers', 'places', 'set', 'text',
                          'wanted'])
        self.assertIn('1 good policy', self.ocelli('check', '-', text=out, server=False)[0])

    def test_generate_tracepoints_of_programs(self):
        program = os.path.realpath('/usr/bin/python3')
        with open(program, 'rb') as f:
            if b'stapsdt\0' not in f.read():
                self.skipTest('this python has no tracepoints')
        out, _ = self.ocelli('generate', 'usdts', '-b', program, '-r', '^gc__', server=False)
        self.assertIn(f'  - path: "{program}"\n    provider: "python"\n    name: "gc__done"\n'
                      f'  - path: "{program}"\n    provider: "python"\n    name: "gc__start"\n',
                      out)
        self.assertEqual(out.count('path:'), 2)
        self.assertIn('1 good policy', self.ocelli('check', '-', text=out, server=False)[0])

    @needs('tracefs')
    def test_generate_functions(self):
        try:
            with open(f'{tracefs()}/available_filter_functions', encoding='ascii') as f:
                f.readline()
        except OSError:
            self.skipTest('this kernel has no dynamic ftrace')
        out, _ = self.ocelli('generate', 'ftrace-list', '-r', '^do_sys_open', server=False)
        names = [line.strip('- ') for line in out.splitlines() if line.startswith('    - ')]
        self.assertTrue(names)
        for name in names:
            self.assertTrue(name.startswith('do_sys_open'), name)
        self.assertIn('1 good policy', self.ocelli('check', '-', text=out, server=False)[0])
        _, told = self.ocelli('generate', 'ftrace-list', '-r', '(', server=False, status=1)
        self.assertIn('--regex', told)
        self.ocelli('generate', 'ftrace-list', '-r', '^no_such_$', server=False, status=1)
