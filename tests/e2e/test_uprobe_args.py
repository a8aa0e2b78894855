# SPDX-License-Identifier: Apache-2.0
"""What uprobes tell of functions of programs: arguments, what they return, what is beside that."""

import platform
import struct
import unittest
from base64 import b64encode

from case import needs, trigger_path
from test_policies import PolicyCase, policy, recent_enough
from test_policy_args import ip4, ip6, unix

# The other numbers that a wide register may hold above what a narrow argument is of.
ABOVE = 0xfeedfacecafebeef


def above(value, bits):
    """All 64 bits are passed, whatever the function takes."""
    return ABOVE >> bits << bits | value & (1 << bits) - 1


def values(items):
    return [next(v for k, v in item.items() if k != 'label') for item in items]


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class UprobeCase(PolicyCase):
    def setUp(self):
        super().setUp()
        self.program = self.copy_trigger('functions', 'functions')

    def uprobe(self, symbol, *args, more='', selectors=(), path=None):
        """@args: what is in each item of "args"; @selectors: lines of each."""
        text = f'  - path: "{path or self.program}"\n    symbols: ["{symbol}"]\n{more}'
        if args:
            text += '    args:\n' + ''.join(f'    - {{{arg}}}\n' for arg in args)
        return text + ('    selectors:\n' if selectors else '') + ''.join(
            '    - ' + '\n      '.join(lines) + '\n' for lines in selectors)

    def of(self, name, *hooks):
        return policy(name, *hooks).replace('kprobes:', 'uprobes:')

    def called(self, agent, *calls):
        """What is told of these calls, in order."""
        args = []
        for each in calls:
            args += ['--'] * bool(args) + [str(a) for a in each]
        run = self.run_with(agent, [self.program, *args])
        self.assertEqual(run.status, 0)
        return [e for e in run.events if e.type == 'process_uprobe']

    def told(self, agent, *calls):
        return [e.body['args'] for e in self.called(agent, *calls)]


