# SPDX-License-Identifier: Apache-2.0
"""The agent's API, by a client that knows nothing but the schema."""

import collections
import json
import os
import queue
import signal
import socket
import stat
import threading
import unittest

from agent import PATIENCE, SLOWNESS
from case import Case, is_sanitized, scaled, trigger_path
from test_policies import policy, recent_enough
from test_policy_hostile import many_hooks

try:
    import grpc
    from client import HEALTH, Client, as_json
    MISSING = None
except ImportError as e:
    HEALTH = None
    MISSING = f'there is no {e.name} for Python'

EVENTS = 'GetEvents'


def free_address():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return f'127.0.0.1:{s.getsockname()[1]}'


class Stream:
    """Reads events in a thread of its own, until the server or the test ends it."""

    def __init__(self, client, request=None, **call):
        self.call = client.start(EVENTS, request, **{'timeout': None, **call})
        self.events = []
        self.came = queue.Queue()
        self.error = None
        # It was taken: what happens from now on is told.
        self.call.initial_metadata()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        try:
            for event in self.call:
                self.events.append(event)
                self.came.put(event)
        except grpc.RpcError as e:
            self.error = e
        self.came.put(None)

    def wait(self, check, timeout=PATIENCE):
        """For the next event of which check() is true; returns it as JSON."""
        while (event := self.came.get(timeout=timeout)) is not None:
            event = as_json(event)
            if check(event):
                return event
        raise AssertionError(f'the stream has ended: {self.error}')

    def wait_exit(self, pid):
        return self.wait(lambda e: e.get('process_exit', {}).get('process', {}).get('pid') == pid)

    def end(self):
        self.call.cancel()
        self.thread.join(PATIENCE)


@unittest.skipIf(MISSING, MISSING)
class ApiCase(Case):
    def setUp(self):
        super().setUp()
        self.socket = self.path('run/ocelli.sock')

    def start_serving(self, *args, **more):
        return self.start_agent('--run-dir', self.path('run'), *args, **more).wait_ready()

    def client(self, target=None, **options):
        client = Client(target or f'unix://{self.socket}', **options)
        self.addCleanup(client.close)
        return client

    def stream(self, client=None, request=None, **call):
        stream = Stream(client or self.client(), request, **call)
        self.addCleanup(stream.end)
        return stream

    def assert_refused(self, code, text, call, *args, **more):
        with self.assertRaises(grpc.RpcError) as raised:
            call(*args, **more)
        self.assertEqual(raised.exception.code(), code, raised.exception)
        self.assertIn(text, raised.exception.details())


class Answers(ApiCase):
    def test_calls(self):
        agent = self.start_serving()
        client = self.client()
        self.assertEqual(list(client.call('GetVersion')), ['version'])
        self.assertEqual(client.call('GetHealth'), {'health_status': [
            {'event': 'HEALTH_STATUS_TYPE_STATUS', 'status': 'HEALTH_STATUS_RUNNING',
             'details': 'running'}]})
        for service in '', HEALTH, 'tetragon.FineGuidanceSensors':
            self.assertEqual(client.call('Check', {'service': service}, HEALTH),
                             {'status': 'SERVING'})
        self.assert_refused(grpc.StatusCode.NOT_FOUND, 'no such service', client.call, 'Check',
                            {'service': 'x'}, HEALTH)
        for name in 'ListSensors', 'EnableSensor', 'DisableSensor', 'RemoveSensor':
            self.assert_refused(grpc.StatusCode.UNKNOWN, 'deprecated', client.call, name)
        self.check_complete(agent)

    def test_what_is_no_call(self):
        agent = self.start_serving()
        client = self.client()
        for path, text in (('/tetragon.FineGuidanceSensors/Nothing', 'no such method'),
                           ('/a.Service/Get', 'no such service'), ('/', 'no such service')):
            self.assert_refused(grpc.StatusCode.UNIMPLEMENTED, text, client.start_raw, path, b'')
        self.assert_refused(grpc.StatusCode.INVALID_ARGUMENT, 'cannot be read', client.start_raw,
                            '/grpc.health.v1.Health/Check', b'\x0a\xff')
        self.assert_refused(grpc.StatusCode.RESOURCE_EXHAUSTED, 'larger than', client.start_raw,
                            '/grpc.health.v1.Health/Check', b'\x0a' + 5 * (1 << 20) * b'x')
        self.assertEqual(list(client.call('GetVersion')), ['version'])
        self.check_complete(agent)

    def test_by_tcp(self):
        address = free_address()
        agent = self.start_serving('--server-address', address)
        for target in address, None:
            self.assertEqual(list(self.client(target).call('GetVersion')), ['version'])
        self.check_complete(agent)

    def test_no_server(self):
        agent = self.start_serving('--server-address', '')
        self.assertFalse(os.path.exists(self.socket))
        self.check_complete(agent)


