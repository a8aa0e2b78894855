# SPDX-License-Identifier: Apache-2.0
"""The policies of policies/watch/: what they tell, each at copies of programs and libraries, so that
it is about nobody else."""

import contextlib
import glob
import os
import pty
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import unittest
from base64 import b64decode, b64encode

from agent import PATIENCE, SLOWNESS
from case import needs
from certificates import Authority
from test_policies import PolicyCase, recent_enough, values_of
from test_policy_hooks import OLD

HERE = os.path.dirname(os.path.abspath(__file__))
POLICIES = os.path.join(HERE, '../../policies/watch')
PROBES = 'process_uprobe', 'process_usdt'
PYTHON = os.path.realpath(sys.executable)


def library(name):
    return next(iter(glob.glob(f'/usr/lib/*/{name}')), name)


class ProbeCase(PolicyCase):
    def run_and_collect(self, agent, args, **popen):
        """What was told of the process, in order."""
        since = len(agent.events)
        process = self.spawn(args, **{'stderr': subprocess.STDOUT, **popen})
        output, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0, output)
        return self.told(agent, process.pid, since)

    @staticmethod
    def told(agent, pid, since):
        agent.wait_exit(pid, since)
        return [e for e in agent.events[since:] if e.type in PROBES and e.pid == pid]


@unittest.skipUnless(recent_enough(), OLD)
class Patterns(ProbeCase):
    """Paths that stand for several files."""

    HOOK = ('apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {{name: pattern}}\n'
            'spec:\n  uprobes:\n  - path: "{}"\n    symbols: [main]\n')

    def setUp(self):
        super().setUp()
        for name in 'abd':
            os.mkdir(self.path(name))
        os.symlink('a', self.path('c'))
        for name in 'ab':
            self.copy_trigger('leaf', f'{name}/program')
        # As far as anybody looks.
        with open(self.path('d/program'), 'wb') as f:
            f.write(b'\x7fELF\x01\x01\x01' + bytes(57))

    def start(self, pattern):
        return self.load(self.HOOK.format(self.path(pattern)))

    @needs('uprobe')
    def test_each_file_once(self):
        for pattern in '[abc]/program', '{a,b,c,missing}/prog{ram,}':
            with self.subTest(pattern):
                agent = self.start(pattern)
                for name in 'ab':
                    events = self.run_and_collect(agent, [self.path(f'{name}/program')])
                    self.assertEqual([e.body['path'] for e in events],
                                     [self.path(f'{name}/program')])
                self.check_complete(agent)

    @needs('uprobe')
    def test_other_programs(self):
        agent = self.start('{b,d}/program')
        self.assertEqual(len(self.run_and_collect(agent, [self.path('b/program')])), 1)
        self.assertIn('d/program is a 32-bit program', self.check_complete(agent).stderr)

    @needs('uprobe')
    def test_none(self):
        for pattern, reason in (('{x,y}/program', 'no program matches'),
                                ('{d,x}/program', 'no program matches'),
                                ('{a,b', 'no program matches'),
                                ('{' + 11 * ',' + '}', '11 commas in braces, and 10 is the limit')):
            with self.subTest(pattern):
                self.assertIn(reason, self.check_complete(self.start(pattern)).stderr)


# In the directory of services that it is given, and in the system's.
AUTHENTICATES = '''
import ctypes, sys
pam = ctypes.CDLL('libpam.so.0')
handle, conversation = ctypes.c_void_p(), ctypes.create_string_buffer(16)
for service in b'open', b'closed':
    pam.pam_start_confdir(service, b'somebody', conversation, sys.argv[1].encode(),
                          ctypes.byref(handle))
    pam.pam_set_item(handle, 4, b'192.0.2.1')
    pam.pam_authenticate(handle, 0)
    pam.pam_acct_mgmt(handle, 0)
    pam.pam_end(handle, 0)
pam.pam_start(b'other', b'somebody', conversation, ctypes.byref(handle))
'''


