# SPDX-License-Identifier: Apache-2.0
"""What the agent says became of each policy, and of each of its hooks."""

import hashlib
import os
import unittest

from case import needs, without_feature
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


@unittest.skipUnless(recent_enough(), OLD)
class Digests(PolicyCase):
    """Files of programs that the policy is for are known by what they hash to."""

    MAY_BE_OTHER = '    ignore: {digestVerificationFailure: true}\n'

    def setUp(self):
        super().setUp()
        self.program = self.copy_trigger('functions', 'functions')

    def digest(self, name):
        with open(self.program, 'rb') as f:
            return f'{name}:{hashlib.new(name, f.read()).hexdigest()}'

    def uprobe(self, *digests, path=None, symbol='small', more=''):
        return (f'  - path: "{path or self.program}"\n    symbols: [{symbol}]\n'
                f'    binaryDigests: [{", ".join(digests)}]\n{more}')

    def log_of(self, *hooks):
        self.write(policy('p', *hooks).replace('kprobes:', 'uprobes:'))
        agent = self.start_agent('--log-level', 'debug', '--tracing-policy', self.path('policies'))
        return self.check_complete(agent.wait_ready()).stderr

    @needs('uprobe')
    def test_each_algorithm(self):
        hooks = [self.uprobe(self.digest(name)) for name in ('sha1', 'sha256', 'sha384', 'sha512')]
        hooks.append(self.uprobe(self.digest('sha1').upper().replace('SHA1', 'sha1')))
        # Any of them is enough.
        hooks.append(self.uprobe('"build-id:00"', 'sha1:' + '00' * 20, self.digest('sha512')))
        log = self.log_of(*hooks)
        self.assertIn('policy p: enabled, 6 hooks', log)

    @needs('uprobe')
    def test_build_id(self):
        path = self.copy_trigger('library_with_short_id.so', 'library')
        hook = self.uprobe('build-id:FEdcba9876543210', path=path, symbol='library_answer')
        self.assertIn('policy p: enabled, 1 hook', self.log_of(hook))
        # What is behind it is no part of it.
        for other in 'fedcba98765432', 'fedcba9876543210000000000000000000000000':
            log = self.log_of(hook.replace('FEdcba9876543210', other))
            self.assertIn('policy p is not loaded', log)
            self.assertIn(f'it has build-id:fedcba9876543210, not build-id:{other}', log)
        path = self.copy_trigger('library_without_id.so', 'none')
        self.assertIn('it has build-id:none, not build-id:00',
                      self.log_of(self.uprobe('build-id:00', path=path, symbol='library_answer')))

    @needs('uprobe')
    def test_another_file(self):
        before = self.digest('sha256')
        with open(self.program, 'ab') as f:
            f.write(b'more')
        log = self.log_of(self.uprobe(before), self.uprobe(self.digest('sha256')))
        self.assertRegex(log, rf'policy.yaml:8:20: error: {self.program} is not the file that the '
                              rf'policy is for; it has {self.digest("sha256")}, not {before}')
        self.assertIn('digestVerificationFailure: true', log)
        self.assertIn('policy p is not loaded', log)
        self.assertIn('uprobes[1] ' + self.program + ':small: not_loaded', log)

    @needs('uprobe')
    def test_another_file_that_may_be(self):
        others = 'sha256:' + '00' * 32, 'sha1:' + '00' * 20
        log = self.log_of(self.uprobe(*others, more=self.MAY_BE_OTHER),
                          self.uprobe(self.digest('sha1'), symbol='large',
                                      more=self.MAY_BE_OTHER))
        self.assertIn('policy p: partially_enabled, 2 hooks', log)
        self.assertRegex(log, r'level=warn msg="\S*policy.yaml:8:20: warning: ')
        self.assertIn(f'uprobes[0] {self.program}:small: digest_rejected"', log)
        self.assertIn(f'uprobes[1] {self.program}:large: loaded, uprobe', log)

    @needs('uprobe')
    def test_one_of_many_files(self):
        """Those that it is for are hooked, the others left out."""
        self.copy_trigger('call', 'functions.other')
        hook = self.uprobe(self.digest('sha256'), path=self.program + '*', symbol='main',
                           more=self.MAY_BE_OTHER)
        log = self.log_of(hook)
        self.assertIn('policy p: partially_enabled, 1 hook', log)
        self.assertRegex(log, r'functions\*:main: digest_rejected, uprobe: main"')
        self.assertIn('functions.other is not the file', log)

    @needs('uprobe')
    def test_limit(self):
        os.truncate(self.program, 5 << 30)
        log = self.log_of(self.uprobe('sha256:' + '00' * 32))
        self.assertIn('larger than 4 GiB together, which is the limit', log)
