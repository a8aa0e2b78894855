#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Drives the built programs from outside, as root. The last line says how it went."""

import argparse
import json
import os
import sys
import time
import unittest

EXIT_SKIP = 77


class Result(unittest.TestResult):
    """A line a test; what failed in full."""

    def __init__(self, verbose, report):
        super().__init__()
        self.verbose = verbose
        self.report = report
        self.passed = self.failed = 0
        self.started = 0
        self.bad = False

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()
        self.bad = False
        if self.verbose:
            print(f'     {name_of(test)} …', flush=True)

    def say(self, word, test, detail=''):
        took = time.monotonic() - self.started
        print(f'{word:4} {name_of(test)} ({took:.1f} s){detail}', flush=True)

    def tell(self, outcome, test, reason=None):
        """Once for each test, however many parts of it fail: to programs."""
        if self.report:
            record = {'name': name_of(getattr(test, 'test_case', test)), 'outcome': outcome,
                      'seconds': round(time.monotonic() - self.started, 1)}
            if reason:
                record['reason'] = reason
            self.report.write(json.dumps(record) + '\n')
            self.report.flush()

    def addSuccess(self, test):
        if not self.bad:
            self.passed += 1
            self.say('ok', test)
            self.tell('ok', test)

    def fail(self, test, err):
        text = self._exc_info_to_string(err, test)
        # Of a test with several failing parts, all are told and one is counted.
        if not self.bad:
            self.failed += 1
            self.tell('fail', test, text)
        self.bad = True
        self.say('FAIL', test)
        print(text, flush=True)

    def addError(self, test, err):
        if not isinstance(test, unittest.TestCase):
            self.bad = False
        self.fail(test, err)

    def addFailure(self, test, err):
        self.fail(test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.fail(subtest, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say('skip', test, ': ' + reason)
        self.tell('skip', test, reason)

    def addExpectedFailure(self, test, err):
        self.addSuccess(test)

    def addUnexpectedSuccess(self, test):
        self.failed += 1
        self.say('FAIL', test, ': passes and was not expected to')
        self.tell('fail', test, 'passes and was not expected to')


def name_of(test):
    return test.id() if hasattr(test, 'id') else str(test)


def each_test(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from each_test(test)
        else:
            yield test


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--build', default=os.getcwd(), help='build directory')
    parser.add_argument('-k', dest='names', action='append', default=[],
                        help='only tests with this in their names')
    parser.add_argument('-v', dest='verbose', action='store_true', help='tell what begins, too')
    parser.add_argument('--list', action='store_true', help='tell the tests\' names, run none')
    parser.add_argument('--report', metavar='FILE', type=argparse.FileType('w', encoding='utf-8'),
                        help='write a line of JSON for each test there: name, outcome (ok, fail, '
                        'skip), seconds, reason')
    args = parser.parse_args()

    sys.path.insert(0, here)
    sys.dont_write_bytecode = True
    from agent import Agent
    Agent.build = os.path.abspath(args.build)

    tests = [test for test in each_test(unittest.TestLoader().discover(here))
             if not args.names or any(name in test.id() for name in args.names)]
    if args.list:
        for test in tests:
            print(test.id())
        return 0
    if os.geteuid() != 0:
        print(f'only root can load BPF programs\n0 passed, 0 failed, {len(tests)} skipped')
        return EXIT_SKIP

    result = Result(args.verbose, args.report)
    # The suite runs what a class needs before and after its tests.
    unittest.TestSuite(tests).run(result)
    print(f'{result.passed} passed, {result.failed} failed, {len(result.skipped)} skipped')
    return 0 if result.failed == 0 else 1


if __name__ == '__main__':
    sys.exit(main())
