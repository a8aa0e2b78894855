# SPDX-License-Identifier: Apache-2.0
"""What hooks can be on: functions with types, hooks of the security modules, calls of 32-bit
programs, lists that are made on the machine."""

import collections
import errno
import os
import platform
import re
import socket
import struct
import unittest

from case import needs, trigger_path, without_feature
from test_policies import PREFIX, PolicyCase, hook, policy, recent_enough, values_of

OLD = 'this kernel has no atomic operations that return a value'


def section(name, kind, *hooks, lists=''):
    return policy(name, *hooks, lists=lists).replace('  kprobes:\n', f'  {kind}:\n')


def function(call, *args, **more):
    return hook(call, *args, **more).replace('syscall: true', 'syscall: false')


def lsm(name, *args, **more):
    text = hook(name, *args, **more).replace('    syscall: true\n', '')
    return text.replace(f'- call: "{name}"', f'- hook: "{name}"')


def listed(name, *values, args=(), kind='syscalls', pattern=None, more='', options=''):
    """A policy with one hook on a list."""
    what = f', pattern: "{pattern}"' if pattern else f', values: {list(values)}' if values else ''
    text = hook('list:all', *args, more=more)
    if kind == 'generated_ftrace':
        text = text.replace('syscall: true', 'syscall: false')
    return policy(name, text, lists=(
        f'  lists:\n  - {{name: all, type: {kind}{what}}}\n{options}'))


class HooksCase(PolicyCase):
    def attempt(self, agent, program, *calls):
        """Whether the kernel knows these calls, and all that policies tell of a process that makes
        them."""
        since = len(agent.events)
        args = []
        for each in calls:
            args += ['--'] * bool(args) + [str(a) for a in each]
        process = self.spawn([*program, *args])
        process.communicate()
        agent.wait_exit(process.pid, since)
        return process.returncode != 77, [
            e for e in agent.events[since:] if e.process and e.process['pid'] == process.pid and
            e.type not in ('process_exec', 'process_exit')]

    def told(self, agent, *calls, program=None):
        known, events = self.attempt(agent, [program or trigger_path('call')], *calls)
        if not known:
            self.skipTest('this kernel takes no calls of 32-bit programs')
        return events

    def refused(self, text):
        """Returns the log of an agent that does not load this policy."""
        log = self.check_complete(self.load(text)).stderr
        self.assertRegex(log, 'policy [a-z-]+ is not loaded')
        return log


