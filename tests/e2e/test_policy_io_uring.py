# SPDX-License-Identifier: Apache-2.0
"""What is done through io_uring, which is no system call: policies on the functions and hooks below
the calls see it, as done by the process whose ring it is, whichever thread makes it."""

import os
import unittest

from case import needs, tracefs, trigger_path
from test_policies import (PREFIX, PolicyCase, fields_of, hook, policy, raw_tracepoint,
                           recent_enough, tracepoint, values_of)
from test_policy_hooks import function, lsm, section

OPENAT, CONNECT = 18, 16  # of enum io_uring_op
SYN_SENT = 2

# Who makes a request: the thread itself, a worker, the thread that polls the queue. All of them are
# threads of the process.
WAYS = ('direct', 'async', 'sqpoll')

# Hook of the security modules, its arguments, and what is told of them.
HOOKS = (
    ('file_open', ((0, 'file'),), 'from'),
    ('file_permission', ((0, 'file'),), 'from'),
    ('inode_getattr', ((0, 'path'),), 'from'),
    ('inode_rename', ((1, 'dentry'), (3, 'dentry')), 'from to'),
    ('inode_unlink', ((1, 'dentry'),), 'to'),
    ('socket_create', ((0, 'int'), (1, 'int')), '2 1'),
    ('socket_connect', ((0, 'socket'), (1, 'sockaddr')), 'AF_INET 127.0.0.1:{port}'),
    ('socket_accept', ((0, 'socket'),), 'AF_INET'),
    ('socket_sendmsg', ((0, 'socket'), (2, 'int')), 'AF_INET 8'),
    ('socket_recvmsg', ((0, 'socket'), (2, 'int')), 'AF_INET 8'),
)


def text_of(value):
    """What HOOKS says of it."""
    if not isinstance(value, dict):
        return str(value)
    if 'path' in value:
        return os.path.basename(value['path'])
    return f'{value["addr"]}:{value["port"]}' if 'addr' in value else value['family']


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class IoUring(PolicyCase):
    def setUp(self):
        super().setUp()
        self.program = trigger_path('uring')
        self.only = ('    selectors:\n    - matchBinaries:\n'
                     f'      - {{operator: In, values: ["{self.program}"]}}\n')

    def work(self, agent, way):
        """Works through a ring. Returns what policies tell of it, and the trigger's words."""
        directory = self.make_directory()
        run = self.run_with(agent, [self.program, way, directory])
        if run.status == 77:
            self.skipTest('this kernel lets nobody have an io_uring')
        self.assertEqual(run.status, 0, run.output)
        told = [e for e in run.events if e.type not in ('process_exec', 'process_exit')]
        for event in told:
            self.assertEqual((event.pid, event.exec_id), (run.pid, run.root.exec_id))
            self.assertEqual(event.process['binary'], self.program)
        return told, run.facts

    def check_hooks(self, agent, prefix=''):
        for way in WAYS:
            told, facts = self.work(agent, way)
            seen = {}
            for event in told:
                what = ' '.join(map(text_of, values_of(event)))
                seen.setdefault((event.body['function_name'], what), set()).add(
                    event.process['tid'])
            for name, _, what in HOOKS:
                with self.subTest(way, hook=name):
                    what = what.format(port=facts['port'])
                    self.assertIn((prefix + name, what), seen)
                    if way != 'direct':
                        self.assertNotEqual(seen[prefix + name, what], {facts['pid']})
        self.check_complete(agent)

    @needs('lsm_active')
    def test_hooks_of_security_modules(self):
        self.check_hooks(self.load(*(
            section(name.replace('_', '-'), 'lsmhooks', lsm(name, *args, more=self.only))
            for name, args, _ in HOOKS)))

    @needs('kprobe')
    def test_functions(self):
        self.check_hooks(self.load(policy('functions', *(
            function(f'security_{name}', *args, more=self.only) for name, args, _ in HOOKS))),
            prefix='security_')

    def test_calls_do_not_see_it(self):
        """There are none but those that every ring takes."""
        calls = ('openat', 'statx', 'renameat', 'unlinkat', 'connect', 'accept', 'accept4',
                 'recvfrom', 'sendto', 'io_uring_setup', 'io_uring_enter')
        agent = self.load(policy('calls', *(hook(f'sys_{name}') for name in calls)))
        for way in WAYS:
            told, _ = self.work(agent, way)
            self.assertEqual({e.body['function_name'] for e in told},
                             {PREFIX + 'io_uring_setup', PREFIX + 'io_uring_enter'}, way)
        events, _ = self.call(agent, ('openat', -100, ':/dev/null', 0))
        self.assertIn(PREFIX + 'openat', {e.body['function_name'] for e in events})
        self.check_complete(agent)

    def submitted(self):
        """The event of a request; it has had two names."""
        for name in ('io_uring_submit_req', 'io_uring_submit_sqe'):
            if os.path.isdir(f'{tracefs()}/events/io_uring/{name}'):
                return name
        return self.skipTest('this kernel has no io_uring, or does not tell of it')

    def check_requests(self, *texts):
        agent = self.load(*texts)
        for way in WAYS:
            told, facts = self.work(agent, way)
            self.assertEqual([int(values_of(e)[0]) for e in told], [OPENAT, CONNECT], way)
            # Workers come later: the one that submits is told of.
            self.assertEqual({e.process['tid'] == facts['pid'] for e in told}, {way != 'sqpoll'})
        self.check_complete(agent)

    @needs('tracepoint')
    def test_tracepoint(self):
        event = self.submitted()
        opcode = fields_of(f'io_uring/{event}')['opcode']
        self.check_requests(tracepoint(
            'io_uring', event, (opcode, 'uint8'), selectors=self.only +
            f'      matchArgs: [{{index: {opcode}, operator: InMap, values: ["{OPENAT}",'
            f' "{CONNECT}"]}}]\n'))

    @needs('raw_tracepoint')
    def test_member_of_the_request(self):
        event = self.submitted()
        self.check_requests(raw_tracepoint('io_uring', event, selectors=(
            f'    - {{index: 0, type: uint8, resolve: opcode}}\n{self.only}'
            f'      matchArgs: [{{index: 0, operator: InMap, values: ["{OPENAT}",'
            f' "{CONNECT}"]}}]\n')))

    @needs('raw_tracepoint')
    def test_workers(self):
        """What a worker does, whatever hook sees it: its process, that one's ids and binary."""
        agent = self.load(raw_tracepoint('sock', 'inet_sock_set_state', (0, 'sock'), (2, 'int'),
                                         selectors=self.only + (
            f'      matchArgs: [{{index: 2, operator: Equal, values: ["{SYN_SENT}"]}}]\n'
            f'      matchParentBinaries: [{{operator: In, values: ["{os.path.realpath("/proc/self/exe")}"]}}]\n'
            '      matchNamespaces: [{namespace: Pid, operator: In, values: ["host_ns"]}]\n')))
        for way in WAYS:
            told, facts = self.work(agent, way)
            self.assertEqual(len(told), 1, way)
            self.assertEqual(values_of(told[0])[0]['dport'], facts['port'])
            self.assertEqual(told[0].process['tid'] == facts['pid'], way == 'direct')
        self.check_complete(agent)


if __name__ == '__main__':
    unittest.main()
