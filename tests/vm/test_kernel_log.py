# SPDX-License-Identifier: Apache-2.0
import unittest

from kernel_log import HARMLESS, TROUBLE, findings

BOOT = '''[    0.000000] Linux version 6.1.0-56-cloud-amd64 (debian-kernel@lists.debian.org)\r
[    0.000000] Command line: console=ttyS0 oops=panic panic=-1\r
[    0.052469] calibrate_delay_direct() failed to get a good estimate for loops_per_jiffy.\r
[    0.101000] Spectre V2 : mitigations disabled\r
[    2.942992] virtiofs virtio0: virtio_fs_setup_dax: No cache capability\r
[   22.004278] process 'setup' launched '/x' with NULL argv: empty string added\r
[  313.958024] hrtimer: interrupt took 61738412 ns\r
'''
SPLAT = '''[   10.1] ------------[ cut here ]------------
[   10.2] WARNING: CPU: 0 PID: 291 at kernel/trace/ftrace.c:2070 ftrace_bug+0x1/0x2
[   10.3] Modules linked in: overlay virtiofs
[   10.4] Call Trace:
[   10.5]  <TASK>
[   10.6]  register_ftrace_function+0x54/0x60
'''


def told(name, outcome='ok'):
    return f'[   11.000000] lab: {{"name": "{name}", "outcome": "{outcome}"\n'


class Findings(unittest.TestCase):
    def test_quiet(self):
        self.assertEqual(findings(BOOT), [])

    def test_nothing_at_all(self):
        for log in ('', 'SeaBIOS (version 1.16)\n'):
            self.assertEqual([f.text for f in findings(log)], ['there is no log'])

    def test_each_kind(self):
        for line in (
                'WARNING: CPU: 1 PID: 1 at kernel/bpf/verifier.c:1',
                'WARNING: possible circular locking dependency detected',
                'WARNING: suspicious RCU usage',
                'BUG: unable to handle page fault for address: ffff',
                'BUG: kernel NULL pointer dereference, address: 0000000000000000',
                'BUG: sleeping function called from invalid context at mm/x.c:1',
                'kernel BUG at fs/exec.c:1!', 'Oops: 0002 [#1] PREEMPT SMP', 'Oops: int3: 0000',
                'Internal error: Oops - BUG: 00000000f2000800 [#1] SMP',
                'general protection fault, probably for non-canonical address',
                'Call Trace:', 'Call trace:', 'Kernel panic - not syncing: Attempted to kill init!',
                'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:',
                'rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-... }',
                'rcu: INFO: rcu_preempt self-detected stall on CPU',
                'watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [x:1]',
                'INFO: task x:1 blocked for more than 120 seconds.',
                'INFO: rcu_tasks detected stalls on tasks:',
                'refcount_t: underflow; use-after-free.',
                'list_add corruption. next->prev should be prev',
                'Out of memory: Killed process 1 (x)', '** 12 printk messages dropped **'):
            with self.subTest(line=line):
                self.assertEqual([f.text for f in findings(BOOT + '[   12.000000] ' + line)], [line])
                self.assertEqual([f.text for f in findings(BOOT + '[   12.0][   T1] ' + line)],
                                 [line])

    def test_no_complaint(self):
        for line in ('Memory cgroup out of memory: Killed process 1 (x)', 'DEBUG: nothing',
                     'lockdown: debugfs access is restricted', 'audit: type=1400 apparmor="DENIED"',
                     'Unknown kernel command line parameters "x=1"'):
            with self.subTest(line=line):
                self.assertEqual(findings(BOOT + '[   12.0] ' + line), [])

    def test_one_splat_is_one(self):
        [finding] = findings(BOOT + SPLAT)
        self.assertIn('ftrace_bug', finding.text)
        self.assertIn('register_ftrace_function', finding.context)
        self.assertEqual(finding.line, 9)

    def test_two_are_two(self):
        between = told('test_a.A.test')
        log = BOOT + SPLAT + between + SPLAT + told('test_b.B.test') + SPLAT
        self.assertEqual([f.test for f in findings(log)], ['test_a.A.test', 'test_b.B.test', ''])

    def test_our_own_lines(self):
        self.assertEqual(findings(BOOT + told('test_x.Test.test_BUG: Oops', 'fail')), [])

    def test_harmless(self):
        self.assertEqual(findings(BOOT + SPLAT, ((r'ftrace\.c:2070', ''), ('Call Trace', ''))), [])

    def test_table(self):
        for pattern, reason in HARMLESS:
            self.assertTrue(reason, pattern)
            # Of what was never seen nothing needs to be excused.
            self.assertTrue(TROUBLE.search(pattern), pattern)


if __name__ == '__main__':
    unittest.main()
