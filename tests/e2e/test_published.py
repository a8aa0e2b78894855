# SPDX-License-Identifier: Apache-2.0
"""Policies that others published for Tetragon: each is loaded as it is, or refused for a reason;
and what a call that they are about looks like. They are read where they are, and not part of us."""

import ctypes
import glob
import os
import platform
import re
import shutil
import struct

from case import Cgroup, needs, trigger_path
from published_triggers import (EGRESS, EXECUTORS, FILES, MONITORED, NOISY, PROGRAMS, TRIGGERS,
                                WITHOUT, like)
from test_policies import PREFIX, PolicyCase, recent_enough, values_of

HERE = os.path.dirname(os.path.abspath(__file__))
# Beside the repository; in a guest, beside the tests.
PLACES = (os.path.join(HERE, '../../../shared/policies'), os.path.join(HERE, '../policies'))

# What this version or a kernel lacks, and what is no policy yet.
ENFORCING = ('Sigkill', 'Override', 'Signal', 'NotifyEnforcer')

TOLD = {'KPROBE_ACTION_' + name.upper() for name in (*ENFORCING, 'Post', 'TrackSock',
                                                      'UntrackSock', 'NoPost')}

REASONS = (
    r'there is no file \\?"/(home|procRoot|lib64)/',  # on somebody else's machine
    r'does not let programs write to the memory of processes',
    r'\\"\$\{\w+\}\\" is not an address or a network',  # a placeholder
    r'docker-compose.yaml:\d+:\d+: error: the document does not say what it is',
    r'this kernel has no (function|LSM hook|tracepoint|system call) ',
)


def published():
    for place in PLACES:
        found = glob.glob(f'{place}/**/*.y*ml', recursive=True)
        if found:
            return sorted(found)
    return []


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def enforces(path):
    return re.search(f'action: "?({"|".join(ENFORCING)})', read(path))


def monitored(text):
    """They are for the whole machine, which runs us."""
    assert '  options:' not in text
    return re.sub(r'^spec:\n', r'\g<0>  options: [{name: policy-mode, value: monitor}]\n', text,
                  count=1, flags=re.M)


def of_file(path, triggers=None):
    """What triggers make a file tell, or the reason that it has none; nothing: not in the table."""
    tables = [told for _, told in TRIGGERS + MONITORED + NOISY if triggers is None] + \
        [told for _, told in triggers or ()] + [WITHOUT] * (triggers is None)
    return [what for table in tables for name, all_of_it in table.items()
            if path.endswith('/' + name) for what in all_of_it]


def filled(value, facts):
    """With what is made when it is asked for."""
    if isinstance(value, str):
        return re.sub(r'\{(\w+)\}', lambda m: facts[m[1]](), value)
    if isinstance(value, dict):
        return {k: filled(v, facts) for k, v in value.items()}
    return [filled(v, facts) for v in value] if isinstance(value, (list, tuple)) else value


def call_bpf(command, attributes):
    number = {'x86_64': 321, 'aarch64': 280}[platform.machine()]
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(number, command, attributes, len(attributes))
    if result < 0:
        raise OSError(ctypes.get_errno(), 'bpf')
    return result


def let_packets_pass(directory):
    """A program on what a cgroup sends, which lets it; it goes with the cgroup."""
    code = ctypes.create_string_buffer(struct.pack('=BBhiBBhi', 0xb7, 0, 0, 1, 0x95, 0, 0, 0), 16)
    license = ctypes.create_string_buffer(b'Apache-2.0')
    program = call_bpf(5, struct.pack('=IIQQ44xI', 8, 2, ctypes.addressof(code),
                                      ctypes.addressof(license), EGRESS))
    cgroup = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        call_bpf(8, struct.pack('=IIII', cgroup, program, EGRESS, 0))
    finally:
        os.close(cgroup)
        os.close(program)


