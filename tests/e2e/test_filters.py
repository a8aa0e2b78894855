# SPDX-License-Identifier: Apache-2.0
"""Filters: the file, standard output, streams and the command have the same verdicts."""

import json
import os
import subprocess
import unittest

from agent import PATIENCE
from case import Cgroup, trigger_path
from test_api import EVENTS, ApiCase, as_json, grpc
from test_policies import hook, policy, recent_enough

ID = 'f00dcafe' * 8


def kind_of(event):
    return next(k for k in event if k.startswith(('process_', 'rate_')))


def body_of(event):
    return event[kind_of(event)]


def process_of(event):
    return body_of(event).get('process', {})


def key_of(event):
    return kind_of(event), process_of(event).get('exec_id'), event['time']


class FilterCase(ApiCase):
    """A shell, in a container's cgroup, that is told what to start."""

    def start_shell(self):
        self.leaf = self.copy_trigger('leaf')
        cgroup = Cgroup(self, f'docker-{ID}.scope')
        self.shell = self.spawn([trigger_path('setup'), cgroup.step, '--', '/bin/sh'],
                                stdin=subprocess.PIPE, text=True)
        # It has executed all that it does when it answers.
        self.shell.stdin.write('echo\n')
        self.shell.stdin.flush()
        self.shell.stdout.readline()

    def tell(self):
        """What the events are of: children, grandchildren, and the end of the shell."""
        self.shell.stdin.write(f'{self.leaf} one --two\n'
                               f'/bin/sh -c "{self.leaf} deep; cd /; true"\ncd /\nexit\n')
        self.shell.stdin.close()
        self.shell.stdin = None
        self.shell.wait(PATIENCE)

    def lines_of(self, path):
        with open(path, encoding='utf-8') as f:
            return [json.loads(line) for line in f]


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Verdicts(FilterCase):
    """For each field: what a predicate of our own says of each event, all outputs say."""

    options = ('--enable-process-cred', '--enable-ancestors=base,kprobe', '--enable-pid-set-filter')

    def check(self, filter_, wants, *command, some=True):
        self.start_shell()
        text = json.dumps(filter_(self) if callable(filter_) else filter_)
        with open(self.path('policy.yaml'), 'w', encoding='ascii') as f:
            f.write(policy('watched', hook('sys_chdir')))
        agent = self.start_serving('--tracing-policy', self.path('policy.yaml'),
                                   '--export-allowlist', text,
                                   '--export-filename', self.path('events.log'), *self.options)
        client = self.client()
        every, allowed, denied = (self.stream(client, request) for request in (
            None, {'allow_list': [json.loads(text)]}, {'deny_list': [json.loads(text)]}))
        self.tell()
        every.wait(lambda e: kind_of(e) == 'process_exit' and
                   process_of(e)['pid'] == self.shell.pid)
        self.check_complete(agent)
        for stream in every, allowed, denied:
            stream.thread.join(PATIENCE)
        told = {key_of(e): e for e in map(as_json, every.events)}
        family = [e for e in told.values() if ID[:31] == process_of(e).get('docker')]
        self.assertGreaterEqual(len(family), 8)
        expected = {key_of(e) for e in family if wants(self, kind_of(e), process_of(e), body_of(e))}
        ours = {key_of(e) for e in family}
        self.assertEqual(bool(expected), some, text)
        for name, events in (('stdout', [e.response for e in agent.events]),
                             ('file', self.lines_of(self.path('events.log'))),
                             ('allow_list', map(as_json, allowed.events))):
            self.assertEqual({key_of(e) for e in events if 'time' in e} & ours, expected, name)
        self.assertEqual({key_of(e) for e in map(as_json, denied.events)} & ours, ours - expected)
        if command:
            lines = ''.join(json.dumps(e) + '\n' for e in told.values())
            shown = subprocess.run(
                [os.path.join(agent.build, 'ocelli'), 'getevents', *command], input=lines,
                capture_output=True, text=True, check=True).stdout.splitlines()
            self.assertEqual({key_of(json.loads(e)) for e in shown} & ours, expected)

    def test_event_set(self):
        self.check({'event_set': ['PROCESS_EXIT']}, lambda t, kind, p, e: kind == 'process_exit',
                   '-e', 'PROCESS_EXIT')

    def test_pid(self):
        self.check(lambda t: {'pid': [t.shell.pid]}, lambda t, kind, p, e: p['pid'] == t.shell.pid)

    def test_pid_set(self):
        """The shell, its children and theirs."""
        self.check(lambda t: {'pid_set': [t.shell.pid]}, lambda t, kind, p, e: True)

    def test_in_init_tree(self):
        self.check({'in_init_tree': False}, lambda t, kind, p, e: not p.get('in_init_tree'))

    def test_health_check(self):
        self.check({'health_check': True}, lambda *_: False, some=False)

    def test_binary_regex(self):
        self.check(lambda t: {'binary_regex': ['/nothing', t.leaf + '$']},
                   lambda t, kind, p, e: p['binary'] == t.leaf)

    def test_process_option(self):
        self.check({'binary_regex': ['/leaf-']}, lambda t, kind, p, e: p['binary'] == t.leaf,
                   '--process', '/leaf-')

    def test_arguments_regex(self):
        self.check({'arguments_regex': ['^one', '^d.+p$']},
                   lambda t, kind, p, e: p.get('arguments', '') in ('one --two', 'deep'))

    def test_parent_binary_regex(self):
        self.check({'parent_binary_regex': ['/sh$']},
                   lambda t, kind, p, e: e['parent']['binary'].endswith('/sh'))

    def test_parent_arguments_regex(self):
        self.check({'parent_arguments_regex': ['deep']},
                   lambda t, kind, p, e: 'deep' in e['parent'].get('arguments', ''))

    def test_ancestor_binary_regex(self):
        """The shell is an ancestor of the grandchild, and the parent of others."""
        shell = os.path.realpath('/bin/sh')
        self.check({'ancestor_binary_regex': [f'^{shell}$']},
                   lambda t, kind, p, e: any(a['binary'] == shell
                                             for a in e.get('ancestors', ())))

    def test_capabilities(self):
        self.check({'capabilities': {'effective': {'any': ['CAP_KILL']},
                                     'inheritable': {'none': ['CAP_KILL']}}},
                   lambda t, kind, p, e: 'CAP_KILL' in p['cap'].get('effective', ()) and
                   'CAP_KILL' not in p['cap'].get('inheritable', ()))

    def test_container_id(self):
        self.check({'container_id': [f'^{ID[:20]}']}, lambda *_: True)

    def test_policy_names(self):
        self.check({'policy_names': ['watched']},
                   lambda t, kind, p, e: kind == 'process_kprobe', '--policy-names', 'watched')

    def test_cel_expression(self):
        expression = 'process_exec.process.arguments.startsWith("one") || process_exit.status == 1u'
        self.check({'cel_expression': [expression]},
                   lambda t, kind, p, e: kind == 'process_exec' and p.get('arguments') == 'one --two',
                   '--cel-expression', expression)

    def test_namespace_of_the_host(self):
        self.check({'namespace': ['']}, lambda *_: True, '--host')

    def test_pods(self):
        """Nothing here is in one."""
        self.check({'namespace': ['a']}, lambda *_: False, '--namespace', 'a', some=False)
        for field, option in (('namespace_regex', '--namespace-regex'), ('pod_regex', '--pod'),
                              ('container_name_regex', '--containers')):
            with self.subTest(field=field):
                os.remove(self.path('events.log'))
                self.check({field: ['']}, lambda *_: False, f'{option}=.', some=False)

    def test_labels(self):
        self.check({'labels': ['!a', 'b notin (c)']}, lambda *_: False, some=False)

    def test_fields_are_anded(self):
        self.check({'event_set': ['PROCESS_EXEC'], 'arguments_regex': ['one']},
                   lambda t, kind, p, e: kind == 'process_exec' and
                   'one' in p.get('arguments', ''))


