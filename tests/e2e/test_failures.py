# SPDX-License-Identifier: Apache-2.0
"""What goes wrong around the agent: it says so, loses nothing uncounted, and goes on."""

import ctypes
import errno
import json
import os
import platform
import resource
import shutil
import signal
import subprocess
import time
import unicodedata
import unittest

from agent import PATIENCE, SLOWNESS, Agent, nanoseconds
from case import (Case, Cgroup, StormCase, flags_of, is_sanitized, needs, processes_ever, scaled,
                  trigger_path)
from test_policies import recent_enough

NOBODY = '65534'
BPF_PROG_GET_FD_BY_ID = 13
SYS_BPF = {'x86_64': 321, 'aarch64': 280}


def program_exists(number):
    libc = ctypes.CDLL(None, use_errno=True)
    attr = (ctypes.c_uint32 * 32)(number)
    fd = libc.syscall(SYS_BPF[platform.machine()], BPF_PROG_GET_FD_BY_ID, attr,
                      ctypes.sizeof(attr))
    if fd >= 0:
        os.close(fd)
        return True
    if ctypes.get_errno() == errno.ENOENT:
        return False
    raise OSError(ctypes.get_errno(), 'bpf(BPF_PROG_GET_FD_BY_ID)')


def in_own_mounts(script):
    """A prefix to run the agent in a mount namespace of its own that the script prepares."""
    return ('unshare', '-m', 'sh', '-e', '-c', script + '\nexec "$@"', 'sh')


UNMOUNT = '''
    for dir in /sys/fs/bpf /sys/kernel/tracing /sys/kernel/debug; do
        umount -l $dir 2>/dev/null || :
    done
    ! grep -E " (tracefs|bpf|debugfs) " /proc/self/mounts'''


class FailureCase(Case):
    def check_fails(self, agent, *texts):
        """It ends at once and by itself, and says in one line why and what to do."""
        ended = agent.wait_end()
        ended.check(self, status=1)
        [message] = [l for l in ended.stderr.splitlines() if 'level=error' in l]
        for text in texts:
            self.assertIn(text, message)
        self.assertRegex(message, r'\(.+\)"$', 'no remedy')
        self.assertEqual(agent.events, [])
        return message


class Instance(FailureCase):
    def test_second(self):
        first = self.start_agent().wait_ready()
        with open(first.run_dir + '/ocellid.pid', encoding='utf-8') as f:
            self.assertEqual(f.read(), f'{first.pid}\n')
        second = self.start_agent(run_dir=first.run_dir)
        self.check_fails(second, f'another ocellid is running, pid {first.pid}', '--run-dir')
        # The first has not noticed.
        run = self.run_with(first, [trigger_path('leaf')])
        self.assertEqual(len(run.events), 2)
        third = self.start_agent(run_dir=first.run_dir)
        self.check_fails(third, f'pid {first.pid}')
        self.check_end(first)

    def test_many_at_once(self):
        run_dir = self.path('run')
        agents = [self.start_agent(run_dir=run_dir) for _ in range(8)]
        self.wait_until(lambda: sum(a.process.poll() is None for a in agents) == 1,
                        'the end of all but one')
        [one] = [a for a in agents if a.process.poll() is None]
        one.wait_ready()
        for agent in agents:
            if agent is not one:
                # Whoever had the lock then may not have told its pid yet.
                self.check_fails(agent, 'another ocellid is running, pid')
        with open(run_dir + '/ocellid.pid', encoding='utf-8') as f:
            self.assertEqual(f.read(), f'{one.pid}\n')
        self.check_end(one)
        self.assertEqual(os.listdir(run_dir), [])

    def test_one_after_the_other(self):
        run_dir = self.path('run')
        for _ in range(2):
            self.check_end(self.start_agent(run_dir=run_dir).wait_ready())
            self.assertEqual(os.listdir(run_dir), [])

    def test_stale_pid_file(self):
        run_dir = self.path('run')
        os.mkdir(run_dir)
        with open(run_dir + '/ocellid.pid', 'w', encoding='utf-8') as f:
            f.write('1\n')
        self.check_end(self.start_agent(run_dir=run_dir).wait_ready())

    def test_run_directory_that_cannot_be(self):
        with open(self.path('file'), 'wb'):
            pass
        self.check_fails(self.start_agent(run_dir=self.path('file')), self.path('file'),
                         '--run-dir')
        self.check_fails(self.start_agent(run_dir=self.path('none/run')), self.path('none/run'),
                         '--run-dir')


