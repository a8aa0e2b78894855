# SPDX-License-Identifier: Apache-2.0
"""Hooks in programs: on functions, where these return, and on static probes. Those that are hooked
are the tests' own."""

import json
import os
import shutil
import signal
import struct
import subprocess
import unittest

from agent import Agent
from case import needs, scaled, trigger_path, without_feature
from test_policies import PolicyCase, recent_enough, values_of


class Elf:
    def __init__(self, path):
        with open(path, 'rb') as f:
            self.elf = f.read()
        programs, sections = struct.unpack_from('<QQ', self.elf, 32)
        n_programs, _, n_sections = struct.unpack_from('<HHH', self.elf, 56)
        self.segments = [struct.unpack_from('<IIQQQQQQ', self.elf, programs + 56 * i)
                         for i in range(n_programs)]
        self.sections = [struct.unpack_from('<IIQQQQIIQQ', self.elf, sections + 64 * i)
                         for i in range(n_sections)]

    def offset(self, address):
        for kind, _, offset, begin, _, size, _, _ in self.segments:
            if kind == 1 and begin <= address < begin + size:
                return address - begin + offset
        return None

    def text(self, at):
        return self.elf[at:self.elf.index(b'\0', at)].decode()


def symbols_of(path):
    """{name: (address, offset)} of the functions of an ELF file."""
    elf = Elf(path)
    found = {}
    for table in (s for s in elf.sections if s[1] == 2):  # SHT_SYMTAB
        names = elf.sections[table[6]][4]
        for at in range(table[4], table[4] + table[5], 24):
            name, info, _, _, address, _ = struct.unpack_from('<IBBHQQ', elf.elf, at)
            if info & 15 == 2 and elf.offset(address) is not None:
                found[elf.text(names + name)] = address, elf.offset(address)
    return found


def probe_of(path, name):
    """Where a static probe is in a file, and its semaphore."""
    elf = Elf(path)
    at = elf.elf.index(b'shop\0' + name.encode() + b'\0')
    place, _, semaphore = struct.unpack_from('<QQQ', elf.elf, at - 24)
    return elf.offset(place), elf.offset(semaphore)


def policy(name, *hooks, section='uprobes', options=''):
    return (f'apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {{name: {name}}}\n'
            f'spec:\n{options}  {section}:\n' + ''.join(hooks))


def args_of(args):
    return '    args:\n' + ''.join(
        f'    - {{index: {index}, type: {kind}{more}}}\n' for index, kind, more in
        ((*arg, '')[:3] for arg in args)) if args else ''


def uprobe(path, where, *args, returns='', selectors='', more=''):
    """@args: (index, type) or (index, type, more); @returns: a type."""
    back = f'    return: true\n    returnArg: {{index: 0, type: {returns}}}\n' if returns else ''
    where = where if ':' in where else f'symbols: [{where}]'
    chosen = f'    selectors:\n{selectors}' if selectors else ''
    return f'  - path: "{path}"\n    {where}\n{more}{args_of(args)}{back}{chosen}'


def usdt(path, name, *args, selectors=''):
    chosen = f'    selectors:\n{selectors}' if selectors else ''
    return (f'  - path: "{path}"\n    provider: shop\n    name: {name}\n{args_of(args)}{chosen}')


def equal(index, *values, actions=''):
    done = f', matchActions: [{actions}]' if actions else ''
    return (f'    - {{matchArgs: [{{index: {index}, operator: Equal, '
            f'values: {json.dumps(list(map(str, values)))}}}]{done}}}\n')


