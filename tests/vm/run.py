#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the end-to-end tests on Debian's kernels, each in a virtual machine without KVM. Writes
what fails or is skipped as it happens, then a table; tests/vm/README.md has more."""

import argparse
import collections
import concurrent.futures
import dataclasses
import os
import signal
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True  # before our own modules

import cache as caches
import machine
import matrix
import suite
from apt import Failed

EXIT_SKIP = 77

# Verdicts on a row.
GOOD, FAILED, NOT_RUN = 'ok', 'FAILED', 'NOT RUN'

# Progress, while nothing else is said.
EVERY = 20
TRACEBACK_LINES = 12

_lock = threading.Lock()
_silent_since = time.monotonic()


def say(text):
    global _silent_since
    with _lock:
        print(text, flush=True)
        _silent_since = time.monotonic()


class Watcher:
    """What is said while the tests of one guest run."""

    def __init__(self, name, args):
        self.name = name
        self.args = args
        self.count = 0
        self.expected = 0
        self.now = 'boots'
        self.started = time.monotonic()

    def record(self, record, outcome):
        self.count += 1
        self.expected = len(outcome.expected)
        self.now = outcome.after(record['name'])
        what, reason = record['outcome'], record.get('reason', '').strip()
        line = f'{self.name}: {what.replace("fail", "FAIL"):4} {record["name"]}'
        if what == 'ok' and not self.args.verbose:
            return
        if what == 'fail' and not self.args.output:
            lines = reason.splitlines()
            cut = ['…'] if len(lines) > TRACEBACK_LINES else []
            line += ''.join(f'\n    {r}' for r in cut + lines[-TRACEBACK_LINES:])
        elif what == 'skip':
            line += ': ' + reason
        else:
            line += f' ({record["seconds"]} s)'
        say(line)

    def output(self, line):
        if self.args.output:
            say(f'{self.name}| {line}')

    def progress(self):
        took = time.monotonic() - self.started
        return f'{self.name}: {self.count} of {self.expected or "?"}, {took:.0f} s, {self.now}'


def run_row(row, kernel, cache, snapshot, args, watchers):
    watcher = Watcher(row.name, args)
    watchers.append(watcher)
    logs = os.path.join(args.logs, row.name.replace(' ', '-'))
    try:
        outcome = suite.run(cache, snapshot, row, kernel, args.tests or row.tests, logs,
                            watcher.record, watcher.output, args.silence)
    finally:
        watchers.remove(watcher)
    for finding in outcome.findings:
        during = f' during {finding.test}' if finding.test else ''
        say(f'{row.name}: the kernel says{during}:\n    ' +
            finding.context.replace('\n', '\n    '))
    if outcome.trouble:
        say(f'{row.name}: {outcome.trouble}')
    say(f'{title(row, kernel)}: {outcome.summary()}')
    if not outcome.good:
        say(f'{row.name}: logs are in {outcome.logs}')
    return outcome


def title(row, kernel):
    return ' '.join(filter(None, (kernel.release, row.variation)))


def tell_skips(outcomes):
    reasons = collections.defaultdict(lambda: (set(), set()))
    for row, outcome in outcomes:
        for test, reason in outcome.skipped.items():
            reasons[reason][0].add(test)
            reasons[reason][1].add(row.name)
    if reasons:
        print('\nskipped, because:')
    for reason, (tests, rows) in sorted(reasons.items()):
        print(f'  {reason}: {", ".join(sorted(tests))} ({", ".join(sorted(rows))})')


def tell_table(results):
    print()
    width = max(len(name) for name, _, _ in results)
    for name, verdict, text in results:
        print(f'{verdict:8} {name:{width}}  {text}')


def run_command(cache, kernel, row, args):
    """For whoever wants to look round in a guest."""
    with tempfile.TemporaryDirectory(prefix='ocelli-log-') as directory:
        log = os.path.join(directory, 'kernel.log')
        ended = machine.run(cache, machine.Guest(
            kernel, args.command + '\n', log, arguments=row.arguments, sysctls=row.sysctls,
            cgroup=row.cgroup, cpus=row.cpus, memory=row.memory, silence=args.silence), say)
        if ended.status is None or args.verbose:
            with open(log, encoding='utf-8', errors='replace') as f:
                print(f.read(), file=sys.stderr)
    if ended.trouble:
        print(f'the guest {ended.trouble}', file=sys.stderr)
    return 125 if ended.status is None else ended.status


def status_of(verdicts):
    """What was not run has not failed; but nothing at all is no success."""
    if FAILED in verdicts:
        return 1
    return 0 if GOOD in verdicts else EXIT_SKIP


def run_all(rows, cache, args):
    """Returns the exit status."""
    repository = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    results, outcomes, snapshots, watchers = {}, [], {}, []
    with tempfile.TemporaryDirectory(prefix='ocelli-copy-') as directory:
        ready = []
        for row in rows:
            build = args.build
            if row.arch != caches.host_architecture():
                build += '-' + row.arch
            if not os.path.exists(os.path.join(build, 'ocellid')):
                results[row] = NOT_RUN, 'no ' + os.path.basename(build)
                say(f'{row.name}: not run: no {os.path.basename(build)}')
                continue
            if build not in snapshots:
                snapshots[build] = suite.Snapshot(
                    repository, build, os.path.join(directory, os.path.basename(build)))
            kernel = cache.kernel(row.kernel, row.arch, args.update)
            ready.append((row, kernel, snapshots[build]))
        if ready:
            cache.qemu()
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            waiting = {pool.submit(run_row, row, kernel, cache, snapshot, args, watchers):
                       (row, kernel) for row, kernel, snapshot in ready}
            try:
                while waiting:
                    done, _ = concurrent.futures.wait(
                        waiting, EVERY / 4, concurrent.futures.FIRST_COMPLETED)
                    for future in done:
                        row, kernel = waiting.pop(future)
                        outcome = future.result()
                        outcomes.append((row, outcome))
                        results[row] = GOOD if outcome.good else FAILED, \
                            f'{title(row, kernel)}: {outcome.summary()}'
                    if not done and time.monotonic() - _silent_since > EVERY:
                        for watcher in list(watchers):
                            say(watcher.progress())
            finally:
                # Only when something has gone wrong is there anybody left.
                pool.shutdown(wait=False, cancel_futures=True)
                machine.kill_all()
    tell_skips(outcomes)
    tell_table([(row.name, *results[row]) for row in rows])
    return status_of([verdict for verdict, _ in results.values()])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--build', default='build', help='build directory; with -ARCH appended '
                        'that of another architecture (build)')
    parser.add_argument('--kernel', dest='kernels', action='append', default=[],
                        help='only this series, as it is: 6.1, 6.17, newest; may be repeated')
    parser.add_argument('--arch', choices=caches.ARCHITECTURES)
    parser.add_argument('--row', help='only rows with this in their names')
    parser.add_argument('-k', dest='tests', action='append', default=[],
                        help='only tests with this in their names')
    parser.add_argument('--jobs', type=int, default=2, help='guests at a time (2)')
    parser.add_argument('--silence', type=float, default=900,
                        help='seconds after which a guest that says nothing is hung (900)')
    parser.add_argument('--update', action='store_true',
                        help='look for newer kernels than those in the cache')
    parser.add_argument('--fetch-only', action='store_true', help='fill the cache, run nothing')
    parser.add_argument('--list', action='store_true', help='tell the rows, run nothing')
    parser.add_argument('--command', help='run this instead of the tests, in the first row')
    parser.add_argument('--append', default='', help='more arguments for the kernel')
    parser.add_argument('--logs', help='directory for logs (BUILD/vm)')
    parser.add_argument('-v', dest='verbose', action='store_true', help='tell what passes, too')
    parser.add_argument('--output', action='store_true', help='tell all that the tests write')
    args = parser.parse_args()
    # What the cache holds is for the guests' users, too.
    os.umask(0o022)
    args.build = os.path.abspath(args.build)
    args.logs = os.path.abspath(args.logs or os.path.join(args.build, 'vm'))
    rows = [dataclasses.replace(row, arguments=f'{row.arguments} {args.append}'.strip())
            for kernel in args.kernels or [None]
            for row in matrix.select(kernel, args.arch, args.row)]
    if args.list:
        for row in rows:
            print(f'{row.name:34} {row.why}')
        return 0
    if not rows:
        parser.error('no row has that name; --list tells them')
    # As Ctrl-C does: what runs has to end with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        cache = caches.Cache(say=say)
        if args.fetch_only:
            for row in rows:
                say(cache.kernel(row.kernel, row.arch, args.update).release)
                cache.root(row.arch)
                cache.busybox(row.arch)
            cache.qemu()
            return 0
        if args.command:
            kernel = cache.kernel(rows[0].kernel, rows[0].arch, args.update)
            return run_command(cache, kernel, rows[0], args)
        return run_all(rows, cache, args)
    except Failed as e:
        print(f'{parser.prog}: {e}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == '__main__':
    sys.exit(main())
