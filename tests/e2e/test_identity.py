# SPDX-License-Identifier: Apache-2.0
"""Who is who: the same under churn, from its first event to its last, and after a restart."""

import os
import subprocess

from agent import PATIENCE, nanoseconds, split_exec_id
from case import Case, StormCase, flags_of, kernel_features, merge_facts, needs, scaled, \
    trigger_path

STARTS = 10


class ChurnCase(StormCase):
    def start_storm(self, n, parallel=48):
        return self.start_in_cgroup('churn', n, parallel)

    def end_storm(self, storm):
        return merge_facts(self.end(storm))

    def check_known(self, events):
        for event in events:
            self.assertNotIn('unknown', flags_of(event.process).split(), event)

    def check_lineage(self, events, binary):
        """Who was forked and never executed descends from one that was announced, with the same
        image."""
        announced = {e.exec_id for e in events if e.is_exec}
        exits = {e.exec_id: e for e in events if e.is_exit}
        for event in exits.values():
            process = event.process
            while process['exec_id'] not in announced:
                self.assertEqual(process['binary'], binary)
                up = process['parent_exec_id']
                self.assertTrue(up in announced or up in exits, event)
                process = exits[up].process if up in exits else {'exec_id': up}

    def check_arguments(self, events, binary):
        """Nobody is told of half: with the image of one exec and the arguments of another."""
        known = {('leaf', str(i)) for i in range(10)} | {('again', 'x')}
        exact = kernel_features()['copy_from_user_task']
        for event in events:
            process = event.process
            words = tuple(process.get('argv', [])[1:])
            if 'execve' not in flags_of(process) and not exact:
                continue  # what /proc said of it, or of who forked it, a moment later
            if process.get('binary') == binary:
                self.assertTrue(words in known or words[1:] == ('48',), event)


class Churn(ChurnCase):
    def test_storm(self):
        agent = self.start_agent('--export-extended-fields').wait_ready()
        storm = self.start_storm(scaled(20_000, 2000))
        facts = self.end_storm(storm)
        self.barrier(agent)
        events = self.events_of(agent, storm)
        self.check_known(events)
        events = [e for e in events if e.process['binary'] == storm.binary]
        self.check_lives(events)
        self.check_lineage(events, storm.binary)
        self.check_arguments(events, storm.binary)
        # The storm's own first exec, and its exit, are not among what it counts.
        self.assertEqual(sum(e.is_exec for e in events), facts['execs'] + 1)
        self.assertEqual(sum(e.is_exit for e in events), facts['forks'] + 1)
        self.check_complete(agent)


