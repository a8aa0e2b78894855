# SPDX-License-Identifier: Apache-2.0
"""What the policies that others published are about: commands, and what each of them has to tell."""

import platform
import struct

from case import trigger_path

NEWUSER, NEWPID = 0x10000000, 0x20000000
CAP_SETUID = 7
EGRESS = 1
DUP = {'x86_64': 32, 'aarch64': 23}[platform.machine()]
PORT = 1337  # one that tcp-listen.yaml is about
LOOPBACK = '=' + (struct.pack('=H', 2) + struct.pack('!H', PORT) + bytes([127, 0, 0, 1]) +
                  bytes(8)).hex()
LOOPBACK6 = '=' + (struct.pack('=H', 10) + struct.pack('!H', PORT) + bytes(4 + 15) +
                   bytes([1]) + bytes(4)).hex()
DNS = '=' + (struct.pack('=H', 2) + struct.pack('!H', 53) + bytes([127, 0, 0, 1]) + bytes(8)).hex()
ARRAY_MAP = '=' + (struct.pack('=4I', 2, 4, 4, 1) + bytes(32)).hex()
SOFTWARE_EVENT = '=' + (struct.pack('=2I', 1, 64) + bytes(56)).hex()

# A value that is not compared.
ANY = object()


def like(told, wanted):
    """Whether a value is what was wanted: of an object the members that are named."""
    if isinstance(wanted, dict):
        return isinstance(told, dict) and all(k in told and like(told[k], v)
                                              for k, v in wanted.items())
    if isinstance(wanted, (list, tuple)):
        return len(told) == len(wanted) and all(map(like, told, wanted))
    return wanted is ANY or told == wanted


def calls(*each):
    """The arguments of the trigger "call"."""
    args = []
    for one in each:
        args += ['--'] * bool(args) + list(map(str, one))
    return args


def call(*each):
    return [trigger_path('call'), *calls(*each)]


def setup(*steps):
    return [trigger_path('setup'), *steps]


def call_in_root(name, *each):
    """By a program of that name, where there is nothing but what make_root() puts there."""
    return [*setup('chroot={root}', 'chdir=/'), '--', name, *calls(*each)]


# Below the root directory of call_in_root().
PROGRAMS = ('usr/bin/bash', 'usr/bin/cat', 'usr/bin/curl', 'usr/bin/kill', 'usr/bin/sample-exec',
            'usr/lib/contrib/tester-progs/nop', 'usr/sbin/sshd')
EXECUTORS = ('usr/bin/zsh',)
FILES = ('etc/passwd', 'usr/lib/liblzma.so.5.6.0')

TCP = (('socket', 2, 1, 0), ('bind', 3, LOOPBACK, 16), ('listen', 3, 1), ('socket', 2, 1, 0),
       ('connect', 4, LOOPBACK, 16), ('accept4', 3, 0, 0, 0), ('write', 4, ':typed', 5),
       ('close', 4), ('close', 5))
CLIENT = {'family': 'AF_INET', 'daddr': '127.0.0.1', 'dport': PORT}
SERVER = {'family': 'AF_INET', 'saddr': '127.0.0.1', 'sport': PORT}

IDS = (('setuid', 0), ('setgid', 0), ('setreuid', 0, 0), ('setregid', 0, 0),
       ('setresuid', 0, 0, 0), ('setresgid', 0, 0, 0), ('setfsuid', 0), ('setfsgid', 0))


def ids_told(prefix):
    return [(prefix + name, args) for name, *args in IDS]


PASSWD = {'path': '/etc/passwd'}
WRITTEN = [('security_file_permission', [PASSWD, 2]), ('security_path_truncate', [PASSWD])]

