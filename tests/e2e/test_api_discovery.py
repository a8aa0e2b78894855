# SPDX-License-Identifier: Apache-2.0
"""What clients find out by themselves: whether the agent is well, and what it speaks."""

import os
import queue
import signal
import threading
import unittest

from agent import PATIENCE
from test_api import MISSING, ApiCase, free_address
from test_policies import recent_enough
from test_policy_hostile import many_hooks

if not MISSING:
    import grpc
    from client import HEALTH, SENSORS, as_json
    from google.protobuf import descriptor_pb2, descriptor_pool

REFLECTION = 'grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'


class Health(ApiCase):
    def check(self, client, service):
        return client.call('Check', {'service': service}, HEALTH).get('status', 'UNKNOWN')

    def watch(self, client, service):
        """Statuses, as they come."""
        call = client.start('Watch', {'service': service}, HEALTH, timeout=None)
        self.addCleanup(call.cancel)
        came = queue.Queue()

        def read():
            try:
                for answer in call:
                    came.put(as_json(answer)['status'])
            except grpc.RpcError as e:
                came.put(e.code())

        threading.Thread(target=read, daemon=True).start()
        return came

    def test_services(self):
        agent = self.start_serving(stdout=False)
        client = self.client()
        for service in '', 'liveness', HEALTH, SENSORS, *REFLECTION:
            with self.subTest(service):
                self.assertEqual(self.check(client, service), 'SERVING')
                self.assertEqual(self.watch(client, service).get(timeout=PATIENCE), 'SERVING')
        self.assert_refused(grpc.StatusCode.NOT_FOUND, 'no such service', self.check, client, 'x')
        watched = self.watch(client, 'x')
        self.assertEqual(watched.get(timeout=PATIENCE), 'SERVICE_UNKNOWN')
        self.check_complete(agent)
        self.assertEqual(watched.get(timeout=PATIENCE), grpc.StatusCode.UNAVAILABLE)

    @unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
    def test_while_it_starts(self):
        """It lives, and is not ready before its policies are there; who watches is told."""
        os.mkdir(self.path('policies'))
        for i in range(2):
            with open(self.path(f'policies/{i}.yaml'), 'w', encoding='utf-8') as f:
                f.write(many_hooks(f'many-{i}', 300))
        agent = self.start_agent('--run-dir', self.path('run'), '--tracing-policy',
                                 self.path('policies'), stdout=False)
        client = self.client()
        self.wait_until(lambda: os.path.exists(self.socket), 'the socket')
        watched = self.watch(client, SENSORS)
        self.assertEqual(watched.get(timeout=PATIENCE), 'NOT_SERVING')
        self.assertEqual(self.check(client, 'liveness'), 'SERVING')
        self.assertEqual(watched.get(timeout=PATIENCE), 'SERVING')
        self.check_end(agent)


    def test_alone(self):
        """At an address of its own, where there is nothing else."""
        address = free_address()
        for more in (), ('--server-address', ''):
            agent = self.start_serving('--health-server-address', address, *more,
                                       stdout=False)
            client = self.client(address)
            self.assertEqual(self.check(client, 'liveness'), 'SERVING')
            self.assertEqual(self.watch(client, SENSORS).get(timeout=PATIENCE), 'SERVING')
            for name in 'GetVersion', 'EnableSensor':
                self.assert_refused(grpc.StatusCode.UNIMPLEMENTED, 'no such service', client.call,
                                    name)
            self.check_complete(agent)


class Reflection(ApiCase):
    def ask(self, client, service, *requests):
        """What each request is answered, in one call."""
        method = client.schema.method(service, 'ServerReflectionInfo')
        make = client.schema.message(method.input_type)
        call = client.channel.stream_stream(
            f'/{service}/ServerReflectionInfo', lambda m: m.SerializeToString(),
            client.schema.message(method.output_type).FromString)
        return list(call(iter([make(**r) for r in requests]), timeout=PATIENCE))

    def test_services(self):
        agent = self.start_serving(stdout=False)
        client = self.client()
        for version in REFLECTION:
            answer, = self.ask(client, version, {'list_services': ''})
            self.assertLessEqual({SENSORS, HEALTH, *REFLECTION},
                                 {s.name for s in answer.list_services_response.service})
        self.check_complete(agent)

    def add(self, pool, files, *names):
        """After what they import."""
        for name in names:
            self.add(pool, files, *files[name].dependency)
            pool.Add(files[name])

    def test_whole_schema(self):
        """As clients do: the file of a service, then what each imports. It is complete, and the
        same that the agent was built from."""
        agent = self.start_serving(stdout=False)
        client = self.client()
        for version in REFLECTION:
            answers = self.ask(client, version, {'host': 'here', 'file_containing_symbol': SENSORS})
            self.assertEqual((answers[0].valid_host, answers[0].original_request.host),
                             ('here', 'here'))
            files = {}
            while answers:
                for answer in answers:
                    for text in answer.file_descriptor_response.file_descriptor_proto:
                        file = descriptor_pb2.FileDescriptorProto.FromString(text)
                        files[file.name] = file
                missing = {name for file in files.values() for name in file.dependency} - set(files)
                answers = missing and self.ask(client, version, *(
                    {'file_by_filename': name} for name in sorted(missing)))
            pool = descriptor_pool.DescriptorPool()
            self.add(pool, files, *files)
            for method in pool.FindServiceByName(SENSORS).methods:
                self.assertEqual(method.full_name,
                                 client.schema.method(SENSORS, method.name).full_name)
            for name, file in files.items():
                there = descriptor_pb2.FileDescriptorProto()
                client.schema.pool.FindFileByName(name).CopyToProto(there)
                self.assertEqual(file, there)
        self.check_complete(agent)

    def test_what_there_is_not(self):
        agent = self.start_serving(stdout=False)
        client = self.client()
        answers = self.ask(
            client, REFLECTION[0], {'file_by_filename': 'x.proto'},
            {'file_containing_symbol': 'tetragon.Nothing'},
            {'file_containing_extension': {'containing_type': SENSORS, 'extension_number': 1}},
            {'all_extension_numbers_of_type': 'tetragon.Nothing'},
            {'all_extension_numbers_of_type': 'tetragon.Process'}, {})
        self.assertEqual([a.error_response.error_code for a in answers], [5, 5, 5, 5, 0, 3])
        self.assertEqual(answers[4].all_extension_numbers_response.base_type_name,
                         'tetragon.Process')
        self.check_complete(agent)

    def test_many_in_one_call(self):
        agent = self.start_serving(stdout=False)
        answers = self.ask(self.client(), REFLECTION[0],
                           *({'file_containing_symbol': 'tetragon.Process'} for _ in range(300)))
        self.assertEqual(len({bytes(a.file_descriptor_response.file_descriptor_proto[0])
                              for a in answers}), 1)
        self.assertEqual(len(answers), 300)
        self.check_complete(agent)
