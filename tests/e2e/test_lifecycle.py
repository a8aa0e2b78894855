# SPDX-License-Identifier: Apache-2.0
"""Births, images and deaths of processes: each told of once, and rightly related."""

import os
import signal
import struct
import subprocess
import unittest

from agent import PATIENCE, nanoseconds
from case import SharedCase, flags_of, list_facts, trigger_path


class Forks(SharedCase):
    def check_child(self, run, status=3 << 8):
        """A child that executed once and ended."""
        child = run.facts['child']
        [exec_event], [exit_event] = run.execs(child), run.exits(child)
        self.assertEqual(run.facts['child_status'], status)
        self.assertEqual(exit_event.wait_status, status)
        self.assertEqual(exec_event.process['parent_exec_id'], run.root.exec_id)
        self.assertEqual(flags_of(exec_event.process), 'execve clone')
        self.assertEqual(exec_event.process['argv'][1:], ['leaf', '3'])
        self.assertEqual(exec_event.parent['exec_id'], run.root.exec_id)
        self.assertEqual(len(run.execs()), 2)
        self.assertEqual(len(run.exits()), 2)

    def test_fork_exec_exit(self):
        self.check_child(self.trigger('forks', 'exec'))

    def test_vfork(self):
        self.check_child(self.trigger('forks', 'vfork'))

    def test_posix_spawn(self):
        self.check_child(self.trigger('forks', 'spawn'))

    def test_clone3(self):
        self.check_child(self.trigger('forks', 'clone3'))

    def test_fork_by_a_thread(self):
        run = self.trigger('forks', 'thread')
        self.assertNotEqual(run.facts['tid'], run.pid)
        self.check_child(run)

    def check_forked(self, event, image, parent):
        """An exit of a process that had executed nothing: its image is that of who forked it."""
        self.assertNotEqual(event.exec_id, image.exec_id)
        for name in ('binary', 'arguments', 'cwd', 'argv', 'exe', 'inode'):
            self.assertEqual(event.process.get(name), image.process.get(name), name)
        self.assertEqual(flags_of(event.process), '')
        self.assertEqual(event.process['parent_exec_id'], parent)
        self.assertEqual(event.parent['exec_id'], parent)

    def test_fork_without_exec(self):
        run = self.trigger('forks', 'fork')
        self.assertEqual(len(run.execs()), 1)
        [exit_event] = run.exits(run.facts['child'])
        self.assertEqual(exit_event.wait_status, 3 << 8)
        self.check_forked(exit_event, run.root, run.root.exec_id)
        # It began when it was forked.
        self.assertEqual(exit_event.process['start_time'], exit_event.process['fork_time'])

    def test_orphan_keeps_the_parent_that_forked_it(self):
        run = self.trigger('forks', 'orphan')
        [child] = run.exits(run.facts['child'])
        [orphan] = run.exits(run.facts['grandchild'])
        self.assertLess(child.number, orphan.number)
        self.check_forked(child, run.root, run.root.exec_id)
        self.check_forked(orphan, run.root, child.exec_id)
        self.assertEqual(orphan.wait_status, 5 << 8)

    def test_clone_parent(self):
        run = self.trigger('forks', 'sibling')
        [middle] = run.exits(run.facts['middle'])
        [forked] = run.exits(run.facts['forked'])
        self.check_forked(middle, run.root, run.root.exec_id)
        # The image is of who cloned it, the parent who waits for it.
        self.check_forked(forked, run.root, run.root.exec_id)
        self.assertEqual(forked.wait_status, 4 << 8)
        [executed] = run.execs(run.facts['executed'])
        self.assertEqual(executed.process['parent_exec_id'], run.root.exec_id)
        self.assertEqual(run.exits(run.facts['executed'])[0].wait_status, 5 << 8)


