# SPDX-License-Identifier: Apache-2.0
"""What the agent tells over HTTP: metrics, read by Prometheus's own library, and health."""

import http.client
import json
import os
import re
import signal
import socket
import threading
import time
import unittest

from agent import PATIENCE
from case import Case, is_sanitized, trigger_path
from test_policies import hook, policy, recent_enough

try:
    from prometheus_client.openmetrics import parser as openmetrics
    from prometheus_client import parser as prometheus
    MISSING = None
except ImportError as e:
    MISSING = f'there is no {e.name} for Python'

OPENMETRICS = 'application/openmetrics-text; version=1.0.0'
# What nobody else does.
CALL = 'getpriority', '77', '0'
HOOK = hook('sys_getpriority', (0, 'int')) + """    selectors:
    - {label: mine, matchArgs: [{index: 0, operator: Equal, values: ["77"]}]}
"""
BAD_HOOK = hook('sys_of_no_kernel')
# How long a connection is kept.
CONNECTION_SECONDS = 10


class Page:
    """One answer at /metrics, with each of its series: {(name, labels): value}."""

    def __init__(self, text, families):
        self.text = text
        self.types, self.values = {}, {}
        for family in families:
            self.types[family.name] = family.type
            for sample in family.samples:
                key = sample.name, frozenset(sample.labels.items())
                assert key not in self.values, f'{key} is there twice'
                self.values[key] = sample.value

    def __call__(self, name, **labels):
        return self.values[name, frozenset(labels.items())]

    def get(self, name, **labels):
        """Those that never came are left out where their labels depend on what happens."""
        return self.values.get((name, frozenset(labels.items())), 0)

    def sum(self, name, **labels):
        """Of all series that have these labels, and others."""
        return sum(value for (n, l), value in self.values.items()
                   if n == name and l >= set(labels.items()))

    def labels(self, name, label):
        """All values of a label."""
        return {dict(l).get(label) for n, l in self.values if n == name}


@unittest.skipIf(MISSING, MISSING)
class WebCase(Case):
    def start_serving(self, *args, **more):
        agent = self.start_agent('--metrics-server=127.0.0.1:0', *args, **more)
        line = agent.wait_log('serving http://')
        host, port = re.search(r'http://(.*):(\d+)/metrics', line).groups()
        agent.web = host, int(port)
        return agent

    def get(self, agent, path, method='GET', **headers):
        """Status, headers and body."""
        connection = http.client.HTTPConnection(*agent.web, timeout=PATIENCE)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def page(self, agent, accept=None):
        headers = {'Accept': accept} if accept else {}
        status, headers, text = self.get(agent, '/metrics', **headers)
        self.assertEqual(status, 200)
        if headers['Content-Type'].startswith('application/openmetrics-text'):
            return Page(text, openmetrics.text_string_to_metric_families(text))
        return Page(text, prometheus.text_string_to_metric_families(text))

    def page_after(self, agent):
        """One that was made after all that has happened so far."""
        self.barrier(agent)
        kept = self.page(agent)
        # Each tells of other CPU time.
        return self.wait_until(
            lambda: (page := self.page(agent)).text != kept.text and page, 'a new page')


