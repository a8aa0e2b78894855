# SPDX-License-Identifier: Apache-2.0
"""ocelli doctor, on this machine."""

import json
import unittest

from remote_case import FAILED, OK, USAGE, RemoteCase
from test_remote_status import HEALTH, policy


class Doctor(RemoteCase):
    def doctor(self, *args, **more):
        output, errors = self.ocelli('doctor', '-o', 'json', *args, **more)
        self.assertEqual(errors, '')
        report = json.loads(output)
        self.assertEqual(report['well'], more.get('status', OK) == OK)
        return report['checks']

    @staticmethod
    def verdicts(checks, name):
        return [c['verdict'] for c in checks if c['check'] == name]

    def test_no_agent(self):
        """The host alone is well where the tests run."""
        checks = self.doctor('--no-agent')
        self.assertEqual(self.verdicts(checks, 'agent'), [])
        self.assertEqual(self.verdicts(checks, 'bpf'), ['ok'])
        self.assertEqual(len(self.verdicts(checks, 'clock')), 1)
        for check in checks:
            self.assertIn(check['verdict'], ('ok', 'note', 'warning', 'problem', 'unknown'))
            self.assertTrue(check['says'])
        checks = self.doctor(status=FAILED)
        [agent] = [c for c in checks if c['check'] == 'agent']
        self.assertIn('is ocellid running?', agent['remedy'])

    def test_text(self):
        output, _ = self.ocelli('doctor', status=FAILED)
        self.assertTrue(output.startswith('problem  agent '), output)
        self.assertIn('\nProblems: 1. ', output)
        self.assertNotIn('\x1b', output)
        more, _ = self.ocelli('doctor', '--all', '--color=always', status=FAILED)
        self.assertIn('\x1b[31mproblem', more)
        self.assertGreater(len(more), len(output))
        self.ocelli('doctor', 'x', status=USAGE)

    def serve(self, version='v9', policies=(), health=None):
        self.fake(GetVersion=lambda *_: {'version': version},
                  GetHealth=lambda *_: health or HEALTH,
                  ListTracingPolicies=lambda *_: {'policies': list(policies)})

    def test_agent(self):
        self.serve(policies=[policy('a'), policy('b', 'TP_STATE_PARTIALLY_ENABLED', error='some')])
        checks = self.doctor()
        self.assertEqual(self.verdicts(checks, 'agent'), ['ok'])
        self.assertEqual(self.verdicts(checks, 'agent_version'), ['warning'])
        self.assertEqual(self.verdicts(checks, 'agent_health'), ['ok'])
        self.assertEqual(self.verdicts(checks, 'policy'), ['ok', 'warning'])

    def test_policy_in_error(self):
        self.serve(policies=[policy('a', 'TP_STATE_LOAD_ERROR', error='no such hook')])
        [check] = [c for c in self.doctor(status=FAILED) if c['check'] == 'policy']
        self.assertEqual(check['says'], 'policy a is in state load error: no such hook')

    def test_agent_in_error(self):
        self.serve(health={'health_status': [{'status': 'HEALTH_STATUS_ERROR', 'details': 'no'}]})
        self.assertEqual(self.verdicts(self.doctor(status=FAILED), 'agent_health'), ['problem'])

    def test_lost(self):
        """What an agent's ledger says that nobody got to see, and where."""
        self.serve(policies=[policy('a', stats={'action_counters': {'post': '9', 'lost': '4'}})],
                   health={**HEALTH, 'ledger': [
                       {'of': 'record', 'name': 'hook', 'counts': [
                           {'name': 'received', 'value': '9'}, {'name': 'full', 'value': '4'}]},
                       {'of': 'record', 'name': 'exec', 'counts': [{'name': 'full', 'value': '1'}]},
                       {'of': 'event', 'name': 'process_exec', 'counts': [
                           {'name': 'limited', 'value': '2'}]}]})
        checks = self.doctor()
        self.assertEqual([(c['verdict'], c['says']) for c in checks if c['check'] == 'lost'],
                         [('warning', '5 records found no room in the ring (hook 4, exec 1)'),
                          ('note', '2 events were over --export-rate-limit (process_exec 2)')])
        self.assertEqual(self.verdicts(checks, 'policy_lost'), ['warning'])

    def test_really_lost(self):
        leaf = self.copy_trigger('leaf')
        agent = self.start_agent('--run-dir', self.path('run'), '--export-rate-limit', '1',
                                 '--export-allowlist', json.dumps({'binary_regex': [leaf]})
                                 ).wait_ready()
        self.address = f'unix://{self.path("run/ocelli.sock")}'
        self.assertEqual(self.verdicts(self.doctor(), 'lost'), ['ok'])
        for _ in range(3):
            self.spawn([leaf]).wait()
        lost = self.wait_until(lambda: [c for c in self.doctor() if c['check'] == 'lost' and
                                        c['verdict'] == 'note'], 'what is over the limit')
        self.assertIn('--export-rate-limit (process_exec ', lost[0]['says'])
        self.check_end(agent)

    def test_real(self):
        agent = self.start_agent('--run-dir', self.path('run')).wait_ready()
        self.address = f'unix://{self.path("run/ocelli.sock")}'
        checks = self.doctor()
        self.assertEqual(self.verdicts(checks, 'agent_version'), ['ok'])
        self.check_complete(agent)

    def test_not_root(self):
        """What cannot be looked at is told to be so."""
        output, _ = self.ocelli('doctor', '--no-agent', '-o', 'json', status=FAILED,
                                prefix=['setpriv', '--reuid=65534', '--regid=65534',
                                        '--clear-groups'])
        checks = json.loads(output)['checks']
        self.assertEqual(self.verdicts(checks, 'privileges'), ['unknown'])


if __name__ == '__main__':
    unittest.main()