@unittest.skipUnless(recent_enough(), OLD)
class Lsm(HooksCase):
    @needs('lsm_active')
    def test_event(self):
        path = self.path('opened')
        with open(path, 'w', encoding='ascii'):
            pass
        agent = self.load(section('opens', 'lsmhooks', lsm(
            'file_open', (0, 'file'), selectors=[([(0, 'Equal', [path])], [])],
            more='    message: "opened"\n    tags: [x.y]\n')))
        [event] = self.told(agent, ('openat', -100, f':{path}', 0),
                            ('openat', -100, ':/dev/null', 0))
        self.assertEqual(event.type, 'process_lsm')
        self.assertEqual(event.body['function_name'], 'file_open')
        self.assertEqual(values_of(event), [{'path': path, 'permission': '-rw-r--r--'}])
        self.assertEqual(event.body['policy_name'], 'opens')
        self.assertEqual(event.body['message'], 'opened')
        self.assertEqual(event.body['tags'], ['x.y'])
        self.assertEqual(event.body['action'], 'KPROBE_ACTION_POST')
        self.assertEqual(event.process['binary'], trigger_path('call'))
        self.assertEqual(event.parent['exec_id'], event.process['parent_exec_id'])
        ended = self.check_complete(agent)
        self.assertGreaterEqual(ended.ledger.event('process_lsm', 'exported'), 1)

    @needs('lsm_active')
    def test_types(self):
        """Numbers, and what pointers of many types are to."""
        address = '=' + (struct.pack('=H', socket.AF_INET) + struct.pack('!H', 9) +
                         socket.inet_aton('127.0.0.1') + bytes(8)).hex()
        agent = self.load(
            section('creates', 'lsmhooks', lsm('socket_create', (0, 'int'), (1, 'int'),
                                               (2, 'int'), (3, 'int'))),
            section('connects', 'lsmhooks', lsm('socket_connect', (0, 'socket'), (1, 'sockaddr'),
                                                (2, 'int'))),
            section('executes', 'lsmhooks', lsm('bprm_check_security', (0, 'linux_binprm'))),
            section('renames', 'lsmhooks', lsm('task_prctl', (0, 'int'), (1, 'ulong'),
                                               selectors=[([(0, 'Equal', [99])], [])])),
            section('makes', 'lsmhooks', lsm('inode_mkdir', (1, 'dentry'), (2, 'uint16'))))
        path = self.path('made')
        told = {e.body['policy_name']: e for e in self.told(
            agent, ('socket', 2, 1, 0), ('connect', 3, address, 16), ('prctl', 99, 77),
            ('prctl', 98, 1), ('mkdirat', -100, f':{path}', 0o755))}
        self.assertEqual(values_of(told['creates']), [2, 1, 0, 0])
        sock, to, size = values_of(told['connects'])
        self.assertEqual((sock['family'], sock['type']), ('AF_INET', 'SOCK_STREAM'))
        self.assertEqual((to['addr'], to['port'], size), ('127.0.0.1', 9, 16))
        self.assertEqual(values_of(told['executes'])[0]['path'], trigger_path('call'))
        self.assertEqual(values_of(told['renames']), [99, '77'])
        self.assertTrue(path.endswith(values_of(told['makes'])[0]['path']))
        self.assertTrue(os.path.isdir(path), 'the hook changed what became of the call')
        self.check_complete(agent)

    @needs('lsm_active')
    def test_several_policies(self):
        agent = self.load(*(section(f'p{i}', 'lsmhooks', lsm(
            'socket_create', (1, 'int'), selectors=[([(1, 'GT', [i])], [])])) for i in range(3)))
        events = self.told(agent, ('socket', 2, 2, 0))
        self.assertEqual([e.body['policy_name'] for e in events], ['p0', 'p1'])
        self.check_complete(agent)

    @needs('lsm_active')
    def test_void(self):
        """One that nobody can deny: its program is of another kind for the kernel."""
        agent = self.load(section('changes', 'lsmhooks', lsm('bprm_committed_creds',
                                                             (0, 'linux_binprm'))))
        [event] = self.told(agent)
        self.assertEqual(values_of(event)[0]['path'], trigger_path('call'))
        self.check_complete(agent)

    @needs('lsm_built')
    def test_no_such_hook(self):
        log = self.refused(section('bad', 'lsmhooks', lsm('file_opem', (0, 'file'))))
        self.assertRegex(log, r'0.yaml:6:11: error: this kernel has no LSM hook \\?"file_opem')
        self.assertIn('file_open', log.split('file_opem')[1])

    @needs('lsm_built')
    def test_no_such_argument(self):
        log = self.refused(section('bad', 'lsmhooks', lsm('file_open', (1, 'int'))))
        self.assertIn('the arguments of bpf_lsm_file_open are numbered from 0 to 0', log)

    @needs('lsm_active')
    def test_other_type(self):
        agent = self.load(section('odd', 'lsmhooks', lsm('file_open', (0, 'path'))))
        self.assertIn('argument 0 of bpf_lsm_file_open is no path; it points to a file',
                      self.check_complete(agent).stderr)

    @without_feature('lsm_active')
    def test_without(self):
        log = self.refused(section('bad', 'lsmhooks', lsm('file_open', (0, 'file'))))
        if os.path.exists('/sys/kernel/security/lsm') and 'no BPF trampolines' not in log:
            self.assertIn('BPF is no active security module', log)
            self.assertIn('boot with lsm=', log)


