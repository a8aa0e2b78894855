# SPDX-License-Identifier: Apache-2.0
"""What policies enforce goes on when the agent has ended, and the next one takes over."""

import ctypes
import json
import os
import platform
import shutil
import signal
import struct
import subprocess
import time
import unittest

from agent import PATIENCE, Agent
from case import needs, scaled, trigger_path
from test_enforcement import KILL, MONITORS, EnforcementCase, one, seeks
from test_policies import policy, recent_enough
from test_policy_hooks import OLD, lsm, section
from test_uprobes import equal, uprobe
from test_uprobes import policy as programs

KEEP = '--keep-sensors-on-exit'


def ocelli(*args):
    return subprocess.run([os.path.join(Agent.build, 'ocelli'), *args], capture_output=True,
                          text=True, check=False)


class LastingCase(EnforcementCase):
    def setUp(self):
        super().setUp()
        self.libc = ctypes.CDLL(None, use_errno=True)
        os.mkdir(self.path('fs'))
        if self.libc.mount(b'bpf', self.path('fs').encode(), b'bpf', 0, None):
            self.skipTest(f'no BPF file system: {os.strerror(ctypes.get_errno())}')
        # With all that is pinned there.
        self.addCleanup(self.libc.umount2, self.path('fs').encode(), 0)
        self.bpf_dir = self.path('fs/ours')

    def begin(self, *args):
        return self.start_agent('--tracing-policy', self.path('policies'), *args,
                                bpf_dir=self.bpf_dir).wait_ready()

    def directories(self):
        return sorted(os.listdir(self.bpf_dir)) if os.path.exists(self.bpf_dir) else []

    def listed(self):
        return json.loads(ocelli('pins', 'list', '--bpf-dir', self.bpf_dir, '-o', 'json').stdout)

    def pins(self):
        return [os.path.join(self.bpf_dir, d, p) for d in self.directories()
                for p in sorted(os.listdir(os.path.join(self.bpf_dir, d))) if p != 'about']

    def is_killed(self):
        """Whether who seeks to -7 is, now."""
        process = self.spawn([trigger_path('call'), 'lseek', '-7', '0', '0'])
        process.communicate()
        return process.returncode == -signal.SIGKILL

    def wait_spared(self):
        """What has lost its name, the kernel ends when it has time (kernel/bpf/syscall.c:
        bpf_link_put())."""
        end = time.monotonic() + PATIENCE
        while self.is_killed():
            self.assertLess(time.monotonic(), end)

    def kills(self):
        self.write(policy('kills', seeks(KILL, -7)))