class StartInAStorm(ChurnCase):
    """The agent comes when a storm is on, several times; each test looks at one side of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.starts = []
        for _ in range(STARTS):
            case = cls()
            case.setUp()
            try:
                cls.starts.append(case.start_in_a_storm())
            finally:
                case.doCleanups()

    def start_in_a_storm(self):
        sleepers = [self.spawn([trigger_path('hold')], stdin=subprocess.PIPE) for _ in range(10)]
        for sleeper in sleepers:
            sleeper.stdout.readline()
        storm = self.start_storm(scaled(2000, 1000))
        agent = self.start_agent('--export-extended-fields').wait_ready()
        self.end_storm(storm)
        for sleeper in sleepers:
            sleeper.stdin.close()
            sleeper.wait(PATIENCE)
        self.barrier(agent)
        self.check_complete(agent)
        slept = [[e for e in agent.events if e.pid == sleeper.pid] for sleeper in sleepers]
        return self.events_of(agent, storm), storm.binary, slept

    def each(self, check):
        for i, (events, binary, _) in enumerate(self.starts):
            with self.subTest(start=i):
                check(events, binary)

    def test_each_life_is_told_once(self):
        self.each(lambda events, binary: self.check_lives(events))

    def test_none_is_unknown(self):
        self.each(lambda events, binary: self.check_known(events))

    def test_lineage(self):
        self.each(lambda events, binary: self.check_lineage(
            [e for e in events if e.process.get('binary')], binary))

    def test_arguments_are_those_of_the_image(self):
        self.each(self.check_arguments)

    def test_old_processes_are_announced_once(self):
        for _, _, slept in self.starts:
            for events in slept:
                self.assertEqual([e.type for e in events], ['process_exec', 'process_exit'])
                self.assertEqual([flags_of(e.process) for e in events], ['procFS'] * 2)


class StopInAStorm(ChurnCase):
    """The agent goes when a storm is on, several times."""

    def test_what_it_told_until_then(self):
        storm = self.start_storm(10**6)
        for stop in range(STARTS):
            with self.subTest(stop=stop):
                agent = self.start_agent('--export-extended-fields').wait_ready()
                # Not only of those that were there before.
                agent.wait_for(lambda e: e.is_exec and e.process.get('binary') == storm.binary
                               and flags_of(e.process) == 'execve clone')
                # Its books are closed, and no record is written any more.
                self.check_complete(agent)
                events = self.events_of(agent, storm)
                self.check_known(events)
                self.check_lives(events, ended=False)
                self.check_arguments(events, storm.binary)


class Start(Case):
    @staticmethod
    def links(agent):
        """What the kernel has to say of each of its links to BPF programs."""
        links = []
        for fd in os.listdir(f'/proc/{agent.pid}/fdinfo'):
            with open(f'/proc/{agent.pid}/fdinfo/{fd}', encoding='utf-8') as f:
                links.append(dict(line.rstrip('\n').split(':\t', 1) for line in f if ':\t' in line))
        return [link for link in links if 'link_id' in link]

    def test_ends_are_watched_before_beginnings(self):
        """Whose exec is told, of that the exit is told too; whose fork is, of that every exec."""
        agent = self.start_agent().wait_ready()
        numbers = {link.get('tp_name') or link.get('target_name'): int(link['link_id'])
                   for link in self.links(agent)}
        # Tells nothing by itself.
        numbers.pop('sched_prepare_exec', None)
        self.assertEqual(sorted(numbers, key=numbers.get),
                         ['sched_process_exit', 'sched_process_exec', 'sched_process_fork',
                          'task'])

    def test_forked_behind_the_back_of_the_scan(self):
        """The walk over all processes, lowest pid first, comes to the parent last, when it has
        already passed its newest children. They are known all the same."""
        for start in range(8):
            with self.subTest(start=start):
                self.check_forked_behind()

    def check_forked_behind(self):
        early = self.copy_trigger('early')
        # A parent with a high number.
        process = self.spawn([early, '400', '4000'], stdin=subprocess.PIPE)
        self.assertTrue(process.stdout.readline())
        agent = self.start_agent('--export-extended-fields').wait_ready()
        output, _ = process.communicate()
        if process.returncode:
            self.skipTest('pids cannot be chosen here')
        forks = merge_facts(output.decode())['forks']
        self.barrier(agent)
        [root] = [e for e in agent.events if e.is_exec and e.pid == process.pid]
        children = [e for e in agent.events if e.is_exit
                    and e.process['parent_exec_id'] == root.exec_id]
        self.assertEqual(len(children), forks)
        # Some were announced by the walk, some forked after it; of each the image is known.
        images = {(e.process.get('binary'), flags_of(e.process)) for e in children}
        self.assertEqual(images - {(early, 'procFS'), (early, '')}, set())
        self.check_end(agent)


class ExecutingWhileFound(Case):
    """Processes that do nothing but execute: the walk finds each of them between two images, with
    the memory of one and the number of the other. Each test looks at one side of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lives = []
        case = cls()
        case.setUp()
        try:
            loops = [case.spawn([trigger_path('chain'), '1000000']) for _ in range(6)]
            for _ in range(12):
                agent = case.start_agent('--export-extended-fields').wait_ready()
                # Who was just executing when it was found is told of when that is over.
                for loop in loops:
                    agent.wait_exec(loop.pid)
                case.check_complete(agent)
                cls.lives += [[e for e in agent.events if e.pid == loop.pid] for loop in loops]
        finally:
            case.doCleanups()

    @staticmethod
    def number(event):
        return split_exec_id(event.exec_id)[1]

    def test_none_has_ended(self):
        for events in self.lives:
            self.assertEqual({e.type for e in events}, {'process_exec'})

    def test_images_in_order(self):
        for i, events in enumerate(self.lives):
            with self.subTest(life=i):
                numbers = [self.number(e) for e in events]
                self.assertEqual(numbers, sorted(set(numbers)))

    @needs('copy_from_user_task')
    def test_no_image_is_left_out_or_mixed_with_another(self):
        """From the first on each has the number after the last one's, and an argument that counts
        down."""
        for i, events in enumerate(self.lives):
            events.sort(key=self.number)
            with self.subTest(life=i):
                for last, event in zip([None] + events, events):
                    self.assertEqual(len(event.process.get('argv', [])), 2, event)
                    if not last:
                        continue
                    self.assertEqual(self.number(event), self.number(last) + 1, event)
                    self.assertEqual(int(event.process['argv'][1]),
                                     int(last.process['argv'][1]) - 1, event)
                    self.assertEqual(flags_of(event.process), 'execve', event)
                    self.assertEqual(event.process['parent_exec_id'], last.exec_id, event)


class Restart(Case):
    def check_restart(self, *args):
        """An old process has the same identity for every agent, whatever each has seen of it."""
        first = self.start_agent('--export-extended-fields').wait_ready()
        held, event = self.hold_with(first, args)
        self.check_end(first)
        second = self.start_agent('--export-extended-fields').wait_ready()
        again = second.wait_exec(held.pid)
        held.release()
        exit_event = second.wait_exit(held.pid)
        self.check_end(second)

        self.assertEqual(again.exec_id, event.exec_id)
        self.assertEqual(flags_of(again.process), 'procFS')
        changed = {'flags', 'start_time', 'fork_time', 'refcnt', 'binary', 'parent_exec_id'}
        for name in (set(event.process) | set(again.process)) - changed:
            self.assertEqual(again.process.get(name), event.process.get(name), name)
        self.assertEqual(again.process['binary'], event.process['exe'])
        # Each has measured for itself how the two clocks differ.
        self.assertLess(abs(nanoseconds(again.process['fork_time']) -
                            nanoseconds(event.process['fork_time'])), 1_000_000)
        self.assertEqual(exit_event.exec_id, event.exec_id)
        return event, again

    def test_same_after_restart(self):
        event, again = self.check_restart(trigger_path('hold'), 'a', 'b c')
        self.assertEqual(again.process['parent_exec_id'], event.process['parent_exec_id'])

    def test_same_after_many_execs(self):
        args = []
        for _ in range(5):
            args += [trigger_path('setup'), '--']
        event, again = self.check_restart(*args, trigger_path('hold'))
        node, ktime, pid = split_exec_id(event.exec_id)
        self.assertEqual((node, pid), (os.uname().nodename, event.pid))
        self.assertGreater(ktime, 0)
        # Images before the agent cannot be told apart; the parent is the process that forked it.
        self.assertEqual(split_exec_id(again.process['parent_exec_id'])[2], os.getpid())
