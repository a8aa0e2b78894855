# SPDX-License-Identifier: Apache-2.0
"""Types of arguments: how each is read, filtered and told."""

import os
import platform
import re
import socket
import stat
import struct
import unittest
from base64 import b64encode

from case import needs, tracefs, trigger_path
from test_policies import PolicyCase, policy, recent_enough, values_of

# For some raw tracepoint that all calls pass.
LSEEK = {'x86_64': (8, 'x64'), 'aarch64': (62, 'arm64')}[platform.machine()]


def hook(call, *args, selectors=()):
    """@args: what is in each item of "args"; @selectors: matches of each, as text."""
    text = f'  - call: "{call}"\n    syscall: true\n    args:\n'
    text += ''.join(f'    - {{{arg}}}\n' for arg in args)
    if selectors:
        text += '    selectors:\n'
    for matches in selectors:
        text += f'    - matchArgs: [{", ".join(f"{{{m}}}" for m in matches)}]\n'
    return text


def function(call, *args, selectors=()):
    return hook(call, *args, selectors=selectors).replace('syscall: true', 'syscall: false')


# Opens what a path names: from Linux 7.x on under another name.
OPENS = 'do_filp_open|do_file_open'


def function_of(names):
    """What this kernel calls it: one of several, a|b."""
    with open('/proc/kallsyms', encoding='ascii') as f:
        return re.search(rf' ({names})$', f.read(), re.M)[1]


def raw(name, subsystem, event, *args, selectors=()):
    text = hook('x', *args, selectors=selectors).split('\n', 2)[2]
    return policy(name).replace('kprobes:\n', 'tracepoints:\n') + (
        f'  - subsystem: {subsystem}\n    event: {event}\n    raw: true\n{text}')


def ip4(address, port):
    return '=' + (struct.pack('=H', socket.AF_INET) + struct.pack('!H', port) +
                  socket.inet_pton(socket.AF_INET, address) + bytes(8)).hex()


def ip6(address, port):
    return '=' + (struct.pack('=H', socket.AF_INET6) + struct.pack('!HI', port, 0) +
                  socket.inet_pton(socket.AF_INET6, address) + bytes(4)).hex()


def unix(name):
    return (struct.pack('=H', socket.AF_UNIX) + name).hex()


