# SPDX-License-Identifier: Apache-2.0
"""What clients may ask of and change in the agent itself."""

import glob
import os
import shutil
import subprocess
import unittest

from agent import Agent
from case import kernel_features, trigger_path
from test_api import ApiCase, grpc
from test_api_policies import lseek
from test_policies import recent_enough
from test_policy_hostile import many_hooks

LOG = 'tetragon.EventLogService'


class EventLog(ApiCase):
    def test_no_file(self):
        agent = self.start_serving()
        client = self.client()
        for name in 'GetEventLogParams', 'SetEventLogParams':
            self.assert_refused(grpc.StatusCode.FAILED_PRECONDITION, '--export-filename',
                                client.call, name, None, LOG)
        self.check_complete(agent)

    def get(self, client):
        return client.call('GetEventLogParams', None, LOG)

    def test_change(self):
        agent = self.start_serving('--export-filename', self.path('e.log'),
                                   '--export-file-rotation-interval=90m')
        client = self.client()
        self.assertEqual(self.get(client), {'max_size': 10, 'max_backups': 5,
                                            'rotation_interval': '1h30m0s'})
        client.call('SetEventLogParams', {'max_backups': 2}, LOG)
        self.assertEqual(self.get(client), {'max_size': 10, 'max_backups': 2,
                                            'rotation_interval': '1h30m0s'})
        self.assertEqual(glob.glob(self.path('e-*.log')), [])
        # At once.
        client.call('SetEventLogParams', {'rotation_interval': '1s', 'max_size': 0}, LOG)
        self.assertEqual(self.get(client), {'max_backups': 2, 'rotation_interval': '1s'})
        self.run_with(agent, [trigger_path('leaf')])
        self.wait_until(lambda: glob.glob(self.path('e-*.log')), 'a rotated file')
        self.assertIn('rotated at 0 MB, every 1 s, with 2', agent.log())
        self.check_complete(agent)

    def test_all_or_nothing(self):
        agent = self.start_serving('--export-filename', self.path('e.log'))
        client = self.client()
        before = self.get(client)
        for wrong, says in (({'max_size': -1}, 'max_size: -1 is not between 0 and 1048576'),
                            ({'max_backups': 100001}, 'max_backups: 100001 is not between'),
                            ({'rotation_interval': '-1s'}, 'rotation_interval: "-1s" is no time'),
                            ({'rotation_interval': 'soon'}, 'write it like 1h30m')):
            self.assert_refused(grpc.StatusCode.INVALID_ARGUMENT, says, client.call,
                                'SetEventLogParams', {'max_size': 3, 'max_backups': 3, **wrong}, LOG)
            self.assertEqual(self.get(client), before)
        self.check_complete(agent)


class Debug(ApiCase):
    def test_level(self):
        agent = self.start_serving()
        client = self.client()
        self.assertEqual(client.call('GetDebug'), {'level': 'LOG_LEVEL_INFO'})
        self.assertEqual(client.call('SetDebug', {'level': 'LOG_LEVEL_DEBUG'}),
                         {'level': 'LOG_LEVEL_DEBUG'})
        self.assertEqual(client.call('GetDebug'), {'level': 'LOG_LEVEL_DEBUG'})
        agent.wait_log('the log at level debug')
        # What there is no word for here is what it means here.
        client.call('SetDebug', {'level': 'LOG_LEVEL_PANIC'})
        self.assertEqual(client.call('GetDebug'), {'level': 'LOG_LEVEL_ERROR'})
        client.call('SetDebug', {'level': 'LOG_LEVEL_INFO'})
        for wrong in {}, {'flag': 'CONFIG_FLAG_DUMP_PROCESS_CACHE', 'level': 'LOG_LEVEL_INFO'}, \
                {'level': 9}:
            self.assert_refused(grpc.StatusCode.INVALID_ARGUMENT, 'level', client.call,
                                'SetDebug', wrong)
        self.check_complete(agent)

    def processes(self, client, **which):
        answer = client.call('GetDebug', {'flag': 'CONFIG_FLAG_DUMP_PROCESS_CACHE', 'dump': which})
        self.assertEqual(answer['flag'], 'CONFIG_FLAG_DUMP_PROCESS_CACHE')
        return {p['process']['pid']: p for p in answer['processes'].get('processes', ())}

    def test_processes(self):
        agent = self.start_serving('--redaction-filters', '{"redact":["secret(.*)"]}')
        client = self.client()
        held, event = self.hold_with(agent, [trigger_path('hold'), 'secret-of-mine'])
        process = self.processes(client)[held.pid]
        self.assertEqual(process['color'], 'inUse')
        self.assertEqual(process['refcnt'], 1)
        self.assertEqual({k: v for k, v in process['process'].items() if k != 'refcnt'},
                         {k: v for k, v in event.process.items() if k != 'refcnt'})
        self.assertEqual(process['process']['arguments'], 'secret*****')
        self.assertIn(held.pid, self.processes(client, skip_zero_refcnt=True))
        # The living.
        self.assertNotIn(held.pid, self.processes(client, exclude_execve_map_processes=True))
        held.release()
        agent.wait_exit(held.pid)
        self.assertNotIn(held.pid, self.processes(client))
        self.check_complete(agent)

    def test_dead_one_that_somebody_names(self):
        agent = self.start_serving()
        held, event = self.hold_with(agent, [trigger_path('setup'), 'setsid', '--',
                                             trigger_path('hold')])
        dead = self.processes(self.client(), exclude_execve_map_processes=True)
        [parent] = [p for p in dead.values() if
                    p['process']['exec_id'] == event.process['parent_exec_id']]
        self.assertEqual((parent['color'], parent['refcnt']), ('deletePending', 1))
        held.release()
        self.check_complete(agent)


