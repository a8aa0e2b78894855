# SPDX-License-Identifier: Apache-2.0
"""Clients that mean harm, in numbers and by each way in: what they cost has limits, and the others
are served meanwhile."""

import os
import select
import socket
import ssl
import struct
import threading
import time
import unittest

from agent import PATIENCE, SLOWNESS
from case import is_sanitized, scaled
from test_api import (ApiCase, CALL, CONTINUATION, DATA, END_HEADERS, END_STREAM, EVENTS, HEADERS, MISSING,
                      PING, PREFACE, RST_STREAM, SETTINGS, frame, literal)
from test_api_tls import TlsCase
from test_policies import hook, policy, recent_enough

if not MISSING:
    import grpc
    from client import as_json

PRIORITY, WINDOW_UPDATE = 2, 8
REQUEST = b'\0\0\0\0\0'
ATTACKERS = 4
# What TLS has in memory, once, and what connections may. A sanitized agent keeps what it has freed.
ALLOWED = (400 if is_sanitized() else 12) << 20

# For those who do not read, where much goes on.
HELD_BACK = 64 << 20


def setting(number, value):
    return number.to_bytes(2, 'big') + value.to_bytes(4, 'big')


def streams():
    return range(1, 2 * scaled(20000, 5000), 2)


def rapid_reset():
    for stream in streams():
        yield frame(HEADERS, END_HEADERS, stream, CALL) + frame(RST_STREAM, 0, stream,
                                                                b'\0\0\0\x08')


def settings():
    for _ in streams():
        yield 10 * frame(SETTINGS, 0, 0, setting(1, 0) + setting(4, 1))


def pings():
    for _ in streams():
        yield 10 * frame(PING, 0, 0, bytes(8))


def priorities():
    for stream in streams():
        yield 10 * frame(PRIORITY, 0, stream, bytes(4) + b'\1')


def empty_data():
    yield frame(HEADERS, END_HEADERS, 1, CALL)
    for _ in streams():
        yield 10 * frame(DATA, 0, 1)


def continuation():
    yield frame(HEADERS, 0, 1, CALL)
    for _ in streams():
        yield frame(CONTINUATION, 0, 1, literal(b'x', b'y' * 100) * 10)


def many_headers():
    """A large header, kept in the table, that is one byte from then on."""
    large = b'\x40\1x\x7f\xb1\x1d' + 3888 * b'y'
    yield frame(HEADERS, END_HEADERS, 1, CALL + large)
    for stream in range(3, 2003, 2):
        yield frame(HEADERS, END_HEADERS, stream, CALL + 12000 * b'\xbe')


