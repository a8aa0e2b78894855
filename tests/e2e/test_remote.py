# SPDX-License-Identifier: Apache-2.0
"""ocelli as a client: of the agent, and of a server of somebody else."""

import json
import os
import pty
import signal
import socket
import subprocess
import threading
import time
import unittest

from agent import PATIENCE
from case import scaled, trigger_path
from remote_case import FAILED, OK, UNREACHABLE, USAGE, Refusal, RemoteCase, event, grpc


class Calls(RemoteCase):
    def test_version(self):
        agent = self.fake(GetVersion=lambda *_: {'version': 'v9.\x1b[31m'})
        output, errors = self.ocelli('version', '--server')
        self.assertEqual((output.splitlines()[1:], errors),
                         (['Server version: v9.\\x1b[31m'], ''))
        output, _ = self.ocelli('version', '-s', '-o', 'json')
        self.assertEqual(json.loads(output)['server_version'], 'v9.\x1b[31m')
        name, _, left = agent.requests[0]
        self.assertEqual(name, 'GetVersion')
        self.assertTrue(20 < left <= 30, left)

    def test_tcp(self):
        agent = self.fake('127.0.0.1:0', GetVersion=lambda *_: {'version': 'v9'})
        for host in '127.0.0.1', '[127.0.0.1]', 'localhost', '':
            output, _ = self.ocelli('version', '-s', address=f'{host}:{agent.port}')
            self.assertIn('v9', output)

    def test_refusals(self):
        def refuse(*_):
            raise Refusal(*words)

        self.fake(GetVersion=refuse)
        for words, told in (
                ((grpc.StatusCode.INVALID_ARGUMENT, 'no ä\nat\x1b all'), 'no ä\n    at\\x1b all\n'),
                ((grpc.StatusCode.NOT_FOUND,), 'the server answered NOT_FOUND'),
                ((grpc.StatusCode.PERMISSION_DENIED, 'no'), 'no (use sudo)'),
                ((grpc.StatusCode.UNIMPLEMENTED, 'what?'), 'is the agent of another version?')):
            with self.subTest(told):
                _, errors = self.ocelli('version', '-s', status=FAILED)
                self.assertIn(told, errors)

    def test_what_it_does_not_have(self):
        self.fake()
        _, errors = self.ocelli('version', '-s', status=FAILED)
        self.assertIn('Method not found!', errors)

    def test_retries(self):
        """Of what may pass; others are told at once."""
        def unavailable(_, call):
            if len(agent.requests) < 2:
                raise Refusal(grpc.StatusCode.UNAVAILABLE, 'not yet')
            return {'version': 'v9'}

        agent = self.fake(GetVersion=unavailable)
        _, errors = self.ocelli('version', '-s', '--retries=0', status=UNREACHABLE)
        self.assertIn('not yet (--retries says', errors)
        agent.requests.clear()
        output, errors = self.ocelli('version', '-s')
        self.assertIn('v9', output)
        self.assertEqual(errors, '')

    def test_nobody_there(self):
        for address, told in ((self.address, 'No such file or directory (is ocellid running?'),
                              ('127.0.0.1:1', 'Connection refused (is ocellid running?'),
                              ('nowhere.invalid:1', 'cannot connect to nowhere.invalid:1')):
            _, errors = self.ocelli('version', '-s', '--retries=0', address=address,
                                    status=UNREACHABLE)
            self.assertIn(told, errors)

    def test_who_does_not_answer(self):
        released = threading.Event()
        self.addCleanup(released.set)
        self.fake(GetVersion=lambda *_: released.wait(PATIENCE) and {})
        # The server's word and our own clock: whichever is first.
        _, errors = self.ocelli('version', '-s', '--timeout=300ms', '--retries=0',
                                status=UNREACHABLE)
        self.assertIn('--timeout says how long to wait', errors)

    def test_progress(self):
        """Who waits at a terminal is told for what, and no more of it than that."""
        released = threading.Event()
        self.addCleanup(released.set)
        self.fake(GetVersion=lambda *_: released.wait(PATIENCE) and {'version': 'v9'})
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        ocelli = self.start('version', '-s', '--server-address', self.address, stderr=slave)
        os.close(slave)
        shown = '\r\x1b[Kwaiting for the agent …'.encode()
        self.assertEqual(os.read(master, 1000), shown)
        released.set()
        output, _ = ocelli.communicate(timeout=PATIENCE)
        self.assertEqual(os.read(master, 1000), b'\r\x1b[K')
        self.assertIn(b'v9', output)

    def listen(self, *says):
        """Somebody who says this to each who comes, and no more."""
        server = socket.socket(socket.AF_UNIX)
        server.bind(self.path('socket'))
        server.listen()
        self.addCleanup(server.close)

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(says[0])
                    if len(says) > 1:
                        connection.recv(1 << 16)
                        connection.sendall(says[1])
        threading.Thread(target=serve, daemon=True).start()
        return server

    def test_who_speaks_something_else(self):
        server = self.listen(b'SSH-2.0-OpenSSH_9.2p1 Debian\r\n')
        _, errors = self.ocelli('version', '-s', status=FAILED)
        self.assertIn('does not speak gRPC', errors)
        server.shutdown(socket.SHUT_RDWR)

    def test_who_hangs_up(self):
        server = self.listen(b'')
        _, errors = self.ocelli('version', '-s', '--retries=0', status=UNREACHABLE)
        self.assertIn('has closed the connection', errors)
        server.shutdown(socket.SHUT_RDWR)

    def test_large_answers(self):
        self.fake(GetVersion=lambda *_: {'version': 'x' * 3000000})
        output, _ = self.ocelli('version', '-s')
        self.assertIn('x' * 3000000, output)
        _, errors = self.ocelli('version', '-s', '--max-recv-size=1M', status=FAILED)
        self.assertIn('more than the 1048576 that it may have (--max-recv-size allows more)',
                      errors)