class Arguments(UprobeCase):
    @needs('uprobe')
    def test_integers(self):
        agent = self.load(self.of(
            'p', self.uprobe('small', *(f'index: {i}, type: {t}' for i, t in enumerate(
                ('int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32')))),
            self.uprobe('large', 'index: 0, type: int64', 'index: 1, type: uint64',
                        'index: 2, type: size_t')))
        low = [-128, 0, -32768, 0, -2**31, 0]
        high = [127, 255, 32767, 65535, 2**31 - 1, 2**32 - 1]
        bits = 8, 8, 16, 16, 32, 32
        names = ['int_arg', 'uint_arg'] * 3
        calls = [('small', *map(above, v, bits)) for v in (low, high)]
        calls += [('large', -2**63, 0, 0), ('large', 2**63 - 1, 2**64 - 1, 2**64 - 1)]
        self.assertEqual(self.told(agent, *calls), [
            *([{n: v} for n, v in zip(names, of)] for of in (low, high)),
            [{'long_arg': str(-2**63)}, {'size_arg': '0'}, {'size_arg': '0'}],
            [{'long_arg': str(2**63 - 1)}, {'size_arg': str(2**64 - 1)},
             {'size_arg': str(2**64 - 1)}]])
        self.check_complete(agent)

    @needs('uprobe')
    def test_on_the_stack(self):
        """Those that registers have no room for; also what another says the size of."""
        types = 'int64', 'int64', 'int8', 'uint16', 'string', 'uint64'
        agent = self.load(
            self.of('p', self.uprobe('ten', *(f'index: {i}, type: {t}'
                                              for i, t in enumerate(types, 4)))),
            self.of('size', self.uprobe('ten', 'index: 8, type: char_buf, sizeArgIndex: 10')),
            self.of('filter', self.uprobe('ten', 'index: 9, type: uint64', 'index: 7, type: int16',
                                          'index: 6, type: int8', selectors=[
                ['matchArgs: [{index: 9, operator: Equal, values: ["3"]}, '
                 '{index: 6, operator: LT, values: ["0"]}]']])),
            self.of('calls', self.uprobe('ten', 'index: 9, type: uint64', selectors=[
                ['matchArgs: [{args: [0], operator: CelExpr, values: ["arg0 > 3u"]}]'],
            ])))
        events = self.called(
            agent, ('ten', 1, 2, 3, 4, 5, -6, above(-7, 8), above(8, 16), ':nine', 3),
            ('ten', 0, 0, 0, 0, 0, 0, above(7, 8), 0, 0, 4))
        told = {}
        for e in events:
            told.setdefault(e.body['policy_name'], []).append(values(e.body['args']))
        self.assertEqual(told['p'][0], ['5', '-6', -7, 8, 'nine', '3'])
        self.assertEqual(told['p'][1][4], {'Message': 'Bad address for basic type'})
        self.assertEqual(told['size'], [[b64encode(b'nin').decode()],
                                        [{'Message': 'Bad address for basic type'}]])
        self.assertEqual(told['filter'], [['3', 8, -7]])
        self.assertEqual(told['calls'], [['4']])
        self.check_complete(agent)

    @needs('uprobe')
    def test_too_many(self):
        self.write(self.of('p', self.uprobe('ten', 'index: 16, type: int'),
                           self.uprobe('ten', 'index: 0, type: char_buf, sizeArgIndex: 18'),
                           self.uprobe('ten', 'index: 0, type: const_buf, sizeArgIndex: 18')))
        agent = self.start_agent('--tracing-policy', self.path('policies')).wait_ready()
        log = self.check_complete(agent).stderr
        why = 'no more than 16 are looked for, counted from 0, which is the limit'
        self.assertIn(f'9:15: error: a function has no argument 16; {why}', log)
        self.assertIn(f'13:48: error: a function has no argument 17; {why}', log)
        self.assertNotIn('policy.yaml:17', log)

    @needs('uprobe')
    def test_what_is_pointed_to(self):
        """All types that a process can have."""
        pairs = {
            'string': (':a text', {'string_arg': 'a text'}),
            'char_buf, sizeArgIndex: 2': ('=610062', {'bytes_arg': b64encode(b'a\0b').decode()}),
            'char_iovec, sizeArgIndex: 2': ('[ab,,cde',
                                            {'bytes_arg': b64encode(b'abcde').decode()}),
            'sockaddr': (ip4('192.0.2.7', 80), {'sockaddr_arg': {
                'family': 'AF_INET', 'addr': '192.0.2.7', 'port': 80}}),
            'sockaddr ': (ip6('2001:db8::1', 443), {'sockaddr_arg': {
                'family': 'AF_INET6', 'addr': '2001:db8::1', 'port': 443}}),
            'sockaddr_un': ('=' + unix(b'/run/x\0'), {'sockaddrun_arg': {
                'family': 'AF_UNIX', 'path': '/run/x'}}),
            'capability': (21, {'capability_arg': {'value': 21, 'name': 'CAP_SYS_ADMIN'}}),
            'kernel_cap_t': ('=' + struct.pack('=Q', 1 << 21).hex(),
                             {'kernel_cap_t_arg': '0000000000200000'}),
            'bpf_cmd': (5, {'bpf_cmd_arg': 'BPF_PROG_LOAD'}),
            'syscall64': ({'x86_64': 1, 'aarch64': 64}[platform.machine()], {'syscall_id': {
                'id': {'x86_64': 1, 'aarch64': 64}[platform.machine()],
                'abi': {'x86_64': 'x64', 'aarch64': 'arm64'}[platform.machine()]}}),
            'fd': (1, None),
            'bpf_attr': ('=' + struct.pack('=II', 6, 2).hex() + '00' * 40 + b'prog'.hex() +
                         '00' * 12, {'bpf_attr_arg': {'ProgType': 'BPF_PROG_TYPE_XDP',
                                                      'InsnCnt': 2, 'ProgName': 'prog'}}),
        }
        agent = self.load(*(self.of(f'p{i}', self.uprobe('take', f'index: 0, type: {kind}'))
                            for i, kind in enumerate(pairs)))
        for i, (kind, (value, expected)) in enumerate(pairs.items()):
            # What would be of the kernel, and nothing.
            events = self.called(agent, ('take', value, 3), ('take', 0xffff888000000000, 3),
                                 ('take', 0, 3))
            told, *bad = [e.body['args'][0] for e in events if e.body['policy_name'] == f'p{i}']
            if expected:
                self.assertEqual(told, expected, kind)
            else:
                self.assertEqual(told['file_arg']['permission'][0], 'p')
            if not isinstance(value, int):
                fault = {'error_arg': {'Message': 'Bad address for basic type'}}
                self.assertEqual(bad, [fault] * 2, kind)
        self.check_complete(agent)

    @needs('uprobe')
    def test_sizes(self):
        sizes = 0, 1, 4095, 5000
        agent = self.load(self.of('p', self.uprobe('take', 'index: 0, type: char_buf, '
                                                           'sizeArgIndex: 2'), self.uprobe(
            'fill', 'index: 0, type: char_buf, sizeArgIndex: 2, maxData: true')))
        told = self.told(agent, *((f, f'#{n}', n) for f in ('take', 'fill') for n in sizes))
        whole = [b64encode(bytes(i & 255 for i in range(n))).decode() for n in sizes]
        self.assertEqual([t[0].get('bytes_arg', '') for t in told[:3]], whole[:3])
        self.assertEqual(told[3][0]['truncated_bytes_arg']['orig_size'], '5000')
        self.assertEqual([t[0].get('bytes_arg', '') for t in told[4:]], whole)
        self.check_complete(agent)

    @needs('uprobe')
    def test_filters(self):
        """By each operator, on numbers and on what is in the process's memory."""
        def match(operator, *of):
            return [f'matchArgs: [{{index: 0, operator: {operator}, values: {list(of)}}}]']

        cases = {
            'equal': ('string', 'Equal', ['some text'], ':some text', ':other'),
            'not-equal': ('string', 'NotEqual', ['x'], ':y', ':x'),
            'prefix': ('string', 'Prefix', ['/etc/'], ':/etc/passwd', ':/tmp/etc/'),
            'postfix': ('string', 'Postfix', ['.so'], ':libx.so', ':libx.so.1'),
            'in': ('string', 'SubString', ['needle'], ':hay needle hay', ':hay Needle hay'),
            'in-any-case': ('string', 'SubStringIgnCase', ['needle'], ':hay NEEDLE', ':hay'),
            'in-map': ('int16', 'InMap', ['-3', '7'], above(-3, 16), above(3, 16)),
            'less': ('int8', 'LT', ['0'], above(-1, 8), above(1, 8)),
            'greater': ('uint8', 'GT', ['254'], above(255, 8), above(254, 8)),
            'range': ('uint32', 'InRange', ['10:20'], above(15, 32), above(21, 32)),
            'mask': ('uint64', 'Mask', ['0x10'], 0x11, 0x1),
        }
        agent = self.load(*(self.of(name, self.uprobe(
            'take', f'index: 0, type: {kind}', selectors=[match(operator, *of)]))
            for name, (kind, operator, of, _, _) in cases.items()))
        for name, (*_, hit, miss) in cases.items():
            events = self.called(agent, ('take', hit, 1))
            self.assertIn(name, {e.body['policy_name'] for e in events})
            events = self.called(agent, ('take', miss, 1))
            self.assertNotIn(name, {e.body['policy_name'] for e in events})
        self.check_complete(agent)

    @needs('uprobe')
    def test_expressions(self):
        agent = self.load(self.of('p', self.uprobe(
            'small', 'index: 0, type: int8', 'index: 5, type: uint32', selectors=[
                ['matchArgs: [{operator: CelExpr, values: '
                 '["int(arg0) < 0 && (uint(arg1) == 7u || uint(arg1) > 4000000000u)"], args: [0, 1]}]']])))
        told = self.told(agent, *(('small', above(a, 8), 0, 0, 0, 0, above(b, 32))
                                  for a, b in ((-1, 7), (1, 7), (-128, 8), (-1, 4100000000))))
        self.assertEqual([values(t) for t in told], [[-1, 7], [-1, 4100000000]])
        self.check_complete(agent)


