# SPDX-License-Identifier: Apache-2.0
"""What "make vm" runs: each row is one kernel, set up in one way."""

from dataclasses import dataclass

from cache import NEWEST


@dataclass(frozen=True)
class Row:
    kernel: str  # the series: the newest of it that Debian serves; or newest
    arch: str = 'amd64'
    variation: str = ''  # its name; without one, all tests run as on a machine fresh from the box
    why: str = ''
    arguments: str = ''  # of the kernel
    sysctls: tuple = ()
    cgroup: str = 'v2'  # v1, hybrid
    cpus: int = 2
    memory: int = 2048  # megabytes
    proof: str = 'true'  # a shell command: that the guest is what the row says
    tests: tuple = ()  # those with one of these in their names; all

    @property
    def name(self):
        return ' '.join(filter(None, (self.kernel, self.arch, self.variation)))


# What everything else rests on: the life of processes, who they are, what is said of them.
CORE = ('test_lifecycle', 'test_identity', 'test_fields', 'test_argv')

LOCKDOWN = '/sys/kernel/security/lockdown'


def _read_is(path, value):
    return f'[ "$(cat {path})" = {value} ]'


ROWS = (
    Row('6.1', why='Debian 12'),
    Row('5.10', why='the oldest that we run on: no bpf_loop, no module BTF, no bpf in lsm='),
    Row('6.12', why='Debian 13'),
    Row('6.18'),
    Row(NEWEST, why='what comes: hooks that moved are seen here first'),
    Row('6.1', 'arm64', why='no BPF trampolines there'),
    Row('6.12', 'arm64'),

    Row('6.12', variation='lockdown-integrity', why='Secure Boot of most distributions',
        arguments='lockdown=integrity', proof=rf'grep -q "\[integrity\]" {LOCKDOWN}', tests=CORE),
    Row('6.12', variation='lockdown-confidentiality', arguments='lockdown=confidentiality',
        why='BPF may not read the kernel\'s memory, so there is nothing but a clear error',
        proof=rf'grep -q "\[confidentiality\]" {LOCKDOWN}',
        tests=('test_failures.Machine.test_confidential_lockdown', 'test_probe')),
    Row('6.12', variation='no-more-modules', sysctls=('kernel.modules_disabled=1',),
        proof=_read_is('/proc/sys/kernel/modules_disabled', 1), tests=CORE),
    Row('6.12', variation='lsm-without-bpf', why='LSM programs attach there and never run',
        arguments='lsm=lockdown,capability,landlock,yama,apparmor',
        proof='! grep -q bpf /sys/kernel/security/lsm', tests=CORE),
    Row('6.12', variation='ima', arguments='ima_policy=tcb',
        why='hooks before a file is open tell hashes of what IMA has measured, and of nothing else',
        proof='[ "$(cat /sys/kernel/security/ima/runtime_measurements_count)" -gt 1 ]',
        tests=('test_policy_ima',)),
    Row('6.12', variation='preempted', arguments='preempt=full',
        why='tasks can be preempted in programs on LSM hooks and functions',
        proof='grep -q "(full)" /sys/kernel/debug/sched/preempt',
        tests=('test_bypass.Pressure', 'test_enforcement', 'test_lasting', 'test_lifecycle')),
    Row('5.10', variation='cgroup-v1', cgroup='v1', why='Enterprise Linux 8, old Kubernetes',
        proof='! grep -q cgroup2 /proc/mounts', tests=(*CORE, 'test_containers')),
    Row('6.1', variation='cgroup-hybrid', cgroup='hybrid',
        proof='grep -q "cgroup2 /sys/fs/cgroup/unified" /proc/mounts',
        tests=(*CORE, 'test_containers', 'test_policy_workloads')),
    Row('6.1', variation='1-cpu', cpus=1, proof='[ $(nproc) = 1 ]', tests=CORE),
    Row('6.12', variation='4-cpus', cpus=4, why='events of one process from several rings',
        proof='[ $(nproc) = 4 ]', tests=CORE),
    Row('6.12', variation='kptr-restrict', sysctls=('kernel.kptr_restrict=2',),
        why='/proc/kallsyms has no addresses',
        proof='! grep -qv "^0* " /proc/kallsyms', tests=CORE),
    Row('6.12', variation='no-ftrace', sysctls=('kernel.ftrace_enabled=0',),
        why='what live patching forbids and some tune away: no trampolines, no fast kprobes',
        proof=_read_is('/proc/sys/kernel/ftrace_enabled', 0), tests=CORE),
    Row('6.1', variation='low-memory', memory=384, why='the tests themselves take half of it',
        proof='[ $(awk "/^MemTotal/ { print \\$2 }" /proc/meminfo) -lt 393216 ]', tests=CORE),
)


def select(kernel=None, arch=None, name=None, rows=ROWS):
    """The rows of these properties; a kernel that no row names gets one of its own."""
    if name:
        return [r for r in rows if name in r.name and kernel in (None, r.kernel) and
                arch in (None, r.arch)]
    if kernel:
        # One kernel means that kernel as it is, of the architecture that most have.
        arch = arch or 'amd64'
        found = [r for r in rows if (r.kernel, r.arch, r.variation) == (kernel, arch, '')]
        return found or [Row(kernel, arch)]
    return [r for r in rows if arch in (None, r.arch)]