class PublishedCase(PolicyCase):
    def setUp(self):
        super().setUp()
        if not published():
            self.skipTest('they are not there')
        if not recent_enough():
            self.skipTest('this kernel has no atomic operations that return a value')
        os.mkdir(self.path('policies'))

    def start(self, *args, only=None, change=None, **more):
        """An agent with these files, under names of their own. Returns it, {policy: file} of what
        it loaded, and {file: what it says} of the others."""
        files = {}
        for i, path in enumerate(published()):
            if only is None or only(path):
                files[f'p{i}'] = path
                text = re.sub(r'^( +name:).*', rf'\1 p{i}', read(path), count=1, flags=re.M)
                if change:
                    text = change(text)
                if enforces(path):
                    text = monitored(text)
                self.write(text, f'p{i}-{os.path.basename(path)}'.replace('.yml', '.yaml'))
        agent = self.start_agent('--tracing-policy', self.path('policies'), *args,
                                 **more).wait_ready()
        log = agent.log()
        loaded = {name: files[name] for name in re.findall(
            r'policy (\S+): (?:partially_)?enabled, \d+ hooks?', log)}
        refused = {path: [] for name, path in files.items() if name not in loaded}
        for line in re.findall(r'msg="(?:policy \S+ is not loaded: )?(/.*)"', log):
            path = files[re.search(r'/(p\d+)-', line)[1]]
            if path in refused and ': warning: ' not in line:
                refused[path].append(line)
        return agent, loaded, refused


class Published(PublishedCase):
    @needs('kprobe')
    @needs('lsm_active')
    def test_each_is_loaded_or_refused_for_a_reason(self):
        self.assertGreater(len(published()), 60)
        agent, loaded, refused = self.start('--export-filename', self.path('events.json'),
                                            stdout=False, ring=None)
        agent.stop()
        self.assertGreater(len(loaded), 38)
        for path, lines in refused.items():
            with self.subTest(path):
                self.assertTrue(lines)
                for line in lines:
                    self.assertTrue(any(re.search(reason, line) for reason in REASONS), line)
        for path in loaded.values():
            with self.subTest(path):
                self.assertTrue(of_file(path), 'it has no trigger, and no reason to have none')

    def make_new(self):
        return self.path('new')

    def make_root(self):
        root = self.path('root')
        for name in PROGRAMS + EXECUTORS + FILES:
            os.makedirs(os.path.dirname(f'{root}/{name}'), exist_ok=True)
        for name in PROGRAMS:
            shutil.copy(trigger_path('call'), f'{root}/{name}')
        for name in EXECUTORS:
            shutil.copy(trigger_path('setup'), f'{root}/{name}')
        for name in FILES:
            with open(f'{root}/{name}', 'wb') as f:
                f.write(bytes(4096))
        return root

    def make_file(self):
        with open(self.path('file'), 'wb'):
            return self.path('file')

    def make_link(self):
        os.symlink('/dev/null', self.path('link'))
        return self.path('link')

    def make_filtered_cgroup(self):
        cgroup = Cgroup(self)
        let_packets_pass(cgroup.root + cgroup.path)
        return f'{cgroup.root}{cgroup.path}/cgroup.procs'

    @staticmethod
    def read_comm():
        with open('/proc/self/comm', encoding='ascii') as f:
            return f.read().strip()

    def check_triggers(self, triggers):
        """Those for the pods of a namespace as if they were for all."""
        agent, loaded, _ = self.start(
            only=lambda path: of_file(path, triggers),
            change=lambda text: text.replace('TracingPolicyNamespaced', 'TracingPolicy'))
        self.assertTrue(loaded)
        facts = {'root': self.make_root, 'file': self.make_file, 'link': self.make_link,
                 'filtered': self.make_filtered_cgroup, 'comm': self.read_comm, 'new': self.make_new}
        for command, told in triggers:
            wanted = [(path, what) for path in loaded.values()
                      for what in of_file(path, [(command, told)])]
            if not wanted:
                continue
            # A shell between us and it.
            run = self.run_with(agent, ['/bin/sh', '-c', '"$@"; exit $?', 'sh',
                                        *filled(command, facts)])
            seen = {}
            self.assertLessEqual({e.body['action'] for e in run.events if 'action' in e.body},
                                 TOLD)
            for event in run.events:
                if name := event.body.get('function_name', event.body.get('event')):
                    seen.setdefault(loaded[event.body['policy_name']], []).append(
                        (name.replace(PREFIX, 'sys_'),
                         values_of(event) if 'args' in event.body else []))
            for path, (name, values) in wanted:
                with self.subTest(path, hook=name):
                    found = [v for n, v in seen.get(path, ()) if re.fullmatch(name, n)]
                    self.assertTrue(any(like(v, filled(values, facts)) for v in found),
                                    f'{command}: {values} is not in {found}')
        self.check_complete(agent)

    def test_triggers(self):
        self.check_triggers(TRIGGERS)

    def test_monitored(self):
        self.check_triggers(MONITORED)

    def test_noisy(self):
        self.check_triggers(NOISY)


