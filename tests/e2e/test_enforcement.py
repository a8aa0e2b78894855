# SPDX-License-Identifier: Apache-2.0
"""What policies do to processes and calls. All of them are about the triggers alone."""

import os
import platform
import signal
import subprocess
import unittest

from agent import Agent
from case import needs, trigger_path, without_feature
from test_policies import PREFIX, PolicyCase, hook, policy, recent_enough
from test_policy_hooks import OLD, HooksCase, function, lsm, section

KILL = '{action: Sigkill}'
MONITORS = '  options: [{name: policy-mode, value: monitor}]\n'


def one(actions, *matches, **more):
    """A selector: @actions on the call of a trigger that @matches, (index, operator, values). What
    else, in the words of policies."""
    binaries = ', '.join(trigger_path(name) for name in ('call', 'call32', 'acts'))
    parts = [f'matchBinaries: [{{operator: In, values: [{binaries}]}}]',
             f'matchActions: [{actions}]']
    if matches:
        parts.append('matchArgs: [' + ', '.join(
            f'{{index: {i}, operator: {operator}, values: {list(map(str, values))}}}'
            for i, operator, values in matches) + ']')
    parts += [f'{name}: {text}' for name, text in more.items()]
    return f'    - {{{", ".join(parts)}}}\n'


def seeks(actions, number, more='', **parts):
    return (hook('sys_lseek', (0, 'int'), more=more) + '    selectors:\n' +
            one(actions, (0, 'Equal', [number]), **parts))


def of(ledger, name):
    return ledger.policies[name]


class EnforcementCase(HooksCase):
    def make(self, agent, *calls, program='call'):
        """Makes these calls. Returns what each returned, as far as it came; how the process ended;
        and the actions of what policies told."""
        since = len(agent.events)
        args = []
        for each in calls:
            args += ['--'] * bool(args) + [str(a) for a in each]
        process = self.spawn([trigger_path(program), *(['-r'] if program == 'call' else []), *args],
                             stdout=subprocess.PIPE, text=True)
        out = process.communicate()[0]
        agent.wait_exit(process.pid, since)
        if process.returncode == 77:
            self.skipTest('this kernel takes no calls of 32-bit programs')
        told = [e.body for e in agent.events[since:]
                if e.process and e.process['pid'] == process.pid and 'action' in e.body]
        self.guarantees = {e['policy_name']: e.get('enforcement') for e in told}
        return [int(line) for line in out.split()], process.returncode, \
            [e['action'].removeprefix('KPROBE_ACTION_') for e in told]