class ProgramCase(PolicyCase):
    KIND = 'process_uprobe'

    def setUp(self):
        super().setUp()
        if not recent_enough():
            self.skipTest('this kernel has no atomic operations that return a value')

    def run_it(self, agent, *args, name='hooked', path=None, status=0):
        """What the policies told of it, in the order in which it happened, and what it said."""
        since = len(agent.events)
        process = self.spawn([path or trigger_path(name), *map(str, args)], text=True)
        output, _ = process.communicate()
        agent.wait_exec(process.pid, since)
        agent.wait_exit(process.pid, since)
        self.assertEqual(process.returncode, status)
        return [e for e in agent.events[since:] if e.type == self.KIND and
                e.process['pid'] == process.pid], output

    def check_policy(self, text, name='policy.yaml'):
        ended = subprocess.run([os.path.join(Agent.build, 'ocelli'), 'policy', 'explain',
                                self.write(text, name)], capture_output=True, text=True,
                               check=False)
        return ended.stdout + ended.stderr


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Functions(ProgramCase):
    @needs('uprobe')
    def test_all_that_linkers_make(self):
        names = 'hooked', 'hooked_static', 'hooked_fixed'
        agent = self.load(policy('shapes', *(
            uprobe(trigger_path(name), 'add', (0, 'int'), (1, 'sint32'), returns='int')
            for name in names)))
        for name in names:
            [event], _ = self.run_it(agent, 'add', 20, -3, name=name)
            self.assertEqual(event.body['path'], trigger_path(name))
            self.assertEqual(event.body['symbol'], 'add')
            # What it returns is one more.
            self.assertEqual(event.body['args'], [{'int_arg': 20}, {'int_arg': -3},
                                                  {'int_arg': 17}])
            self.assertEqual(event.body['policy_name'], 'shapes')
            self.assertEqual(event.body['action'], 'KPROBE_ACTION_POST')
            self.assertNotIn('offset', event.body)
        self.check_complete(agent)

    @needs('uprobe')
    def test_strings_and_buffers(self):
        agent = self.load(policy('strings', uprobe(
            trigger_path('hooked'), 'measure', (0, 'string'), (1, 'char_buf', ', sizeArgIndex: 3'),
            (2, 'size_t')), uprobe(trigger_path('hooked'), 'name_of', returns='string')))
        events, _ = self.run_it(agent, 'measure', 'a b', 'xyz', 'name_of', 2)
        self.assertEqual([e.body['args'] for e in events],
                         [[{'string_arg': 'a b'}, {'bytes_arg': 'eHl6'}, {'size_arg': '3'}],
                          [{'string_arg': 'two'}]])
        self.check_complete(agent)

    @needs('uprobe', 'uprobe_sleepable', 'copy_from_user_str')
    def test_what_is_not_in_memory_is_waited_for(self):
        agent = self.load(policy('waits', uprobe(trigger_path('hooked'), 'peek', (0, 'string'))))
        [event], _ = self.run_it(agent, 'peek')
        self.assertEqual(event.body['args'], [{'string_arg': 'untouched'}])
        self.check_complete(agent)

    @needs('uprobe', 'uprobe_sleepable', 'copy_from_user_str')
    def test_what_is_not_in_memory_is_filtered(self):
        agent = self.load(policy('waits', uprobe(
            trigger_path('hooked'), 'peek', (0, 'string'),
            selectors='    - matchArgs: [{index: 0, operator: Prefix, values: ["unt"]}]\n')))
        self.assertEqual(len(self.run_it(agent, 'peek')[0]), 1)
        self.check_complete(agent)

    @needs('uprobe')
    @without_feature('copy_from_user_str')
    def test_what_is_not_in_memory_is_marked(self):
        agent = self.load(policy('waits', uprobe(trigger_path('hooked'), 'peek', (0, 'string'))))
        [event], _ = self.run_it(agent, 'peek')
        self.assertIn('error_arg', event.body['args'][0])
        self.assertGreaterEqual(self.check_complete(agent).ledger.total['unread'], 1)

    @needs('uprobe')
    def test_recursion(self):
        agent = self.load(policy('deep', uprobe(trigger_path('hooked'), 'factorial', (0, 'int'),
                                                returns='int')))
        events, _ = self.run_it(agent, 'factorial', 5)
        self.assertEqual(sorted(values_of(e) for e in events),
                         [[1, 1], [2, 2], [3, 6], [4, 24], [5, 120]])
        self.check_complete(agent)

    def many(self, *options):
        text = ''.join(f'  options: [{{name: {name}, value: "1"}}]\n' for name in options)
        agent = self.load(policy('many', uprobe(
            trigger_path('hooked'), 'add, name_of, factorial, sell', (0, 'int'), returns='uint64'),
            options=text))
        events, _ = self.run_it(agent, 'name_of', 1, 'add', 2, 3, 'factorial', 1, 'sell', 4, 'x')
        self.assertEqual([(e.body['symbol'], values_of(e)[0]) for e in events],
                         [('name_of', 1), ('add', 2), ('factorial', 1), ('sell', 4)])
        self.assertEqual([values_of(e)[1] for e in events[1:]], ['5', '1', '40'])
        return agent, self.check_policy(open(self.path('policies/0.yaml'), encoding='utf-8').read())

    @needs('uprobe_multi')
    def test_many_at_once(self):
        agent, explained = self.many()
        self.assertIn('uprobe.multi', explained)
        self.check_complete(agent)

    @needs('uprobe')
    def test_many_one_by_one(self):
        agent, explained = self.many('disable-uprobe-multi')
        self.assertNotIn('uprobe.multi', explained)
        self.check_complete(agent)

    @needs('uprobe')
    def test_places_in_the_file(self):
        for name in 'hooked', 'hooked_fixed':
            with self.subTest(name):
                path = trigger_path(name)
                address, offset = symbols_of(path)['add']
                _, other = symbols_of(path)['name_of']
                agent = self.load(policy('places', uprobe(path, f'addrs: [{address}]',
                                                          (0, 'int')),
                                         uprobe(path, f'offsets: [{other}, {offset}]',
                                                (0, 'int'))))
                events, _ = self.run_it(agent, 'add', 1, 2, 'name_of', 5, name=name)
                self.assertEqual([(int(e.body['offset']), values_of(e)) for e in events],
                                 [(offset, [1]), (offset, [1]), (other, [5])])
                self.assertNotIn('symbol', events[0].body)
                self.check_complete(agent)

    @needs('uprobe_ref_ctr_offset')
    def test_semaphore(self):
        """Who knows the places needs no notes of them."""
        path = trigger_path('hooked')
        place, semaphore = probe_of(path, 'asked')
        agent = self.load(policy('asked', uprobe(
            path, f'offsets: [{place}]', more=f'    refCtrOffsets: [{semaphore}]\n')))
        [event], _ = self.run_it(agent, 'sell', 1, 'tea')
        self.assertEqual((int(event.body['offset']), int(event.body['ref_ctr_offset'])),
                         (place, semaphore))
        self.check_complete(agent)

    @needs('uprobe')
    def test_selectors(self):
        chosen = (equal(0, 1, 2) +
                  '    - {matchArgs: [{index: 1, operator: GT, values: ["100"]}],'
                  ' matchReturnArgs: [{index: 0, operator: LT, values: ["200"]}]}\n')
        agent = self.load(policy('some', uprobe(trigger_path('hooked'), 'add', (0, 'int'),
                                                (1, 'int'), returns='int', selectors=chosen)))
        events, _ = self.run_it(agent, *(word for pair in (
            (1, 0), (3, 0), (2, 0), (3, 101), (99, 101), (100, 101)) for word in ('add', *pair)))
        self.assertEqual([values_of(e) for e in events],
                         [[1, 0, 1], [2, 0, 2], [3, 101, 104]])
        self.check_complete(agent)

    @needs('uprobe')
    def test_policies_share_a_place(self):
        agent = self.load(
            policy('one', uprobe(trigger_path('hooked'), 'add', (0, 'int'), selectors=equal(0, 1))),
            policy('two', uprobe(trigger_path('hooked'), 'add', (1, 'int'), selectors=equal(1, 1))))
        events, _ = self.run_it(agent, 'add', 1, 0, 'add', 0, 1, 'add', 1, 1)
        self.assertEqual([e.body['policy_name'] for e in events], ['one', 'two', 'one', 'two'])
        self.check_complete(agent)

    @needs('uprobe')
    def test_pattern(self):
        for name in 'a', 'b':
            shutil.copy(trigger_path('hooked'), self.path(f'copy-{name}'))
        agent = self.load(policy('copies', uprobe(self.path('copy-*'), 'add', (0, 'int'))))
        for name in 'a', 'b':
            [event], _ = self.run_it(agent, 'add', 1, 2, path=self.path(f'copy-{name}'))
            self.assertEqual(event.body['path'], self.path(f'copy-{name}'))
        # Another file, whatever is in it.
        self.assertEqual(self.run_it(agent, 'add', 1, 2)[0], [])
        self.check_complete(agent)

    @needs('uprobe')
    def test_stack(self):
        agent = self.load(policy('stack', uprobe(
            trigger_path('hooked'), 'factorial', (0, 'int'),
            selectors=equal(0, 2, actions='{action: Post, userStackTrace: true}'))))
        [event], _ = self.run_it(agent, 'factorial', 4)
        frames = [f.get('symbol', '') for f in event.body['user_stack_trace']]
        # Whether the caller of what just begins is among them is up to the kernel.
        self.assertEqual(frames[:2], ['factorial'] * 2)
        self.assertIn('main', frames)
        self.assertTrue(event.body['user_stack_trace'][0]['module'].endswith('/hooked'))
        self.check_complete(agent)

    @needs('uprobe')
    def test_signals(self):
        agent = self.load(policy('kills', uprobe(
            trigger_path('hooked'), 'add', (0, 'int'),
            selectors=equal(0, 7, actions='{action: Sigkill}') +
            equal(0, 8, actions='{action: Signal, argSig: 10}'))))
        [event], output = self.run_it(agent, 'add', 7, 0, status=-signal.SIGKILL)
        self.assertEqual((event.body['action'], output), ('KPROBE_ACTION_SIGKILL', ''))
        self.assertEqual(event.body['enforcement'], ['killed_after'])
        [event], _ = self.run_it(agent, 'add', 8, 0, status=-signal.SIGUSR1)
        self.assertEqual(event.body['action'], 'KPROBE_ACTION_SIGNAL')
        self.check_complete(agent)