class Images(SharedCase):
    def test_exec_without_fork(self):
        run = self.trigger('chain', 3, status=9)
        first, second, third = run.execs(run.pid)
        self.assertEqual([e.process['argv'][1] for e in (first, second, third)], ['3', '2', '1'])
        self.assertEqual(flags_of(first.process), 'execve clone')
        for before, after in ((first, second), (second, third)):
            self.assertEqual(flags_of(after.process), 'execve')
            self.assertEqual(after.process['parent_exec_id'], before.exec_id)
            self.assertEqual(after.parent['exec_id'], before.exec_id)
            self.assertEqual(after.process['fork_time'], before.process['fork_time'])
            self.assertGreater(nanoseconds(after.process['start_time']),
                               nanoseconds(before.process['start_time']))
        [exit_event] = run.exits(run.pid)
        self.assertEqual(exit_event.exec_id, third.exec_id)
        self.assertEqual(exit_event.wait_status, 9 << 8)

    def test_exec_that_fails_is_none(self):
        unreadable = self.path('not-executable')
        garbage = self.path('garbage')
        loop = self.path('loop')
        for path, mode in ((unreadable, 0o644), (garbage, 0o755)):
            with open(path, 'wb') as f:
                f.write(b'\1\2\3\4')
            os.chmod(path, mode)
        os.symlink(loop, loop)
        run = self.trigger('bad_exec', '/nonexistent/file', unreadable, garbage, loop, self.dir)
        self.assertEqual(len(run.execs()), 1)
        self.assertEqual([e.wait_status for e in run.exits()[:-1]], [2 << 8] * 5)

    def test_exec_that_dies_half_way(self):
        """Beyond the point of no return there is no old image to go back to: the kernel kills
        the process before the new one has begun. No exec, but an exit, of the image before."""
        doomed = self.path('doomed')
        with open('/proc/self/exe', 'rb') as f:
            machine, = struct.unpack_from('<H', f.read(20), 18)
        # Loads at an address that user space does not have: fs/binfmt_elf.c, load_elf_binary().
        header = struct.pack('<16sHHIQQQIHHHHHH', b'\x7fELF\2\1\1', 2, machine, 1,
                             0xffff800000001000, 64, 0, 0, 64, 56, 1, 0, 0, 0)
        segment = struct.pack('<IIQQQQQQ', 1, 5, 0, 0xffff800000000000, 0, 4096, 4096, 4096)
        with open(doomed, 'wb') as f:
            f.write((header + segment).ljust(4096, b'\0'))
        os.chmod(doomed, 0o755)
        run = self.trigger('bad_exec', doomed)
        self.assertEqual(os.WTERMSIG(run.facts['child_status']), signal.SIGSEGV)
        self.assertEqual(len(run.execs()), 1)
        [exit_event] = run.exits(run.facts['child'])
        self.assertEqual(exit_event.wait_status, signal.SIGSEGV)
        self.assertEqual(exit_event.process['binary'], trigger_path('bad_exec'))
        self.assertEqual(exit_event.process['parent_exec_id'], run.root.exec_id)


class Threads(SharedCase):
    def test_exec_by_another_thread(self):
        run = self.trigger('threads', 'exec', status=8)
        self.assertNotEqual(run.facts['tid'], run.pid)
        first, second = run.execs()
        self.assertEqual((second.pid, second.process['tid']), (run.pid, run.pid))
        self.assertEqual(second.process['parent_exec_id'], first.exec_id)
        self.assertEqual(second.process['argv'][1:], ['leaf', '8'])
        # The threads that the exec ended, the old leader too, are no end of the process.
        [exit_event] = run.exits()
        self.assertEqual(exit_event.exec_id, second.exec_id)
        self.assertEqual(exit_event.wait_status, 8 << 8)

    def test_exec_by_all_threads_at_once(self):
        for _ in range(20):
            run = self.trigger('threads', 'exec-race', 8, status=8)
            self.assertEqual(len(run.execs()), 2)
            self.assertEqual(len(run.exits()), 1)

    def check_leader_first(self, how):
        since = len(self.agent.events)
        process = self.spawn([trigger_path('threads'), 'leader-first', how],
                             stdin=subprocess.PIPE)
        self.assertIn(b'gone', process.stdout.readline())
        self.barrier(self.agent)
        early = [e for e in self.agent.events[since:] if e.is_exit and e.pid == process.pid]
        self.assertEqual(early, [])
        process.stdin.close()
        process.wait(PATIENCE)
        self.barrier(self.agent)
        [exit_event] = [e for e in self.agent.events[since:]
                        if e.is_exit and e.pid == process.pid]
        self.assertEqual(exit_event.wait_status, process.returncode << 8)
        self.assertEqual(exit_event.exec_id, self.agent.wait_exec(process.pid, since).exec_id)

    def test_leader_gone_before_its_threads(self):
        self.check_leader_first('group')

    def test_leader_gone_and_no_exit_of_the_group(self):
        self.check_leader_first('thread')

    def check_burst(self, how, n, threads):
        run = self.trigger('threads', 'burst', how, n, threads)
        children = list_facts(run.output)
        self.assertEqual(len(children), n)
        self.assertEqual(len(run.exits()), n + 1)
        statuses = {e.pid: e.wait_status for e in run.exits()}
        for child in children:
            self.assertEqual(statuses[child['child']], child['child_status'])

    def test_threads_that_end_at_once(self):
        self.check_burst('exit', 200, 16)

    def test_threads_that_end_the_process_at_once(self):
        self.check_burst('group', 200, 16)


