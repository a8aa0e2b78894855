# SPDX-License-Identifier: Apache-2.0
"""The policies of policies/: what they deny and what they let be, to a shell of the test's own."""

import glob
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import unittest

import test_shipped_watches
from agent import PATIENCE, Agent
from case import device_number, name_in_file_system, needs, trigger_path
from test_policies import PolicyCase, recent_enough
from test_policy_hooks import OLD

HERE = os.path.dirname(os.path.abspath(__file__))
POLICIES = os.path.join(HERE, '../../policies')
PYTHON = os.path.realpath(sys.executable)


def address(host):
    return '=' + (struct.pack('=H', socket.AF_INET) + struct.pack('!H', 1) +
                  socket.inet_aton(host) + bytes(8)).hex()


def connects(host):
    """-13 when it is denied."""
    return f'{trigger_path("call")} -r socket 2 2 0 -- connect 3 {address(host)} 16'


def python(text, *args):
    return f"{PYTHON} -c '{text}' {' '.join(args)}"


# In words, also those of umount(8) and the loader, or by number: EPERM, EACCES.
DENIED = '(?m)ermi(tted|ssion)|must be superuser|failed to map segment|^-?13$|^1$'

SYSCALL = ('import ctypes, os; libc = ctypes.CDLL(None, use_errno=True); '
           'r = libc.syscall({}); print(ctypes.get_errno() if r < 0 else 0)')


# Maps a file, to execute it at once or later.
MAPS = ('import ctypes, os, sys; libc = ctypes.CDLL(None, use_errno=True); '
        'libc.mmap.restype = ctypes.c_void_p; '
        'at = libc.mmap(None, 4096, 1 | {0}, 2, os.open(sys.argv[1], 0), 0); '
        'failed = at == 2**64 - 1 or libc.mprotect(ctypes.c_void_p(at), 4096, 5); '
        'print(ctypes.get_errno() if failed else 0)')
LOADER = next(iter(glob.glob('/lib*/ld-linux-*.so.*')), '')
HEAD = os.path.realpath('/usr/bin/head')


def mounts(what, command):
    """As everybody can, for himself."""
    return f"unshare -Ur -m sh -c 'mount --bind {what} && {command}'"


class Shell:
    """One that makes what it is told to, and has a pid before a policy is loaded that is only
    about it and what it starts."""

    def __init__(self, case, *prefix):
        self.process = case.spawn([*prefix, '/bin/sh'], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, command):
        """Returns (status, output)."""
        self.process.stdin.write(f'( {command} ) </dev/null; echo "status $?"\n')
        self.process.stdin.flush()
        output = ''
        for line in self.process.stdout:
            if found := re.fullmatch(r'status (\d+)\n', line):
                return int(found[1]), output
            output += line
        raise AssertionError(f'the shell ended: {output}')


