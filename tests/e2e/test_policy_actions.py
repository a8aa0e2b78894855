# SPDX-License-Identifier: Apache-2.0
"""What is done when a selector holds, and how often it was."""

import unittest

from case import trigger_path
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


if __name__ == '__main__':
    unittest.main()
