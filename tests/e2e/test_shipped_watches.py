# SPDX-License-Identifier: Apache-2.0
"""The policies of policies/ that tell what programs do: each at copies of programs and libraries,
so that it is about nobody else."""

import glob
import os
import pty
import re
import shutil
import subprocess
import sys
import unittest

from agent import PATIENCE
from case import needs
from test_policies import PolicyCase, recent_enough, values_of
from test_policy_hooks import OLD

HERE = os.path.dirname(os.path.abspath(__file__))
POLICIES = os.path.join(HERE, '../../policies')
PROBES = 'process_uprobe', 'process_usdt'
PYTHON = os.path.realpath(sys.executable)


def library(name):
    return next(iter(glob.glob(f'/usr/lib/*/{name}')), name)


class ProbeCase(PolicyCase):
    def run_and_collect(self, agent, args, **popen):
        """What was told of the process, in order."""
        since = len(agent.events)
        process = self.spawn(args, **{'stderr': subprocess.STDOUT, **popen})
        output, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0, output)
        return self.told(agent, process.pid, since)

    @staticmethod
    def told(agent, pid, since):
        agent.wait_exit(pid, since)
        return [e for e in agent.events[since:] if e.type in PROBES and e.pid == pid]


@unittest.skipUnless(recent_enough(), OLD)
class Patterns(ProbeCase):
    """Paths that stand for several files."""

    HOOK = ('apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {{name: pattern}}\n'
            'spec:\n  uprobes:\n  - path: "{}"\n    symbols: [main]\n')

    def setUp(self):
        super().setUp()
        for name in 'abd':
            os.mkdir(self.path(name))
        os.symlink('a', self.path('c'))
        for name in 'ab':
            self.copy_trigger('leaf', f'{name}/program')
        # As far as anybody looks.
        with open(self.path('d/program'), 'wb') as f:
            f.write(b'\x7fELF\x01\x01\x01' + bytes(57))

    def start(self, pattern):
        return self.load(self.HOOK.format(self.path(pattern)))

    @needs('uprobe')
    def test_each_file_once(self):
        for pattern in '[abc]/program', '{a,b,c,missing}/prog{ram,}':
            with self.subTest(pattern):
                agent = self.start(pattern)
                for name in 'ab':
                    events = self.run_and_collect(agent, [self.path(f'{name}/program')])
                    self.assertEqual([e.body['path'] for e in events],
                                     [self.path(f'{name}/program')])
                self.check_complete(agent)

    @needs('uprobe')
    def test_other_programs(self):
        agent = self.start('{b,d}/program')
        self.assertEqual(len(self.run_and_collect(agent, [self.path('b/program')])), 1)
        self.assertIn('d/program is a 32-bit program', self.check_complete(agent).stderr)

    def test_none(self):
        for pattern, reason in (('{x,y}/program', 'no file matches'),
                                ('{d,x}/program', 'no program matches'),
                                ('{a,b', 'no file matches'),
                                ('{' + 11 * ',' + '}', 'more than 10 commas in braces')):
            with self.subTest(pattern):
                self.assertIn(reason, self.check_complete(self.start(pattern)).stderr)


@unittest.skipUnless(recent_enough(), OLD)
class Watch(ProbeCase):
    def copy_of(self, path):
        """One of a program or library, which only what the test starts has."""
        if not os.path.exists(path):
            self.skipTest(f'there is no {path} here')
        copy = self.path(os.path.basename(path))
        shutil.copy(path, copy)
        return copy

    def start(self, name, path, *options, **replaced):
        """For this program or library instead of those that the policy is about."""
        with open(f'{POLICIES}/{name}.yaml', encoding='utf-8') as f:
            text = f.read()
        text, n = re.subn(r'^  - path: "(.*)"$', f'  - path: "{path}"', text, flags=re.M)
        self.assertTrue(n)
        for old, new in replaced.items():
            self.assertIn(old, text)
            text = text.replace(old, new)
        self.write(text)
        return self.start_agent('--tracing-policy', self.path('policies'), *options).wait_ready()

    def type_into(self, agent, args, *lines):
        """What is told of a program that reads these lines from a terminal."""
        since = len(agent.events)
        master, slave = pty.openpty()
        process = self.spawn(args, stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        os.write(master, ''.join(line + '\n' for line in lines).encode())
        try:
            # It may wait until what it says is read.
            while os.read(master, 4096):
                pass
        except OSError:
            pass  # it has ended
        os.close(master)
        process.wait(PATIENCE)
        return self.told(agent, process.pid, since)

    @needs('uprobe')
    def test_watch_bash(self):
        bash = self.copy_of('/bin/bash')
        agent = self.start('watch-bash', bash)
        lines = 'x=7; echo $((x + 1))', ': ä', 'exit'
        events = self.type_into(agent, [bash, '--norc', '--noprofile', '-i'], *lines)
        self.assertEqual([e.body['args'] for e in events],
                         [[{'string_arg': line}] for line in lines])
        self.assertEqual({e.body['message'] for e in events}, {'a line was typed into bash'})
        self.assertEqual(self.run_and_collect(agent, [bash, '-c', ':; exit']), [])
        self.check_complete(agent)

    @needs('uprobe')
    def test_watch_zsh(self):
        zsh = self.copy_of('/bin/zsh')
        agent = self.start('watch-zsh', zsh)
        lines = 'x=7; echo $((x + 1))', 'exit'
        events = self.type_into(agent, [zsh, '-f', '-i'], *lines)
        self.assertEqual([e.body['args'][1] for e in events],
                         [{'string_arg': line + '\n'} for line in lines])
        self.assertEqual(self.run_and_collect(agent, [zsh, '-fc', ':; exit']), [])
        self.check_complete(agent)

    @needs('uprobe')
    def test_watch_names(self):
        libc = self.copy_of(library('libc.so.6'))
        looks_up = ('import ctypes, socket\n'
                    'socket.getaddrinfo("127.0.0.1", "80")\n'
                    'socket.getaddrinfo(None, "80")\n'
                    'c = ctypes.CDLL(None)\n'
                    'c.getaddrinfo(b"x" * 999 + b".invalid", None, None, ctypes.byref('
                    'ctypes.c_void_p()))\n'
                    'c.gethostbyname(b"localhost")\n')
        agent = self.start('watch-names', libc)
        events = self.run_and_collect(agent, [PYTHON, '-c', looks_up],
                                      env={'LD_LIBRARY_PATH': self.dir})
        told = [(e.body['symbol'], values_of(e)) for e in events]
        unread = {'Message': 'Bad address for basic type'}
        self.assertEqual(told[:2], [('getaddrinfo', ['127.0.0.1', '80', 0]),
                                    ('getaddrinfo', [unread, '80', 0])])
        self.assertEqual(told[2][1][:2], ['x' * 999 + '.invalid', unread])
        self.assertLess(told[2][1][2], 0)
        self.assertEqual(told[3:], [('gethostbyname_r', ['localhost', 0])])
        self.check_complete(agent)


if __name__ == '__main__':
    unittest.main()