@unittest.skipUnless(recent_enough(), OLD)
class Shipped(PolicyCase):
    def setUp(self):
        super().setUp()
        self.shell = Shell(self)
        self.bpf_dir = None
        os.makedirs(self.path('srv/secret/more'))
        for name in ('srv/secret/key.pem', 'srv/secret/numbered', 'srv/secret/more/file',
                     'srv/public'):
            with open(self.path(name), 'w', encoding='ascii') as f:
                f.write('content\n')
        self.secret = self.path('srv/secret')

    def start(self, name, **replaced):
        """Loads it for the shell alone."""
        with open(f'{POLICIES}/{name}.yaml', encoding='utf-8') as f:
            text = f.read()
        replaced['value: monitor'] = 'value: enforce'
        for old, new in replaced.items():
            self.assertIn(old, text)
            text = text.replace(old, new)
        text, n = re.subn(r'^    - (match\w+:)', rf'    - matchPIDs: [{{operator: In, followForks: '
                          rf'true, values: [{self.shell.process.pid}]}}]\n      \1', text,
                          flags=re.M)
        self.assertTrue(n)
        self.write(text)
        agent = self.start_agent('--tracing-policy', self.path('policies'),
                                 bpf_dir=self.bpf_dir).wait_ready()
        self.assertIn('mode enforce', agent.log())
        return agent

    def end(self, agent, name, effect='override'):
        """At least once it did what it is for."""
        self.assertGreater(self.check_complete(agent).ledger.policies[name].get(effect, 0), 0)

    def check(self, name, denied=(), allowed=(), **replaced):
        agent = self.start(name, **replaced)
        self.check_commands(denied, allowed)
        self.end(agent, name)

    def check_commands(self, denied, allowed):
        for command in denied:
            with self.subTest(denied=command):
                status, output = self.shell.run(command)
                self.assertNotEqual((status, 'content' in output), (0, True), output)
                self.assertRegex(output, DENIED)
        for command in allowed:
            with self.subTest(allowed=command):
                status, output = self.shell.run(command)
                self.assertEqual(status, 0, output)
                self.assertNotRegex(output, DENIED)

    @needs('lsm_active')
    def test_deny_read_file(self):
        key = f'{self.secret}/key.pem'
        os.symlink(key, self.path('symlink'))
        os.link(f'{self.secret}/numbered', self.path('linked'))
        directory = name_in_file_system(self.secret)
        self.check('deny-read-file', denied=[
            f'cat {key}', f'cat {self.path("symlink")}', f'cd {self.secret} && cat key.pem',
            f'cat < {key}', f'cp {key} {self.path("copy")}', f'ln {key} {self.path("link")}',
            f'mv {key} {self.path("moved")}', f'mv {self.secret} {self.path("moved")}',
            f'cat {self.path("linked")}', mounts(f'{key} {self.path("srv/public")}',
                                                 f'cat {self.path("srv/public")}'),
            mounts(f'/bin/cat {HEAD}', f'{HEAD} {key}')], allowed=[
            f'{HEAD} {key}', f'cat {self.secret}/more/file',
            f'ln {self.path("srv/public")} {self.path("other")}',
            f'mv {self.path("other")} {self.path("moved")}'],
            **{'/secret/key.pem': f'{directory}/key.pem', '/usr/sbin/nginx': HEAD,
               '/srv/secret, /srv]': f'{directory}]',
               '"0"]': f'"{os.stat(self.path("linked")).st_ino}"]',
               'type: string, resolve: f_inode.i_sb.s_id':
                   'type: uint32, resolve: f_inode.i_sb.s_dev',
               '[sda1]': f'["{device_number(key)}"]'})

    @needs('lsm_active')
    def test_deny_read_tree(self):
        directory = name_in_file_system(self.secret)
        self.check('deny-read-tree', denied=[
            f'cat {self.secret}/key.pem', f'cat {self.secret}/more/file',
            f'cd {self.secret}/more && cat ./../key.pem', f'grep content {self.secret}/more/file',
            f'ln {self.secret}/more/file {self.path("link")}',
            f'mv {self.secret}/more {self.path("moved")}',
            f'mv {self.secret} {self.path("moved")}',
            mounts(f'{self.secret}/more {self.dir}', f'cat {self.dir}/file'),
            mounts(f'/bin/cat {HEAD}', f'{HEAD} {self.secret}/key.pem')],
            allowed=[f'cat {self.path("srv/public")}', f'{HEAD} {self.secret}/key.pem'],
            **{'/srv/secret/]': f'{directory}/]', '/srv/secret, /srv]': f'{directory}]',
               '/usr/bin/restic': HEAD})

    @needs('lsm_active')
    def test_deny_exec_writable(self):
        copy = self.path('copy')
        os.symlink('/bin/true', self.path('link'))
        self.check('deny-exec-writable', denied=[
            f'cp /bin/true {copy} && {copy}', f'cd {os.path.dirname(copy)} && ./copy',
            f'printf "#!/bin/sh\\n:\\n" > {copy}.sh && chmod +x {copy}.sh && {copy}.sh',
            python('import os; fd = os.memfd_create("x"); '
                   'os.write(fd, open("/bin/true", "rb").read()); '
                   'os.execve(fd, ["x"], {})'),
            f'cp /bin/true {copy} && {LOADER} {copy}', python(MAPS.format(4), copy),
            python(MAPS.format(0), copy),
            mounts(f'{os.path.dirname(copy)} {self.path("srv")}', self.path('srv/copy'))],
            allowed=['/bin/true', self.path('link'), f'{LOADER} /bin/true',
                     python(MAPS.format(4), PYTHON), python(MAPS.format(0), PYTHON)],
            **{'[/tmp/, /var/tmp/, ': f'[{os.path.dirname(copy)}/, /var/tmp/, ',
               '[/tmp/, /var/tmp/]': f'[{name_in_file_system(os.path.dirname(copy))}/]'})

    @needs('lsm_active')
    def test_deny_connect(self):
        sends = ('import socket, sys; s = socket.socket(int(sys.argv[1]), 2); '
                 's.sendto(b"x", (sys.argv[2], 9))')
        self.check('deny-connect', denied=[
            connects('192.0.2.1'), connects('8.8.8.8'), python(sends, '2', '192.0.2.1'),
            python(sends, '10', '::ffff:192.0.2.1'), python(sends, '10', '2001:db8::1'),
            f'{trigger_path("reach")} no-family 9'], allowed=[
            connects('127.0.0.1'), connects('10.1.2.3') + ' || true',
            python(sends, '2', '127.0.0.1'), python(sends, '10', '::ffff:127.0.0.1'),
            f'{trigger_path("reach")} fast-open 9 | grep -qv -- -13'])

    @needs('lsm_active')
    def test_deny_module_load(self):
        init, finit = {'x86_64': (175, 313)}.get(os.uname().machine, (105, 273))
        load = python(SYSCALL.format(f'{init}, bytes(4096), 4096, b""'))
        load_file = python(SYSCALL.format(f'{finit}, os.open("/bin/true", 0), b"", 0'))
        self.check('deny-module-load', denied=[load, load_file])

    @needs('lsm_active')
    def test_deny_ptrace(self):
        number = {'x86_64': 101}.get(os.uname().machine, 117)
        attach = SYSCALL.format(f'{number}, 16, os.getppid(), 0, 0')
        self.check('deny-ptrace', denied=[python(attach)],
                   allowed=['cat /proc/$$/status >/dev/null'])

    @needs('lsm_active')
    def test_deny_bpf(self):
        number = {'x86_64': 321}.get(os.uname().machine, 280)
        # An empty program: EINVAL, when it gets so far.
        self.check('deny-bpf', denied=[python(SYSCALL.format(f'{number}, 5, bytes(128), 128'))],
                   allowed=[python(SYSCALL.format(f'{number}, 0, bytes(128), 72'))])

    @needs('lsm_active')
    def test_deny_mount(self):
        directory = self.path('mounted')
        os.mkdir(directory)
        self.check('deny-mount', denied=[f'unshare -m mount -t tmpfs none {directory}',
                                         f'unshare -m mount --bind {self.secret} {directory}'])

    @needs('lsm_active')
    def test_deny_user_namespace(self):
        with open('/proc/kallsyms', encoding='ascii') as f:
            if not re.search(r' bpf_lsm_userns_create\b', f.read()):
                self.skipTest('this kernel has no LSM hook userns_create')
        self.check('deny-user-namespace', denied=['unshare -U true'],
                   allowed=['unshare -m true'])

    @needs('lsm_active')
    def test_kill_privilege_gain(self):
        agent = self.start('kill-privilege-gain')
        gain = 'import os; os.setresuid(1000, 1000, 0); os.setresuid({}); print("is", os.getuid())'
        self.assertEqual(self.shell.run(python(gain.format('1001, 1000, 0')))[0], 1)
        self.assertEqual(self.shell.run(python('import os; os.setresuid(0, 0, 0)')), (0, ''))
        status, output = self.shell.run(python(gain.format('0, 0, 0')))
        self.assertEqual(status, 128 + signal.SIGKILL)
        self.assertNotIn('is 0', output)
        self.end(agent, 'kill-privilege-gain', 'signal')

    @needs('lsm_active')
    def test_deny_curl_insecure(self):
        connect = ('import socket; print(socket.socket(2, 2).connect_ex(("127.0.0.1", 1)))')
        send = 'import socket; socket.socket(2, 2).sendto(b"x", ("127.0.0.1", 1))'
        self.check('deny-curl-insecure', denied=[python(connect, '-k'),
                                                 python(connect, 'x', '--insecure'),
                                                 python(send, '-k')],
                   allowed=[python(connect, '-x'), connects('127.0.0.1')],
                   **{'/usr/bin/curl': PYTHON})

    @needs('lsm_active')
    def test_protect_agent(self):
        pins = self.path('bpf')
        os.mkdir(pins)
        subprocess.run(['mount', '-t', 'bpf', 'bpf', pins], check=True)
        # With all that is pinned there.
        self.addCleanup(subprocess.run, ['umount', pins], check=True)
        self.bpf_dir = f'{pins}/ocelli'
        self.shell = Shell(self, 'unshare', '-m')
        agent = self.start('protect-agent', **{'/sbin/ocellid]}\n      ': name_in_file_system(
            os.path.realpath(f'{Agent.build}/ocellid')) + ']}\n      '})
        directory, pin = self.find_pin()
        status, output = self.shell.run(f'mkdir {pins}/ours && ln -s x {pins}/ours/pin && '
                                        f'ln -s x {pins}/ours/second')
        self.assertEqual(status, 0, output)
        x86 = os.uname().machine == 'x86_64'
        ptrace, bpf, pidfd_send, pidfd_open = (101, 321, 424, 434) if x86 else (117, 280, 424, 434)
        # BPF_OBJ_GET … BPF_LINK_DETACH, of what is not there: another error without the policy.
        commands = [python(SYSCALL.format(f'{bpf}, {n}, b"\\xff" * 4 + bytes(124), 128'))
                    for n in (7, 13, 14, 29, 30, 34)]
        self.check_commands(denied=[
            f'kill -TERM {agent.pid}', f'kill -KILL {agent.pid}', f'kill -STOP {agent.pid}',
            python(SYSCALL.format(f'{pidfd_send}, libc.syscall({pidfd_open}, {agent.pid}, 0), 15, '
                                  '0, 0')),
            mounts(f'{pins} {pins}', f'kill -KILL {agent.pid}'),
            python(SYSCALL.format(f'{ptrace}, 16, {agent.pid}, 0, 0')),
            python(SYSCALL.format(f'{ptrace}, 16902, {agent.pid}, 0, 0')),
            f'echo x > /proc/{agent.pid}/mem', f'prlimit --pid {agent.pid} --cpu=1',
            f'chrt -i -p 0 {agent.pid}', f'rm {pin}', f'rmdir {directory}',
            f'mv {pins}/ocelli {pins}/moved', f'mv {pin} {pins}/ours/moved',
            f'mv -f -T {pins}/ours/second {pin}', f'umount {pins}', f'umount -l {pins}',
            'umount -l /sys', f'mount -t tmpfs none {pins}', f'mount -t tmpfs none {pins}/ocelli',
            f'mount --bind {self.secret} {pins}/ocelli', f'mount --move {pins} {self.secret}',
            *commands], allowed=[
            f'kill -0 {agent.pid}', 'sleep 99 & kill $!',
            f'cat /proc/{agent.pid}/status >/dev/null', f'rm {pins}/ours/pin', f'mv {pins}/ours {pins}/others', 'prlimit --pid $$ --cpu=99',
            f'mount -t tmpfs none {self.secret} && umount {self.secret}',
            python(SYSCALL.format(f'{bpf}, 0, bytes(128), 72'))])
        self.assertIsNone(agent.process.poll())
        # Who could kill it all the same has not made an end of it.
        agent.kill()
        self.check_commands(denied=[f'rm {pin}', f'umount {pins}', *commands], allowed=[])

    def find_pin(self):
        """A directory of the agent's, and what is in it."""
        [directory] = glob.glob(f'{self.bpf_dir}/*')
        return directory, next(p for p in glob.glob(f'{directory}/*') if not p.endswith('/about'))

    def test_each_has_a_test(self):
        """And says what it is for."""
        for path in glob.glob(f'{POLICIES}/**/*.yaml', recursive=True):
            name = os.path.basename(path).removesuffix('.yaml')
            watches = os.path.basename(os.path.dirname(path)) == 'watch'
            self.assertTrue(hasattr(test_shipped_watches.Watch if watches else self,
                                    'test_' + name.replace('-', '_')), path)
            with open(path, encoding='utf-8') as f:
                text = f.read()
            for word in 'purpose', 'severity', 'mitre', 'false-positives', 'kernel', 'tests':
                self.assertIn(f'ocelli.io/{word}: ', text, name)
            checked = subprocess.run([os.path.join(Agent.build, 'ocelli'), 'policy', 'check', path],
                                     capture_output=True, text=True, timeout=PATIENCE, check=False)
            self.assertIn('no errors, no warnings', checked.stdout + checked.stderr)
            # Who loads them all is not locked out.
            if watches:
                self.assertNotRegex(text, 'action:')
            else:
                self.assertIn('{name: policy-mode, value: monitor}', text)


if __name__ == '__main__':
    unittest.main()
