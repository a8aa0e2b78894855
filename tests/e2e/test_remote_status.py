# SPDX-License-Identifier: Apache-2.0
"""What ocelli tells of an agent, and sets."""

import json
import os
import unittest

from remote_case import FAILED, UNREACHABLE, USAGE, Refusal, RemoteCase, grpc

CHECK = '/grpc.health.v1.Health/Check'
HEALTH = {'health_status': [{'event': 'HEALTH_STATUS_TYPE_STATUS', 'details': 'running',
                             'status': 'HEALTH_STATUS_RUNNING'}]}


def policy(name, state='TP_STATE_ENABLED', **more):
    return {'name': name, 'state': state, 'mode': 'TP_MODE_ENFORCE', 'domain': 'static', **more}


class Status(RemoteCase):
    def serve(self, policies=(), health=None, check='SERVING'):
        return self.fake(GetVersion=lambda *_: {'version': 'v9'},
                         GetHealth=lambda *_: health or HEALTH,
                         ListTracingPolicies=lambda *_: {'policies': list(policies)},
                         **{CHECK: lambda *_: {'status': check}} if check else {})

    def status(self, **more):
        output, _ = self.ocelli('status', '-o', 'json', **more)
        return json.loads(output)

    def test_well(self):
        self.serve()
        found = self.status()
        self.assertTrue(found['well'] and found['ready'] and found['running'])
        self.assertEqual((found['version'], found['policies']), ('v9', []))
        # We are the agent's process.
        self.assertEqual(found['pid'], os.getpid())
        self.assertGreater(found['rss_bytes'], 1 << 20)
        output, _ = self.ocelli('status')
        self.assertIn('Agent: v9 at ' + self.address, output)
        self.assertIn('Health: running\nReady: yes\nPolicies: 0\n', output)
        self.assertIn(f'Process: {os.getpid()}, up ', output)

    def test_policies(self):
        counters = {'post': '7', 'signal': '1', 'override': '2', 'monitor_signal': '4',
                    'nopost': '9'}
        self.serve([policy('a', namespace='n', stats={'action_counters': counters},
                           kernel_memory_bytes='2048',
                           hook_statuses=[{'section': 'kprobes'}, {}]),
                    policy('b\x1b', 'TP_STATE_DISABLED', mode='TP_MODE_MONITOR')])
        found = self.status()
        self.assertTrue(found['well'])
        self.assertEqual(found['policies'][0], {
            'name': 'a', 'namespace': 'n', 'domain': 'static', 'state': 'enabled',
            'mode': 'enforce', 'error': None, 'hooks': 2, 'events': 7, 'acted': 3,
            'would_have_acted': 4, 'filtered': 9, 'kernel_memory_bytes': 2048})
        output, _ = self.ocelli('status')
        self.assertIn('  n/a: enabled, enforce, 2 hooks, 7 events, acted 3 times, would have acted '
                      '4 times, 2 KiB\n', output)
        self.assertIn('  "b\\x1b": disabled, monitor, 0 hooks, 0 events\n', output)

    def test_containers(self):
        counts = {'pods': 2, 'running': 3, 'told_by_cri': 3, 'unknown': 1, 'other': 9}
        self.serve(health={
            'health_status': [{'status': 'HEALTH_STATUS_RUNNING', 'details': 'running'}],
            'ledger': [{'of': 'sink', 'counts': [{'name': 'pods', 'value': '7'}]},
                       {'of': 'containers', 'counts': [
                           {'name': name, 'value': str(n)} for name, n in counts.items()]}]})
        output, _ = self.ocelli('status')
        self.assertIn('\nContainers: 2 pods, 3 running, 3 told of by the runtime, 1 not known when '
                      'they began\nPolicies: 0\n', output)
        found = self.status()['containers']
        self.assertEqual((found['pods'], found['running'], found['awaited']), (2, 3, 0))

    def test_not_well(self):
        self.serve([policy('a', 'TP_STATE_LOAD_ERROR', error='no such\x1b hook')])
        output, _ = self.ocelli('status', status=FAILED)
        self.assertIn('a: load error', output)
        self.assertIn('\n    no such\\x1b hook\n', output)
        self.assertFalse(self.status(status=FAILED)['well'])

    def test_not_ready(self):
        self.serve(check='NOT_SERVING')
        output, _ = self.ocelli('status', status=FAILED)
        self.assertIn('Ready: no', output)

    def test_not_running(self):
        self.serve(health={'health_status': [{'status': 'HEALTH_STATUS_ERROR',
                                              'details': 'broken'}]})
        output, _ = self.ocelli('status', status=FAILED)
        self.assertIn('Health: broken', output)

    def test_of_tetragon(self):
        """Which has no such service at this address."""
        self.serve(check=None)
        self.assertNotIn('ready', self.status())

    def test_nobody(self):
        self.ocelli('status', '--retries=0', status=UNREACHABLE)
        self.ocelli('status', 'x', status=USAGE)

    def test_real(self):
        agent = self.start_agent('--run-dir', self.path('run')).wait_ready()
        self.address = f'unix://{self.path("run/ocelli.sock")}'
        found = self.status()
        self.assertTrue(found['well'])
        self.assertEqual(found['pid'], agent.pid)
        self.assertLess(found['up_seconds'], 1000)
        self.check_complete(agent)


