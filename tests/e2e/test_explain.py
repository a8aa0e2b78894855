# SPDX-License-Identifier: Apache-2.0
"""ocelli policy explain: what it says of a policy is what the agent then does with it."""

import json
import os
import re
import subprocess
import unittest

from agent import PATIENCE, Agent
from case import kernel_features, needs, without_feature
from test_policies import PREFIX, PolicyCase, hook, policy, recent_enough

OLD = 'the kernel lacks what policies need'
NOBODY = 65534


def section(name, kind, text):
    return (f'apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {{name: {name}}}\n'
            f'spec:\n  {kind}:\n{text}')


OPENS = policy('opens', hook('sys_openat', (0, 'int'), (1, 'string'),
                             selectors=[([(1, 'Prefix', ['/etc/'])], [])]))
RENAMES = section('renames', 'tracepoints',
                  '  - {subsystem: task, event: task_rename, raw: true, '
                  'args: [{index: 0, type: auto, resolve: mm.owner.comm}]}\n')
FORKS = section('forks', 'tracepoints',
                '  - {subsystem: sched, event: sched_process_fork, '
                'args: [{index: 5, type: auto}]}\n')
FUNCTION = policy('function', '  - {call: vfs_truncate, syscall: false, '
                              'args: [{index: 0, type: path}]}\n')
LIST = policy('list', '  - {call: "list:some", syscall: true, return: true, '
                      'returnArg: {index: 0, type: int}}\n',
              lists='  lists: [{name: some, type: syscalls, values: [sys_lseek, sys_dup]}]\n')
FENTRY = section('fentry', 'fentries', '  - {call: vfs_truncate, syscall: false, '
                                       'args: [{index: 0, type: path}]}\n')
LSM = section('lsm', 'lsmhooks', '  - {hook: file_open, args: [{index: 0, type: file}]}\n')
MISSING = policy('missing', '  - {call: sys_nonesuch, syscall: true, '
                            'ignore: {callNotFound: true}}\n', hook('sys_lseek'))


class ExplainCase(PolicyCase):
    def explain(self, *args, status=0, text='', **more):
        command = [os.path.join(Agent.build, 'ocelli'), 'policy', 'explain', *args]
        ended = subprocess.run(command, input=text.encode(), capture_output=True, check=False,
                               timeout=PATIENCE, **more)
        self.assertEqual(ended.returncode, status, ended.stdout.decode() + ended.stderr.decode())
        self.assertNotIn(b'Sanitizer', ended.stderr)
        return ended.stdout.decode(), ended.stderr.decode()

    def explain_json(self, text, **more):
        output, errors = self.explain('-o', 'json', '-', text=text, **more)
        self.assertEqual(errors, '')
        return json.loads(output)

    def one(self, text, **more):
        report = self.explain_json(text, **more)
        self.assertEqual(len(report['policies']), 1, report)
        return report['policies'][0]


