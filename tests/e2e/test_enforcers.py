# SPDX-License-Identifier: Apache-2.0
"""spec.enforcers: what one hook finds out, another call is stopped for. All is about the triggers
alone."""

import os
import platform
import signal
import subprocess
import unittest

from case import needs, trigger_path, without_feature
from test_enforcement import MONITORS, EnforcementCase, of, one, seeks
from test_policies import PREFIX, hook, policy, recent_enough
from test_policy_hooks import OLD, function

NOTIFY = '{action: NotifyEnforcer, argSig: 9}'
DENY = '{action: NotifyEnforcer, argError: -13}'
CLEAN = '{action: CleanupEnforcerNotification}'
FATAL, HARMLESS = ('lseek', -7, 0, 0), ('lseek', -8, 0, 0)
GETS = ('getpriority', 0, 0)
NUMBERS = {'x86_64': {'lseek': 8, 'getpriority': 140},
           'aarch64': {'lseek': 62, 'getpriority': 141}}[platform.machine()]


def enforced(name, calls, *hooks, more=''):
    return policy(name, *hooks, lists=f'{more}  enforcers: [{{calls: [{", ".join(calls)}]}}]\n')


def traced(name, calls, *hooks, **more):
    return enforced(name, calls, *hooks, **more).replace('  kprobes:\n', '  tracepoints:\n')


def tracepoint(actions, where, kind, index, values):
    return (f'  - subsystem: raw_syscalls\n    event: sys_enter\n{where}'
            f'    args: [{{index: {index}, type: {kind}}}]\n    selectors:\n' +
            one(actions, (index, 'InMap' if kind == 'syscall64' else 'Equal', values)))


