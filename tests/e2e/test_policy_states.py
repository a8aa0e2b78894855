# SPDX-License-Identifier: Apache-2.0
"""What the agent says became of each policy, and of each of its hooks."""

import unittest

from case import without_feature
from test_policies import PREFIX, PolicyCase, hook, policy, recent_enough

OLD = 'the kernel lacks what policies need'
CALLS = """  lists:
  - {name: calls, type: syscalls, values: [sys_getpriority, sys_nonesuch]}
"""
MAY_LACK = '    ignore: {callNotFound: true}\n'


@unittest.skipUnless(recent_enough(), OLD)
class States(PolicyCase):
    def log_of(self, *texts):
        for i, text in enumerate(texts):
            self.write(text, f'{i}.yaml')
        agent = self.start_agent('--log-level', 'debug', '--tracing-policy', self.path('policies'))
        return self.check_complete(agent.wait_ready()).stderr

    def test_enabled(self):
        log = self.log_of(policy('p', hook('sys_getpriority'), hook('sys_lseek')))
        self.assertIn('policy p: enabled, 2 hooks', log)
        self.assertRegex(log, rf'policy p: kprobes\[1\] sys_lseek: loaded, '
                              rf'(kprobe|raw_tracepoint): {PREFIX}lseek')

    def test_a_part_is_not_there(self):
        log = self.log_of(policy('p', hook('list:calls', more=MAY_LACK), lists=CALLS))
        self.assertIn('policy p: partially_enabled, 1 hook"', log)
        self.assertRegex(log, rf'kprobes\[0\] list:calls: partial_call_not_found, '
                              rf'\S+: {PREFIX}getpriority')

    def test_nothing_is_there(self):
        log = self.log_of(policy('p', hook('sys_nonesuch', more=MAY_LACK), hook('sys_lseek')))
        self.assertIn('policy p: partially_enabled, 2 hooks', log)
        self.assertIn('kprobes[0] sys_nonesuch: call_not_found"', log)
        self.assertIn('kprobes[1] sys_lseek: loaded, ', log)

    def test_load_error(self):
        log = self.log_of(policy('p', hook('sys_lseek'), hook('sys_nonesuch')))
        self.assertIn('policy p is not loaded', log)
        self.assertIn('policy p: kprobes[1] sys_nonesuch: not_loaded', log)
        self.assertIn('policy p: kprobes[0] sys_lseek: not_loaded', log)
        self.assertNotIn('policy p: enabled', log)

    def test_the_same_name_twice(self):
        log = self.log_of(policy('p', hook('sys_lseek')), policy('p', hook('sys_getpriority')))
        self.assertRegex(log, r'level=error msg="\S*1.yaml:3:18: policy p is not taken: '
                              r'\S*0.yaml has another of this name"')
        self.assertIn('policy p: enabled, 1 hook"', log)
        self.assertIn('kprobes[0] sys_lseek: loaded', log)
        self.assertNotIn('sys_getpriority', log)

    def test_the_same_name_in_two_namespaces(self):
        def of(namespace):
            return policy(f'p, namespace: {namespace}', hook('sys_lseek')).replace(
                'kind: TracingPolicy', 'kind: TracingPolicyNamespaced')

        log = self.log_of(of('a'), of('b'))
        self.assertNotIn('has another of this name', log)

    @without_feature('kprobe')
    def test_what_this_kernel_cannot(self):
        log = self.log_of(policy('p', hook('vfs_read').replace('syscall: true', 'syscall: false')))
        self.assertIn('policy p: kprobes[0] vfs_read: not_loaded', log)
