# SPDX-License-Identifier: Apache-2.0
"""What calls return, and what is in their buffers by then."""

import shutil
import sys
import unittest
from base64 import b64encode

from case import needs
from test_policies import policy, recent_enough, values_of
from test_policy_args import OPENS, ArgsCase, function, function_of, hook

READ = 'index: 1, type: char_buf, sizeArgIndex: 3, returnCopy: true'
RETURN = '    return: true\n    returnArg: {index: 0, type: %s}\n'


def base64(data):
    return b64encode(data).decode()


def returning(text, kind='int64', matches=''):
    text = text.replace('    args:\n', RETURN % kind + '    args:\n')
    if matches:
        text += f'    selectors:\n    - matchReturnArgs: [{{{matches}}}]\n'
    return text


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Buffers(ArgsCase):
    def file(self, data):
        path = self.path('data')
        with open(path, 'wb') as f:
            f.write(data)
        return path

    def reads(self, agent, data, *calls):
        """What is told of calls with a descriptor of a file with this data."""
        events, _ = self.call(agent, ('openat', -100, f':{self.file(data)}', 0), *calls)
        return [e for e in events if e.body['args'][0] == {'int_arg': 3}]

    def test_read(self):
        """A buffer that is filled by the call is told as the call left it."""
        agent = self.load(policy('reads', returning(
            hook('sys_read', 'index: 0, type: int', READ, 'index: 2, type: size_t'))))
        events = self.reads(agent, b'hello', ('read', 3, '=' + '00' * 100, 100),
                            ('read', 3, '=' + '00' * 100, 100))
        self.assertEqual([e.body['args'][1:] for e in events],
                         [[{'bytes_arg': base64(b'hello')}, {'size_arg': '100'}],
                          [{'bytes_arg': ''}, {'size_arg': '100'}]])
        self.assertEqual([e.body['return'] for e in events], [{'long_arg': '5'}, {'long_arg': '0'}])
        self.check_complete(agent)

    def test_without_the_value(self):
        agent = self.load(policy('reads', hook('sys_read', 'index: 0, type: int', READ)))
        [event] = self.reads(agent, b'hello', ('read', 3, '=' + '00' * 100, 4))
        self.assertEqual(event.body['args'][1], {'bytes_arg': base64(b'hell')})
        self.assertNotIn('return', event.body)
        self.check_complete(agent)

    def test_nothing_was_read(self):
        agent = self.load(policy('reads', returning(hook('sys_read', 'index: 0, type: int', READ))))
        events, _ = self.call(agent, ('read', 77, '=' + '00' * 8, 8))
        [event] = [e for e in events if e.body['args'][0] == {'int_arg': 77}]
        self.assertEqual(event.body['args'][1], {'bytes_arg': ''})
        self.assertEqual(event.body['return'], {'long_arg': '-9'})
        self.check_complete(agent)

    def test_much(self):
        data = bytes(range(256)) * 80
        agent = self.load(
            policy('cut', hook('sys_read', 'index: 0, type: int', READ)),
            policy('whole', hook('sys_read', 'index: 0, type: int', READ + ', maxData: true')))
        events = self.reads(agent, data, ('read', 3, '=' + '00' * len(data), len(data)))
        told = {e.body['policy_name']: e.body['args'][1] for e in events}
        self.assertEqual(told, {
            'cut': {'truncated_bytes_arg': {'bytes_arg': base64(data[:4096]),
                                            'orig_size': str(len(data))}},
            'whole': {'bytes_arg': base64(data)}})
        self.check_complete(agent)

    def test_vector(self):
        agent = self.load(policy('reads', hook(
            'sys_readv', 'index: 0, type: int',
            'index: 1, type: char_iovec, sizeArgIndex: 3, returnCopy: true')))
        parts = '[' + ','.join(['x' * 3] * 3)
        events = self.reads(agent, b'abcdefg', ('readv', 3, parts, 3), ('readv', 3, parts, 2))
        self.assertEqual([e.body['args'][1] for e in events],
                         [{'bytes_arg': base64(b'abcdefg')}, {'bytes_arg': ''}])
        self.check_complete(agent)

    def test_several_policies(self):
        agent = self.load(*(policy(name, hook('sys_read', 'index: 0, type: int', READ))
                            for name in ('a', 'b', 'c')))
        events = self.reads(agent, b'hello', ('read', 3, '=' + '00' * 8, 8))
        self.assertEqual({e.body['policy_name']: e.body['args'][1] for e in events},
                         {name: {'bytes_arg': base64(b'hello')} for name in ('a', 'b', 'c')})
        self.check_complete(agent)

    def test_left_number(self):
        """What the call leaves where an argument points."""
        agent = self.load(policy('ids', returning(hook(
            'sys_getresuid', 'index: 0, type: uint32, returnCopy: true',
            'index: 1, type: sint8, returnCopy: true', 'index: 2, type: size_t, returnCopy: true'))))
        ones = '=' + 'ff' * 8
        calls = ('getresuid', ones, ones, ones), ('getresuid', 1, ones, ones)
        read, unread = self.call(agent, *calls)[0]
        # Of the last the call wrote half.
        self.assertEqual(values_of(read), [0, 0, str(0xffffffff << 32)])
        self.assertEqual(read.body['return'], {'long_arg': '0'})
        self.assertIn('Bad address', values_of(unread)[0]['Message'])
        self.assertEqual(unread.body['return'], {'long_arg': '-14'})
        self.check_complete(agent)

    def test_left_size(self):
        """Of a buffer of which not the value that is returned says how much is in it."""
        agent = self.load(policy('names', hook(
            'sys_getsockname', 'index: 0, type: int',
            'index: 1, type: char_buf, sizeArgIndex: 3, returnCopy: true',
            'index: 2, type: int, returnCopy: true')))
        buffer = '=' + 'ff' * 32
        events, _ = self.call(agent, ('-r', 'socket', 2, 1, 0),
                              ('getsockname', 3, buffer, '=20000000'),
                              ('getsockname', 3, buffer, '=ffffffff'), ('getsockname', 3, buffer, 1))
        family = (2).to_bytes(2, sys.byteorder)
        self.assertEqual([values_of(e)[1] for e in events], [base64(family + bytes(14)), '', ''])
        self.assertEqual([values_of(e)[2] for e in events][:2], [16, -1])
        self.check_complete(agent)

    @needs('kprobe')
    def test_function(self):
        agent = self.load(policy('reads', returning(function(
            'ksys_read', 'index: 0, type: int', READ), matches='index: 0, operator: GT, '
                                                              'values: ["0"]')))
        events = self.reads(agent, b'hello', ('read', 3, '=' + '00' * 100, 100),
                            ('read', 3, '=' + '00' * 100, 100))
        self.assertEqual([e.body['args'][1] for e in events], [{'bytes_arg': base64(b'hello')}])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Values(ArgsCase):
    def test_widths(self):
        """-EBADF, as a value of each type."""
        kinds = {'int': ('int_arg', -9), 'sint8': ('int_arg', -9), 'sint16': ('int_arg', -9),
                 'uint8': ('uint_arg', 247), 'uint16': ('uint_arg', 65527),
                 'uint32': ('uint_arg', 2**32 - 9), 'long': ('long_arg', '-9'),
                 'uint64': ('size_arg', str(2**64 - 9)), 'size_t': ('size_arg', str(2**64 - 9))}
        # A thread is in as many of them at once as HOOK_CALLS says.
        for some in list(kinds)[:5], list(kinds)[5:]:
            shutil.rmtree(self.path('policies'), ignore_errors=True)
            agent = self.load(*(policy(name.replace('_', '-'), returning(
                hook('sys_lseek', 'index: 0, type: int'), name)) for name in some))
            events, _ = self.call(agent, ('lseek', -1, 0, 0))
            self.check_complete(agent)
            self.assertEqual({e.body['policy_name']: e.body['return'] for e in events},
                             {name.replace('_', '-'): dict([kinds[name]]) for name in some})

    def test_filters(self):
        """The opposite of what is true is not."""
        cases = {'gt': ('int', 'GT, values: ["-10"]'), 'lt': ('int', 'LT, values: ["-8"]'),
                 'in': ('int', 'InRange, values: ["-10:-8"]'),
                 'not': ('int', 'NotEqual, values: ["-8"]'),
                 'mask': ('uint8', 'Mask, values: ["0x80"]'),
                 'map': ('uint8', 'InMap, values: ["247", "3"]')}
        misses = {'m-gt': ('int', 'GT, values: ["-9"]'), 'm-in': ('int', 'NotInRange, values: ["-10:-8"]'),
                  'm-not': ('int', 'NotEqual, values: ["-9"]'),
                  'm-mask': ('uint8', 'Mask, values: ["0x08"]')}
        for some in cases, misses:
            shutil.rmtree(self.path('policies'), ignore_errors=True)
            agent = self.load(*(policy(name, returning(
                hook('sys_lseek', 'index: 0, type: int'), kind, f'index: 0, operator: {match}'))
                for name, (kind, match) in some.items()))
            events, _ = self.call(agent, ('lseek', -1, 0, 0))
            self.check_complete(agent)
            self.assertEqual({e.body['policy_name'] for e in events if 'return' in e.body},
                             set(some) & set(cases))

    @needs('kprobe')
    def test_file(self):
        """A pointer that is returned is what it points to."""
        path = self.path('file')
        with open(path, 'w', encoding='utf-8'):
            pass

        def of(name, match):
            return policy(name, returning(function(function_of(OPENS), 'index: 1, type: filename'),
                                          'file', f'index: 0, operator: {match}'))
        agent = self.load(of('this', f'Equal, values: ["{path}"]'),
                          of('type', 'FileType, values: [reg]'),
                          of('other', f'NotEqual, values: ["{path}"]'))
        events, _ = self.call(agent, ('openat', -100, f':{path}', 0),
                              ('openat', -100, f':{path}-none', 0))
        told = [(e.body['policy_name'], e.body['return']['file_arg']['path']) for e in events
                if values_of(e)[0].startswith(path)]
        self.assertEqual(sorted(told), [('this', path), ('type', path)])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Refused(ArgsCase):
    def test_returns(self):
        bad = {
            'filter': hook('sys_read', READ, selectors=[
                ['index: 1, operator: Prefix, values: [x]']]),
            'string': hook('sys_read', 'index: 1, type: string, returnCopy: true'),
            'many': hook('sys_read', *(f'index: {i}, type: char_buf, returnCopy: true'
                                       for i in range(5))),
            'parts': hook('sys_readv', 'index: 1, type: char_iovec, returnCopy: true'),
        }
        agent = self.load(*(policy(name, text) for name, text in bad.items()),
                          policy('good', hook('sys_getpriority', 'index: 0, type: int')))
        events, _ = self.call(agent, ('getpriority', 0, 0))
        self.assertEqual([e.body['policy_name'] for e in events], ['good'])
        log = self.check_complete(agent).stderr
        for said in ('0.yaml:11:', 'a test of what is read when the call returns', '1.yaml:9:',
                     'of this type', 'more than 4 buffers or numbers', 'how many parts the vector has'):
            self.assertIn(said, log)


if __name__ == '__main__':
    unittest.main()