@unittest.skipUnless(recent_enough(), OLD)
class Lasting(LastingCase):
    def test_killed(self):
        self.kills()
        first = self.begin()
        self.assertTrue(self.pins())
        first.kill()
        self.assertTrue(self.is_killed())
        left = self.directories()
        second = self.begin()
        self.assertIn('took over from the agent before', second.log())
        self.assertEqual(len(self.directories()), 1)
        self.assertNotEqual(self.directories(), left)
        self.assertEqual(self.make(second, ('lseek', -7, 0, 0))[1:], (-signal.SIGKILL, ['SIGKILL']))
        ended = self.check_complete(second)
        self.assertEqual(ended.ledger.policies['kills'], {'post': 1, 'signal': 1})
        self.assertEqual(self.directories(), [])
        self.assertFalse(self.is_killed())

    @needs('uprobe')
    def test_in_programs(self):
        """Also what is many places at once, and what waits for memory."""
        hooked = trigger_path('hooked')
        kill = '{action: Sigkill}'
        self.write(programs('ends', uprobe(hooked, 'add, factorial', (0, 'int'),
                                           selectors=equal(0, 7, actions=kill)),
                            uprobe(hooked, 'measure', (0, 'string'),
                                   selectors=equal(0, 'bad', actions=kill))))

        def status(*args):
            return subprocess.run([hooked, *args], capture_output=True, check=False).returncode

        def check_all(wanted):
            for args in ('add', '7', '1'), ('factorial', '7'), ('measure', 'bad', 'x'):
                self.assertEqual(status(*args), wanted, args)
            self.assertEqual(status('add', '6', '1'), 0)

        agent = self.begin()
        check_all(-signal.SIGKILL)
        agent.kill()
        check_all(-signal.SIGKILL)
        second = self.begin()
        check_all(-signal.SIGKILL)
        self.check_complete(second)
        check_all(0)

    def test_stopped_in_order(self):
        """That ends it, if it is not asked to go on."""
        self.kills()
        agent = self.begin()
        self.assertTrue(self.is_killed())
        self.check_complete(agent)
        self.assertEqual(self.directories(), [])
        self.assertFalse(self.is_killed())

    def test_goes_on_when_stopped(self):
        self.kills()
        agent = self.begin(KEEP)
        self.assertEqual(self.make(agent, ('lseek', -7, 0, 0))[1], -signal.SIGKILL)
        ended = self.check_complete(agent)
        self.assertIn('goes on without the agent', ended.stderr)
        for _ in range(3):
            self.assertTrue(self.is_killed())
        # The next one has other policies.
        self.write(policy('kills', seeks(KILL, -8)))
        agent = self.begin(KEEP)
        self.wait_spared()
        self.write(policy('kills', seeks('{action: Post}', -8)))
        self.reload(agent)
        # Nothing is enforced any more.
        self.assertEqual(self.pins(), [])
        self.check_complete(agent)
        self.assertEqual(self.directories(), [])

    def reload(self, agent):
        since = agent.lines_of_log
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_log('policy kills: enabled', since)

    def test_only_what_enforces(self):
        self.write(policy('looks', seeks('{action: Post}', -7)))
        self.write(policy('tries', seeks(KILL, -8), lists=MONITORS), 'tries.yaml')
        agent = self.begin()
        self.assertEqual(self.directories(), [])
        self.check_complete(agent)

    def test_failed_start(self):
        """What was enforced goes on until all that is to be does."""
        self.kills()
        self.begin(KEEP).stop()
        left = self.directories()
        self.write('apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {', 'policy.yaml')
        agent = self.begin(KEEP)
        self.assertIn('goes on beside this one', agent.log())
        self.assertEqual(self.directories(), left)
        self.assertTrue(self.is_killed())
        self.kills()
        since = agent.lines_of_log
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_log('took over from the agent before', since)
        self.assertNotIn(left[0], self.directories())
        self.assertTrue(self.is_killed())
        self.check_complete(agent)
        self.assertTrue(self.is_killed())

    def test_one_that_dies_at_its_start(self):
        self.kills()
        self.begin(KEEP).stop()
        left = self.directories()
        ended = self.start_agent('--tracing-policy', self.path('policies'), '--export-filename',
                                 self.path('nowhere/events'), bpf_dir=self.bpf_dir).wait_end()
        self.assertEqual(ended.status, 1)
        self.assertEqual(self.directories(), left)
        self.assertTrue(self.is_killed())

    def test_two_agents(self):
        """One does not take over what another does."""
        self.kills()
        first = self.begin()
        of_first = self.directories()
        second = self.begin()
        self.assertEqual(len(self.directories()), 2)
        self.assertNotIn('took over', second.log())
        self.check_complete(second)
        self.assertEqual(self.directories(), of_first)
        self.assertTrue(self.is_killed())
        self.check_complete(first)

    def test_two_that_are_gone(self):
        self.kills()
        for _ in range(2):
            agent = self.begin()
            agent.kill()
        # The second took over from the first.
        self.assertEqual(len(self.directories()), 1)
        self.assertTrue(self.is_killed())

    def test_change_and_death(self):
        """Of what was replaced nothing stays."""
        self.kills()
        agent = self.begin()
        for number in -8, -9, -10:
            self.write(policy('kills', seeks(KILL, number)))
            self.reload(agent)
        self.assertFalse(self.is_killed())
        n = len(self.pins())
        agent.kill()
        self.assertEqual(len(self.pins()), n)
        self.assertFalse(self.is_killed())
        self.assertEqual(subprocess.run([trigger_path('call'), 'lseek', '-10', '0', '0'],
                                        check=False).returncode, -signal.SIGKILL)

    def test_no_file_system(self):
        self.kills()
        agent = self.start_agent('--tracing-policy', self.path('policies'),
                                 bpf_dir=self.path('ours')).wait_ready()
        self.assertIn('should the agent be killed', agent.log())
        self.assertIn('mount -t bpf', agent.log())
        self.assertTrue(self.is_killed())
        self.check_complete(agent)
        agent = self.start_agent('--tracing-policy', self.path('policies'), KEEP,
                                 bpf_dir=self.path('ours'))
        ended = agent.wait_end()
        self.assertEqual(ended.status, 1)
        self.assertIn('is in no BPF file system', ended.stderr)