class Ends(SharedCase):
    def test_every_status(self):
        run = self.trigger('ends', 'codes')
        expected = [(child['child'], i << 8) for i, child in enumerate(list_facts(run.output))]
        self.assertEqual([(e.pid, e.wait_status) for e in run.exits()[:-1]], expected)
        for event in run.exits():
            self.assertNotIn('signal', event.body)

    def test_every_signal(self):
        harmless = {signal.SIGCHLD, signal.SIGCONT, signal.SIGSTOP, signal.SIGTSTP,
                    signal.SIGTTIN, signal.SIGTTOU, signal.SIGURG, signal.SIGWINCH}
        numbers = [n for n in range(1, 32) if n not in harmless]
        # Where core dumps are files, they go to the working directory.
        run = self.trigger('ends', 'signals', *numbers, cwd=self.dir)
        children = list_facts(run.output)
        self.assertEqual([os.WTERMSIG(c['child_status']) for c in children], numbers)
        for number, event in zip(numbers, run.exits()):
            with self.subTest(signal=number):
                # As golang.org/x/sys/unix.SignalName() has them, which consumers know.
                name = {signal.SIGSTKFLT: 'SIGSTKFLT', signal.SIGIO: 'SIGIO',
                        signal.SIGABRT: 'SIGABRT'}.get(number, signal.Signals(number).name)
                self.assertEqual(event.body.get('signal'), name)
                self.assertEqual(event.body.get('status', 0), 0)

    def test_core_dump(self):
        run = self.trigger('ends', 'signals', int(signal.SIGQUIT), cwd=self.dir)
        if not os.WCOREDUMP(run.facts['child_status']):
            self.skipTest('no core dumps here')
        [exit_event] = run.exits(run.facts['child'])
        self.assertEqual(exit_event.body['signal'], 'SIGQUIT')

    def test_real_time_signal(self):
        """It has no name, but an end by one must not look like an exit with status 0."""
        run = self.trigger('ends', 'signals', 40)
        [exit_event] = run.exits(run.facts['child'])
        self.assertTrue(exit_event.body.get('signal'))

    def test_killed_from_outside(self):
        held, exec_event = self.hold(trigger_path('hold'))
        os.kill(held.pid, signal.SIGKILL)
        held.process.wait(PATIENCE)
        exit_event = self.agent.wait_exit(held.pid, exec_event.number)
        self.assertEqual(exit_event.body['signal'], 'SIGKILL')
        self.assertEqual(exit_event.exec_id, exec_event.exec_id)

    def test_stopped_and_continued_is_no_end(self):
        held, exec_event = self.hold(trigger_path('hold'))
        os.kill(held.pid, signal.SIGSTOP)
        os.waitpid(held.pid, os.WUNTRACED)
        os.kill(held.pid, signal.SIGCONT)
        os.waitpid(held.pid, os.WCONTINUED)
        held.release()
        self.barrier(self.agent)
        exits = [e for e in self.agent.events[exec_event.number:]
                 if e.is_exit and e.pid == held.pid]
        self.assertEqual([e.wait_status for e in exits], [0])


class Pids(SharedCase):
    def test_reused_at_once(self):
        probe = subprocess.run([trigger_path('reuse'), '2'], capture_output=True, check=False)
        if b'not permitted' in probe.stderr:
            self.skipTest('pids cannot be chosen here')
        run = self.trigger('reuse', 100)
        children = list_facts(run.output)
        [pid] = {child['child'] for child in children}
        exits = run.exits(pid)
        self.assertEqual([e.wait_status for e in exits], [i % 256 << 8 for i in range(100)])
        self.assertEqual(len({e.exec_id for e in exits}), 100)
        self.assertEqual(len({e.process['fork_time'] for e in exits}), 100)
        execs = run.execs(pid)
        self.assertEqual([e.process['argv'][2] for e in execs],
                         [str(i) for i in range(1, 100, 2)])
        for event in exits:
            self.assertEqual(event.process['parent_exec_id'], run.root.exec_id)

    def test_namespace(self):
        run = self.trigger('pidns')
        [root] = run.execs(run.pid)
        # Not even a descendant of the first process of all: it is about containers.
        self.assertIs(root.process['in_init_tree'], False)
        self.assertEqual(root.process['nspid'], run.pid)

        init = run.execs(run.facts['init_host'])[-1]
        by_name = {e.process['argv'][1]: e for e in run.execs() if len(e.process['argv']) > 1}
        self.assertIs(by_name['init'], init)
        for name in ('init', 'inner', 'entered'):
            event = by_name[name]
            with self.subTest(name):
                self.assertEqual(event.process['nspid'], run.facts[name])
                # Who was born in the namespace, that is, not who came from outside.
                self.assertIs(event.process['in_init_tree'], name != 'entered')
                self.assertEqual('inInitTree' in event.process['flags'].split(),
                                 name != 'entered')
        self.assertEqual(by_name['entered'].pid, run.facts['entered_host'])
        self.assertEqual(by_name['entered'].process['parent_exec_id'], root.exec_id)
        self.assertEqual(by_name['inner'].process['parent_exec_id'], init.exec_id)
        [forked] = [e for e in run.exits() if e.process['nspid'] == run.facts['forked']
                    and e.process['parent_exec_id'] == init.exec_id]
        self.assertIs(forked.process['in_init_tree'], True)

    def test_namespace_seen_from_inside_later(self):
        """The family is also right where the root was there before the agent."""
        held, event = self.hold(trigger_path('setup'), 'unshare=0x20000000', 'fork', '--',
                                trigger_path('hold'))
        agent = self.start_agent(*self.options)
        agent.wait_ready()
        again = agent.wait_exec(held.pid)
        held.release()
        self.assertEqual(again.exec_id, event.exec_id)
        for name in ('nspid', 'in_init_tree', 'parent_exec_id'):
            self.assertEqual(again.process[name], event.process[name], name)
        self.assertEqual(again.process['nspid'], 1)
        self.assertIs(again.process['in_init_tree'], True)
        self.check_end(agent)


if __name__ == '__main__':
    unittest.main()
