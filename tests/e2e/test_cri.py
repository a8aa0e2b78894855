# SPDX-License-Identifier: Apache-2.0
"""ocelli cri, with a container runtime that says what a test wants."""

import json
import unittest
from concurrent import futures

from remote_case import FAILED, MISSING, UNREACHABLE, USAGE, RemoteCase, grpc

SERVICE = '/runtime.v1.RuntimeService/'


def field(number, data):
    """Of a message, on the wire: bytes of less than 2^14."""
    size = len(data)
    length = bytes([size]) if size < 0x80 else bytes([size & 0x7f | 0x80, size >> 7])
    return bytes([number << 3 | 2]) + length + data


VERSION = b''.join(field(i + 1, text) for i, text in enumerate(
    (b'0.1.0', b'containerd', b'v1.7.2', b'v1')))


def info(value, key=b'info'):
    """A ContainerStatusResponse, with a status that nobody looks at."""
    if not isinstance(value, bytes):
        value = json.dumps(value).encode()
    return field(1, field(1, b'abc')) + field(2, field(1, key) + field(2, value))


def cgroup(path):
    return info({'sandboxID': 'x', 'pid': 7, 'runtimeSpec': {
        'ociVersion': '1.1.0', 'process': {'args': ['sh']},
        'linux': {'namespaces': [{'type': 'pid'}], 'cgroupsPath': path}}})


@unittest.skipIf(MISSING, MISSING)
class Cri(RemoteCase):
    def runtime(self, status=b''):
        """Serves; what it is asked for is in self.asked."""
        self.asked = []

        class Handler(grpc.GenericRpcHandler):
            def service(_, details):
                if not details.method.startswith(SERVICE):
                    return None
                name = details.method.removeprefix(SERVICE)

                def answer(request, call):
                    self.asked.append((name, request))
                    if name == 'Version':
                        return VERSION
                    if status is None:
                        call.abort(grpc.StatusCode.NOT_FOUND, 'no container "\x1b[31m"')
                    return status
                return grpc.unary_unary_rpc_method_handler(answer)

        server = grpc.server(futures.ThreadPoolExecutor(2), [Handler()])
        server.add_insecure_port(self.address)
        server.start()
        self.addCleanup(lambda: server.stop(None).wait())

    def cri(self, *args, **more):
        return self.ocelli('cri', *args, '-r', self.address, address='', **more)

    def test_version(self):
        self.runtime()
        self.assertEqual(self.cri('version')[0],
                         'version:"0.1.0" runtime_name:"containerd" runtime_version:"v1.7.2" '
                         'runtime_api_version:"v1"\n')
        self.assertEqual(json.loads(self.cri('version', '-o', 'json')[0]),
                         {'version': '0.1.0', 'runtime_name': 'containerd',
                          'runtime_version': 'v1.7.2', 'runtime_api_version': 'v1'})
        self.assertEqual(self.asked, [('Version', b'')] * 2)

    def test_cgroup_path(self):
        self.runtime(cgroup('kubepods-pod1.slice:cri-containerd:abc'))
        path = '/kubepods.slice/kubepods-pod1.slice/cri-containerd-abc.scope'
        self.assertEqual(self.cri('cgroup_path', 'abc')[0], path + '\n')
        # With all that it knows.
        self.assertEqual(self.asked[-1], ('ContainerStatus', field(1, b'abc') + b'\x10\x01'))
        self.assertEqual(json.loads(self.cri('cgroup_path', 'abc', '-o', 'json')[0]),
                         {'cgroup_path': path})

    def test_what_is_not_told(self):
        for i, (status, told) in enumerate(((None, 'no container "\\x1b[31m"'), (b'', 'no "info"'),
                             (info({}), 'in which cgroup'),
                             (info({'runtimeSpec': {'linux': {}}}), 'in which cgroup'),
                             (info(b'{'), 'what the runtime says of the container'),
                             (info({}, b'other'), 'no "info"'), (cgroup('x'), 'is no path'))):
            self.address = 'unix://' + self.path(f'runtime-{i}')
            self.runtime(status)
            out, errors = self.cri('cgroup_path', 'abc', status=FAILED)
            self.assertEqual(out, '')
            self.assertIn(told, errors)

    def test_nobody(self):
        self.assertIn('socket', self.cri('version', status=UNREACHABLE)[1])
        self.address = 'localhost:1'
        self.assertIn('unix:///PATH', self.cri('version', status=USAGE)[1])
        self.ocelli('cri', 'cgroup_path', address='', status=USAGE)
        self.ocelli('cri', 'version', 'x', address='', status=USAGE)
