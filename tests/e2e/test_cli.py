# SPDX-License-Identifier: Apache-2.0
"""ocelli, fed by the agent as its users do it."""

import json
import os
import pty
import re
import shutil
import subprocess
import unicodedata
import unittest

from agent import PATIENCE, Agent, nanoseconds
from case import Case, SharedCase, trigger_path


def ocelli_path():
    return os.path.join(Agent.build, 'ocelli')


HOSTILE = ('\x1b[31mred', '\x1b]0;title\x07', 'a\nb', 'a\rb', '\u009b2J', '\u202etxt.exe',
           '\u2028', '\u200b', '\ufeff', '\x7f', '\x08\x08', 'a\tb', '\U000e0041')


def acting(text):
    """What in it is more than a picture on a terminal; lines end in a newline."""
    return [c for c in text if c != '\n' and
            unicodedata.category(c) in ('Cc', 'Cf', 'Cs', 'Co', 'Zl', 'Zp')]


class CliCase(Case):
    def cli(self, *args, input=b'', status=0, **more):
        """Runs "ocelli getevents" over these lines; returns what it printed, and its messages."""
        if isinstance(input, list):
            input = b''.join(line + b'\n' for line in input)
        env = {**os.environ, **more.pop('env', {})}
        ended = subprocess.run([ocelli_path(), 'getevents', *args], input=input,
                               capture_output=True, check=False, timeout=PATIENCE, env=env)
        self.assertEqual(ended.returncode, status, ended.stderr)
        self.assertNotIn(b'Sanitizer', ended.stderr)
        return ended.stdout, ended.stderr.decode()


class Pipe(Case):
    """ocellid --export-stdout | ocelli getevents"""

    def start_pipe(self, *args):
        reader = subprocess.Popen([ocelli_path(), 'getevents', *args], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self._reap, reader)
        self.addCleanup(reader.stderr.close)
        agent = self.start_agent('--export-extended-fields', '--enable-process-cred',
                                 output=reader.stdin, read=False)
        reader.stdin.close()
        agent.wait_ready()
        return agent, reader

    def end_pipe(self, agent, reader):
        # Reading all the while: who does not is a slow reader.
        agent.process.terminate()
        output, errors = reader.stdout.read(), reader.stderr.read()
        agent.wait_end().check(self)
        self.assertEqual((reader.wait(PATIENCE), errors), (0, b''))
        return output

    def test_compact(self):
        agent, reader = self.start_pipe('-o', 'compact', '--process', 'leaf')
        leaf = self.copy_trigger('leaf')
        self.spawn([leaf, '3', 'a b']).wait()
        # It comes at once, not when a block is full.
        node = re.escape(os.uname().nodename)
        first, second = reader.stdout.readline().decode(), reader.stdout.readline().decode()
        words = rf'{node} {re.escape(leaf)} "3 \\"a b\\""'
        self.assertRegex(first, rf'^🚀 process {words} +🛑 CAP_SYS_ADMIN\n$')
        self.assertRegex(second, rf'^💥 exit    {words} 3 +🛑 CAP_SYS_ADMIN\n$')
        self.assertEqual(self.end_pipe(agent, reader), b'')

    def test_json(self):
        agent, reader = self.start_pipe()
        leaf = self.copy_trigger('leaf')
        self.spawn([leaf, '0', 'ä']).wait()
        lines = []
        while len(lines) < 2:
            line = json.loads(reader.stdout.readline())
            [body] = [v for v in line.values() if isinstance(v, dict)]
            if body['process'].get('binary') == leaf:
                lines.append(body['process'])
        self.assertEqual(lines[0]['argv'], [leaf, '0', 'ä'])
        self.end_pipe(agent, reader)

    def test_reader_that_has_seen_enough(self):
        """| head: everybody ends well."""
        agent, reader = self.start_pipe()
        reader.stdout.readline()
        reader.stdout.close()
        storm = self.spawn([trigger_path('churn'), '500', '8'])
        ended = agent.wait_end()
        ended.check(self)
        storm.wait()
        self.assertEqual(reader.wait(PATIENCE), 0)
        self.assertIn('the reader of the last output has gone', ended.stderr)