class Events(RemoteCase):
    def events(self, *args, **more):
        output, errors = self.ocelli('getevents', *args, **more)
        return [json.loads(line) for line in output.splitlines()], errors

    def test_many(self):
        wanted = [event(i, time=f'2026-01-02T03:04:05.{i:09}Z') for i in range(1, 5001)]
        self.fake(GetEvents=lambda *_: wanted)
        events, errors = self.events()
        self.assertEqual(errors, '')
        self.assertEqual(len(events), len(wanted))
        self.assertEqual([e['process_exec']['process']['pid'] for e in events],
                         list(range(1, 5001)))

    def test_large(self):
        big = event(1)
        big['process_exec']['process']['arguments'] = 'x' * (2 << 20)
        self.fake(GetEvents=lambda *_: [big, event(2), big])
        events, _ = self.events()
        self.assertEqual(events, [big, event(2), big])

    def test_filters_go_to_the_agent(self):
        """And are its own matter: what comes is printed."""
        agent = self.fake(GetEvents=lambda *_: [event(1)])
        events, _ = self.events(
            '-e', 'PROCESS_EXIT', '-n', 'a', '--host', '--pod', 'p', '--process', 'x,y',
            '--policy-names', 'q', '--cel-expression', 'process_exec.process.pid > 1u',
            '-f', 'process.pid,parent', '-F', 'parent.pid')
        self.assertEqual(events, [event(1)])
        self.assertEqual(agent.requests[0][1], {
            'allow_list': [{
                'event_set': ['PROCESS_EXIT'], 'namespace': ['a', ''], 'pod_regex': ['p'],
                'binary_regex': ['x', 'y'], 'policy_names': ['q'],
                'cel_expression': ['process_exec.process.pid > 1u']}],
            'field_filters': [{'fields': 'process.pid,parent'},
                              {'fields': 'parent.pid', 'action': 'EXCLUDE'}]})
        # A stream has no end of its own.
        self.assertGreater(agent.requests[0][2], 1e9)

    def test_no_filters(self):
        agent = self.fake(GetEvents=lambda *_: [])
        self.events()
        self.assertEqual(agent.requests[0][1], {})

    def test_wrong_filters(self):
        """Are told before anybody is asked."""
        for args in (['--process', '('], ['-e', 'X'], ['--cel-expression', 'pid >'],
                     ['-f', 'process.pidd']):
            self.ocelli('getevents', *args, status=USAGE)

    def test_compact(self):
        self.fake(GetEvents=lambda *_: [event(1), {'rate_limit_info': {
            'number_of_dropped_process_events': '7'}, 'node_name': 'n'}])
        output, _ = self.ocelli('getevents', '-o', 'compact')
        lines = output.splitlines()
        self.assertIn('process n /bin/x', lines[0])
        self.assertIn('n 7 events dropped', lines[1])

    def test_where_from(self):
        """A log on standard input, the agent for /dev/null, a terminal, nothing, and when its
        address is given."""
        self.fake(GetEvents=lambda *_: [event(1)])
        line = json.dumps(event(2)).encode() + b'\n'
        self.assertEqual(self.events(address='', input=line)[0], [event(2)])
        self.assertEqual(self.events(input=line)[0], [event(1)])
        # Who does not say where is told that nobody is at the usual place, or who is there.
        for stdin in subprocess.DEVNULL, None, self.terminal():
            process = self.start('getevents', '--server-address', 'unix:///nowhere/x',
                                 '--retries=0', stdin=stdin,
                                 **({'preexec_fn': lambda: os.close(0)} if stdin is None else {}))
            _, errors = process.communicate(timeout=PATIENCE)
            self.assertEqual(process.returncode, UNREACHABLE, errors)

    def terminal(self):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)
        return slave

    def open_stream(self, first, *args, then=lambda: iter(())):
        """One that goes on after this, and who reads it."""
        released = threading.Event()
        self.addCleanup(released.set)

        def stream(*_):
            yield from first
            released.wait(PATIENCE)
            yield from then()

        self.fake(GetEvents=stream)
        return self.start('getevents', '--server-address', self.address, *args), released

    def test_at_once(self):
        """Events are printed when they are there, and an interrupt ends it well."""
        for number in signal.SIGINT, signal.SIGTERM:
            process, _ = self.open_stream([event(1), event(2)])
            self.assertEqual(json.loads(process.stdout.readline()), event(1))
            self.assertEqual(json.loads(process.stdout.readline()), event(2))
            process.send_signal(number)
            output, errors = process.communicate(timeout=PATIENCE)
            self.assertEqual((process.returncode, output, errors), (OK, b'', b''))
            self.doCleanups()
            self.setUp()

    def test_interrupt_of_a_slow_reader(self):
        """Also while nobody reads."""
        process, _ = self.open_stream(event(i) for i in range(1, 100000))
        self.assertTrue(process.stdout.readline())
        self.wait_until(lambda: self.blocked(process.pid), 'the reader being slow')
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        self.assertEqual(process.returncode, OK)

    @staticmethod
    def blocked(pid):
        # Old kernels have no name for where it is.
        where = ''
        for name in 'wchan', 'stack':
            with open(f'/proc/{pid}/{name}', encoding='ascii') as f:
                where += f.read()
        with open(f'/proc/{pid}/stat', encoding='ascii') as f:
            return 'poll' in where and f.read().split()[2] == 'S'

    def wait_until(self, check, what):
        end = time.monotonic() + PATIENCE
        while not check():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.01)

    def test_reader_that_has_seen_enough(self):
        process, released = self.open_stream(
            [event(1)], then=lambda: (event(i) for i in range(1, 100000)))
        process.stdout.readline()
        process.stdout.close()
        released.set()
        self.assertEqual(process.wait(PATIENCE), OK)
        self.assertEqual(process.stderr.read(), b'')

    def test_end(self):
        """With what the agent says of it."""
        def ends(*_):
            yield event(1)
            raise Refusal(grpc.StatusCode.UNAVAILABLE, 'going home')

        self.fake(GetEvents=ends)
        output, errors = self.ocelli('getevents', status=UNREACHABLE)
        self.assertEqual(json.loads(output), event(1))
        self.assertIn('going home (--reconnect waits for it to come back)', errors)

    def test_reconnect(self):
        """To one that ends its streams, one that goes away, and one that comes back."""
        def ends(*_):
            yield event(len(agent.requests))
            if len(agent.requests) == 2:
                raise Refusal(grpc.StatusCode.UNAVAILABLE, 'going home')

        agent = self.fake(GetEvents=ends)
        process = self.start('getevents', '--server-address', self.address, '--reconnect',
                             '--reconnect-wait=100ms')
        for i in range(1, 4):
            self.assertEqual(json.loads(process.stdout.readline()), event(i))
        agent.stop()
        self.assertIn(b'has ended the stream; connecting again in 0.1 s', process.stderr.readline())
        self.assertIn(b'going home; connecting again in 0.1 s', process.stderr.readline())
        while b'No such file' not in process.stderr.readline():
            pass
        self.fake(GetEvents=lambda *_: [event(99)])
        while json.loads(process.stdout.readline()) != event(99):
            pass
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, OK)

    def test_no_reconnect_to_who_refuses(self):
        def refuse(*_):
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, 'allow_list[0]: no')

        self.fake(GetEvents=refuse)
        _, errors = self.ocelli('getevents', '--reconnect', status=FAILED)
        self.assertIn('allow_list[0]: no', errors)


