# SPDX-License-Identifier: Apache-2.0
"""Types of arguments: how each is read, filtered and told."""

import os
import socket
import stat
import struct
import unittest
from base64 import b64encode

from test_policies import PolicyCase, policy, recent_enough, values_of


def hook(call, *args, selectors=()):
    """@args: what is in each item of "args"; @selectors: matches of each, as text."""
    text = f'  - call: "{call}"\n    syscall: true\n    args:\n'
    text += ''.join(f'    - {{{arg}}}\n' for arg in args)
    if selectors:
        text += '    selectors:\n'
    for matches in selectors:
        text += f'    - matchArgs: [{", ".join(f"{{{m}}}" for m in matches)}]\n'
    return text


def ip4(address, port):
    return '=' + (struct.pack('=H', socket.AF_INET) + struct.pack('!H', port) +
                  socket.inet_pton(socket.AF_INET, address) + bytes(8)).hex()


def ip6(address, port):
    return '=' + (struct.pack('=H', socket.AF_INET6) + struct.pack('!HI', port, 0) +
                  socket.inet_pton(socket.AF_INET6, address) + bytes(4)).hex()


def unix(name):
    return (struct.pack('=H', socket.AF_UNIX) + name).hex()


class ArgsCase(PolicyCase):
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
        data = bytes(range(256)) * 200
        for size in (10, 4096, 4097, 20000):
            [event], _ = self.call(agent, ('write', -1, '=' + data.hex(), size))
            self.assertEqual(event.body['args'], [{'bytes_arg': self.base64(data[:size])},
                                                  {'size_arg': str(size)}])
        [event], _ = self.call(agent, ('write', -1, '=' + data.hex(), 50000))
        told = event.body['args'][0]['truncated_bytes_arg']
        self.assertEqual(told['orig_size'], '50000')
        self.assertTrue(self.base64(data).startswith(told['bytes_arg'].rstrip('=')[:-4]))
        self.assertGreater(len(told['bytes_arg']), 40000)
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

    def test_long_substring(self):
        self.check_refused(
            policy('bad', hook('sys_mkdirat', 'index: 1, type: string', selectors=[
                [f'index: 1, operator: SubString, values: ["{"x" * 257}"]']])),
            '0.yaml:', '256 bytes')


if __name__ == '__main__':
    unittest.main()