@unittest.skipUnless(recent_enough(), OLD)
class Fentry(HooksCase):
    RETURN = '    return: true\n    returnArg: {index: 0, type: int}\n'

    @needs('fentry')
    def test_event(self):
        agent = self.load(section('sockets', 'fentries', function(
            '__sys_socket', (0, 'int'), (1, 'int'), (2, 'int'),
            selectors=[([(2, 'Equal', [77])], [])], more='    message: "socket"\n')))
        [event] = self.told(agent, ('socket', 1, 99, 76), ('socket', 1, 99, 77))
        self.assertEqual(event.type, 'process_kprobe')
        self.assertEqual(event.body['function_name'], '__sys_socket')
        self.assertEqual(event.body['message'], 'socket')
        self.assertEqual(values_of(event), [1, 99, 77])
        self.check_complete(agent)

    @needs('fentry')
    def test_pointers(self):
        agent = self.load(
            section('names', 'fentries', function(
                '__set_task_comm', (1, 'string'),
                selectors=[([(1, 'Prefix', ['renamed'])], [])])),
            section('files', 'fentries', function('security_file_open', (0, 'file'), selectors=[
                ([(0, 'Equal', ['/dev/null'])], [])])))
        events = self.told(agent, ('prctl', 15, ':other'), ('prctl', 15, ':renamed-to'),
                           ('openat', -100, ':/dev/null', 0))
        told = {e.body['policy_name']: values_of(e) for e in events}
        self.assertEqual(told, {'names': ['renamed-to'], 'files': [
            {'path': '/dev/null', 'permission': 'crw-rw-rw-'}]})
        self.check_complete(agent)

    @needs('fexit')
    def test_return(self):
        match = '    selectors: [{matchReturnArgs: [{index: 0, operator: Equal, values: ["-22"]}]}]'
        agent = self.load(
            section('all', 'fentries', function('__sys_socket', (1, 'int'), more=self.RETURN)),
            section('bad', 'fentries', function('__sys_socket', (1, 'int'),
                                                more=self.RETURN + match + '\n')))
        events = self.told(agent, ('socket', 2, 2, 0), ('socket', 2, 99, 0))
        told = [(e.body['policy_name'], values_of(e)[0], e.body['return']['int_arg'])
                for e in events]
        self.assertEqual(sorted(told), [('all', 2, 3), ('all', 99, -22), ('bad', 99, -22)])
        self.check_complete(agent)

    @needs('fexit')
    def test_system_calls(self):
        agent = self.load(section('seeks', 'fentries', hook(
            'sys_lseek', (0, 'int'), (1, 'long'), more=self.RETURN)))
        [event] = self.told(agent, ('lseek', -1, -5, 0))
        self.assertEqual(event.body['function_name'], PREFIX + 'lseek')
        self.assertEqual(values_of(event), [-1, '-5'])
        self.assertEqual(event.body['return'], {'int_arg': -9})
        self.check_complete(agent)

    @needs('fentry')
    def test_call_without_arguments(self):
        agent = self.load(section('asks', 'fentries', hook('sys_getpid')))
        events = self.told(agent, ('getpid',))
        self.assertEqual([e.body['function_name'] for e in events], [PREFIX + 'getpid'])
        self.check_complete(agent)

    @needs('fentry')
    def test_module(self):
        name = module_function()
        if not name:
            self.skipTest('no module with a function that is known is loaded')
        self.check_complete(self.load(section('module', 'fentries', function(name))))
        agent = self.load(section('module', 'fentries', function(name)))
        self.assertNotIn('is not loaded', self.check_complete(agent).stderr)

    @needs('fentry')
    def test_returns_nothing(self):
        log = self.refused(section('bad', 'fentries', function('__set_task_comm',
                                                               more=self.RETURN)))
        self.assertIn('__set_task_comm returns nothing', log)

    @needs('fentry')
    def test_no_such_argument(self):
        log = self.refused(section('bad', 'fentries', function('__sys_socket', (3, 'int'))))
        self.assertIn('0.yaml:9:15: error: the arguments of __sys_socket are numbered from 0 to 2',
                      log)

    @without_feature('fentry')
    def test_without(self):
        self.refused(section('bad', 'fentries', function('__sys_socket')))


def module_function():
    """One of a module that is loaded."""
    for name, known in (('virtio_blk', 'virtblk_probe'), ('ext4', 'ext4_file_open'),
                        ('overlay', 'ovl_open'), ('virtio_net', 'virtnet_open')):
        if os.path.exists(f'/sys/kernel/btf/{name}'):
            return known
    return None