class Programs(PublishedCase):
    """Those about programs, which are other files here: none that anybody else executes."""

    def start_with(self, **files):
        """{name of a path: file}"""
        def change(text):
            for name, path in files.items():
                text = re.sub(f'path: ".*/{re.escape(name)}"', f'path: "{path}"', text)
            return text
        return self.start(only=lambda path: any(
            re.search(f'path: ".*/{re.escape(name)}"', read(path)) for name in files),
            change=change)

    @staticmethod
    def told(run, loaded):
        """{file: its events}"""
        seen = {}
        for event in run.events:
            if 'policy_name' in event.body:
                seen.setdefault(os.path.basename(loaded[event.body['policy_name']]),
                                []).append(event.body)
        return seen

    @needs('uprobe')
    def test_of_bash(self):
        bash = self.path('bash')
        shutil.copy('/bin/bash', bash)
        agent, loaded, refused = self.start_with(bash=bash)
        self.assertEqual(refused, {})
        run = self.run_with(agent, [bash, '-c', ':'])
        told = self.told(run, loaded)
        self.assertEqual([e['symbol'] for e in told['uprobe.yaml']], ['main'])
        self.assertEqual([e['symbol'] for e in told['uprobe-host.yaml']], ['_start'])
        self.assertEqual(told['uprobe.yaml'][0]['path'], bash)
        # It is for a process of some other machine.
        self.assertIn('uprobe-pid.yaml', map(os.path.basename, loaded.values()))
        self.check_complete(agent)

    @needs('uprobe')
    def test_of_libraries(self):
        library = self.path('libc.so.6')
        shutil.copy(re.search(r'/.*/libc\.so\.6$', read('/proc/self/maps'), re.M)[0], library)
        agent, loaded, refused = self.start_with(**{'libc.so.6': library})
        self.assertEqual(refused, {})
        run = self.run_with(agent, ['/usr/bin/bash', '-c', ':'],
                            env={'LD_LIBRARY_PATH': self.dir})
        told = self.told(run, loaded)['uprobe-binaries.yaml']
        self.assertEqual({e['symbol'] for e in told}, {'malloc'})
        self.check_complete(agent)

    @needs('uprobe')
    def test_of_static_probes(self):
        hooked = trigger_path('hooked')
        agent, loaded, refused = self.start_with(usdt=hooked)
        self.assertEqual(refused, {})
        run = self.run_with(agent, [hooked, 'publish', '7', '8'])
        [event] = self.told(run, loaded)['usdt.yaml']
        self.assertEqual((event['provider'], event['name'], event['args']),
                         ('test', 'usdt3', [{'int_arg': 7}, {'long_arg': '8'}]))
        self.check_complete(agent)

    @needs('uprobe', 'probe_write_user')
    def test_of_what_is_set(self):
        hooked = trigger_path('hooked')
        agent, loaded, refused = self.start_with(**{'usdt-override': hooked})
        self.assertEqual(refused, {})
        run = self.run_with(agent, [hooked, 'publish', '7', '8'])
        [event] = self.told(run, loaded)['usdt-set.yaml']
        self.assertEqual((event['args'], event['action'], run.facts['publish']),
                         ([{'int_arg': 7}, {'int_arg': 8}, {'int_arg': 3}], 'KPROBE_ACTION_SET',
                          32))
        self.check_complete(agent)