class Metrics(WebCase):
    def test_both_forms_are_well_formed_and_the_same(self):
        agent = self.start_serving().wait_ready()
        old, new = self.page(agent), self.page(agent, OPENMETRICS)
        self.assertEqual({name for name, _ in old.values}, {name for name, _ in new.values})
        for name, kind in new.types.items():
            self.assertEqual(old.types[name], kind, name)
        self.assertTrue(new.text.endswith('# EOF\n'))
        self.assertEqual(old('tetragon_build_info', version='0.1.0'), 1)
        self.check_end(agent)

    def test_values_are_those_of_the_ledger(self):
        agent = self.start_serving(f'--export-filename={self.path("log")}').wait_ready()
        before = self.page(agent)
        for _ in range(20):
            self.run_with(agent, [trigger_path('leaf')])
        after = self.page_after(agent)

        def grown(name, **labels):
            return after(name, **labels) - before.get(name, **labels)

        self.assertGreaterEqual(grown('tetragon_events_total', type='PROCESS_EXEC'), 20)
        self.assertGreaterEqual(grown('tetragon_msg_op_total', msg_op='5'), 20)
        self.assertGreaterEqual(grown('tetragon_msg_op_total', msg_op='7'), 20)
        self.assertGreaterEqual(
            grown('ocelli_record_outcomes_total', record='exit', outcome='event'), 20)
        self.assertEqual(after.sum('tetragon_bpf_missed_events_total'), 0)
        self.assertGreater(after('process_cpu_seconds_total'), 0)
        self.assertGreater(after('process_resident_memory_bytes'), 1 << 20)
        self.assertLess(abs(after('process_start_time_seconds') - time.time()), 120)
        self.assertLess(abs(after('tetragon_events_last_exported_timestamp') - time.time()), 60)
        ended = self.check_end(agent)
        # Nothing but what came after that is missing.
        for kind in ('process_exec', 'process_exit'):
            made = after('ocelli_events_total', type=kind, step='made')
            self.assertEqual(made, after('tetragon_events_total', type=kind.upper()))
            self.assertGreaterEqual(ended.ledger.event(kind, 'made'), made)
            self.assertLess(ended.ledger.event(kind, 'made') - made, 1000)
        delivered = {sink: after('ocelli_sink_events_total', sink=sink, outcome='delivered')
                     for sink in ('stdout', self.path('log'))}
        for sink, n in delivered.items():
            self.assertGreaterEqual(ended.ledger.sinks[sink]['delivered'], n)
        self.assertEqual(after('tetragon_events_exported_total'), sum(delivered.values()))

    def test_by_binary(self):
        agent = self.start_serving('--metrics-label-filter=binary,node_name',
                                   '--node-name=here').wait_ready()
        # What would end a line or a label, and what is none of UTF-8.
        hostile = self.copy_trigger('leaf', 'a"} 1\n\\b\x1b[31m')
        strange = os.fsencode(self.path('x')) + b'\xff'
        os.rename(self.copy_trigger('leaf'), strange)
        plain = self.copy_trigger('leaf')
        for _ in range(3):
            for binary in (hostile, strange, plain):
                self.run_with(agent, [binary])
        page = self.page_after(agent)
        self.assertEqual(page.labels('tetragon_events_total', 'node_name'), {'here'})
        told = [plain, self.path('a"} 1\\n\\\\b\\x1b[31m'), self.path('x\\xff')]
        for binary in told:
            for kind in ('PROCESS_EXEC', 'PROCESS_EXIT'):
                self.assertEqual(page('tetragon_events_total', type=kind, binary=binary,
                                      node_name='here'), 3, binary)
        self.assertEqual(page.sum('tetragon_events_total', type='PROCESS_EXEC'),
                         page('ocelli_events_total', type='process_exec', step='made'))
        self.assertNotIn('\x1b', page.text)
        self.check_end(agent)

    def test_binaries_have_a_limit(self):
        agent = self.start_serving('--metrics-label-filter=binary',
                                   '--metrics-series-limit=100').wait_ready()
        for _ in range(30):
            self.run_with(agent, [self.copy_trigger('leaf')])
        page = self.page_after(agent)
        self.assertLessEqual(page('ocelli_metrics_binaries'), 100 / 8)
        self.assertGreater(page.sum('tetragon_events_total', binary='other'), 0)
        self.assertEqual(page.sum('tetragon_events_total', type='PROCESS_EXEC'),
                         page('ocelli_events_total', type='process_exec', step='made'))
        self.check_end(agent)

    def test_without_event_metrics(self):
        agent = self.start_serving('--enable-event-metrics=false').wait_ready()
        page = self.page(agent)
        names = {name for name, _ in page.values}
        self.assertIn('ocelli_events_total', names)
        self.assertFalse(names & {'tetragon_events_total', 'tetragon_policy_events_total'})
        self.check_end(agent)


