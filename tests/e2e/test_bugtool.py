# SPDX-License-Identifier: Apache-2.0
"""ocelli bugtool: what is in the archive, and what is not."""

import base64
import gzip
import json
import os
import stat
import tarfile
import unittest

from remote_case import FAILED, USAGE, RemoteCase

TOP = 'ocelli-bugtool/'


class Bugtool(RemoteCase):
    def bugtool(self, *args, **more):
        """Returns what is in it, by name, and what was printed."""
        path = self.path('x.tar.gz')
        output, errors = self.ocelli('bugtool', '-o', path, *args, **more)
        self.assertEqual(errors, '')
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with tarfile.open(path) as tar:
            return {m.name.removeprefix(TOP): tar.extractfile(m).read()
                    for m in tar.getmembers()}, output

    def test_real(self):
        agent = self.start_agent('--run-dir', self.path('run')).wait_ready()
        self.address = f'unix://{self.path("run/ocelli.sock")}'
        files, output = self.bugtool()
        self.assertIn(agent.args[0].encode(), files['agent/cmdline'])
        self.assertIn(b'Name:\tocellid', files['agent/status'])
        self.assertIn(b'prog_id', files['agent/bpf'])
        health = json.loads(files['agent/health.json'])
        self.assertEqual(health['health_status'][0]['details'], 'running')
        self.assertIn('exec', [line.get('name') for line in health['ledger']])
        self.assertTrue(json.loads(files['host/doctor.json'])['well'])
        self.assertIn(os.uname().release.encode(), files['host/version'])
        if 'host/config.gz' in files:
            self.assertIn(b'CONFIG_BPF=y', gzip.decompress(files['host/config.gz']))
        # All that is in it is told, in it and by the command.
        for name in files:
            self.assertIn(name.encode(), files['MANIFEST'] + b'MANIFEST')
        self.assertTrue(output.startswith(files['MANIFEST'].decode()))
        self.assertNotIn('agent/environ', files)
        self.check_complete(agent)

    def test_secrets(self):
        self.fake(GetVersion=lambda *_: {'version': 'v9 token=a-secret'},
                  GetInfo=lambda *_: {'conf': [
                      {'key': 'metrics-password', 'value': {
                          '@type': 'type.googleapis.com/google.protobuf.StringValue',
                          'value': 'a-secret'}},
                      {'key': 'bytes', 'value': {
                          '@type': 'type.googleapis.com/google.protobuf.BytesValue',
                          'value': base64.b64encode(b'a-secret').decode()}},
                      {'key': 'url', 'value': {
                          '@type': 'type.googleapis.com/google.protobuf.StringValue',
                          'value': 'https://me:a-secret@host/'}},
                      {'key': 'rb-size', 'value': {
                          '@type': 'type.googleapis.com/google.protobuf.StringValue',
                          'value': '64M'}}]})
        with open(self.path('log'), 'w', encoding='ascii') as f:
            f.write('GET https://me:a-secret@host/ password=a-secret fine\n' + 5 * (1 << 20) * 'x')
        files, output = self.bugtool('--include', self.path('log'), '--include', '/nowhere/x',
                                     '--output', 'json')
        for secret in b'a-secret', base64.b64encode(b'a-secret'):
            self.assertEqual([name for name, data in files.items() if secret in data], [])
        self.assertEqual(files['included/1'].partition(b'\n')[0],
                         b'GET https://[REDACTED]@host/ password=[REDACTED] fine')
        told = {f['file']: f for f in json.loads(output)['files']}
        self.assertEqual(told['included/2']['what'],
                         'missing: /nowhere/x: No such file or directory')
        self.assertIn('its beginning', told['included/1']['what'])
        self.assertLess(told['included/1']['bytes'], 5 << 20)
        self.assertIn('missing: ', told['agent/health.json']['what'])
        self.assertEqual(json.loads(files['agent/info.json'])['options'],
                         {'metrics-password': '', 'bytes': '', 'rb-size': '64M',
                          'url': 'https://[REDACTED]@host/'})

    def test_no_agent(self):
        files, _ = self.bugtool()
        self.assertIn(b'missing: cannot connect', files['MANIFEST'])

    def test_not_written(self):
        for path, told in ((self.path('there'), 'File exists (remove it, or name another with'),
                           ('/nowhere/x', 'No such file or directory')):
            with open(self.path('there'), 'w', encoding='ascii') as f:
                f.write('mine')
            _, errors = self.ocelli('bugtool', '--out', path, status=FAILED)
            self.assertIn(told, errors)
        with open(self.path('there'), encoding='ascii') as f:
            self.assertEqual(f.read(), 'mine')
        self.ocelli('bugtool', 'x', status=USAGE)


if __name__ == '__main__':
    unittest.main()
