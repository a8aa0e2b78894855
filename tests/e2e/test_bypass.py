# SPDX-License-Identifier: Apache-2.0
"""Ways to get at what a policy denies: which rules hold against which (docs/policies.md). What is
denied by all rules is also tried on what none is about, where it has to lead to the goal: else it
would be no way."""

import contextlib
import json
import mmap
import os
import platform
import re
import shutil
import signal
import socket
import struct
import subprocess
import unittest

from case import device_number, needs, trigger_path
from test_policies import PolicyCase, recent_enough
from test_policies import hook as call
from test_policies import policy as kprobes
from test_policy_hooks import OLD

DENIED = (-1, -13)
SKIPPED = 77

# Since Linux 6.7 a file below an overlay has its own path (fs/backing-file.c), before that the
# overlay's.
OWN_PATH_BELOW = tuple(map(int, re.findall(r'\d+', platform.release())[:2])) >= (6, 7)

# What leads to a file, and the rules that it gets round.
WAYS = {
    'directly': '',
    'symlink': '',
    'directory': '',
    'beneath': '',
    'in-root': '',
    'path-descriptor': '',
    'others-directory': '',
    'others-root': '',
    'own-root': '',
    'after-unlink': '',
    'chroot': 'path',
    'bind-mount': 'path',
    'bind-mount-of-file': 'path',
    'user-namespace': 'path',
    'detached-tree': 'path',
    'moved-mount': 'path',
    'depth': 'path',
    'hard-link': 'path',
    'linked-descriptor': 'path',
    'rename': 'path',
    'exchange': 'path',
    'renamed-directory': 'path',
    'exchanged-directory': 'path',
    'overlay': 'path' if OWN_PATH_BELOW else 'path name',
    'handle': 'path name',
}
RULES = ('path', 'name', 'number')
MORE_EXECUTION = ('exec-descriptor', 'interpret', 'map', 'map-later')

ATTEMPTS = (
    *((way, 'read') for way in WAYS),
    ('directly', 'read-in-thread'),
    *((way, 'exec') for way in ('directly', 'chroot', 'hard-link', 'overlay', 'handle')),
    *((way, act) for way in ('directly', 'bind-mount') for act in MORE_EXECUTION),
)

# The hooks that decide of an act, where the file is of which they decide, and what else they ask.
EXECUTABLE = ('index: 2, type: uint32', ('Mask', [mmap.PROT_EXEC]))
# include/linux/fs.h: __FMODE_EXEC. What is executed from an overlay has the overlay's number, but
# what it is on is opened, too.
TO_EXECUTE = ('index: 0, type: uint32, resolve: f_flags', ('Mask', [0x20]))
HOOKS = {
    'read': (('file_open', '', None),),
    'execute': (('bprm_check_security', 'file.', None), ('file_open', '', TO_EXECUTE),
                ('mmap_file', '', EXECUTABLE), ('file_mprotect', 'vm_file.', EXECUTABLE)),
}


def hook(name, args, *selectors):
    """@args: what they are; @selectors: matches that all have to hold, (which argument, operator,
    values)."""
    text = f'  - hook: {name}\n    args:\n' + ''.join(f'    - {{{a}}}\n' for a in args)
    text += '    selectors:\n'
    for matches in selectors:
        text += '    - matchArgs:\n' + ''.join(
            f'      - {{args: [{i}], operator: {operator}, values: {[str(v) for v in values]}}}\n'
            for i, operator, values in matches)
        text += '      matchActions: [{action: Override, argError: -13}]\n'
    return text


def policy(name, *hooks):
    return (f'apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {{name: {name}}}\n'
            'spec:\n  lsmhooks:\n' + ''.join(hooks))


def decides(place, *matches):
    """@matches: an argument, an operator, values."""
    name, _, more = place
    matches = [*matches, (more[0], *more[1])] if more else matches
    return hook(name, [m[0] for m in matches],
                [(i, operator, values) for i, (_, operator, values) in enumerate(matches)])


def by_path(place, directory):
    resolve = f', resolve: {place[1][:-1]}' if place[1] else ''
    return decides(place, (f'index: 0, type: file{resolve}', 'Prefix', [directory + '/']))


