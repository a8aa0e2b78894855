# SPDX-License-Identifier: Apache-2.0
"""Policies that others published for Tetragon: each is loaded as it is, or refused for a reason;
and what a call that they are about looks like. They are read where they are, and not part of us."""

import glob
import os
import re
import shutil

from case import needs
from test_policies import PREFIX, PolicyCase, recent_enough, values_of

HERE = os.path.dirname(os.path.abspath(__file__))
# Beside the repository; in a guest, beside the tests.
PLACES = (os.path.join(HERE, '../../../shared/policies'), os.path.join(HERE, '../policies'))

# What this version or a kernel lacks, and what is no policy yet.
REASONS = (
    r'this action cannot be compiled yet',
    r'hooks of this kind cannot be compiled yet',
    r'\\"(enforcers|podSelector|containerSelector|hostSelector)\\" cannot be compiled yet',
    r'\\"\$\{\w+\}\\" is not an address or a network',  # a placeholder
    r'docker-compose.yaml:\d+:\d+: error: the document does not say what it is',
    r'this kernel has no (function|LSM hook|tracepoint|system call) ',
)

# File: calls that it is about, and of each what is told.
CALLS = {
    'sys_setuid.yaml': ((('setuid', 0), 'sys_setuid', [0]),),
    'sys_mount.yaml': ((('mount', ':what', ':/nonexistent', 0, 0, 0), 'sys_mount',
                        ['what', '/nonexistent']),),
    'sys_ptrace.yaml': ((('ptrace', -1, -1, 77, 0), 'sys_ptrace', [77]),),
    'symlink-observe.yaml': ((('symlinkat', ':/etc/passwd', -77, ':x'), 'sys_symlinkat',
                              ['/etc/passwd', -77, 'x']),),
    'hardlink-observe.yaml': ((('linkat', -77, ':/etc/passwd', -78, ':x', 0), 'sys_linkat',
                               [-77, '/etc/passwd', -78, 'x', 0]),),
    'list-syscalls.yaml': ((('dup', 77), 'sys_dup', []),),
    'security-socket-connect.yaml': (
        (('socket', 2, 2, 0), None, None),
        (('connect', 3, '=0200' + '0009' + '7f000009' + '00' * 8, 16), 'security_socket_connect',
         [{'family': 'AF_INET', 'addr': '127.0.0.9', 'port': 9}, 16])),
    'openat_write.yaml': ((('openat', -100, ':/etc/passwd', 1), 'sys_openat',
                           [-100, '/etc/passwd', 1]),),
}


def published():
    for place in PLACES:
        found = glob.glob(f'{place}/**/*.y*ml', recursive=True)
        if found:
            return sorted(found)
    return []


class Published(PolicyCase):
    def setUp(self):
        super().setUp()
        if not published():
            self.skipTest('they are not there')
        if not recent_enough():
            self.skipTest('this kernel has no atomic operations that return a value')
        os.mkdir(self.path('policies'))

    def copy(self, names=None):
        """{our name: theirs}"""
        copies = {}
        for i, path in enumerate(published()):
            if names is None or os.path.basename(path) in names:
                name = f'{i}-{os.path.basename(path)}'
                shutil.copy(path, self.path(f'policies/{name}'.replace('.yml', '.yaml')))
                copies[name.replace('.yml', '.yaml')] = path
        return copies

    @needs('kprobe')
    @needs('lsm_active')
    def test_each_is_loaded_or_refused_for_a_reason(self):
        copies = self.copy()
        self.assertGreater(len(copies), 60)
        agent = self.start_agent('--tracing-policy', self.path('policies'), '--export-filename',
                                 self.path('events.json'), stdout=False, ring=None).wait_ready()
        log = agent.stop().stderr
        refused = {}
        for line in re.findall(r'msg="(?:policy \S+ is not loaded: )?(/.*)"', log):
            if ': warning: ' in line:
                continue
            name = os.path.basename(line.split(':', 1)[0])
            refused.setdefault(name, []).append(line)
        for name, lines in refused.items():
            for line in lines:
                with self.subTest(name):
                    self.assertTrue(any(re.search(reason, line) for reason in REASONS), line)
        self.assertGreater(len(copies) - len(refused), 30)
        loaded = re.findall(r'policy \S+: \d+ hooks', log)
        self.assertEqual(len(loaded), len(copies) - len(refused), log)

    @needs('kprobe')
    def test_calls(self):
        self.copy(CALLS)
        agent = self.start_agent('--tracing-policy', self.path('policies')).wait_ready()
        for name, calls in CALLS.items():
            with self.subTest(name):
                events, _ = self.call(agent, *(call for call, _, _ in calls))
                told = {e.body['function_name']: values_of(e) if 'args' in e.body else []
                        for e in events}
                for _, function, values in calls:
                    if function:
                        function = re.sub('^sys_', PREFIX, function)
                        self.assertEqual(told.get(function), values)
        self.check_complete(agent)