@unittest.skipUnless(recent_enough(), OLD)
class NotFound(HooksCase):
    def test_call(self):
        log = self.refused(policy('bad', hook('sys_opennat')))
        self.assertRegex(log, r'0.yaml:6:11: error: this kernel has no system call sys_opennat')
        self.assertRegex(log, r'did you mean \\?"sys_openat')

    def test_ignored(self):
        ignore = '    ignore: {callNotFound: true}\n'
        agent = self.load(policy('good', hook('sys_opennat', more=ignore),
                                 hook('sys_getpriority', more=ignore)))
        self.assertEqual(len(self.told(agent, ('getpriority', 0, 0))), 1)
        log = self.check_complete(agent).stderr
        self.assertIn('warning: this kernel has no system call sys_opennat', log)
        self.assertNotIn('is not loaded', log)

    @needs('kprobe')
    def test_function(self):
        log = self.refused(policy('bad', function('__sys_sokcet')))
        self.assertRegex(log, r'0.yaml:6:11: error: this kernel has no function __sys_sokcet')
        self.assertRegex(log, r'did you mean \\?"__sys_socket')


@unittest.skipUnless(recent_enough(), OLD)
class Returns(HooksCase):
    def test_several_policies(self):
        """Of each, the return of the one call is seen."""
        agent = self.load(*(policy(f'p{i}', hook(
            'sys_lseek', (1, 'int'), more='    return: true\n    returnArg: '
            '{index: 0, type: int}\n')) for i in range(4)))
        events = self.told(agent, ('lseek', -1, 5, 0), ('lseek', 0, 6, 77))
        told = [(e.body['policy_name'], values_of(e)[0], e.body.get('return')) for e in events]
        self.assertEqual(sorted(told, key=str), sorted(
            ((f'p{i}', at, {'int_arg': value}) for i in range(4)
             for at, value in ((5, -9), (6, -22))), key=str))
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), OLD)
class Names(HooksCase):
    """Calls whose functions are called otherwise."""

    def test_both(self):
        agent = self.load(policy('call', hook('sys_uname')), policy('function',
                                                                   hook('sys_newuname')))
        events = self.told(agent, ('uname', 0))
        self.assertEqual(sorted(e.body['policy_name'] for e in events), ['call', 'function'])
        self.assertEqual({e.body['function_name'] for e in events}, {PREFIX + 'newuname'})
        self.check_complete(agent)

    def test_without_arguments(self):
        agent = self.load(policy('call', hook('sys_getpid')))
        events = self.told(agent, ('getpid',))
        self.assertEqual([e.body['function_name'] for e in events], [PREFIX + 'getpid'])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), OLD)