class Rights(FailureCase):
    def start_as_nobody(self, run_dir):
        # The build directory need not be open to everybody.
        program = shutil.copy(os.path.join(Agent.build, 'ocellid'), self.path('ocellid'))
        return self.start_agent(prefix=('setpriv', '--reuid', NOBODY, '--regid', NOBODY,
                                        '--clear-groups'), program=program, run_dir=run_dir)

    def test_run_directory(self):
        self.check_fails(self.start_as_nobody(self.path('run')), self.path('run'),
                         'Permission denied', 'run it as root')

    def test_programs(self):
        os.mkdir(self.path('run'), 0o755)
        os.chown(self.path('run'), int(NOBODY), int(NOBODY))
        self.check_fails(self.start_as_nobody(self.path('run')), 'BPF programs',
                         'Operation not permitted', 'run it as root')
        self.assertEqual(os.listdir(self.path('run')), [])

    def test_root_without_capabilities(self):
        agent = self.start_agent(prefix=('setpriv', '--bounding-set', '-all'))
        self.check_fails(agent, 'BPF programs', 'Operation not permitted')


class Machine(FailureCase):
    """Kernels and mounts that lack something."""

    def test_kernel_without_type_information(self):
        agent = self.start_agent(prefix=in_own_mounts('mount -t tmpfs tmpfs /sys/kernel/btf'))
        self.check_fails(agent, 'BTF', '/sys/kernel/btf/vmlinux')

    def test_confidential_lockdown(self):
        try:
            with open('/sys/kernel/security/lockdown', encoding='utf-8') as f:
                locked = '[confidentiality]' in f.read()
        except OSError:
            locked = False
        if not locked:
            self.skipTest('this kernel is not locked down for confidentiality')
        self.check_fails(self.start_agent(), 'BPF programs', 'boot with lockdown=integrity')

    def test_nothing_mounted(self):
        """Neither tracefs nor bpffs nor debugfs is needed."""
        agent = self.start_agent('--export-extended-fields', prefix=in_own_mounts(UNMOUNT)).wait_ready()
        run = self.run_with(agent, [trigger_path('forks'), 'exec'])
        self.check_lives(run.events)
        self.check_complete(agent)

    @needs('tracepoint')
    @unittest.skipUnless(recent_enough(), 'policies need Linux 5.13 (docs/kernels.md)')
    def test_nothing_mounted_and_a_tracepoint(self):
        """Its format and its number are in tracefs."""
        with open(self.path('p.yaml'), 'w', encoding='utf-8') as f:
            f.write('apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: p}\n'
                    'spec:\n  tracepoints: [{subsystem: sched, event: sched_process_exec}]\n')
        agent = self.start_agent('--tracing-policy', self.path('p.yaml'),
                                 prefix=in_own_mounts(UNMOUNT)).wait_ready()
        run = self.run_with(agent, ['/bin/true'])
        self.assertEqual([e.body['policy_name'] for e in agent.events
                          if e.type == 'process_tracepoint' and e.pid == run.pid], ['p'])
        self.check_complete(agent)

    def test_few_open_files_and_little_locked_memory(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (64 << 10, 64 << 10))

        agent = self.start_agent(preexec_fn=limit).wait_ready()
        self.assertEqual(len(self.run_with(agent, [trigger_path('leaf')]).events), 2)
        self.check_end(agent)