def end_of(directory):
    """The names in it that are nobody else's: the file system of the tests is mounted in more than
    one place."""
    return '/'.join(['', *directory.split('/')[-3:]])


def by_name(place, directory):
    return decides(place, (f'index: 0, type: dentry, resolve: {place[1]}f_path.dentry',
                           'SubString', [end_of(directory) + '/']))


def keeps_name(directory):
    return ''.join(hook(name, [f'index: {index}, type: dentry'],
                        [(0, 'SubString', [end_of(directory)])])
                   for name, index in (('inode_link', 0), ('inode_rename', 1)))


def by_number(place, files):
    devices = {device_number(path) for path in files}
    inode = f'resolve: {place[1]}f_inode'
    return decides(place, (f'index: 0, type: uint64, {inode}.i_ino', 'Equal',
                           [os.stat(path).st_ino for path in files]),
                   (f'index: 0, type: uint32, {inode}.i_sb.s_dev', 'Equal', devices))


class BypassCase(PolicyCase):
    def make_file(self, path, executable=True):
        os.makedirs(os.path.dirname(path))
        if executable:
            shutil.copy(trigger_path('leaf'), path)
        else:
            with open(path, 'w', encoding='ascii') as f:
                f.write('content\n')
        return path

    def passes(self, way, act, path):
        scratch = self.make_directory(self.dir)
        process = self.spawn([trigger_path('bypass'), way, act, *os.path.split(path), scratch])
        # Behind what was executed has said.
        *_, output = process.communicate()[0].decode().splitlines() or ['']
        if process.returncode == SKIPPED:
            return None
        self.assertIn(output, ('0', *map(str, DENIED)), f'{way} {act}')
        return output == '0'


@unittest.skipUnless(recent_enough(), OLD)
class Ways(BypassCase):
    @needs('lsm_active')
    def test_to_files(self):
        files = {}
        for rule in (*RULES, 'public'):
            for way, act in ATTEMPTS:
                kind = 'read' if act.startswith('read') else 'execute'
                files[rule, way, act] = self.make_file(
                    self.path(f'{rule}/{kind}/{way}-{act}/file'), kind == 'execute')
        texts = []
        for kind, hooks in HOOKS.items():
            directory = {rule: self.path(f'{rule}/{kind}') for rule in RULES}
            numbers = [path for path in files.values()
                       if path.startswith(directory['number'] + '/')]
            texts += [
                policy(f'{kind}-path', *(by_path(h, directory['path']) for h in hooks)),
                policy(f'{kind}-name', *(by_name(h, directory['name']) for h in hooks),
                       keeps_name(directory['name'])),
                policy(f'{kind}-number', *(by_number(h, numbers) for h in hooks))]
        agent = self.load(*texts)
        self.assertNotIn('is not loaded', agent.log())
        for way, act in ATTEMPTS:
            with self.subTest(way=way, act=act):
                past = {rule: self.passes(way, act, files[rule, way, act]) for rule in RULES}
                if None in past.values():
                    continue
                self.assertEqual(' '.join(r for r in RULES if past[r]), WAYS[way])
                if not any(past.values()):
                    self.assertTrue(self.passes(way, act, files['public', way, act]))
        self.check_complete(agent)


# What reaches a port, and whether connect(2) alone sees it.
PORT_WAYS = {
    'tcp': True,
    'udp': True,
    'any-address': True,
    'mapped-address': True,
    'thread': True,
    'sendto': False,
    'sendmmsg': False,
    'no-family': False,
    'fast-open': False,
}


def no_connection(port, sends=True):
    text = hook('socket_connect', ['index: 1, type: sockaddr'], [(0, 'SPort', [port])])
    if sends:
        text += hook('socket_sendmsg', ['index: 1, type: sockaddr, resolve: msg_name'],
                     [(0, 'SPort', [port])], [(0, 'Family', ['AF_UNSPEC'])])
    return text


def only_of(text, *programs):
    """The policy, for nobody but these."""
    return text.replace('    - matchArgs:', '    - matchBinaries: [{operator: In, values: '
                        f'{list(programs)}}}]\n      matchArgs:')