class Lists(FilterCase):
    def test_allowed_and_not_denied(self):
        self.start_shell()
        os.mkdir(self.path('conf'))
        for name, text in (('export-allowlist', f'{{"binary_regex": [\n"{self.leaf}"]}}\n\n'
                                                '{"pid": [1]}\n'),
                           ('export-denylist', '[{"arguments_regex": ["deep"]}]')):
            with open(self.path('conf/' + name), 'w', encoding='ascii') as f:
                f.write(text)
        agent = self.start_serving('--config-dir', self.path('conf'))
        self.tell()
        agent.wait_for(lambda e: e.is_exit and e.process['arguments'] == 'one --two')
        ended = self.check_complete(agent)
        self.assertEqual({(e.process['binary'], e.process['arguments']) for e in agent.events
                          if e.pid != 1}, {(self.leaf, 'one --two')})
        self.assertGreater(ended.ledger.event('process_exec', 'filtered'), 1)

    def test_rate_is_of_what_passes(self):
        """What is filtered takes no one's place."""
        self.start_shell()
        agent = self.start_serving('--export-allowlist', f'{{"binary_regex": ["{self.leaf}"]}}',
                                   '--export-rate-limit=4')
        self.tell()
        agent.wait_for(lambda e: e.is_exit and e.process['arguments'] == 'deep')
        ended = self.check_complete(agent)
        self.assertEqual(len(agent.events), 4)
        self.assertEqual(ended.ledger.event('process_exec', 'limited'), 0)

    def test_field_filters(self):
        """In the export, in a stream and by the command; each in the order given."""
        filters = [{'fields': 'process.pid,process.arguments,process.binary,parent.pid,status',
                    'event_set': ['PROCESS_THROTTLE', 'PROCESS_KPROBE'], 'invert_event_set': True},
                   {'fields': 'process.binary', 'action': 'EXCLUDE', 'event_set': ['PROCESS_EXIT']}]
        self.start_shell()
        agent = self.start_serving(
            '--export-filename', self.path('events.log'), '--field-filters',
            '\n'.join(map(json.dumps, filters)))
        stream = self.stream(None, {'field_filters': filters})
        self.tell()
        stream.wait(lambda e: kind_of(e) == 'process_exit' and
                    process_of(e)['pid'] == self.shell.pid)
        agent.stop().check(self)
        stream.thread.join(PATIENCE)
        told = [as_json(e) for e in stream.events]
        # Without their exec_id they are nothing that the other tests could use.
        self.assertEqual(agent.events, [])
        for name, events in (('stdout', [json.loads(line) for line in agent.broken]),
                             ('file', self.lines_of(self.path('events.log')))):
            for event in told:
                self.assertIn(event, events, name)
        exec_, = (e for e in told if process_of(e).get('arguments') == 'one --two' and
                  kind_of(e) == 'process_exec')
        exit_, = (e for e in told if process_of(e)['pid'] == process_of(exec_)['pid'] and
                  kind_of(e) == 'process_exit')
        pid = process_of(exec_)['pid']
        self.assertEqual(body_of(exec_), {
            'process': {'pid': pid, 'arguments': 'one --two', 'binary': self.leaf},
            'parent': {'pid': self.shell.pid}})
        self.assertEqual(body_of(exit_), {'process': {'pid': pid, 'arguments': 'one --two'},
                                          'parent': {'pid': self.shell.pid}})
        self.assertTrue({'node_name', 'time'} <= set(exec_))