class Disk(FailureCase):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path('log'))
        self.file = self.path('log/events.json')

    def has(self, path, text):
        try:
            with open(path, 'rb') as f:
                return text in f.read()
        except FileNotFoundError:
            return False

    def marker(self, agent, text):
        """An exec that tells itself from all others; returns when the agent has told of it."""
        run = self.run_with(agent, [trigger_path('leaf'), '0', text])
        self.assertEqual(len(run.events), 2)
        return text.encode()

    def check_part(self, agent, data):
        """The lines are whole, and some of the events, in order."""
        self.assertTrue(data.endswith(b'\n'))
        events = iter(agent.events)
        for line in data.splitlines():
            json.loads(line)
            self.assertTrue(any(e.line == line for e in events), line)

    def check_sum(self, ended):
        sink = ended.ledger.sinks[self.file]
        self.assertGreater(sink['dropped_error'], 0)
        self.assertEqual(sink['delivered'] + sink['dropped_error'],
                         ended.ledger.sinks['stdout']['delivered'])

    def test_full(self):
        agent = self.start_agent('--export-filename', self.file, prefix=in_own_mounts(
            f'mount -t tmpfs -o size=4m tmpfs {self.path("log")}')).wait_ready()
        inside = f'/proc/{agent.pid}/root{self.file}'
        self.wait_until(lambda: self.has(inside, self.marker(agent, 'before')), 'the first event')
        with open(os.path.dirname(inside) + '/filler', 'wb', buffering=0) as f:
            with self.assertRaises(OSError) as caught:
                while True:
                    f.write(b'x' * 4096)
        self.assertEqual(caught.exception.errno, errno.ENOSPC)

        # More than what is left in its last page.
        for _ in range(20):
            self.marker(agent, 'while')
        line = agent.wait_log('cannot write to')
        self.assertIn('No space left on device', line)
        self.assertIn('(free space', line)

        os.unlink(os.path.dirname(inside) + '/filler')
        marker = self.marker(agent, 'after')
        self.wait_until(lambda: self.has(inside, marker), 'the event behind it')
        with open(inside, 'rb') as f:
            data = f.read()
        self.check_part(agent, data)
        ended = self.check_end(agent)
        self.check_sum(ended)
        # Once, not for each event.
        self.assertEqual(ended.stderr.count('cannot write to'), 1)

    def give_directory_back(self, agent):
        """Returns when events are written there again."""
        os.mkdir(self.path('log'))
        self.wait_until(lambda: os.path.exists(self.file) or self.marker(agent, 'x') is None,
                        'the file')
        marker = self.marker(agent, 'after')
        self.wait_until(lambda: self.has(self.file, marker), 'the event behind it')

    def test_directory_gone(self):
        agent = self.start_agent('--export-filename', self.file).wait_ready()
        self.marker(agent, 'before')
        shutil.rmtree(self.path('log'))
        # Noticed at the next tick; until then nobody can tell.
        line = agent.wait_log('level=error')
        self.assertIn(self.file, line)
        self.assertIn('(create the directory)', line)
        self.marker(agent, 'while')
        self.give_directory_back(agent)
        ended = self.check_end(agent)
        with open(self.file, 'rb') as f:
            data = f.read()
        self.check_part(agent, data)
        self.assertNotIn(b'"0 while"', data)
        self.check_sum(ended)

    def test_directory_gone_when_it_rotates(self):
        agent = self.start_agent('--export-filename', self.file,
                                 '--export-file-max-size-mb=1').wait_ready()
        os.rename(self.path('log'), self.path('elsewhere'))
        for _ in range(12):
            self.run_with(agent, [trigger_path('leaf'), '0', 'x' * 100_000])
        agent.wait_log('level=error')
        self.give_directory_back(agent)
        ended = self.check_end(agent)
        with open(self.file, 'rb') as f:
            self.check_part(agent, f.read())
        with open(self.path('elsewhere/events.json'), 'rb') as f:
            self.check_part(agent, f.read())
        self.assertEqual(ended.status, 0)

    def test_limit_of_file_size(self):
        """No signal kills it for that."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

        agent = self.start_agent('--export-filename', self.file, preexec_fn=limit).wait_ready()
        for _ in range(12):
            self.run_with(agent, [trigger_path('leaf'), '0', 'x' * 100_000])
        self.assertIn('(raise the limit on file sizes', agent.wait_log('cannot write to'))
        ended = self.check_end(agent)
        with open(self.file, 'rb') as f:
            self.check_part(agent, f.read())
        self.check_sum(ended)


class Reader(StormCase):
    """Who reads standard output."""

    def test_slow(self):
        agent = self.start_agent('--export-extended-fields', read=False, ring=None,
                                 buffer='64K').wait_ready()
        processes = scaled(20_000, 4000)
        self.end(self.start_in_cgroup('churn', processes, 48))
        memory = agent.memory('VmHWM')
        agent.read_on()
        marker = self.copy_trigger('leaf')
        run = self.run_with(agent, [marker])
        self.assertEqual([e.process['binary'] for e in run.events], [marker] * 2)
        # Every line whole: of those that could not be parsed there are none.
        ended = self.check_end(agent)
        sink = ended.ledger.sinks['stdout']
        self.assertGreater(sink['dropped_full'], processes // 2)
        exported = sum(ended.ledger.event(n, 'exported') for n in ended.ledger.events)
        self.assertEqual(sink['delivered'] + sink['dropped_full'], exported)
        if not is_sanitized():
            self.assertLess(memory, 48 << 20)

    def test_slow_with_a_large_buffer(self):
        """All that fits is kept."""
        agent = self.start_agent(read=False, ring=None).wait_ready()
        processes = scaled(2000, 500)
        storm = self.start_in_cgroup('churn', processes, 16)
        self.end(storm)
        agent.read_on()
        self.barrier(agent)
        self.assertGreater(sum(storm.binary == e.process.get('binary') for e in agent.events),
                           processes)
        ended = self.check_end(agent)
        self.assertNotIn('dropped_full', ended.ledger.sinks['stdout'])

    def test_leaves_in_a_storm(self):
        agent = self.start_agent(read=False, ring=None).wait_ready()
        storm = self.start_in_cgroup('churn', scaled(3000, 500), 16)
        os.read(agent.process.stdout.fileno(), 65536)
        agent.process.stdout.close()
        ended = agent.wait_end()
        ended.check(self)
        self.end(storm)
        self.assertIn('the reader of stdout has gone away', ended.stderr)
        self.assertGreater(ended.ledger.sinks['stdout']['dropped_closed'], 0)

    def test_leaves_and_the_file_stays(self):
        path = self.path('events.json')
        agent = self.start_agent('--export-filename', path, read=False).wait_ready()
        agent.process.stdout.close()
        self.end(self.start_in_cgroup('leaf', 0))
        agent.wait_log('the reader of stdout has gone away')
        storm = self.start_in_cgroup('leaf', 0)
        self.end(storm)

        def told():
            with open(path, 'rb') as f:
                return f.read().count(b'"binary":"' + storm.binary.encode()) >= 2

        self.wait_until(told, 'events in the file')
        ended = agent.stop()
        ended.check(self)
        self.assertEqual(ended.ledger.sinks[path].get('dropped_closed', 0), 0)
        self.assertEqual(ended.stderr.count('has gone away'), 1)


class Killed(StormCase):
    def test_in_a_storm(self):
        run_dir, path = self.path('run'), self.path('events.json')
        programs, storms = set(), []
        for _ in range(3):
            agent = self.start_agent('--export-filename', path, run_dir=run_dir,
                                     ring=None).wait_ready()
            storms.append(self.start_in_cgroup('churn', scaled(5000, 1000), 32))
            binary = storms[-1].binary
            agent.wait_for(lambda e, b=binary: e.process and e.process.get('binary') == b)
            programs |= agent.program_ids()
            agent.kill()
        self.assertGreaterEqual(len(programs), 3)
        self.assertTrue(os.path.exists(run_dir + '/ocellid.pid'))
        agent = self.start_agent('--export-filename', path, run_dir=run_dir,
                                 ring=None).wait_ready()
        self.wait_until(lambda: not any(map(program_exists, programs)),
                        'the end of the programs of the dead')
        for storm in storms:
            self.end(storm)
        run = self.run_with(agent, [trigger_path('leaf')])
        self.assertEqual(len(run.events), 2)
        own = agent.program_ids()
        self.check_end(agent)
        self.wait_until(lambda: not any(map(program_exists, own)), 'the end of its programs')
        # What it was just writing when it died is half a line each time at most.
        bad = 0
        with open(path, 'rb') as f:
            for line in f:
                try:
                    json.loads(line)
                except ValueError:
                    bad += 1
        self.assertLessEqual(bad, 3)


class LeavesCase(StormCase):
    """Storms of processes that each fork and execute once, so that it can be said of every event
    what it has to be."""

    def check_images(self, events):
        """Nobody is told of with the image of another: an exit says which image it is the end of,
        or that it does not know."""
        for event in events:
            process = event.process
            if 'unknown' in flags_of(process).split():
                self.assertIs(process['forgotten'], True, event)
                self.assertNotIn('binary', process)
                continue
            argv = process['argv'][1:]
            if event.is_exit and argv[0] == 'leaf':
                self.assertEqual(event.wait_status, int(argv[1]) << 8, event)
        # What a child has before it executes; the storm's own process has it, too.
        wrong = [e for e in events if e.is_exit and e.process.get('argv', ['', ''])[1] == 'leaves'
                 and e.wait_status]
        self.assertEqual([], wrong[:3], f'{len(wrong)} exits have the image of the parent')


class Ring(LeavesCase):
    def test_full(self):
        agent = self.start_agent('--export-extended-fields', ring='256K').wait_ready()
        agent.process.send_signal(signal.SIGSTOP)
        self.addCleanup(agent.process.send_signal, signal.SIGCONT)
        processes = scaled(3000, 1000)
        before = self.start_in_cgroup('crowd', 'leaves', processes)
        self.end(before)
        # First seen when there is no room to say so.
        late = Cgroup(self)
        self.end(self.start_in_cgroup('leaf', cgroup=late))
        agent.process.send_signal(signal.SIGCONT)
        self.barrier_in_cgroup(agent)

        after = self.start_in_cgroup('crowd', 'leaves', 200)
        self.end(after)
        again = self.start_in_cgroup('leaf', cgroup=late)
        self.end(again)
        self.barrier_in_cgroup(agent)

        events = self.events_of(agent, before)
        lost = self.check_end(agent).ledger
        for name in ('fork', 'exec', 'exit'):
            self.assertGreater(lost.record(name, 'full'), 0, name)
        self.assertLess(len(events), 2 * processes)
        for event in events:
            if 'unknown' in flags_of(event.process).split():
                self.assertIs(event.process['forgotten'], True)
                self.assertNotIn('binary', event.process)

        events = self.events_of(agent, after)
        self.check_lives(events)
        self.assertEqual(sum(e.is_exec for e in events), 201)
        # The children's; ours was in the cgroup when it executed.
        self.assertEqual(sum(e.is_exit for e in events), 201)
        self.assertEqual({flags_of(e.process) for e in events}, {'execve', 'execve clone'})
        [process] = {e.process['cgroup'] for e in self.events_of(agent, again)
                     if e.process.get('binary') == again.binary}
        self.assertEqual(process, late.path)

    def test_images_after_losses(self):
        """A little at a time is lost: forks without their execs, execs without their forks."""
        agent = self.start_agent('--export-extended-fields', ring='256K').wait_ready()
        storm = self.start_in_cgroup('crowd', 'leaves', scaled(3000, 1500))
        while storm.poll() is None:
            agent.process.send_signal(signal.SIGSTOP)
            # More than there is room for: a process takes a kilobyte.
            enough = processes_ever() + 400
            while storm.poll() is None and processes_ever() < enough:
                time.sleep(0.01)
            agent.process.send_signal(signal.SIGCONT)
            time.sleep(0.03)
        self.end(storm)
        self.barrier_in_cgroup(agent)
        events = self.events_of(agent, storm)
        lost = self.check_end(agent).ledger
        self.assertGreater(lost.record('exec', 'full'), 0)
        self.assertGreater(lost.record('exec', 'received'), 0)
        self.check_images(events)

    def barrier_in_cgroup(self, agent):
        """As barrier(), also when records of it may be lost."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            process = self.start_in_cgroup('leaf')
            self.end(process)
            try:
                agent.wait_for(lambda e: e.is_exit and e.process.get('binary') == process.binary,
                               timeout=1)
                return
            except AssertionError:
                pass
        raise AssertionError('nothing comes any more')


