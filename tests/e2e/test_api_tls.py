# SPDX-License-Identifier: Apache-2.0
"""The API by TCP with TLS: who is served, by which certificates."""

import os
import shutil
import socket
import ssl
import subprocess
import threading
import unittest

from agent import PATIENCE
from case import scaled, trigger_path
from certificates import Authority
from test_api import MISSING, ApiCase, free_address

if not MISSING:
    import grpc

SERVER = 'DNS:localhost', 'IP:127.0.0.1'


def fetch_certificate(address):
    """What the server shows of itself: DER."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(['h2'])
    host, port = address.split(':')
    with socket.create_connection((host, int(port)), PATIENCE) as s:
        with context.wrap_socket(s) as tls:
            return tls.getpeercert(True)


@unittest.skipUnless(shutil.which('openssl'), 'there is no openssl to make certificates with')
class TlsCase(ApiCase):
    def setUp(self):
        super().setUp()
        self.address = free_address()
        self.ours = Authority(self.path('ours'))
        self.server = self.ours.sign('server', *SERVER)

    def options(self, *args):
        return ('--server-address', self.address, '--server-tls-cert-file', self.server.cert,
                '--server-tls-key-file', self.server.key, *args)

    def start_with_tls(self, *args):
        # What there is to see is told to clients; whatever else goes on here is not to be read.
        return self.start_serving(*self.options(*args), stdout=False)

    def own_stream(self, client):
        """Of the events of a program of its own."""
        leaf = self.copy_trigger('leaf')
        stream = self.stream(client, {'allow_list': [{'binary_regex': [leaf]}]})
        stream.leaf = leaf
        return stream

    def run_in(self, stream, *args):
        """Returns the event of its end."""
        process = self.spawn([stream.leaf, *args])
        process.wait(PATIENCE)
        return stream.wait_exit(process.pid)

    def refused(self, text, *args):
        ended = self.start_agent('--run-dir', self.path('run'), *args).wait_end()
        self.assertNotEqual(ended.status, 0)
        self.assertIn(text, ended.stderr)

    def start_with_mtls(self, *args):
        return self.start_with_tls('--server-tls-require-client-cert',
                                   '--server-tls-client-ca-files', self.ours.cert, *args)

    def secure_client(self, certificate=None, authority=None, **options):
        key, cert = certificate.read() if certificate else (None, None)
        root = (authority or self.ours).read()[1]
        return self.client(self.address,
                           credentials=grpc.ssl_channel_credentials(root, key, cert), **options)

    def assert_served(self, client):
        self.assertEqual(list(client.call('GetVersion')), ['version'])

    def assert_unserved(self, client):
        self.assert_refused(grpc.StatusCode.UNAVAILABLE, '', client.call, 'GetVersion')

    def is_greeted(self, **more):
        """Whether a client that differs from a good one in this gets as far as HTTP."""
        context = ssl.create_default_context(cafile=self.ours.cert)
        context.set_alpn_protocols(more.get('protocols', ['h2']))
        context.set_ciphers(more.get('ciphers', 'DEFAULT'))
        if 'version' in more:
            context.minimum_version, context.maximum_version = 2 * (more['version'],)
        host, port = self.address.split(':')
        with socket.create_connection((host, int(port)), PATIENCE) as s:
            try:
                with context.wrap_socket(s, server_hostname='localhost') as tls:
                    tls.sendall(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + bytes(3) + b'\4' + bytes(5))
                    return tls.recv(9) != b''
            except (ssl.SSLError, ConnectionError):
                return False


class Tls(TlsCase):
    def test_calls_and_events(self):
        agent = self.start_with_tls()
        client = self.secure_client()
        self.assert_served(client)
        stream = self.own_stream(client)
        told = self.run_in(stream, 'x' * 100000)
        self.assertEqual(told['process_exit']['process']['arguments'], 'x' * 100000)
        self.assert_served(self.client())
        self.assert_unserved(self.client(self.address))
        self.assert_unserved(self.secure_client(authority=Authority(self.path('another'))))
        self.check_complete(agent)
        stream.thread.join(PATIENCE)
        self.assertEqual(stream.error.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertIn('the agent stops', stream.error.details())

    def test_openssl_is_loaded_when_needed(self):
        for args, loaded in ((), False), (self.options(), True):
            agent = self.start_serving(*args)
            with open(f'/proc/{agent.pid}/maps', encoding='utf-8') as f:
                self.assertEqual('/libcrypto.so' in f.read(), loaded)
            self.check_complete(agent)

    def test_what_is_agreed_upon(self):
        agent = self.start_with_tls()
        for more in ({}, {'version': ssl.TLSVersion.TLSv1_2}, {'version': ssl.TLSVersion.TLSv1_3},
                     {'version': ssl.TLSVersion.TLSv1_2, 'ciphers': 'ECDHE+CHACHA20'}):
            with self.subTest(good=more):
                self.assertTrue(self.is_greeted(**more))
        for more in ({'version': ssl.TLSVersion.TLSv1_1, 'ciphers': 'ALL:@SECLEVEL=0'},
                     {'version': ssl.TLSVersion.TLSv1_2, 'ciphers': 'ECDHE+AES+SHA256'},
                     {'protocols': ['http/1.1']}, {'protocols': []}):
            with self.subTest(bad=more):
                self.assertFalse(self.is_greeted(**more))
        self.check_complete(agent)

    def test_wrong_files(self):
        def start_with(cert, key):
            return ('--server-address', self.address, '--server-tls-cert-file', cert,
                    '--server-tls-key-file', key)

        locked = self.path('locked.key')
        subprocess.run(['openssl', 'pkey', '-in', self.server.key, '-aes128', '-passout',
                        'pass:secret', '-out', locked], check=True)
        good = self.server
        for text, cert, key in (
                ('cannot read the certificate in', self.path('none'), good.key),
                ('No such file', good.cert, self.path('none')),
                ('no start line', good.key, good.key),
                ('cannot read the key in', good.cert, good.cert),
                ('is not that of the certificate in', good.cert, self.ours.key),
                ('has a passphrase', good.cert, locked)):
            with self.subTest(text):
                self.refused(text, *start_with(cert, key))
        self.refused("clients' authorities in", *self.options(
            '--server-tls-require-client-cert', '--server-tls-client-ca-files', good.key))


class MutualTls(TlsCase):
    def test_who_is_served(self):
        agent = self.start_with_mtls()
        self.assert_served(self.secure_client(self.ours.sign('client')))
        another = Authority(self.path('another'))
        for bad in (None, another.sign('client'), self.ours.sign('late', days=-1),
                    self.ours.sign('no-client', usage='serverAuth')):
            with self.subTest(bad and bad.cert):
                self.assert_unserved(self.secure_client(bad))
        self.assert_served(self.client())
        self.check_complete(agent)

    def test_who_was_revoked(self):
        agent = self.start_with_mtls('--server-tls-client-crl-files', self.ours.revoke())
        good, bad = self.ours.sign('good'), self.ours.sign('bad')
        there = self.secure_client(bad)
        self.assert_served(there)
        stream = self.own_stream(there)
        since = agent.lines_of_log
        self.ours.revoke(bad)
        agent.wait_log('new clients get', since)
        self.assert_unserved(self.secure_client(bad))
        self.assert_served(self.secure_client(good))
        # Who was there before is not disturbed.
        self.run_in(stream)
        self.check_complete(agent)
        self.refused('lists of revoked certificates in', *self.options(
            '--server-tls-require-client-cert', '--server-tls-client-ca-files', self.ours.cert,
            '--server-tls-client-crl-files', self.ours.cert))

    def may_change(self, client):
        """Whether it may call what is for admins. That says that it is deprecated."""
        with self.assertRaises(grpc.RpcError) as raised:
            client.call('EnableSensor')
        if raised.exception.code() == grpc.StatusCode.UNKNOWN:
            return True
        self.assertEqual(raised.exception.code(), grpc.StatusCode.PERMISSION_DENIED)
        self.assertIn('EnableSensor is for admins: ', raised.exception.details())
        self.assertIn('--server-tls-admins', raised.exception.details())
        return False

    def test_names(self):
        names = 'by-name', 'spiffe://here/agent', 'dns.here', 'a@here'
        agent = self.start_with_mtls('--server-tls-admins', ','.join(names))
        for i, (admin, args) in enumerate((
                (True, ['by-name']), (True, ['x', 'URI:spiffe://here/agent']),
                (True, ['x', 'DNS:other', 'DNS:dns.here']), (True, ['x', 'email:a@here']),
                (False, ['by-name-too']), (False, ['x', 'DNS:sub.dns.here']),
                (False, ['x', 'URI:spiffe://here/agent/x']), (False, ['*']),
                (False, ['x', 'DNS:*.here']))):
            with self.subTest(args):
                certificate = self.ours.sign(*args)
                client = self.secure_client(certificate)
                self.assertEqual(self.may_change(client), admin)
                self.assert_served(client)
        told = [line for line in agent.log().splitlines() if 'refused' in line]
        for name in '/CN=by-name-too', 'sub.dns.here', 'spiffe://here/agent/x':
            self.assertTrue([line for line in told if f', certificate {name}"' in line], told)
        self.check_complete(agent)

    def test_all_are_admins_when_asked_for(self):
        agent = self.start_with_mtls('--server-tcp-role', 'admin')
        self.assertTrue(self.may_change(self.secure_client(self.ours.sign('client'))))
        self.check_complete(agent)


class Reload(TlsCase):
    """What the server shows changes with its files, and nobody is disturbed."""

    def setUp(self):
        super().setUp()
        os.mkdir(self.path('live'))
        self.first = self.server
        self.second = self.ours.sign('second', *SERVER)
        self.server = type(self.first)(self.path('live/tls'))

    def place(self, certificate):
        shutil.copy(certificate.key, self.server.key)
        shutil.copy(certificate.cert, self.server.cert)

    def place_by_rename(self, certificate):
        for name in 'key', 'cert':
            new = self.path('live/new')
            shutil.copy(getattr(certificate, name), new)
            os.rename(new, getattr(self.server, name))

    def place_by_link(self, certificate):
        """As Kubernetes does it with what a volume projects."""
        real = self.path(f'live/..{os.path.basename(certificate.cert)}')
        os.mkdir(real)
        shutil.copy(certificate.key, real + '/tls.key')
        shutil.copy(certificate.cert, real + '/tls.crt')
        os.symlink(os.path.basename(real), self.path('live/..new'))
        os.rename(self.path('live/..new'), self.path('live/..data'))

    def wait_shown(self, certificate):
        with open(certificate.cert, encoding='ascii') as f:
            wanted = ssl.PEM_cert_to_DER_cert(f.read())
        self.wait_until(lambda: fetch_certificate(self.address) == wanted, 'the certificate')

    def check(self, place):
        agent = self.start_with_tls()
        self.wait_shown(self.first)
        client = self.secure_client()
        stream = self.own_stream(client)
        place(self.second)
        self.wait_shown(self.second)
        self.run_in(stream)
        self.assert_served(client)
        self.assert_served(self.secure_client())
        self.assertIn('new clients get the certificate', agent.log())
        self.check_complete(agent)

    def test_by_writing(self):
        self.place(self.first)
        self.check(self.place)

    def test_by_rename(self):
        self.place(self.first)
        self.check(self.place_by_rename)

    def test_by_link(self):
        for name in 'crt', 'key':
            os.symlink('..data/tls.' + name, self.path('live/tls.' + name))
        self.place_by_link(self.first)
        self.check(self.place_by_link)

    def test_broken_ones(self):
        self.place(self.first)
        agent = self.start_with_tls()
        client = self.secure_client()
        stream = self.own_stream(client)
        since = agent.lines_of_log
        with open(self.server.cert, 'w', encoding='ascii') as f:
            f.write('-----BEGIN CERTIFICATE-----\n')
        agent.wait_log('are used further', since)
        self.wait_shown(self.first)
        since = agent.lines_of_log
        shutil.copy(self.second.cert, self.server.cert)
        line = agent.wait_log('is not that of the certificate', since)
        self.wait_shown(self.first)
        self.assert_served(self.secure_client())
        self.place(self.second)
        self.wait_shown(self.second)
        self.run_in(stream)
        self.check_complete(agent)
        self.assertEqual(agent.log().count('are used further'), 2, line)


class Load(TlsCase):
    def check(self, clients):
        """A hundred streams in other words each; each is told of its own and of nothing else."""
        streams = []
        for i in range(100):
            request = {'allow_list': [{'arguments_regex': [f'^number-{i}-x$'],
                                       'event_set': ['PROCESS_EXEC']}]}
            streams.append(self.stream(clients[i % len(clients)], request))
        for i in range(100):
            subprocess.run([trigger_path('leaf'), f'number-{i}-x'], check=True)
        for i, stream in enumerate(streams):
            event = stream.wait(lambda e: True)
            self.assertEqual(event['process_exec']['process']['arguments'], f'number-{i}-x')
        for stream in streams:
            self.assertEqual(len(stream.events), 1)
            stream.call.cancel()

    def test_by_socket(self):
        agent = self.start_serving(stdout=False)
        self.check([self.client() for _ in range(10)])
        self.check_complete(agent)

    def test_by_tls(self):
        agent = self.start_with_tls()
        self.check([self.secure_client() for _ in range(10)])
        self.check_complete(agent)

    def test_by_mutual_tls(self):
        agent = self.start_with_mtls()
        certificate = self.ours.sign('client')
        self.check([self.secure_client(certificate) for _ in range(10)])
        self.check_complete(agent)

    def test_many_handshakes_at_once(self):
        """More than are done in a second, where the machine can; all are served."""
        agent = self.start_with_tls()
        n = scaled(210, 20)
        done = []

        def ask():
            done.append(self.is_greeted())

        threads = [threading.Thread(target=ask) for _ in range(n)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        self.assertEqual(done, [True] * n)
        self.check_complete(agent)