# Command, and of each file (what, values): a function, a hook or an event, and its arguments.
TRIGGERS = (
    (call(('mount', ':what', ':/nonexistent', 0, 0, 0), ('ptrace', -1, -1, 77, 0), ('dup', 77),
          ('symlinkat', ':/etc/passwd', -77, ':x'), ('linkat', -77, ':/etc/passwd', -78, ':x', 0),
          ('openat', -100, ':/dev/null', 0), *IDS), {
        'sys_setuid.yaml': [('sys_setuid', [0])],
        'sys_mount.yaml': [('sys_mount', ['what', '/nonexistent'])],
        'sys_ptrace.yaml': [('sys_ptrace', [77])],
        'symlink-observe.yaml': [('sys_symlinkat', ['/etc/passwd', -77, 'x'])],
        'hardlink-observe.yaml': [('sys_linkat', [-77, '/etc/passwd', -78, 'x', 0])],
        'list-syscalls.yaml': [('sys_dup', [])],
        'rawtp.yaml': [('sched_process_exec', [{'path': trigger_path('call')}])],
        'process-exec-elf-begin.yaml': [('security_bprm_creds_from_file',
                                         [{'path': trigger_path('call')}])],
        'lsm_track_grandparent.yml': [('bprm_check_security', ['{comm}'])],
        'kprobe_commit_creds.yaml': [('commit_creds', [{'uid': 0, 'euid': 0}])],
        'fd_install_ns_host.yaml': [('fd_install', [3, {'path': '/dev/null'}])],
        'privileges-setuid-root.yaml': ids_told('__sys_'),
    }),
    (call_in_root('/usr/bin/cat', ('openat', -100, ':/etc/passwd', 2), ('write', 3, ':x', 1),
                  ('mmap', 0, 4096, 3, 1, 3, 0), ('truncate', ':/etc/passwd', 1)), {
        'openat_write.yaml': [('sys_openat', [-100, '/etc/passwd', 2])],
        'lsm_file_open.yaml': [('file_open', [PASSWD])],
        'filename_monitoring.yaml': [*WRITTEN, ('security_mmap_file', [PASSWD, 3])],
        'filename_monitoring_filtered.yaml': [*WRITTEN, ('security_mmap_file', [PASSWD, 3])],
        'file_monitoring.yaml': [*WRITTEN, ('security_mmap_file', [PASSWD, 3, 1])],
    }),
    (call_in_root('/usr/bin/kill', ('read', 0, 0, 0), ('lseek', -1, 0, 0)), {
        'list-syscalls-generated.yaml': [('sys_read', []), ('sys_lseek', [])],
        'list-generated-ftrace.yaml': [('ksys_read', [])],
    }),
    (call_in_root('/usr/bin/sample-exec'), {
        'security_bprm_check.yaml': [('security_bprm_check', [{'path': '/usr/bin/sample-exec'}])],
    }),
    (call_in_root('/usr/sbin/sshd', ('openat', -100, ':/usr/lib/liblzma.so.5.6.0', 0),
                  ('mmap', 0, 4096, 1, 2, 3, 0), ('close', 3), *TCP), {
        'cve-2024-3094-xz-ssh.yaml': [('security_mmap_file',
                                       [{'path': '/usr/lib/liblzma.so.5.6.0'}, 1])],
        'sshd.yaml': [('sk_alloc', [2]), ('tcp_close', [CLIENT])],
        'security-socket-connect.yaml': [
            ('security_socket_connect', [{'family': 'AF_INET', 'addr': '127.0.0.1', 'port': PORT},
                                         16])],
        'tcp-connect.yaml': [('tcp_connect', [CLIENT]), ('tcp_sendmsg', [CLIENT, 5]),
                             ('tcp_close', [CLIENT]), ('tcp_close', [SERVER])],
        'tcp-connect-with-selectors.yaml': [('tcp_connect', [CLIENT]),
                                            ('tcp_sendmsg', [CLIENT, 5]),
                                            ('tcp_close', [CLIENT])],
        'tcp-listen.yaml': [('inet_csk_listen_start', [{'family': 'AF_INET', 'sport': PORT}])],
        # The other end is made in an interrupt, so by whoever is interrupted.
        'tcp-accept.yaml': [('sk_alloc', [2]), ('tcp_close', [CLIENT])],
    }),
    ([trigger_path('acts'), 'send', 'self4'], {
        'dev_hard_start_xmit.yaml': [('dev_hard_start_xmit', ['lo'])],
        'datagram_518.yaml': [('sk_alloc', [2]),
                              ('ip_output', [{'family': 'AF_INET'},
                                             {'daddr': '127.0.0.1', 'dport': 9,
                                              'protocol': 'IPPROTO_UDP'}])],
    }),
    # The kernel looks whether to run such programs where somebody has one: in this cgroup.
    ([*setup('cgroup={filtered}'), '--', trigger_path('acts'), 'send', 'self4'], {
        name: [('__cgroup_bpf_run_filter_skb', [{'family': 'AF_INET'},
                                                {'daddr': '127.0.0.1', 'dport': 9}, EGRESS])]
        for name in ('datagram.yaml', 'datagram-with-selectors.yaml',
                     'datagram-with-sock-tracking.yaml')
    }),
    (call(('openat', -100, ':{link}', 0)), {
        'security_inode_follow_link.yaml': [('security_inode_follow_link', [ANY])],
    }),
    ([*setup(f'unshare={NEWPID}', 'fork'), '--', *call(*IDS)], {
        'process.credentials.changes.at.syscalls.yaml': ids_told('sys_'),
        'process-creds-installed.yaml': [('commit_creds', [{'uid': 0}])],
        'process-creds-changed.yaml': [('commit_creds', [{'uid': 0}])],
        'creds-capability-usage.yaml': [('cap_capable', [{'level': 0}, {'name': 'CAP_SETUID'}])],
    }),
    # What a process in a new user namespace may do ends with its next exec.
    ([*setup(f'unshare={NEWUSER}', 'cgroup={file}', 'caps=0,0', 'cgroup={file}'), '--',
      trigger_path('leaf')], {
        'fd_install_caps.yaml': [('fd_install', [ANY, {'path': '{file}'}])],
        'fd_install_cap_changes.yaml': [('fd_install', [ANY, {'path': '{file}'}])],
    }),
    ([*setup(f'caps={1 << CAP_SETUID},0', 'uid=65534,65534,65534', f'unshare={NEWUSER}'), '--',
      trigger_path('leaf')], {
        'privileges-raise.yaml': [('security_capset', [ANY] * 4), ('create_user_ns', [])],
    }),
    # Of a family that no kernel has: a module for it is asked for.
    (call(('socket', 12, 1, 0)), {
        name: [('security_kernel_module_request', ['net-pf-12'])]
        for name in ('monitor-kernel-modules.yaml', 'monitor-signed-kernel-modules.yaml',
                     'modules.yaml')
    }),
    ([trigger_path('../../../ocelli'), 'probe'], {
        'library/bpf.yaml': [('bpf_check', [{'ProgType': ANY, 'InsnCnt': ANY}])],
        'tracingpolicy/bpf.yaml': [('bpf_check', [{'ProgType': ANY, 'InsnCnt': ANY}])],
    }),
    (call(('bpf', 0, ARRAY_MAP, 48), ('perf_event_open', SOFTWARE_EVENT, 0, -1, -1, 0)), {
        name: [('security_perf_event_alloc', [{'Type': ANY}]),
               ('security_bpf_map_(alloc|create)', [{'MapType': ANY}])]
        for name in ('library/bpf.yaml', 'tracingpolicy/bpf.yaml')
    }),
    (call(('openat', -100, ':/dev/ptmx', 2), ('write', 3, ':typed', 5)), {
        'tty.yaml': [('tty_write', [{'path': ANY}, 'dHlwZWQ='])],
    }),
    # What was sent and never received is thrown away at the end.
    (call(('socketpair', 1, 2, 0, '=0000000000000000'), ('write', 3, ':x', 1)), {
        'stack_traces.yaml': [('kfree_skb_reason', [ANY, ANY])],
    }),
)

