# SPDX-License-Identifier: Apache-2.0
"""What is the same for a rate limit, when the policy says what makes it that."""

import os
import shutil
import socket
import unittest

from case import needs, trigger_path
from test_policies import PolicyCase, hook, policy, recent_enough, values_of
from test_policy_actions import counts, selector
from test_policy_args import ip4, ip6

ESTABLISHED = 1


def words(*fields):
    return f'Post, rateLimit: "1h", rateLimitFields: [{", ".join(fields)}]'


def limited(*fields):
    return f'{{action: {words(*fields)}}}'


def firsts(values, key):
    """Of each key the first."""
    found = {}
    for value in values:
        found.setdefault(key(value), value)
    return list(found.values())


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class LimitFields(PolicyCase):
    def check_limited(self, agent, told, calls, kind='kprobes'):
        """@told: {policy: so many are told}, of so many calls."""
        ledger = self.check_complete(agent).ledger
        for name, n in told.items():
            with self.subTest(name):
                counted = ledger.selectors[f'{name}/{kind}[0].selectors[0]']
                self.assertEqual(counted['post'], n)
                self.assertEqual(counted.get('limited', 0), calls - n)

    @staticmethod
    def connections(name, ports, action):
        """Of clients, when they are connected: then they have a port of their own."""
        return (f'apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {{name: {name}}}\n'
                'spec:\n  tracepoints:\n  - subsystem: sock\n    event: inet_sock_set_state\n'
                '    raw: true\n    args:\n    - {index: 0, type: sock, label: peer}\n'
                '    - {index: 2, type: int}\n    selectors:\n    - matchArgs:\n'
                f'      - {{index: 0, operator: DPort, values: {[str(p) for p in ports]}}}\n'
                f'      - {{index: 2, operator: Equal, values: ["{ESTABLISHED}"]}}\n'
                f'      matchActions: [{action}]\n')

    def listen(self, family, address, port=0):
        server = socket.socket(family, socket.SOCK_STREAM)
        self.addCleanup(server.close)
        server.bind((address, port))
        server.listen()
        return server.getsockname()[1]

    @needs('raw_tracepoint')
    def test_destinations(self):
        """Each connection has a port of its own, and so is never the same, but by what matters."""
        first, second = (self.listen(socket.AF_INET, '0.0.0.0') for _ in range(2))
        self.listen(socket.AF_INET6, '::1', first)
        keys = {
            'destination': (('arg0.daddr', 'peer.dport'), lambda s: (s['daddr'], s['dport'])),
            'address': (('peer.daddr',), lambda s: s['daddr']),
            'port': (('arg0.dport',), lambda s: s['dport']),
            'source': (('arg0.sport',), lambda s: s['sport']),
            'family': (('arg0.family', 'arg0.protocol', 'arg0.state'), lambda s: s['family']),
            'socket': (('arg0',), lambda s: s['cookie'] + str(s['sport'])),
            'nothing': ((), lambda s: 0),
        }
        agent = self.load(
            self.connections('all', (first, second), '{action: Post}'),
            *(self.connections(name, (first, second), limited(*fields))
              for name, (fields, _) in keys.items()))
        to = 3 * [ip4('127.0.0.1', first)] + 2 * [ip4('127.0.0.1', second)] + \
            2 * [ip4('127.0.0.2', first)] + 2 * [ip6('::1', first)]
        calls, since = [], len(agent.events)
        for fd, address in enumerate(to, 3):
            family = socket.AF_INET if len(address) == len(to[0]) else socket.AF_INET6
            calls += [('socket', family, socket.SOCK_STREAM, 0), ('connect', fd, address, 28)]
        self.call(agent, *calls)
        told = {}
        for event in agent.events[since:]:
            if event.type == 'process_tracepoint':
                told.setdefault(event.body['policy_name'], []).append(values_of(event)[0])
        every = told['all']
        self.assertEqual(len(every), len(to))
        self.assertGreater(len({s['sport'] for s in every}), 4)
        for name, (_, key) in keys.items():
            with self.subTest(name):
                self.assertEqual(told[name], firsts(every, key))
        self.assertEqual([len(told[name]) for name in ('destination', 'address', 'port', 'family')],
                         [4, 3, 2, 2])
        self.check_limited(agent, {name: len(v) for name, v in told.items()}, len(to),
                           'tracepoints')

    def test_addresses_of_calls(self):
        """Of what a call is given, where it is to go."""
        addresses = (ip4('127.0.0.1', 1), ip4('127.0.0.1', 2), ip4('127.0.0.2', 1),
                     ip6('::1', 1), ip4('127.0.0.1', 1))
        fields = {'address': ('arg1.saddr',), 'port': ('to.sport',),
                  'both': ('to.sport', 'to.saddr'), 'family': ('arg1.family',)}
        head = ('  - call: sys_connect\n    syscall: true\n    args:\n    - {index: 0, type: int}\n'
                '    - {index: 1, type: sockaddr, label: to}\n    selectors:\n')
        agent = self.load(*(policy(name, head + selector(f'matchActions: [{limited(*of)}]'))
                            for name, of in fields.items()))
        events, _ = self.call(agent, *(('connect', -1, address, 28) for address in addresses),
                              # Not to be read: another than all others, and all the same.
                              ('connect', -1, 1, 28), ('connect', -1, 2, 28))
        names = [e.body['policy_name'] for e in events]
        self.assertEqual({name: names.count(name) for name in fields},
                         {'address': 4, 'port': 3, 'both': 5, 'family': 3})
        self.check_complete(agent)

    def test_who_makes_the_call(self):
        copy, link = self.path('copy'), self.path('link')
        shutil.copy(trigger_path('call'), copy)
        os.link(copy, link)
        fields = {'pid': ('process.pid',), 'binary': ('process.binary',), 'all': (),
                  'value': ('process.binary', 'arg1')}
        agent = self.load(*(policy(name, hook(
            'sys_lseek', (0, 'int'), (1, 'int'), selectors=[
                ([(0, 'Equal', [-77])], [words(*of)])]))
            for name, of in fields.items()))
        told = []
        for path in (trigger_path('call'), copy, link, trigger_path('call')):
            since = len(agent.events)
            process = self.spawn([path, 'lseek', '-77', '1', '0', '--', 'lseek', '-77', '2', '0'])
            process.communicate()
            agent.wait_exit(process.pid, since)
            told.append([e.body['policy_name'] for e in agent.events[since:]
                         if e.type == 'process_kprobe'])
        self.assertEqual([sorted(names) for names in told], [
            ['all', 'binary', 'pid', 'value', 'value'], ['binary', 'pid', 'value', 'value'],
            ['pid'], ['pid']])
        self.check_limited(agent, {'pid': 4, 'binary': 2, 'all': 1, 'value': 4}, 8)

    def test_threads(self):
        fields = {'tid': 'process.tid', 'pid': 'process.pid'}
        agent = self.load(*(policy(name, hook('sys_getpriority', (0, 'int'), selectors=[
            ([(0, 'Equal', [77])], [words(of)])]))
            for name, of in fields.items()))
        since = len(agent.events)
        process = self.spawn([trigger_path('acts'), 'threads', '3', '77'])
        process.communicate()
        agent.wait_exit(process.pid, since)
        names = [e.body['policy_name'] for e in agent.events[since:]
                 if e.type == 'process_kprobe']
        self.assertEqual((names.count('tid'), names.count('pid')), (3, 1))
        self.check_complete(agent)

    def test_values(self):
        """All of each, wherever it is in the record, and whatever the others are."""
        args = ('    args: [{index: 0, type: string, label: target}, {index: 1, type: nop}, '
                '{index: 2, type: string}]\n'
                '    data: [{index: 0, source: current_task, resolve: comm, type: string, label: name}]\n')
        fields = {'first': ('target',), 'second': ('arg2',), 'both': ('arg2', 'arg0'),
                  'name': ('name', 'data0')}
        agent = self.load(*(policy(name, hook('sys_symlinkat', more=args) + '    selectors:\n' +
                                   selector(f'matchActions: [{limited(*of)}]'))
                            for name, of in fields.items()))
        long = 'x' * 600
        pairs = ((long + 'a', 'b'), ('a', long + 'b'), (long + 'b', 'b'), (long + 'a', 'c'),
                 ('', 'a'), ('a', ''), (long + 'a', 'b'), ('', 'a'), ('a', 'a'))
        events, _ = self.call(agent, *(('symlinkat', f':{a}', -1, f':{b}') for a, b in pairs),
                              ('symlinkat', 1, -1, ':b'), ('symlinkat', 2, -1, ':b'))
        told = {name: [tuple(values_of(e)) for e in events if e.body['policy_name'] == name]
                for name in fields}
        # Of two that cannot be read one is told.
        self.assertEqual(told['first'][:-1], firsts(pairs, lambda p: p[0]))
        self.assertEqual(told['second'], firsts(pairs, lambda p: p[1]))
        self.assertEqual(told['both'][:-1], firsts(pairs, lambda p: p))
        self.assertEqual(told['name'], list(pairs[:1]))
        for name in ('first', 'both'):
            self.assertIsInstance(told[name][-1][0], dict)
        self.check_complete(agent)

    def test_of_what_is_returned(self):
        for name in ('one', 'two'):
            with open(self.path(name), 'w', encoding='ascii') as f:
                f.write(f'this is {name}')
        back = ('    return: true\n    returnArg: {index: 0, type: int}\n    args:\n'
                '    - {index: 0, type: int}\n    - {index: 1, type: char_buf, returnCopy: true, '
                'sizeArgIndex: 3, label: read}\n')
        agent = self.load(*(policy(name, hook('sys_read', more=back) + '    selectors:\n' +
                                   selector(f'matchReturnActions: [{limited(of)}]'))
                            for name, of in (('size', 'return'), ('bytes', 'read'))))
        one, two = (f':{self.path(name)}' for name in ('one', 'two'))
        events, _ = self.call(agent, ('openat', -100, one, 0), ('read', 3, '#64', 64),
                              ('openat', -100, one, 0), ('read', 4, '#64', 64),
                              ('openat', -100, two, 0), ('read', 5, '#64', 64),
                              ('read', 3, '#64', 64), ('read', -1, '#64', 64))
        fds = {name: [values_of(e)[0] for e in events if e.body['policy_name'] == name]
               for name in ('size', 'bytes')}
        # 11 bytes of each file, at the end of one none, and an error.
        self.assertEqual(fds, {'size': [3, 3, -1], 'bytes': [3, 5, 3]})
        self.check_complete(agent)

    def test_what_is_wrong(self):
        self.write(policy('wrong', hook('sys_lseek', (0, 'int'), selectors=[
            ([], [words('arg0.dport')])])))
        agent = self.start_agent('--tracing-policy', self.path('policies')).wait_ready()
        log = self.check_complete(agent).stderr
        self.assertRegex(log, r'policy.yaml:\d+:\d+: error: values of type int have no dport')


if __name__ == '__main__':
    unittest.main()