@unittest.skipUnless(recent_enough(), OLD)
class Watch(ProbeCase):
    def copy_of(self, path):
        """One of a program or library, which only what the test starts has."""
        if not os.path.exists(path):
            self.skipTest(f'there is no {path} here')
        copy = self.path(os.path.basename(path))
        shutil.copy(path, copy)
        return copy

    def start(self, name, path, *options, **replaced):
        """For this program or library instead of those that the policy is about."""
        with open(f'{POLICIES}/{name}.yaml', encoding='utf-8') as f:
            text = f.read()
        text, n = re.subn(r'^  - path: "(.*)"$', f'  - path: "{path}"', text, flags=re.M)
        self.assertTrue(n)
        for old, new in replaced.items():
            self.assertIn(old, text)
            text = text.replace(old, new)
        self.write(text)
        return self.start_agent('--tracing-policy', self.path('policies'), *options).wait_ready()

    def type_into(self, agent, args, *lines):
        """What is told of a program that reads these lines from a terminal."""
        since = len(agent.events)
        master, slave = pty.openpty()
        process = self.spawn(args, stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        os.write(master, ''.join(line + '\n' for line in lines).encode())
        try:
            # It may wait until what it says is read.
            while os.read(master, 4096):
                pass
        except OSError:
            pass  # it has ended
        os.close(master)
        process.wait(PATIENCE)
        return self.told(agent, process.pid, since)

    @needs('uprobe')
    def test_bash(self):
        bash = self.copy_of('/bin/bash')
        agent = self.start('bash', bash)
        lines = 'x=7; echo $((x + 1))', ': ä', 'exit'
        events = self.type_into(agent, [bash, '--norc', '--noprofile', '-i'], *lines)
        self.assertEqual([e.body['args'] for e in events],
                         [[{'string_arg': line}] for line in lines])
        self.assertEqual({e.body['message'] for e in events}, {'a line was typed into bash'})
        self.assertEqual(self.run_and_collect(agent, [bash, '-c', ':; exit']), [])
        self.check_complete(agent)

    @needs('uprobe')
    def test_zsh(self):
        zsh = self.copy_of('/bin/zsh')
        agent = self.start('zsh', zsh)
        lines = 'x=7; echo $((x + 1))', 'exit'
        events = self.type_into(agent, [zsh, '-f', '-i'], *lines)
        self.assertEqual([e.body['args'][1] for e in events],
                         [{'string_arg': line + '\n'} for line in lines])
        self.assertEqual(self.run_and_collect(agent, [zsh, '-fc', ':; exit']), [])
        self.check_complete(agent)

    @needs('uprobe')
    def test_names(self):
        libc = self.copy_of(library('libc.so.6'))
        looks_up = ('import ctypes, socket\n'
                    'socket.getaddrinfo("127.0.0.1", "80")\n'
                    'socket.getaddrinfo(None, "80")\n'
                    'c = ctypes.CDLL(None)\n'
                    'c.getaddrinfo(b"x" * 999 + b".invalid", None, None, ctypes.byref('
                    'ctypes.c_void_p()))\n'
                    'c.gethostbyname(b"localhost")\n')
        agent = self.start('names', libc)
        events = self.run_and_collect(agent, [PYTHON, '-c', looks_up],
                                      env={'LD_LIBRARY_PATH': self.dir})
        told = [(e.body['symbol'], values_of(e)) for e in events]
        unread = {'Message': 'Bad address for basic type'}
        self.assertEqual(told[:2], [('getaddrinfo', ['127.0.0.1', '80', 0]),
                                    ('getaddrinfo', [unread, '80', 0])])
        self.assertEqual(told[2][1][:2], ['x' * 999 + '.invalid', unread])
        self.assertLess(told[2][1][2], 0)
        self.assertEqual(told[3:], [('gethostbyname_r', ['localhost', 0])])
        self.check_complete(agent)

    def answer(self, n):
        """Says "answer" to this many clients, by TLS. Returns the port."""
        server = Authority(self.path('server'))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server.cert, server.key)
        listener = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(listener.close)
        listener.settimeout(PATIENCE)

        def serve():
            for _ in range(n):
                with context.wrap_socket(listener.accept()[0], server_side=True) as client:
                    client.recv(100)
                    client.sendall(b'answer')
                    with contextlib.suppress(OSError):
                        client.unwrap()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        self.addCleanup(thread.join, PATIENCE)
        return listener.getsockname()[1]

    def talk(self, agent, port, *, by_openssl):
        """Says "question". Those two use the functions without "_ex", and with it."""
        reads, writes = os.pipe()
        os.write(writes, b'question')
        args = [PYTHON, '-c', 'import ssl, socket, sys\n'
                'c = ssl._create_unverified_context()\n'
                's = c.wrap_socket(socket.create_connection(("127.0.0.1", sys.argv[1])))\n'
                's.sendall(b"question"); s.recv(100)', str(port)]
        if by_openssl:
            args = ['/usr/bin/openssl', 's_client', '-quiet', '-connect', f'127.0.0.1:{port}']
        try:
            events = self.run_and_collect(agent, args, stdin=reads,
                                          env={'LD_LIBRARY_PATH': self.dir})
        finally:
            os.close(reads)
            os.close(writes)
        names = [(e.body['symbol'], {a['label']: next(v for k, v in a.items() if k != 'label')
                                     for a in e.body['args'] if 'label' in a}) for e in events]
        self.assertEqual(len({told.pop('connection') for _, told in names}), 1)
        return names

    @needs('uprobe')
    def test_tls(self):
        agent = self.start('tls', self.copy_of(library('libssl.so.3')))
        port = self.answer(2)
        [wrote, read] = self.talk(agent, port, by_openssl=True)
        self.assertEqual(wrote, ('SSL_write', {'wanted': 8, 'done': 8}))
        self.assertEqual((read[0], read[1]['done']), ('SSL_read', 6))
        self.assertEqual(self.talk(agent, port, by_openssl=False),
                         [('SSL_write_ex', {'wanted': '8', 'done': '8'}),
                          ('SSL_read_ex', {'wanted': '100', 'done': '6'})])
        self.assertNotIn('bytes_arg', str(agent.events))
        self.check_complete(agent)

    @needs('uprobe')
    def test_tls_content(self):
        question, answer = (b64encode(text).decode() for text in (b'question', b'answer'))
        agent = self.start('tls-content', self.copy_of(library('libssl.so.3')),
                           **{'[/opt/example/client]': f'[/usr/bin/openssl, {PYTHON}]'})
        port = self.answer(2)
        self.assertEqual(self.talk(agent, port, by_openssl=True),
                         [('SSL_write', {'data': question, 'done': 8}),
                          ('SSL_read', {'data': answer, 'done': 6})])
        self.assertEqual(self.talk(agent, port, by_openssl=False),
                         [('SSL_write_ex', {'data': question, 'done': '8'}),
                          ('SSL_read_ex', {'data': answer, 'done': '6'})])
        self.check_complete(agent)

    @needs('uprobe')
    def test_pam(self):
        agent = self.start('pam', self.copy_of(library('libpam.so.0')))
        services = self.path('services')
        os.mkdir(services)
        for name, module in ('open', 'pam_permit.so'), ('closed', 'pam_deny.so'):
            with open(f'{services}/{name}', 'w', encoding='ascii') as f:
                f.write(f'auth required {module}\naccount required {module}\n')
        events = self.run_and_collect(agent, [PYTHON, '-c', AUTHENTICATES, services],
                                      env={'LD_LIBRARY_PATH': self.dir})
        told = [(e.body['symbol'], {a.get('label', 'returned'): next(
            v for k, v in a.items() if k != 'label') for a in e.body['args']}) for e in events]
        for service, result in ('open', 0), ('closed', 7):
            conversation, told = told[:4], told[4:]
            self.assertEqual(len({values.pop('handle') for _, values in conversation}), 1)
            self.assertEqual(conversation, [
                ('pam_start_confdir', {'service': service, 'user': 'somebody', 'returned': 0}),
                ('pam_set_item', {'item': 4, 'value': '192.0.2.1'}),
                ('pam_authenticate', {'result': result}), ('pam_acct_mgmt', {'result': result})])
        [(symbol, start)] = told
        self.assertEqual(symbol, 'pam_start')
        self.assertEqual((start['service'], start['user']), ('other', 'somebody'))
        self.check_complete(agent)

    @needs('uprobe_ref_ctr_offset')
    def test_python(self):
        python = self.copy_of(PYTHON)
        agent = self.start('python', python)
        events = self.run_and_collect(agent, [
            python, '-c', 'import ctypes, json, os; os.system(":"); os.listdir("/")'])
        names = [values_of(e)[0] for e in events]
        self.assertEqual({e.body['provider'] for e in events}, {'python'})
        self.assertEqual([n for n in names if not n.startswith('ctypes.')],
                         ['cpython.run_command', 'os.system'])
        self.assertIn('ctypes.dlopen', names)
        self.check_complete(agent)

    @needs('uprobe_ref_ctr_offset')
    def test_ruby(self):
        if not os.path.exists('/usr/bin/ruby'):
            self.skipTest('there is no Ruby here')
        copy = self.copy_of(library('libruby*.so.[1-9].[0-9]'))
        agent = self.start('ruby', copy)
        script = self.path('script.rb')
        with open(script, 'w', encoding='ascii') as f:
            f.write('require "set"\neval("1")\n')
        events = self.run_and_collect(agent, ['/usr/bin/ruby', script],
                                      env={'LD_LIBRARY_PATH': self.dir})
        names = [values_of(e)[0] for e in events]
        self.assertEqual(names[0], script)
        self.assertEqual([n for n in names if n.startswith('/usr/')], [])
        self.assertIn('(eval', names[-1])
        self.check_complete(agent)

    def skip_if_slow(self):
        if SLOWNESS > 1:
            self.skipTest('its start takes minutes on this machine')

    def copy_of_java(self):
        """A virtual machine whose library, and nothing else of it, is a copy."""
        self.skip_if_slow()
        found = glob.glob('/usr/lib/jvm/*/lib/server/libjvm.so')
        if not found:
            self.skipTest('there is no Java here')
        home, copy = found[0].removesuffix('/lib/server/libjvm.so'), self.path('java')
        os.makedirs(f'{copy}/lib/server')
        os.makedirs(f'{copy}/bin')
        for directory in '', 'lib/', 'lib/server/':
            for name in os.listdir(f'{home}/{directory}'):
                if not os.path.exists(f'{copy}/{directory}{name}'):
                    os.symlink(os.path.realpath(f'{home}/{directory}{name}'),
                               f'{copy}/{directory}{name}')
        for name in 'bin/java', 'lib/server/libjvm.so':
            shutil.copy(f'{home}/{name}', f'{copy}/{name}.copy')
            os.rename(f'{copy}/{name}.copy', f'{copy}/{name}')
        return f'{copy}/bin/java', f'{copy}/lib/server/libjvm.so'

    @needs('uprobe')
    def test_java(self):
        java, library_of_java = self.copy_of_java()
        agent = self.start('java', library_of_java)
        events = self.run_and_collect(agent, [java, '-Dcom.sun.management.jmxremote', '-version'])
        names = [b64decode(values_of(e)[0]).decode() for e in events]
        self.assertIn('jdk/internal/agent/Agent', names)
        self.assertEqual([n for n in names if n.startswith('java/lang/')], [])
        self.assertEqual(self.run_and_collect(agent, [java, '-version']), [])
        self.check_complete(agent)

    @needs('uprobe_ref_ctr_offset')
    def test_postgresql(self):
        self.skip_if_slow()
        programs = sorted(glob.glob('/usr/lib/postgresql/*/bin'))
        if not programs:
            self.skipTest('there is no PostgreSQL here')
        postgres = self.copy_of(f'{programs[-1]}/postgres')
        agent = self.start('postgresql', postgres)
        data = self.path('data')
        os.mkdir(data)
        shutil.chown(data, 'postgres', 'postgres')
        as_postgres = ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups']
        subprocess.run([*as_postgres, f'{programs[-1]}/initdb', '--no-sync', '-D', data],
                       check=True, capture_output=True, cwd='/')
        statements = ("select 1;\n", "select Pg_Read_File('PG_VERSION');\n", "copy pg_am to stdout;\n",
                      "copy pg_am to program 'true';\n")
        with open(self.path('statements'), 'w+', encoding='ascii') as f:
            f.write(''.join(statements))
            f.seek(0)
            events = self.run_and_collect(agent, [*as_postgres, postgres, '--single', '-D', data,
                                                  'postgres'], stdin=f, cwd='/')
        self.assertEqual([values_of(e)[0] for e in events], [statements[1], statements[3]])
        self.check_complete(agent)


if __name__ == '__main__':
    unittest.main()