class Arguments(ExplainCase):
    """What needs neither root nor a certain kernel."""

    def test_nothing_to_explain(self):
        _, errors = self.explain(status=2)
        self.assertIn('policy explain takes files', errors)

    def test_no_such_file(self):
        output, _ = self.explain(self.path('none.yaml'), status=1)
        self.assertIn('none.yaml: error: cannot open it; No such file', output)

    def test_bad_policy(self):
        path = self.write(OPENS.replace('openat', 'openat\n    syscal: 1'))
        output, _ = self.explain(path, status=1)
        self.assertRegex(output, rf'{re.escape(path)}:\d+:\d+: error: ')

    def test_help(self):
        ended = subprocess.run([os.path.join(Agent.build, 'ocelli'), 'help', 'policy', 'explain'],
                               capture_output=True, text=True, check=False, timeout=PATIENCE)
        self.assertTrue(ended.stdout.startswith('Usage: ocelli policy explain [OPTION...] FILE|'))

    def test_anyone_may_ask(self):
        """It tells what it can, and of the rest that it is unknown."""
        if os.geteuid() != 0:
            self.skipTest('already nobody')
        output, _ = self.explain(
            '-', text=OPENS + '---\n' + FORKS, user=NOBODY, group=NOBODY, extra_groups=[])
        self.assertIn('policy opens: may load on this kernel', output)
        self.assertIn(f'{PREFIX}openat', output)
        self.assertIn('argument 1: string, up to 4095 bytes', output)
        self.assertIn('tracepoints[0] sched/sched_process_fork: unknown without privileges', output)
        self.assertIn('run it as root', output)
        self.assertNotIn('error:', output)

    def test_anyone_as_json(self):
        if os.geteuid() != 0:
            self.skipTest('already nobody')
        report = self.explain_json(OPENS, user=NOBODY, group=NOBODY, extra_groups=[])
        self.assertIn('this process may', report['no_programs'])
        self.assertEqual(report['policies'][0]['verdict'], 'unknown')
        self.assertEqual(report['policies'][0]['programs'], [])


