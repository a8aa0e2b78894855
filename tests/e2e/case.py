# SPDX-License-Identifier: Apache-2.0
"""What the tests share: triggers, their events, and agents that must end well."""

import ctypes
import functools
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest
import uuid

from agent import PATIENCE, SLOWNESS, Agent, split_exec_id


def trigger_path(name):
    return os.path.join(Agent.build, 'tests', 'e2e', 'triggers', name)


def is_sanitized():
    """Whether the agent is built with what makes it large and slow."""
    with open(os.path.join(Agent.build, 'ocellid'), 'rb') as f:
        return b'__asan_init' in f.read()


@functools.cache
def kernel_features():
    """What "ocelli probe" says of this kernel: {name: whether it is there}."""
    ocelli = os.path.join(Agent.build, 'ocelli')
    output = subprocess.run([ocelli, 'probe', '-o', 'json'], capture_output=True, text=True,
                            check=False).stdout
    return {f['name']: f['state'] == 'present' for f in json.loads(output)['features']}


def _mount_tracefs():
    """Where nobody has mounted it: a mount that is nowhere, and ends with its descriptor."""
    libc = ctypes.CDLL(None, use_errno=True)
    fs = libc.fsopen(b'tracefs', 0)
    if fs >= 0 and libc.fsconfig(fs, 6, None, None, 0) == 0:  # FSCONFIG_CMD_CREATE
        return libc.fsmount(fs, 0, 0)
    return -1


@functools.cache
def tracefs():
    """A path to it, or to nothing."""
    for path in '/sys/kernel/tracing', '/sys/kernel/debug/tracing':
        if os.path.exists(path + '/events'):
            return path
    return f'/proc/{os.getpid()}/fd/{_mount_tracefs()}'


def _only_if(there, features):
    def decorate(test):
        @functools.wraps(test)
        def run(self):
            for name in features:
                if kernel_features()[name] != there:
                    self.skipTest(f'this kernel has {"no" if there else "a"} {name}')
            test(self)
        return run
    return decorate


def needs(*features):
    """For a test of what only kernels with these features do."""
    return _only_if(True, features)


def without_feature(*features):
    """For a test of what is done where the kernel lacks these."""
    return _only_if(False, features)


def scaled(n, least):
    """Of so many that an ordinary machine does in a short time, as many as this one does; at
    least what the test needs to make sense."""
    return max(least, round(n / SLOWNESS))


def processes_ever():
    """Forks, since the machine was started."""
    with open('/proc/stat', encoding='utf-8') as f:
        return next(int(line.split()[1]) for line in f if line.startswith('processes '))


def merge_facts(text):
    """The JSON objects, one a line, that a trigger says, as one."""
    facts = {}
    for line in text.splitlines():
        facts.update(json.loads(line))
    return facts


def list_facts(text):
    return [json.loads(line) for line in text.splitlines()]


def family(root, events):
    """The events of a process and of all that descend from that image of it, in order."""
    known = {root.exec_id}
    while True:
        members = [e for e in events if e.process and
                   (e.exec_id in known or e.process.get('parent_exec_id') in known)]
        new = {e.exec_id for e in members} - known
        if not new:
            return members
        # One that did not execute is told of when it ends, after its children were.
        known |= new


def image_number(event):
    return split_exec_id(event.exec_id)[1]


def flags_of(process):
    """Its flags but for the one that in_init_tree repeats."""
    return ' '.join(word for word in process.get('flags', '').split() if word != 'inInitTree')


def without(process, *names):
    return {k: v for k, v in process.items() if k not in names}


class Run:
    """A trigger that has run to its end, and what the agent told of it."""

    def __init__(self, pid, status, output, events):
        self.pid = pid
        self.status = status
        self.output = output
        self.facts = merge_facts(output) if output.startswith('{') else {}
        self.events = events

    @property
    def root(self):
        return self.events[0]

    def execs(self, pid=None):
        return [e for e in self.events if e.is_exec and pid in (None, e.pid)]

    def exits(self, pid=None):
        return [e for e in self.events if e.is_exit and pid in (None, e.pid)]


class Held:
    """A process that stays until it is let go, so that /proc can be asked about it."""

    def __init__(self, case, process, pid):
        self.case = case
        self.process = process
        self.pid = pid

    def proc(self, name):
        with open(f'/proc/{self.pid}/{name}', encoding='utf-8') as f:
            return f.read()

    def status(self, name):
        """The words of that line of /proc/PID/status."""
        for line in self.proc('status').splitlines():
            if line.startswith(name + ':'):
                return line.split()[1:]
        raise KeyError(name)

    def link(self, name):
        return os.readlink(f'/proc/{self.pid}/{name}')

    def release(self):
        if self.process.stdin:
            self.process.stdin.close()
            self.process.stdin = None
        self.process.wait(PATIENCE)
        if self.process.stdout:
            self.process.stdout.close()


