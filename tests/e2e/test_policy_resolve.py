# SPDX-License-Identifier: Apache-2.0
"""Values that are found by a path through the kernel's types, and those beside arguments."""

import os
import resource
import socket
import stat
import struct
import subprocess
import unittest
from base64 import b64encode

from case import needs, trigger_path
from test_policies import policy, recent_enough, values_of
from test_policy_args import OPENS, ArgsCase, function, function_of, hook, ip4, raw

TASK = 'index: 0, source: current_task'


def data(text, *items):
    """The hook with these items of "data", each as text."""
    more = '    data:\n' + ''.join(f'    - {{{item}}}\n' for item in items)
    head, rest = text.split('    args:\n' if '    args:\n' in text else '    selectors:\n', 1)
    at = '    args:\n' if '    args:\n' in text else '    selectors:\n'
    return f'{head}{more}{at}{rest}'


def match_data(*matches):
    return '    selectors:\n    - matchData: [' + ', '.join(f'{{{m}}}' for m in matches) + ']\n'


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class RawTracepoints(ArgsCase):
    def test_exec(self):
        """From a task and from what it executes."""
        def of(name, *args):
            return raw(name, 'sched', 'sched_process_exec', *args)
        agent = self.load(
            of('texts', 'index: 0, type: string, resolve: comm',
               'index: 0, type: auto, resolve: real_parent.group_leader.comm',
               'index: 2, type: string, resolve: filename',
               'index: 0, type: string, resolve: mm.owner.real_parent.group_leader.comm'),
            of('numbers', 'index: 0, type: int, resolve: tgid',
               'index: 0, type: auto, resolve: real_parent.tgid',
               'index: 0, type: uint32, resolve: "mm.owner.signal.rlim[7].rlim_cur"',
               'index: 0, type: uint64, resolve: "signal.rlim[7].rlim_max"'),
            of('objects', 'index: 2, type: file, resolve: file',
               'index: 2, type: auto, resolve: file.f_path',
               'index: 2, type: auto, resolve: file.f_path.dentry',
               'index: 0, type: auto, resolve: cred',
               'index: 0, type: auto, resolve: cred.cap_effective',
               'index: 0, type: auto, resolve: cred.user_ns'))
        told = self.points(agent, ('getpriority', 0, 0))
        call = trigger_path('call')
        with open('/proc/self/comm', encoding='utf-8') as f:
            comm = f.read().rstrip('\n')
        self.assertEqual(told['texts'], [['call', comm, call, comm]])
        [numbers] = told['numbers']
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.assertEqual(numbers[1:], [os.getpid(), soft, str(hard)])
        mode = stat.filemode(os.stat(call).st_mode)
        [objects] = told['objects']
        self.assertEqual(objects[:2], [{'path': call, 'permission': mode}] * 2)
        self.assertTrue(call.endswith(objects[2]['path']))
        self.assertEqual(objects[3]['euid'], 0)
        with open('/proc/self/status', encoding='utf-8') as f:
            caps = next(line.split()[1] for line in f if line.startswith('CapEff'))
        self.assertEqual(objects[4], caps)
        self.assertEqual(objects[5]['ns']['inum'], os.stat('/proc/self/ns/user').st_ino)
        self.check_complete(agent)

    def test_filters(self):
        def of(name, args, *matches):
            return raw(name, 'sched', 'sched_process_exec', args, selectors=[matches])
        text = 'index: 0, type: string, resolve: comm'
        number = 'index: 0, type: auto, resolve: real_parent.tgid'
        file = 'index: 2, type: auto, resolve: file'
        values = f'"1", "{os.getpid()}"'
        cases = {
            'equal': (text, 'index: 0, operator: Equal, values: [call, other]'),
            'not-equal': (text, 'index: 0, operator: NotEqual, values: [other]'),
            'prefix': (text, 'index: 0, operator: Prefix, values: [ca]'),
            'in': (text, 'index: 0, operator: SubString, values: [al]'),
            'number': (number, f'index: 0, operator: InMap, values: [{values}]'),
            'not-number': (number, 'index: 0, operator: NotInMap, values: ["1"]'),
            'more': (number, f'index: 0, operator: GT, values: ["{os.getpid() - 1}"]'),
            'file': (file, f'index: 2, operator: Equal, values: ["{trigger_path("call")}"]'),
            'type': (file, 'index: 2, operator: FileType, values: [reg]'),
            'args': (file, 'args: [0], operator: Postfix, values: [/call]'),
        }
        misses = {
            'm-equal': (text, 'index: 0, operator: Equal, values: [other]'),
            'm-not-equal': (text, 'index: 0, operator: NotEqual, values: [call]'),
            'm-number': (number, 'index: 0, operator: InMap, values: ["1"]'),
            'm-not-number': (number, f'index: 0, operator: NotInMap, values: [{values}]'),
            'm-file': (file, 'index: 2, operator: NotPostfix, values: [/call]'),
        }
        agent = self.load(*(of(name, *case) for name, case in {**cases, **misses}.items()))
        told = self.points(agent, ('getpriority', 0, 0))
        self.assertEqual(set(told), set(cases))
        self.assertEqual(told['number'], [[os.getpid()]])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class CurrentTask(ArgsCase):
    def one(self, *items, selectors=()):
        return hook('sys_getpriority', *(f'{TASK}, {item}' for item in items),
                    selectors=selectors)

    def told_of(self, items, *calls):
        agent = self.load(policy('task', self.one(*items)))
        told = self.told(agent, *calls, ('getpriority', 0, 0))
        self.check_complete(agent)
        return told[-1]

    def test_members(self):
        comm, argument, limit, leader = self.told_of([
            'type: string, resolve: comm',
            'type: string, resolve: mm.arg_start',  # a number that is an address of the process
            'type: uint64, resolve: "signal.rlim[7].rlim_cur"',
            'type: string, resolve: group_leader.real_parent.group_leader.comm'])
        self.assertEqual(comm, 'call')
        self.assertEqual(argument, trigger_path('call'))
        self.assertEqual(int(limit), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        with open('/proc/self/comm', encoding='utf-8') as f:
            self.assertEqual(leader, f.read().rstrip('\n'))

    def test_elements(self):
        """Of arrays, and of what a pointer points to."""
        with open(self.path('file'), 'w', encoding='utf-8'):
            pass
        files = self.told_of(['type: auto, resolve: "files.fdt.fd[3]"',
                              'type: auto, resolve: "files.fdt.fd[3].f_path"',
                              'type: auto, resolve: "files.fdt[0].fd[3].f_flags"'],
                             ('openat', -100, f':{self.path("file")}', os.O_APPEND | os.O_WRONLY))
        self.assertEqual([f['path'] for f in files[:2]], [self.path('file')] * 2)
        self.assertEqual(files[2] & (os.O_APPEND | os.O_ACCMODE), os.O_APPEND | os.O_WRONLY)

    def test_bits(self):
        """A flag that is one bit beside others."""
        calls = [('sched_setscheduler', 0, os.SCHED_RESET_ON_FORK, '=00000000')]
        item = ['type: auto, resolve: sched_reset_on_fork']
        self.assertEqual(self.told_of(item), [0])
        self.assertEqual(self.told_of(item, *calls), [1])

    def test_bits_are_filtered(self):
        agent = self.load(policy('task', self.one(
            'type: uint8, resolve: sched_reset_on_fork',
            selectors=[['index: 0, operator: Equal, values: ["1"]']])))
        told = self.told(agent, ('getpriority', 0, 0),
                         ('sched_setscheduler', 0, os.SCHED_RESET_ON_FORK, '=00000000'),
                         ('getpriority', 1, 0))
        self.assertEqual(told, [[1]])
        self.check_complete(agent)

    def test_nothing_there(self):
        """Where the path ends before its end is told, and nothing is true of it."""
        agent = self.load(
            policy('task', self.one('type: auto, resolve: io_context.ioprio',
                                    'type: string, resolve: bio_list.head.bi_next')),
            *(policy(name, self.one('type: auto, resolve: io_context.ioprio', selectors=[
                [f'index: 0, operator: {operator}, values: ["0"]']]))
              for name, operator in (('equal', 'Equal'), ('not', 'NotEqual'))))
        events, _ = self.call(agent, ('getpriority', 0, 0))
        at = 'Bad address encountered during resolve dereference at depth 1'
        self.assertEqual([(e.body['policy_name'], values_of(e)) for e in events],
                         [('task', [{'Message': at}] * 2)])
        self.check_complete(agent)

    def test_btf_type(self):
        """What a process passes has the type that the policy says; its memory is the process's."""
        agent = self.load(policy('connects', hook(
            'sys_connect', 'index: 1, type: uint16, resolve: sin_port, btfType: sockaddr_in',
            'index: 1, type: uint32, resolve: sin_addr.s_addr, btfType: sockaddr_in')))
        told = self.told(agent, ('connect', -1, ip4('10.1.2.3', 443), 16),
                         ('connect', -1, 1 << 63, 16))
        at = 'Bad address encountered during resolve dereference at depth '
        self.assertEqual(told, [[struct.unpack('=H', struct.pack('!H', 443))[0],
                                 struct.unpack('=I', bytes((10, 1, 2, 3)))[0]], 
                                [{'Message': at + '0'}, {'Message': at + '1'}]])
        self.check_complete(agent)

    def test_data(self):
        """Beside the arguments, with filters of their own."""
        items = ('index: 0, source: current_task, type: string, resolve: comm, label: name',
                 'index: 1, source: current_task, type: auto, resolve: sched_reset_on_fork')
        text = hook('sys_getpriority', 'index: 0, type: int')
        agent = self.load(
            policy('all', data(text, *items)),
            policy('some', data(text, *items) + match_data(
                'index: 0, operator: Equal, values: [call]',
                'args: [1], operator: Equal, values: ["1"]')))
        events, _ = self.call(
            agent, ('getpriority', 7, 0),
            ('sched_setscheduler', 0, os.SCHED_RESET_ON_FORK, '=00000000'), ('getpriority', 8, 0))
        told = [(e.body['policy_name'], values_of(e), e.body['data']) for e in events]

        def expected(name, number, flag):
            return (name, [number], [{'string_arg': 'call', 'label': 'name'}, {'uint_arg': flag}])
        self.assertEqual(told, [expected('all', 7, 0), expected('all', 8, 1),
                                expected('some', 8, 1)])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Functions(ArgsCase):
    @needs('kprobe')
    def test_arguments(self):
        name = self.path('file')
        with open(name, 'w', encoding='utf-8'):
            pass
        agent = self.load(policy('opens', function(
            'security_file_open', 'index: 0, type: string, resolve: f_path.dentry.d_name.name',
            'index: 0, type: auto, resolve: f_path', 'index: 0, type: auto, resolve: f_inode.i_ino',
            'index: 0, type: auto, resolve: f_flags',
            selectors=[[f'args: [1], operator: Equal, values: ["{name}"]',
                        f'args: [2], operator: Equal, values: ["{os.stat(name).st_ino}"]',
                        f'args: [3], operator: Mask, values: ["{os.O_APPEND}"]']])))
        told = self.told(agent, ('openat', -100, f':{name}', 0),
                         ('openat', -100, f':{name}', os.O_WRONLY | os.O_APPEND))
        self.assertEqual([v[0] for v in told], ['file'])
        self.assertEqual(told[0][1]['path'], name)
        self.assertEqual(told[0][2], str(os.stat(name).st_ino))
        self.check_complete(agent)

    @needs('kprobe')
    def test_returned(self):
        """What a function returns is followed, too, and looked at."""
        name = self.path('file')
        with open(name, 'w', encoding='utf-8'):
            pass

        def of(policy_name, value):
            text = function(function_of(OPENS), 'index: 1, type: filename')
            return policy(policy_name, text.replace(
                '    args:\n', '    return: true\n    returnArg: {index: 0, type: string, '
                'resolve: f_path.dentry.d_name.name}\n    args:\n') +
                '    selectors:\n    - matchReturnArgs: [{index: 0, operator: Equal, values: '
                f'["{value}"]}}]\n')
        agent = self.load(of('this', 'file'), of('other', 'other'))
        events, _ = self.call(agent, ('openat', -100, f':{name}', 0))
        told = [(e.body['policy_name'], e.body['return']) for e in events
                if values_of(e) == [name]]
        self.assertEqual(told, [('this', {'string_arg': 'file'})])
        self.check_complete(agent)

    @needs('kprobe')
    def test_registers(self):
        first = {'x86_64': ('rsi', 'esi', 'si', 'sil'), 'aarch64': ('x1', 'w1', 'w1', 'w1')}[
            os.uname().machine]
        text = function('vfs_truncate', 'index: 1, type: int64')
        items = [f'index: {i}, source: pt_regs, type: auto, resolve: {name}'
                 for i, name in enumerate(first)]
        agent = self.load(
            policy('all', data(text, *items)),
            policy('some', data(text, *items) + match_data(
                'index: 1, operator: Equal, values: ["0x80706050"]')))
        path = self.path('file')
        with open(path, 'w', encoding='utf-8'):
            pass
        events, _ = self.call(agent, ('truncate', f':{path}', 0x1180706050),
                              ('truncate', f':{path}', 1))
        told = [(e.body['policy_name'], values_of(e), [next(iter(v.values())) for v in
                                                       e.body['data']]) for e in events]
        number = 0x1180706050
        parts = {'x86_64': [0x80706050, 0x6050, 0x50], 'aarch64': [0x80706050] * 3}[
            os.uname().machine]
        self.assertEqual(told[0], ('all', [str(number)], [str(number), *parts]))
        self.assertEqual([t[0] for t in told], ['all', 'some', 'all'])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Typed(ArgsCase):
    """Where programs get arguments with their types."""

    @needs('lsm_active')
    def test_lsm(self):
        text = policy('execs', '  - hook: bprm_check_security\n    args:\n'
                      '    - {index: 0, type: string, resolve: filename}\n'
                      '    - {index: 0, type: string, resolve: mm.owner.group_leader.real_parent.comm}\n'
                      '    - {index: 0, type: auto, resolve: file}\n'
                      '    - {index: 0, source: current_task, type: auto, resolve: real_parent.tgid}\n'
                      '    selectors:\n    - matchArgs: [{args: [3], operator: Equal, '
                      f'values: ["{os.getpid()}"]}}]\n').replace('kprobes:', 'lsmhooks:')
        agent = self.load(text)
        since = len(agent.events)
        self.call(agent, ('getpriority', 0, 0))
        with open('/proc/self/comm', encoding='utf-8') as f:
            comm = f.read().rstrip('\n')
        told = [values_of(e) for e in agent.events[since:] if e.type == 'process_lsm']
        self.assertIn([trigger_path('call'), comm, trigger_path('call'), os.getpid()],
                      [[*v[:2], v[2]['path'], v[3]] for v in told])
        self.check_complete(agent)

    @needs('fentry')
    def test_fentry(self):
        path = self.path('file')
        with open(path, 'w', encoding='utf-8'):
            pass
        text = data(function('security_file_open', 'index: 0, type: file',
                             'index: 0, type: auto, resolve: f_inode.i_ino'),
                    'index: 0, source: current_task, type: string, resolve: comm')
        agent = self.load(policy('opens', text + '    selectors:\n    - matchArgs: '
                                 f'[{{args: [1], operator: Equal, values: ["{os.stat(path).st_ino}"]'
                                 '}]\n      matchData: [{index: 0, operator: Prefix, values: '
                                 '[cal]}]\n').replace('kprobes:', 'fentries:'))
        events, _ = self.call(agent, ('openat', -100, f':{path}', 0))
        self.assertEqual([(values_of(e)[0]['path'], e.body['data']) for e in events],
                         [(path, [{'string_arg': 'call'}])])
        self.check_complete(agent)

    @needs('fexit')
    def test_buffer(self):
        path = self.path('file')
        with open(path, 'w', encoding='utf-8') as f:
            f.write('hello')
        text = function('ksys_read', 'index: 0, type: int',
                        'index: 1, type: char_buf, sizeArgIndex: 3, returnCopy: true')
        agent = self.load(policy('reads', text).replace('kprobes:', 'fentries:'))
        events, _ = self.call(agent, ('openat', -100, f':{path}', 0),
                              ('read', 3, '=' + '00' * 100, 100))
        self.assertIn([3, b64encode(b'hello').decode()], [values_of(e) for e in events])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Modules(ArgsCase):
    """Types that are in a module's BTF and not in the kernel's own."""
    TYPE = 'btfType: ovl_cattr'
    MODULE = ', btfTypeModule: overlay'

    def setUp(self):
        super().setUp()
        if not os.path.exists('/sys/kernel/btf/overlay'):
            self.skipTest('overlay is no module here, or has no types')

    def asked(self, path, module, kind='uint32'):
        return policy('ask', hook('sys_symlinkat', f'index: 0, type: {kind}, resolve: {path}, '
                                                   f'{self.TYPE}{module}'))

    def test_memory_of_a_process(self):
        """It counts its bytes: a member tells where it is."""
        for path, size in (('rdev', 4), ('mode', 2)):
            agent = self.load(self.asked(path, self.MODULE, f'uint{8 * size}'))
            [[value]] = self.told(agent, ('symlinkat', '#4096', -77, ':x'))
            told = int(value).to_bytes(size, 'little')
            self.assertEqual(told, bytes(range(told[0], told[0] + size)))
            self.assertEqual(told[0] % size, 0)
            self.check_complete(agent)

    def test_pointer_that_leads_nowhere(self):
        agent = self.load(self.asked('hardlink.d_flags', self.MODULE))
        [[value]] = self.told(agent, ('symlinkat', '#4096', -77, ':x'))
        self.assertEqual(value, {'Message': 'Bad address encountered during resolve dereference '
                                            'at depth 1'})
        self.check_complete(agent)

    def test_module_that_has_it_not(self):
        for module, says in (('', 'btfTypeModule'), (', btfTypeModule: virtio_blk', 'no structure'),
                             (', btfTypeModule: nosuch', 'nosuch\\" is not loaded or has none')):
            log = self.check_complete(self.load(self.asked('mode', module))).stderr
            self.assertIn(says, log)
            self.assertIn('policy ask is not loaded', log)

    @needs('kprobe')
    def test_function_of_a_module(self):
        """Its arguments have the module's types."""
        with open('/proc/kallsyms', encoding='ascii') as f:
            if not any(line.split()[2] == 'ovl_create_or_link' for line in f):
                self.skipTest('overlay has no function that is known to have them')
        if subprocess.run(['stat', '-fc', '%t', '/'], capture_output=True, text=True,
                          check=True).stdout.strip() != '794c7630':
            self.skipTest('the root directory is no overlay')
        directory = f'/ocelli-e2e-{os.getpid()}'
        ask = function('ovl_create_or_link', 'index: 2, type: auto, resolve: mode')
        agent = self.load(policy('makes', ask))
        self.addCleanup(os.rmdir, directory)
        [[mode]] = self.told(agent, ('mkdirat', -100, f':{directory}', 0o700))
        self.assertEqual(mode, stat.S_IFDIR | 0o700)
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Casts(ArgsCase):
    @needs('kprobe')
    def test_structure_that_begins_with_it(self):
        """A socket is the beginning of what its family makes of it."""
        items = ('type: auto, resolve: sk.__sk_common.skc_dport, btfType: inet_sock',
                 'type: auto, btfType: tcp_sock, '
                 'resolve: inet_conn.icsk_inet.sk.__sk_common.skc_family',
                 'type: sock, btfType: tcp_sock, resolve: inet_conn.icsk_inet.sk')
        agent = self.load(*(policy(f'p{i}', function('tcp_connect', f'index: 0, {item}'))
                            for i, item in enumerate(items)))
        events, _ = self.call(agent, ('socket', 2, 1, 0), ('connect', 3, ip4('127.0.0.1', 9), 16))
        told = {e.body['policy_name']: values_of(e)[0] for e in events}
        self.assertEqual((told['p0'], told['p1']), (socket.htons(9), socket.AF_INET))
        self.assertEqual((told['p2']['daddr'], told['p2']['dport']), ('127.0.0.1', 9))
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Refused(ArgsCase):
    def check_refused(self, text, *says):
        agent = self.load(policy('bad', text) if 'kind:' not in text else text,
                          policy('good', hook('sys_getpriority', 'index: 0, type: int')))
        events, _ = self.call(agent, ('getpriority', 0, 0))
        self.assertEqual([e.body['policy_name'] for e in events], ['good'])
        log = self.check_complete(agent).stderr.replace('\\"', '"')
        for said in says:
            self.assertIn(said, log)

    def test_paths(self):
        def of(path, kind='auto'):
            return hook('sys_getpriority', f'{TASK}, type: {kind}, resolve: "{path}"')
        for path, *says in (
                ('mm.ownr.comm', '0.yaml:9:', 'no member "ownr": mm is struct mm_struct',
                 'did you mean "owner"'),
                ('comm.x', 'no member "x": comm is array of char'),
                ('comm[99]', 'no element "[99]": comm is'),
                ('mm..x', 'cannot be read at ".x"'),
                ('mm', 'the type has to be written', 'mm_struct')):
            with self.subTest(path):
                self.check_refused(of(path), *says)
        self.check_refused(of('comm', 'int'), 'is not of type int')
        self.check_refused(of('tgid', 'string'), 'no address')

    def test_places(self):
        self.check_refused(hook('sys_connect', 'index: 1, type: auto, resolve: sin_port'),
                           'has no type in the kernel', 'btfType')
        self.check_refused(hook('sys_connect', 'index: 1, type: auto, resolve: sin_port, '
                                               'btfType: sockaddr_none'),
                           '0.yaml:9:', 'no structure "sockaddr_none"')
        self.check_refused(raw('bad', 'sched', 'sched_process_exec',
                               'index: 3, type: auto, resolve: comm'),
                           'sched_process_exec has no argument 3')

    def test_registers(self):
        self.check_refused(data(hook('sys_getpriority', 'index: 0, type: int'),
                                'index: 0, source: pt_regs, type: auto, resolve: rxx'),
                           '0.yaml:9:')


if __name__ == '__main__':
    unittest.main()