class Lists(HooksCase):
    RETURN = '    return: true\n    returnArg: {index: 0, type: int}\n'
    APART = '  options: [{name: disable-kprobe-multi, value: "1"}]\n'

    def selectors(self):
        """Those of one trigger alone, for what everybody calls."""
        self.program = self.copy_trigger('call')
        return f'    selectors: [{{matchBinaries: [{{operator: In, values: ["{self.program}"]}}]}}]\n'

    @staticmethod
    def links(agent):
        """How many links of each kind it has; those on returns are counted with the others."""
        kinds = []
        for fd in os.listdir(f'/proc/{agent.pid}/fdinfo'):
            with open(f'/proc/{agent.pid}/fdinfo/{fd}', encoding='utf-8') as f:
                kinds += [line.split()[1].replace('kretprobe', 'kprobe') for line in f
                          if line.startswith('link_type:')]
        return collections.Counter(kinds)

    def functions(self, agent, *calls):
        events = self.told(agent, *calls, program=self.program)
        return [e.body['function_name'] for e in events]

    def test_all_calls(self):
        agent = self.load(listed('all', kind='generated_syscalls', more=self.selectors()))
        told = self.functions(agent, ('lseek', -1, 0, 0), ('getpid',), ('uname', 0))
        self.assertIn(PREFIX + 'lseek', told)
        at = told.index(PREFIX + 'lseek')
        self.assertEqual(told[at:], [PREFIX + name for name in (
            'lseek', 'getpid', 'newuname', 'exit_group')])
        self.check_complete(agent)

    def test_numbers_of_all_calls(self):
        text = ('  lists:\n  - {name: all, type: generated_syscalls}\n'
                '  tracepoints:\n  - subsystem: raw_syscalls\n    event: sys_enter\n'
                '    args: [{index: 4, type: syscall64}]\n    selectors:\n'
                '    - matchArgs: [{index: 4, operator: %s, values: ["list:all"]}]\n'
                f'      matchBinaries: [{{operator: In, values: ["{self.copy_trigger("call")}"]}}]\n')
        self.program = re.search(r'values: \["(/[^"]*)"', text)[1]
        agent = self.load(*(policy(name).replace('  kprobes:\n', text % operator) for name, operator
                            in (('known', 'InMap'), ('unknown', 'NotInMap'))))
        events = self.told(agent, ('lseek', -1, 0, 0), program=self.program)
        self.assertEqual({e.body['policy_name'] for e in events}, {'known'})
        self.assertGreater(len(events), 1)
        self.check_complete(agent)

    @needs('kprobe_multi')
    def test_one_place_for_all(self):
        names = 'sys_lseek', 'sys_mkdirat', 'sys_getpriority'
        agent = self.load(listed('some', *names, args=((0, 'int'),), more=self.RETURN))
        self.assertEqual(self.links(agent)['kprobe_multi'], 4 if COMPAT else 2)
        events = self.told(agent, ('lseek', -1, 0, 0), ('mkdirat', -1, ':', 0),
                           ('getpriority', 7, 0))
        self.assertEqual([(e.body['function_name'], values_of(e), e.body['return'])
                          for e in events],
                         [(PREFIX + 'lseek', [-1], {'int_arg': -9}),
                          (PREFIX + 'mkdirat', [-1], {'int_arg': -2}),
                          (PREFIX + 'getpriority', [7], {'int_arg': -22})])
        self.check_complete(agent)

    @needs('kprobe_multi')
    def test_with_hooks_on_one_function(self):
        """What is on a list has a program, and each of the functions may have one, too."""
        agent = self.load(listed('some', 'sys_lseek', 'sys_mkdirat', more=self.RETURN),
                          policy('one', hook('sys_lseek', more=self.RETURN)),
                          listed('others', 'sys_lseek', 'sys_mkdirat'))
        events = self.told(agent, ('lseek', -1, 0, 0), ('mkdirat', -1, ':', 0))
        told = [(e.body['policy_name'], e.body['function_name'], e.body.get('return'))
                for e in events]
        self.assertEqual(sorted(told, key=str), sorted([
            ('some', PREFIX + 'lseek', {'int_arg': -9}), ('one', PREFIX + 'lseek', {'int_arg': -9}),
            ('some', PREFIX + 'mkdirat', {'int_arg': -2}), ('others', PREFIX + 'lseek', None),
            ('others', PREFIX + 'mkdirat', None)], key=str))
        self.check_complete(agent)

    @needs('kprobe')
    def test_apart(self):
        agent = self.load(listed('some', 'sys_lseek', 'sys_mkdirat', options=self.APART))
        self.assertEqual(self.links(agent)['kprobe_multi'], 0)
        events = self.told(agent, ('lseek', -1, 0, 0), ('mkdirat', -1, ':', 0))
        self.assertEqual([e.body['function_name'] for e in events],
                         [PREFIX + 'lseek', PREFIX + 'mkdirat'])
        self.check_complete(agent)

    @needs('kprobe')
    def test_pattern(self):
        agent = self.load(listed('sockets', kind='generated_ftrace', args=((1, 'int'),),
                                 pattern='^__sys_(socket|bind)$', more=self.selectors()))
        events = self.told(agent, ('socket', 1, 99, 77), program=self.program)
        self.assertEqual([(e.body['function_name'], values_of(e)) for e in events],
                         [('__sys_socket', [99])])
        self.check_complete(agent)

    @needs('kprobe_multi')
    def test_many_functions(self):
        agent = self.load(listed('many', kind='generated_ftrace', pattern='^(vfs|security)_',
                                 more=self.selectors()))
        self.assertEqual(self.links(agent)['kprobe_multi'], 1)
        told = self.functions(agent, ('openat', -100, ':/dev/null', 0))
        self.assertIn('vfs_open', told)
        self.assertIn('security_file_open', told)
        self.check_complete(agent)

    @needs('kprobe')
    def test_pattern_of_nothing(self):
        log = self.refused(listed('bad', kind='generated_ftrace', pattern='^no_such_function'))
        self.assertIn('no function that the kernel can trace has this pattern', log)

    @needs('kprobe')
    def test_pattern_that_is_none(self):
        log = self.refused(listed('bad', kind='generated_ftrace', pattern='('))
        self.assertIn('the pattern is no regular expression', log)


