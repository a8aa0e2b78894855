# SPDX-License-Identifier: Apache-2.0
"""How much the agent may take, and what it tells when it may not take more."""

import os
import statistics
import subprocess
import time
import unittest

from agent import PATIENCE, nanoseconds, split_exec_id
from case import StormCase, flags_of, is_sanitized, list_facts, scaled, trigger_path

MEGABYTE = 1 << 20
# More than a sleeper and who forked it ever executed.
IMAGES = 9
SLEEPERS = 3000


def not_sanitized(test):
    return unittest.skipIf(is_sanitized(), 'of a sanitized agent this says nothing')(test)


class Table(StormCase):
    """The table of processes, with more of them alive than it may hold."""

    def start_sleepers(self):
        crowd = self.start_in_cgroup('crowd', 'sleepers', SLEEPERS, stdin=subprocess.PIPE)
        crowd.children = {}
        while True:
            line = crowd.stdout.readline()
            self.assertTrue(line)
            [fact] = list_facts(line.decode())
            if 'ready' in fact:
                return crowd
            pid = fact['child']
            with open(f'/proc/{pid}/stat', encoding='utf-8') as f:
                crowd.children[pid] = int(f.read().rpartition(')')[2].split()[19])

    def check_sleepers(self, agent, crowd, kept):
        """After their end: about @kept of them were known all the time, the others are said to
        have been forgotten, and all have the right ids."""
        self.end(crowd)
        self.barrier(agent)
        exits = [e for e in self.events_of(agent, crowd) if e.is_exit and e.pid in crowd.children]
        self.assertEqual(len(exits), SLEEPERS)
        self.assertEqual({e.pid for e in exits}, set(crowd.children))
        forgotten = [e for e in exits if 'unknown' in flags_of(e.process).split()]
        self.assertGreater(len(forgotten), SLEEPERS - kept)
        tick = 10**9 // os.sysconf('SC_CLK_TCK')
        for event in exits:
            known = event not in forgotten
            self.assertEqual(event.process.get('forgotten', False), not known)
            self.assertEqual('binary' in event.process, known)
            # The time of the fork and a small number of images: docs/identity.md.
            _, number, pid = split_exec_id(event.exec_id)
            self.assertEqual(pid, event.pid)
            # Where the clock stands still between ticks, that number leads over the next.
            self.assertIn(crowd.children[event.pid], (number // tick, (number - IMAGES) // tick))
            # What the kernel says at the end.
            for name in ('uid', 'parent_exec_id', 'start_time', 'cgroup_id', 'cgroup'):
                self.assertIn(name, event.process)
            self.assertEqual(event.process['parent_pid'], crowd.pid)
        # All are children of the same image.
        self.assertEqual(len({e.process['parent_exec_id'] for e in exits}), 1)
        ended = self.check_complete(agent)
        processes = ended.ledger.processes
        self.assertGreaterEqual(processes['forgotten_alive'], len(forgotten))
        return ended

    def test_entries(self):
        agent = self.start_agent('--export-extended-fields',
                                 '--process-cache-size=1024').wait_ready()
        ended = self.check_sleepers(agent, self.start_sleepers(), 1024)
        self.assertLessEqual(ended.ledger.processes['entries'], 1024)

    def test_bytes(self):
        agent = self.start_agent('--export-extended-fields',
                                 '--process-cache-bytes=1M').wait_ready()
        # An entry of a process that only forked is a few hundred bytes.
        crowd = self.start_sleepers()
        self.end(crowd)
        self.barrier(agent)
        exits = [e for e in self.events_of(agent, crowd) if e.is_exit and e.pid in crowd.children]
        self.assertEqual(len(exits), SLEEPERS)
        ended = self.check_complete(agent)
        self.assertLessEqual(ended.ledger.processes['bytes'], MEGABYTE)

    def test_bytes_of_large_images(self):
        """Each with 100 KB of arguments: eight fit into a megabyte."""
        agent = self.start_agent('--export-extended-fields',
                                 '--process-cache-bytes=1M').wait_ready()
        hold = self.copy_trigger('hold')
        held = [self.spawn([hold, str(i), 'x' * 100_000], stdin=subprocess.PIPE)
                for i in range(30)]
        for process in held:
            self.assertTrue(process.stdout.readline())
        for process in held:
            process.communicate(b'')
        self.barrier(agent)
        execs = {e.exec_id for e in agent.events if e.is_exec and e.process['binary'] == hold}
        exits = [e for e in agent.events if e.is_exit and e.exec_id in execs]
        self.assertEqual((len(execs), len(exits)), (30, 30))
        unknown = [e for e in exits if 'unknown' in flags_of(e.process).split()]
        self.assertGreater(len(unknown), 15)
        for event in unknown:
            self.assertIs(event.process['forgotten'], True)
        ended = self.check_complete(agent)
        self.assertLessEqual(ended.ledger.processes['bytes'], MEGABYTE)
        self.assertGreaterEqual(ended.ledger.processes['forgotten_alive'], len(unknown))

    def test_more_than_it_may_hold_at_the_start(self):
        crowd = self.start_sleepers()
        agent = self.start_agent('--export-extended-fields',
                                 '--process-cache-size=1024').wait_ready()
        announced = [e for e in self.events_of(agent, crowd) if e.is_exec]
        self.assertEqual(len({e.pid for e in announced}), len(announced))
        ended = self.check_sleepers(agent, crowd, 1024)
        self.assertLessEqual(ended.ledger.processes['entries'], 1024)

    def test_every_old_process_is_announced(self):
        """Also when there are more of them than the table holds: an event needs no entry after
        it."""
        crowd = self.start_sleepers()
        agent = self.start_agent('--export-extended-fields',
                                 '--process-cache-size=1024').wait_ready()
        self.end(crowd)
        self.check_end(agent)
        announced = {e.pid for e in self.events_of(agent, crowd) if e.is_exec}
        self.assertEqual(len(set(crowd.children) - announced), 0)


def cpu_seconds(pid):
    with open(f'/proc/{pid}/stat', encoding='utf-8') as f:
        fields = f.read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


class LongFamily(StormCase):
    """One process and 20,000 images, each the parent of the next: a family that only grows. Some
    ten seconds; each test looks at one side of it."""

    # More than the entries that it may take.
    N = scaled(20_000, 6000)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls()
        case.setUp()
        try:
            cls.agent = case.start_agent('--export-extended-fields').wait_ready()
            cls.short, cls.cost_of_short = case.run_chain(cls.N // 10)
            cls.long, cls.cost_of_long = case.run_chain(cls.N)
            cls.ended = case.check_complete(cls.agent)
        finally:
            case.doCleanups()

    def run_chain(self, n):
        """Returns its file and the agent's time for one of its images."""
        chain, before = self.copy_trigger('chain'), cpu_seconds(self.agent.pid)
        process = self.spawn([chain, str(n)])
        self.assertEqual(process.wait(8 * PATIENCE), 9)
        self.agent.wait_for(lambda e: e.is_exit and e.process.get('binary') == chain)
        return chain, (cpu_seconds(self.agent.pid) - before) / n

    def test_every_image_in_order(self):
        execs = [e for e in self.agent.events
                 if e.is_exec and e.process.get('binary') == self.long]
        self.assertEqual([e.process['argv'][1] for e in execs],
                         [str(i) for i in range(self.N, 0, -1)])
        for last, event in zip(execs, execs[1:]):
            self.assertEqual(event.process['parent_exec_id'], last.exec_id)
            self.assertEqual(event.parent['exec_id'], last.exec_id)

    def test_limits(self):
        processes = self.ended.ledger.processes
        self.assertLess(processes['entries'], 5000)
        self.assertEqual(processes['forgotten_alive'], 0)

    def test_as_fast_as_the_first(self):
        """Whoever executes in a loop must not make each event dearer than the last: ten times
        as many would cost ten times as much each."""
        self.assertLess(self.cost_of_long, 4 * self.cost_of_short + 10e-6)


class Cost(StormCase):
    """Sanity: the measurements are in bench."""

    @not_sanitized
    def test_memory(self):
        """100,000 execs: some thirty seconds."""
        agent = self.start_agent(output=subprocess.DEVNULL, ring=None, buffer='1M').wait_ready()
        at_start = agent.memory('VmRSS')
        self.assertLess(at_start, 16 * MEGABYTE)
        half = scaled(50_000, 2500)
        storms = [self.start_in_cgroup('crowd', 'leaves', half) for _ in range(2)]
        for storm in storms:
            self.end(storm, 8 * PATIENCE)
        after = agent.memory('VmRSS')
        ended = self.check_end(agent)
        self.assertGreaterEqual(ended.ledger.record('exec', 'produced'), 2 * half)
        self.assertLess(after, 32 * MEGABYTE, f'{at_start >> 10} KiB at the start')

    @not_sanitized
    def test_memory_of_forks(self):
        """Of processes that are gone nothing is left."""
        agent = self.start_agent(output=subprocess.DEVNULL, ring=None, buffer='1M').wait_ready()
        self.end(self.start_in_cgroup('churn', scaled(3000, 1000), 32))
        first = agent.memory('VmRSS')
        self.end(self.start_in_cgroup('churn', scaled(9000, 3000), 32))
        self.assertLess(agent.memory('VmRSS'), first + 2 * MEGABYTE)
        self.check_end(agent)

    @not_sanitized
    def test_idle(self):
        """Five seconds, up to three times if others are not idle."""
        agent = self.start_agent().wait_ready()
        for _ in range(3):
            events, before = len(agent.events), cpu_seconds(agent.pid)
            time.sleep(5)
            used, events = cpu_seconds(agent.pid) - before, len(agent.events) - events
            if events < 50:
                self.assertLessEqual(used, 0.05)
                self.check_end(agent)
                return
        self.skipTest('the machine does not get idle')

    @not_sanitized
    def test_latency(self):
        agent = self.start_agent().wait_ready()
        took = []
        for _ in range(20):
            leaf, since = self.copy_trigger('leaf'), len(agent.events)
            # Whoever is idle has to be woken.
            time.sleep(0.05)
            process = self.spawn([leaf])
            agent.wait_for(lambda e, leaf=leaf: e.is_exec and e.process.get('binary') == leaf,
                           since=since)
            arrived = time.time_ns()
            event = next(e for e in agent.events[since:] if e.process.get('binary') == leaf)
            took.append((arrived - nanoseconds(event.time)) / 1e6)
            process.wait()
        self.check_end(agent)
        self.assertLess(statistics.median(took), 50, took)


if __name__ == '__main__':
    unittest.main()