def cgroup_root():
    """Where the hierarchy is mounted that the agent goes by: src/sensor/cgroup_mode.c."""
    found = {}
    with open('/proc/self/mounts', encoding='utf-8') as f:
        for line in f:
            _, where, kind, options = line.split()[:4]
            if kind == 'cgroup2':
                found['unified'] = where
            elif kind == 'cgroup':
                found.update({option: where for option in options.split(',')})
    for name in ('memory', 'pids', 'cpuset', 'unified'):
        if name in found:
            return found[name]
    raise unittest.SkipTest('no cgroup file system is mounted')


def name_in_file_system(path):
    """What it is called there, wherever that is mounted."""
    found = '/', '/'
    with open('/proc/self/mountinfo', encoding='utf-8') as f:
        for line in f:
            root, where = line.split()[3:5]
            if os.path.commonpath((where, path)) == where and len(where) >= len(found[0]):
                found = where, root
    return os.path.normpath(os.path.join(found[1], os.path.relpath(path, found[0])))


def device_number(path):
    """As the kernel has it (include/linux/kdev_t.h: MKDEV)."""
    device = os.stat(path).st_dev
    return os.major(device) << 20 | os.minor(device)


class Cgroup:
    """A cgroup below one of our own; the directories go when they are empty."""

    def __init__(self, case, path='x'):
        self.name = f'/ocelli-e2e-{os.getpid()}-{uuid.uuid4().hex[:8]}'
        self.path = self.name + '/' + path
        self.root = cgroup_root()
        case.addCleanup(self.remove)
        os.makedirs(self.root + self.path)
        self.id = os.stat(self.root + self.path).st_ino

    @property
    def step(self):
        """For the trigger "setup": to go there."""
        return f'cgroup={self.root}{self.path}/cgroup.procs'

    def remove(self):
        for directory, _, _ in os.walk(self.root + self.name, topdown=False):
            # A process that has just ended may still be on its way out.
            end = time.monotonic() + PATIENCE
            while True:
                try:
                    os.rmdir(directory)
                    break
                except OSError:
                    if time.monotonic() > end:
                        raise
                    time.sleep(0.01)