class Throttle(LeavesCase):
    """Some ten seconds: a cgroup is let go after five quiet ones."""

    def test_start_and_stop(self):
        # One event more or less decides whether it is a fork or an exec that is the first of
        # which is not told.
        window = f'{max(1, round(SLOWNESS))}s'
        agents = [self.start_agent('--export-extended-fields', f'--cgroup-rate={rate},{window}')
                  for rate in (100, 101)]
        for agent in agents:
            agent.wait_ready()
        held = self.start_in_cgroup('hold', stdin=subprocess.PIPE)
        self.assertTrue(held.stdout.readline())
        storm = self.start_in_cgroup('crowd', 'leaves', 1000, cgroup=held.cgroup)
        starts = [self.wait_throttle(agent, storm, 'THROTTLE_START') for agent in agents]
        self.end(storm)
        quiet = time.time_ns()
        # Known, and told of though its cgroup is silenced.
        held.communicate(b'')
        for agent, start in zip(agents, starts):
            agent.wait_for(lambda e: e.is_exit and e.process.get('binary') == held.binary)
            stop = self.wait_throttle(agent, storm, 'THROTTLE_STOP', start.number + 1)
            self.assertGreater(nanoseconds(stop.time) - quiet, 4 * 10**9)
        after = self.start_in_cgroup('leaf', cgroup=held.cgroup)
        self.end(after)
        for agent in agents:
            agent.wait_for(lambda e: e.is_exit and e.process.get('binary') == after.binary)
            with self.subTest(rate=agent.args[-1]):
                self.check_storm(agent, storm)

    def wait_throttle(self, agent, storm, kind, since=0):
        # Not only ours: what others do meanwhile may be too much as well.
        event = agent.wait_for(lambda e: e.type == 'process_throttle' and
                               e.body.get('cgroup') == storm.cgroup.path, since=since)
        self.assertEqual(event.body, {'type': kind, 'cgroup': storm.cgroup.path})
        return event

    def check_storm(self, agent, storm):
        ledger = self.check_end(agent).ledger
        self.assertGreater(ledger.record('exec', 'throttled'), 500)
        self.assertGreater(ledger.record('fork', 'throttled'), 500)
        self.assertEqual(ledger.record('exit', 'throttled'), 0)
        self.assertGreater(ledger.record('exit', 'unannounced'), 500)
        events = [e for e in self.events_of(agent, storm)
                  if e.process.get('binary', storm.binary) == storm.binary]
        announced = {e.key for e in events if e.is_exec}
        exits = {e.key: e for e in events if e.is_exit}
        self.assertLess(len(announced), 110)
        # Of whom nothing was told, no end is told either; of all others it is.
        self.assertEqual([e for e in exits.values() if e.key not in announced], [])
        self.assertEqual(announced - set(exits), set())
        self.check_images(events)