@unittest.skipUnless(recent_enough(), OLD)
class Missed(HooksCase):
    @needs('kprobe', 'missed_stats_kprobe')
    def test_ledger(self):
        """A program that is told of in the middle of another one is not run."""
        agent = self.load(policy('inner', function('copy_from_kernel_nofault')),
                          policy('outer', hook('sys_getpriority', (0, 'int'))))
        events = self.told(agent, ('getpriority', 0, 0))
        # Others than those of policies may have it run.
        self.assertEqual(len([e for e in events if e.body['policy_name'] == 'outer']), 1)
        ledger = self.check_complete(agent).ledger
        self.assertGreaterEqual(ledger.places['kprobe:copy_from_kernel_nofault']['missed'], 1)
        self.assertGreaterEqual(ledger.total['missed'], 1)


# Kernels of x86-64 have two tables of calls, mostly with functions of their own.
COMPAT = platform.machine() == 'x86_64'

# In the table of i386.
MKDIR, GETPID, LSEEK, ACCESS, WRITEV, CHOWN, CHOWN32, MKDIRAT = 39, 20, 19, 33, 146, 182, 212, 296


@unittest.skipUnless(recent_enough() and platform.machine() == 'x86_64',
                     'for kernels of x86-64 that are recent enough')
class Calls32(HooksCase):
    RETURN = '    return: true\n    returnArg: {index: 0, type: int}\n'

    def told32(self, agent, *calls):
        return self.told(agent, *calls, program=trigger_path('call32'))

    def test_plain_name_is_for_all_programs(self):
        agent = self.load(policy('makes', hook('sys_mkdirat', (0, 'int'), (1, 'string'),
                                               (2, 'uint32'))))
        [event] = self.told32(agent, (MKDIRAT, -1, ':32', 0o700))
        self.assertEqual(event.body['function_name'], '__ia32_sys_mkdirat')
        self.assertEqual(values_of(event), [-1, '32', 0o700])
        [event] = self.told(agent, ('mkdirat', -1, ':64', 0o700))
        self.assertEqual(event.body['function_name'], '__x64_sys_mkdirat')
        self.assertEqual(values_of(event), [-1, '64', 0o700])
        self.check_complete(agent)

    def test_names_of_tables(self):
        names = ('sys_mkdirat', '__x64_sys_mkdirat', 'x64/sys_mkdirat', 'i386/sys_mkdirat',
                 '__ia32_sys_mkdirat')
        agent = self.load(*(listed(f'name-{i}', name) for i, name in enumerate(names)))
        events = self.told32(agent, (MKDIRAT, -1, ':', 0))
        self.assertEqual(sorted(e.body['policy_name'] for e in events),
                         ['name-0', 'name-3', 'name-4'])
        events = self.told(agent, ('mkdirat', -1, ':', 0))
        self.assertEqual(sorted(e.body['policy_name'] for e in events),
                         ['name-0', 'name-1', 'name-2'])
        self.check_complete(agent)

    def test_one_number_in_both_tables(self):
        agent = self.load(policy('makes', hook('sys_mkdir', (0, 'string'))),
                          policy('asks', hook('sys_getpid')))
        events = self.told32(agent, (MKDIR, ':/nonexistent/x', 0))
        self.assertEqual([(e.body['policy_name'], values_of(e)) for e in events],
                         [('makes', ['/nonexistent/x'])])
        events = self.told(agent, ('getpid',))
        self.assertEqual([e.body['policy_name'] for e in events], ['asks'])
        self.check_complete(agent)

    def test_forms(self):
        """Another call in that table, of the same meaning."""
        agent = self.load(policy('owns', hook('sys_chown', (0, 'string'))))
        events = self.told32(agent, (CHOWN, ':/nonexistent/a', 0, 0),
                             (CHOWN32, ':/nonexistent/b', 0, 0))
        self.assertEqual([(e.body['function_name'], values_of(e)) for e in events],
                         [('__ia32_sys_chown16', ['/nonexistent/a']),
                          ('__ia32_sys_chown', ['/nonexistent/b'])])
        self.check_complete(agent)

    def test_without_arguments(self):
        """One function for both tables is hooked once."""
        agent = self.load(policy('asks', hook('sys_getpid')))
        self.assertEqual(len(self.told32(agent, (GETPID,))), 1)
        self.assertEqual(len(self.told(agent, ('getpid',))), 1)
        agent = self.load(listed('asks', 'i386/sys_getpid'))
        self.assertEqual(len(self.told32(agent, (GETPID,))), 1)
        self.assertEqual(len(self.told(agent, ('getpid',))), 0)
        self.check_complete(agent)

    def test_numbers_and_returns(self):
        agent = self.load(policy('seeks', hook('sys_lseek', (0, 'int'), (1, 'long'),
                                               (1, 'uint64'), more=self.RETURN)))
        [event] = self.told32(agent, (LSEEK, -1, -5, 0))
        self.assertEqual(event.body['function_name'], '__ia32_compat_sys_lseek')
        self.assertEqual(values_of(event), [-1, '-5', str(2**32 - 5)])
        self.assertEqual(event.body['return'], {'int_arg': -9})
        self.check_complete(agent)

    def test_vectors(self):
        text = hook('sys_writev', (0, 'int')) + (
            '    - {index: 1, type: char_iovec, sizeArgIndex: 3}\n')
        agent = self.load(policy('writes', text))
        [event] = self.told32(agent, (WRITEV, -1, '[one,two,three', 3))
        self.assertEqual(event.body['args'][1]['bytes_arg'], 'b25ldHdvdGhyZWU=')
        [event] = self.told(agent, ('writev', -1, '[one,two', 2))
        self.assertEqual(event.body['args'][1]['bytes_arg'], 'b25ldHdv')
        self.check_complete(agent)

    @needs('fentry')
    def test_fentry(self):
        agent = self.load(section('makes', 'fentries', hook('sys_mkdirat', (0, 'int'),
                                                            (1, 'string'))))
        [event] = self.told32(agent, (MKDIRAT, -1, ':32', 0))
        self.assertEqual(event.body['function_name'], '__ia32_sys_mkdirat')
        self.assertEqual(values_of(event), [-1, '32'])
        self.check_complete(agent)


