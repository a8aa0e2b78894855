# SPDX-License-Identifier: Apache-2.0
"""What policies with "loader: true" tell: which files processes map to execute them."""

import base64
import os
import re
import shutil
import signal
import subprocess
import unittest

from agent import PATIENCE, Agent, nanoseconds
from case import StormCase, scaled, trigger_path
from test_policies import PolicyCase, hook, policy, recent_enough

POLICY = 'apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: loads}\nspec: {loader: true}\n'
ID = '00112233445566778899aabbccddeeff01234567'
SHORT_ID = 'fedcba9876543210'


def told(event):
    """The path, and the build ID in hexadecimal; '' if there is none."""
    return event.body['path'], base64.b64decode(event.body.get('buildid', '')).hex()


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class LoaderCase(PolicyCase, StormCase):
    def setUp(self):
        super().setUp()
        self.with_id = self.library('library_with_id')
        self.loads = trigger_path('loads')

    def library(self, name, to=None):
        path = self.path(to or f'{name}.so')
        shutil.copy(trigger_path(f'{name}.so'), path)
        return path

    def do(self, agent, *steps):
        """Has the trigger do this. Returns what was told of its family, in order: of files below
        our directory."""
        return [e for e in self.run_with(agent, [self.loads, *map(str, steps)]).events
                if e.type != 'process_loader' or e.body['path'].startswith(self.dir)]

    def loads_of(self, agent, *steps):
        return [e for e in self.do(agent, *steps) if e.type == 'process_loader']

    def check_complete(self, agent):
        ended = super().check_complete(agent)
        self.assertEqual(ended.ledger.record('load', 'full'), 0)
        self.assertEqual(ended.ledger.record('load', 'pending'), 0)
        return ended