# They tell of nearly all that happens, also of what the agent does to tell it.
NOISY = (
    (call(('dup', 77)), {
        'raw_syscalls.yaml': [('sys_enter', [{'id': DUP}])],
        'list-syscalls-tracepoint.yaml': [('sys_enter', [ANY])],
    }),
)

NO_CAPABILITIES = [*setup('caps=0,0', f'unshare={NEWUSER}'), '--', trigger_path('leaf')]
CONNECT6 = (('socket', 10, 1, 0), ('connect', 3, LOOPBACK6, 28))
SOCK6 = {'family': 'AF_INET6', 'daddr': '::1', 'dport': PORT}

# Those that would kill or deny, in monitor mode.
MONITORED = (
    (call(('symlinkat', ':/etc/passwd', -77, ':x'), ('linkat', -77, ':/etc/passwd', -78, ':x', 0),
          ('mkdirat', -100, ':/dev/null', 0), ('socket', 2, 2, 0), ('connect', 3, DNS, 16),
          ('write', 3, ':x', 1)), {
        'symlink-override.yaml': [('sys_symlinkat', ['/etc/passwd', -77, 'x'])],
        'hardlink-override.yaml': [('sys_linkat', [-77, '/etc/passwd', -78, 'x', 0])],
        'dns-only-specified-servers.yaml': [('ip_output', [{'daddr': '127.0.0.1', 'dport': 53}])],
    }),
    (call(('mkdirat', -100, ':{new}', 0)), {
        'override-security.yaml': [('security_inode_mkdir', [])],
    }),
    (call_in_root('/usr/bin/cat', ('openat', -100, ':/etc/passwd', 2), ('write', 3, ':x', 1),
                  ('mmap', 0, 4096, 3, 1, 3, 0), ('truncate', ':/etc/passwd', 1)), {
        'file_monitoring_enforce.yaml': [*WRITTEN, ('security_mmap_file', [PASSWD, 3, 1])],
    }),
    (call(*CONNECT6), {'tcp-connect-only-private-addrs.yaml': [('tcp_connect', [SOCK6])]}),
    (call_in_root('/usr/bin/curl', *CONNECT6), {
        'tcp-connect-only-local-addrs.yaml': [('tcp_connect', [SOCK6])],
        'security-socket-connect-block-others.yaml': [
            ('security_socket_connect', [ANY, {'family': 'AF_INET6', 'addr': '::1'}, 28])],
    }),
    (call_in_root('/usr/bin/bash', ('dup', 77)), {'killer.yaml': [('sys_enter', [{'id': DUP}])]}),
    (NO_CAPABILITIES, {
        'kill_unprivileged_user_namespace.yaml': [('create_user_ns', [])],
    }),
    ([*setup(f'unshare={NEWPID}', 'fork'), '--', *NO_CAPABILITIES], {
        'kill_unprivileged_user_namespace_in_pid_namespace.yaml': [('create_user_ns', [])],
    }),
    ([*setup('chroot={root}', 'chdir=/'), '--', '/usr/bin/zsh', '--',
      '/usr/lib/contrib/tester-progs/nop'], {
        'lsm_bprm_check.yaml': [('bprm_check_security',
                                 [{'path': '/usr/lib/contrib/tester-progs/nop'}])],
    }),
)

# Files that have no trigger, and why.
WITHOUT = {
    'cve-2023-2640-overlayfs-ubuntu.yaml':
        'what is copied up has capabilities only in another user namespace',
    'write.yaml': 'for processes that do not descend from one with the pid 1: there are none',
    'sys_clock_settime.yaml': 'likewise',
    'sys_pivot_root.yaml': 'likewise',
    'fd_install_ns.yaml': 'the number is one that no mount namespace has',
    'tty_54.yaml': 'the arguments that the function had before Linux 5.10',
    'open_geturl.yaml': 'would ask somebody\'s server; test_policy_actions asks its own',
    'open_dnsrequest.yaml': 'likewise',
    'loader.yaml': 'has no hooks; test_loader shows what its events tell',
    'library.yaml': 'likewise',
    'uprobe.yaml': 'about what everybody executes; test_published.Programs hooks copies',
    'uprobe-binaries.yaml': 'likewise',
    'uprobe-host.yaml': 'likewise',
    'uprobe-pid.yaml': 'likewise',
    'usdt.yaml': 'likewise',
    'usdt-set.yaml': 'likewise',
    'modules-nohost.yaml': 'for containers, and there is none; test_pods has them',
}
