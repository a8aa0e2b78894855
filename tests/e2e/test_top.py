# SPDX-License-Identifier: Apache-2.0
"""ocelli top."""

import json
import signal
import threading
import unittest

from agent import PATIENCE
from case import trigger_path
from remote_case import FAILED, OK, UNREACHABLE, USAGE, Refusal, RemoteCase, event, grpc
from test_api_policies import lseek
from test_policies import recent_enough
from test_remote_status import policy


class Top(RemoteCase):
    def test_real(self):
        agent = self.start_agent('--run-dir', self.path('run')).wait_ready()
        self.address = f'unix://{self.path("run/ocelli.sock")}'
        leaf = self.copy_trigger('leaf')
        process = self.start('top', '--server-address', self.address, '-o', 'json',
                             '--interval', '200ms', '--by', 'process', '-n', '4096')
        seen = False
        while not seen:
            run = self.run_with(agent, [leaf])
            line = json.loads(process.stdout.readline())
            self.assertEqual(line['agent']['pid'], agent.pid)
            self.assertEqual(line['policies'], [])
            seen = any(p['binary'] == leaf for p in line['processes'])
        self.assertTrue(run)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, errors), (OK, b''))
        text, _ = self.ocelli('top', '--once', '--interval', '100ms')
        self.assertIn('STARTED  BINARY', text)
        self.assertNotIn('\x1b', text)
        self.check_complete(agent)

    def test_policies(self):
        """What they did in the interval."""
        posts = iter((100, 107))

        def stream(*_):
            yield event(1)
            self.wait.wait(PATIENCE)

        self.wait = threading.Event()
        self.addCleanup(self.wait.set)
        agent = self.fake(GetEvents=stream, ListTracingPolicies=lambda *_: {'policies': [
            policy('p', stats={'action_counters': {'post': str(next(posts))}})]})
        output, _ = self.ocelli('top', '--once', '-o', 'json', '--interval=200ms')
        report = json.loads(output)
        self.assertEqual((report['events'], report['kinds']), (1, {'process_exec': 1}))
        self.assertEqual(report['binaries'][0]['binary'], '/bin/x')
        self.assertEqual([(p['name'], p['events']) for p in report['policies']], [('p', 7)])
        # It asks for no more than it counts by.
        [request] = [r for name, r, _ in agent.requests if name == 'GetEvents']
        self.assertEqual(request, {'field_filters': [
            {'fields': 'process.execId,process.pid,process.binary'}]})

    @unittest.skipUnless(recent_enough(), 'policies need Linux 5.13 (docs/kernels.md)')
    def test_cost(self):
        """What a policy's programs took, while the kernel was asked to measure them."""
        with open(self.path('p.yaml'), 'w', encoding='utf-8') as f:
            f.write(lseek('p', -7))
        agent = self.start_agent('--run-dir', self.path('run'), '--tracing-policy',
                                 self.path('p.yaml')).wait_ready()
        self.address = f'unix://{self.path("run/ocelli.sock")}'
        process = self.start('top', '--server-address', self.address, '-o', 'json',
                             '--interval', '200ms', '--measure')
        costs, calls = [], 0
        # What others on this machine have the programs do is theirs, too.
        while not costs or not costs[-1]['events']:
            self.run_with(agent, [trigger_path('call'), 'lseek', '-7', '0', '0'])
            calls += 1
            [cost] = json.loads(process.stdout.readline())['policies']
            costs.append(cost)
        self.assertGreater(costs[-1]['runs'], 0)
        self.assertGreater(costs[-1]['run_time_ns'], costs[-1]['runs'])
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, errors), (OK, b''))
        self.check_end(agent)

    def test_end(self):
        def ends(*_):
            yield event(1)
            raise Refusal(grpc.StatusCode.UNAVAILABLE, 'going home')

        self.fake(GetEvents=ends)
        _, errors = self.ocelli('top', status=UNREACHABLE)
        self.assertIn('going home', errors)

    def test_mistakes(self):
        self.fake()
        self.ocelli('top', 'x', status=USAGE)
        self.ocelli('top', '--interval=1ms', status=USAGE)
        self.ocelli('top', '--rows=0', status=USAGE)
        self.ocelli('top', '--once', status=FAILED)


if __name__ == '__main__':
    unittest.main()