class Case(unittest.TestCase):
    """Tests that each start the agents they need."""

    maxDiff = None

    def setUp(self):
        self.dir = self.make_directory()

    def make_directory(self, where=None):
        path = tempfile.mkdtemp(prefix='ocelli-e2e-', dir=where)
        os.chmod(path, 0o755)
        # Some go deeper than shutil.rmtree() can.
        self.addCleanup(subprocess.run, ['rm', '-rf', '--one-file-system', path], check=True)
        return path

    def path(self, name):
        return os.path.join(self.dir, name)

    def copy_trigger(self, name, to=None):
        """A trigger under a name of its own: the events of all its processes have it."""
        path = self.path(to or f'{name}-{uuid.uuid4().hex[:12]}')
        shutil.copy(trigger_path(name), path)
        return path

    def start_agent(self, *args, **more):
        """An agent that the test may stop; it does not outlive it."""
        agent = Agent(*args, **more)
        self.addCleanup(agent.kill)
        agent.start()
        return agent

    def check_end(self, agent, status=0):
        ended = agent.stop()
        ended.check(self, status)
        sink = ended.ledger.sinks.get('stdout') if status == 0 else None
        if sink and agent.reads and agent.process.stdout:
            self.assertEqual(sink['delivered'], len(agent.events))
            self.assertEqual(sink['pending'], 0)
            self.assertEqual(agent.broken, [])
        return ended

    def check_complete(self, agent):
        """It ended well and lost nothing."""
        ended = self.check_end(agent)
        for name in ('fork', 'exec', 'exit', 'task'):
            self.assertEqual(ended.ledger.record(name, 'full'), 0, name)
        return ended

    @staticmethod
    def wait_until(check, what, timeout=PATIENCE):
        """For what nobody tells of. Returns what check() returns when that is true."""
        end = time.monotonic() + timeout
        while not (result := check()):
            if time.monotonic() > end:
                raise AssertionError(f'{what} did not come in {timeout} s')
            time.sleep(0.01)
        return result

    def spawn(self, args, **popen):
        process = subprocess.Popen(args, **{'stdin': subprocess.DEVNULL,
                                            'stdout': subprocess.PIPE, **popen})
        self.addCleanup(self._reap, process)
        return process

    @staticmethod
    def _reap(process):
        if process.poll() is None:
            process.kill()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()
        process.wait()

    def run_with(self, agent, args, timeout=PATIENCE, **popen):
        """Runs a program to its end; returns it with its family's events."""
        since = len(agent.events)
        process = self.spawn(args, **popen)
        output, _ = process.communicate(timeout=timeout)
        return self.collect(agent, process, (output or b'').decode(), since)

    def collect(self, agent, process, output, since):
        root = agent.wait_exec(process.pid, since)
        # Its children ended before it did, and the ring keeps the order.
        agent.wait_exit(process.pid, since)
        return Run(process.pid, process.returncode, output, family(root, agent.events[since:]))

    def hold_with(self, agent, args, **popen):
        """Starts a program that becomes, or has for a child, a "hold"; returns it and the event
        of its last exec."""
        since = len(agent.events)
        process = self.spawn(args, stdin=popen.pop('stdin', subprocess.PIPE), **popen)
        facts = {}
        # Parent and child speak when they come to it.
        expected = {'pid', 'forked'} if 'fork' in args else {'pid'}
        while not expected <= set(facts):
            line = process.stdout.readline()
            self.assertTrue(line, f'{args[0]} failed')
            facts.update(json.loads(line))
        # Which it is out here, whatever namespace it is in.
        held = Held(self, process, facts.get('forked', process.pid))
        held.facts = facts
        self.barrier(agent)
        event = [e for e in agent.events[since:] if e.is_exec and e.pid == held.pid][-1]
        return held, event

    def check_lives(self, events, ended=True):
        """What is true of the events of any processes that have ended by now."""
        announced, latest, exits, objects = {}, {}, {}, {}
        for event in events:
            # Only an exec has the environment and what the exec gained.
            process = without(event.process, 'refcnt', 'binary_properties',
                              'environment_variables')
            self.assertEqual(objects.setdefault(event.exec_id, process), process)
            if event.parent:
                self.assertEqual(event.parent['exec_id'], event.process['parent_exec_id'])
                parent = without(event.parent, 'refcnt')
                self.assertEqual(objects.get(parent['exec_id'], parent), parent)
            if event.is_exec:
                self.assertNotIn(event.exec_id, announced)
                self.assertNotIn(event.key, exits)
                announced[event.exec_id] = event
                last = latest.get(event.key)
                self.assertTrue(not last or image_number(last) < image_number(event),
                                f'told of after the image that replaced it: {event}')
                latest[event.key] = event
            if event.is_exit:
                self.assertNotIn(event.key, exits)
                exits[event.key] = event
        for key, exit_event in exits.items():
            self.assertEqual(exit_event.exec_id, latest.get(key, exit_event).exec_id)
        if ended:
            self.assertEqual(set(latest) - set(exits), set(), 'dead, and no exit was told of')

    def barrier(self, agent):
        """Returns when the agent has told of everything that has happened so far."""
        since = len(agent.events)
        process = self.spawn([trigger_path('leaf')])
        process.wait(PATIENCE)
        agent.wait_exit(process.pid, since)


class StormCase(Case):
    """All processes of a storm are in a cgroup of their own and run a binary of their own; both
    tell them apart from whatever else goes on here."""

    def start_in_cgroup(self, name, *args, cgroup=None, **popen):
        """A copy of a trigger in a cgroup, of its own or this one."""
        cgroup = cgroup or Cgroup(self)
        binary = self.copy_trigger(name)
        process = self.spawn([trigger_path('setup'), cgroup.step, '--', binary, *map(str, args)],
                             **popen)
        process.cgroup, process.binary = cgroup, binary
        return process

    def end(self, process, timeout=4 * PATIENCE):
        """Waits until it has ended well. Returns what it said."""
        output, _ = process.communicate(timeout=timeout)
        self.assertEqual(process.returncode, 0)
        return (output or b'').decode()

    @staticmethod
    def events_of(agent, process, since=0):
        """Of the process and all others in its cgroup."""
        return [e for e in agent.events[since:]
                if e.process and e.process.get('cgroup_id') == str(process.cgroup.id)]


class SharedCase(Case):
    """Tests that look at the same agent, started with these options."""

    options = ('--export-extended-fields',)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = Agent(*cls.options)
        cls.addClassCleanup(cls.agent.kill)
        cls.agent.start().wait_ready()

    @classmethod
    def tearDownClass(cls):
        # An instance of its own for the assertions.
        cls().check_end(cls.agent)
        super().tearDownClass()

    def trigger(self, name, *args, status=0, **popen):
        run = self.run_with(self.agent, [trigger_path(name), *map(str, args)], **popen)
        self.assertEqual(run.status, status)
        self.check_lives(run.events)
        return run

    def hold(self, *args, **popen):
        return self.hold_with(self.agent, args, **popen)