class Floods(ProgramCase):
    """Faster than anybody could read."""
    CALLS = scaled(50000, 10000)

    def flood(self, reads=True, **more):
        """The numbers that were told, by process, and what the ledger has of hooks."""
        self.write(policy('floods', uprobe(trigger_path('hooked'), 'add', (0, 'int'))))
        agent = self.start_agent('--tracing-policy', self.path('policies'), **more).wait_ready()
        if not reads:
            agent.process.send_signal(signal.SIGSTOP)
        processes = [self.spawn([trigger_path('hooked'), 'flood', str(self.CALLS)])
                     for _ in range(2)]
        for process in processes:
            self.assertEqual(process.communicate()[0], b'{"flood": 0}\n')
        agent.process.send_signal(signal.SIGCONT)
        ended = self.check_end(agent)
        told, record = {}, ended.ledger.records['hook']
        for event in agent.events:
            if event.type == self.KIND:
                told.setdefault(event.process['tid'], []).append(values_of(event)[0])
        n_told = sum(map(len, told.values()))
        self.assertEqual(record['produced'], len(processes) * self.CALLS)
        self.assertEqual(record['produced'], n_told + record.get('full', 0))
        self.assertEqual(ended.ledger.event(self.KIND, 'exported'), n_told)
        # None twice, and in the order in which they were.
        for numbers in told.values():
            self.assertEqual(numbers, sorted(set(numbers)))
        return told, record

    @needs('uprobe')
    def test_all_is_told(self):
        told, record = self.flood()
        if not record.get('full'):
            self.assertEqual(list(told.values()), [list(range(self.CALLS))] * 2)

    @needs('uprobe')
    def test_what_is_lost_is_counted(self):
        _, record = self.flood(reads=False, ring='64K')
        # The ring has no room for a tenth of them.
        self.assertGreater(record['full'], self.CALLS)


