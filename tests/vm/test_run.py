# SPDX-License-Identifier: Apache-2.0
import unittest

from run import EXIT_SKIP, FAILED, GOOD, NOT_RUN, status_of


class Status(unittest.TestCase):
    def test_status(self):
        for verdicts, status in (([GOOD, GOOD], 0), ([GOOD, NOT_RUN], 0), ([GOOD, FAILED], 1),
                                 ([NOT_RUN, FAILED], 1), ([NOT_RUN], EXIT_SKIP), ([], EXIT_SKIP)):
            self.assertEqual(status_of(verdicts), status, verdicts)


if __name__ == '__main__':
    unittest.main()