class Returns(UprobeCase):
    TYPES = {'s8': ('int8', 8), 'u8': ('uint8', 8), 's16': ('int16', 16), 'u16': ('uint16', 16),
             's32': ('int', 32), 'u32': ('uint32', 32), 's64': ('int64', 64),
             'u64': ('uint64', 64)}

    @needs('uprobe')
    def test_integers(self):
        agent = self.load(self.of('p', *(self.uprobe(
            f'give_{name}', 'index: 0, type: uint64',
            more=f'    return: true\n    returnArg: {{index: 0, type: {kind}}}\n')
            for name, (kind, _) in self.TYPES.items())))
        calls, expected = [], []
        for name, (_, bits) in self.TYPES.items():
            ends = (-1 << bits - 1, (1 << bits - 1) - 1) if name[0] == 's' else (
                0, (1 << bits) - 1)
            for v in ends:
                calls.append((f'give_{name}', above(v, bits)))
                expected.append(str(v))
        events = self.called(agent, *calls)
        # Behind what it was called with.
        told = [values(e.body['args']) for e in events]
        self.assertEqual([str(t[1]) for t in told], expected)
        self.assertEqual([t[:1] for t in told], [[str(v & 2**64 - 1)] for _, v in calls])
        self.check_complete(agent)

    @needs('uprobe')
    def test_text(self):
        agent = self.load(self.of('p', self.uprobe(
            'give_text', more='    return: true\n    returnArg: {index: 0, type: string}\n',
            selectors=[['matchReturnArgs: [{index: 0, operator: Postfix, values: [text]}]']])))
        told = self.told(agent, ('give_text', ':a text'), ('give_text', ':another'),
                         ('give_text', 0), ('give_text', ':text'))
        self.assertEqual(told, [[{'string_arg': 'a text'}], [{'string_arg': 'text'}]])
        self.check_complete(agent)

    @needs('uprobe')
    def test_filters(self):
        agent = self.load(self.of('p', *(self.uprobe(
            f'give_{name}', more=f'    return: true\n    returnArg: {{index: 0, type: {kind}}}\n',
            selectors=[[f'matchReturnArgs: [{{index: 0, operator: Equal, values: ["{value}"]}}]']])
            for name, kind, value in (('s8', 'int8', -2), ('u16', 'uint16', 65534),
                                      ('s64', 'int64', -2)))))
        events = self.called(agent, *(
            (f'give_{name}', value) for name in ('s8', 'u16', 's64')
            for value in (2, 2**64 - 2, 254)))
        self.assertEqual([(e.body['symbol'], *values(e.body['args'])) for e in events],
                         [('give_s8', -2), ('give_s8', -2), ('give_u16', 65534),
                          ('give_s64', '-2')])
        self.check_complete(agent)

    @needs('uprobe')
    def test_what_is_in_the_buffer_by_then(self):
        agent = self.load(self.of('p', self.uprobe(
            'fill', 'index: 0, type: char_buf, sizeArgIndex: 2, returnCopy: true',
            more='    return: true\n    returnArg: {index: 0, type: int}\n')))
        self.assertEqual(self.told(agent, ('fill', '=616263', 3)),
                         [[{'bytes_arg': b64encode(b'xxx').decode()}, {'int_arg': 3}]])
        self.check_complete(agent)