class Mistakes(ProgramCase):
    @needs('uprobe')
    def test_are_told(self):
        path, narrow = trigger_path('hooked'), self.path('narrow')
        with open(path, 'rb') as f:
            elf = f.read()
        with open(narrow, 'wb') as f:
            f.write(elf[:4] + b'\1' + elf[5:])
        for hook, told in (
                (uprobe(path, 'factorail'), f'{path} has no function "factorail" did you mean '
                                            '"factorial"?'),
                (uprobe('/nonexistent/x', 'a'), 'there is no file "/nonexistent/x"'),
                (uprobe('/nonexistent/*', 'a'), 'no program matches "/nonexistent/*"'),
                (uprobe('/dev/null', 'a'), 'cannot read /dev/null'),
                (uprobe(__file__, 'a'), 'is no ELF file'),
                (uprobe(narrow, 'a'), 'is a 32-bit program'),
                (uprobe(path, 'addrs: [1]'), 'is executed at 0x1'),
                (uprobe(path, f'offsets: [{symbols_of(path)["add"][1] + 4}]', returns='int'),
                 'no function begins at 0x'),
                (uprobe(path, 'add+4', returns='int'), 'nothing returns from there'),
                (uprobe(path, 'add+4', (0, 'char_buf', ', returnCopy: true')),
                 'nothing returns from there')):
            with self.subTest(told):
                self.assertIn(told, ' '.join(self.check_policy(policy('wrong', hook)).split()))


