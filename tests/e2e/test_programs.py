# SPDX-License-Identifier: Apache-2.0
"""The verifier and the agent's programs: all load, at a cost that does not grow unnoticed."""

import budgets
from case import Case

# What the agent cannot be without; of the alternatives, one.
NEEDED = ({'process_fork', 'process_fork_event'},
          {'process_exec', 'process_exec_unrolled', 'process_exec_event'},
          {'process_exit', 'process_exit_event'},
          {'process_report', 'process_report_unread'})


class Programs(Case):
    def test_one_of_each_kind_loads(self):
        loaded = set(budgets.measure())
        for alternatives in NEEDED:
            self.assertEqual(len(alternatives & loaded), 1, alternatives)

    def test_instructions(self):
        kernel, recorded = budgets.kernel(), budgets.recorded()
        measured = budgets.measure_all()
        if kernel not in recorded:
            self.skipTest(f'nothing is recorded for {kernel}: tests/e2e/budgets.py')
        # A program less or more is to be recorded, too.
        self.assertEqual(set(measured), set(recorded[kernel]), measured)
        for name, instructions in measured.items():
            with self.subTest(name):
                self.assertLessEqual(instructions,
                                     recorded[kernel][name] * budgets.TOLERANCE,
                                     'the verifier has more work; if that is worth it: '
                                     'tests/e2e/budgets.py --record')