@unittest.skipUnless(recent_enough(), OLD)
class Signals(EnforcementCase):
    def test_kill(self):
        agent = self.load(policy('kills', seeks(KILL, -7)))
        self.assertEqual(self.make(agent, ('lseek', -8, 0, 0), ('lseek', -7, 0, 0),
                                   ('lseek', -8, 0, 0)), ([], -signal.SIGKILL, ['SIGKILL']))
        self.assertEqual(self.make(agent, ('lseek', -8, 0, 0)), ([-9], 0, []))
        ended = self.check_complete(agent)
        self.assertEqual(of(ended.ledger, 'kills'), {'post': 1, 'signal': 1})
        self.assertIn('policy kills: enabled, 1 hook, mode enforce', ended.stderr)

    def test_signal(self):
        agent = self.load(policy('signals', seeks('{action: Signal, argSig: 10}', -7)))
        self.assertEqual(self.make(agent, ('lseek', -7, 0, 0))[1:],
                         (-signal.SIGUSR1, ['SIGNAL']))
        self.check_complete(agent)

    def test_two(self):
        """Both are sent, where the kernel takes two at once, or the one that kills; the last of
        the actions is told."""
        agent = self.load(policy('signals', seeks('{action: Signal, argSig: 18}, ' + KILL, -7)))
        self.assertEqual(self.make(agent, ('lseek', -7, 0, 0))[1:],
                         (-signal.SIGKILL, ['SIGKILL']))
        self.assertEqual(self.guarantees, {'signals': ['signalled_after', 'killed_after']})
        self.assertIn(of(self.check_complete(agent).ledger, 'signals'),
                      ({'post': 1, 'signal': 2}, {'post': 1, 'signal': 1, 'failed': 1}))

    def test_by_string(self):
        agent = self.load(policy('paths', hook('sys_faccessat', (1, 'string')) +
                                 '    selectors:\n' + one(KILL, (1, 'Postfix', ['/secret']))))
        self.assertEqual(self.make(agent, ('faccessat', -100, ':/nonexistent/public', 0)),
                         ([-2], 0, []))
        self.assertEqual(self.make(agent, ('faccessat', -100, ':/nonexistent/secret', 0))[1:],
                         (-signal.SIGKILL, ['SIGKILL']))
        self.check_complete(agent)

    def test_tracepoints(self):
        record = ('  - subsystem: syscalls\n    event: sys_enter_lseek\n'
                  '    args: [{index: 5, type: int64}]\n    selectors:\n')
        raw = ('  - subsystem: raw_syscalls\n    event: sys_enter\n    raw: true\n'
               '    args: [{index: 1, type: int64}]\n    selectors:\n')
        number = {'__x64_sys_': 8, '__arm64_sys_': 62}[PREFIX]
        for name, text in {'record': record + one(KILL, (5, 'Equal', [-7])),
                           'raw': raw + one(KILL, (1, 'Equal', [number]))}.items():
            with self.subTest(name):
                agent = self.load(policy(name, text).replace('kprobes:', 'tracepoints:'))
                self.assertEqual(self.make(agent, ('lseek', -7, 0, 0))[1:],
                                 (-signal.SIGKILL, ['SIGKILL']))
                self.check_complete(agent)

    def test_threads(self):
        """What one of them does is the end of all."""
        agent = self.load(policy('kills', hook('sys_getpriority', (0, 'int')) +
                                 '    selectors:\n' + one(KILL, (0, 'Equal', [77]))))
        since = len(agent.events)
        process = self.spawn([trigger_path('acts'), 'threads', '3', '77'])
        process.communicate()
        self.assertEqual(process.returncode, -signal.SIGKILL)
        agent.wait_exit(process.pid, since)
        self.check_complete(agent)

    def test_32_bit(self):
        agent = self.load(policy('kills', seeks(KILL, -7)))
        self.assertEqual(self.make(agent, (19, -7, 0, 0), program='call32')[1:],
                         (-signal.SIGKILL, ['SIGKILL']))
        self.check_complete(agent)

    def test_what_is_not_told(self):
        """It is done all the same: what need not be told, and what is told too often."""
        for name, also in {'quiet': '{action: NoPost}',
                           'limited': '{action: Post, rateLimit: "1h", rateLimitScope: global}'
                           }.items():
            with self.subTest(name):
                agent = self.load(policy(name, seeks(f'{KILL}, {also}', -7)))
                for _ in range(3):
                    self.assertEqual(self.make(agent, ('lseek', -7, 0, 0))[1], -signal.SIGKILL)
                counted = of(self.check_complete(agent).ledger, name)
                self.assertEqual(counted['signal'], 3)
                self.assertEqual(counted.get('post', 0), int(name == 'limited'))

    def test_without_room_to_tell(self):
        """The agent stands still, and the ring is full."""
        self.write(policy('full', seeks(KILL, -7), seeks('{action: Post}', -8)))
        agent = self.start_agent('--tracing-policy', self.path('policies'), ring='64K').wait_ready()
        agent.process.send_signal(signal.SIGSTOP)
        self.addCleanup(agent.process.send_signal, signal.SIGCONT)
        self.spawn([trigger_path('call'), *(['lseek', '-8', '0', '0', '--'] * 4000)[:-1]]).wait()
        for _ in range(3):
            victim = self.spawn([trigger_path('call'), 'lseek', '-7', '0', '0'])
            victim.communicate()
            self.assertEqual(victim.returncode, -signal.SIGKILL)
        agent.process.send_signal(signal.SIGCONT)
        counted = of(agent.stop().ledger, 'full')
        self.assertEqual((counted['signal'], counted['post']), (3, 4003))
        self.assertGreaterEqual(counted['lost'], 3)

    def test_when_it_returns(self):
        agent = self.load(policy('kills', hook(
            'sys_lseek', (0, 'int'),
            more='    return: true\n    returnArg: {index: 0, type: int}\n') +
            '    selectors:\n' + one('{action: Post}', (0, 'Equal', [-7, 0]),
                                     matchReturnArgs='[{index: 0, operator: Equal, '
                                     'values: ["-9"]}]', matchReturnActions=f'[{KILL}]')))
        self.assertEqual(self.make(agent, ('pipe2', '=' + '00' * 8, 0), ('lseek', 0, 0, 77))[1], 0)
        self.assertEqual(self.make(agent, ('lseek', -7, 0, 0))[1], -signal.SIGKILL)
        self.assertEqual(self.guarantees, {'kills': ['killed_after']})
        self.assertEqual(of(self.check_complete(agent).ledger, 'kills')['signal'], 1)

    def test_agent_is_spared(self):
        agent_binary = os.path.realpath(f'{Agent.build}/ocellid')
        agent = self.load(policy('writes', hook('sys_write', (0, 'int')) +
                                 f'    selectors:\n    - matchBinaries: [{{operator: In, '
                                 f'values: [{agent_binary}]}}]\n      matchActions: [{KILL}]\n'))
        self.make(agent, ('lseek', -8, 0, 0))
        self.check_complete(agent)

    def test_with_others(self):
        """Of several policies on one call, each does what it says."""
        agent = self.load(policy('tells', seeks('{action: Post}', -7)),
                          policy('kills', seeks(KILL, -7)),
                          policy('would', seeks(KILL, -7), lists=MONITORS))
        _, code, actions = self.make(agent, ('lseek', -7, 0, 0))
        self.assertEqual((code, sorted(actions)), (-signal.SIGKILL, ['POST', 'SIGKILL', 'SIGKILL']))
        self.assertEqual(self.guarantees, {'tells': None, 'kills': ['killed_after'],
                                           'would': ['would_kill']})
        ledger = self.check_complete(agent).ledger
        self.assertEqual(of(ledger, 'would'), {'post': 1, 'monitor_signal': 1})
        self.assertEqual(of(ledger, 'kills'), {'post': 1, 'signal': 1})


