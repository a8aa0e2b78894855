# SPDX-License-Identifier: Apache-2.0
"""What tests of ocelli as a client share."""

import os
import socket
import subprocess
import unittest

from agent import PATIENCE, Agent
from case import Case

try:
    import grpc
    from fake_agent import FakeAgent, Refusal
    MISSING = None
except ImportError as e:
    grpc = FakeAgent = Refusal = None
    MISSING = f'there is no {e.name} for Python'

OK, FAILED, USAGE, UNREACHABLE = range(4)


def event(number, **more):
    return {'process_exec': {'process': {'pid': number, 'binary': '/bin/x'}}, 'node_name': 'n',
            'time': '2026-01-02T03:04:05.000000006Z', **more}


@unittest.skipIf(MISSING, MISSING)
class RemoteCase(Case):
    """What asks an agent, or somebody who pretends to be one."""

    def setUp(self):
        super().setUp()
        self.address = 'unix://' + self.path('socket')

    def fake(self, target=None, credentials=None, **answers):
        agent = FakeAgent(target or self.address, answers, credentials)
        self.addCleanup(agent.stop)
        return agent

    def start(self, *args, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=None, **more):
        ocelli = os.path.join(Agent.build, 'ocelli')
        process = subprocess.Popen([ocelli, *args], stdin=stdin, stdout=subprocess.PIPE,
                                   stderr=stderr,
                                   env={**os.environ, **(env or {})}, **more)
        self.addCleanup(self._end, process)
        return process

    @staticmethod
    def free_port():
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            return s.getsockname()[1]

    @staticmethod
    def _end(process):
        process.kill()
        process.communicate()

    def ocelli(self, *args, status=OK, address=None, input=b'', env=None,
               prefix=()):
        """Returns what it printed and its messages."""
        where = ['--server-address', address or self.address] if address != '' else []
        ocelli = os.path.join(Agent.build, 'ocelli')
        ended = subprocess.run([*prefix, ocelli, *args, *where], input=input, capture_output=True,
                               check=False, timeout=PATIENCE, env={**os.environ, **(env or {})})
        output, errors = ended.stdout.decode(), ended.stderr.decode()
        self.assertNotIn('Sanitizer', errors)
        if status is not None:
            self.assertEqual(ended.returncode, status, errors)
        return output, errors