@unittest.skipUnless(recent_enough(), OLD)
class Signals(EnforcementCase):
    def test_another_call(self):
        """It is that thread's next, however much later, and once."""
        agent = self.load(enforced('notices', ['sys_getpriority'], seeks(
            '{action: NotifyEnforcer, argSig: 10}', -7)))
        self.assertEqual(self.make(agent, GETS, HARMLESS, GETS)[1:], (0, []))
        got, code, actions = self.make(agent, FATAL, HARMLESS, GETS)
        self.assertEqual((got, code, actions), ([], -signal.SIGUSR1, ['NOTIFYENFORCER']))
        self.assertEqual(self.make(agent, FATAL)[1:], (0, ['NOTIFYENFORCER']))
        self.assertEqual(self.make(agent, GETS)[1:], (0, []))
        ended = self.check_complete(agent)
        self.assertEqual(of(ended.ledger, 'notices'),
                         {'post': 2, 'notify_enforcer': 2, 'signal': 1})
        self.assertEqual(ended.ledger.selectors['notices/enforcers[0].selectors[0]'], {'signal': 1})

    def test_itself(self):
        """Whichever of the programs on the call comes first."""
        for calls in ('sys_lseek',), ('sys_dup', '"list:calls"'):
            lists = '  lists:\n  - {name: calls, type: syscalls, values: [sys_lseek, sys_dup]}\n'
            for what in 'sys_lseek', 'list:calls':
                with self.subTest(calls=calls, what=what):
                    used = 'list:' in what + calls[-1]
                    agent = self.load(enforced('notices', calls, seeks(NOTIFY, -7).replace(
                        'sys_lseek', what), more=lists if used else ''))
                    self.assertEqual(self.make(agent, HARMLESS, FATAL, HARMLESS)[1:],
                                     (-signal.SIGKILL, ['NOTIFYENFORCER']))
                    self.assertEqual(self.make(agent, HARMLESS)[1:], (0, []))
                    counted = of(self.check_complete(agent).ledger, 'notices')
                    self.assertEqual(counted, {'post': 1, 'notify_enforcer': 1, 'signal': 1})

    def test_tracepoints(self):
        """Of all calls, which are looked at where they are enforced on, too, or before."""
        lists = '  lists:\n  - {name: calls, type: syscalls, values: [sys_lseek, sys_dup]}\n'
        number = NUMBERS['lseek']
        places = {'record': ('', 'int64', 4, [number]),
                  'raw': ('    raw: true\n', 'int64', 1, [number]),
                  'list': ('', 'syscall64', 4, ['list:calls'])}
        for name, place in places.items():
            for calls in ('sys_lseek', 'sys_dup'), ('sys_dup', 'sys_getpriority'):
                with self.subTest(name, calls=calls):
                    agent = self.load(traced('notices', calls, tracepoint(NOTIFY, *place),
                                             more=lists if name == 'list' else ''))
                    self.assertEqual(self.make(agent, GETS)[1], 0)
                    _, code, actions = self.make(agent, FATAL, GETS)
                    self.assertEqual((code, actions), (-signal.SIGKILL, ['NOTIFYENFORCER']))
                    # Of the call itself nobody saw the end.
                    self.assertEqual(self.make(agent, FATAL)[1],
                                     -signal.SIGKILL if 'sys_lseek' in calls else 0)
                    self.check_complete(agent)

    def test_tracepoint_of_a_call(self):
        text = ('  - subsystem: syscalls\n    event: sys_enter_lseek\n'
                '    args: [{index: 5, type: int64}]\n    selectors:\n' +
                one(NOTIFY, (5, 'Equal', [-7])))
        for calls in ['sys_lseek'], ['sys_getpriority']:
            with self.subTest(calls=calls):
                agent = self.load(traced('notices', calls, text))
                self.assertEqual(self.make(agent, HARMLESS, GETS)[1], 0)
                self.assertEqual(self.make(agent, FATAL, GETS)[1], -signal.SIGKILL)
                self.assertEqual(of(self.check_complete(agent).ledger, 'notices')['signal'], 1)

    def test_32_bit(self):
        agent = self.load(enforced('notices', ['sys_getpriority'], seeks(NOTIFY, -7)))
        self.assertEqual(self.make(agent, (96, 0, 0), (19, -8, 0, 0), program='call32')[1], 0)
        self.assertEqual(self.make(agent, (19, -7, 0, 0), (96, 0, 0), program='call32')[1],
                         -signal.SIGKILL)
        self.check_complete(agent)

    def test_only_of_the_same_policy(self):
        agent = self.load(enforced('notices', ['sys_dup'], seeks(NOTIFY, -7)),
                          enforced('others', ['sys_getpriority'], seeks(NOTIFY, -6)))
        self.assertEqual(self.make(agent, FATAL, GETS, HARMLESS)[1:], (0, ['NOTIFYENFORCER']))
        self.check_complete(agent)

    def test_missed(self):
        """What took the place of another, and what was cleaned up before a call saw it."""
        agent = self.load(enforced('notices', ['sys_getpriority'], hook('sys_lseek', (0, 'int')) +
                                   '    selectors:\n' + one(NOTIFY, (0, 'Equal', [-7])) +
                                   one(CLEAN, (0, 'Equal', [-8]))))
        got, code, actions = self.make(agent, HARMLESS, FATAL, FATAL, HARMLESS, GETS)
        self.assertEqual((len(got), code), (5, 0))
        self.assertEqual(actions, ['CLEANUPENFORCERNOTIFICATION', *['NOTIFYENFORCER'] * 2,
                                   'CLEANUPENFORCERNOTIFICATION'])
        counted = of(self.check_complete(agent).ledger, 'notices')
        self.assertEqual(counted, {'post': 4, 'notify_enforcer': 2, 'overwritten': 1, 'cleaned': 1})

    def test_when_it_returns(self):
        agent = self.load(enforced('notices', ['sys_getpriority'], hook(
            'sys_lseek', (0, 'int'),
            more='    return: true\n    returnArg: {index: 0, type: int}\n') + '    selectors:\n' +
            one('{action: NoPost}', matchReturnArgs='[{index: 0, operator: Equal, '
                'values: ["-9"]}]', matchReturnActions=f'[{NOTIFY}]')))
        pipe = ('pipe2', '=' + '00' * 8, 0)
        self.assertEqual(self.make(agent, pipe, ('lseek', 0, 0, 77), GETS)[1], 0)
        self.assertEqual(self.make(agent, pipe, FATAL, GETS)[1], -signal.SIGKILL)
        self.check_complete(agent)

    def test_threads(self):
        """A thread's notice is its own."""
        agent = self.load(enforced('notices', ['sys_getppid'], hook(
            'sys_getpriority', (0, 'int')) + '    selectors:\n' +
            one(NOTIFY, (0, 'Equal', [77]))))
        self.assertEqual(self.make(agent, ('threads', 3, 77), program='acts')[1], 0)
        self.check_complete(agent)

    def test_monitor(self):
        agent = self.load(enforced('would', ['sys_getpriority'], seeks(NOTIFY, -7), more=MONITORS))
        self.assertEqual(self.make(agent, FATAL, GETS)[1:], (0, ['NOTIFYENFORCER']))
        self.assertEqual(of(self.check_complete(agent).ledger, 'would'),
                         {'post': 1, 'monitor_notify_enforcer': 1})

    def test_new_text(self):
        """What a thread was notified of before, is done by the new programs."""
        text = enforced('notices', ['sys_getpriority'], seeks(NOTIFY, -7))
        agent = self.load(text)
        process = self.spawn([trigger_path('call'), *map(str, FATAL), '--', 'read', '0', '=00', '1',
                              '--', *map(str, GETS)], stdin=subprocess.PIPE)
        agent.wait_for(lambda e: e.type == 'process_kprobe' and e.process['pid'] == process.pid)
        since = agent.lines_of_log
        self.write(text.replace('getpriority', 'getpriority, sys_dup'), '0.yaml')
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_log('policy notices: enabled', since)
        process.communicate(b'x')
        self.assertEqual(process.returncode, -signal.SIGKILL)
        agent.wait_exit(process.pid)
        self.check_complete(agent)

    def test_with_others(self):
        """Those that come and go change nothing."""
        text = enforced('notices', ['sys_getpriority'], seeks(NOTIFY, -7))
        agent = self.load(text)
        for other in enforced('other', ['sys_getpriority'], seeks(NOTIFY, -7)), None:
            with self.subTest(other=bool(other)):
                since = agent.lines_of_log
                if other:
                    self.write(other, 'other.yaml')
                else:
                    os.unlink(self.path('policies/other.yaml'))
                agent.process.send_signal(signal.SIGHUP)
                agent.wait_log('policy other' if other else 'policy other is unloaded', since)
                self.assertEqual(self.make(agent, HARMLESS, GETS)[1], 0)
                self.assertEqual(self.make(agent, FATAL, GETS)[1], -signal.SIGKILL)
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), OLD)
class Denials(EnforcementCase):
    def denies(self, calls, actions=DENY, number=-7):
        return enforced('denies', calls, seeks(actions, number))

    @needs('fmod_ret')
    def test_functions(self):
        agent = self.load(self.denies(['security_file_open']))
        opens = ('openat', -100, ':/dev/null', 0)
        got, code, actions = self.make(agent, opens, FATAL, opens, opens)
        self.assertEqual((got[0] >= 0, got[1:3], got[3] >= 0), (True, [-9, -13], True))
        self.assertEqual((code, actions), (0, ['NOTIFYENFORCER']))
        self.assertEqual(of(self.check_complete(agent).ledger, 'denies'),
                         {'post': 1, 'notify_enforcer': 1, 'override': 1})

    @needs('fmod_ret')
    def test_both(self):
        path = self.path('made')
        agent = self.load(self.denies(['security_path_mkdir', 'security_inode_mkdir'],
                                      '{action: NotifyEnforcer, argError: -1, argSig: 9}'))
        self.assertEqual(self.make(agent, FATAL, ('mkdirat', -100, f':{path}', 0o700))[1:],
                         (-signal.SIGKILL, ['NOTIFYENFORCER']))
        self.assertFalse(os.path.exists(path))
        counted = of(self.check_complete(agent).ledger, 'denies')
        self.assertEqual((counted['signal'], counted['override']), (1, 1))

    @needs('fmod_ret')
    @needs('kprobe')
    def test_itself(self):
        """The hook and the enforcer are at one function."""
        path = self.path('secret')
        with open(path, 'w', encoding='ascii'):
            pass
        agent = self.load(enforced('denies', ['security_file_open'], function(
            'security_file_open', (0, 'file')) + '    selectors:\n' +
            one(DENY, (0, 'Equal', [path]))))
        self.assertEqual(self.make(agent, ('openat', -100, f':{path}', 0))[0], [-13])
        self.check_complete(agent)

    @needs('fmod_ret_syscall')
    def test_system_calls(self):
        text = self.denies([f'{PREFIX}lseek'])
        agent = self.load(text, traced('all', [f'{PREFIX}getpriority'], tracepoint(
            DENY, '', 'int64', 4, [NUMBERS['getpriority']])))
        got, code, _ = self.make(agent, HARMLESS, FATAL, HARMLESS, GETS)
        self.assertEqual((got, code), ([-9, -13, -9, -13], 0))
        self.check_complete(agent)

    @without_feature('fmod_ret_syscall')
    def test_system_calls_without(self):
        """A denial that cannot be is no policy, whatever else it asks for."""
        log = self.refused(self.denies(
            ['sys_lseek'], '{action: NotifyEnforcer, argError: -1, argSig: 9}'))
        self.assertRegex(log, r'0.yaml:\d+:\d+: error: this kernel cannot override what \S*sys_lseek')
        self.assertIn('argSig alone', log)


@unittest.skipUnless(recent_enough(), OLD)
class Mistakes(EnforcementCase):
    def test_no_such_call(self):
        log = self.refused(enforced('bad', ['sys_lseck'], seeks(NOTIFY, -7)))
        self.assertRegex(log, r'0.yaml:5:\d+: error: this kernel has no system call sys_lseck')
        self.assertIn('did you mean', log)

    def test_no_such_function(self):
        log = self.refused(enforced('bad', ['security_file_opem'], seeks(DENY, -7)))
        self.assertRegex(log, r'0.yaml:5:\d+: error: this kernel has no function security_file_opem')


if __name__ == '__main__':
    unittest.main()