class Real(RemoteCase):
    """With ocellid."""

    def test_what_can_be_told(self):
        agent = self.start_agent('--run-dir', self.path('run'), '--export-filename',
                                 self.path('events')).wait_ready()
        self.address = f'unix://{self.path("run/ocelli.sock")}'
        self.assertEqual(self.ocelli('loglevel', 'set', 'debug')[0], 'Log level: debug\n')
        self.assertEqual(self.ocelli('loglevel', 'get')[0], 'Log level: debug\n')
        output, _ = self.ocelli('eventlog', 'set', '--max-size=20', '--rotation-interval=1h',
                                '-o', 'json')
        found = json.loads(output)
        self.assertEqual((found['max_size_mb'], found['max_backups']), (20, 5))
        self.assertTrue(json.loads(self.ocelli('info', '-o', 'json')[0])['options'])
        self.check_complete(agent)


class Info(RemoteCase):
    def test_info(self):
        def any_of(kind, value):
            return {'@type': f'type.googleapis.com/google.protobuf.{kind}', 'value': value}

        self.fake(GetInfo=lambda *_: {
            'name': 'ocellid', 'version': 'v9', 'build': {'commit': 'abc', 'time': 'today'},
            'probes': [{'Name': 'kprobe', 'Enabled': True}, {'Name': 'lsm', 'Enabled': False}],
            'conf': [{'key': 'rb-size', 'value': any_of('StringValue', '64k\x1b')},
                     {'key': 'debug', 'value': any_of('BoolValue', True)},
                     {'key': 'n', 'value': any_of('Int64Value', '7')},
                     {'key': 'wait', 'value': any_of('Duration', '1s')}]})
        output, _ = self.ocelli('info', '-o', 'json')
        found = json.loads(output)
        self.assertEqual(found['probes'], {'kprobe': True, 'lsm': False})
        self.assertEqual({k: v for k, v in found['options'].items() if k != 'wait'},
                         {'rb-size': '64k\x1b', 'debug': True, 'n': '7'})
        self.assertEqual(found['build']['commit'], 'abc')
        output, _ = self.ocelli('info')
        for line in ('Name: ocellid', 'Version: v9', 'Commit: abc', '  yes  kprobe', '  no   lsm',
                     '  rb-size: "64k\\u001b"', '  debug: true'):
            self.assertIn(line + '\n', output)

    def test_none(self):
        self.fake()
        _, errors = self.ocelli('info', status=FAILED)
        self.assertIn('is the agent of another version?', errors)


class LogLevel(RemoteCase):
    def serve(self):
        self.level = 'LOG_LEVEL_INFO'

        def set_level(request, _):
            self.level = request.get('level', 'LOG_LEVEL_PANIC')
            return {'level': self.level}

        self.fake(GetDebug=lambda *_: {'level': self.level}, SetDebug=set_level)

    def test_all(self):
        self.serve()
        self.assertEqual(self.ocelli('loglevel', 'get')[0], 'Log level: info\n')
        for level in 'panic', 'fatal', 'error', 'warn', 'info', 'debug', 'trace':
            self.assertEqual(self.ocelli('log', 'set', level)[0], f'Log level: {level}\n')
            self.assertEqual(self.level, 'LOG_LEVEL_' + level.upper())
            self.assertEqual(self.ocelli('loglevel', 'get', '-o', 'json')[0],
                             f'{{"level":"{level}"}}\n')

    def test_mistakes(self):
        self.serve()
        _, errors = self.ocelli('loglevel', 'set', 'debgu', status=USAGE)
        self.assertIn('did you mean debug?', errors)
        _, errors = self.ocelli('loglevel', 'set', 'x' * 50, status=USAGE)
        self.assertIn('panic, fatal', errors)
        self.ocelli('loglevel', 'set', status=USAGE)
        self.ocelli('loglevel', 'get', 'x', status=USAGE)
        self.assertEqual(self.level, 'LOG_LEVEL_INFO')


class EventLog(RemoteCase):
    def serve(self):
        self.params = {'max_size': 10, 'max_backups': 5, 'rotation_interval': '0s'}

        def set_params(request, _):
            self.params.update(request)
            return {}

        return self.fake(**{
            '/tetragon.EventLogService/GetEventLogParams': lambda *_: self.params,
            '/tetragon.EventLogService/SetEventLogParams': set_params})

    def test_get(self):
        self.serve()
        self.assertEqual(self.ocelli('eventlog', 'get')[0],
                         'Largest file: 10 MB\nRotated each: never\nBackups kept: 5\n')
        self.assertEqual(json.loads(self.ocelli('eventlog', 'get', '-o', 'json')[0]), {
            'max_size_mb': 10, 'rotation_interval': '0s', 'max_backups': 5})

    def test_set(self):
        """What is not given is not in the request."""
        agent = self.serve()
        output, _ = self.ocelli('eventlog', 'set', '--rotation-interval', '24h')
        self.assertIn('Rotated each: 24h\n', output)
        self.assertEqual(agent.requests[0][1], {'rotation_interval': '24h'})
        agent.requests.clear()
        self.ocelli('eventlog', 'set', '--max-size=100', '--max-backups=0')
        self.assertEqual(agent.requests[0][1], {'max_size': 100, 'max_backups': 0})

    def test_mistakes(self):
        agent = self.serve()
        for args in ([], ['--max-size=x'], ['--max-size=-1'], ['--max-size=3000000000'],
                     ['--rotation-interval=1'], ['--max-size=1', 'x']):
            self.ocelli('eventlog', 'set', *args, status=USAGE)
        self.assertEqual(agent.requests, [])

    def test_no_file(self):
        def refuse(*_):
            raise Refusal(grpc.StatusCode.UNKNOWN, 'there is no exporter')

        self.fake(**{'/tetragon.EventLogService/GetEventLogParams': refuse})
        _, errors = self.ocelli('eventlog', 'get', status=FAILED)
        self.assertIn('there is no exporter', errors)


if __name__ == '__main__':
    unittest.main()