class Events(SharedCase, CliCase):
    """What it prints of real events."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls()
        case.setUp()
        try:
            case.leaf = case.copy_trigger('leaf')
            case.run_with(cls.agent, [case.leaf, '3', 'a b'])
            case.run_with(cls.agent, [trigger_path('ends'), 'signals', '9'])
            cls.leaf = case.leaf
            cls.events = list(cls.agent.events)
            cls.lines = [e.line for e in cls.events]
        finally:
            case.doCleanups()

    def printed(self, *args):
        output, errors = self.cli(*args, input=self.lines)
        self.assertEqual(errors, '')
        return [json.loads(line) for line in output.splitlines()]

    def test_unchanged(self):
        """As it came, all fields: nothing is lost on the way through."""
        self.assertEqual(self.printed(), [e.response for e in self.events])
        self.assertEqual(self.printed('-o', 'json'), [e.response for e in self.events])

    def check_printed(self, args, predicate):
        expected = [e.response for e in self.events if predicate(e)]
        self.assertTrue(expected)
        self.assertEqual(self.printed(*args), expected)

    def test_filters(self):
        leaf = os.path.basename(self.leaf)
        self.check_printed(['-e', 'PROCESS_EXIT'], lambda e: e.is_exit)
        self.check_printed(['-e', 'process_exec,PROCESS_EXIT'], lambda e: True)
        self.check_printed(['-e', 'PROCESS_EXEC', '-e', 'PROCESS_EXIT'], lambda e: True)
        self.check_printed(['--process', leaf], lambda e: e.process.get('binary') == self.leaf)
        self.check_printed(['--process', '^/nothing$', '--process', f'{leaf}$'],
                           lambda e: e.process.get('binary') == self.leaf)
        self.check_printed(['--process', leaf, '-e', 'PROCESS_EXIT'],
                           lambda e: e.is_exit and e.process.get('binary') == self.leaf)
        self.check_printed(['--host'], lambda e: True)

    def test_filters_that_nothing_passes(self):
        for args in (['--policy-names', 'p'], ['-n', 'default'], ['--pod', '.'],
                     ['-e', 'PROCESS_KPROBE'], ['--process', 'no such binary'],
                     ['--namespace-regex', '.+']):
            with self.subTest(args=args):
                self.assertEqual(self.printed(*args), [])

    def test_fields(self):
        for event in self.printed('-f', 'process.exec_id,process.pid,parent.exec_id'):
            [(kind, body)] = [(k, v) for k, v in event.items() if isinstance(v, dict)]
            self.assertEqual(set(event), {kind, 'node_name', 'time'})
            self.assertLessEqual(set(body), {'process', 'parent'})
            self.assertEqual(set(body['process']), {'exec_id', 'pid'})
        for event in self.printed('-F', 'process,time'):
            [body] = [v for v in event.values() if isinstance(v, dict)]
            self.assertNotIn('process', body)
            self.assertIn('time', event)

    def test_compact(self):
        output, errors = self.cli('-o', 'compact', input=self.lines)
        lines = output.decode().splitlines()
        self.assertEqual(errors, '')
        self.assertEqual(len(lines), len(self.lines))
        for line, event in zip(lines, self.events):
            self.assertTrue(line.startswith('🚀 process' if event.is_exec else '💥 exit   '), line)
            self.assertIn(event.response['node_name'], line)
        self.assertTrue(any('SIGKILL' in line for line in lines))
        self.assertNotIn('\x1b', output.decode())

    def test_color(self):
        for args, env, expected in ((('always',), {}, True), (('never',), {}, False),
                                    (('auto',), {}, False),
                                    (('always',), {'NO_COLOR': '1'}, True)):
            output, _ = self.cli('-o', 'compact', '--color', *args, input=self.lines, env=env)
            self.assertEqual(b'\x1b[' in output, expected, (args, env))

    def test_timestamps(self):
        output, _ = self.cli('-o', 'compact', '--timestamps', input=self.lines)
        times = [line.split()[0].decode() for line in output.splitlines()]
        for text, event in zip(times, self.events):
            self.assertEqual(nanoseconds(text), nanoseconds(event.time))
        # All as wide, so that what follows is in columns.
        self.assertEqual(len({len(text) for text in times}), 1)

    def test_terminal(self):
        """Of writes to one file the bytes as they were, and nothing else."""
        def write(path, *data, kind='process_kprobe', **more):
            args = [{'file_arg': {'path': path}}, *data]
            return json.dumps({kind: {'function_name': 'tty_write', 'args': args, **more}}).encode()
        raw = {'bytes_arg': 'G1szMW1oaQ=='}
        log = [write('/dev/pts/1', raw), write('/dev/pts/2', raw), write('/dev/pts/1'),
               write('/dev/pts/1', {'string_arg': 'x'}), self.lines[0],
               write('/dev/pts/1', raw, kind='process_lsm'),
               write('/dev/pts/1', {'bytes_arg': 'AP8K'})]
        self.assertEqual(self.cli('-t', '/dev/pts/1', input=log), (b'\x1b[31mhi\0\xff\n', ''))
        log.append(write('/dev/pts/1', {'truncated_bytes_arg': {'bytes_arg': 'YWJj',
                                                                'orig_size': '9'}}))
        output, errors = self.cli('--tty-encode=/dev/pts/1', input=log)
        self.assertEqual(output, b'\x1b[31mhi\0\xff\nabc')
        self.assertIn('bytes written to /dev/pts/1 that events do not have: 6', errors)
        self.assertEqual(self.cli('-t', '/none', input=log), (b'', ''))

    def test_lines_that_are_none(self):
        lines = [b'{}', b'not json', self.lines[0], b'', b'   ', b'{"process_exec":', b'[1]',
                 b'\xff\xfe', self.lines[1], b'{"future_event":{"x":1},"time":null}',
                 b'{"process_exec":{"process":{"pid":"x"}}}', b'\0']
        output, errors = self.cli(input=lines)
        printed = [json.loads(line) for line in output.splitlines()]
        self.assertIn(self.events[0].response, printed)
        self.assertIn(self.events[1].response, printed)
        # The first with its place, the others counted.
        self.assertIn('standard input:2:', errors)
        self.assertIn('skipped malformed lines: 6', errors)
        self.assertEqual(acting(errors), [])
        _, errors = self.cli('-d', input=lines)
        for number in (2, 6, 7, 8, 11, 12):
            self.assertIn(f'standard input:{number}', errors)

    def test_line_that_does_not_end(self):
        output, errors = self.cli(input=self.lines[0] + b'\n' + self.lines[1])
        self.assertEqual(len(output.splitlines()), 2)
        self.assertEqual(errors, '')
        output, errors = self.cli(input=self.lines[0] + b'\n' + self.lines[1][:-10])
        self.assertEqual(len(output.splitlines()), 1)
        self.assertIn('standard input:2', errors)

    def test_line_that_is_too_long(self):
        output, errors = self.cli(input=[self.lines[0], b'x' * (17 << 20), self.lines[1]])
        self.assertEqual(len(output.splitlines()), 2)
        self.assertIn('standard input:2', errors)


class Expressions(CliCase):
    """--cel-expression, on lines made by hand."""

    curl = {'process_exec': {'process': {'pid': 10, 'uid': 0, 'binary': '/usr/bin/curl',
                                         'arguments': '-s a, b', 'auid': 1000}}}
    ls = {'process_exec': {'process': {'pid': 11, 'uid': 7, 'binary': '/bin/ls',
                                       'pod': {'namespace': 'x', 'pod_labels': {'app': 'dns'}}}}}
    end = {'process_exit': {'process': {'pid': 10, 'binary': '/usr/bin/curl'}, 'status': 3}}
    connect = {'process_kprobe': {'process': {'binary': '/usr/bin/curl'},
                                  'function_name': 'tcp_connect', 'policy_name': 'p',
                                  'args': [{'int_arg': 1}, {'sock_arg': {'daddr': '10.1.2.3'}}]}}
    bare = {'process_kprobe': {'function_name': 'f'}}
    throttle = {'process_throttle': {'type': 'THROTTLE_START', 'cgroup': 'c'}}
    other = {'test': {'arg0': '18446744073709551615'}}
    all = [curl, ls, end, connect, bare, throttle, other]

    def filtered(self, *args, status=0, lines=None):
        lines = [json.dumps(line).encode() for line in lines or self.all]
        output, errors = self.cli(*args, input=lines, status=status)
        return [json.loads(line) for line in output.splitlines()], errors

    def check(self, expression, expected):
        with self.subTest(expression):
            self.assertEqual(self.filtered('--cel-expression', expression), (expected, ''))

    def test_matches(self):
        self.check('process_exec.process.binary == "/bin/ls"', [self.ls])
        self.check("process_exec.process.binary.startsWith('/usr') && "
                   "process_exec.process.uid == 0u", [self.curl])
        self.check('"app" in process_exec.process.pod.pod_labels && '
                   'process_exec.process.pod.pod_labels["app"] == "dns"', [self.ls])
        self.check('has(process_exec.process.pod)', [self.ls])
        self.check('process_exec.process.pod.namespace == ""', [self.curl])
        self.check('process_exec.process.arguments.matches("^-s .\\\\x2c b$")', [self.curl])
        self.check('process_throttle.type == ThrottleType.THROTTLE_START', [self.throttle])
        self.check('test.arg0 == 18446744073709551615u', [self.other])
        self.check('process_exec.process.binary == "/bin/cat"', [])
        self.check('true', self.all)
        self.check('false', [])

    def test_commas_in_brackets(self):
        self.check('process_kprobe.args.exists(a, cidr("10.0.0.0/8").containsIP(a.sock_arg.daddr) '
                   '|| a.int_arg == 9)', [self.connect])
        self.check('process_exec.process.pid in [uint(1),11u, 12u]', [self.ls])

    def test_kinds_that_are_not_mentioned(self):
        """An expression says nothing of them, whatever it would come to."""
        self.check('process_exec.process.pid != 10u', [self.ls])
        self.check('!has(process_exit.process.pod)', [self.end])
        self.check('process_exec.process.pid == 10u || process_exit.process.pid == 10u',
                   [self.curl, self.end])

    def test_any_of_several(self):
        first, second = 'process_exec.process.pid == 11u', 'process_exit.status == 3u'
        expected = ([self.ls, self.end], '')
        self.assertEqual(self.filtered('--cel-expression', first, '--cel-expression', second),
                         expected)
        self.assertEqual(self.filtered(f'--cel-expression={first}, {second}'), expected)

    def test_with_other_filters(self):
        for args, expected in (
                (['-e', 'PROCESS_EXIT'], [self.end]),
                (['--process', 'curl$'], [self.curl, self.end]),
                (['--process', 'curl$', '-e', 'PROCESS_EXEC'], [self.curl]),
                (['--policy-names', 'p'], [])):
            with self.subTest(args=args):
                printed, errors = self.filtered(
                    '--cel-expression', 'process_exec.process.pid > 1u', '--cel-expression',
                    'process_exit.status > 1u', *args)
                self.assertEqual((printed, errors), (expected, ''))
        printed, _ = self.filtered('--cel-expression', 'process_exec.process.uid == 7u', '-f',
                                   'process.binary')
        self.assertEqual(printed, [{'process_exec': {'process': {'binary': '/bin/ls'}}}])

    def test_without_value(self):
        """No match, counted and told with the first reason."""
        printed, errors = self.filtered(
            '--cel-expression', 'process_exec.process.auid > 5u', '--cel-expression',
            'process_kprobe.args[1].sock_arg.daddr == "10.1.2.3"')
        self.assertEqual(printed, [self.curl, self.connect])
        self.assertEqual(errors.splitlines(), [
            'ocelli: events that a CEL expression has no value for, which is no match: 2',
            'ocelli: --cel-expression: expression 1:1:27: the first failure: '
            'there is no null_type > uint'])
        # Not asked, no failure.
        printed, errors = self.filtered('--cel-expression', 'process_exec.process.auid > 5u',
                                        '--process', 'curl')
        self.assertEqual((printed, errors), ([self.curl], ''))

    def test_beyond_the_limits(self):
        """An event made to take too long does not vanish."""
        long = {'process_exec': {'process': {'arguments': ' '.join(['word'] * 100)}}}
        words = 'process_exec.process.arguments.split(" ")'
        printed, errors = self.filtered(
            '--cel-expression', f'{words}.all(a, {words}.all(b, {words}.all(c, a + b + c != "")))',
            lines=[self.ls, long, self.end])
        self.assertEqual(printed, [long])
        self.assertIn('took too long: 1\n', errors)
        self.assertIn('the evaluation takes too many steps', errors)

    def test_bad_expressions(self):
        for expression, says in (
                ('process_exec.process.binry == "x"',
                 'expression:1:22: tetragon.Process has no field "binry" '
                 '(did you mean "binary"?)'),
                ('process_exec.process.pid', 'expression:1:22: the expression must be bool, but '
                 'is nullable uint (compare it with something)'),
                ('process_exec.process.pid == 1', 'expression:1:26: there is no nullable uint == '
                 'int (write 1u, which is a uint)'),
                ('process_exec.process.binary = "x"', 'expression:1:29: unexpected "=" '
                 '(equality is ==)'),
                ('process_exec.process.pid == (1u', 'expression:1:32: '),
                ('true, false &&', 'expression 2:1:9: expected an expression, but the expression '
                 'ends'),
                ('process_exec.process.arguments.contains("a,b")',
                 'a string that does not end before a comma (a comma in a string is written '
                 '\\x2c)'),
                ('cidr("10.0.0.0/33").containsIP("10.0.0.1")', 'expression:1:'),
                ('\x1b[31m', 'expression:1:1: unexpected "\\x1b"')):
            with self.subTest(expression):
                printed, errors = self.filtered('--cel-expression', expression, status=2)
                self.assertEqual(printed, [])
                self.assertTrue(errors.startswith('ocelli: --cel-expression: ' + says), errors)
                self.assertEqual(errors.count('\n'), 1)
                self.assertEqual(acting(errors), [])


class Usage(CliCase):
    def test_bad_command_lines(self):
        for args, says in ((['-e', 'PROCESS_EXEK'], 'PROCESS_EXEK'), (['--no-such'], '--no-such'),
                           (['--process', '('], '('), (['-o', 'xml'], 'xml'),
                           (['--color', 'red'], 'red'), (['word'], 'no arguments'),
                           (['--cel-expression', 'true &&'], '--cel-expression: ')):
            with self.subTest(args=args):
                output, errors = self.cli(*args, status=2)
                self.assertEqual(output, b'')
                self.assertTrue(errors.startswith('ocelli: '))
                self.assertIn(says, errors)

    def test_no_command(self):
        for args in ([], ['no-such-command'], ['getevent']):
            ended = subprocess.run([ocelli_path(), *args], capture_output=True, check=False)
            self.assertEqual(ended.returncode, 2, args)

    def test_version_and_help(self):
        for args in (['version'], ['--version'], ['help'], ['--help'], ['getevents', '--help'],
                     ['help', 'getevents']):
            ended = subprocess.run([ocelli_path(), *args], capture_output=True, check=False)
            self.assertEqual((ended.returncode, ended.stderr), (0, b''), args)
            self.assertTrue(ended.stdout)

    def test_output_that_cannot_be_written(self):
        with open('/dev/full', 'wb') as full:
            for args in (['getevents'], ['version'], ['help']):
                ended = subprocess.run([ocelli_path(), *args], input=b'{"test":{}}\n', stdout=full,
                                       stderr=subprocess.PIPE, check=False)
                self.assertEqual(ended.returncode, 1, args)
                self.assertIn(b'No space left on device', ended.stderr)

    def test_input_that_cannot_be_read(self):
        ended = subprocess.run([ocelli_path(), 'getevents'], stdin=os.open('/', os.O_RDONLY),
                               capture_output=True, check=False)
        self.assertEqual(ended.returncode, 1)
        self.assertIn(b'cannot read standard input', ended.stderr)


class Hostile(SharedCase, CliCase):
    """Names that would act on a terminal, from execve(2) to the screen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls()
        case.setUp()
        try:
            since = len(cls.agent.events)
            for i, name in enumerate([*HOSTILE, b'\xff\x9b2J']):
                name = os.fsencode(name)
                directory = os.fsencode(case.dir) + b'/%d-' % i + name
                os.mkdir(directory)
                path = directory + b'/leaf-' + name
                shutil.copy(trigger_path('leaf'), path)
                case.run_with(cls.agent, [path, b'0', name, b'x ' + name], cwd=directory)
                # Titles, too: comm, and argv without a file of that name.
                case.run_with(cls.agent, [name, b'0', name], executable=trigger_path('leaf'))
            cls.lines = [e.line for e in cls.agent.events[since:]]
        finally:
            case.doCleanups()

    def test_events(self):
        """One line each, of valid JSON, and nothing below a blank."""
        self.assertGreaterEqual(len(self.lines), 4 * (len(HOSTILE) + 1))
        for line in self.lines:
            line.decode()
            self.assertFalse([c for c in line if c < 0x20])

    def test_compact(self):
        for args in ([], ['--color=always'], ['--timestamps']):
            output, errors = self.cli('-o', 'compact', *args, input=self.lines)
            self.assertEqual(errors, '')
            self.assertEqual(len(output.splitlines()), len(self.lines))
            text = output.decode()
            if '--color=always' in args:
                text = re.sub(r'\x1b\[[\d;]*m', '', text)
            self.assertEqual(acting(text), [])

    def test_own_color_cannot_be_told_from_a_name(self):
        """With colours on, no name brings its own."""
        output, _ = self.cli('-o', 'compact', '--color=always', input=self.lines)
        self.assertNotIn(b'\x1b[31mred', output.replace(b'\x1b[31m"', b''))

    def on_terminal(self, *args):
        """What arrives at a terminal."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        process = subprocess.Popen([ocelli_path(), 'getevents', *args], stdin=subprocess.PIPE,
                                   stdout=slave, env={**os.environ, 'NO_COLOR': '1'})
        os.close(slave)
        process.stdin.write(b''.join(line + b'\n' for line in self.lines[:8]))
        process.stdin.close()
        output = b''
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            output += data
        self.assertEqual(process.wait(PATIENCE), 0)
        return output.replace(b'\r\n', b'\n').decode()

    def test_json_on_a_terminal(self):
        output = self.on_terminal()
        self.assertEqual(acting(output), [])
        self.assertEqual([json.loads(line) for line in output.splitlines()],
                         [json.loads(line) for line in self.lines[:8]])

    def test_compact_on_a_terminal(self):
        self.assertEqual(acting(self.on_terminal('-o', 'compact')), [])

    def test_messages(self):
        """What it says of lines it cannot read quotes nothing raw."""
        for name in HOSTILE:
            _, errors = self.cli(input=name.encode() + b'{\n')
            self.assertEqual(acting(errors), [])
            _, errors = self.cli('-e', name, status=2)
            self.assertEqual(acting(errors), [])
            _, errors = self.cli('--process', '(' + name, status=2)
            self.assertEqual(acting(errors), [])


if __name__ == '__main__':
    unittest.main()
