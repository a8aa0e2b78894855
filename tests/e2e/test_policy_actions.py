# SPDX-License-Identifier: Apache-2.0
"""What is done when a selector holds, and how often it was."""

import contextlib
import ctypes.util
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import unittest

from agent import ledgers_of
from case import needs, trigger_path
from test_policies import PolicyCase, hook, policy, recent_enough, values_of


def selector(actions, matches='', returns=''):
    """Of what the triggers do; @matches: of argument 0; @returns: of what is returned. In the words
    of policies."""
    paths = ', '.join(trigger_path(name) for name in ('call', 'acts'))
    binaries = f'matchBinaries: [{{operator: In, values: [{paths}]}}], '
    args = f'matchArgs: [{{index: 0, {matches}}}], ' if matches else ''
    back = f'matchReturnArgs: [{{index: 0, {returns}}}], ' if returns else ''
    return f'    - {{{binaries}{args}{back}{actions}}}\n'


def post(words):
    return f'matchActions: [{{action: Post, {words}}}]'


def seeks(*selectors, more=''):
    """On lseek(2) of arguments 0 to 2."""
    return hook('sys_lseek', (0, 'int'), (1, 'int'), (2, 'int'),
                more=more) + '    selectors:\n' + ''.join(selectors)


def counts(ledger, name, hook_index=0, selector_index=0):
    return ledger.selectors.get(f'{name}/kprobes[{hook_index}].selectors[{selector_index}]', {})


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class RateLimit(PolicyCase):
    LIMIT = 'rateLimit: "1h"'

    def test_the_same_is_told_once(self):
        agent = self.load(policy('once', seeks(selector(post(self.LIMIT)))))
        events, _ = self.call(agent, *(('lseek', -1, i, 0) for i in (1, 2, 1, 1, 2, 3)))
        self.assertEqual([values_of(e)[1] for e in events], [1, 2, 3])
        ended = self.check_complete(agent)
        self.assertEqual(counts(ended.ledger, 'once'), {'post': 3, 'limited': 3})
        self.assertEqual(ended.ledger.policies['once'], {'post': 3, 'limited': 3})
        self.assertEqual(ended.ledger.record('hook', 'throttled'), 3)

    def test_scopes(self):
        scopes = {'thread': 2, 'process': 2, 'global': 1}
        agent = self.load(*(policy(scope, seeks(selector(post(
            f'{self.LIMIT}, rateLimitScope: {scope}')))) for scope in scopes))
        events = []
        for _ in range(2):
            events += self.call(agent, ('lseek', -1, 1, 0), ('lseek', -1, 1, 0))[0]
        names = [e.body['policy_name'] for e in events]
        self.assertEqual({scope: names.count(scope) for scope in scopes}, scopes)
        self.check_complete(agent)

    def test_threads(self):
        scopes = {'thread': 3, 'process': 1}
        agent = self.load(*(policy(scope, hook('sys_getpriority', (0, 'int')) +
                                   '    selectors:\n' + selector(post(
                                       f'{self.LIMIT}, rateLimitScope: {scope}'),
                                       'operator: Equal, values: ["77"]'))
                            for scope in scopes))
        since = len(agent.events)
        process = self.spawn([trigger_path('acts'), 'threads', '3', '77'])
        process.communicate()
        self.assertEqual(process.returncode, 0)
        agent.wait_exit(process.pid, since)
        names = [e.body['policy_name'] for e in agent.events[since:]
                 if e.type == 'process_kprobe']
        self.assertEqual({scope: names.count(scope) for scope in scopes}, scopes)
        self.check_complete(agent)

    def test_all_of_a_value_counts(self):
        """Not just how it begins; and what lies behind a value is no part of it."""
        agent = self.load(policy('long', hook(
            'sys_symlinkat', (0, 'string'), (2, 'string')) + '    selectors:\n' +
            selector(post(self.LIMIT))))
        long = 'x' * 4000
        texts = (long + 'a', long + 'b', 'a', 'a' * 9, 'a', long + 'a', 'a' * 9, '', '')
        events, _ = self.call(agent, *(('symlinkat', f':{text}', -1, ':y') for text in texts))
        self.assertEqual([values_of(e)[0] for e in events],
                         [long + 'a', long + 'b', 'a', 'a' * 9, ''])
        self.check_complete(agent)

    def test_until_it_is_over(self):
        agent = self.load(policy('second', hook('sys_ppoll') + '    selectors:\n' +
                                 selector(post('rateLimit: "1"'))))
        # Ten naps of a quarter of a second are in three seconds, or more on a slow machine.
        nap = ('ppoll', 0, 0, '=0000000000000000' + '80b2e60e00000000', 0, 0)
        events, _ = self.call(agent, *[nap] * 10)
        self.assertTrue(2 <= len(events) <= 9, events)
        ended = self.check_complete(agent)
        self.assertEqual(counts(ended.ledger, 'second'),
                         {'post': len(events), 'limited': 10 - len(events)})

    def test_selectors_have_their_own(self):
        agent = self.load(policy('own', seeks(
            selector(post(self.LIMIT), 'operator: Equal, values: ["-1"]'),
            selector(post(self.LIMIT), 'operator: Equal, values: ["-2"]'),
            selector('matchActions: [{action: Post}]'))))
        events, _ = self.call(agent, *(('lseek', fd, 0, 0) for fd in (-1, -2, -3) * 2))
        self.assertEqual([values_of(e)[0] for e in events], [-1, -2, -3, -3])
        ended = self.check_complete(agent)
        self.assertEqual([counts(ended.ledger, 'own', selector_index=i) for i in range(3)],
                         [{'post': 1, 'limited': 1}, {'post': 1, 'limited': 1}, {'post': 2}])

    def test_what_the_ring_had_no_room_for(self):
        """It was not told, so it is the next time."""
        self.write(policy('fills', hook('sys_getpriority') + '    selectors:\n' +
                          selector('matchActions: [{action: Post}]')), 'fills.yaml')
        self.write(policy('rare', seeks(selector(post(
            f'{self.LIMIT}, rateLimitScope: global')))), 'rare.yaml')
        agent = self.start_agent('--tracing-policy', self.path('policies'),
                                 ring='64K').wait_ready()
        agent.process.send_signal(signal.SIGSTOP)
        self.addCleanup(agent.process.send_signal, signal.SIGCONT)
        once = ['--', 'lseek', '-1', '1', '0']
        process = self.spawn([trigger_path('call'), 'getpriority', '0', '0',
                              *['--', 'getpriority', '0', '0'] * 6000, *once])
        process.communicate()
        agent.process.send_signal(signal.SIGCONT)
        # Now that there is room.
        agent.wait_for(lambda e: e.type == 'process_kprobe')
        self.wait_until(lambda: self.told_rare(agent, once[1:]), 'the call that was lost')
        counted = counts(agent.stop().ledger, 'rare')
        self.assertEqual(counted['post'] - counted['lost'], 1)
        self.assertGreater(counted['lost'], 0)

    def told_rare(self, agent, call):
        self.spawn([trigger_path('call'), *call]).communicate()
        return any(e.type == 'process_kprobe' and e.body['policy_name'] == 'rare'
                   for e in agent.events)

    def test_of_what_is_returned(self):
        returns = '    return: true\n    returnArg: {index: 0, type: int}\n'
        agent = self.load(policy('returned', seeks(
            selector('matchReturnActions: [{action: Post, rateLimit: "1h"}]'), more=returns)))
        events, _ = self.call(agent, *(('lseek', -1, i, 0) for i in range(3)))
        self.assertEqual([values_of(e)[1] for e in events], [0])
        ended = self.check_complete(agent)
        self.assertEqual(counts(ended.ledger, 'returned'), {'post': 1, 'limited': 2})


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Counts(PolicyCase):
    def test_selectors(self):
        agent = self.load(policy('counted', seeks(
            selector('matchActions: [{action: NoPost}]', 'operator: Equal, values: ["-1"]'),
            selector('matchActions: [{action: Post}]', 'operator: Equal, values: ["-2"]')),
            hook('sys_getpriority')), policy('idle', hook('sys_truncate')))
        calls = [('lseek', fd, 0, 0) for fd in (-1, -2, -1, -3, -1)]
        self.call(agent, *calls, ('getpriority', 0, 0))
        ledger = self.check_complete(agent).ledger
        self.assertEqual(counts(ledger, 'counted'), {'nopost': 3})
        self.assertEqual(counts(ledger, 'counted', selector_index=1), {'post': 1})
        self.assertGreaterEqual(counts(ledger, 'counted', hook_index=1)['post'], 1)
        self.assertEqual(ledger.policies['counted']['nopost'], 3)
        self.assertEqual(ledger.policies['idle'], {})

    def test_labels(self):
        """As a word of its own, whatever is in it, and not more than a line can take."""
        labels = {-1: 'plain', -2: 'two words post=7', -3: 'a "quoted" \\ one\u001b', -4: None,
                  -5: 'ü' * 200}
        macro = '  selectorsMacros: {named: {label: of a macro}}\n'
        selectors = [selector(
            f'label: {json.dumps(label)}, ' * (label is not None) +
            'matchActions: [{action: Post}]', f'operator: Equal, values: ["{fd}"]')
            for fd, label in labels.items()]
        selectors.append(selector('macros: [named], matchActions: [{action: Post}]',
                                  'operator: Equal, values: ["-6"]'))
        agent = self.load(policy('labelled', seeks(*selectors), lists=macro))
        self.call(agent, *(('lseek', -i, 0, 0) for i in range(1, 7)))
        ledger = self.check_complete(agent).ledger
        told = [counts(ledger, 'labelled', selector_index=i) for i in range(6)]
        self.assertEqual([each.pop('label', None) for each in told],
                         ['plain', '"two words post=7"', r'"a \"quoted\" \\ one\x1b"', None,
                          'ü' * 64, '"of a macro"'])
        self.assertEqual(told, [{'post': 1}] * 6)

    def test_strings(self):
        agent = self.load(policy('strings', hook('sys_mkdirat', (1, 'string'), selectors=[
            ([(1, 'Postfix', ['.counted.no'])], ['NoPost']),
            ([(1, 'Prefix', ['/nonexistent/counted/'])], [])])))
        self.call(agent, *(('mkdirat', -1, f':/nonexistent/counted/{name}', 0)
                           for name in ('a.counted.no', 'a', 'b')))
        ledger = self.check_complete(agent).ledger
        self.assertEqual(counts(ledger, 'strings'), {'nopost': 1})
        self.assertEqual(counts(ledger, 'strings', selector_index=1), {'post': 2})

    def test_all_calls_of_a_list_together(self):
        agent = self.load(policy('listed', hook('list:calls'), lists=(
            '  lists:\n  - {name: calls, type: syscalls, values: [sys_fchdir, sys_capset]}\n')))
        self.call(agent, ('fchdir', -1), ('capset', 0, 0), ('fchdir', -1))
        self.assertGreaterEqual(counts(self.check_complete(agent).ledger, 'listed')['post'], 3)

    def test_what_was_withdrawn(self):
        returns = '    return: true\n    returnArg: {index: 0, type: int}\n'
        agent = self.load(policy('withdrawn', seeks(
            selector('matchActions: [{action: Post}]', returns='operator: Equal, values: ["0"]'),
            more=returns)))
        self.call(agent, ('lseek', -1, 0, 0), ('lseek', -1, 0, 0))
        self.assertEqual(counts(self.check_complete(agent).ledger, 'withdrawn'), {'nopost': 2})


    def test_what_the_ring_had_no_room_for(self):
        self.write(policy('numbers', seeks(selector('matchActions: [{action: Post}]'))), 'n.yaml')
        self.write(policy('strings', hook('sys_mkdirat', (1, 'string')) + '    selectors:\n' +
                          selector('matchActions: [{action: Post}]')), 's.yaml')
        agent = self.start_agent('--tracing-policy', self.path('policies'),
                                 ring='64K').wait_ready()
        agent.process.send_signal(signal.SIGSTOP)
        self.addCleanup(agent.process.send_signal, signal.SIGCONT)
        calls = 1500
        process = self.spawn([trigger_path('call'), *[
            word for i in range(calls)
            for word in ('--', 'lseek', '-1', str(i), '0', '--', 'mkdirat', '-1', ':', '0')][1:]])
        process.communicate()
        agent.process.send_signal(signal.SIGCONT)
        ledger = agent.stop().ledger
        told = [e.body['policy_name'] for e in agent.events if e.type == 'process_kprobe']
        for name in ('numbers', 'strings'):
            with self.subTest(name):
                counted = counts(ledger, name)
                self.assertEqual(counted['post'], calls)
                self.assertEqual(counted['post'] - counted['lost'], told.count(name))
        self.assertEqual(ledger.record('hook', 'full'), 2 * calls - len(told))