@unittest.skipUnless(recent_enough(), OLD)
class Command(LastingCase):
    def test_list(self):
        self.assertEqual(self.listed(), {'agents': []})
        self.assertEqual(ocelli('pins', 'list', '--bpf-dir', self.bpf_dir).stdout,
                         'Nothing is pinned.\n')
        self.kills()
        agent = self.begin(KEEP)
        for in_use in True, False:
            found, = self.listed()['agents']
            self.assertEqual(found['directory'], os.path.join(self.bpf_dir, self.directories()[0]))
            self.assertEqual((found['in_use'], found['pid']), (in_use, agent.pid))
            self.assertEqual(found['policies'], [{'name': 'kills', 'namespace': '',
                                                  'domain': 'static', 'mode': 'enforce'}])
            self.assertTrue(any('sys_' in pin or 'lseek' in pin for pin in found['pins']))
            text = ocelli('pins', 'list', '--bpf-dir', self.bpf_dir).stdout
            self.assertIn('kills', text)
            self.assertIn(f'of the agent with pid {agent.pid}' if in_use else 'left by', text)
            if in_use:
                agent.stop()

    def test_remove(self):
        self.kills()
        agent = self.begin(KEEP)
        refused = ocelli('pins', 'remove', '--bpf-dir', self.bpf_dir)
        self.assertEqual(refused.returncode, 0)
        self.assertIn('Nothing was left', refused.stdout)
        refused = ocelli('pins', 'remove', '--bpf-dir', self.bpf_dir, self.directories()[0])
        self.assertEqual(refused.returncode, 1)
        self.assertIn('of an agent that runs', refused.stderr)
        self.assertTrue(self.is_killed())
        agent.stop()
        self.assertTrue(self.is_killed())
        removed = ocelli('pins', 'remove', '--bpf-dir', self.bpf_dir)
        self.assertEqual((removed.returncode, removed.stderr), (0, ''))
        self.assertEqual(self.directories(), [])
        self.assertFalse(self.is_killed())


