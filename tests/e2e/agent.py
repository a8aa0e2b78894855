# SPDX-License-Identifier: Apache-2.0
"""The agent under test: started, read and stopped from outside, as its users do it."""

import base64
import calendar
import fcntl
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time

F_SETPIPE_SZ = 1031

# How much slower than an ordinary machine this one is: an emulated one says so.
SLOWNESS = float(os.environ.get('OCELLI_TEST_SLOWNESS', '1'))

# A sanitized agent on a busy machine is slow; whoever waits longer waits for nothing.
PATIENCE = 30 * min(SLOWNESS, 4)

# Room for what happens while the machine does other things; where there is little memory, little.
RING = '64M' if os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') > 1 << 30 else '4M'

SANITIZER_WORDS = ('ERROR: AddressSanitizer', 'ERROR: LeakSanitizer', 'runtime error:',
                   'WARNING: ThreadSanitizer')


class Event:
    """One line of the export."""

    def __init__(self, line, number):
        self.line = line
        self.number = number
        response = json.loads(line)
        self.response = response
        self.time = response.get('time')
        for name, body in response.items():
            if isinstance(body, dict):
                self.type = name
                self.body = body
        self.process = self.body.get('process')
        self.parent = self.body.get('parent')
        self.pid = self.process['pid'] if self.process else None
        self.exec_id = self.process['exec_id'] if self.process else None

    @property
    def is_exec(self):
        return self.type == 'process_exec'

    @property
    def is_exit(self):
        return self.type == 'process_exit'

    @property
    def key(self):
        """The pid and the time of the fork: which process, whatever its image."""
        return self.pid, self.process.get('fork_time')

    @property
    def wait_status(self):
        """The status as wait(2) gives it, without the core dump's bit."""
        name = self.body.get('signal')
        return getattr(signal, name) if name else self.body.get('status', 0) << 8

    def __repr__(self):
        return f'#{self.number} {self.line.decode()}'


def nanoseconds(timestamp):
    """Since 1970, of a protojson time with its 0, 3, 6 or 9 digits of fraction."""
    seconds, _, fraction = timestamp.rstrip('Z').partition('.')
    return (calendar.timegm(time.strptime(seconds, '%Y-%m-%dT%H:%M:%S')) * 10**9 +
            int(fraction.ljust(9, '0')))


def split_exec_id(exec_id):
    """Returns node name, number of the image, pid."""
    node, ktime, pid = base64.b64decode(exec_id, validate=True).decode().rsplit(':', 2)
    return node, int(ktime), int(pid)


class Ledger:
    """The ledger of an agent's log; what is 0 is left out there and 0 here."""

    def __init__(self, lines):
        self.records, self.events, self.sinks, self.total = {}, {}, {}, {}
        self.processes, self.policies, self.selectors, self.requests = {}, {}, {}, {}
        self.streams, self.containers = {}, {}
        self.places = {}  # those that the kernel passed programs by at
        self.balanced = None
        for line in lines:
            self._line(line)

    def _line(self, line):
        words = re.findall(r'([^\s=]+)(?:=("(?:[^"\\]|\\.)*"|\S*))?', line)
        kind, name = words[0]
        values = {k: int(v) if v.isdigit() else v for k, v in words[1:]}
        if kind == 'balanced':
            self.balanced = name == 'true'
        elif kind in ('total', 'processes', 'streams', 'containers'):
            getattr(self, kind).update(values)
        elif kind == 'policy':
            self.policies[name] = values
        else:
            getattr(self, kind + 's')[name] = values

    def record(self, name, what):
        return self.records[name].get(what, 0)

    def event(self, name, what):
        return self.events[name].get(what, 0)


def ledgers_of(log):
    """All ledgers in a log, oldest first."""
    ledgers, lines = [], []
    for line in log.splitlines():
        _, found, text = line.partition('msg="ledger: ')
        if not found:
            continue
        text = json.loads('"' + text)
        lines.append(text)
        if text.startswith('balanced='):
            ledgers.append(Ledger(lines))
            lines = []
    return ledgers


class Ended:
    """What an agent left behind."""

    def __init__(self, agent):
        self.status = agent.process.returncode
        self.stderr = agent.log()
        ledgers = ledgers_of(self.stderr)
        self.ledger = ledgers[-1] if ledgers else None
        self.sanitizer = [word for word in SANITIZER_WORDS if word in self.stderr]

    def check(self, test, status=0):
        """What holds for every agent at any time."""
        test.assertFalse(self.sanitizer, self.stderr)
        test.assertEqual(self.status, status, self.stderr)
        if status == 0:
            test.assertIsNotNone(self.ledger, self.stderr)
            test.assertTrue(self.ledger.balanced, self.stderr)