# In the table of 32-bit Arm.
ARM_LSEEK, ARM_GETPID, ARM_MKDIR, ARM_WRITEV, ARM_MKDIRAT = 19, 20, 39, 146, 323


@unittest.skipUnless(recent_enough() and platform.machine() == 'aarch64',
                     'for kernels of arm64 that are recent enough')
class Calls32Arm(HooksCase):
    """Most calls are one function for both tables there."""

    def told32(self, agent, *calls):
        try:
            return self.told(agent, *calls, program=trigger_path('call32'))
        except OSError as e:
            if e.errno != errno.ENOEXEC:
                raise
            self.skipTest('this machine runs no 32-bit programs')

    def test_plain_name_is_for_all_programs(self):
        agent = self.load(policy('makes', hook('sys_mkdirat', (0, 'int'), (1, 'string'),
                                               (2, 'uint32'))))
        for text, told, number in ('32', self.told32, ARM_MKDIRAT), ('64', self.told, 'mkdirat'):
            [event] = told(agent, (number, -1, ':' + text, 0o700))
            self.assertEqual(event.body['function_name'], '__arm64_sys_mkdirat')
            self.assertEqual(values_of(event), [-1, text, 0o700])
        self.check_complete(agent)

    def test_only_that_table(self):
        agent = self.load(listed('asks', 'arm32/sys_getpid'),
                          policy('makes', hook('sys_mkdir', (0, 'string'))))
        events = self.told32(agent, (ARM_GETPID,), (ARM_MKDIR, ':/nonexistent/x', 0))
        self.assertEqual([e.body['policy_name'] for e in events], ['asks', 'makes'])
        self.assertEqual(values_of(events[1]), ['/nonexistent/x'])
        self.assertEqual(self.told(agent, ('getpid',)), [])
        self.check_complete(agent)

    def test_numbers_and_returns(self):
        agent = self.load(policy('seeks', hook(
            'sys_lseek', (0, 'int'), (1, 'long'), (1, 'uint64'),
            more='    return: true\n    returnArg: {index: 0, type: int}\n')))
        [event] = self.told32(agent, (ARM_LSEEK, -1, -5, 0))
        self.assertEqual(event.body['function_name'], '__arm64_compat_sys_lseek')
        self.assertEqual(values_of(event), [-1, '-5', str(2**32 - 5)])
        self.assertEqual(event.body['return'], {'int_arg': -9})
        self.check_complete(agent)

    def test_vectors(self):
        """Whose structures they are only the task knows."""
        agent = self.load(policy('writes', hook('sys_writev', (0, 'int')) + (
            '    - {index: 1, type: char_iovec, sizeArgIndex: 3}\n')))
        [event] = self.told32(agent, (ARM_WRITEV, -1, '[one,two,three', 3))
        self.assertEqual(event.body['args'][1]['bytes_arg'], 'b25ldHdvdGhyZWU=')
        [event] = self.told(agent, ('writev', -1, '[one,two', 2))
        self.assertEqual(event.body['args'][1]['bytes_arg'], 'b25ldHdv')
        self.check_complete(agent)