@unittest.skipUnless(recent_enough(), OLD)
class Ports(BypassCase):
    def setUp(self):
        super().setUp()
        self.ports = [self.listen(), self.listen()]
        self.binary = trigger_path('reach')

    def listen(self):
        """A port of this machine, by TCP, both for IPv4 and IPv6, and by UDP."""
        while True:
            server = socket.create_server(('', 0), family=socket.AF_INET6, dualstack_ipv6=True)
            self.addCleanup(server.close)
            port = server.getsockname()[1]
            with contextlib.suppress(OSError):
                receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                self.addCleanup(receiver.close)
                receiver.bind(('127.0.0.1', port))
                return port

    def reach(self, *args):
        process = self.spawn([self.binary, *map(str, args)])
        output = process.communicate()[0].decode()
        if process.returncode == SKIPPED:
            self.skipTest('this kernel lets nobody have an io_uring')
        return int(re.search(r'-?\d+', output)[0])

    @needs('lsm_active')
    def test_ways(self):
        guarded, public = self.ports
        agent = self.load(policy('port', only_of(no_connection(guarded), self.binary)))
        for way in PORT_WAYS:
            with self.subTest(way):
                self.assertEqual(self.reach(way, guarded), -13)
                # Whose family nobody knows goes nowhere.
                self.assertEqual(self.reach(way, public), -13 if way == 'no-family' else 0)
        self.check_complete(agent)

    @needs('lsm_active')
    def test_connect_alone(self):
        """Without a rule on what is sent, the others get by."""
        guarded, _ = self.ports
        agent = self.load(policy('port', only_of(no_connection(guarded, False), self.binary)))
        for way, seen in PORT_WAYS.items():
            with self.subTest(way):
                self.assertEqual(self.reach(way, guarded), -13 if seen else 0)
        self.check_complete(agent)

    @needs('lsm_active')
    def test_io_uring(self):
        self.binary = trigger_path('uring')
        guarded, public = self.ports
        secret, other = (self.make_file(self.path(f'{name}/file'), False) for name in 'ab')
        agent = self.load(
            policy('port', only_of(no_connection(guarded), self.binary)),
            policy('file', by_name(HOOKS['read'][0], os.path.dirname(secret))))
        for way in ('direct', 'async', 'sqpoll'):
            for act, denied, allowed in (('connect', guarded, public), ('send', guarded, public),
                                         ('open', secret, other)):
                with self.subTest(way=way, act=act):
                    self.assertEqual(self.reach(way, act, denied), -13)
                    self.assertGreaterEqual(self.reach(way, act, allowed), 0)
        self.check_complete(agent)

    @needs('lsm_active')
    def test_32_bit(self):
        if platform.machine() != 'x86_64':
            self.skipTest('the trigger does not say what calls return')
        self.binary = trigger_path('call32')
        guarded, public = self.ports
        secret, other = (self.make_file(self.path(f'{name}/file'), False) for name in 'ab')
        agent = self.load(
            policy('port', only_of(no_connection(guarded), self.binary)),
            policy('file', by_name(HOOKS['read'][0], os.path.dirname(secret))))
        for denied, path, port in ((True, secret, guarded), (False, other, public)):
            address = '=' + (struct.pack('=H', socket.AF_INET) + struct.pack('!H', port) +
                             socket.inet_aton('127.0.0.1') + bytes(8)).hex()
            opened, made, connected = self.calls32(
                (5, f':{path}', 0), (359, 2, 1, 0), (362, 4 - denied, address, 16))
            self.assertGreaterEqual(made, 0)
            self.assertEqual((opened < 0, connected), (denied, -13 if denied else 0))
        self.check_complete(agent)

    def calls32(self, *calls):
        args = []
        for each in calls:
            args += ['--'] * bool(args) + [str(a) for a in each]
        process = self.spawn([self.binary, '-r', *args])
        output = process.communicate()[0].decode()
        if process.returncode == SKIPPED:
            self.skipTest('this kernel takes no calls of 32-bit programs')
        return [int(line) for line in output.split()]