class Loader(LoaderCase):
    def test_event(self):
        agent = self.load(POLICY)
        with open(f'/proc/{agent.pid}/maps', encoding='utf-8') as f:
            self.assertIn('perf_event', f.read())
        events = self.do(agent, 'load', self.with_id)
        root = events[0]
        self.assertEqual([e.type for e in events],
                         ['process_exec', 'process_loader', 'process_exit'])
        event = events[1]
        self.assertEqual(told(event), (self.with_id, ID))
        self.assertEqual(event.exec_id, root.exec_id)
        self.assertEqual(event.process['binary'], self.loads)
        self.assertEqual(event.process['tid'], root.pid)
        self.assertEqual(event.parent['exec_id'], root.process['parent_exec_id'])
        self.assertEqual(event.response['node_name'], root.response['node_name'])
        times = [nanoseconds(e.time) for e in events]
        self.assertEqual(times, sorted(times))
        self.check_complete(agent)

    def test_text(self):
        agent = self.load(POLICY)
        [event] = self.loads_of(agent, 'load', self.with_id)
        ended = subprocess.run([os.path.join(Agent.build, 'ocelli'), 'getevents', '-o', 'compact'],
                               input=event.line + b'\n', capture_output=True, check=True)
        node = event.response['node_name']
        self.assertEqual(ended.stdout.decode().rstrip(),
                         f'🧬 loader  {node} {self.loads} {ID} {self.with_id}')
        self.check_complete(agent)

    def test_which(self):
        """Whatever way a file becomes executable; and none that does not."""
        agent = self.load(POLICY)
        short = self.library('library_with_short_id')
        without = self.library('library_without_id')
        copy = self.library('library_with_id', 'copy.so')
        gone = self.library('library_with_id', 'gone.so')
        plain = self.path('plain')
        with open(plain, 'wb') as f:
            f.write(b'#' * 8192)
        events = self.loads_of(agent, 'load', self.with_id, 'load', short, 'load', without,
                               'map', plain, 'protect', copy, 'deleted', gone,
                               'data', self.library('library_with_id', 'data.so'))
        self.assertEqual([told(e) for e in events],
                         [(self.with_id, ID), (short, SHORT_ID), (without, ''), (plain, ''),
                          (copy, ID), (gone + ' (deleted)', ID)])
        self.assertNotIn('buildid', events[2].body)
        self.check_complete(agent)

    def test_memory(self):
        agent = self.load(POLICY)
        run = self.run_with(agent, [self.loads, 'memory', self.with_id, 'näme'])
        events = [told(e) for e in run.events if e.type == 'process_loader']
        self.assertIn(('/memfd:näme (deleted)', ID), events)
        self.check_complete(agent)

    def test_once(self):
        """Of each process; a file is another under another name."""
        agent = self.load(POLICY)
        twin = self.path('twin.so')
        os.link(self.with_id, twin)
        events = self.loads_of(agent, 'load', self.with_id, 'map', self.with_id, 'storm', 1000,
                               self.with_id, 'map', twin, 'map', self.with_id)
        self.assertEqual([told(e)[0] for e in events], [self.with_id, twin])
        again = self.loads_of(agent, 'load', self.with_id)
        self.assertEqual([told(e)[0] for e in again], [self.with_id])
        ended = self.check_complete(agent)
        self.assertGreaterEqual(ended.ledger.record('load', 'duplicate'), 1000)

    def test_images(self):
        """Each image is told of after its exec and before its end, with what it mapped."""
        agent = self.load(POLICY)
        a, b, c = (self.library('library_with_id', name) for name in ('a.so', 'b.so', 'c.so'))
        run = self.run_with(agent, [self.loads, 'map', a, 'exec', 'map', b, 'fork', 'map', b,
                                    'map', c, 'exec', 'map', c])
        own = {(e.pid, e.exec_id): [] for e in run.events}
        for event in run.events:
            own[event.pid, event.exec_id].append(
                told(event)[0] if event.type == 'process_loader' else event.type)
        self.assertEqual(len(own), 4)
        files = [[x for x in each if x.startswith(('process', self.dir))]
                 for each in own.values()]
        self.assertEqual(files, [['process_exec', a], ['process_exec', b, 'process_exit'],
                                 [b, c], ['process_exec', c, 'process_exit']])
        # The program itself is among what each image that was executed has mapped.
        programs = [each for each in own.values() if 'process_exec' in each]
        for each in programs:
            self.assertEqual(each.count(self.loads), 1, each)
            self.assertEqual(each[1], self.loads)
        self.check_complete(agent)

    def test_short_lives(self):
        """Of processes that have gone when it is told."""
        agent = self.load(POLICY)
        n = scaled(200, 20)
        processes = [self.spawn([self.loads, 'map', self.with_id], stdout=subprocess.DEVNULL)
                     for _ in range(n)]
        for process in processes:
            process.wait(PATIENCE)
        self.barrier(agent)
        pids = {p.pid for p in processes}
        execs = {e.pid: e.exec_id for e in agent.events if e.is_exec and e.pid in pids and
                 e.process['binary'] == self.loads}
        events = {e.pid: e for e in agent.events
                  if e.type == 'process_loader' and e.body['path'] == self.with_id}
        self.assertEqual(set(events), pids)
        for pid, event in events.items():
            self.assertEqual(event.exec_id, execs[pid])
            self.assertEqual(event.process['binary'], self.loads)
        self.check_complete(agent)

    def test_alone(self):
        """What a process maps long after it began is told while nothing else happens to it."""
        agent = self.load(POLICY)
        process = self.spawn([self.loads, 'wait', 'load', self.with_id, 'wait'],
                             stdin=subprocess.PIPE)
        self.assertIn(b'waits', process.stdout.readline())
        self.barrier(agent)
        since = len(agent.events)
        # The end of its input is for both.
        process.stdin.close()
        process.stdin = None
        agent.wait_for(lambda e: e.type == 'process_loader' and e.body['path'] == self.with_id,
                       since=since)
        process.wait(PATIENCE)
        self.check_complete(agent)

    @unittest.skipUnless('OCELLI_TEST_SLOWNESS' in os.environ, 'the machine is not ours alone')
    def test_cpus_come_and_go(self):
        cpu = os.cpu_count() - 1
        switch = f'/sys/devices/system/cpu/cpu{cpu}/online'
        if cpu == 0 or not os.path.exists(switch):
            self.skipTest('there is no CPU that can go')

        def turn(state):
            with open(switch, 'w', encoding='ascii') as f:
                f.write(state)

        def is_seen():
            """Of a name of its own: once told is told."""
            path = self.library('library_with_id', f'{len(os.listdir(self.dir))}.so')
            since = len(agent.events)
            process = self.spawn(['taskset', '-c', str(cpu), self.loads, 'map', path])
            process.wait(PATIENCE)
            self.assertEqual(process.returncode, 0)
            agent.wait_exit(process.pid, since)
            return any(e.type == 'process_loader' and e.body['path'] == path
                       for e in agent.events[since:])

        self.addCleanup(turn, '1')
        self.write(POLICY)
        agent = self.start_agent('--log-level=debug', '--tracing-policy',
                                 self.path('policies')).wait_ready()
        self.assertTrue(is_seen())
        known = agent.log().count('loads are told of CPUs')
        turn('0')
        self.wait_until(lambda: agent.log().count('loads are told of CPUs') > known,
                        'that the CPU has gone')
        turn('1')
        self.wait_until(is_seen, 'what is loaded on the CPU that came back')
        self.check_end(agent)

    def test_losses_are_counted(self):
        agent = self.load(POLICY)
        n = 40000
        os.kill(agent.pid, signal.SIGSTOP)
        process = self.spawn([self.loads, 'storm', str(n), self.with_id])
        process.wait(2 * PATIENCE)
        os.kill(agent.pid, signal.SIGCONT)
        self.barrier(agent)
        # Its buffer has room again.
        other = self.library('library_with_id', 'other.so')
        self.assertEqual([told(e)[0] for e in self.loads_of(agent, 'map', other)], [other])
        ended = self.check_end(agent)
        load = ended.ledger.records['load']
        self.assertGreater(load['full'], 0)
        self.assertGreaterEqual(load['full'] + load['duplicate'], n - 1)
        self.assertEqual(load['produced'], load['full'])
        self.assertEqual(len([e for e in agent.events if e.type == 'process_loader' and
                              e.body['path'] == self.with_id]), 1)

    def test_with_hooks(self):
        """In one policy, and the events of both in their order."""
        agent = self.load(policy('both', hook('sys_getpriority'), lists='  loader: true\n'))
        events, root = self.call(agent, ('getpriority', 0, 0))
        self.assertEqual(len(events), 1)
        mine = [e for e in agent.events if e.exec_id == root.exec_id]
        self.assertEqual([e.type for e in mine],
                         ['process_exec', 'process_loader', 'process_kprobe', 'process_exit'])
        self.check_complete(agent)

    def test_nobody_asks(self):
        """Without, there is no event at all, and so no cost."""
        agent = self.load(policy('other', hook('sys_getpriority')))
        with open(f'/proc/{agent.pid}/maps', encoding='utf-8') as f:
            self.assertNotIn('perf_event', f.read())
        self.assertEqual(self.loads_of(agent, 'load', self.with_id), [])
        self.check_complete(agent)


class Refused(LoaderCase):
    def test_pid_namespace(self):
        self.write(POLICY)
        agent = self.start_agent('--tracing-policy', self.path('policies'),
                                 prefix=('unshare', '--pid', '--fork', '--kill-child'))
        agent.wait_ready()
        self.assertTrue(re.search(r'policy.yaml:4:\d+: error: the agent is in a PID namespace of '
                                  r'its own', agent.log()), agent.log())
        self.assertIn('policy loads is not loaded', agent.log())


if __name__ == '__main__':
    unittest.main()