MONITORED = '  options: [{name: policy-mode, value: monitor}]\n'
ENFORCER = '  enforcers: [{calls: [sys_lseek]}]\n'


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Monitored(PolicyCase):
    """What would be done is counted and told, and is not done."""

    def of_selector(self, name, *selectors, lists=MONITORED, **more):
        return policy(name, seeks(*selectors, **more), lists=lists)

    def test_what_would_be_done(self):
        actions = {
            'kill': ('{action: Sigkill}', 'SIGKILL', {'monitor_signal': 2}),
            'signal': ('{action: Signal, argSig: 15}', 'SIGNAL', {'monitor_signal': 2}),
            'deny': ('{action: Override, argError: -1}', 'OVERRIDE', {'monitor_override': 2}),
            'both': ('{action: Override, argError: -1}, {action: Sigkill}', 'SIGKILL',
                     {'monitor_override': 2, 'monitor_signal': 2}),
            'notify': ('{action: NotifyEnforcer, argError: -1}', 'NOTIFYENFORCER',
                       {'monitor_notify_enforcer': 2}),
            'clean': ('{action: CleanupEnforcerNotification}', 'CLEANUPENFORCERNOTIFICATION', {}),
        }
        lists = MONITORED + ENFORCER
        agent = self.load(*(self.of_selector(name, selector(
            f'matchActions: [{words}]', 'operator: Equal, values: ["-1"]'), lists=lists)
            for name, (words, _, _) in actions.items()))
        # It makes one call after the other, and ends by itself.
        events, _ = self.call(agent, ('lseek', -1, 1, 0), ('lseek', -2, 2, 0), ('lseek', -1, 3, 0))
        for name, (_, told, _) in actions.items():
            with self.subTest(name):
                mine = [e for e in events if e.body['policy_name'] == name]
                self.assertEqual([values_of(e)[1] for e in mine], [1, 3])
                self.assertEqual({e.body['action'] for e in mine}, {'KPROBE_ACTION_' + told})
        ended = self.check_complete(agent)
        for name, (_, _, wanted) in actions.items():
            with self.subTest(name):
                self.assertEqual(counts(ended.ledger, name), {'post': 2, **wanted})
                self.assertEqual(ended.ledger.policies[name], {'post': 2, **wanted})
        self.assertIn('policy kill: enabled, 2 hooks, mode monitor', ended.stderr)

    def test_what_is_not_told(self):
        agent = self.load(
            self.of_selector('quiet', selector(
                'matchActions: [{action: Sigkill}, {action: NoPost}]')),
            self.of_selector('limited', selector(
                'matchActions: [{action: Sigkill}, {action: Post, rateLimit: "1h"}]')))
        events, _ = self.call(agent, *[('lseek', -1, 1, 0)] * 3)
        self.assertEqual([e.body['policy_name'] for e in events], ['limited'])
        ledger = self.check_complete(agent).ledger
        self.assertEqual(counts(ledger, 'quiet'), {'nopost': 3, 'monitor_signal': 3})
        self.assertEqual(counts(ledger, 'limited'),
                         {'post': 1, 'limited': 2, 'monitor_signal': 3})

    def test_what_is_returned(self):
        returns = '    return: true\n    returnArg: {index: 0, type: int}\n'
        kill = 'matchReturnActions: [{action: Sigkill}]'
        fails = 'operator: Equal, values: ["-9"]'
        agent = self.load(
            self.of_selector('told', selector(kill, returns=fails), more=returns),
            self.of_selector('quiet', selector(
                'matchActions: [{action: NoPost}], ' + kill, returns=fails), more=returns))
        # A number that no file has, and one that cannot be sought in.
        events, _ = self.call(agent, ('lseek', -1, 1, 0), ('pipe2', '=' + '00' * 8, 0),
                              ('lseek', 3, 1, 0), ('lseek', -1, 1, 0))
        self.assertEqual([e.body['policy_name'] for e in events], ['told'] * 2)
        self.assertEqual({e.body['return_action'] for e in events}, {'KPROBE_ACTION_SIGKILL'})
        ledger = self.check_complete(agent).ledger
        self.assertEqual(counts(ledger, 'told'), {'post': 2, 'nopost': 1, 'monitor_signal': 2})
        self.assertEqual(counts(ledger, 'quiet'), {'nopost': 3, 'monitor_signal': 2})

    def test_what_is_returned_of_calls_that_are_not_told(self):
        """They are over a limit."""
        returns = '    return: true\n    returnArg: {index: 0, type: int}\n'
        agent = self.load(self.of_selector('limited', selector(
            'matchActions: [{action: Post, rateLimit: "1h"}], '
            'matchReturnActions: [{action: Sigkill}]',
            returns='operator: Equal, values: ["-9"]'), more=returns))
        events, _ = self.call(agent, *[('lseek', -1, 1, 0)] * 3)
        self.assertEqual(len(events), 1)
        self.assertEqual(counts(self.check_complete(agent).ledger, 'limited'),
                         {'post': 1, 'limited': 2, 'monitor_signal': 3})

    def test_what_is_returned_without_room_to_tell(self):
        returns = '    return: true\n    returnArg: {index: 0, type: int}\n'
        self.write(self.of_selector('full', selector(
            'matchReturnActions: [{action: Sigkill}]', returns='operator: NotEqual, values: ["0"]'),
            more=returns))
        agent = self.start_agent('--tracing-policy', self.path('policies'),
                                 ring='64K').wait_ready()
        agent.process.send_signal(signal.SIGSTOP)
        self.addCleanup(agent.process.send_signal, signal.SIGCONT)
        calls = 3000
        process = self.spawn([trigger_path('call'), *[
            word for i in range(calls) for word in ('--', 'lseek', '-1', str(i), '0')][1:]])
        process.communicate()
        agent.process.send_signal(signal.SIGCONT)
        counted = counts(agent.stop().ledger, 'full')
        self.assertGreater(counted['lost'], 0)
        self.assertEqual((counted['post'], counted['monitor_signal']), (calls, calls))

    def test_lists_have_one_count(self):
        lists = MONITORED + \
            '  lists:\n  - {name: calls, type: syscalls, values: [sys_fchdir, sys_capset]}\n'
        agent = self.load(policy('listed', hook('list:calls') + '    selectors:\n' +
                                 selector('matchActions: [{action: Sigkill}]'), lists=lists))
        self.call(agent, ('fchdir', -1), ('capset', 0, 0), ('fchdir', -1))
        self.assertEqual(counts(self.check_complete(agent).ledger, 'listed'),
                         {'post': 3, 'monitor_signal': 3})


