# SPDX-License-Identifier: Apache-2.0
"""Policies that clients add, change and delete, and what of them outlives the agent."""

import json
import os
import shutil
import signal
import stat
import threading
import unittest

from case import scaled, trigger_path
from test_api import ApiCase, HEALTH, MISSING
from test_policies import hook, policy, recent_enough
from test_policy_hostile import many_hooks

if not MISSING:
    import grpc
    from grpc import StatusCode


def lseek(name, number, *actions, options=''):
    """Tells of calls with this number for a descriptor."""
    text = policy(name, hook('sys_lseek', (0, 'int'),
                             selectors=[([(0, 'Equal', [number])], actions)]))
    return text.replace('spec:\n', f'spec:\n{options}')


MONITORS = '  options: [{name: policy-mode, value: monitor}]\n'


@unittest.skipUnless(recent_enough(), 'policies need Linux 5.13 (docs/kernels.md)')
class PolicyCase(ApiCase):
    def start_serving(self, *args, **more):
        agent = super().start_serving(*args, **more)
        self.calls = self.client()
        return agent

    def start_keeping(self, *args, **more):
        return self.start_serving('--persist-grpc-policies', '--persist-grpc-policies-dir',
                                  self.path('kept'), *args, **more)

    def add(self, text, **more):
        return self.calls.call('AddTracingPolicy', {'yaml': text, **more})

    def delete(self, name, **more):
        return self.calls.call('DeleteTracingPolicy', {'name': name, **more})

    def configure(self, name, **more):
        return self.calls.call('ConfigureTracingPolicy', {'name': name, **more})

    def list(self):
        """{name: status}"""
        found = self.calls.call('ListTracingPolicies').get('policies', [])
        return {p['name']: p for p in found}

    def states(self):
        return {name: p['state'].removeprefix('TP_STATE_') for name, p in self.list().items()}

    def told(self, agent, number):
        """The policies that tell of a call with this number."""
        trigger = self.run_with(agent, [trigger_path('call'), 'lseek', str(number), '0', '0'])
        return sorted(e.body['policy_name'] for e in agent.events
                      if e.type == 'process_kprobe' and e.pid == trigger.pid)

    def kept(self):
        return sorted(os.listdir(self.path('kept')))