@unittest.skipUnless(recent_enough(), 'policies need Linux 5.13 (docs/kernels.md)')
class PolicyMetrics(WebCase):
    def write(self, name, *hooks, more=''):
        path = os.path.join(self.path('policies'), name + '.yaml')
        os.makedirs(self.path('policies'), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(policy(name, *hooks, lists=more))

    def test_enforcers(self):
        self.write('misses', HOOK.replace('label: mine', 'label: mine, matchActions: '
                                          '[{action: NotifyEnforcer, argSig: 9}]'),
                   more='  enforcers: [{calls: [sys_swapoff]}]\n')
        agent = self.start_serving(f'--tracing-policy={self.path("policies")}').wait_ready()
        self.run_with(agent, [self.copy_trigger('call'), *CALL, '--', *CALL])
        page = self.page_after(agent)
        for reason, n in ('overwritten', 1), ('no_action', 0):
            self.assertEqual(page('tetragon_enforcer_missed_notifications_total', policy='misses',
                                  reason=reason), n)
        self.check_end(agent)

    def test_policies(self):
        self.write('one', HOOK)
        self.write('two', BAD_HOOK)
        agent = self.start_serving(f'--tracing-policy={self.path("policies")}').wait_ready()
        binary = self.copy_trigger('call')
        run = self.run_with(agent, [binary, *CALL])
        hits = [e for e in run.events if e.type == 'process_kprobe']
        self.assertEqual(len(hits), 1)
        page = self.page_after(agent)
        self.assertEqual(page('tetragon_tracingpolicy_loaded', state='enabled'), 1)
        self.assertEqual(page('tetragon_tracingpolicy_loaded', state='load_error'), 1)
        posted = page.sum('tetragon_tracingpolicy_selector_actions_total', policy='one',
                          action='post', selector_label='mine', selector_index='0')
        self.assertEqual(posted, 1)
        self.assertEqual(page.sum('tetragon_policy_events_total', policy='one'), 1)
        self.assertEqual(page('tetragon_events_total', type='PROCESS_KPROBE'), 1)
        self.assertEqual(page('tetragon_msg_op_total', msg_op='13'), 1)
        self.assertGreater(page('tetragon_tracingpolicy_kernel_memory_bytes', policy='one'), 0)
        # One that has gone is not told of any more.
        os.unlink(os.path.join(self.path('policies'), 'one.yaml'))
        since = agent.lines_of_log
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_log('received SIGHUP', since)
        self.wait_until(lambda: self.page(agent)('tetragon_tracingpolicy_loaded',
                                                 state='enabled') == 0, 'its end')
        self.assertNotIn('policy="one"', self.page(agent).text)
        self.check_end(agent)

    def test_series_have_a_limit(self):
        for i in range(60):
            self.write(f'p{i}', HOOK)
        agent = self.start_serving(f'--tracing-policy={self.path("policies")}',
                                   '--metrics-series-limit=100').wait_ready()
        page = self.page(agent)
        named = [labels for _, labels in page.values if 'policy' in dict(labels)]
        self.assertGreater(page('ocelli_metrics_left_out_series'), 0)
        self.assertLessEqual(len(named), 100)
        # The memory of each, its hits, and its posts, besides the states of all.
        self.assertEqual(len(named) + page('ocelli_metrics_left_out_series'), 3 * 60)
        self.check_end(agent)


class Health(WebCase):
    def test_phases(self):
        agent = self.start_serving().wait_ready()
        self.assertEqual(self.get(agent, '/healthz')[::2], (200, 'running\n'))
        self.assertEqual(self.get(agent, '/readyz')[::2], (200, 'running\n'))
        status, headers, text = self.get(agent, '/readyz', Accept='application/json')
        self.assertEqual((status, headers['Content-Type']), (200, 'application/json'))
        self.assertEqual(json.loads(text),
                         {'phase': 'running', 'ready': True, 'version': '0.1.0'})
        self.assertEqual(self.get(agent, '/nothing')[0], 404)
        self.assertEqual(self.get(agent, '/metrics', 'POST')[0], 405)
        self.check_end(agent)

    def test_not_ready_while_policies_are_loaded(self):
        """Of so many that it takes long enough to be asked meanwhile."""
        directory, n = self.make_directory(), 0
        for many in (100, 400, 1600):
            for n in range(n, many):
                with open(os.path.join(directory, f'{n}.yaml'), 'w', encoding='utf-8') as f:
                    f.write(policy(f'p{n}', HOOK))
            agent = self.start_serving(f'--tracing-policy={directory}')
            ready, health = self.get(agent, '/readyz'), self.get(agent, '/healthz')
            agent.wait_ready()
            self.assertEqual(self.get(agent, '/readyz')[::2], (200, 'running\n'))
            self.check_end(agent)
            if health[2] == 'loading\n':
                break
        self.assertEqual(ready[::2], (503, 'loading\n'))
        self.assertEqual(health[::2], (200, 'loading\n'))


class Rude(WebCase):
    """Whatever scrapers do, the agent goes on, and so do others."""

    def connect(self, agent):
        connection = socket.create_connection(agent.web, PATIENCE)
        self.addCleanup(connection.close)
        return connection

    def test_slow_ones(self):
        agent = self.start_serving().wait_ready()
        slow = [self.connect(agent) for _ in range(8)]
        begun = time.monotonic()
        # Each byte is a sign of life, and still it is not enough. No more than half of all
        # connections are one address's, so that until then we wait.
        with self.assertRaises((OSError, http.client.HTTPException)):
            self.get(agent, '/healthz')
        while slow and time.monotonic() < begun + 2 * CONNECTION_SECONDS:
            for connection in list(slow):
                try:
                    connection.send(b'G')
                except OSError:
                    slow.remove(connection)
            self.run_with(agent, [trigger_path('leaf')])
        self.assertEqual(slow, [])
        self.assertGreater(time.monotonic() - begun, CONNECTION_SECONDS - 1)
        self.assertEqual(self.get(agent, '/healthz')[0], 200)
        self.check_complete(agent)

    def test_a_flood(self):
        """A page is made once a second at most: CPU and memory are bounded by that."""
        agent = self.start_serving().wait_ready()
        first = self.page(agent)
        memory = agent.memory('VmRSS')
        end = time.monotonic() + 2
        n = [0] * 4

        def flood(i):
            while time.monotonic() < end:
                self.assertEqual(self.get(agent, '/metrics')[0], 200)
                n[i] += 1

        threads = [threading.Thread(target=flood, args=[i]) for i in range(len(n))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertGreater(min(n), 0)
        # What is freed is kept for a while when it is watched.
        if not is_sanitized():
            self.assertLess(agent.memory('VmRSS') - memory, 8 << 20)
        last = self.page_after(agent)
        self.assertLessEqual(last('process_open_fds'), first('process_open_fds') + 1)
        self.check_complete(agent)

    def test_the_address_is_taken(self):
        first = self.start_serving().wait_ready()
        host, port = first.web
        second = self.start_agent(f'--metrics-server={host}:{port}')
        ended = second.wait_end()
        self.assertEqual(ended.status, 1)
        self.assertIn(f'metrics-server: cannot listen at {host}:{port}: Address already in use',
                      ended.stderr)
        self.check_end(first)
