# SPDX-License-Identifier: Apache-2.0
"""ocelli by TLS: with a server of somebody else, and with ocellid."""

import json
import shutil
import unittest

from certificates import Authority
from remote_case import OK, UNREACHABLE, USAGE, RemoteCase, event, grpc

SERVER = 'DNS:localhost', 'IP:127.0.0.1'


@unittest.skipUnless(shutil.which('openssl'), 'there is no openssl to make certificates with')
class Tls(RemoteCase):
    def setUp(self):
        super().setUp()
        self.ours = Authority(self.path('ours'))
        self.client = self.ours.sign('client')

    def serve(self, certificate, with_clients=False, **answers):
        credentials = grpc.ssl_server_credentials(
            [certificate.read()], self.ours.read()[1] if with_clients else None, with_clients)
        agent = self.fake('127.0.0.1:0', credentials, **answers or {
            'GetVersion': lambda *_: {'version': 'v9'}})
        self.address = f'127.0.0.1:{agent.port}'
        return agent

    def version(self, *args, status=OK):
        output, errors = self.ocelli('version', '-s', '-o', 'json', '--retries=0', *args,
                                     status=status)
        if status == OK:
            self.assertEqual(json.loads(output)['server_version'], 'v9')
        return errors

    def test_who_vouches(self):
        self.serve(self.ours.sign('server', *SERVER))
        another = Authority(self.path('another'))
        self.version('--tls-ca-cert-files', self.ours.cert)
        self.version('--tls-ca-cert-files', f'{another.cert},{self.ours.cert}')
        self.version('--tls-skip-verify')
        errors = self.version('--tls-ca-cert-files', another.cert, status=UNREACHABLE)
        self.assertIn('is not who it has to be: ', errors)
        self.assertIn('(--tls-ca-cert-files names who vouches for it', errors)
        # The system's authorities do not know it.
        errors = self.version('--tls-server-name', 'localhost', status=UNREACHABLE)
        self.assertIn('is not who it has to be', errors)

    def test_names(self):
        agent = self.serve(self.ours.sign('server', 'DNS:there.example'))
        with_ca = ['--tls-ca-cert-files', self.ours.cert]
        errors = self.version(*with_ca, status=UNREACHABLE)
        self.assertIn('IP address mismatch', errors)
        self.version(*with_ca, '--tls-server-name', 'there.example')
        self.address = f'localhost:{agent.port}'
        errors = self.version(*with_ca, status=UNREACHABLE)
        self.assertIn('hostname mismatch', errors)
        self.version('--tls-skip-verify')

    def test_old_certificate(self):
        self.serve(self.ours.sign('server', *SERVER, days=-1))
        errors = self.version('--tls-ca-cert-files', self.ours.cert, status=UNREACHABLE)
        self.assertIn('certificate has expired', errors)

    def test_who_we_are(self):
        self.serve(self.ours.sign('server', *SERVER), with_clients=True)
        with_ca = ['--tls-ca-cert-files', self.ours.cert]
        self.version(*with_ca, '--tls-cert-file', self.client.cert, '--tls-key-file',
                     self.client.key)
        # In TLS 1.3 the server says no when the client has gone on.
        output, errors = self.ocelli('version', '-s', '--retries=0', *with_ca, status=None)
        self.assertNotIn('v9', output)
        self.assertIn(self.address, errors)

    def test_plain_and_secure(self):
        """Who speaks the one does not understand the other, and is told so."""
        self.serve(self.ours.sign('server', *SERVER))
        _, errors = self.ocelli('version', '-s', '--retries=0', status=None)
        self.assertTrue('does not speak gRPC' in errors or 'closed the connection' in errors,
                        errors)
        plain = self.fake('127.0.0.1:0', GetVersion=lambda *_: {'version': 'v9'})
        self.address = f'127.0.0.1:{plain.port}'
        errors = self.version('--tls-skip-verify', status=UNREACHABLE)
        self.assertIn('does not speak TLS with us', errors)

    def test_mistakes(self):
        self.serve(self.ours.sign('server', *SERVER))
        for args, told in (
                (['--tls-cert-file', self.client.cert], 'one is missing'),
                (['--tls-skip-verify', '--tls-ca-cert-files', self.ours.cert], 'contradict'),
                (['--tls-ca-cert-files', '/nowhere/x'], 'authorities in /nowhere/x'),
                (['--tls-cert-file', self.client.key, '--tls-key-file', self.client.key],
                 'cannot use the certificate in'),
                (['--tls-cert-file', self.client.cert, '--tls-key-file', self.ours.key],
                 'cannot use the key in')):
            with self.subTest(told):
                self.assertIn(told, self.version(*args, status=USAGE))
        self.address = 'unix://' + self.path('socket')
        self.assertIn('has no TLS', self.version('--tls-skip-verify', status=USAGE))

    def test_stream(self):
        """Records of TLS are not messages: none waits for the next."""
        big = event(1)
        big['process_exec']['process']['arguments'] = 'x' * (1 << 20)
        wanted = [big] + [event(i) for i in range(2, 3000)] + [big]
        self.serve(self.ours.sign('server', *SERVER), GetEvents=lambda *_: wanted)
        output, errors = self.ocelli('getevents', '--tls-ca-cert-files', self.ours.cert)
        self.assertEqual(errors, '')
        self.assertEqual([json.loads(line) for line in output.splitlines()], wanted)

    def test_real(self):
        server = self.ours.sign('server', *SERVER)
        port = self.free_port()
        agent = self.start_agent(
            '--run-dir', self.path('run'), '--server-address', f'127.0.0.1:{port}',
            '--server-tls-cert-file', server.cert, '--server-tls-key-file', server.key)
        agent.wait_ready()
        self.address = f'localhost:{port}'
        output, _ = self.ocelli('status', '-o', 'json', '--tls-ca-cert-files', self.ours.cert)
        self.assertTrue(json.loads(output)['well'])
        self.check_complete(agent)


if __name__ == '__main__':
    unittest.main()