@unittest.skipUnless(recent_enough(), OLD)
class Denials(EnforcementCase):
    def opens(self, name, path, actions='{action: Override, argError: -1}', **more):
        return section(name, 'lsmhooks', lsm('file_open', (0, 'file')) + '    selectors:\n' +
                       one(actions, (0, 'Equal', [path])), **more)

    def file(self, name='secret'):
        path = self.path(name)
        with open(path, 'w', encoding='ascii'):
            pass
        return path

    @needs('lsm_active')
    def test_by_lsm(self):
        path = self.file()
        agent = self.load(self.opens('denies', path))
        got, code, actions = self.make(agent, ('openat', -100, f':{path}', 0),
                                       ('openat', -100, ':/dev/null', 0))
        self.assertEqual((got[0], got[1] >= 0, code, actions), (-1, True, 0, ['OVERRIDE']))
        with open(path, encoding='ascii'):
            pass  # another program
        self.assertEqual(of(self.check_complete(agent).ledger, 'denies'),
                         {'post': 1, 'override': 1})

    @needs('lsm_active')
    def test_which_error(self):
        """That of the first; and those that only tell or count change nothing."""
        path = self.file()
        agent = self.load(self.opens('a', path, '{action: Post}'),
                          self.opens('b', path, '{action: Override, argError: -1}', lists=MONITORS),
                          self.opens('c', path, '{action: Override, argError: -13}'),
                          self.opens('d', path, '{action: Override, argError: -2}'))
        got, code, _ = self.make(agent, ('openat', -100, f':{path}', 0))
        self.assertEqual((got, code), ([-13], 0))
        self.assertEqual(self.guarantees, {'a': None, 'b': ['would_deny'], 'c': ['denied'],
                                           'd': ['denied']})
        ledger = self.check_complete(agent).ledger
        self.assertEqual(of(ledger, 'b'), {'post': 1, 'monitor_override': 1})
        self.assertEqual(of(ledger, 'd'), {'post': 1, 'override': 1})

    @needs('lsm_active')
    def test_denied_and_killed(self):
        path = self.file()
        agent = self.load(self.opens('denies', path, '{action: Override, argError: -1}, ' + KILL))
        self.assertEqual(self.make(agent, ('openat', -100, f':{path}', 64 | 512))[1:],
                         (-signal.SIGKILL, ['SIGKILL']))
        self.assertEqual(self.guarantees, {'denies': ['denied', 'killed_after']})
        self.check_complete(agent)

    @needs('lsm_active')
    def test_what_decides_nothing(self):
        log = self.refused(section('void', 'lsmhooks', lsm('bprm_committed_creds',
                                                           (0, 'linux_binprm')) +
                                   '    selectors:\n' + one('{action: Override, argError: -1}')))
        self.assertIn('returns is nothing, and cannot be overridden', log)

    @needs('lsm_active')
    def test_without_room_to_tell(self):
        path = self.file()
        self.write(self.opens('denies', path))
        self.write(policy('fills', seeks('{action: Post}', -8)), 'fills.yaml')
        agent = self.start_agent('--tracing-policy', self.path('policies'), ring='64K').wait_ready()
        agent.process.send_signal(signal.SIGSTOP)
        self.addCleanup(agent.process.send_signal, signal.SIGCONT)
        self.spawn([trigger_path('call'), *(['lseek', '-8', '0', '0', '--'] * 4000)[:-1]]).wait()
        opens = self.spawn([trigger_path('call'), '-r', 'openat', '-100', f':{path}', '0'],
                           stdout=subprocess.PIPE, text=True)
        self.assertEqual(opens.communicate()[0], '-1\n')
        agent.process.send_signal(signal.SIGCONT)
        self.assertEqual(of(agent.stop().ledger, 'denies')['override'], 1)

    @needs('fmod_ret')
    def test_of_functions(self):
        path = self.file()
        agent = self.load(policy('denies', function('security_file_open', (0, 'file')) +
                                 '    selectors:\n' + one('{action: Override, argError: -13}',
                                                          (0, 'Equal', [path]))))
        got, code, actions = self.make(agent, ('openat', -100, f':{path}', 0),
                                       ('openat', -100, ':/dev/null', 0))
        self.assertEqual((got[0], got[1] >= 0, code, actions), (-13, True, 0, ['OVERRIDE']))
        self.assertEqual(of(self.check_complete(agent).ledger, 'denies'),
                         {'post': 1, 'override': 1})

    @needs('fmod_ret')
    def test_of_fentries(self):
        """A denial makes them programs of fmod_ret, which see the same."""
        path = self.file()
        for name, actions in {'kills': KILL, 'denies': '{action: Override, argError: -13}'}.items():
            with self.subTest(name):
                agent = self.load(section(name, 'fentries', function(
                    'security_file_open', (0, 'file')) + '    selectors:\n' +
                    one(actions, (0, 'Equal', [path]))))
                got, code, told = self.make(agent, ('openat', -100, ':/dev/null', 0),
                                            ('openat', -100, f':{path}', 0))
                if name == 'kills':
                    self.assertEqual((code, told), (-signal.SIGKILL, ['SIGKILL']))
                else:
                    self.assertEqual((got[1:], code, told), ([-13], 0, ['OVERRIDE']))
                self.check_complete(agent)

    @needs('fmod_ret_syscall')
    def test_of_system_calls(self):
        """Of 64-bit programs: of others the kernel lets nobody override what calls return."""
        text = policy('denies', seeks('{action: Override, argError: -77}', -7))
        if platform.machine() == 'x86_64':
            log = self.refused(text)
            self.assertIn('override what __ia32_', log)
            self.assertIn('of 32-bit programs it overrides no calls', log)
        agent = self.load(text.replace('sys_lseek', f'{PREFIX}lseek'))
        self.assertEqual(self.make(agent, ('lseek', -8, 0, 0), ('lseek', -7, 0, 0)),
                         ([-9, -77], 0, ['OVERRIDE']))
        self.check_complete(agent)

    def method(self, name):
        return f'  options: [{{name: override-method, value: {name}}}]\n'

    @without_feature('override_return')
    def test_method_that_the_kernel_lacks(self):
        log = self.refused(policy('denies', seeks('{action: Override, argError: -77}', -7),
                                  lists=self.method('override-return')))
        self.assertRegex(log, r'0.yaml:\d+:\d+: error: this kernel cannot override what \S*lseek '
                              'returns by override-return')
        self.assertIn('leave out the option override-method', log)

    @needs('fmod_ret')
    def test_method_of_functions(self):
        """Of those there is only one, whatever the policy says."""
        path = self.file()
        for name in 'fmod-ret', 'override-return':
            with self.subTest(name):
                agent = self.load(policy('denies', function('security_file_open', (0, 'file')) +
                                         '    selectors:\n' +
                                         one('{action: Override, argError: -13}',
                                             (0, 'Equal', [path])), lists=self.method(name)))
                self.assertEqual(self.make(agent, ('openat', -100, f':{path}', 0))[0], [-13])
                self.check_complete(agent)

    @needs('fmod_ret_syscall')
    def test_method_of_system_calls(self):
        agent = self.load(policy('denies', seeks('{action: Override, argError: -77}', -7).replace(
            'sys_lseek', f'{PREFIX}lseek'), lists=self.method('fmod-ret')))
        self.assertEqual(self.make(agent, ('lseek', -7, 0, 0))[0], [-77])
        self.check_complete(agent)

    def test_when_it_has_returned(self):
        log = self.refused(policy('late', hook(
            'sys_lseek', (0, 'int'),
            more='    return: true\n    returnArg: {index: 0, type: int}\n') + '    selectors:\n' +
            one('{action: Post}', (0, 'Equal', [-7]), matchReturnArgs='[{index: 0, operator: Equal, '
                'values: ["-9"]}]', matchReturnActions='[{action: Override, argError: -1}]')))
        self.assertRegex(log, r'0.yaml:\d+:\d+: error: what has returned cannot be overridden')
        self.assertIn('matchActions', log)

    def test_where_nothing_can_be_denied(self):
        raw = ('  - subsystem: raw_syscalls\n    event: sys_enter\n    raw: true\n'
               '    args: [{index: 1, type: int64}]\n    selectors:\n')
        agent = self.load(policy('tells', raw + one('{action: Override, argError: -1}', (
            1, 'Equal', [8]))).replace('kprobes:', 'tracepoints:'))
        log = self.check_complete(agent).stderr
        self.assertRegex(log, r'0.yaml:\d+:\d+: error: Override is not for tracepoints')
        self.assertIn('write NotifyEnforcer', log)

    @without_feature('fmod_ret_syscall')
    def test_of_system_calls_without(self):
        """A denial that cannot be is no policy, and nothing weaker is done instead."""
        log = self.refused(policy('denies', seeks('{action: Override, argError: -1}', -7)))
        self.assertRegex(log, r'0.yaml:\d+:\d+: error: this kernel cannot override what \S*sys_lseek')
        self.assertIn('write Sigkill', log)


if __name__ == '__main__':
    unittest.main()