class Web:
    """Answers on this machine, and keeps what was asked for."""

    def __init__(self, answers=True):
        self.asked = []
        self.silence = threading.Event()
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                web.asked.append((self.path, self.headers['User-Agent']))
                if not answers:
                    web.silence.wait()
                self.send_response(404 if 'missing' in self.path else 200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def url(self, path):
        return f'http://127.0.0.1:{self.server.server_port}{path}'

    def close(self):
        self.silence.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def answer(query, names):
    """A DNS response with 127.0.0.9 for each A question, nothing for others."""
    end = 12
    labels = []
    while query[end]:
        labels.append(query[end + 1:end + 1 + query[end]].decode())
        end += 1 + query[end]
    is_address = query[end + 1:end + 3] == b'\0\1'
    names.append('.'.join(labels))
    record = bytes.fromhex('c00c00010001000000000004') + bytes((127, 0, 0, 9))
    head = query[:2] + bytes.fromhex('8180') + bytes((0, 1, 0, is_address)) + bytes(4)
    return head + query[12:end + 5] + (record if is_address else b'')


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Requests(PolicyCase):
    """What the agent does itself."""

    def loopback(self):
        subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=False)

    def web(self, **more):
        if not ctypes.util.find_library('curl'):
            self.skipTest('libcurl is not installed')
        self.loopback()
        web = Web(**more)
        self.addCleanup(web.close)
        return web

    @staticmethod
    def get(url, more=''):
        return f'matchActions: [{{action: GetUrl, argUrl: "{url}"}}{more}]'

    def test_url(self):
        web = self.web()
        agent = self.load(policy('gets', seeks(
            selector(self.get(web.url('/hit?a=b')), 'operator: Equal, values: ["-1"]'))))
        [event], _ = self.call(agent, ('lseek', -1, 0, 0), ('lseek', -2, 0, 0))
        self.assertEqual(event.body['action'], 'KPROBE_ACTION_GETURL')
        self.wait_until(lambda: web.asked, 'the request')
        [(path, client)] = web.asked
        self.assertEqual(path, '/hit?a=b')
        self.assertTrue(client.startswith('ocellid/'), client)
        self.check_counts(agent, 'GetUrl', added=1, done=1)

    def check_counts(self, agent, name, **counted):
        """When nothing is pending any more."""
        def settled():
            agent.process.send_signal(signal.SIGUSR1)
            ledgers = ledgers_of(agent.log())
            last = ledgers[-1].requests.get(name) if ledgers else None
            return last and 'pending' not in last and last['added'] == counted['added']

        self.wait_until(settled, 'the requests')
        self.assertEqual(self.check_complete(agent).ledger.requests[name], counted)

    def test_without_a_post(self):
        web = self.web()
        agent = self.load(policy('quiet', seeks(
            selector(self.get(web.url('/quiet'), ', {action: NoPost}')))))
        events, _ = self.call(agent, ('lseek', -1, 0, 0))
        self.assertEqual(events, [])
        self.wait_until(lambda: web.asked, 'the request')
        self.assertEqual(counts(self.check_complete(agent).ledger, 'quiet'), {'nopost': 1})

    def test_when_it_returns(self):
        web = self.web()
        returns = '    return: true\n    returnArg: {index: 0, type: int}\n'
        agent = self.load(policy('returned', seeks(selector(
            f'matchReturnActions: [{{action: GetUrl, argUrl: "{web.url("/back")}"}}]',
            returns='operator: Equal, values: ["-9"]'), more=returns)))
        [event], _ = self.call(agent, ('lseek', -1, 0, 0), ('lseek', 0, 0, 77))
        self.assertEqual(event.body['return_action'], 'KPROBE_ACTION_GETURL')
        self.wait_until(lambda: web.asked, 'the request')
        self.assertEqual([path for path, _ in web.asked], ['/back'])
        self.check_complete(agent)

    def test_that_fail(self):
        web = self.web()
        unused = Web()
        unused.close()
        agent = self.load(policy('fails', seeks(
            selector(self.get(web.url('/missing')), 'operator: Equal, values: ["-1"]'),
            selector(self.get(unused.url('/')), 'operator: Equal, values: ["-2"]'))))
        self.call(agent, ('lseek', -1, 0, 0), ('lseek', -2, 0, 0))
        self.check_counts(agent, 'GetUrl', added=2, failed=2)

    def test_server_that_says_nothing(self):
        """Those that wait are bounded, and nobody waits for them: events go on, and so does the end."""
        web = self.web(answers=False)
        agent = self.load(policy('stuck', seeks(selector(self.get(web.url('/'))))))
        events, _ = self.call(agent, *[('lseek', -1, i, 0) for i in range(300)])
        self.assertEqual(len(events), 300)
        ended = self.check_complete(agent).ledger.requests['GetUrl']
        self.assertEqual(ended['added'], 300)
        self.assertGreaterEqual(ended['dropped'], 300 - 257)
        self.assertEqual(sum(v for k, v in ended.items() if k != 'added'), 300)

    def test_name(self):
        self.loopback()
        names = []
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            server.bind(('127.0.0.153', 53))
        except OSError as e:
            server.close()
            self.skipTest(f'no name server of our own: {e}')

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    query, peer = server.recvfrom(4096)
                    if not query:
                        return
                    server.sendto(answer(query, names), peer)

        thread = threading.Thread(target=serve)
        thread.start()

        def stop():
            server.sendto(b'', ('127.0.0.153', 53))
            thread.join()
            server.close()

        self.addCleanup(stop)
        if not all(os.path.exists(f'/etc/{name}') for name in ('resolv.conf', 'nsswitch.conf')):
            self.skipTest('there is nothing to mount the configuration of the resolver on')
        for name, text in (('resolv.conf', 'nameserver 127.0.0.153\n'),
                           ('nsswitch.conf', 'hosts: dns\n')):
            with open(self.path(name), 'w', encoding='utf-8') as f:
                f.write(text)
        self.write(policy('names', seeks(selector(
            'matchActions: [{action: DnsLookup, argFqdn: canary.example.com}]'))))
        mount = ' && '.join(f'mount --bind {self.path(name)} /etc/{name}'
                            for name in ('resolv.conf', 'nsswitch.conf'))
        agent = self.start_agent('--tracing-policy', self.path('policies'), prefix=(
            'unshare', '-m', 'sh', '-c', f'{mount} && exec "$@"', 'sh')).wait_ready()
        [event], _ = self.call(agent, ('lseek', -1, 0, 0))
        self.assertEqual(event.body['action'], 'KPROBE_ACTION_DNSLOOKUP')
        self.wait_until(lambda: names, 'the question')
        self.assertEqual(set(names), {'canary.example.com'})
        self.check_counts(agent, 'DnsLookup', added=1, done=1)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Sockets(PolicyCase):
    """Whoever uses a socket, its events are of who has it."""

    MADE = ('  - call: sk_alloc\n    syscall: false\n    return: true\n'
            '    args: [{index: 1, type: int}]\n    returnArg: {index: 0, type: sock}\n'
            '    returnArgAction: %s\n    selectors:\n%s')
    SENT = ('  - call: udp_sendmsg\n    syscall: false\n'
            '    args: [{index: 0, type: sock}, {index: 2, type: int}]\n    selectors:\n%s')

    @staticmethod
    def sends(n, actions='matchActions: [{action: Post}]'):
        """When so many bytes are sent."""
        return selector(f'matchArgs: [{{index: 2, operator: Equal, values: ["{n}"]}}], {actions}')

    def send(self, agent, *steps):
        """Who sent in each step, and the events of sending and of making sockets."""
        since = len(agent.events)
        process = self.spawn([trigger_path('acts'), 'send', *steps])
        said = [json.loads(line) for line in process.communicate()[0].splitlines()]
        agent.wait_exit(process.pid, since)
        events = [e for e in agent.events[since:] if e.type == 'process_kprobe']
        self.assertEqual(said[0]['by'], process.pid)
        return ([each['by'] for each in said],
                [e for e in events if e.body['function_name'] == 'udp_sendmsg'],
                [e for e in events if e.body['function_name'] == 'sk_alloc'])

    @needs('kprobe')
    def test_by_its_argument(self):
        agent = self.load(policy('tracked', self.SENT % (
            self.sends(3, 'matchActions: [{action: TrackSock, argSock: 0}]') + self.sends(4) +
            self.sends(5, 'matchActions: [{action: UntrackSock, argSock: 0}]'))))
        by, sent, _ = self.send(agent, 'self4', 'child4', 'self3', 'child4', 'child5', 'child4')
        owner = by[0]
        self.assertNotIn(owner, (by[1], by[3], by[4], by[5]))
        self.assertEqual([e.process['pid'] for e in sent],
                         [owner, by[1], owner, owner, owner, by[5]])
        self.assertEqual([e.process['tid'] for e in sent], [e.process['pid'] for e in sent])
        self.assertEqual(sent[3].process['binary'], trigger_path('acts'))
        post, track, untrack = (f'KPROBE_ACTION_{a}' for a in ('POST', 'TRACKSOCK', 'UNTRACKSOCK'))
        self.assertEqual([e.body['action'] for e in sent],
                         [post, post, track, post, untrack, post])
        self.check_complete(agent)

    @needs('kprobe')
    def test_when_it_is_made(self):
        for actions, told in (('matchActions: [{action: Post}]', 1),
                              ('matchActions: [{action: NoPost}]', 0)):
            agent = self.load(policy('made', self.MADE % ('TrackSock', selector(actions)),
                                     self.SENT % self.sends(4)))
            by, sent, made = self.send(agent, 'self4', 'child4', 'child4')
            self.assertEqual([e.process['pid'] for e in sent], 3 * [by[0]])
            self.assertEqual(len(made), told)
            self.check_complete(agent)

    @needs('kprobe')
    def test_policies_have_their_own(self):
        agent = self.load(policy('tracks', self.MADE % ('TrackSock', selector(
            'matchActions: [{action: NoPost}]')), self.SENT % self.sends(4)),
            policy('other', self.SENT % self.sends(4)))
        by, sent, _ = self.send(agent, 'self2', 'child4')
        self.assertEqual({e.body['policy_name']: e.process['pid'] for e in sent},
                         {'tracks': by[0], 'other': by[1]})
        self.check_complete(agent)

    @needs('kprobe')
    def test_without_a_post(self):
        agent = self.load(policy('quiet', self.SENT % (
            self.sends(3, 'matchActions: [{action: TrackSock, argSock: 0}, {action: NoPost}]') +
            self.sends(4))))
        by, sent, _ = self.send(agent, 'self3', 'child4')
        self.assertEqual([e.process['pid'] for e in sent], [by[0]])
        self.assertEqual(counts(self.check_complete(agent).ledger, 'quiet'), {'nopost': 1})


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Stacks(PolicyCase):
    PATH = '/nonexistent/stack'
    USER = ['stack_middle', 'stack_outer', 'stack', 'main']

    def start(self, words, *options):
        self.write(policy('stacks', hook('sys_faccessat', (1, 'string')) +
                          '    selectors: [{matchArgs: [{index: 1, operator: Equal, values: ["' +
                          self.PATH + f'"]}}], matchActions: [{{action: Post, {words}}}]}}]\n'))
        return self.start_agent('--tracing-policy', self.path('policies'), *options).wait_ready()

    def stack(self, agent, trigger='acts'):
        since = len(agent.events)
        process = self.spawn([trigger_path(trigger), 'stack', self.PATH, 'wait'],
                             stdin=subprocess.PIPE)
        event = agent.wait_for(lambda e: e.type == 'process_kprobe' and e.pid == process.pid,
                               since=since)
        process.communicate()
        return event.body

    @staticmethod
    def names(stack):
        return [entry.get('symbol', '') for entry in stack]

    def check_user(self, stack, name):
        """The functions in which the call is, all of the trigger's own file."""
        names = self.names(stack)
        first = names.index(self.USER[0])
        self.assertEqual(names[first:first + len(self.USER)], self.USER)
        for entry in stack[first:first + len(self.USER)]:
            self.assertEqual(entry['module'], trigger_path(name))

    def test_of_the_user(self):
        agent = self.start('userStackTrace: true')
        body = self.stack(agent)
        self.check_user(body['user_stack_trace'], 'acts')
        self.assertNotIn('kernel_stack_trace', body)
        self.assertFalse(any('address' in entry for entry in body['user_stack_trace']))
        self.check_complete(agent)

    @unittest.skipUnless(shutil.which('readelf'), 'there is no readelf')
    def test_offsets_are_in_the_file(self):
        agent = self.start('userStackTrace: true')
        stack = self.stack(agent)['user_stack_trace']
        [outer] = [e for e in stack if e.get('symbol') == 'stack_outer']
        symbols = subprocess.run(['nm', '-S', trigger_path('acts')], capture_output=True,
                                 text=True, check=True).stdout
        [(start, size)] = [(int(line.split()[0], 16), int(line.split()[1], 16))
                           for line in symbols.splitlines() if line.endswith(' stack_outer')]
        headers = subprocess.run(['readelf', '-lW', trigger_path('acts')], capture_output=True,
                                 text=True, check=True).stdout
        [moved] = [int(words[2], 16) - int(words[1], 16)
                   for words in map(str.split, headers.splitlines())
                   if words and words[0] == 'LOAD' and 'E' in words[6:8]]
        self.assertTrue(start < int(outer['offset']) + moved < start + size, outer)
        self.check_complete(agent)

    def test_file_without_build_id(self):
        agent = self.start('userStackTrace: true')
        self.check_user(self.stack(agent, 'acts_without_id')['user_stack_trace'],
                        'acts_without_id')
        self.check_complete(agent)

    def test_process_that_has_gone(self):
        agent = self.start('userStackTrace: true')
        since = len(agent.events)
        agent.process.send_signal(signal.SIGSTOP)
        process = self.spawn([trigger_path('acts'), 'stack', self.PATH])
        process.communicate()
        agent.process.send_signal(signal.SIGCONT)
        event = agent.wait_for(lambda e: e.type == 'process_kprobe' and e.pid == process.pid,
                               since=since)
        self.check_user(event.body['user_stack_trace'], 'acts')
        self.check_complete(agent)

    def test_of_the_kernel(self):
        agent = self.start('kernelStackTrace: true')
        body = self.stack(agent)
        names = self.names(body['kernel_stack_trace'])
        self.assertTrue(any('sys' in name for name in names), names)
        self.assertFalse(any('bpf' in name for name in names), names)
        self.assertNotIn('user_stack_trace', body)
        self.assertFalse(any('address' in entry for entry in body['kernel_stack_trace']))
        self.check_complete(agent)

    @needs('kprobe')
    def test_begins_with_what_is_hooked(self):
        agent = self.start('kernelStackTrace: true')
        names = self.names(self.stack(agent)['kernel_stack_trace'])
        self.assertTrue(names[0].endswith('_sys_faccessat'), names)
        self.check_complete(agent)

    @needs('fentry')
    def test_of_a_function_with_types(self):
        self.write(policy('typed', hook('sys_faccessat', (1, 'string')) + (
            '    selectors: [{matchArgs: [{index: 1, operator: Equal, values: ["' + self.PATH +
            '"]}], matchActions: [{action: Post, kernelStackTrace: true, userStackTrace: true, '
            'rateLimit: "1h", rateLimitScope: global}]}]\n')).replace('kprobes:', 'fentries:'))
        agent = self.start_agent('--tracing-policy', self.path('policies')).wait_ready()
        body = self.stack(agent)
        self.check_user(body['user_stack_trace'], 'acts')
        names = self.names(body['kernel_stack_trace'])
        self.assertTrue(any(name.endswith('sys_faccessat') for name in names), names)
        self.call(agent, ('faccessat', -100, f':{self.PATH}', 4))
        self.assertEqual(self.check_complete(agent).ledger.policies['typed'],
                         {'post': 1, 'limited': 1})

    def test_addresses(self):
        agent = self.start('kernelStackTrace: true, userStackTrace: true',
                           '--expose-stack-addresses')
        body = self.stack(agent)
        self.check_user(body['user_stack_trace'], 'acts')
        for entry in body['kernel_stack_trace']:
            self.assertGreaterEqual(int(entry['address']), 1 << 63)
        for entry in body['user_stack_trace']:
            if entry.get('symbol') in self.USER:
                self.assertLess(int(entry['address']), 1 << 48)
        self.check_complete(agent)

    def test_only_of_its_selector(self):
        agent = self.load(policy('some', seeks(
            selector(post('userStackTrace: true'), 'operator: Equal, values: ["-1"]'),
            selector('matchActions: [{action: Post}]'))))
        events, _ = self.call(agent, ('lseek', -1, 0, 0), ('lseek', -2, 0, 0))
        self.assertEqual(['user_stack_trace' in e.body for e in events], [True, False])
        self.check_complete(agent)

    def test_when_it_returns(self):
        returns = '    return: true\n    returnArg: {index: 0, type: int}\n'
        agent = self.load(policy('returned', seeks(selector(
            'matchReturnActions: [{action: Post, kernelStackTrace: true}]'), more=returns)))
        [event], _ = self.call(agent, ('lseek', -1, 0, 0))
        self.assertEqual(event.body['return'], {'int_arg': -9})
        self.assertTrue(self.names(event.body['kernel_stack_trace']))
        self.check_complete(agent)


if __name__ == '__main__':
    unittest.main()
