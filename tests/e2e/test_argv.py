# SPDX-License-Identifier: Apache-2.0
"""Arguments: every byte that was given, up to limits that are told of."""

import resource
import unittest

from case import SharedCase, flags_of, trigger_path

# src/abi/record.h: EXEC_INLINE_MAX, and with DATA_CHUNKS_MAX * DATA_CHUNK.
INLINE = 7168
TOTAL = INLINE + 8 * 32768
# include/uapi/linux/binfmts.h: MAX_ARG_STRLEN
STRING_MAX = 131072


def joined(arguments):
    """The schema's form: src/message/arguments.h."""
    text = ''
    for argument in arguments:
        if ' ' in argument:
            text += f' "{argument}"'
        else:
            text += (' ' if text else '') + argument
    return text


class Arguments(SharedCase):
    def vector(self, *arguments):
        """Runs "leaf 0 ARGUMENT…"; returns its exec event and all of its arguments as bytes."""
        argv = [trigger_path('leaf').encode(), b'0'] + [
            a if isinstance(a, bytes) else a.encode() for a in arguments]
        run = self.run_with(self.agent, argv)
        self.assertEqual(run.status, 0)
        self.check_lives(run.events)
        return run.root.process, argv

    def check(self, *arguments):
        process, argv = self.vector(*arguments)
        texts = [a.decode() for a in argv]
        self.assertEqual(process['argv'], texts)
        self.assertEqual(process['arguments'], joined(texts[1:]))
        self.assertNotIn('truncated', process)
        self.assertNotIn('invalid_strings', process)
        self.assertEqual(flags_of(process), 'execve clone')
        return process

    def test_plain(self):
        process = self.check('one', 'two')
        self.assertEqual(process['arguments'], '0 one two')

    def test_only_its_name(self):
        run = self.trigger('leaf')
        self.assertEqual(run.root.process['argv'], [trigger_path('leaf')])
        self.assertNotIn('arguments', run.root.process)

    def test_none_at_all(self):
        run = self.trigger('setup', 'argc0', '--', trigger_path('leaf'))
        process = run.execs()[-1].process
        # Since 5.18 the kernel gives an empty first one: fs/exec.c, do_execveat_common().
        self.assertIn(process.get('argv', []), ([], ['']))
        self.assertNotIn('arguments', process)
        self.assertNotIn('truncated', process)

    def test_long_name_and_nothing_else(self):
        name = 'n' * 2000
        run = self.run_with(self.agent, [name], executable=trigger_path('leaf'))
        self.assertEqual(run.root.process['argv'], [name])
        self.assertNotIn('arguments', run.root.process)

    def test_name_other_than_the_file(self):
        run = self.run_with(self.agent, ['something else', '0'],
                            executable=trigger_path('leaf'))
        self.assertEqual(run.root.process['argv'], ['something else', '0'])
        self.assertEqual(run.root.process['binary'], trigger_path('leaf'))

    def test_empty_strings(self):
        self.check('', 'a', '', '', 'b', '')
        self.check('')
        self.check('', '', '')

    def test_spaces(self):
        process = self.check('a b', ' ', 'c', 'd e')
        self.assertEqual(process['arguments'], '0 "a b" " " c "d e"')
        run = self.run_with(self.agent, ['leaf', 'first one'], executable=trigger_path('leaf'))
        # A quoted first argument gets a space before it.
        self.assertEqual(run.root.process['arguments'], ' "first one"')

    def test_quotes_are_not_escaped(self):
        self.check('say "hi"', '"', '\\', "'")

    def test_control_characters(self):
        text = ''.join(map(chr, range(1, 0x20))) + '\x7f'
        process = self.check(text, 'a\nb', '\x1b[31mred\x1b[0m', '\r')
        self.assertIn(text, process['argv'])
        line = self.agent.wait_for(lambda e: e.exec_id == process['exec_id']).line
        self.assertFalse([c for c in line if c < 0x20])

    def test_unicode(self):
        self.check('ä', '日本語', '\U0001f600', '\u2028', '\ufeff', '\u0085', '\u202e', '\ufffd')

    def test_invalid_utf8(self):
        for bad, shown in ((b'a\xffb', 'a\ufffdb'), (b'\xc3', '\ufffd'),
                           (b'\xc0\xaf', '\ufffd\ufffd'), (b'\xed\xa0\x80', '\ufffd' * 3),
                           (b'\xe6\x97', '\ufffd'), (b'\xf4\x90\x80\x80', '\ufffd' * 4)):
            with self.subTest(bad=bad):
                process, _ = self.vector('good', bad)
                argument = process['argv'][-1]
                # How many signs stand for one sequence is the decoder's choice; that the good
                # bytes are all there and nothing else is, is not.
                self.assertEqual(argument.replace('\ufffd', ''), shown.replace('\ufffd', ''))
                self.assertIn('\ufffd', argument)
                self.assertEqual(process['argv'][-2], 'good')
                self.assertEqual(process['arguments'], '0 good ' + argument)
                # The argument and the arguments.
                self.assertEqual(process['invalid_strings'], 2)

    def test_long(self):
        for length in (1023, 1024, 1025, 4096, 10_000, 100_000, STRING_MAX - 1):
            with self.subTest(length=length):
                self.check('x' * length)

    def fill(self, total, piece=STRING_MAX - 1):
        """Arguments that take @total bytes together with "leaf 0", all different."""
        left = total - len(trigger_path('leaf')) - 1 - 2
        arguments = []
        while left > 0:
            # What remains must be possible: a string takes a byte at least.
            n = left if left <= piece + 1 else min(piece + 1, left - 1)
            head = f'{len(arguments)}:'
            arguments.append((head + 'abcdefgh' * (n // 8 + 1))[:n - 1])
            left -= n
        return arguments

    def test_inline_limit(self):
        for total in range(INLINE - 2, INLINE + 3):
            with self.subTest(total=total):
                self.check(*self.fill(total))

    def test_chunk_limit(self):
        for total in range(INLINE + 32768 - 1, INLINE + 32768 + 2):
            with self.subTest(total=total):
                self.check(*self.fill(total))

    def check_truncated(self, total, *arguments):
        process, argv = self.vector(*arguments)
        whole = b'\0'.join(argv) + b'\0'
        self.assertEqual(len(whole), total)
        self.assertEqual(process['truncated'], [{
            'field': 'arguments', 'kept': str(TOTAL), 'original': str(total)}])
        self.assertEqual(flags_of(process), 'execve truncArgs clone')
        kept = whole[:TOTAL].decode().split('\0')
        if kept[-1] == '':
            kept.pop()
        self.assertEqual(process['argv'], kept)
        self.assertEqual(process['arguments'], joined(kept[1:]))

    def test_total_limit(self):
        for total in (TOTAL - 1, TOTAL):
            with self.subTest(total=total):
                self.check(*self.fill(total))
        for total in (TOTAL + 1, TOTAL + 2):
            with self.subTest(total=total):
                self.check_truncated(total, *self.fill(total))

    def test_two_megabytes(self):
        # A quarter of the stack may be arguments: fs/exec.c, bprm_stack_limits().
        soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
        wanted = 64 << 20
        if hard not in (resource.RLIM_INFINITY,) and hard < wanted:
            self.skipTest('the stack is limited')
        resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_STACK, (soft, hard))
        arguments = self.fill(2 << 20)
        self.assertGreaterEqual(len(arguments), 16)
        self.check_truncated(2 << 20, *arguments)

    def test_many_tiny(self):
        process = self.check(*['a'] * 20_000)
        self.assertEqual(len(process['argv']), 20_002)
        self.check(*[''] * 20_000)

    def test_cut_inside_a_character(self):
        """What a limit cuts is repaired, and not taken for the arguments' own fault."""
        left = TOTAL - len(trigger_path('leaf')) - 1 - 2
        first = 'x' * (STRING_MAX - 1)
        second = 'y' * (STRING_MAX - 1)
        third = 'z' * (left - 2 * STRING_MAX - 1) + 'ä' * 10
        process, _ = self.vector(first, second, third)
        self.assertEqual(process['argv'][-1], 'z' * (left - 2 * STRING_MAX - 1) + '\ufffd')

    def test_counted(self):
        agent = self.start_agent('--export-extended-fields').wait_ready()
        self.run_with(agent, [trigger_path('leaf'), '0', b'\xff'])
        self.run_with(agent, [trigger_path('leaf').encode(), b'0'] +
                      [a.encode() for a in self.fill(TOTAL + 100)])
        ended = self.check_end(agent)
        self.assertGreaterEqual(ended.ledger.total['invalid_utf8'], 2)
        self.assertGreaterEqual(ended.ledger.total['truncated'], 1)

    def test_of_a_process_that_was_there(self):
        """Read from another's memory."""
        arguments = [b'', b'a b', b'\xff', b'', b'x' * 100_000, b'', b'']
        process = self.spawn([trigger_path('hold').encode(), *arguments], stdin=-1)
        process.stdout.readline()
        agent = self.start_agent('--export-extended-fields').wait_ready()
        event = agent.wait_exec(process.pid)
        self.check_end(agent)
        # A title that is written over the arguments leaves NULs behind; no difference can be
        # seen from outside between those and empty strings at the end.
        self.assertEqual(event.process['argv'][1:],
                         ['', 'a b', '\ufffd', '', 'x' * 100_000])
        self.assertEqual(flags_of(event.process), 'procFS')


if __name__ == '__main__':
    unittest.main()