class Agent:
    """A running ocellid with files of its own. Its events are read as fast as they come."""

    build = None  # directory, set by the runner

    def __init__(self, *args, env=None, prefix=(), stdout=True, output=subprocess.PIPE,
                 run_dir=None, bpf_dir=None, buffer='1G', ring=RING, read=True, program=None,
                 **popen):
        self.dir = tempfile.TemporaryDirectory(prefix='ocelli-e2e-')
        self.run_dir = run_dir or os.path.join(self.dir.name, 'run')
        program = program or os.path.join(self.build, 'ocellid')
        self.args = [*prefix, program, '--run-dir', self.run_dir]
        # In no BPF file system, if not said otherwise: what it enforces ends with it.
        self.args += ['--bpf-dir', bpf_dir or os.path.join(self.dir.name, 'bpf')]
        if stdout:
            self.args += ['--export-stdout', '--export-stdout-buffer=' + buffer]
        if ring:
            # So that what others do to the machine meanwhile does not fill it.
            self.args.append('--rb-size-total=' + ring)
        self.args += args
        # Options of whoever runs the tests are not ours.
        self.env = {k: v for k, v in os.environ.items() if not k.startswith('OCELLI_')}
        self.env.update(env or {})
        self.popen = {'stdout': output, **popen}
        self.reads = read
        self.process = None
        self.broken = []  # lines that are no events
        self._events = []
        self._chunks = []  # not yet looked at: parsing would make a slow reader of us
        self._unread = b''  # the beginning of a line
        self._log = []
        self._raw_log = []
        self._news = threading.Condition()
        self._threads = []
        self._ended = None

    def __enter__(self):
        return self.start().wait_ready()

    def __exit__(self, *_):
        self.kill()

    def start(self):
        self.process = subprocess.Popen(
            self.args, env=self.env, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
            **self.popen)
        if self.process.stdout:
            fcntl.fcntl(self.process.stdout, F_SETPIPE_SZ, 1 << 20)
        if self.process.stdout and self.reads:
            self.read_on()
        self._thread(self._read_log)
        return self

    def read_on(self):
        """For an agent started not to be read at first."""
        self.reads = True
        self._thread(self._read_events)

    def _thread(self, run):
        self._threads.append(threading.Thread(target=run, daemon=True))
        self._threads[-1].start()

    def _read_events(self):
        while True:
            data = os.read(self.process.stdout.fileno(), 1 << 20)
            with self._news:
                self._chunks.append(data)
                self._news.notify_all()
            if not data:
                return

    @property
    def events(self):
        """All events so far."""
        with self._news:
            chunks, self._chunks = self._chunks, []
        *lines, self._unread = (self._unread + b''.join(chunks)).split(b'\n')
        if b'' in chunks and self._unread:
            self.broken.append(self._unread)
        for line in lines:
            try:
                self._events.append(Event(line, len(self._events)))
            except (ValueError, AttributeError, KeyError):
                self.broken.append(line)
        return self._events

    def _read_log(self):
        for line in self.process.stderr:
            with self._news:
                self._raw_log.append(line)
                self._log.append(line.decode(errors='replace'))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def log(self):
        return ''.join(self._log)

    @property
    def lines_of_log(self):
        """How many there are by now."""
        return len(self._log)

    def raw_log(self):
        return list(self._raw_log)

    def _wait(self, check, what, timeout):
        """Waits until check() is not None; returns it."""
        end = time.monotonic() + timeout
        with self._news:
            while True:
                result = check()
                if result is not None:
                    return result
                left = end - time.monotonic()
                if left <= 0 or not any(t.is_alive() for t in self._threads):
                    break
                self._news.wait(left)
        # Not the events: most of them are of other people's processes.
        raise AssertionError(f'{what} did not come in {timeout} s; the agent says:\n{self.log()}')

    def wait_log(self, text, since=0, timeout=PATIENCE):
        """Waits for a line of the log, from number @since on, that has that text."""
        return self._wait(lambda: next((line for line in self._log[since:] if text in line), None),
                          f'"{text}" in the log', timeout)

    def has_logged(self, text, since=0):
        return any(text in line for line in self._log[since:])

    def wait_ready(self):
        """All processes that were there have been announced, and the loop runs."""
        self.wait_log(' watches ')
        return self

    def wait_for(self, predicate, what='the event', timeout=PATIENCE, since=0):
        """Waits for an event that the predicate accepts, from number @since on; returns it."""
        position = since

        def check():
            nonlocal position
            events = self.events
            while position < len(events):
                event = events[position]
                position += 1
                if predicate(event):
                    return event
            return None

        return self._wait(check, what, timeout)

    def wait_exec(self, pid, since=0, **more):
        return self.wait_for(lambda e: e.is_exec and e.pid == pid, f'exec of {pid}', since=since,
                             **more)

    def wait_exit(self, pid, since=0, **more):
        return self.wait_for(lambda e: e.is_exit and e.pid == pid, f'exit of {pid}', since=since,
                             **more)

    @property
    def pid(self):
        return self.process.pid

    def memory(self, name):
        """In bytes; VmRSS: now, VmHWM: at most, so far."""
        with open(f'/proc/{self.pid}/status', encoding='utf-8') as f:
            for line in f:
                if line.startswith(name + ':'):
                    return int(line.split()[1]) << 10
        raise KeyError(name)

    def program_ids(self):
        """Of the BPF programs that it has loaded."""
        ids = set()
        for fd in os.listdir(f'/proc/{self.pid}/fdinfo'):
            with open(f'/proc/{self.pid}/fdinfo/{fd}', encoding='utf-8') as f:
                ids |= {int(l.split()[1]) for l in f if l.startswith('prog_id:')}
        return ids

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        self._end()

    def stop(self, signal_number=signal.SIGTERM):
        """Ends the agent in order. Returns what it left behind."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        return self.wait_end()

    def wait_end(self, timeout=PATIENCE):
        if not self._ended:
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError('the agent does not end; it says:\n' + self.log()) from None
            self._end()
            self._ended = Ended(self)
        return self._ended

    def _end(self):
        if not self.process:
            return
        self.process.wait()
        for thread in self._threads:
            thread.join(PATIENCE)
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        self.dir.cleanup()