@unittest.skipUnless(recent_enough(), OLD)
class Explain(ExplainCase):
    def test_a_system_call(self):
        p = self.one(OPENS)
        self.assertEqual(p['verdict'], 'loads')
        self.assertGreater(p['kernel_memory_bytes'], 0)
        [h] = p['hooks']
        self.assertEqual((h['section'], h['index'], h['line']), ('kprobes', 0, 6))
        self.assertEqual(h['state'], 'loaded')
        self.assertEqual(h['backend'], 'kprobe' if kernel_features()['kprobe'] else 'raw_tracepoint')
        self.assertIn(f'{PREFIX}openat', [place['name'] for place in h['places']])
        self.assertEqual([v['type'] for v in h['values']], ['int', 'string'])
        self.assertEqual([v['can_change_meanwhile'] for v in h['values']], [False, True])
        [f] = h['filters']
        self.assertEqual(f['filter'], 'matchArgs argument 1 Prefix /etc/')
        self.assertEqual(f['when'], 'on the stack, where it is found')
        self.assertEqual([a['action'] for a in h['actions']], ['Post'])
        self.assertLess(h['estimated_ns']['miss'], h['estimated_ns']['hit'])

    def test_programs_are_tried(self):
        for program in self.one(OPENS)['programs']:
            self.assertGreater(program['load_ns'], 0)
            self.assertGreater(program['bytes'], 0)
            # Since 5.16 the kernel tells.
            if program['verified_instructions'] is not None:
                self.assertGreater(program['verified_instructions'], 50)

    def test_the_way_of_a_path(self):
        [h] = self.one(RENAMES)['hooks']
        [v] = h['values']
        self.assertEqual(v['resolve'], 'mm.owner.comm')
        self.assertEqual(v['pointers'], 2)
        self.assertEqual(v['types'], 'pointer to struct task_struct ► mm: pointer to struct '
                                     'mm_struct ► owner: pointer to struct task_struct ► '
                                     'comm: array of char')

    def test_what_can_change(self):
        [f] = [f for f in self.one(OPENS)['findings'] if 'can change meanwhile' in f['what']]
        self.assertEqual((f['severity'], f['line'], f['file']), ('warning', 10, '(standard input)'))
        self.assertIn('hook: file_open' if kernel_features()['lsm_active'] else 'file_open',
                      f['remedy'])

    def test_what_cannot_change(self):
        p = self.one(policy('p', hook('sys_lseek', (0, 'int'), (1, 'uint64'))))
        self.assertEqual(p['findings'], [])

    def test_a_file_by_its_number(self):
        p = self.one(policy('p', hook('sys_fchmod', (0, 'fd'))))
        [f] = p['findings']
        self.assertIn('can put another file under this number', f['why'])
        self.assertIn('inode_setattr', f['remedy'])
        self.assertFalse(p['hooks'][0]['values'][0]['of_process_memory'])

    def test_a_hot_place(self):
        p = self.one(section('hot', 'tracepoints',
                             '  - {subsystem: sched, event: sched_switch, raw: true}\n'))
        self.assertEqual(p['hooks'][0]['hot'], 'at each switch of tasks')
        self.assertIn('sched/sched_switch is a hot place: at each switch of tasks',
                      [f['what'] for f in p['findings']])

    def test_an_expression_about_nothing(self):
        p = self.one(policy('p', '  - {call: sys_lseek, syscall: true, selectors: [{matchArgs: ['
                                 '{args: [0], operator: CelExpr, values: ["1 == 1"]}]}]}\n'))
        [f] = p['hooks'][0]['filters']
        self.assertEqual(f['filter'], 'matchArgs CelExpr 1 == 1')

    def detours(self, *hooks):
        """What gets round these denials: (what, remedy) of each."""
        text = section('denies', 'lsmhooks', ''.join(hooks))
        policy_of = self.one(text, status=int(not kernel_features()['lsm_active']))
        return [(f['what'], f['remedy']) for f in policy_of['findings']
                if f['severity'] == 'warning' and 'hot place' not in f['what']]

    @staticmethod
    def denies(name, args, match, more='', actions='Override, argError: -13'):
        return (f'  - hook: {name}\n    args: [{args}]\n    selectors:\n    - matchArgs: [{match}]\n'
                f'{more}      matchActions: [{{action: {actions}}}]\n')

    @needs('lsm_built')
    def test_ways_round_a_path(self):
        path = '{args: [0], operator: Equal, values: [/a]}'
        by_path = self.denies('file_open', '{index: 0, type: file}', path)
        [(what, remedy)] = self.detours(by_path)
        self.assertEqual(what, 'what is denied by its path may have another')
        self.assertIn('{index: 0, type: dentry, resolve: f_path.dentry}', remedy)
        [(_, remedy)] = self.detours(self.denies(
            'task_kill', '{index: 0, type: file, resolve: mm.exe_file}', path))
        self.assertIn('resolve: mm.exe_file.f_path.dentry}', remedy)
        self.assertEqual(self.detours(self.denies(
            'file_open', '{index: 0, type: dentry, resolve: f_path.dentry}', path)), [])
        self.assertEqual(self.detours(self.denies(
            'file_open', '{index: 0, type: file}', path, actions='Post')), [])

    @needs('lsm_built')
    def test_ways_round_an_exception(self):
        values = 'values: [/usr/bin/a]}]\n'
        number = '{index: 0, type: int}', '{args: [0], operator: Equal, values: ["5"]}'
        [(what, remedy)] = self.detours(self.denies(
            'bpf', *number, more='      matchBinaries: [{operator: NotIn, ' + values))
        self.assertEqual(what, 'who has no name that is known is not denied')
        self.assertIn('another selector before this one', remedy)
        self.assertEqual(self.detours(self.denies(
            'bpf', *number, more='      matchBinaries: [{operator: In, ' + values)), [])

    @needs('lsm_built')
    def test_ways_round_a_hook(self):
        port = '{args: [0], operator: SPort, values: ["9"]}'
        connects = self.denies('socket_connect', '{index: 1, type: sockaddr}', port)
        sends = self.denies('socket_sendmsg', '{index: 1, type: sockaddr, resolve: msg_name}', port)
        self.assertEqual(self.detours(connects), [
            ('socket_connect does not see all of it', 'safer: also a hook socket_sendmsg')])
        self.assertEqual(self.detours(connects, sends), [])

    def test_no_such_tracepoint(self):
        p = self.one(section('bad', 'tracepoints',
                             '  - {subsystem: sched, event: nonesuch, raw: true}\n'), status=1)
        self.assertEqual(p['verdict'], 'refused')
        self.assertEqual([f['what'] for f in p['findings']],
                         ['this kernel has no tracepoint nonesuch'])

    def test_too_many_arguments(self):
        p = self.one(section('bad', 'tracepoints', '  - {subsystem: task, event: task_rename, '
                             'raw: true, args: [{index: 5, type: uint64}]}\n'), status=1)
        self.assertEqual([f['what'] for f in p['findings']], ['task_rename has no argument 5'])

    def test_what_is_missing(self):
        p = self.one(MISSING)
        self.assertEqual([h['state'] for h in p['hooks']], ['call_not_found', 'loaded'])

    def test_who_does_it(self):
        p = self.one(policy('p', hook('sys_lseek', (0, 'int'), selectors=[
            ([(0, 'Equal', [1])], ['Post, rateLimit: "5s"', 'DnsLookup, argFqdn: "x.invalid"'])])))
        self.assertEqual([(a['action'], a['by']) for a in p['hooks'][0]['actions']],
                         [('Post, the same once in 5s for a thread', 'kernel'),
                          ('DnsLookup x.invalid', 'agent')])

    def test_what_is_the_same(self):
        fields = {'[arg0, process.binary]': 'Post, once for each arg0, process.binary in 5s',
                  '[]': 'Post, once in 5s'}
        for written, told in fields.items():
            p = self.one(policy('p', hook('sys_lseek', (0, 'int'), selectors=[
                ([], [f'Post, rateLimit: "5s", rateLimitFields: {written}'])])))
            self.assertEqual([a['action'] for a in p['hooks'][0]['actions']], [told])

    def test_labels(self):
        text = policy('p', hook('sys_lseek', (0, 'int'), selectors=[
            ([(0, 'Equal', [i])], ['Post']) for i in (1, 2)]))
        text = text.replace('- matchArgs', '- label: the first\n      matchArgs', 1)
        hooked = self.one(text)['hooks'][0]
        for parts in (hooked['filters'], hooked['actions']):
            self.assertEqual([(part['selector'], part.get('label')) for part in parts],
                             [(0, 'the first'), (1, None)])
        output, _ = self.explain(self.write(text))
        self.assertIn('[0 the first] matchArgs argument 0 Equal 1', output)
        self.assertIn('[0 the first] Post', output)
        self.assertIn('[1] Post', output)

    def test_what_would_be_done(self):
        text = policy('p', hook('sys_lseek', (0, 'int'), selectors=[([(0, 'Equal', [1])],
                                                                      ['Sigkill'])]))
        self.assertEqual([a['action'] for a in self.one(text)['hooks'][0]['actions']],
                         ['Sigkill: sent to the process, which gets it when the call is done'])
        p = self.one(text.replace('spec:\n', 'spec:\n  options: [{name: policy-mode, '
                                  'value: monitor}]\n'))
        self.assertEqual([a['action'] for a in p['hooks'][0]['actions']],
                         ['Sigkill: counted, and not done (policy-mode: monitor)'])

    def test_several_policies(self):
        path = self.write(OPENS + '---\n' + policy('bad', hook('sys_nonesuch')), 'a.yaml')
        self.write(RENAMES, 'b.yaml')
        output, _ = self.explain(os.path.dirname(path), status=1)
        self.assertEqual(re.findall(r'^policy (\S+): (\w+)', output, re.M),
                         [('opens', 'loads'), ('bad', 'would'), ('renames', 'loads')])
        self.assertIn('2 load, 1 refused, 0 unknown', output)

    def test_of_who_makes_the_call(self):
        text = OPENS.replace('- matchArgs', '- matchBinaries: [{operator: In, values: [/bin/x], '
                             'followChildren: true}]\n      matchPIDs: [{operator: NotIn, '
                             'values: [1]}]\n      matchArgs')
        p = self.one(text)
        self.assertTrue(p['keeps_verdicts'])
        self.assertEqual([f['when'] for f in p['hooks'][0]['filters']],
                         ['of who makes the call', 'found out at the exec, one bit at the call',
                          'on the stack, where it is found'])

    @without_feature('kprobe')
    def test_a_function_without_kprobes(self):
        p = self.one(policy('p', '  - {call: security_file_open, syscall: false}\n'), status=1)
        self.assertEqual(p['verdict'], 'refused')
        self.assertIn('this kernel has no kprobes', p['hooks'][0]['reason'])
        if not kernel_features()['fentry'] and not kernel_features()['lsm_active']:
            self.assertEqual(p['hooks'][0]['instead'],
                             'the system call: call: sys_openat, syscall: true')

    @without_feature('fentry')
    def test_without_fentry(self):
        p = self.one(FENTRY, status=1)
        self.assertEqual([f['what'] for f in p['findings'] if f['severity'] == 'error'],
                         ['this kernel cannot hook by fentry'])
        self.assertIsNotNone(p['hooks'][0]['instead'])

    @without_feature('lsm_active')
    def test_without_lsm(self):
        p = self.one(LSM, status=1)
        self.assertEqual(p['verdict'], 'refused')
        self.assertIn('security_file_open' if kernel_features()['kprobe'] else 'sys_openat',
                      p['hooks'][0]['instead'])

    @needs('kprobe')
    def test_a_function_that_is_none(self):
        p = self.one(policy('p', '  - {call: no_such_function, syscall: false}\n'), status=1)
        self.assertIn('this kernel has no function no_such_function', p['hooks'][0]['reason'])