class Threads(Case):
    def test_ten_thousand(self):
        agent = self.start_agent('--export-extended-fields', ring=None).wait_ready()
        crowd = self.copy_trigger('crowd')
        run = self.run_with(agent, [crowd, 'threads', '10000'])
        if run.status:
            self.skipTest('so many threads cannot be here')
        self.barrier(agent)
        events = [e for e in agent.events if e.process.get('binary') == crowd]
        self.assertEqual([e.type for e in events], ['process_exec', 'process_exit'])
        self.check_complete(agent)


class Bytes(StormCase):
    """Names of any bytes, wherever one can be: valid JSON in valid UTF-8."""

    NAMES = (b'\xff', b'\xc3', b'a\xed\xa0\x80b', b'\x01\x1f\x7f', b'"\\', b'\n\t\r\b\f',
             b'\xe2\x80\xa8\xe2\x80\xae', b'\xf0\x9f\x98\x80', b'\xc2\x9b', b'%s%n{}[]')

    def check_line(self, event):
        text = event.line.decode()
        self.assertEqual([c for c in text if unicodedata.category(c) == 'Cc' and c != '\x7f' and
                          ord(c) < 0x80], [])
        json.loads(text, strict=True)

    def test_of_processes(self):
        agent = self.start_agent('--export-extended-fields',
                                 '--enable-process-environment-variables',
                                 b'--filter-environment-variables=X,V\xff,V"\\').wait_ready()
        count = 0
        for i, name in enumerate(self.NAMES):
            directory = self.dir.encode() + b'/%d' % i + name
            leaf, script = directory + b'/leaf' + name, directory + b'/script' + name
            os.mkdir(directory)
            shutil.copy(trigger_path('leaf'), leaf)
            with open(script, 'wb') as f:
                f.write(b'#!' + (leaf if b'\n' not in leaf else trigger_path('leaf').encode()) +
                        b' 0\n')
            os.chmod(script, 0o755)
            env = {b'V' + name: name, b'X': name * 100}
            for args in ([leaf, b'0', name, b'x ' + name], [script, name],
                         [trigger_path('memfd').encode(), name, leaf]):
                # Some cannot be an interpreter's name.
                process = self.spawn(args, cwd=directory, env=env)
                process.communicate()
                count += process.returncode == 0
                agent.wait_exit(process.pid)
        self.assertGreaterEqual(count, 2 * len(self.NAMES))
        ended = self.check_end(agent)
        for event in agent.events:
            self.check_line(event)
        self.assertGreater(ended.ledger.total['invalid_utf8'], 20)

    def test_of_cgroups(self):
        """Also in the events that are about them."""
        agent = self.start_agent('--export-extended-fields', '--cgroup-rate=20,1s').wait_ready()
        for name in self.NAMES:
            if b'\n' in name:
                continue  # no cgroup can have it
            path = os.fsdecode(b'docker' + name)
            storm = self.start_in_cgroup('crowd', 'leaves', 30, cgroup=Cgroup(self, path))
            self.end(storm)
            events = []
            agent.wait_for(lambda e, s=storm: e.process and
                           e.process.get('cgroup_id') == str(s.cgroup.id))
            shown = path.encode(errors='surrogateescape').decode(errors='replace')
            agent.wait_for(lambda e, s=shown: e.type == 'process_throttle' and
                           e.body['cgroup'].replace('\ufffd', '').endswith(
                               '/docker' + s.removeprefix('docker').replace('\ufffd', '')))
            events += self.events_of(agent, storm)
            self.assertTrue(events)
        for event in agent.events:
            self.check_line(event)
        self.check_end(agent)

    def test_of_the_node(self):
        for name in self.NAMES:
            with self.subTest(name=name):
                agent = self.start_agent(b'--cluster-name=c' + name,
                                         env={'NODE_NAME': os.fsdecode(b'n' + name)}).wait_ready()
                self.run_with(agent, [trigger_path('leaf')])
                self.check_end(agent)
                for event in agent.events:
                    self.check_line(event)
                    if name.decode(errors='ignore').encode() == name:
                        self.assertEqual(event.response['node_name'], 'n' + name.decode())
                        self.assertEqual(event.response['cluster_name'], 'c' + name.decode())


if __name__ == '__main__':
    unittest.main()