class Overrides(ProgramCase):
    def load_all(self, *texts):
        return self.load(policy('changes', uprobe(
            trigger_path('hooked'), 'add', (0, 'int'), (1, 'int'),
            selectors=''.join(equal(0, i + 1, actions=f'{{action: Override, {text}}}')
                              for i, text in enumerate(texts)))))

    @needs('uprobe_regs_change')
    def test_result(self):
        agent = self.load_all('argError: -7', 'argError: 0')
        [event], output = self.run_it(agent, 'add', 1, 40)
        # What is told is what it was called with.
        self.assertEqual((values_of(event), output), ([1, 40], '{"add": -7}\n'))
        self.assertEqual(event.body['action'], 'KPROBE_ACTION_OVERRIDE')
        self.assertEqual(event.body['enforcement'], ['denied'])
        self.assertEqual(self.run_it(agent, 'add', 2, 40)[1], '{"add": 0}\n')
        self.assertEqual(self.run_it(agent, 'add', 3, 40)[1], '{"add": 43}\n')
        self.check_complete(agent)

    @needs('uprobe_regs_change')
    def test_elsewhere(self):
        _, offset = symbols_of(trigger_path('hooked'))['factorial']
        agent = self.load_all('argNewSymbol: factorial', f'argNewOffset: {offset}')
        [event], output = self.run_it(agent, 'add', 1, 40)
        self.assertEqual((event.body['enforcement'], output), (['changed'], '{"add": 1}\n'))
        self.assertEqual(self.run_it(agent, 'add', 2, 40)[1], '{"add": 2}\n')
        self.check_complete(agent)

    @needs('uprobe_regs_change')
    def test_registers(self):
        first, second, small, result = {
            'x86_64': ('rdi', 'rsi', 'sil', 'edi'),
            'aarch64': ('x0', 'x1', 'w1', 'w0')}[os.uname().machine]
        agent = self.load_all(f'argRegs: ["{first}=100"]',
                              f'argRegs: ["{first}=%{second}", "{second}=%{first}"]',
                              f'argRegs: ["{second}=3%{first}"]',
                              f'argRegs: ["{small}=1"]',
                              f'argRegs: ["{result}=(%{second})"]')
        for args, told in (((1, 40), 140), ((2, 40), 42), ((3, 40), 9), ((4, 4), 5)):
            [event], output = self.run_it(agent, 'add', *args)
            self.assertEqual((values_of(event), output), (list(args), f'{{"add": {told}}}\n'))
        # What cannot be read leaves all as it is, and is counted.
        _, output = self.run_it(agent, 'add', 5, 16)
        self.assertEqual(output, '{"add": 21}\n')
        ended = self.check_complete(agent)
        self.assertEqual(ended.ledger.selectors['changes/uprobes[0].selectors[4]'],
                         {'post': 1, 'failed': 1})

    @needs('uprobe')
    @without_feature('uprobe_regs_change')
    def test_is_refused(self):
        told = self.check_policy(policy('changes', uprobe(
            trigger_path('hooked'), 'add', (0, 'int'),
            selectors=equal(0, 1, actions='{action: Override, argError: 1}'))))
        self.assertIn('from Linux 6.18 on', ' '.join(told.split()))