class Adding(PolicyCase):
    def test_add_and_delete(self):
        agent = self.start_serving()
        self.add(lseek('sevens', -7))
        self.add(lseek('eights', -8), domain='team-a')
        self.assertEqual(self.told(agent, -7), ['sevens'])
        sevens, eights = self.list()['sevens'], self.list()['eights']
        self.assertEqual((sevens['domain'], sevens['state'], eights['domain']),
                         ('grpc', 'TP_STATE_ENABLED', 'team-a'))
        self.assertEqual(self.calls.call('ListDomains'),
                         {'domains': ['grpc', 'static', 'team-a']})
        self.assert_refused(StatusCode.ALREADY_EXISTS, 'delete that one first', self.add,
                        lseek('sevens', -9))
        self.add(lseek('sevens', -9), domain='team-a')
        self.assertEqual(self.told(agent, -9), ['sevens'])
        self.delete('sevens')
        self.assertEqual(self.told(agent, -7), [])
        self.assertEqual(self.told(agent, -9), ['sevens'])
        self.assert_refused(StatusCode.NOT_FOUND, 'no policy sevens in the domain grpc', self.delete,
                        'sevens')
        # Its counters, and instructions of the BPF and of the machine; not what all have in common.
        memory = int(self.list()['sevens']['kernel_memory_bytes'])
        self.assertGreater(memory, 500)
        self.assertLess(memory, 32 << 10)
        # Under the same name it is another.
        self.add(lseek('sevens', -7))
        self.assertEqual(self.told(agent, -7), ['sevens'])
        self.check_end(agent)

    def test_what_is_wrong_is_said_with_its_place(self):
        agent = self.start_serving()
        for text, *told in (
                (lseek('p', -7).replace('operator: Equal', 'operator: Equals'),
                 '11:', 'did you mean'),
                ('', 'no policy in it'), ('{', '1:'), ('a: b\n', 'apiVersion'),
                (lseek('a', -7) + '---\n' + lseek('b', -8), 'there are 2 policies'),
                (lseek('Not A Name', -7), '3:')):
            for part in told:
                self.assert_refused(StatusCode.INVALID_ARGUMENT, part, self.add, text)
        for domain, told in (('static', 'SIGHUP'), ('sensors', 'own'), ('A B', '63'),
                             ('x' * 64, '63'), ('../x', '63')):
            self.assert_refused(StatusCode.INVALID_ARGUMENT, told, self.add, lseek('p', -7),
                            domain=domain)
        self.assertEqual(self.list(), {})
        self.check_end(agent)

    def test_what_the_kernel_does_not_take(self):
        agent = self.start_serving()
        bad = policy('p', '  - call: no_such_call_a\n', '  - call: no_such_call_b\n')
        with self.assertRaises(grpc.RpcError) as raised:
            self.add(bad)
        self.assertEqual(raised.exception.code(), StatusCode.FAILED_PRECONDITION)
        # All that is wrong, not the first of it.
        for name in 'no_such_call_a', 'no_such_call_b':
            self.assertIn(name, raised.exception.details())
        status = self.list()['p']
        self.assertEqual(status['state'], 'TP_STATE_LOAD_ERROR')
        self.assertIn('no_such_call_a', status['error'])
        self.assert_refused(StatusCode.FAILED_PRECONDITION, 'add it again', self.configure, 'p',
                        enable=True)
        # That is no reason not to take another.
        self.add(lseek('p', -7))
        self.assertEqual(self.states(), {'p': 'ENABLED'})
        self.assertEqual(self.told(agent, -7), ['p'])
        self.check_end(agent)

    def test_many_at_once(self):
        agent = self.start_serving()
        n = scaled(40, 10)
        errors = []

        def add(i):
            try:
                self.add(lseek(f'p{i}', -7))
                self.calls.call('ListTracingPolicies')
                if i % 2:
                    self.delete(f'p{i}')
            except grpc.RpcError as e:
                errors.append(e)

        threads = [threading.Thread(target=add, args=(i,)) for i in range(n)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])
        self.assertEqual(sorted(self.list()), sorted(f'p{i}' for i in range(0, n, 2)))
        self.assertEqual(len(self.told(agent, -7)), n // 2)
        self.check_end(agent)

    def futures(self, texts, **call):
        """Of calls of AddTracingPolicy, all at once."""
        path = '/tetragon.FineGuidanceSensors/AddTracingPolicy'
        method = self.calls.schema.method('tetragon.FineGuidanceSensors', 'AddTracingPolicy')
        request = self.calls.schema.message(method.input_type)
        make = self.calls.channel.unary_unary(path, request_serializer=bytes)
        return [make.future(request(yaml=text).SerializeToString(), **call) for text in texts]

    def test_nobody_waits(self):
        """Who gives up leaves nothing behind, and keeps nobody from his turn."""
        agent = self.start_serving()
        slow = [many_hooks(f's{i}', 50) for i in range(10)]
        for future in self.futures(slow, timeout=0.001):
            self.assertEqual(future.exception().code(), StatusCode.DEADLINE_EXCEEDED)
        self.add(lseek('p', -7))
        self.assertEqual(self.told(agent, -7), ['p'])
        # The one that was under way was finished.
        self.assertLessEqual(len(self.list()), 3)
        self.check_end(agent)

    def test_too_many_wait(self):
        agent = self.start_serving()
        codes = [f.code() for f in self.futures([lseek(f'p{i}', -7) for i in range(100)],
                                                timeout=60)]
        self.assertEqual(set(codes), {StatusCode.OK, StatusCode.RESOURCE_EXHAUSTED})
        self.assertGreaterEqual(codes.count(StatusCode.OK), 64)
        self.assertEqual(len(self.list()), codes.count(StatusCode.OK))
        self.check_end(agent)


class Configuring(PolicyCase):
    def test_disable_and_enable(self):
        agent = self.start_serving()
        self.add(lseek('p', -7))
        self.add(lseek('q', -7))
        self.assertEqual(self.told(agent, -7), ['p', 'q'])
        before = self.list()['p']
        self.configure('p', enable=False)
        self.assertEqual(self.states(), {'p': 'DISABLED', 'q': 'ENABLED'})
        self.assertEqual(self.told(agent, -7), ['q'])
        self.assertNotIn('stats', self.list()['p'])
        # Once more is no mistake.
        self.configure('p', enable=False)
        self.assert_refused(StatusCode.ALREADY_EXISTS, 'already', self.add, lseek('p', -7))
        self.configure('p', enable=True)
        self.assertEqual(self.told(agent, -7), ['p', 'q'])
        after = self.list()['p']
        self.assertEqual((after['id'], after['state']), (before['id'], 'TP_STATE_ENABLED'))
        # Its counters go on, also when it has been switched more than once.
        self.assertEqual([self.posts(p) for p in (before, after)], [(1, [1]), (2, [2])])
        self.configure('p', enable=False)
        self.configure('p', enable=True)
        self.told(agent, -7)
        self.assertEqual(self.posts(self.list()['p']), (3, [3]))
        self.configure('p', enable=False)
        self.delete('p')
        # Another of its name begins anew.
        self.add(lseek('p', -7))
        self.assertEqual(self.posts(self.list()['p']), (0, [0]))
        self.delete('p')
        self.assertEqual(self.states(), {'q': 'ENABLED'})
        self.check_end(agent)

    def posts(self, status):
        """How often a policy told, and each of its selectors."""
        stats = status['stats']
        return (int(stats['action_counters'].get('post', 0)),
                [int(s['action_counters'].get('post', 0))
                 for s in stats['selector_action_counters']])

    def test_mode(self):
        agent = self.start_serving()
        self.add(lseek('kills', -7, 'Sigkill', options=MONITORS))
        self.add(lseek('tells', -7))
        self.assertEqual(self.list()['kills']['mode'], 'TP_MODE_MONITOR')
        self.configure('kills', mode='TP_MODE_MONITOR')
        self.assert_refused(StatusCode.FAILED_PRECONDITION, 'only tells', self.configure, 'tells',
                        mode='TP_MODE_MONITOR')
        for mode in 'TP_MODE_MONITOR_ONLY', 'TP_MODE_UNKNOWN':
            self.assert_refused(StatusCode.INVALID_ARGUMENT, 'to enforce or to monitor',
                            self.configure, 'kills', mode=mode)
        self.assertEqual(self.told(agent, -7), ['kills', 'tells'])
        # Switched off, it can wait for what it is to be.
        self.configure('kills', mode='TP_MODE_ENFORCE', enable=False)
        self.assertEqual((self.list()['kills']['mode'], self.list()['kills']['state']),
                         ('TP_MODE_ENFORCE', 'TP_STATE_DISABLED'))
        self.assertEqual(self.states(), {'kills': 'DISABLED', 'tells': 'ENABLED'})
        self.configure('kills', mode='TP_MODE_MONITOR', enable=True)
        self.assertEqual(self.told(agent, -7), ['kills', 'tells'])
        # What it counted in either mode.
        stats = self.list()['kills']['stats']['action_counters']
        self.assertEqual((stats['post'], stats['monitor_signal']), ('2', '2'))
        self.check_end(agent)

    def test_mode_of_what_runs(self):
        """Each switch holds from the next call on, and counts go on."""
        agent = self.start_serving()
        text = lseek('kills', -7, 'Sigkill', options=MONITORS).replace(
            '- matchArgs', f'- matchBinaries: [{{operator: In, values: [{trigger_path("call")}]}}]'
            '\n      matchArgs')
        self.add(text)
        for mode, code in (('MONITOR', 0), ('ENFORCE', -signal.SIGKILL), ('MONITOR', 0),
                           ('ENFORCE', -signal.SIGKILL)):
            self.configure('kills', mode=f'TP_MODE_{mode}')
            self.assertEqual(self.list()['kills']['mode'], f'TP_MODE_{mode}')
            process = self.spawn([trigger_path('call'), 'lseek', '-7', '0', '0'])
            process.communicate()
            self.assertEqual(process.returncode, code, mode)
        agent.wait_exit(process.pid)
        self.assertEqual(self.list()['kills']['stats']['action_counters'],
                         {'post': '4', 'signal': '2', 'monitor_signal': '2'})
        self.check_end(agent)

    def test_mode_of_what_notifies(self):
        """What its enforcers have done is counted on, too."""
        agent = self.start_serving()
        self.add(lseek('notifies', -7, 'NotifyEnforcer, argSig: 9', options=MONITORS).replace(
            '- matchArgs', f'- matchBinaries: [{{operator: In, values: [{trigger_path("call")}]}}]'
            '\n      matchArgs').replace('spec:\n', 'spec:\n  enforcers: [{calls: [sys_dup]}]\n'))
        for mode, code in (('MONITOR', 0), ('ENFORCE', -signal.SIGKILL), ('MONITOR', 0),
                           ('ENFORCE', -signal.SIGKILL)):
            self.configure('notifies', mode=f'TP_MODE_{mode}')
            process = self.spawn([trigger_path('call'), 'lseek', '-7', '0', '0', '--', 'dup', '-1'])
            process.communicate()
            self.assertEqual(process.returncode, code, mode)
        agent.wait_exit(process.pid)
        self.assertEqual(self.list()['notifies']['stats']['action_counters'],
                         {'post': '4', 'signal': '2', 'notify_enforcer': '2',
                          'monitor_notify_enforcer': '2'})
        self.check_end(agent)

    def test_mode_that_cannot_be(self):
        """What it cannot be does not end what it is."""
        agent = self.start_serving()
        text = policy('notifies', hook('sys_lseek', (0, 'int'), selectors=[
            ([(0, 'Equal', [-7])], ['NotifyEnforcer'])])).replace(
                'spec:\n', f'spec:\n{MONITORS}  enforcers: [{{calls: [sys_nowhere]}}]\n')
        self.add(text)
        self.assert_refused(StatusCode.FAILED_PRECONDITION, 'no system call sys_nowhere', self.configure,
                        'notifies', mode='TP_MODE_ENFORCE', enable=True)
        self.assertEqual((self.list()['notifies']['mode'], self.list()['notifies']['state']),
                         ('TP_MODE_MONITOR', 'TP_STATE_ENABLED'))
        self.assertEqual(self.told(agent, -7), ['notifies'])
        self.configure('notifies', mode='TP_MODE_ENFORCE', enable=False)
        self.assert_refused(StatusCode.FAILED_PRECONDITION, 'no system call sys_nowhere', self.configure,
                        'notifies', enable=True)
        self.assertEqual(self.states(), {'notifies': 'DISABLED'})
        self.check_end(agent)

    def test_what_makes_no_sense(self):
        agent = self.start_serving()
        self.assert_refused(StatusCode.NOT_FOUND, 'no policy p', self.configure, 'p', enable=True)
        self.assert_refused(StatusCode.INVALID_ARGUMENT, 'changes nothing', self.configure, 'p')
        self.assert_refused(StatusCode.INVALID_ARGUMENT, 'names no policy', self.configure, '',
                        enable=True)
        self.assert_refused(StatusCode.INVALID_ARGUMENT, 'names no policy', self.delete, '')
        for name in 'EnableTracingPolicy', 'DisableTracingPolicy':
            self.assert_refused(StatusCode.UNKNOWN, 'ConfigureTracingPolicy', self.calls.call, name,
                            {'name': 'p'})
        self.check_end(agent)

    def test_deprecated(self):
        agent = self.start_serving('--enable-deprecated-tracingpolicy-grpc')
        self.add(lseek('p', -7))
        self.calls.call('DisableTracingPolicy', {'name': 'p'})
        self.assertEqual(self.states(), {'p': 'DISABLED'})
        self.calls.call('EnableTracingPolicy', {'name': 'p'})
        self.assertEqual(self.told(agent, -7), ['p'])
        self.check_end(agent)

    def test_those_of_files(self):
        """What they were changed to stays when files are read again; the rest is the file's."""
        file = self.path('p.yaml')

        def write(number):
            with open(file, 'w', encoding='utf-8') as f:
                f.write(lseek('p', number))

        def reload(agent):
            since = agent.lines_of_log
            agent.process.send_signal(signal.SIGHUP)
            agent.wait_log('reading the policies', since)

        write(-7)
        agent = self.start_serving('--tracing-policy', file)
        self.configure('p', domain='static', enable=False)
        for number in -7, -8:
            write(number)
            reload(agent)
            self.assertEqual(self.states(), {'p': 'DISABLED'})
        self.configure('p', domain='static', enable=True)
        self.assertEqual(self.told(agent, -8), ['p'])
        self.delete('p', domain='static')
        self.assertEqual(self.list(), {})
        reload(agent)
        self.assertEqual(self.states(), {'p': 'ENABLED'})
        self.assertEqual(self.told(agent, -8), ['p'])
        self.check_end(agent)


class Costs(PolicyCase):
    def test_go_on_whatever_else_is_at_their_place(self):
        """Programs come and go, and are many policies'; what they have cost stays with whose it was."""
        agent = self.start_serving()
        # The kernel measures as long as somebody asks it to.
        top = self.spawn([os.path.join(agent.build, 'ocelli'), 'top', '--measure', '-o', 'json',
                          '--server-address', f'unix://{self.socket}', '--interval=100ms'])
        self.assertTrue(top.stdout.readline())
        self.add(lseek('p', -7))

        def cost(name):
            found = self.calls.call('ListTracingPolicies', {'extended': True})['policies']
            [status] = [p for p in found if p['name'] == name]
            return int(status.get('run_count', 0)), int(status.get('run_time_ns', 0))

        def call():
            self.told(agent, -7)
            return cost('p')[0] > 20

        self.wait_until(call, 'what it costs')
        top.kill()
        top.wait()
        runs, ns = cost('p')
        self.assertGreater(ns, runs)
        for change in (lambda: self.add(lseek('q', -7)),
                       lambda: self.configure('p', enable=False),
                       lambda: self.configure('p', enable=True),
                       lambda: self.delete('q')):
            change()
            if self.states()['p'] == 'ENABLED':
                found = cost('p')
                # What cannot be shared out evenly is nobody's.
                self.assertGreaterEqual(found[0], runs - 2)
                self.assertGreaterEqual(found[1], ns - 2)
        self.check_end(agent)


class Keeping(PolicyCase):
    def health(self):
        return self.calls.call('Check', {}, HEALTH)['status']

    def test_restored(self):
        agent = self.start_keeping()
        self.add(lseek('works', -7))
        self.add(lseek('idle', -7), domain='team-a')
        self.add(lseek('kills', -7, 'Sigkill', options=MONITORS))
        self.add(lseek('gone', -7))
        self.configure('idle', domain='team-a', enable=False)
        self.configure('kills', enable=False, mode='TP_MODE_ENFORCE')
        self.delete('gone')
        self.assert_refused(StatusCode.FAILED_PRECONDITION, 'no_such', self.add,
                        policy('bad', '  - call: no_such_call\n'))
        self.assertEqual(self.kept(), ['idle::team-a.json', 'kills::grpc.json',
                                       'works::grpc.json'])
        self.assertEqual(stat.S_IMODE(os.stat(self.path('kept')).st_mode), 0o700)
        for name in self.kept():
            self.assertEqual(stat.S_IMODE(os.stat(self.path('kept/' + name)).st_mode), 0o600)
        agent.kill()
        agent = self.start_keeping()
        self.assertEqual(self.states(), {'kills': 'DISABLED', 'idle': 'DISABLED',
                                         'works': 'ENABLED'})
        self.assertEqual(self.list()['kills']['mode'], 'TP_MODE_ENFORCE')
        self.assertEqual(self.told(agent, -7), ['works'])
        self.configure('idle', domain='team-a', enable=True)
        self.check_end(agent)
        # Without the option they are not there, and not lost.
        agent = self.start_serving()
        self.assertEqual(self.list(), {})
        self.check_end(agent)
        agent = self.start_keeping()
        self.assertEqual(self.told(agent, -7), ['idle', 'works'])
        self.check_end(agent)

    def test_all_or_nothing(self):
        agent = self.start_keeping()
        for name in 'a', 'b':
            self.add(lseek(name, -7))
        self.check_end(agent)
        path = self.path('kept/b::grpc.json')
        with open(path, encoding='utf-8') as f:
            good = json.load(f)
        bad = (({**good, 'yaml': 'x: y'}, 'apiVersion'), ('{', 'b::grpc.json'), ([], 'Expected'),
               ({**good, 'yaml': lseek('c', -7)}, "the policy in it is c"),
               ({**good, 'mode': 'x'}, 'neither'), ({**good, 'more': 1}, 'more'),
               ({**good, 'yaml': policy('b', '  - call: no_such_call\n')}, 'no_such_call'))
        for wrong, told in bad:
            with open(path, 'w', encoding='utf-8') as f:
                f.write(wrong if isinstance(wrong, str) else json.dumps(wrong))
            with open(self.path('p.yaml'), 'w', encoding='utf-8') as f:
                f.write(lseek('of-a-file', -7))
            agent = self.start_keeping('--tracing-policy', self.path('p.yaml'))
            agent.wait_log('no policy of clients is restored')
            self.assertIn(told, agent.log())
            self.assertEqual(self.health(), 'NOT_SERVING')
            self.assertEqual(self.told(agent, -7), ['of-a-file'])
            self.assertEqual(self.kept(), ['a::grpc.json', 'b::grpc.json'])
            self.assertIn(self.states().get('a', 'LOAD_ERROR'), 'LOAD_ERROR')
            with open(path, 'w', encoding='utf-8') as f:
                json.dump(good, f)
            since = agent.lines_of_log
            agent.process.send_signal(signal.SIGHUP)
            agent.wait_log('restored', since)
            self.assertEqual(self.told(agent, -7), ['a', 'b', 'of-a-file'])
            self.assertEqual(self.health(), 'SERVING')
            self.check_end(agent)

    def test_what_cannot_be_kept_is_not_done(self):
        agent = self.start_keeping()
        self.add(lseek('a', -7))
        self.add(lseek('kills', -7, 'Sigkill', options=MONITORS))
        self.configure('kills', enable=False)
        shutil.rmtree(self.path('kept'))
        for call, *args in ((self.add, lseek('b', -7)), (self.configure, 'a')):
            self.assert_refused(StatusCode.INTERNAL, 'cannot write', call, *args,
                                **({'enable': False} if args == ['a'] else {}))
        self.assert_refused(StatusCode.INTERNAL, 'cannot write', self.configure, 'kills',
                            mode='TP_MODE_ENFORCE')
        self.assertEqual(self.told(agent, -7), ['a'])
        self.assertEqual(self.states(), {'a': 'ENABLED', 'kills': 'DISABLED'})
        # Its mode is that of its text again, also for what comes of it.
        self.assertEqual(self.list()['kills']['mode'], 'TP_MODE_MONITOR')
        os.mkdir(self.path('kept'), 0o700)
        self.check_end(agent)

    def test_restored_when_what_is_wrong_has_gone(self):
        """However: mended, removed, or another is there by then."""
        agent = self.start_keeping()
        for name in 'a', 'b', 'c':
            self.add(lseek(name, -7))
        self.configure('c', enable=False)
        self.check_end(agent)
        bad = self.path('kept/b::grpc.json')
        with open(bad, 'w', encoding='utf-8') as f:
            json.dump({'yaml': policy('b', '  - call: no_such_call\n')}, f)
        with open(self.path('p.yaml'), 'w', encoding='utf-8') as f:
            f.write(policy('of-a-file', '  - call: no_such_call\n'))
        agent = self.start_keeping('--tracing-policy', self.path('p.yaml'))
        agent.wait_log('no policy of clients is restored')
        self.assertEqual({n: s for n, s in self.states().items() if n in 'ab'},
                         {'a': 'LOAD_ERROR', 'b': 'LOAD_ERROR'})
        self.add(lseek('new', -7))
        os.remove(bad)
        since = agent.lines_of_log
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_log('restored', since)
        self.assertEqual(self.states(), {'a': 'ENABLED', 'c': 'DISABLED', 'new': 'ENABLED',
                                         'of-a-file': 'LOAD_ERROR'})
        self.assertEqual(self.told(agent, -7), ['a', 'new'])
        self.assertEqual(self.health(), 'SERVING')
        self.check_end(agent)

    def test_whose_directory_it_is(self):
        os.mkdir(self.path('kept'))
        os.chmod(self.path('kept'), 0o777)
        agent = self.start_agent('--run-dir', self.path('run'), '--persist-grpc-policies',
                                 '--persist-grpc-policies-dir', self.path('kept'))
        ended = agent.wait_end()
        self.assertEqual(ended.status, 1)
        self.assertIn('chmod 700', ended.stderr)

    def test_killed_at_any_time(self):
        """What was answered is there, what was not may be; nothing else is."""
        there = set()
        for turn in range(scaled(6, 3)):
            agent = self.start_keeping()
            self.assertEqual({name for name, state in self.states().items()
                              if state == 'ENABLED'}, there)
            done, begun = set(there), set(there)
            ended = threading.Event()

            def change(turn=turn, done=done, begun=begun):
                try:
                    for i in range(1000):
                        if i % 3 == 2 and done:
                            name = min(done)
                            done.discard(name)
                            self.delete(name)
                            begun.discard(name)
                        else:
                            name = f't{turn}-{i}'
                            begun.add(name)
                            self.add(lseek(name, -7))
                            done.add(name)
                        if i == 3 + turn:
                            ended.set()
                except grpc.RpcError:
                    pass

            thread = threading.Thread(target=change)
            thread.start()
            ended.wait()
            agent.kill()
            thread.join()
            agent = self.start_keeping()
            there = set(self.states())
            self.assertLessEqual(done, there)
            self.assertLessEqual(there, begun)
            self.check_end(agent)
