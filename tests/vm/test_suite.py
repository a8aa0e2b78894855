# SPDX-License-Identifier: Apache-2.0
import unittest

from machine import Ended
from suite import NOT_SO, Outcome

TESTS = ['test_a.A.test_one', 'test_a.A.test_two', 'test_b.B.test_one', 'test_b.B.test_two']


def record(name, outcome='ok', reason=None):
    return {'name': name, 'outcome': outcome, 'seconds': 0.1, 'reason': reason}


class Outcomes(unittest.TestCase):
    def outcome(self, *records, status=0, **more):
        outcome = Outcome('6.1.0-56-cloud-amd64', TESTS, 'logs')
        for r in records:
            outcome.add({k: v for k, v in r.items() if v is not None})
        outcome.end(Ended(status, seconds=12.3, **more))
        return outcome

    def test_good(self):
        outcome = self.outcome(*map(record, TESTS))
        self.assertTrue(outcome.good)
        self.assertEqual(outcome.summary(), '4 passed, 0 failed, 0 skipped, 12 s')

    def test_failed_and_skipped(self):
        outcome = self.outcome(record(TESTS[0], 'fail', 'Traceback'), record(TESTS[1]),
                               record(TESTS[2], 'skip', 'why'), record(TESTS[3]), status=1)
        self.assertFalse(outcome.good)
        self.assertEqual(outcome.trouble, '')
        self.assertEqual(outcome.failed, {TESTS[0]: 'Traceback'})
        self.assertEqual(outcome.skipped, {TESTS[2]: 'why'})
        self.assertEqual(outcome.summary(), '2 passed, 1 failed, 1 skipped, 12 s')

    def test_whole_class_skipped(self):
        outcome = self.outcome(record(TESTS[0]), record(TESTS[1]),
                               record('setUpClass (test_b.B)', 'skip', 'why'))
        self.assertTrue(outcome.good)
        self.assertEqual(set(outcome.skipped), set(TESTS[2:]))

    def test_whole_class_failed(self):
        outcome = self.outcome(record(TESTS[0]), record(TESTS[1]),
                               record('setUpClass (test_b.B)', 'fail', 'why'), status=1)
        self.assertFalse(outcome.good)
        self.assertEqual(outcome.missing, TESTS[2:])
        self.assertIn('1 failed, 0 skipped, 2 not run', outcome.summary())

    def test_part_skipped(self):
        outcome = self.outcome(record(TESTS[0], 'skip', 'why'), *map(record, TESTS))
        self.assertEqual((len(outcome.passed), outcome.skipped), (4, {}))

    def test_death(self):
        outcome = self.outcome(record(TESTS[0]), status=None, trouble='died')
        self.assertFalse(outcome.good)
        self.assertEqual(outcome.trouble, f'the guest died, it seems in {TESTS[1]}')
        self.assertEqual(outcome.missing, TESTS[1:])

    def test_silence_is_no_success(self):
        self.assertFalse(self.outcome().good)
        self.assertFalse(self.outcome(*map(record, TESTS[:3])).good)
        self.assertFalse(self.outcome(*map(record, TESTS), status=1).good)
        self.assertFalse(self.outcome(record(TESTS[0], 'fail', 'x'), *map(record, TESTS[1:])).good)

    def test_not_what_it_says(self):
        self.assertIn('not what the row says', self.outcome(status=NOT_SO).trouble)


if __name__ == '__main__':
    unittest.main()