class ArgsCase(PolicyCase):
    def points(self, agent, *calls):
        """What tracepoints tell of the process that makes these calls, by policy."""
        since, told = len(agent.events), {}
        _, root = self.call(agent, *calls)
        for event in agent.events[since:]:
            if event.type == 'process_tracepoint' and event.process['pid'] == root.process['pid']:
                told.setdefault(event.body['policy_name'], []).append(values_of(event))
        return told

    def told(self, agent, *calls):
        events, _ = self.call(agent, *calls)
        return [values_of(e) for e in events]

    def members(self, agent, *calls):
        """The members of the first argument, one for each event."""
        events, _ = self.call(agent, *calls)
        return [next(iter(e.body['args'][0])) for e in events]


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Files(ArgsCase):
    def file(self, name, mode=0o640):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8'):
            pass
        os.chmod(path, mode)
        return path

    def test_fd(self):
        agent = self.load(policy('fds', hook('sys_lseek', 'index: 0, type: fd')))
        for mode, shown in ((0o640, '-rw-r-----'), (0o4755, '-rwsr-xr-x'),
                            (0o2644, '-rw-r-Sr--'), (0o1777, '-rwxrwxrwt')):
            path = self.file(f'dir/file-{mode:o}', mode)
            self.assertEqual(self.told(agent, ('openat', -100, f':{path}', 0),
                                       ('lseek', 3, 0, 0)),
                             [[{'path': path, 'permission': shown}]])
        directory = os.path.dirname(path)
        mode = stat.filemode(os.stat(directory).st_mode)
        self.assertEqual(self.told(agent, ('openat', -100, f':{directory}', 0),
                                   ('lseek', 3, 0, 0)),
                         [[{'path': directory, 'permission': mode}]])
        self.assertEqual(self.told(agent, ('openat', -100, ':/', 0), ('lseek', 3, 0, 0)),
                         [[{'path': '/', 'permission': stat.filemode(os.stat('/').st_mode)}]])
        # Of another mount.
        self.assertEqual(self.told(agent, ('openat', -100, ':/proc/version', 0),
                                   ('lseek', 3, 0, 0)),
                         [[{'path': '/proc/version', 'permission': '-r--r--r--'}]])
        self.check_complete(agent)

    def test_of_no_tree(self):
        agent = self.load(policy('fds', hook('sys_lseek', 'index: 0, type: fd')))
        told = self.told(agent, ('socket', socket.AF_INET, socket.SOCK_STREAM, 0),
                         ('lseek', 3, 0, 0))
        self.assertEqual([v['permission'][0] for [v] in told], ['s'])
        self.assertEqual(told[0][0]['path'][0], '/')
        self.check_complete(agent)

    def test_none(self):
        """What is not there is told, and nothing is true of it."""
        agent = self.load(
            policy('fds', hook('sys_lseek', 'index: 0, type: fd')),
            policy('not', hook('sys_lseek', 'index: 0, type: fd', selectors=[
                ['index: 0, operator: NotPrefix, values: ["/none"]']])))
        events, _ = self.call(agent, ('lseek', -1, 0, 0), ('lseek', 99, 0, 0),
                              ('lseek', 0x7fffffff, 0, 0))
        self.assertEqual({e.body['policy_name'] for e in events}, {'fds'})
        self.assertEqual([e.body['args'] for e in events],
                         [[{'error_arg': {'Message': 'Bad address for basic type'}}]] * 3)
        self.check_complete(agent)

    def test_filters(self):
        paths = [self.file(f'f/{name}') for name in ('a', 'ab', 'B.so', 'x/a')]
        top = os.path.dirname(paths[0])
        cases = (
            ('Equal', [paths[0], '/none'], paths[:1]),
            ('NotEqual', paths[:2], paths[2:]),
            ('Prefix', [top + '/a'], paths[:2]),
            ('NotPrefix', [top + '/a'], paths[2:]),
            ('Postfix', ['/a', '.so'], [paths[0], paths[2], paths[3]]),
            ('NotPostfix', ['/a', '.so'], paths[1:2]),
            ('SubString', ['/x/', '/ab'], [paths[1], paths[3]]),
            ('SubStringIgnCase', ['/X/', 'b.SO'], paths[2:]),
            ('SubString', ['a' * 256, top[5:] + '/B'], paths[2:3]),
        )
        agent = self.load(*(policy(f'c{i}', hook(
            'sys_lseek', 'index: 0, type: fd', 'index: 1, type: int', selectors=[
                [f'index: 0, operator: {operator}, values: {values}',
                 f'index: 1, operator: Equal, values: ["{i}"]']]))
            for i, (operator, values, _) in enumerate(cases)))
        for i, (operator, values, hit) in enumerate(cases):
            calls = [c for n, path in enumerate(paths)
                     for c in (('openat', -100, f':{path}', 0), ('lseek', 3 + n, i, 0))]
            told = self.told(agent, *calls)
            self.assertEqual([v[0]['path'] for v in told], hit, f'{operator} {values}')
        self.check_complete(agent)

    def test_long_path(self):
        """Of a path that is too long its end is told, and that it is not all."""
        name = 'd' * 250
        here = os.open(self.path(''), os.O_RDONLY | os.O_DIRECTORY)
        self.addCleanup(os.close, here)
        calls, at = [('openat', -100, f':{self.path("")}', 0)], here
        for depth in range(20):
            os.mkdir(name, dir_fd=at)
            at = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=at)
            self.addCleanup(os.close, at)
            calls.append(('openat', 3 + depth, f':{name}', 0))
        agent = self.load(policy('fds', hook('sys_fchdir', 'index: 0, type: fd')))
        told = self.told(agent, *calls, ('fchdir', 10), ('fchdir', 23))
        self.assertEqual(told[0][0]['path'], self.path('').rstrip('/') + ('/' + name) * 7)
        self.assertNotIn('flags', told[0][0])
        self.assertEqual(told[1][0]['flags'], 'unresolvedPathComponents')
        self.assertEqual(told[1][0]['path'], ('/' + name) * 16)
        self.check_complete(agent)

    def test_many_components(self):
        """More than are verified in one go."""
        path = self.path('d/' * 300)
        os.makedirs(path)
        agent = self.load(policy('fds', hook('sys_fchdir', 'index: 0, type: fd')))
        told = self.told(agent, ('openat', -100, f':{path}', 0), ('fchdir', 3))
        self.assertEqual(told[0][0]['path'], path.rstrip('/'))
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Addresses(ArgsCase):
    CASES = (
        (ip4('10.1.2.3', 443), 'AF_INET', '10.1.2.3', 443),
        (ip4('0.0.0.0', 80), 'AF_INET', '0.0.0.0', 80),
        (ip6('2001:db8::1', 8080), 'AF_INET6', '2001:db8::1', 8080),
        (ip6('::1', 22), 'AF_INET6', '::1', 22),
        (ip6('::', 1024), 'AF_INET6', '::', 1024),
        (ip6('::ffff:10.1.2.3', 1), 'AF_INET6', '10.1.2.3', 1),
        (ip6('::1.2.3.4', 1023), 'AF_INET6', '::102:304', 1023),
        ('=' + unix(b'/run/x\0'), 'AF_UNIX', '<nil>', None),
        ('=e703' + '00' * 14, '999', '<nil>', None),
    )

    @staticmethod
    def expected(family, address, port):
        v = {'family': family, 'addr': address}
        return v | {'port': port} if port else v

    def test_sockaddr(self):
        agent = self.load(policy('connects', hook('sys_connect', 'index: 1, type: sockaddr')))
        told = self.told(agent, *(('connect', -1, case[0], 28) for case in self.CASES))
        self.assertEqual(told, [[self.expected(*case[1:])] for case in self.CASES])
        self.assertEqual(self.members(agent, ('connect', -1, 1, 16),
                                      ('connect', -1, 1 << 63, 16), ('connect', -1, '=0200', 2)),
                         ['error_arg', 'error_arg', 'sockaddr_arg'])
        self.check_complete(agent)

    def test_filters(self):
        cases = (
            ('SAddr', ['10.1.2.3'], '10.1.2.3', 'AF_INET'),
            ('SAddr', ['10.0.0.0/8', '::1'], '10.1.2.3 ::1', None),
            ('NotSAddr', ['0.0.0.0/0', '::/0'], '<nil>', None),
            ('SAddr', ['2001:db8::/33', '::/127'], '2001:db8::1 ::1 ::', None),
            ('SPort', ['443', '8000:9000'], '10.1.2.3 2001:db8::1', None),
            ('NotSPort', ['443', '1:1023'], '2001:db8::1 :: <nil>', None),
            ('SPortPriv', [], '10.1.2.3 0.0.0.0 ::1 ::102:304 <nil>', None),
            ('NotSportPriv', [], '2001:db8::1 ::', None),
            ('Family', ['AF_INET6'], '2001:db8::1 ::1 :: 10.1.2.3 ::102:304', 'AF_INET6'),
            ('Family', ['AF_INET', 'unix'], '10.1.2.3 0.0.0.0 <nil>', None),
        )
        agent = self.load(*(policy(f'c{i}', hook(
            'sys_connect', 'index: 1, type: sockaddr', 'index: 2, type: int', selectors=[
                [f'index: 1, operator: {operator}' + (f', values: {values}' if values else ''),
                 f'index: 2, operator: Equal, values: ["{i}"]']]))
            for i, (operator, values, _, _) in enumerate(cases)))
        for i, (operator, values, hit, family) in enumerate(cases):
            told = self.told(agent, *(('connect', -1, case[0], i) for case in self.CASES),
                             ('connect', -1, 1, i))
            self.assertEqual({v[0]['addr'] for v in told}, set(hit.split()),
                             f'{operator} {values}')
            if family:
                self.assertEqual({v[0]['family'] for v in told}, {family})
        self.check_complete(agent)

    def test_unix(self):
        agent = self.load(
            policy('connects', hook('sys_connect', 'index: 1, type: sockaddr_un')),
            policy('some', hook('sys_connect', 'index: 1, type: sockaddr_un', selectors=[
                ['index: 1, operator: Prefix, values: ["/run/", "abstract"]',
                 'index: 1, operator: Family, values: ["AF_UNIX"]']])))
        long = b'/' + b'x' * 107
        cases = (
            ('=' + unix(b'/run/a' + bytes(102)), '/run/a'),
            ('end=' + unix(b'/run/end\0'), '/run/end'),
            ('=' + unix(b'\0abstract' + bytes(99)), '@abstract'),
            ('end=' + unix(b'\0abstract' + bytes(99)), '@abstract'),
            ('end=' + unix(b'\0abstract-end\0'), '@abstract-end'),
            ('=' + unix(long), long.decode()),
        )
        events, _ = self.call(agent, *(('connect', -1, address, 110) for address, _ in cases))
        told = [values_of(e) for e in events if e.body['policy_name'] == 'connects']
        self.assertEqual(told, [[{'family': 'AF_UNIX', 'path': path}] for _, path in cases])
        some = [values_of(e)[0]['path'] for e in events if e.body['policy_name'] == 'some']
        self.assertEqual(some, [path for _, path in cases[:-1]])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Bytes(ArgsCase):
    @staticmethod
    def base64(data):
        return b64encode(data).decode()

    def test_buffers(self):
        agent = self.load(policy('writes', hook(
            'sys_write', 'index: 1, type: char_buf, sizeArgIndex: 3')))
        data = bytes(range(256)) * 32
        for size in (0, 1, 100, 4095, 4096):
            [event], _ = self.call(agent, ('write', -1, '=' + data.hex()[:2 * size], size))
            self.assertEqual(event.body['args'], [{'bytes_arg': self.base64(data[:size])}])
        [event], _ = self.call(agent, ('write', -1, '=' + data.hex(), 8000))
        self.assertEqual(event.body['args'], [{'truncated_bytes_arg': {
            'bytes_arg': self.base64(data[:4096]), 'orig_size': '8000'}}])
        self.assertEqual(self.members(agent, ('write', -1, 1, 10)), ['error_arg'])
        self.check_complete(agent)

    def test_max_data(self):
        agent = self.load(policy('writes', hook(
            'sys_write', 'index: 1, type: char_buf, sizeArgIndex: 3, maxData: true',
            'index: 2, type: size_t', selectors=[
                ['index: 1, operator: Prefix, values: ["\\x00\\x01\\x02"]']])))
        most = 4096 + 40 * 8192
        data = bytes(range(256)) * (most // 256 + 1)
        for size in (10, 4096, 4097, 12288, 12289, 20000, 327360, most):
            [event], _ = self.call(agent, ('write', -1, f'#{size}', size))
            self.assertEqual(event.body['args'], [{'bytes_arg': self.base64(data[:size])},
                                                  {'size_arg': str(size)}])
        [event], _ = self.call(agent, ('write', -1, f'#{most + 1}', most + 1))
        self.assertEqual(event.body['args'][0]['truncated_bytes_arg'], {
            'bytes_arg': self.base64(data[:most]), 'orig_size': str(most + 1)})
        # Some of it is not there.
        [event], _ = self.call(agent, ('write', -1, f'end={data[:4096].hex()}', 20000))
        self.assertEqual(event.body['args'][0]['truncated_bytes_arg'], {
            'bytes_arg': self.base64(data[:4096]), 'orig_size': '20000'})
        ledger = self.check_complete(agent).ledger
        self.assertEqual(ledger.record('part', 'pending'), 0)
        self.assertEqual(ledger.record('part', 'discarded'), 1)

    def test_several_whole_buffers(self):
        whole = 'index: 1, type: char_buf, sizeArgIndex: 3, maxData: true'
        # Else the agent would tell of what it tells.
        ours = [['args: [0], operator: Prefix, values: ["\\x00\\x01\\x02"]']]
        agent = self.load(
            policy('writes', hook(
                'sys_write', whole, 'index: 0, type: int',
                'index: 1, type: const_buf, sizeArgIndex: 30000, maxData: true', selectors=ours)),
            policy('other', hook('sys_write', whole, selectors=ours)))
        size = 50000
        events, _ = self.call(agent, ('write', -1, f'#{size}', size))
        data = (bytes(range(256)) * 200)[:size]
        self.assertEqual([values_of(e) for e in events],
                         [[self.base64(data), -1, self.base64(data[:30000])], [self.base64(data)]])
        self.check_complete(agent)

    def test_filters(self):
        agent = self.load(
            policy('equal', hook('sys_write', 'index: 1, type: char_buf, sizeArgIndex: 3',
                                 selectors=[['index: 1, operator: Equal, values: ["GET /"]']])),
            policy('postfix', hook('sys_write', 'index: 1, type: char_buf, sizeArgIndex: 3',
                                   selectors=[['index: 1, operator: Postfix, values: ["T /"]']])),
            policy('in', hook('sys_write', 'index: 1, type: char_buf, sizeArgIndex: 3',
                              selectors=[['index: 1, operator: SubString, values: ["E", "zz"]']])))
        events, _ = self.call(agent, ('write', -1, ':GET /', 5), ('write', -1, ':GET /', 6),
                              ('write', -1, ':PUT /', 5), ('write', -1, 1, 5))
        self.assertEqual([e.body['policy_name'] for e in events],
                         ['equal', 'postfix', 'in', 'in', 'postfix'])
        self.check_complete(agent)

    def test_vectors(self):
        agent = self.load(policy('writes', hook(
            'sys_writev', 'index: 1, type: char_iovec, sizeArgIndex: 3')))
        parts = ['ab', '', 'cde', 'f' * 3000]
        told = self.told(agent, ('writev', -1, '[' + ','.join(parts), 4),
                         ('writev', -1, '[' + ','.join(parts), 3))
        self.assertEqual(told, [[self.base64(''.join(parts).encode())],
                                [self.base64(b'abcde')]])
        many = ['x' * 100] * 50
        [event], _ = self.call(agent, ('writev', -1, '[' + ','.join(many), 50))
        self.assertEqual(event.body['args'], [{'truncated_bytes_arg': {
            'bytes_arg': self.base64(b'x' * 4096), 'orig_size': '5000'}}])
        self.assertEqual(self.members(agent, ('writev', -1, 1, 1)), ['error_arg'])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Others(ArgsCase):
    def test_bpf(self):
        agent = self.load(policy('bpf', hook('sys_bpf', 'index: 0, type: bpf_cmd',
                                             'index: 1, type: bpf_attr')))
        attr = struct.pack('=IIQQIIQII16s', 2, 7, 0, 0, 0, 0, 0, 0, 0, b'a_name').hex()
        told = self.told(agent, ('bpf', 5, '=' + attr, 0), ('bpf', 999, '=' + attr, 0))
        expected = {'ProgType': 'BPF_PROG_TYPE_KPROBE', 'InsnCnt': 7, 'ProgName': 'a_name'}
        self.assertEqual(told, [['BPF_PROG_LOAD', expected], [999, expected]])
        self.check_complete(agent)

    def test_capabilities(self):
        types = ('kernel_cap_t', 'cap_effective', 'cap_permitted', 'cap_inheritable')
        members = ('kernel_cap_t_arg', 'cap_effective_arg', 'cap_permitted_arg',
                   'cap_inheritable_arg')
        agent = self.load(*(policy(kind.replace('_', '-'), hook(
            'sys_capset', f'index: 1, type: {kind}')) for kind in types))
        events, _ = self.call(agent, ('capset', 0, '=' + struct.pack('=Q', 0x1ff).hex()))
        self.assertEqual([e.body['args'] for e in events],
                         [[{member: '00000000000001ff'}] for member in members])
        self.check_complete(agent)

    def test_capability_filters(self):
        agent = self.load(
            policy('equal', hook('sys_capset', 'index: 1, type: cap_effective', selectors=[
                ['index: 1, operator: Equal, values: ["CAP_KILL,CAP_CHOWN"]']])),
            policy('gained', hook(
                'sys_capset', 'index: 1, type: cap_effective', 'index: 2, type: cap_effective',
                selectors=[['args: [0, 1], operator: CapabilitiesGained']])))

        def mask(number):
            return '=' + struct.pack('=Q', number).hex()
        events, _ = self.call(agent, ('capset', 0, mask(0x21), mask(0x21)),
                              ('capset', 0, mask(0x21 | 1 << 40), mask(0x21)),
                              ('capset', 0, mask(0x20), mask(0x21)),
                              ('capset', 0, mask(0x20), 1))
        self.assertEqual([e.body['policy_name'] for e in events], ['equal', 'gained'])
        self.check_complete(agent)

    def test_capability(self):
        agent = self.load(policy('one', hook('sys_lseek', 'index: 0, type: capability')))
        self.assertEqual(self.told(agent, ('lseek', 21, 0, 0), ('lseek', 0, 0, 0),
                                   ('lseek', 77, 0, 0)),
                         [[{'value': 21, 'name': 'CAP_SYS_ADMIN'}],
                          [{'value': 0, 'name': 'CAP_CHOWN'}], [{'value': 77}]])
        self.check_complete(agent)

    def test_nop(self):
        agent = self.load(policy('nop', hook(
            'sys_lseek', 'index: 0, type: nop', 'index: 1, type: int, label: offset',
            selectors=[['args: [1], operator: Equal, values: ["5"]']])))
        events, _ = self.call(agent, ('lseek', -1, 5, 0), ('lseek', -1, 6, 0))
        self.assertEqual([e.body['args'] for e in events], [[{'int_arg': 5, 'label': 'offset'}]])
        self.check_complete(agent)

    def test_objects_of_the_kernel_are_no_arguments_of_calls(self):
        """A process can give a call any address, and must not so have the kernel's memory told."""
        types = ('file', 'kiocb', 'path', 'dentry', 'linux_binprm', 'filename', 'net_device',
                 'sock', 'socket', 'skb', 'cred', 'user_namespace', 'module', 'load_info',
                 'bpf_prog', 'bpf_map', 'perf_event', 'iov_iter', 'string', 'sockaddr',
                 'sockaddr_un', 'cap_effective', 'bpf_attr')
        with open('/proc/kallsyms', encoding='ascii') as f:
            places = [int(line.split()[0], 16) for line in f]
        agent = self.load(*(policy(kind.replace('_', '-'), hook(
            'sys_lseek', f'index: 0, type: {kind}')) for kind in types))
        events, _ = self.call(agent, ('lseek', max(places), 0, 0),
                              ('lseek', 0, 0, 0))
        self.assertEqual(len(events), 2 * len(types))
        self.assertEqual({next(iter(e.body['args'][0])) for e in events}, {'error_arg'})
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class RawTracepoints(ArgsCase):
    """Objects of the kernel, as tracepoints have them."""

    def listen(self, family, kind, address):
        server = socket.socket(family, kind)
        self.addCleanup(server.close)
        server.bind((address, 0))
        if kind == socket.SOCK_STREAM:
            server.listen()
        return server.getsockname()[1]

    def test_binprm(self):
        """TP_PROTO(struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)"""
        path = trigger_path('call')
        agent = self.load(
            raw('all', 'sched', 'sched_process_exec', 'index: 2, type: linux_binprm'),
            raw('this', 'sched', 'sched_process_exec', 'index: 2, type: linux_binprm', selectors=[
                [f'index: 2, operator: Equal, values: ["{path}"]']]),
            raw('other', 'sched', 'sched_process_exec', 'index: 2, type: linux_binprm',
                selectors=[[f'index: 2, operator: NotPostfix, values: ["{path[-9:]}"]']]))
        told = self.points(agent, ('lseek', -1, 0, 0))
        expected = [[{'path': path, 'permission': stat.filemode(os.stat(path).st_mode)}]]
        self.assertEqual(told, {'all': expected, 'this': expected})
        self.check_complete(agent)

    def test_sock(self):
        """TP_PROTO(const struct sock *sk, const int oldstate, const int newstate)"""
        cases = ((socket.AF_INET, 'AF_INET', '127.0.0.1', ip4),
                 (socket.AF_INET6, 'AF_INET6', '::1', ip6))
        for family, name, address, pack in cases:
            port = self.listen(family, socket.SOCK_STREAM, address)

            def of(policy_name, *matches, port=port):
                matches += (f'DPort, values: ["{port}"]',)
                return raw(policy_name, 'sock', 'inet_sock_set_state', 'index: 0, type: sock',
                           'index: 2, type: int', selectors=[
                               ['index: 2, operator: Equal, values: ["2"]'] +
                               [f'index: 0, operator: {m}' for m in matches]])
            agent = self.load(
                of('all'), of('family', f'Family, values: ["{name}"]'),
                of('protocol', 'Protocol, values: ["IPPROTO_TCP"]'),
                of('state', 'State, values: ["TCP_CLOSE"]'),
                of('daddr', 'DAddr, values: ["127.0.0.0/8", "::1"]'),
                of('not', 'NotDAddr, values: ["127.0.0.0/8", "::1"]'),
                of('priv', 'DPortPriv'), of('notpriv', 'NotDPortPriv'),
                of('nostate', 'State, values: ["TCP_LISTEN"]'))
            told = self.points(agent, ('socket', family, socket.SOCK_STREAM, 0),
                               ('connect', 3, pack(address, port), 28))
            self.assertEqual(sorted(told), ['all', 'daddr', 'family', 'notpriv', 'protocol',
                                            'state'])
            [[sock, state]] = told['all']
            self.assertEqual(state, 2)
            self.assertGreater(int(sock.pop('cookie')), 1 << 63)
            if family == socket.AF_INET:
                self.assertEqual(sock.pop('saddr'), address)
                self.assertGreater(sock.pop('sport', 1), 0)
            else:
                sock.pop('saddr')
                sock.pop('sport', None)
            self.assertEqual(sock, {'family': name, 'type': 'SOCK_STREAM',
                                    'protocol': 'IPPROTO_TCP', 'state': 'TCP_CLOSE',
                                    'daddr': address, 'dport': port})
            self.check_complete(agent)
            os.remove(self.path('policies/0.yaml'))

    def test_skb(self):
        """TP_PROTO(struct sk_buff *skb); TP_PROTO(struct sk_buff *skb, int rc, struct net_device
        *dev, unsigned int skb_len)"""
        cases = ((socket.AF_INET, 'AF_INET', '127.0.0.1', ip4, 20),
                 (socket.AF_INET6, 'AF_INET6', '::1', ip6, 40))
        for family, name, address, pack, head in cases:
            port = self.listen(family, socket.SOCK_DGRAM, address)

            def of(policy_name, *matches, port=port):
                matches += (f'DPort, values: ["{port}"]',)
                return raw(policy_name, 'net', 'net_dev_queue', 'index: 0, type: skb', selectors=[
                    [f'index: 0, operator: {m}' for m in matches]])
            agent = self.load(
                of('all'), of('saddr', 'SAddr, values: ["127.0.0.1", "::1"]'),
                of('family', f'Family, values: ["{name}"]'),
                of('protocol', 'Protocol, values: ["IPPROTO_UDP"]'),
                of('not', 'NotSAddr, values: ["127.0.0.1", "::1"]'),
                of('state', 'State, values: ["TCP_ESTABLISHED"]'),
                of('closed', 'State, values: ["TCP_CLOSE"]'),
                raw('device', 'net', 'net_dev_xmit', 'index: 2, type: net_device', selectors=[
                    ['index: 2, operator: Equal, values: ["lo"]']]),
                raw('nodevice', 'net', 'net_dev_xmit', 'index: 2, type: net_device', selectors=[
                    ['index: 2, operator: NotEqual, values: ["lo"]']]))
            told = self.points(agent, ('socket', family, socket.SOCK_DGRAM, 0),
                               ('connect', 3, pack(address, port), 28),
                               ('write', 3, ':hello', 5))
            self.assertEqual(sorted(told), ['all', 'device', 'family', 'protocol', 'saddr', 'state'])
            self.assertEqual(told['device'], [['lo']])
            [[skb]] = told['all']
            self.assertGreater(skb.pop('sport'), 0)
            skb.pop('hash', None)
            self.assertEqual(skb, {'len': 14 + head + 8 + 5, 'saddr': address, 'daddr': address,
                                   'dport': port, 'proto': 17, 'protocol': 'IPPROTO_UDP',
                                   'family': name})
            self.check_complete(agent)

    def test_syscall(self):
        """TP_PROTO(struct pt_regs *regs, long id)"""
        number, abi = LSEEK
        listed = raw('listed', 'raw_syscalls', 'sys_enter', 'index: 1, type: syscall64',
                     selectors=[['index: 1, operator: InMap, values: ["list:some", "100000"]']])
        agent = self.load(
            raw('calls', 'raw_syscalls', 'sys_enter', 'index: 1, type: syscall64',
                selectors=[[f'index: 1, operator: InMap, values: ["{number}"]']]),
            listed.replace('spec:\n', 'spec:\n  lists:\n  - {name: some, type: syscalls, '
                           'values: [sys_mkdirat, sys_lseek]}\n'))
        told = self.points(agent, ('lseek', -1, 0, 0), ('getpriority', 0, 0))
        for name in ('calls', 'listed'):
            self.assertIn([{'id': number, 'abi': abi}], told[name])
            self.assertEqual({v[0]['id'] for v in told[name]}, {number})
        self.check_complete(agent)


    def test_credentials(self):
        """TP_PROTO(const struct cred *cred, struct user_namespace *target_ns, const struct
        user_namespace *capable_ns, int cap, int ret), since Linux 6.15"""
        if not os.path.exists(f'{tracefs()}/events/capability/cap_capable'):
            self.skipTest('this kernel has no tracepoint cap_capable')
        agent = self.load(raw('capable', 'capability', 'cap_capable', 'index: 0, type: cred',
                              'index: 1, type: user_namespace', 'index: 3, type: capability',
                              'index: 4, type: int'))
        told = self.points(agent, ('bpf', 0, '=' + struct.pack('=4I', 2, 4, 8, 1).hex(), 16))
        cred, ns, capability, _ = told['capable'][-1]
        self.assertEqual([cred[name] for name in ('uid', 'euid', 'fsgid')], [0, 0, 0])
        self.assertIn('CAP_SYS_ADMIN', cred['caps']['effective'])
        self.assertEqual(cred['user_ns'], ns)
        self.assertEqual(ns, {'level': 0, 'uid': 0, 'gid': 0, 'ns': {
            'inum': os.stat('/proc/self/ns/user').st_ino, 'is_host': True}})
        self.assertTrue(capability['name'].startswith('CAP_'))
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Tracepoints(ArgsCase):
    """Fields of records, which have the numbers of the lines in their formats."""

    @needs('tracepoint')
    def test_system_calls(self):
        def of(name, event, *args):
            return raw(name, 'syscalls', event, *args).replace('    raw: true\n', '')
        path = self.path('')
        agent = self.load(
            of('write', 'sys_enter_write', 'index: 6, type: char_buf, sizeArgIndex: 8'),
            of('connect', 'sys_enter_connect', 'index: 6, type: sockaddr'),
            of('fchdir', 'sys_enter_fchdir', 'index: 5, type: fd'))
        told = self.points(agent, ('write', -1, ':hello', 5), ('openat', -100, f':{path}', 0),
                           ('fchdir', 3), ('connect', -1, ip4('10.1.2.3', 443), 16),
                           ('connect', -1, 1 << 63, 16))
        self.assertEqual(told['write'], [[b64encode(b'hello').decode()]])
        self.assertEqual(told['fchdir'][0][0]['path'], path.rstrip('/'))
        self.assertEqual(told['connect'], [
            [{'family': 'AF_INET', 'addr': '10.1.2.3', 'port': 443}],
            [{'Message': 'Bad address for basic type'}]])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Functions(ArgsCase):
    """Objects of the kernel, as its functions have them."""

    def body(self, agent, *calls):
        events, _ = self.call(agent, *calls)
        return [values_of(e) for e in events]

    @needs('kprobe')
    def test_file(self):
        path = self.path('file')
        with open(path, 'w', encoding='utf-8'):
            pass
        os.chmod(path, 0o640)
        os.mkfifo(self.path('fifo'), 0o600)
        base = f'index: 0, operator: Prefix, values: ["{self.path("f")}"]'
        agent = self.load(*(
            policy(name, function('security_file_open', 'index: 0, type: file',
                                  selectors=[[base, *more]]))
            for name, more in (
                ('all', ()), ('regular', ('index: 0, operator: FileType, values: ["reg", "dir"]',)),
                ('not', ('index: 0, operator: NotFileType, values: ["regular"]',)))))
        events, _ = self.call(agent, ('openat', -100, f':{path}', 0),
                              ('openat', -100, f':{self.path("fifo")}', os.O_RDWR))
        told = [(e.body['policy_name'], values_of(e)[0]) for e in events]
        file = {'path': path, 'permission': '-rw-r-----'}
        fifo = {'path': self.path('fifo'), 'permission': 'prw-------'}
        self.assertEqual(told, [('all', file), ('regular', file), ('all', fifo), ('not', fifo)])
        self.check_complete(agent)

    @needs('kprobe')
    def test_names(self):
        path = self.path('made')
        os.mkdir(self.path('dir'))
        agent = self.load(
            # In 7.0 it got another name.
            policy('filename', function(function_of('do_(filp|file)_open'), 'index: 1, type: filename', selectors=[
                [f'index: 1, operator: Equal, values: ["{path}"]']])),
            policy('dentry', function('security_inode_mkdir', 'index: 1, type: dentry', selectors=[
                ['index: 1, operator: Postfix, values: ["/dir/new"]']])),
            policy('path', function('vfs_truncate', 'index: 0, type: path', selectors=[
                [f'index: 0, operator: Equal, values: ["{self.path("dir")}"]']])))
        events, _ = self.call(agent, ('openat', -100, f':{path}', 0),
                              ('mkdirat', -100, f':{self.path("dir/new")}', 0o700),
                              ('truncate', f':{self.path("dir")}', 0))
        told = {e.body['policy_name']: values_of(e)[0] for e in events}
        self.assertEqual(told['filename'], path)
        self.assertTrue(self.path('dir/new').endswith(told['dentry']['path']))
        self.assertEqual(told['dentry']['permission'], '---------')
        self.assertEqual(told['path'], {
            'path': self.path('dir'),
            'permission': stat.filemode(os.stat(self.path('dir')).st_mode)})
        self.check_complete(agent)

    @needs('kprobe')
    def test_sockets(self):
        agent = self.load(policy('connects', function(
            'security_socket_connect', 'index: 0, type: socket', 'index: 1, type: sockaddr',
            selectors=[['index: 1, operator: SPort, values: ["9"]',
                        'index: 0, operator: Family, values: ["AF_INET"]',
                        'index: 0, operator: Protocol, values: ["17"]']])))
        [[sock, address]] = self.body(
            agent, ('socket', socket.AF_INET, socket.SOCK_DGRAM, 0),
            ('connect', 3, ip4('127.0.0.9', 9), 16))
        self.assertEqual(sock['type'], 'SOCK_DGRAM')
        self.assertEqual(sock['protocol'], 'IPPROTO_UDP')
        self.assertEqual(sock['daddr'], '0.0.0.0')
        self.assertEqual(address, {'family': 'AF_INET', 'addr': '127.0.0.9', 'port': 9})
        self.check_complete(agent)

    @needs('kprobe')
    def test_iov_iter(self):
        # Since 6.18 the other one is for named pipes.
        name = function_of(r'(anon_)?pipe_write')
        agent = self.load(policy('pipes', function(name, 'index: 0, type: kiocb',
                                                   'index: 1, type: iov_iter')))
        calls = (('pipe2', '=' + '00' * 8, 0), ('write', 4, ':hello', 5),
                 ('writev', 4, '[ab,,cd', 3))
        told = self.body(agent, *calls)
        self.assertEqual([v[1] for v in told], [b64encode(b'hello').decode(),
                                                b64encode(b'abcd').decode()])
        self.assertEqual({v[0]['permission'] for v in told}, {'prw-------'})
        self.check_complete(agent)

    @needs('kprobe')
    def test_credentials(self):
        agent = self.load(
            policy('capset', function(
                'security_capset', 'index: 0, type: cred', 'index: 2, type: cap_effective',
                'index: 3, type: cap_inheritable', 'index: 4, type: cap_permitted',
                selectors=[['args: [3, 1], operator: CapabilitiesGained']])),
            policy('capable', function(
                'cap_capable', 'index: 0, type: cred', 'index: 1, type: user_namespace',
                'index: 2, type: capability')))
        header = '=' + struct.pack('=Ii', 0x20080522, 0).hex()
        data = '=' + struct.pack('=6I', 1, 3, 0, 0, 0, 0).hex()
        events, _ = self.call(agent, ('capset', header, data),
                              ('bpf', 0, '=' + struct.pack('=4I', 2, 4, 8, 1).hex(), 16))
        capset = [values_of(e) for e in events if e.body['policy_name'] == 'capset']
        self.assertEqual([v[1:] for v in capset],
                         [['0000000000000001', '0000000000000000', '0000000000000003']])
        cred = capset[0][0]
        self.assertEqual(cred['uid'], 0)
        self.assertIn('CAP_SYS_ADMIN', cred['caps']['permitted'])
        self.assertEqual(cred['user_ns']['level'], 0)
        capable = [values_of(e) for e in events if e.body['policy_name'] == 'capable']
        cred, ns, capability = capable[-1]
        self.assertEqual(cred['caps'], {'permitted': ['CAP_CHOWN', 'DAC_OVERRIDE'],
                                        'effective': ['CAP_CHOWN']})
        inum = os.stat('/proc/self/ns/user').st_ino
        self.assertEqual(ns, {'level': 0, 'uid': 0, 'gid': 0,
                              'ns': {'inum': inum, 'is_host': True}})
        self.assertTrue(capability['name'].startswith('CAP_'))
        self.check_complete(agent)

    @needs('kprobe')
    def test_bpf(self):
        agent = self.load(policy('maps', function('security_bpf_map', 'index: 0, type: bpf_map')))
        attr = struct.pack('=7I16s', 2, 4, 8, 3, 0, 0, 0, b'a_map').hex()
        self.assertEqual(self.body(agent, ('bpf', 0, '=' + attr, 44)), [[{
            'MapType': 'BPF_MAP_TYPE_ARRAY', 'KeySize': 4, 'ValueSize': 8, 'MaxEntries': 3,
            'MapName': 'a_map'}]])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Refused(ArgsCase):
    def check_refused(self, bad, *says):
        agent = self.load(bad, policy('good', hook('sys_getpriority', 'index: 0, type: int')))
        events, _ = self.call(agent, ('getpriority', 0, 0))
        self.assertEqual([e.body['policy_name'] for e in events], ['good'])
        log = self.check_complete(agent).stderr
        for text in says:
            self.assertIn(text, log)

    def test_no_size(self):
        self.check_refused(policy('bad', hook('sys_write', 'index: 1, type: char_buf')),
                           '0.yaml:9', 'sizeArgIndex')

    def test_no_such_argument(self):
        self.check_refused(
            policy('bad', hook('sys_write', 'index: 1, type: char_buf, sizeArgIndex: 9')),
            '0.yaml:9', 'from 1 to 6 by sizeArgIndex')

    def test_long_substring(self):
        self.check_refused(
            policy('bad', hook('sys_mkdirat', 'index: 1, type: string', selectors=[
                [f'index: 1, operator: SubString, values: ["{"x" * 257}"]']])),
            '0.yaml:', '256 bytes')


if __name__ == '__main__':
    unittest.main()
