# SPDX-License-Identifier: Apache-2.0
"""ocelli tree: of a log, of an agent."""

import json
import signal
import unittest

from agent import PATIENCE, SLOWNESS
from remote_case import OK, UNREACHABLE, USAGE, Refusal, RemoteCase, event, grpc


class Tree(RemoteCase):
    def test_log(self):
        """Of real events, the same as the agent tells live."""
        agent = self.start_agent('--run-dir', self.path('run')).wait_ready()
        address = f'unix://{self.path("run/ocelli.sock")}'
        leaf = self.copy_trigger('leaf')
        process = self.start('tree', '--server-address', address, '-o', 'json')
        # It looks on when the socket has been connected to: the first run that it has seen
        # cannot be told from here.
        runs = [self.run_with(agent, ['/bin/sh', '-c', f'{leaf} 3; exit 0']) for _ in range(5)]
        log = b'\n'.join(e.line for e in agent.events)
        output, errors = self.ocelli('tree', '-o', 'json', address='', input=log + b'\nbad\n')
        self.assertIn('skipped lines that are no events: 1', errors)
        processes = {p['exec_id']: p for p in json.loads(output)['processes']}
        for run in runs:
            [child] = [p for p in processes.values()
                       if p['title'].startswith(leaf) and p['parent_exec_id'] == run.root.exec_id]
            self.assertEqual((child['status'], child['ended']), (3, True))
        text, _ = self.ocelli('tree', address='', input=log)
        self.assertRegex(text, rf'─ /bin/sh -c .*► 0\n.*└─ {leaf} 3 \[\d+\] ► 3\n')
        process.send_signal(signal.SIGINT)
        live, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, errors), (OK, b''))
        for told in json.loads(live)['processes']:
            if told['title'].startswith(leaf):
                self.assertEqual(told['status'], 3)
        self.check_complete(agent)

    def test_duration(self):
        """Ends also where there is always one more."""
        def endless(*_):
            number = 0
            while True:
                number += 1
                some = event(number)
                some['process_exec']['process']['exec_id'] = f'id{number % 100}'
                yield some

        self.fake(GetEvents=endless)
        output, errors = self.ocelli('tree', '--duration', f'{300 * SLOWNESS:.0f}ms',
                                     '--max-processes=10')
        self.assertEqual(len(output.splitlines()), 10)
        self.assertIn('events of more processes than the 10 of --max-processes', errors)

    def test_end(self):
        """What came before the agent went is printed."""
        def ends(*_):
            some = event(7)
            some['process_exec']['process']['exec_id'] = 'id'
            yield some
            raise Refusal(grpc.StatusCode.UNAVAILABLE, 'going home')

        self.fake(GetEvents=ends)
        output, errors = self.ocelli('tree', status=UNREACHABLE)
        self.assertEqual(output, '/bin/x [7]\n')
        self.assertIn('going home', errors)
        self.ocelli('tree', 'x', status=USAGE)


if __name__ == '__main__':
    unittest.main()
