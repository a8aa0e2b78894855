# SPDX-License-Identifier: Apache-2.0
"""Random policies on random calls: the kernel decides as the evaluator does, and tells the
arguments as they are (tests/differential). Without the agent: the compiler and the library."""

import os
import re
import subprocess

from agent import Agent
from case import Case, needs, scaled, tracefs, without_feature
from test_policies import recent_enough


def has_tracepoint(name):
    return os.path.exists(f'{tracefs()}/events/{name}')


class Differential(Case):
    POLICIES = int(os.environ.get('OCELLI_DIFFERENTIAL', scaled(100, 30)))
    CALLS = 40

    def compare(self, way, *some):
        """Besides what every way has, there are to be some of these, and none of the others."""
        if not recent_enough():
            self.skipTest('this kernel has no atomic operations that return a value')
        os.mkdir(self.path('files'))
        program = os.path.join(Agent.build, 'tests/differential/differential')
        done = subprocess.run([program, way, str(self.POLICIES), str(self.CALLS),
                               self.path('files')], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        counts = {name: int(n) for name, n in re.findall(r'(\w+)=(\d+)', done.stdout)}
        self.assertEqual(counts['calls'], self.POLICIES * self.CALLS)
        for count in ('told', 'quiet'):
            self.assertGreater(counts[count], self.POLICIES * self.CALLS / 5)
        self.assertGreater(counts['limited'], 0)
        for count in {'faults', 'data', 'returned', 'withdrawn', 'limited_returns', *some}:
            self.assertEqual(counts[count] > 0, count in some, count)

    RETURNS = ('returned', 'withdrawn', 'limited_returns')

    def test_run_by_hand(self):
        self.compare('test_run', 'faults', 'data', *self.RETURNS)

    @without_feature('kprobe')
    def test_on_all_calls(self):
        self.compare('sys_enter', 'faults', 'data', *self.RETURNS)

    @needs('kprobe')
    def test_on_the_function(self):
        self.compare('kprobe', 'faults', 'data', *self.RETURNS)

    @needs('fentry')
    def test_on_the_function_by_its_type(self):
        self.compare('fentry', 'faults', 'data', *self.RETURNS)

    # Of a socket's data there are files that are none.
    @needs('kprobe')
    def test_on_sockets(self):
        self.compare('socket_kprobe', 'faults', 'data', *self.RETURNS)

    @needs('fentry')
    def test_on_sockets_by_type(self):
        self.compare('socket_fentry', 'faults', 'data', *self.RETURNS)

    def test_on_what_is_sent(self):
        if not has_tracepoint('sock/sock_send_length'):
            self.skipTest('this kernel has no tracepoint where something is sent')
        self.compare('socket_tracepoint')

    def test_on_packets(self):
        self.compare('packet_tracepoint')

    @needs('lsm_active')
    def test_on_files(self):
        self.compare('lsm_open', 'truncated')

    @needs('lsm_active')
    def test_on_programs(self):
        self.compare('lsm_exec', 'truncated')

    @needs('lsm_active')
    def test_on_directories(self):
        self.compare('lsm_mkdir', 'truncated')

    @needs('lsm_active')
    def test_on_sockets_of_the_security_modules(self):
        self.compare('lsm_socket')