class Probes(ProgramCase):
    KIND = 'process_usdt'

    @needs('uprobe')
    def test_arguments(self):
        agent = self.load(policy('probes', usdt(
            trigger_path('hooked'), 'sold', (0, 'int32'), (1, 'int32'), (2, 'string')),
            section='usdts'))
        [event], _ = self.run_it(agent, 'sell', 3, 'tea')
        self.assertEqual(event.body['args'], [{'int_arg': 3}, {'int_arg': 30},
                                              {'string_arg': 'tea'}])
        self.assertEqual((event.body['path'], event.body['provider'], event.body['name']),
                         (trigger_path('hooked'), 'shop', 'sold'))
        self.check_complete(agent)

    @needs('uprobe')
    def test_selectors(self):
        agent = self.load(policy('probes', usdt(
            trigger_path('hooked'), 'sold', (0, 'int32'), (1, 'int32'), (2, 'string'),
            selectors=equal(1, 20) +
            '    - matchArgs: [{index: 2, operator: Postfix, values: ["ee"]}]\n'),
            section='usdts'))
        events, _ = self.run_it(agent, 'sell', 1, 'tea', 'sell', 2, 'tea', 'sell', 3, 'coffee')
        self.assertEqual([values_of(e)[0] for e in events], [2, 3])
        self.check_complete(agent)

    @needs('uprobe_ref_ctr_offset')
    def test_semaphore(self):
        """The program asks it only while somebody listens."""
        agent = self.load(policy('asked', usdt(trigger_path('hooked'), 'asked', (0, 'string')),
                                 section='usdts'))
        [event], _ = self.run_it(agent, 'sell', 1, 'tea')
        self.assertEqual(event.body['args'], [{'string_arg': 'tea'}])
        self.check_complete(agent)

    @needs('uprobe')
    def test_mistakes(self):
        path = trigger_path('hooked')
        for hook, told in (
                (usdt(path, 'slod'), f'{path} has no probe shop:slod'),
                (usdt(path, 'slod'), 'did you mean "sold"?'),
                (usdt(path, 'sold', (3, 'int32')), 'shop:sold has no argument 3; it has 3, '
                                                   'counted from 0'),
                (usdt(path, 'sold', (2, 'char_buf', ', returnCopy: true')),
                 '"returnCopy" where nothing is returned')):
            with self.subTest(told):
                self.assertIn(told, ' '.join(self.check_policy(
                    policy('wrong', hook, section='usdts')).split()))

    @needs('uprobe', 'probe_write_user')
    def test_set(self):
        agent = self.load(policy('sets', usdt(
            trigger_path('hooked'), 'sold', (0, 'int32'), (1, 'int32'),
            selectors=equal(0, 2, actions='{action: Set, argIndex: 1, argValue: 99}')),
            section='usdts'))
        [event], output = self.run_it(agent, 'sell', 2, 'tea')
        self.assertEqual((values_of(event), output), ([2, 20], '{"sell": 99}\n'))
        self.assertEqual(event.body['action'], 'KPROBE_ACTION_SET')
        self.assertEqual(self.run_it(agent, 'sell', 3, 'tea')[1], '{"sell": 30}\n')
        self.check_complete(agent)

    @needs('uprobe')
    @without_feature('probe_write_user')
    def test_set_is_refused(self):
        told = self.check_policy(policy('sets', usdt(
            trigger_path('hooked'), 'sold', (0, 'int32'), (1, 'int32'),
            selectors=equal(0, 2, actions='{action: Set, argIndex: 1, argValue: 99}')),
            section='usdts'))
        self.assertIn('does not let programs write to the memory of processes',
                      ' '.join(told.split()))