def window_of_one():
    """Streams that take what they get byte by byte."""
    yield frame(SETTINGS, 0, 0, setting(4, 1))
    for stream in range(1, 200, 2):
        yield (frame(HEADERS, END_HEADERS, stream, CALL) +
               frame(DATA, END_STREAM, stream, REQUEST))
    for i in streams():
        yield frame(WINDOW_UPDATE, 0, 1 + 2 * (i // 2 % 100), b'\0\0\0\1')


def closed_windows():
    """Streams that never take anything, and ask for all there is."""
    yield frame(SETTINGS, 0, 0, setting(4, 0))
    for stream in streams():
        yield (frame(HEADERS, END_HEADERS, stream, CALL) +
               frame(DATA, END_STREAM, stream, REQUEST))


def long_answers():
    """Calls with one answer, of a megabyte, that nobody takes."""
    request = b'\x80\xb5\x18\1'  # extended: true
    call = CALL.replace(*(literal(b':path', b'/tetragon.FineGuidanceSensors/' + name)
                          for name in (b'GetEvents', b'ListTracingPolicies')))
    yield frame(SETTINGS, 0, 0, setting(4, 0))
    for stream in range(1, 400, 2):
        yield (frame(HEADERS, END_HEADERS, stream, call) +
               frame(DATA, END_STREAM, stream, b'\0' + struct.pack('>I', len(request)) + request))


def unknown_frames():
    for _ in streams():
        yield 100 * frame(0xfa)


def garbage():
    for i in streams():
        yield struct.pack('>QQ', i * 0x9e3779b97f4a7c15 % (1 << 64), i)


class Costly(ApiCase):
    """Who may only read has expressions evaluated for each event."""

    def setUp(self):
        super().setUp()
        self.leaf = self.copy_trigger('leaf')
        words = "process_exec.process.arguments.split(' ')"
        self.endless = ''.join(f'{words}.all({v}, ' for v in 'abcde') + 'true' + 5 * ')'

    def cpu(self, agent):
        with open(f'/proc/{agent.pid}/stat', encoding='utf-8') as f:
            fields = f.read().rpartition(')')[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf('SC_CLK_TCK')

    def run_leaf(self, fair):
        """Something that takes all steps that there may be."""
        process = self.spawn([self.leaf, *20 * 'a'])
        process.wait(PATIENCE)
        return fair.wait_exit(process.pid)

    def check_costs(self, expressions):
        agent = self.start_serving()
        fair = self.stream(self.client(), {'allow_list': [{'binary_regex': [self.leaf]}]})
        costly = [self.stream(self.client(), {'allow_list': [
            {'event_set': ['PROCESS_EXEC'], 'cel_expression': expressions + [f'{i} == -1']}]})
                  for i in range(4)]
        began, before = time.monotonic(), self.cpu(agent)
        for _ in range(30):
            self.run_leaf(fair)
        # Each event in which nothing is missing comes when there is time again.
        for stream in costly:
            stream.wait(lambda e: 'rate_limit_info' in e)
            stream.end()
        took, passed = self.cpu(agent) - before, time.monotonic() - began
        # Two fifths of a CPU, what one event may take beyond that, and what all else takes.
        self.assertLess(took, 0.5 * passed + (20 if is_sanitized() else 2 * SLOWNESS))
        self.assertFalse([e for e in fair.events if as_json(e).get('rate_limit_info')])
        self.check_end(agent)

    def test_few_that_take_all_steps(self):
        self.check_costs([self.endless] * 10)

    def test_as_many_as_there_may_be(self):
        self.check_costs([self.endless] * 1000)


class Hostile(TlsCase):
    def connect(self, way):
        if way == 'unix':
            s = socket.socket(socket.AF_UNIX)
            s.connect(self.socket)
            s.settimeout(0.2)
            return s
        host, port = self.address.split(':')
        s = socket.create_connection((host, int(port)), PATIENCE)
        context = ssl.create_default_context(cafile=self.ours.cert)
        context.set_alpn_protocols(['h2'])
        s = context.wrap_socket(s, server_hostname='localhost')
        s.settimeout(0.2)
        return s

    def attack(self, way, pieces, until):
        """Again and again, with what comes back read or not."""
        reads = False
        while not until.is_set():
            reads = not reads
            try:
                with self.connect(way) as s:
                    s.sendall(PREFACE + frame(SETTINGS))
                    for i, piece in enumerate(pieces()):
                        if until.is_set():
                            return
                        s.sendall(piece)
                        if reads and i % 50 == 0 and select.select([s], [], [], 0)[0]:
                            s.recv(1 << 16)
            except OSError:
                # It was thrown out, or is not read from for a while.
                until.wait(0.02)

    def check(self, pieces, allowed=ALLOWED, *args):
        agent = self.start_with_tls(*args)
        client = self.client()
        stream = self.own_stream(client)
        secure = self.secure_client()
        self.assert_served(secure)
        before = agent.memory('VmRSS')
        until = threading.Event()
        threads = [threading.Thread(target=self.attack, args=(way, pieces, until), daemon=True)
                   for way in ('unix', 'tls') for _ in range(ATTACKERS // 2)]
        for thread in threads:
            thread.start()
        try:
            most = 0
            for _ in range(10):
                self.run_in(stream)
                for other in client, secure:
                    self.assert_served(other)
                most = max(most, agent.memory('VmRSS'))
                until.wait(0.05)
        finally:
            until.set()
            for thread in threads:
                thread.join(PATIENCE)
        self.assertLess(most - before, allowed)
        # Who is new is served, too.
        self.assert_served(self.client())
        self.check_complete(agent)

    def test_connections_that_say_nothing(self):
        """By TCP as many as there may be: there is room by the socket."""
        agent = self.start_with_tls()
        before = agent.memory('VmRSS')
        host, port = self.address.split(':')
        held = [socket.create_connection((host, int(port)), PATIENCE) for _ in range(300)]
        for s in held:
            self.addCleanup(s.close)
            try:
                # A ClientHello of some length begins.
                s.sendall(b'\x16\3\1\x40\0\1\0\x3f\xfc\3\3' + bytes(10000))
            except ConnectionError:
                pass
        self.assert_served(self.client())
        self.assert_unserved(self.secure_client())
        self.assertLess(agent.memory('VmRSS') - before, ALLOWED + 300 * (32 << 10))
        for s in held:
            s.close()
        self.wait_until(lambda: self.is_served(self.secure_client()), 'room')
        self.check_complete(agent)

    def is_served(self, client):
        try:
            self.assert_served(client)
            return True
        except Exception:  # pylint: disable=broad-except
            return False

    def test_streams_in_many_words(self):
        """By TCP as many as there may be: there is room by the socket."""
        agent = self.start_with_tls()
        clients = [self.secure_client() for _ in range(3)]
        calls = [clients[i % 3].start(EVENTS, {'allow_list': [{'pid': [i + 1]}]}, timeout=None)
                 for i in range(224)]
        for call in calls:
            call.initial_metadata()
        self.assert_refused(grpc.StatusCode.RESOURCE_EXHAUSTED, 'in other words',
                            lambda: list(clients[0].start(EVENTS)))
        self.run_in(self.own_stream(self.client()))
        for call in calls:
            call.cancel()
        self.check_complete(agent)

    def test_connections_that_break(self):
        """In the middle of streams, without a word."""
        agent = self.start_with_tls()
        client = self.client()
        stream = self.own_stream(client)
        for i in range(100):
            s = self.connect('unix' if i % 2 else 'tls')
            s.settimeout(PATIENCE)
            s.sendall(PREFACE + frame(SETTINGS) + frame(HEADERS, END_HEADERS, 1, CALL) +
                      frame(DATA, END_STREAM, 1, REQUEST))
            s.recv(100)
            if not i % 2:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            socket.socket.close(s)
        self.run_in(stream)
        self.assert_served(self.secure_client())
        self.check_complete(agent)


    def test_window_of_one(self):
        self.check(window_of_one, ALLOWED + HELD_BACK)

    def test_closed_windows(self):
        self.check(closed_windows, ALLOWED + HELD_BACK)

    @unittest.skipUnless(recent_enough(), 'policies need Linux 5.13 (docs/kernels.md)')
    def test_long_answers(self):
        with open(self.path('long.yaml'), 'w', encoding='utf-8') as f:
            f.write(f'# {"x" * (1 << 20)}\n' + policy('long', hook('sys_getpriority')))
        # One more may be under way.
        self.check(long_answers, ALLOWED + HELD_BACK + (4 << 20), '--tracing-policy',
                   self.path('long.yaml'))


for _attack in (rapid_reset, settings, pings, priorities, empty_data, continuation, many_headers,
                unknown_frames, garbage):
    setattr(Hostile, f'test_{_attack.__name__}', lambda self, a=_attack: self.check(a))