class Data(UprobeCase):
    REGISTERS = {'x86_64': ('rdi', 'edi', 'si', 'dl'), 'aarch64': ('x0', 'w0', 'w1', 'w2')}

    @needs('uprobe')
    def test_registers(self):
        names = self.REGISTERS[platform.machine()]
        more = '    data:\n' + ''.join(
            f'    - {{index: {i}, type: auto, source: pt_regs, resolve: {name}}}\n'
            for i, name in enumerate(names))
        agent = self.load(self.of('p', self.uprobe('large', more=more, selectors=[
            ['matchData: [{index: 1, operator: Equal, values: ["5"]}]']])))
        [event] = self.called(agent, ('large', 6, 0, 0), ('large', 5 + (7 << 32), 0x10002, 0x103))
        wide = [0x10002, 0x103] if platform.machine() == 'aarch64' else [2, 3]
        self.assertEqual(values(event.body['data']), [str(5 + (7 << 32)), 5, *wide])
        self.check_complete(agent)

    @needs('uprobe')
    def test_registers_lead_into_the_process(self):
        """Whatever it puts there, none of the kernel's memory is told."""
        first = self.REGISTERS[platform.machine()][0]
        more = f'    data:\n    - {{index: 0, type: string, source: pt_regs, resolve: {first}}}\n'
        agent = self.load(self.of('p', self.uprobe('take', more=more)), self.of(
            'filter', self.uprobe('take', more=more, selectors=[
                ['matchData: [{index: 0, operator: NotEqual, values: [another]}]']])))
        with open('/proc/kallsyms', encoding='ascii') as f:
            code = next(line for line in f if line.endswith(' vfs_read\n')).split()[0]
        events = self.called(agent, ('take', ':a text'), ('take', int(code, 16)))
        fault = {'error_arg': {'Message': 'Bad address for basic type'}}
        self.assertEqual(sorted((e.body['policy_name'], *values(e.body['data'])) for e in events
                                if e.body['data'] != [fault]),
                         [('filter', 'a text'), ('p', 'a text')])
        self.assertEqual([e.body['policy_name'] for e in events if e.body['data'] == [fault]],
                         ['p'])
        self.check_complete(agent)

    @needs('uprobe')
    def test_task(self):
        more = ('    data:\n'
                '    - {index: 0, type: auto, source: current_task, resolve: comm}\n'
                '    - {index: 0, type: auto, source: current_task, resolve: real_parent.tgid}\n'
                '    - {index: 0, type: auto, source: current_task, resolve: cred}\n'
                '    - {index: 0, type: file, source: current_task, resolve: mm.exe_file}\n')
        agent = self.load(self.of('p', self.uprobe('large', 'index: 0, type: int64', more=more)))
        [event] = self.called(agent, ('large', 1, 2, 3))
        comm, parent, cred, file = values(event.body['data'])
        self.assertEqual((comm, parent, cred['euid']),
                         ('functions', event.parent['pid'], event.process['uid']))
        self.assertEqual(file['path'], self.program)
        self.assertEqual(values(event.body['args']), ['1'])
        self.check_complete(agent)