@unittest.skipUnless(recent_enough(), OLD)
class Pressure(BypassCase):
    """Nothing that tells of processes and calls is asked whether one of them is denied."""

    def setUp(self):
        super().setUp()
        self.secret = self.make_file(self.path('secret/file'))
        self.rules = ''.join(by_name(h, os.path.dirname(self.secret))
                             for hooks in HOOKS.values() for h in hooks)

    def guard(self, *args, **more):
        self.write(policy('guard', self.rules), 'guard.yaml')
        agent = self.start_agent('--tracing-policy', self.path('policies'), *args,
                                 **more).wait_ready()
        self.assertNotIn('is not loaded', agent.log())
        return agent

    def stand_still(self, agent):
        agent.process.send_signal(signal.SIGSTOP)
        self.addCleanup(agent.process.send_signal, signal.SIGCONT)

    def swarm(self, count, path):
        process = self.spawn([trigger_path('swarm'), str(count), path])
        return json.loads(process.communicate()[0])

    def check_denied(self):
        for act in ('read', 'read-in-thread', 'exec', 'map'):
            self.assertFalse(self.passes('directly', act, self.secret), act)

    @needs('lsm_active')
    def test_storm(self):
        """Ten thousand processes, and an agent that can know a thousand of them."""
        public = self.make_file(self.path('public/file'))
        self.assertEqual(self.swarm(100, public), {'denied': 0, 'passed': 100})
        agent = self.guard('--process-cache-size', '1024', ring='64K')
        self.assertEqual(self.swarm(10000, self.secret), {'denied': 10000, 'passed': 0})
        self.assertEqual(self.swarm(100, public), {'denied': 0, 'passed': 100})
        counted = agent.stop().ledger.policies['guard']
        # One rule denies to read it; that and another, to open it for an exec.
        self.assertEqual(counted['override'], 30000)

    @needs('lsm_active')
    def test_all_full(self):
        """The ring, what is remembered for rate limits, and calls that wait for their return, of
        an agent that stands still."""
        self.write(kprobes('fills', call(
            'sys_lseek', (0, 'int'), (1, 'int'),
            more='    return: true\n    returnArg: {index: 0, type: int}\n',
            selectors=[([(0, 'Equal', [-8])], ['Post, rateLimit: 1h'])])), 'fills.yaml')
        agent = self.guard(ring='64K')
        self.stand_still(agent)
        for begin in range(0, 40000, 10000):
            calls = []
            for i in range(begin, begin + 10000):
                calls += ['lseek', '-8', str(i), '0', '--']
            self.spawn([trigger_path('call'), *calls[:-1]]).wait()
        self.check_denied()
        self.assertEqual(self.swarm(500, self.secret), {'denied': 500, 'passed': 0})
        agent.process.send_signal(signal.SIGCONT)
        counted = agent.stop().ledger.policies
        self.assertGreater(counted['fills']['lost'], 30000)
        self.assertGreater(counted['guard']['lost'], 0)

    @needs('lsm_active')
    def test_many_on_one_cpu(self):
        """Where the kernel preempts tasks, most of them wait in the middle of a hook that takes
        long. That is no way past it, and nothing else is denied."""
        public = self.make_file(self.path('public/file'))
        names = ', '.join(['secret/file', *(f'no{i}thing' for i in range(40))])
        self.rules = (
            '  - hook: file_open\n    args: [{index: 0, type: file}]\n    selectors:\n'
            f'    - matchArgs: [{{index: 0, operator: SubString, values: [{names}]}}]\n'
            '      matchActions: [{action: Override, argError: -1}]\n')
        agent = self.guard()
        cpus = os.sched_getaffinity(0)
        self.addCleanup(os.sched_setaffinity, 0, cpus)
        os.sched_setaffinity(0, {min(cpus)})
        calls = []
        for path in (self.secret, public) * 200:
            calls += ['openat', '-100', f':{path}', '0', '--']
        tries = [self.spawn([trigger_path('call'), '-r', *calls[:-1]], stdout=subprocess.PIPE)
                 for _ in range(24)]
        got = [[int(n) >= 0 for n in each.communicate()[0].split()] for each in tries]
        os.sched_setaffinity(0, cpus)
        self.assertEqual(got, [[False, True] * 200] * 24)
        self.assertEqual(self.check_complete(agent).ledger.policies['guard'],
                         {'post': 4800, 'override': 4800})

    @needs('lsm_active')
    def test_older_than_the_policy(self):
        """A process that was there before the agent, and tries without executing anything."""
        shell = self.spawn(['/bin/sh'], stdin=subprocess.PIPE, text=True)
        for denied in (False, True):
            agent = self.guard() if denied else None
            # What cannot be opened is status 2.
            shell.stdin.write(f'{{ read x < {self.secret}; }} 2>/dev/null; echo $?\n')
            shell.stdin.flush()
            self.assertEqual(shell.stdout.readline() == '2\n', denied)
        self.check_complete(agent)


    @needs('lsm_active')
    def test_program_that_runs(self):
        """Nobody executes it again by way of one who did before."""
        shutil.copy(trigger_path('hold'), self.secret)
        running = self.spawn([self.secret], stdin=subprocess.PIPE)
        running.stdout.readline()
        again = f'/proc/{running.pid}/exe'
        self.assertTrue(self.passes('directly', 'exec', again))
        agent = self.guard()
        self.assertFalse(self.passes('directly', 'exec', again))
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), OLD)
class Excepted(BypassCase):
    """Whom a policy lets by, and who only looks like that."""

    def setUp(self):
        super().setUp()
        self.call = self.path('allowed/call')
        os.makedirs(os.path.dirname(self.call))
        shutil.copy(trigger_path('leaf'), self.call)

    def load_except(self, selector):
        """Nobody reads the file, but for a selector or what keeps it from being true."""
        secret = self.make_file(self.path('secret/file'), False)
        rule = by_name(HOOKS['read'][0], os.path.dirname(secret))
        before, after = rule.split('    - matchArgs', 1)
        if selector.startswith('    -'):
            text = before + selector + '    - matchArgs' + after
        else:
            text = before + selector.replace('      ', '    - ', 1) + '      matchArgs' + after
        return secret, self.load(policy('guard', text))

    def reads(self, secret, *steps, program):
        process = self.spawn([trigger_path('setup'), *steps, '--', program, '-r', 'openat', '-100',
                              f':{secret}', '0'])
        output = process.communicate()[0].decode()
        self.assertRegex(output, r'^-?\d+\n$')
        return int(output) >= 0

    def check_ways(self, selector, **expected):
        secret, agent = self.load_except(selector)
        triggers = os.path.dirname(trigger_path('call'))
        deep = self.make_directory(self.dir)
        got = {
            'other': self.reads(secret, program=trigger_path('call')),
            # As everybody can: what is executed has the name of the one that may.
            'impostor': self.reads(secret, 'unshare=0x10020000',
                                   f'bind={trigger_path("call")}:{self.call}', program=self.call),
            # Its path is longer than paths can be, and so not known.
            'nameless': self.reads(
                secret, 'private-mounts', f'chdir={deep}', 'deeper=25,200', f'bind={triggers}:.',
                f'chdir=../{"d" * 200}', program='./call'),
        }
        shutil.copy(trigger_path('call'), self.call)
        got['itself'] = self.reads(secret, program=self.call)
        self.check_complete(agent)
        self.assertEqual(got, {'itself': True, 'other': False, **expected})

    @needs('lsm_active')
    def test_first(self):
        """Who may is in a selector of its own before the one that denies."""
        self.check_ways(
            f'    - matchBinaries: [{{operator: In, values: ["{self.call}"]}}]\n'
            '      matchNamespaces: [{namespace: User, operator: In, values: [host_ns]}]\n'
            '      matchActions: [{action: NoPost}]\n', impostor=False, nameless=False)

    @needs('lsm_active')
    def test_of_any_user_namespace(self):
        self.check_ways(
            f'    - matchBinaries: [{{operator: In, values: ["{self.call}"]}}]\n'
            '      matchActions: [{action: NoPost}]\n', impostor=True, nameless=False)

    @needs('lsm_active')
    def test_negated(self):
        """Who has no name that is known is not one of the others."""
        self.check_ways(
            f'      matchBinaries: [{{operator: NotIn, values: ["{self.call}"]}}]\n',
            impostor=True, nameless=True)


if __name__ == '__main__':
    unittest.main()