class Info(ApiCase):
    def test_info(self):
        agent = self.start_serving('--node-name=a-node', '--enable-process-ns',
                                   '--filter-environment-variables=A,B',
                                   '--enable-process-environment-variables')
        client = self.client()
        info = client.call('GetInfo')
        self.assertEqual(info['version'], client.call('GetVersion')['version'])
        self.assertEqual(info['name'], 'a-node')
        self.check_commit(info['build'])
        conf = {c['key']: c['value'] for c in info['conf']}
        prefix = 'type.googleapis.com/google.protobuf.'
        for key, kind, value in (('enable-process-ns', 'BoolValue', True),
                                 ('enable-process-cred', 'BoolValue', False),
                                 ('process-cache-size', 'Int64Value', '65536'),
                                 ('process-cache-bytes', 'Int64Value', str(16 << 20)),
                                 ('log-level', 'StringValue', 'info'),
                                 ('export-file-rotation-interval', 'StringValue', '0s'),
                                 ('export-file-perm', 'StringValue', '600'),
                                 ('filter-environment-variables', 'StringValue', 'A,B'),
                                 ('cluster-name', 'StringValue', '')):
            with self.subTest(key=key):
                self.assertEqual(conf[key], {'@type': prefix + kind, 'value': value})
        self.check_probes(info)
        # It is not tried again.
        self.assertEqual(client.call('GetInfo'), info)
        self.check_complete(agent)

    def check_commit(self, build):
        """It is one of this repository; sources without a history have none. A guest has not the
        one that it was built from."""
        source = os.path.dirname(os.path.abspath(Agent.build))
        if not os.path.exists(os.path.join(source, '.git')) or not shutil.which('git'):
            self.assertRegex(build.get('commit', '0' * 40), '^[0-9a-f]{40}$')
            return
        self.assertRegex(build['commit'], '^[0-9a-f]{40}$')
        self.assertIn(build['modified'], ('true', 'false'))
        subprocess.run(['git', '-C', source, 'cat-file', '-e', build['commit'] + '^{commit}'],
                       check=True)

    def check_probes(self, info):
        """They say what "ocelli probe" says."""
        probes = {p['Name']: p['Enabled'] for p in info['probes']}
        self.assertEqual(len(probes), 22)
        for ours, theirs in (('kprobe_multi', 'kprobe_multi'), ('fentry', 'fentry'),
                             ('send_signal', 'signal'), ('lsm_active', 'lsm'),
                             ('batch_update', 'batch_update'), ('link_pin', 'link_pin')):
            if theirs in probes:
                self.assertEqual(probes[theirs], kernel_features()[ours], theirs)

    def test_many_at_once(self):
        agent = self.start_serving()
        clients = [self.client() for _ in range(4)]
        futures = [self.start_info(client) for client in clients]
        futures[0].cancel()
        self.assertEqual(len({f.result(30).SerializeToString() for f in futures[1:]}), 1)
        again = self.start_info(clients[0])
        self.assertTrue(again.result(30).probes)
        self.check_complete(agent)

    @staticmethod
    def start_info(client):
        method = client.schema.method('tetragon.FineGuidanceSensors', 'GetInfo')
        return client.channel.unary_unary(
            '/tetragon.FineGuidanceSensors/GetInfo', request_serializer=bytes,
            response_deserializer=client.schema.message(method.output_type).FromString).future(b'')

    @unittest.skipUnless(recent_enough(), 'policies need Linux 5.13 (docs/kernels.md)')
    def test_changes_of_policies_go_first(self):
        agent = self.start_serving()
        client, done = self.client(), []
        method = client.schema.method('tetragon.FineGuidanceSensors', 'AddTracingPolicy')
        add = client.channel.unary_unary('/tetragon.FineGuidanceSensors/AddTracingPolicy',
                                         request_serializer=bytes)
        make = client.schema.message(method.input_type)

        def future(name, made):
            made.add_done_callback(lambda _: done.append(name))
            # It was taken: what is asked behind it has an answer.
            client.call('GetVersion')
            return made

        def start_add(name, text):
            return future(name, add.future(make(yaml=text).SerializeToString(), timeout=30))

        futures = [start_add('slow', many_hooks('slow', 50)),
                   future('info', self.start_info(client)),
                   start_add('quick', lseek('quick', -7))]
        for f in futures:
            f.result(30)
        self.wait_until(lambda: len(done) == 3, 'all of them')
        self.assertEqual(done[-1], 'info')
        self.check_end(agent)

    def test_stop_meanwhile(self):
        agent = self.start_serving()
        future = self.start_info(self.client())
        # It was taken: what is asked behind it has an answer.
        self.client().call('GetVersion')
        self.check_complete(agent)
        self.assertIsNotNone(future.exception(30))


class RuntimeHooks(ApiCase):
    def test_hooks(self):
        agent = self.start_serving()
        client = self.client()
        self.assertEqual(client.call('RuntimeHook', {'createContainer': {
            'containerID': 'a' * 64, 'annotations': {'a': 'b'}}}), {})
        self.assert_refused(grpc.StatusCode.INVALID_ARGUMENT, 'createContainer', client.call,
                            'RuntimeHook')
        self.check_complete(agent)