class Resolved(UprobeCase):
    """What arguments point to, by the program's own types."""

    TYPES = trigger_path('functions.bpf.o')

    def resolved(self, *items, symbol='take', path=None, selectors=(), kind='thing'):
        return self.uprobe(symbol, *(f'index: 0, btfType: {kind}, {i}' for i in items),
                           more=f'    btfPath: "{path or self.TYPES}"\n', selectors=selectors)

    @needs('uprobe')
    def test_paths(self):
        paths = {
            's8': -8, 'u64': str(2**64 - 2), 'point.x': -1, 'point.y': 2, 'inner': 4000000000,
            'leaf.name': 'a leaf', 'leaf.low': 5, 'leaf.middle': -9, 'leaf.high': str(0xabcdef0123),
            'leaf.v[3]': -4, 'leaves[1].name': 'another', 'held[0].low': 1,
            'held[1].high': str(1 << 39), 'held[1].name': 'held', 'held[1].v[2]': 30,
            'either.number': int.from_bytes(b'eith', 'little'), 'either.text': 'either',
            'kind': 7, 'text': 'text', 'next.text': 'sixteen letters!', 'words[1]': 'two',
            'next.words[0]': 'next',
        }
        agent = self.load(self.of('p', *(self.resolved(
            *(f'type: auto, resolve: "{p}"' for p in list(paths)[i:i + 4]), symbol=symbol)
            for i, symbol in zip(range(0, len(paths), 4), ('take', 'large', 'give_s64',
                                                           'give_u64', 'give_text', 'give_u8')))))
        told = self.told(agent, ('take', '@thing'), ('large', '@thing'), ('give_s64', '@thing'),
                         ('give_u64', '@thing'), ('give_text', '@thing'), ('give_u8', '@thing'))
        self.assertEqual(dict(zip(paths, sum(map(values, told), []))), paths)
        self.check_complete(agent)

    @needs('uprobe')
    def test_what_cannot_be_read(self):
        agent = self.load(self.of('p', self.resolved(
            'type: auto, resolve: s8', 'type: auto, resolve: leaf.low',
            'type: auto, resolve: next.next.s8', 'type: auto, resolve: "words[0]"')))
        lost, none = self.told(agent, ('take', '@lost'), ('take', 0))
        self.assertEqual(lost[0], {'int_arg': 0})
        def fault(depth):
            return {'error_arg': {'Message': 'Bad address encountered during resolve dereference '
                                             f'at depth {depth}'}}
        self.assertEqual(lost[1:], [fault(1), fault(1), {
            'error_arg': {'Message': 'Bad address for basic type'}}])
        self.assertEqual(none, [fault(0)] * 3 + [fault(1)])
        self.check_complete(agent)

    @needs('uprobe')
    def test_filters(self):
        agent = self.load(self.of('p', self.resolved(
            'type: auto, resolve: leaf.high', 'type: string, resolve: "words[0]"', selectors=[[
                'matchArgs:',
                f'- {{args: [0], operator: Equal, values: ["{0xabcdef0123}"]}}',
                '- {args: [1], operator: Equal, values: [one]}']])))
        told = self.told(agent, ('take', '@lost'), ('take', 0), ('take', '@thing'))
        self.assertEqual([values(t) for t in told], [[str(0xabcdef0123), 'one']])
        self.check_complete(agent)

    @needs('uprobe')
    def test_returned(self):
        agent = self.load(self.of('p', self.uprobe('give_text', more=(
            f'    btfPath: "{self.TYPES}"\n    return: true\n    returnArg: {{index: 0, '
            'type: auto, btfType: thing, resolve: leaf.name}\n'))))
        self.assertEqual(self.told(agent, ('give_text', '@thing')), [[{'string_arg': 'a leaf'}]])
        self.check_complete(agent)

    @needs('uprobe')
    def test_static_probe(self):
        """Of an argument that is in memory, and leads there."""
        agent = self.load(policy('p', f'  - path: "{self.program}"\n    provider: functions\n'
                                 f'    name: held\n    btfPath: "{self.TYPES}"\n    args:\n'
                                 '    - {index: 0, type: auto, btfType: thing, resolve: leaf.high}\n'
                                 '    - {index: 0, type: auto, btfType: thing, resolve: text}\n'
                                 ).replace('kprobes:', 'usdts:'))
        run = self.run_with(agent, [self.program, 'probe', '@thing', '--', 'probe', '0'])
        told = [e.body['args'] for e in run.events if e.type == 'process_usdt']
        self.assertEqual(told[0], [{'size_arg': str(0xabcdef0123)}, {'string_arg': 'text'}])
        self.assertEqual([[*a][0] for a in told[1]], ['error_arg'] * 2)
        self.check_complete(agent)

    def refused(self, hook):
        self.write(self.of('p', hook))
        agent = self.start_agent('--tracing-policy', self.path('policies'))
        log = self.check_complete(agent.wait_ready()).stderr
        self.assertIn('policy p is not loaded', log)
        return log

    @needs('uprobe')
    def test_what_is_wrong(self):
        item = 'type: auto, resolve: leaf.name'
        raw = self.path('types.btf')
        with open(self.TYPES, 'rb') as f:
            whole = f.read()
        at = whole.index(b'\x9f\xeb\x01\x00')
        with open(raw, 'wb') as f:
            f.write(whole[at:at + 60])
        log = self.refused(self.resolved(item, path=raw))
        self.assertRegex(log, rf'policy.yaml:8:14: error: the BTF in {raw} is broken')
        log = self.refused(self.resolved(item, path=self.program))
        self.assertIn(f'{self.program} has no BTF, but types as debuggers know them, DWARF', log)
        self.assertIn(f'pahole --btf_encode_detached=FILE.btf {self.program}', log)
        log = self.refused(self.resolved(item, path='/proc/self/nonesuch'))
        self.assertIn('cannot read /proc/self/nonesuch: No such file', log)
        log = self.refused(self.resolved(item, kind='thingy'))
        self.assertIn('the program has no structure \\"thingy\\"', log)
        self.assertIn('did you mean \\"thing\\"?', log)
        log = self.refused(self.resolved('type: auto, resolve: leaf.nam'))
        self.assertIn('there is no member \\"nam\\": leaf is struct leaf', log)
        with open(raw, 'wb') as f:
            f.write(whole[at:at + 4])
            f.truncate(33 << 20)
        self.assertIn('larger than 32 MiB together, which is the limit',
                      self.refused(self.resolved(item, path=raw)))

    @needs('uprobe')
    def test_raw_file(self):
        with open(self.TYPES, 'rb') as f:
            whole = f.read()
        at = whole.index(b'\x9f\xeb\x01\x00')
        _, _, _, header, _, _, strings, size = struct.unpack_from('=HBBIIIII', whole, at)
        with open(self.path('raw'), 'wb') as f:
            f.write(whole[at:at + header + strings + size])
        agent = self.load(self.of('p', self.resolved('type: auto, resolve: leaf.name',
                                                     path=self.path('raw'))))
        self.assertEqual(self.told(agent, ('take', '@thing')), [[{'string_arg': 'a leaf'}]])
        self.check_complete(agent)