class Real(RemoteCase):
    """With ocellid."""

    def serve(self, *args):
        agent = self.start_agent('--run-dir', self.path('run'), *args).wait_ready()
        self.address = f'unix://{self.path("run/ocelli.sock")}'
        return agent

    def read_events(self, agent, *args):
        """Starts a reader; returns it when the agent has taken its stream."""
        process = self.start('getevents', '--server-address', self.address, *args)
        seen = None
        while not seen:
            self.run_with(agent, [trigger_path('leaf')])
            seen = self.first_line(process)
        return process, seen

    @staticmethod
    def first_line(process):
        os.set_blocking(process.stdout.fileno(), False)
        try:
            return process.stdout.readline()
        finally:
            os.set_blocking(process.stdout.fileno(), True)

    def test_same_as_the_export(self):
        agent = self.serve('--export-extended-fields')
        process, first = self.read_events(agent)
        runs = [self.run_with(agent, [trigger_path('leaf'), '3', 'ä b'])
                for _ in range(scaled(20, 3))]
        lines = [first]
        while not any(f'"pid":{runs[-1].pid},'.encode() in l and b'process_exit' in l
                      for l in lines[-1:]):
            lines.append(process.stdout.readline())
        told = [json.loads(line) for line in lines]
        exported = [e.response for e in agent.events]
        start = exported.index(told[0])
        self.assertEqual(told, exported[start:start + len(told)])
        agent.stop().check(self)
        _, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, UNREACHABLE, errors)
        self.assertIn(b'the agent stops', errors)

    def test_filtered_there(self):
        agent = self.serve()
        leaf = self.copy_trigger('leaf')
        process = self.start('getevents', '--server-address', self.address, '--process', leaf,
                             '-e', 'PROCESS_EXEC', '-f', 'process.pid')
        self.run_with(agent, [trigger_path('leaf')])
        while not (line := self.first_line(process)):
            run = self.run_with(agent, [leaf])
        self.assertEqual(list(json.loads(line)['process_exec']), ['process'])
        self.assertEqual(list(json.loads(line)['process_exec']['process']), ['pid'])
        self.assertTrue(run)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        self.check_complete(agent)

    def test_version(self):
        self.serve()
        output, _ = self.ocelli('version', '-s', '-o', 'json')
        versions = json.loads(output)
        self.assertEqual(versions['version'], versions['server_version'])


if __name__ == '__main__':
    unittest.main()