@unittest.skipUnless(recent_enough(), OLD)
class Agreement(ExplainCase):
    """Of each hook the agent logs state, backend and places."""

    def check_agreement(self, *texts):
        said = self.explain_json('---\n'.join(texts))['policies']
        for i, text in enumerate(texts):
            self.write(text, f'{i}.yaml')
        agent = self.start_agent('--log-level', 'debug', '--tracing-policy', self.path('policies'))
        log = self.check_complete(agent.wait_ready()).stderr
        self.assertEqual(len(said), len(texts))
        for p in said:
            self.assertEqual(p['verdict'], 'loads', p)
            for h in p['hooks']:
                line = f'policy {p["name"]}: {h["section"]}[{h["index"]}] {h["hook"]}: {h["state"]}'
                if h['backend']:
                    names = [x['name'] for x in h['places'] if not x['on_return']]
                    line += f', {h["backend"]}: {", ".join(names)}'
                self.assertIn(line + '"', log)

    def test_system_calls(self):
        self.check_agreement(OPENS, MISSING, LIST)

    def test_tracepoints(self):
        self.check_agreement(RENAMES, FORKS)

    @needs('kprobe')
    def test_kprobes(self):
        self.check_agreement(FUNCTION)
        self.assertEqual(self.one(FUNCTION)['hooks'][0]['backend'], 'kprobe')

    @needs('kprobe_multi')
    def test_kprobe_multi(self):
        [h] = self.one(LIST)['hooks']
        self.assertEqual(h['backend'], 'kprobe.multi')
        self.assertEqual({p['backend'] for p in h['places']}, {'kprobe.multi', 'kretprobe.multi'})

    @needs('fentry')
    def test_fentry(self):
        self.check_agreement(FENTRY)
        self.assertEqual(self.one(FENTRY)['hooks'][0]['backend'], 'fentry')

    @needs('lsm_active')
    def test_lsm(self):
        self.check_agreement(LSM)
        self.assertEqual(self.one(LSM)['hooks'][0]['backend'], 'lsm')


class OldKernel(ExplainCase):
    def test_no_policy_is_loaded_there(self):
        if recent_enough():
            self.skipTest('this kernel has all that policies need')
        report = self.explain_json(OPENS, status=1)
        self.assertIn('5.13', report['remedy'])
        self.assertEqual(report['policies'][0]['verdict'], 'refused')


if __name__ == '__main__':
    unittest.main()
