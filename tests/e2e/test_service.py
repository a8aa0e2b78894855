# SPDX-License-Identifier: Apache-2.0
"""What the agent tells the service manager that started it: sd_notify(3)."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest

from agent import PATIENCE, Agent
from case import Case, trigger_path
from test_policies import hook, policy, recent_enough


UNIT = os.path.join(Agent.build or '', 'packaging', 'ocellid.service')


def settings_of(unit):
    """{name: value} of a unit's file."""
    with open(unit, encoding='utf-8') as f:
        return dict(re.findall(r'^(\w+)=(.*)$', f.read(), re.MULTILINE))


class Manager:
    """A notification socket, read from outside."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.settimeout(PATIENCE)
        self.env = {'NOTIFY_SOCKET': path}

    def next(self, but=()):
        """{variable: value} of the next message that has none of those."""
        while True:
            lines = self.socket.recv(65536).decode().splitlines()
            message = dict(line.split('=', 1) for line in lines)
            if not set(but) & set(message):
                return message

    def wait_for(self, variable):
        while variable not in (message := self.next()):
            pass
        return message


class Service(Case):
    def setUp(self):
        super().setUp()
        path = self.path('notify')
        self.manager = Manager(path)
        self.addCleanup(self.manager.socket.close)

    @unittest.skipUnless(recent_enough(), 'policies need Linux 5.13 (docs/kernels.md)')
    def test_life(self):
        os.mkdir(self.path('policies'))
        with open(self.path('policies/one.yaml'), 'w', encoding='utf-8') as f:
            f.write(policy('one', hook('sys_getpriority')))
        with open(self.path('policies/two.yaml'), 'w', encoding='utf-8') as f:
            f.write(policy('two', hook('sys_of_no_kernel')))
        agent = self.start_agent(f'--tracing-policy={self.path("policies")}',
                                 env=self.manager.env)
        self.assertEqual(self.manager.next(),
                         {'STATUS': 'Looking at the processes that there are'})
        self.assertEqual(self.manager.next(), {'STATUS': 'Loading policies'})
        ready = {'READY': '1', 'STATUS': 'Watching; 1 policy works, 1 does not'}
        self.assertEqual(self.manager.next(), ready)
        for _ in range(2):
            before = time.monotonic_ns() // 1000
            agent.process.send_signal(signal.SIGHUP)
            message = self.manager.next()
            self.assertEqual(message.pop('RELOADING'), '1')
            usec = int(message.pop('MONOTONIC_USEC'))
            self.assertTrue(before <= usec <= time.monotonic_ns() // 1000)
            self.assertEqual(message, {'STATUS': 'Reading the policies again'})
            self.assertEqual(self.manager.next(), ready)
        self.check_end(agent)
        self.assertEqual(self.manager.next(),
                         {'STOPPING': '1', 'STATUS': 'Writing what is left'})

    def test_watchdog(self):
        """While it hangs there is no sign of life."""
        agent = self.start_agent(env={**self.manager.env, 'WATCHDOG_USEC': '200000'})
        self.manager.wait_for('READY')
        times = []
        for _ in range(5):
            self.manager.wait_for('WATCHDOG')
            times.append(time.monotonic())
        self.assertLess(times[-1] - times[0], 4 * 0.2 * 2)
        agent.process.send_signal(signal.SIGSTOP)
        self.addCleanup(agent.process.send_signal, signal.SIGCONT)
        with self.assertRaises(TimeoutError):
            self.manager.socket.settimeout(0.5)
            while True:
                self.manager.next()
        agent.process.send_signal(signal.SIGCONT)
        self.manager.socket.settimeout(PATIENCE)
        self.manager.wait_for('WATCHDOG')
        self.check_end(agent)

    def test_no_watchdog_that_was_not_asked_for(self):
        for more in ({}, {'WATCHDOG_USEC': '10000', 'WATCHDOG_PID': '1'}):
            agent = self.start_agent(env={**self.manager.env, **more}).wait_ready()
            self.manager.wait_for('READY')
            self.check_end(agent)
            self.assertIn('STOPPING', self.manager.next())

    def test_abstract_socket(self):
        name = f'\0ocelli-e2e-{os.getpid()}'
        manager = Manager(name)
        self.addCleanup(manager.socket.close)
        agent = self.start_agent(env={'NOTIFY_SOCKET': '@' + name[1:]}).wait_ready()
        self.assertEqual(manager.wait_for('READY')['STATUS'], 'Watching; 0 policies work')
        self.check_end(agent)

    def test_a_manager_that_is_gone(self):
        self.manager.socket.close()
        agent = self.start_agent(env=self.manager.env).wait_ready()
        self.check_end(agent)


@unittest.skipUnless(os.path.exists(UNIT), 'there is no unit here')
class Unit(Case):
    def test_capabilities_are_enough(self):
        """Those that it leaves to the agent, none of which comes back."""
        names = [name.removeprefix('CAP_').lower()
                 for name in settings_of(UNIT)['CapabilityBoundingSet'].split()]
        confined = ['setpriv', '--no-new-privs', '--inh-caps=-all',
                    '--bounding-set=-all,' + ','.join('+' + name for name in names)]
        if subprocess.run([*confined, 'true'], capture_output=True, check=False).returncode:
            self.skipTest('setpriv does not know these capabilities')
        with open(self.path('one.yaml'), 'w', encoding='utf-8') as f:
            f.write(policy('one', hook('sys_getpriority', more='    return: false\n') +
                           '    selectors:\n    - matchActions:\n'
                           '      - {action: Post, kernelStackTrace: true}\n'))
        agent = self.start_agent(f'--tracing-policy={self.path("one.yaml")}',
                                 '--username-metadata=unix',
                                 '--enable-process-environment-variables',
                                 prefix=confined).wait_ready()
        run = self.run_with(agent, [trigger_path('call'), 'getpriority', '0', '0'])
        self.assertEqual([e.type for e in run.events if 'kprobe' in e.type], ['process_kprobe'])
        ended = self.check_end(agent)
        self.assertNotRegex(ended.stderr, 'level=(warn|error)')

    @unittest.skipUnless(shutil.which('systemd-analyze'), 'there is no systemd here')
    def test_systemd_likes_it(self):
        unit = self.path('ocellid.service')
        with open(UNIT, encoding='utf-8') as f:
            text = f.read()
        program = os.path.join(Agent.build, 'ocellid')
        with open(unit, 'w', encoding='utf-8') as f:
            f.write(re.sub('^ExecStart=.*$', 'ExecStart=' + program, text, flags=re.MULTILINE))
        analyze = subprocess.run(['systemd-analyze', 'verify', '--man=no', unit],
                                 capture_output=True, text=True, check=False)
        self.assertEqual((analyze.returncode, analyze.stderr), (0, ''))
        # Ten is without any protection; what is left is told in the unit.
        analyze = subprocess.run(['systemd-analyze', 'security', '--offline=true', '--no-pager',
                                  '--threshold=40', unit],
                                 capture_output=True, text=True, check=False)
        self.assertEqual(analyze.returncode, 0, analyze.stdout)