# In the table of x32, beside the bit that says so: the second is its own.
X32_LSEEK, X32_WRITEV, X32_EXECVE = 8, 516, 520


@unittest.skipUnless(recent_enough() and platform.machine() == 'x86_64',
                     'for kernels of x86-64 that are recent enough')
class CallsX32(HooksCase):
    """The third ABI of this machine. Few kernels take its calls (CONFIG_X86_X32_ABI)."""

    def attempt_all(self, agent):
        return self.attempt(agent, [trigger_path('call32'), 'x32'],
                            (X32_LSEEK, 0xfffffff0, 1, 0),
                            (X32_WRITEV, 0xfffffff0, '[one,two', 2),
                            (X32_EXECVE, ':/nonexistent/x32', 0, 0))

    def test_plain_names(self):
        """Who calls so does not get by; where there are no such calls, there is nothing to tell."""
        agent = self.load(
            policy('seeks', hook('sys_lseek', (0, 'int'))),
            policy('writes', hook('sys_writev', (0, 'int')) +
                   '    - {index: 1, type: char_iovec, sizeArgIndex: 3}\n'),
            policy('executes', hook('sys_execve', (0, 'string'), selectors=[
                ([(0, 'Prefix', ['/nonexistent/'])], [])])))
        known, events = self.attempt_all(agent)
        told = [(e.body['policy_name'], e.body['function_name'], values_of(e)[0]) for e in events]
        self.assertEqual(told, [
            ('seeks', '__x64_sys_lseek', -16), ('writes', '__x64_sys_writev', -16),
            ('executes', '__x64_compat_sys_execve', '/nonexistent/x32')] if known else [])
        self.check_complete(agent)

    def test_lists_of_numbers(self):
        """They are about the call, by whichever of its numbers, also where it fails."""
        text = (f'  - {{subsystem: raw_syscalls, event: sys_enter, raw: true, args: '
                f'[{{index: 1, type: syscall64}}], selectors: [{{matchArgs: [{{index: 1, '
                f'operator: InMap, values: ["list:some"]}}]}}]}}\n')
        agent = self.load(section('listed', 'tracepoints', text, lists=(
            '  lists:\n  - {name: some, type: syscalls, values: [sys_lseek, sys_execve]}\n')))
        _, events = self.attempt_all(agent)
        numbers = [e.body['args'][0]['syscall_id']['id'] for e in events]
        self.assertEqual([n & ~(1 << 30) for n in numbers if n >> 30], [X32_LSEEK, X32_EXECVE])
        self.check_complete(agent)