class Sockets(ApiCase):
    def test_only_for_root(self):
        agent = self.start_serving()
        self.assertEqual(stat.S_IMODE(os.stat(self.socket).st_mode), 0o600)
        self.check_complete(agent)
        self.assertFalse(os.path.exists(self.socket))

    def test_what_a_killed_agent_left(self):
        self.start_serving().kill()
        self.assertTrue(os.path.exists(self.socket))
        agent = self.start_serving()
        self.assertEqual(list(self.client().call('GetVersion')), ['version'])
        self.check_complete(agent)

    def refused(self, text, address):
        agent = self.start_agent('--run-dir', self.path('run'), '--server-address', address)
        ended = agent.wait_end()
        self.assertNotEqual(ended.status, 0)
        self.assertIn(text, ended.stderr)
        self.assertIn('--server-address', ended.stderr)

    def test_what_is_another_s(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(self.path('taken'))
            s.listen()
            self.refused('another program does', 'unix://' + self.path('taken'))
            self.assertTrue(os.path.exists(self.path('taken')))
        with open(self.path('file'), 'w', encoding='ascii'):
            pass
        self.refused('there is another file', 'unix://' + self.path('file'))
        self.refused('longer than', 'unix://' + self.path('x' * 108))
        self.refused('HOST:PORT or unix://PATH', 'nowhere')


class Events(ApiCase):
    def test_same_as_the_export(self):
        """Each event is what its line in the export says, field by field."""
        agent = self.start_serving('--enable-process-cred', '--enable-process-ns',
                                   '--enable-ancestors', 'base,kprobe',
                                   '--export-extended-fields')
        # Those of the test's own family: on a busy machine no reader follows all.
        stream = self.stream(request={'allow_list': [{'pid_set': [os.getpid()]}]})
        run = self.run_with(agent, ['/bin/sh', '-c', f'{trigger_path("leaf")} "\xff ä" x; exit 3'])
        stream.wait_exit(run.pid)
        told = [as_json(event) for event in stream.events]
        at = {json.dumps(e.response, sort_keys=True): i for i, e in enumerate(agent.events)}
        places = [at.get(json.dumps(event, sort_keys=True), -1) for event in told]
        # Not by comparing all: what unittest would say of a difference takes gigabytes.
        for event, place in zip(told, places):
            self.assertGreaterEqual(place, 0, event)
        self.assertEqual(places, sorted(places))
        self.assertGreaterEqual(len(told), 4)
        self.check_complete(agent)

    def test_filters(self):
        agent = self.start_serving()
        client, leaf = self.client(), self.copy_trigger('leaf')
        only = self.stream(client, {'allow_list': [{'binary_regex': [leaf]}]})
        none = self.stream(client, {'deny_list': [{'binary_regex': [leaf]}]})
        some = self.stream(client, {
            'allow_list': [{'binary_regex': [leaf], 'event_set': ['PROCESS_EXEC']}],
            'field_filters': [{'fields': 'process.pid,process.binary'}]})
        runs = [self.run_with(agent, [leaf]) for _ in range(3)]
        last = self.run_with(agent, [trigger_path('leaf')])
        none.wait_exit(last.pid)
        only.wait_exit(runs[-1].pid)
        self.assertEqual(collections.Counter(
            next(iter(as_json(e))) for e in only.events), {'process_exec': 3, 'process_exit': 3})
        for event in none.events:
            self.assertNotIn(leaf, json.dumps(as_json(event).get('process_exec', {}).get('process')))
        some.wait(lambda e: e['process_exec']['process']['pid'] == runs[-1].pid)
        self.assertEqual([as_json(e)['process_exec'] for e in some.events],
                         [{'process': {'pid': run.pid, 'binary': leaf}} for run in runs])
        self.check_complete(agent)

    def test_wrong_filters(self):
        agent = self.start_serving()
        client = self.client()
        for request, text in (
                ({'allow_list': [{}, {'binary_regex': ['(']}]}, 'allow_list[1]'),
                ({'deny_list': [{'cel_expression': ['process_exec.nothing == 1']}]},
                 'deny_list[0]'),
                ({'field_filters': [{'fields': 'process.nothing'}]}, 'field_filters[0]')):
            self.assert_refused(grpc.StatusCode.INVALID_ARGUMENT, text,
                                lambda r=request: list(client.start(EVENTS, r)))
        self.check_complete(agent)

    def test_hundred_streams(self):
        """Of some connections; all are told the same."""
        agent = self.start_serving()
        clients = [self.client() for _ in range(4)]
        streams = [self.stream(clients[i % 4], {'allow_list': [{'binary_regex': ['leaf']}]}
                               if i % 2 else None) for i in range(100)]
        leaf = self.copy_trigger('leaf')
        runs = [self.run_with(agent, [leaf]) for _ in range(5)]
        for stream in streams:
            stream.wait_exit(runs[-1].pid)
            told = [as_json(e) for e in stream.events]
            self.assertEqual(
                [e['process_exec']['process']['pid'] for e in told if 'process_exec' in e and
                 e['process_exec']['process']['binary'] == leaf], [run.pid for run in runs])
        self.check_complete(agent)

    def test_more_different_ones_than_there_may_be(self):
        agent = self.start_serving()
        clients = [self.client() for _ in range(3)]
        calls = [clients[i % 3].start(EVENTS, {'allow_list': [{'pid': [i + 1]}]}, timeout=None)
                 for i in range(256)]
        for call in calls:
            call.initial_metadata()
        self.assert_refused(grpc.StatusCode.RESOURCE_EXHAUSTED, 'in other words',
                            lambda: list(clients[0].start(EVENTS)))
        # One that is there already is no other.
        again = clients[0].start(EVENTS, {'allow_list': [{'pid': [1]}]}, timeout=None)
        again.initial_metadata()
        for call in (*calls, again):
            call.cancel()
        self.wait_until(lambda: self.is_taken(clients[0]), 'a free place')
        self.check_complete(agent)

    @staticmethod
    def is_taken(client):
        call = client.start(EVENTS)
        try:
            call.initial_metadata()
            return call.code() is None if call.done() else True
        except grpc.RpcError:
            return False
        finally:
            call.cancel()

    def test_deadline_and_cancelling(self):
        agent = self.start_serving()
        client = self.client()
        self.assert_refused(grpc.StatusCode.DEADLINE_EXCEEDED, '',
                            lambda: list(client.start(EVENTS, timeout=0.3)))
        for _ in range(200):
            call = client.start(EVENTS)
            call.initial_metadata()
            call.cancel()
        run_in_stream = self.stream(client)
        run = self.run_with(agent, [trigger_path('leaf')])
        run_in_stream.wait_exit(run.pid)
        self.check_complete(agent)

    def test_stop(self):
        """What happened until then is told, and why there is no more."""
        agent = self.start_serving()
        stream = self.stream()
        run = self.run_with(agent, [trigger_path('leaf')])
        self.check_complete(agent)
        stream.thread.join(PATIENCE)
        self.assertEqual(stream.error.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertIn(run.pid, [as_json(e).get('process_exit', {}).get('process', {}).get('pid')
                                for e in stream.events])

    def test_slow_reader(self):
        """It is told how much it has missed, and where; nobody waits for it."""
        agent = self.start_serving()
        leaf, argument = self.copy_trigger('leaf'), 'x' * 100000
        asked = {'allow_list': [{'binary_regex': [leaf]}]}
        slow = self.client().start(EVENTS, asked, timeout=None)
        slow.initial_metadata()
        quick = self.stream(None, asked)
        for _ in range(scaled(150, 80)):
            process = self.spawn([leaf, argument])
            quick.wait_exit(process.pid)
        # It has caught up when it is told; then it is told of everything again.
        told, missed = 0, 0
        for event in slow:
            event = as_json(event)
            if 'rate_limit_info' in event:
                missed = int(event['rate_limit_info']['number_of_dropped_process_events'])
                break
            told += 1
        self.assertGreater(missed, 0)
        last = self.run_with(agent, [leaf])
        for event in slow:
            if as_json(event).get('process_exit', {}).get('process', {}).get('pid') == last.pid:
                break
        slow.cancel()
        quick.wait_exit(last.pid)
        self.assertFalse([e for e in quick.events if 'rate_limit_info' in as_json(e)])
        self.assertEqual(self.check_complete(agent).ledger.streams['dropped'], missed)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Policies(ApiCase):
    def write(self, name, text):
        os.makedirs(self.path('policies'), exist_ok=True)
        with open(self.path('policies/' + name), 'w', encoding='utf-8') as f:
            f.write(text)

    def list(self, client, **request):
        return client.call('ListTracingPolicies', request).get('policies', [])

    def test_list(self):
        self.write('told.yaml', policy('told', (
            '  - call: sys_lseek\n    syscall: true\n    args: [{index: 0, type: int}]\n'
            '    selectors:\n    - {matchArgs: [{index: 0, operator: Equal, values: ["-7"]}],'
            ' label: sevens}\n'
            '    - {matchArgs: [{index: 0, operator: Equal, values: ["-8"]}],'
            ' matchActions: [{action: NoPost}]}\n')))
        self.write('wrong.yaml', policy('wrong', '  - call: sys_no_such_call\n'))
        self.write('killer.yaml', policy('killer', (
            '  - call: sys_lseek\n    syscall: true\n    args: [{index: 0, type: int}]\n'
            '    selectors:\n    - {matchArgs: [{index: 0, operator: Equal, values: ["-7"]}],'
            ' matchActions: [{action: Sigkill}]}\n')).replace(
                'spec:\n', 'spec:\n  options: [{name: policy-mode, value: monitor}]\n'))
        agent = self.start_serving('--tracing-policy', self.path('policies'))
        client = self.client()
        for number in -7, -7, -8:
            self.run_with(agent, [trigger_path('call'), 'lseek', str(number), '0', '0'])
        killer, told, wrong = sorted(self.list(client), key=lambda p: p['name'])
        self.assertEqual(len({p['id'] for p in (killer, told, wrong)}), 3)
        self.assertEqual((told['state'], told['mode'], told['enabled'], told['domain']),
                         ('TP_STATE_ENABLED', 'TP_MODE_MONITOR_ONLY', True, 'static'))
        self.assertEqual(told['hook_statuses'], [
            {'section': 'kprobes', 'state': 'STATUS_LOADED', 'hook_description': 'sys_lseek'}])
        first, second = told['stats']['selector_action_counters']
        self.assertEqual(first, {'hook': 'sys_lseek', 'hook_index': 0, 'selector_index': 0,
                                 'action_counters': {'post': '2'}, 'selector_label': 'sevens'})
        self.assertEqual((second['selector_index'], second['action_counters']),
                         (1, {'nopost': '1'}))
        self.assertEqual(told['stats']['action_counters'], {'post': '2', 'nopost': '1'})
        self.assertEqual(killer['mode'], 'TP_MODE_MONITOR')
        self.assertEqual(killer['stats']['action_counters'], {'post': '2', 'monitor_signal': '2'})
        self.assertEqual(wrong['state'], 'TP_STATE_LOAD_ERROR')
        self.assertIn('sys_no_such_call', wrong['error'])
        self.assertNotIn('stats', wrong)
        self.assertEqual(len(self.list(client, domain='static')), 3)
        self.assertEqual(self.list(client, domain='grpc'), [])
        self.assertEqual(client.call('ListDomains'), {'domains': ['grpc', 'static']})
        self.check_end(agent)

    def test_while_policies_are_loaded(self):
        """The answer is of those that there are then."""
        agent = self.start_serving('--tracing-policy', self.path('policies'))
        client = self.client()
        self.write('many.yaml', many_hooks('many', scaled(300, 100)))
        since = agent.lines_of_log
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_log('reading the policies', since)
        # Of these the first is given up.
        with self.assertRaises(grpc.RpcError):
            client.call('ListTracingPolicies', timeout=0.001)
        many, = self.list(client)
        self.assertEqual((many['name'], many['state']), ('many', 'TP_STATE_ENABLED'))
        agent.process.send_signal(signal.SIGHUP)
        self.check_complete(agent)


# --- clients that are none

# Freed memory is not used again by a sanitized agent.
GROWTH = (64 if is_sanitized() else 8) << 20

PREFACE = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
DATA, HEADERS, RST_STREAM, SETTINGS, PING, CONTINUATION = 0, 1, 3, 4, 6, 9
END_STREAM, END_HEADERS = 1, 4


def frame(kind, flags=0, stream=0, payload=b''):
    return (len(payload).to_bytes(3, 'big') + bytes([kind, flags]) + stream.to_bytes(4, 'big') +
            payload)


def literal(name, value):
    """A header that nobody has to remember (RFC 7541, 6.2.2)."""
    return b'\0' + bytes([len(name)]) + name + bytes([len(value)]) + value


CALL = b''.join(literal(name, value) for name, value in (
    (b':method', b'POST'), (b':scheme', b'http'), (b':authority', b'x'),
    (b':path', b'/tetragon.FineGuidanceSensors/GetEvents'),
    (b'content-type', b'application/grpc')))


class Rude(ApiCase):
    """Whatever they send, the agent neither ends nor grows, and serves the others."""

    def connect(self):
        s = socket.socket(socket.AF_UNIX)
        self.addCleanup(s.close)
        s.connect(self.socket)
        s.settimeout(PATIENCE)
        return s

    def pour(self, pieces):
        """Sends until the server has had enough. Returns whether it had."""
        s = self.connect()
        try:
            s.sendall(PREFACE + frame(SETTINGS))
            for piece in pieces:
                s.sendall(piece)
            s.shutdown(socket.SHUT_WR)
            while s.recv(1 << 16):
                pass
        except (BrokenPipeError, ConnectionResetError):
            return True
        return False

    def check(self, pieces):
        agent = self.start_serving()
        self.client().call('GetVersion')
        before = agent.memory('VmRSS')
        self.pour(pieces)
        self.assertEqual(list(self.client().call('GetVersion')), ['version'])
        self.assertLess(agent.memory('VmRSS') - before, GROWTH)
        self.check_complete(agent)

    N = scaled(20000, 5000)

    def test_rapid_reset(self):
        self.check(frame(HEADERS, END_HEADERS, 2 * i + 1, CALL) +
                   frame(RST_STREAM, 0, 2 * i + 1, b'\0\0\0\x08') for i in range(self.N))

    def test_calls_without_end(self):
        self.check(frame(HEADERS, END_HEADERS, 2 * i + 1, CALL) for i in range(self.N))

    def test_streams_that_nobody_reads(self):
        request = frame(DATA, END_STREAM, 0, b'\0\0\0\0\0')
        self.check(frame(HEADERS, END_HEADERS, 2 * i + 1, CALL) +
                   request[:5] + (2 * i + 1).to_bytes(4, 'big') + request[9:]
                   for i in range(self.N))

    def test_continuation(self):
        self.check([frame(HEADERS, 0, 1, CALL),
                    *(frame(CONTINUATION, 0, 1, literal(b'x', b'y' * 100) * 100)
                      for _ in range(self.N // 10))])

    def test_settings(self):
        self.check(frame(SETTINGS) * 100 for _ in range(self.N // 10))

    def test_pings(self):
        self.check(frame(PING, 0, 0, b'12345678') * 100 for _ in range(self.N // 10))

    def test_empty_data(self):
        self.check([frame(HEADERS, END_HEADERS, 1, CALL),
                    *(frame(DATA, 0, 1) * 1000 for _ in range(self.N // 10))])

    def test_requests_that_do_not_end(self):
        piece = frame(DATA, 0, 1, bytes(16384))
        self.check(frame(HEADERS, END_HEADERS, 2 * i + 1, CALL) +
                   piece[:5] + (2 * i + 1).to_bytes(4, 'big') + piece[9:] for i in range(200))

    def test_no_http(self):
        self.check([b'GET / HTTP/1.1\r\n\r\n' * 1000])

    def test_plain_http(self):
        """Other methods and types of content have answers of HTTP."""
        agent = self.start_serving()
        s = self.connect()
        s.sendall(PREFACE + frame(SETTINGS) +
                  frame(HEADERS, END_HEADERS | END_STREAM, 1, CALL.replace(b'\4POST', b'\3GET')) +
                  frame(HEADERS, END_HEADERS | END_STREAM, 3, CALL.replace(b'\x10application/grpc',
                                                                         b'\x09text/html')))
        answer = b''
        while answer.count(b'4') < 2 and (more := s.recv(1 << 16)):
            answer += more
        self.check_complete(agent)

    def test_more_connections_than_there_may_be(self):
        agent = self.start_serving()
        client = self.client()
        client.call('GetVersion')
        connections = [self.connect() for _ in range(300)]
        closed = 0
        for s in connections:
            try:
                s.sendall(PREFACE + frame(SETTINGS))
                closed += not s.recv(1)
            except (BrokenPipeError, ConnectionResetError):
                closed += 1
        self.assertEqual(closed, 300 - 255)
        self.assertEqual(list(client.call('GetVersion')), ['version'])
        self.check_complete(agent)