class Aggregation(FilterCase):
    def test_all_pass_unchanged(self):
        """And at once, however long the window is."""
        agent = self.start_serving()
        client = self.client()
        plain = self.stream(client)
        other = self.stream(client, {'aggregation_options': {'window_size': '3600s',
                                                             'channel_buffer_size': '1'}})
        run = self.run_with(agent, [trigger_path('leaf')])
        for stream in plain, other:
            stream.wait_exit(run.pid)
        told = [[as_json(e) for e in s.events if process_of(as_json(e)).get('pid') == run.pid]
                for s in (plain, other)]
        self.assertEqual(told[0], told[1])
        self.assertEqual(len(told[0]), 2)
        self.assert_refused(
            grpc.StatusCode.INVALID_ARGUMENT, 'window_size', lambda: list(
                client.start(EVENTS, {'aggregation_options': {'window_size': '-1s'}})))
        self.check_complete(agent)


class Wrong(FilterCase):
    """What is wrong is told in the same words, before anything is started."""

    cases = (({'binary_regex': ['(']}, 'binary_regex: bad regular expression "("', '--process=('),
             ({'cel_expression': ['process_exec.nothing']}, 'has no field "nothing"',
              '--cel-expression=process_exec.nothing'),
             ({'labels': ['a in']}, 'labels: bad selector "a in": "(" is missing at offset 4', None),
             ({'ancestor_binary_regex': ['x']}, 'start ocellid with --enable-ancestors', None),
             ({'capabilities': {'effective': {}}}, 'one of any, all, exactly and none', None))

    def refused(self, *args, **more):
        agent = self.start_agent(*args, **more)
        ended = agent.wait_end()
        self.assertEqual(ended.status, 2)
        return ended.stderr

    def test_everywhere(self):
        agent = self.start_serving()
        client = self.client()
        for filter_, says, option in self.cases:
            with self.subTest(filter=filter_):
                text = '\n{"pid":[1]}\n  ' + json.dumps(filter_)
                said = self.refused(f'--export-denylist={text}')
                self.assertIn('export-denylist:3:3: ', said)
                self.assertIn(says, said)
                self.assert_refused(grpc.StatusCode.INVALID_ARGUMENT, says, lambda f=filter_: list(
                    client.start(EVENTS, {'deny_list': [f]})))
                if option:
                    shown = subprocess.run([os.path.join(agent.build, 'ocelli'), 'getevents', option],
                                           input='', capture_output=True, text=True, check=False)
                    self.assertEqual(shown.returncode, 2)
                    self.assertIn(says, shown.stderr)
        self.check_complete(agent)

    def test_texts(self):
        for option, text, says in (
                ('export-allowlist', '{"pid_set":[1]}', 'enable-pid-set-filter'),
                ('export-allowlist', '{"pid":[1]}\n{"pid":', 'export-allowlist:2:'),
                ('export-allowlist', 'binary_regex: x', 'export-allowlist:1:1: expected a JSON'),
                ('export-allowlist', '{"pid":[1]}\n {"binary_regx":["x"]}',
                 'export-allowlist:2:17: binary_regx: there is no such field (did you mean '
                 '"binary_regex"?)'),
                ('export-denylist', '{"event_set":["PROCESS_EXIT","PROCESS_EXEK"]}',
                 'export-denylist:1:30: event_set[1]: there is no "PROCESS_EXEK" (did you mean '
                 '"PROCESS_EXEC"?)'),
                ('field-filters', '{"fields":"process.pid","action":"EXCLUDED"}', '"EXCLUDED"'),
                ('field-filters', '{"fields":"process.x"}', '"process.x" is no field'),
                ('redaction-filters', '{"redact":["x"]}', 'redaction-filters:1:1: redact')):
            with self.subTest(text=text):
                self.assertIn(says, self.refused(f'--{option}', text))