class Maps:
    """The maps that an agent has open, as anybody who is root gets at them."""

    UPDATE, DELETE, BY_ID = 2, 3, 14
    NUMBER = {'x86_64': 321, 'aarch64': 280}[platform.machine()]

    def __init__(self, agent, libc):
        self.libc = libc
        self.ids = set()
        for fd in os.listdir(f'/proc/{agent.pid}/fdinfo'):
            with open(f'/proc/{agent.pid}/fdinfo/{fd}', encoding='utf-8') as f:
                facts = dict(line.split(':', 1) for line in f if ':' in line)
            if 'map_id' in facts:
                self.ids.add((int(facts['map_id']), int(facts['map_type']),
                              int(facts['value_size']), int(facts['map_flags'], 16)))

    def bpf(self, command, attr):
        attr = ctypes.create_string_buffer(attr, 128)
        return self.libc.syscall(self.NUMBER, command, attr, 128)

    def each(self, kind, size, flags=None):
        for number, its_kind, its_size, its_flags in sorted(self.ids):
            if (its_kind, its_size) == (kind, size) and flags in (None, its_flags):
                fd = self.bpf(self.BY_ID, struct.pack('I', number))
                if fd >= 0:
                    yield fd
                    os.close(fd)

    def clear(self, fd):
        key, value = ctypes.c_uint32(0), ctypes.create_string_buffer(4096)
        return self.bpf(self.UPDATE, struct.pack('IxxxxQQ', fd, ctypes.addressof(key),
                                                 ctypes.addressof(value)))

    def delete(self, fd, key):
        key = ctypes.c_uint32(key)
        return self.bpf(self.DELETE, struct.pack('IxxxxQ', fd, ctypes.addressof(key)))


@unittest.skipUnless(recent_enough(), OLD)
class Meddling(LastingCase):
    """Who is root can do much; that does not go unnoticed, and does not last."""

    ARRAY, PROGRAMS, MMAPABLE = 2, 3, 1 << 10

    def begin(self, *args):
        self.kills()
        agent = super().begin(*args)
        self.assertTrue(self.is_killed())
        return agent

    def check_mended(self, agent, what, since):
        agent.wait_log(what, since)
        self.wait_until(self.is_killed, 'the kill')
        self.check_complete(agent)

    def test_jumps(self):
        agent = self.begin()
        maps = Maps(agent, self.libc)
        since = agent.lines_of_log
        n = 0
        for fd in maps.each(self.PROGRAMS, 4):
            n += sum(maps.delete(fd, i) == 0 for i in range(2))
        self.assertGreater(n, 0)
        self.check_mended(agent, 'taken from its dispatcher', since)

    def test_turns(self):
        agent = self.begin()
        maps = Maps(agent, self.libc)
        since = agent.lines_of_log
        # A page, of which the agent maps the beginning.
        changed = [maps.clear(fd) for fd in maps.each(self.ARRAY, 4096, self.MMAPABLE)]
        self.assertEqual(changed, [0])
        self.check_mended(agent, 'the turn that programs look at', since)

    def test_pins(self):
        agent = self.begin()
        since = agent.lines_of_log
        pins = self.pins()
        for pin in pins:
            os.unlink(pin)
        agent.wait_log('its pins were removed', since)
        self.wait_until(lambda: len(self.pins()) == len(pins), 'pins')
        since = agent.lines_of_log
        shutil.rmtree(self.bpf_dir)
        agent.wait_log('its pins were removed', since)
        self.wait_until(lambda: len(self.pins()) == len(pins), 'pins')
        self.wait_until(lambda: [v for v in self.listed()['agents'] if v.get('policies')], 'what is said of them')
        agent.kill()
        self.assertTrue(self.is_killed())


@unittest.skipUnless(recent_enough(), OLD)
class Gap(LastingCase):
    """What insists all the time finds no moment to pass."""

    @needs('lsm_active')
    def test_restarts(self):
        path = self.path('secret')
        with open(path, 'w', encoding='ascii'):
            pass
        self.write(section('denies', 'lsmhooks', lsm('file_open', (0, 'file')) +
                           '    selectors:\n' + one(
                               '{action: Override, argError: -1}, {action: NoPost}',
                               (0, 'Equal', [path]))))
        agent = self.begin(KEEP)
        insists = self.spawn([trigger_path('acts'), 'insist', path, str(scaled(1000000, 100000))],
                             stdin=subprocess.PIPE, text=True)
        for i in range(10):
            if i % 2:
                agent.kill()
            else:
                agent.stop()
            agent = self.begin(KEEP)
        out = json.loads(insists.communicate()[0])
        self.assertEqual(out['passed'], 0)
        self.assertGreaterEqual(out['tries'], scaled(1000000, 100000))
        agent.stop()
