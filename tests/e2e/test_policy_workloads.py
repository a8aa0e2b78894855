# SPDX-License-Identifier: Apache-2.0
"""Policies for what runs in no container."""

import unittest

from case import Cgroup, trigger_path
from test_containers import FORMS, ID, OTHERS
from test_policies import policy, recent_enough
from test_policy_process import BINARIES, CALL, ProcessCase, hook

HOST = 'hostSelector: {}'
SELECTED = f'matchWorkloads: {{{HOST}}}'

# Those of systemd-machined; and what is beside them, or no container.
MACHINES = ('machine-some.scope', 'machine-lxc\\x2d12\\x2dname.scope', 'machine-qemu.scope',
            'machine-ch\\x2dx\\x2d.scope', 'machine-qemu\\x2dembed\\x2d0123456\\x2d1\\x2da.scope',
            'systemd-nspawn@some.service', 'systemd-nspawn@some.service/payload',
            'systemd-nspawn@some.service/supervisors')
NO_MACHINES = ('machine-qemu\\x2d1\\x2da.scope', 'machine-ch\\x2d23\\x2dname.scope/x',
               'machine-qemu\\x2dembed\\x2d01234567\\x2d1\\x2da.scope', 'machine-.scope',
               'systemd-nspawn@some.service/supervisor', 'systemd-nspawn@.service', 'lxc.payload.')


def of_host(text):
    """The whole policy is for the host."""
    return text.replace('spec:', f'spec:\n  {HOST}', 1)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Workloads(ProcessCase):
    def told_in(self, agent, path):
        """Of the first call in a new cgroup."""
        return self.told(agent, self.call_after(Cgroup(self, path).step))

    def load_all(self):
        binary = BINARIES.format('In', trigger_path('call'), '')
        return self.load(
            of_host(policy('policy', hook(binary))),
            policy('selector', hook(f'{binary}, {SELECTED}')),
            policy('macro', hook(f'{binary}, macros: [m]')).replace(
                'spec:', f'spec:\n  selectorsMacros: {{m: {{{SELECTED}}}}}', 1),
            policy('any', hook(f'{binary}, matchWorkloads: {{}}')))

    def test_forms(self):
        agent = self.load_all()
        for path in [form[0] for form in FORMS] + list(MACHINES):
            with self.subTest(path=path):
                self.assertEqual(self.told_in(agent, path), ['any'])
        for path in OTHERS + NO_MACHINES:
            with self.subTest(path=path):
                self.assertEqual(self.told_in(agent, path), ['any', 'macro', 'policy', 'selector'])
        self.check_complete(agent)

    def test_deep(self):
        agent = self.load_all()
        below = '/'.join('d' for _ in range(100))
        self.assertEqual(self.told_in(agent, f'docker-{ID}.scope/{below}'), ['any'])
        self.assertEqual(self.told_in(agent, f'{"x" * 200}/{below}'),
                         ['any', 'macro', 'policy', 'selector'])
        self.check_complete(agent)

    def test_without_selectors(self):
        agent = self.load(of_host(policy('host', '  - {call: sys_lseek, syscall: true}\n')))
        call = (f'docker-{ID}.scope', []), ('user.slice', ['host'])
        for path, told in call:
            run = self.run_with(agent, self.call_after(Cgroup(self, path).step))
            self.assertEqual([e.body['policy_name'] for e in run.events
                              if e.type == 'process_kprobe' and
                              e.process['binary'] == trigger_path('call')], told)
        self.check_complete(agent)

    def test_one_of_several_selectors(self):
        agent = self.load(policy('one', hook(f'matchArgs: [{{index: 2, operator: Equal, values: '
                                             f'["7"]}}], {SELECTED}',
                                             'matchArgs: [{index: 2, operator: Equal, values: '
                                             '["8"]}]').replace('    selectors:', '''\
    args:
    - {index: 2, type: int}
    selectors:''')))
        container = Cgroup(self, f'docker-{ID}.scope').step
        for steps, whence, told in (((), 7, ['one']), ((container,), 7, []),
                                    ((container,), 8, ['one'])):
            self.assertEqual(self.told(agent, [
                trigger_path('setup'), *steps, '--', trigger_path('call'), 'lseek', '-1', '0',
                str(whence)]), told)
        self.check_complete(agent)

    def test_moved(self):
        """Wherever a process is at its call, whoever put it there."""
        inside, outside = Cgroup(self, f'libpod-{ID}.scope/x'), Cgroup(self, 'some.slice')
        agent = self.load(of_host(policy('host', hook(
            'matchArgs: [{index: 1, operator: Equal, values: ["0"]}]',
            call='sys_kill').replace('    selectors:', '''\
    args:
    - {index: 1, type: int}
    selectors:'''))))
        process = self.spawn(['/bin/sh', '-c', 'while read x; do kill -0 $$; echo; done'],
                             stdin=-1)
        told = []
        for cgroup in (None, inside, outside, inside, outside, inside):
            if cgroup:
                with open(f'{cgroup.root}{cgroup.path}/cgroup.procs', 'w',
                          encoding='utf-8') as f:
                    f.write(str(process.pid))
            process.stdin.write(b'\n')
            process.stdin.flush()
            self.assertTrue(process.stdout.readline())
            told.append(cgroup is not inside)
        process.communicate()
        agent.wait_exit(process.pid)
        calls = [e for e in agent.events if e.type == 'process_kprobe' and
                 e.process['pid'] == process.pid]
        self.assertEqual(len(calls), sum(told))
        self.check_complete(agent)

    def test_nodes_are_not_looked_at(self):
        agent = self.load(policy('node', hook(BINARIES.format('In', trigger_path('call'), '')))
                          .replace('spec:', 'spec:\n  nodeSelector: {matchLabels: {a: b}}'))
        self.assertEqual(self.told(agent, self.call_after()), ['node'])
        self.assertRegex(self.check_complete(agent).stderr,
                         r'0.yaml:5:17: warning: nodeSelector is not looked at')
