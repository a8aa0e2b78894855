# SPDX-License-Identifier: Apache-2.0
"""The end-to-end tests in a guest: copied onto a disk, run there, and their results gathered."""

import glob
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

import kernel_log
import machine

DISK_SIZE = '2G'
# Starting a program takes an emulated machine so many times what it takes an ordinary one, or more.
SLOWNESS = 10
# What the tests use, besides the programs under test.
TOOLS = ('proto/descriptors.pb', 'tests/e2e/triggers/*', 'tests/e2e/features/*', 'tests/differential/differential')
# Policies to try; none of ours.
PUBLISHED = '../shared/policies'
# When not even the tests could begin: no test's own status.
NOT_SO = 99

# What unittest calls a class whose setUpClass() fails, or skips all of its tests.
CLASS = re.compile(r'setUpClass \((.*)\)')


class Snapshot:
    """A copy of the programs and tests: one may build and edit while guests run."""

    def __init__(self, repository, build, directory):
        self.repository = repository
        self.directory = directory
        self.build = os.path.join(directory, 'build')
        os.makedirs(os.path.join(directory, 'tmp'))
        os.chmod(os.path.join(directory, 'tmp'), 0o1777)
        shutil.copytree(os.path.join(repository, 'tests/e2e'),
                        os.path.join(directory, 'tests/e2e'),
                        ignore=shutil.ignore_patterns('triggers', 'features', '__pycache__'))
        shutil.copytree(os.path.join(repository, 'policies'), os.path.join(directory, 'policies'))
        published = os.path.join(repository, PUBLISHED)
        if os.path.isdir(published):
            shutil.copytree(published, os.path.join(directory, 'tests/policies'))
        for name in ('ocellid', 'ocelli', *TOOLS):
            for path in glob.glob(os.path.join(build, name)):
                if os.path.isfile(path):
                    copy = os.path.join(self.build, os.path.relpath(path, build))
                    os.makedirs(os.path.dirname(copy), exist_ok=True)
                    shutil.copy2(path, copy)

    def list(self, names):
        ended = subprocess.run(
            [sys.executable, '-B', os.path.join(self.directory, 'tests/e2e/run.py'), '--list',
             '--build', self.build, *(f'-k={name}' for name in names)],
            text=True, capture_output=True, check=True)
        return ended.stdout.split()

    def make_disk(self, path):
        with open(path, 'wb'):
            pass
        subprocess.run(['mke2fs', '-q', '-F', '-t', 'ext4', '-d', self.directory,
                        '-E', 'root_owner=0:0', path, DISK_SIZE], check=True,
                       stdin=subprocess.DEVNULL, env=machine.caches.ADMIN)


@dataclass
class Outcome:
    """How a row went. A test that nobody told of has not passed."""

    release: str
    expected: list
    logs: str
    seconds: float = 0
    passed: set = field(default_factory=set)
    failed: dict = field(default_factory=dict)  # with the traceback
    skipped: dict = field(default_factory=dict)  # with the reason
    missing: list = field(default_factory=list)
    trouble: str = ''  # of the guest itself
    findings: list = field(default_factory=list)  # in the kernel's log

    @property
    def good(self):
        return not (self.failed or self.missing or self.trouble or self.findings)

    def add(self, record):
        name, outcome, reason = record['name'], record['outcome'], record.get('reason', '')
        match = CLASS.fullmatch(name)
        if match and outcome == 'skip':
            for test in self.expected:
                if test.startswith(match[1] + '.'):
                    self.skipped[test] = reason
        elif outcome == 'fail':
            self.failed[name] = reason
        elif outcome == 'skip':
            self.skipped[name] = reason
        else:
            # One of its parts may have been skipped before.
            self.skipped.pop(name, None)
            self.passed.add(name)

    def after(self, name):
        """The test that comes after that one."""
        try:
            return self.expected[self.expected.index(name) + 1]
        except (ValueError, IndexError):
            return 'what comes after ' + name

    def end(self, ended):
        self.seconds = ended.seconds
        told = self.passed | set(self.failed) | set(self.skipped)
        self.missing = [name for name in self.expected if name not in told]
        if ended.trouble:
            self.trouble = 'the guest ' + ended.trouble
            if self.missing:
                self.trouble += ', it seems in ' + self.missing[0]
        elif ended.status == NOT_SO:
            self.trouble = 'the guest is not what the row says'
        elif ended.status != (1 if self.failed else 0):
            self.trouble = f'the tests ended with {ended.status}'
        elif self.missing:
            self.trouble = 'not all tests told how they went'

    def summary(self):
        words = [f'{len(self.passed)} passed', f'{len(self.failed)} failed',
                 f'{len(self.skipped)} skipped']
        if self.missing:
            words.append(f'{len(self.missing)} not run')
        if self.findings:
            words.append(f'{len(self.findings)} complaints of the kernel')
        return ', '.join([*words, f'{self.seconds:.0f} s'])


def run(cache, snapshot, row, kernel, names, logs, on_record, on_output, silence):
    """Runs the tests with one of these names in theirs, in a guest. Its logs go to the directory
    @logs; on_record() is told of each test, on_output() of each line they write."""
    outcome = Outcome(kernel.release, snapshot.list(names), logs)
    if not outcome.expected:
        outcome.trouble = f'no test has {" or ".join(names)} in its name'
        return outcome
    os.makedirs(logs, exist_ok=True)
    options = ' '.join(f'-k {shlex.quote(name)}' for name in names)
    command = (f'{row.proof} || {{ echo {shlex.quote("not so: " + row.proof)}; exit {NOT_SO}; }}\n'
               f'export OCELLI_TEST_SLOWNESS={SLOWNESS}\n'
               f'exec /usr/bin/python3 -u tests/e2e/run.py --build build '
               f'--report /proc/self/fd/4 {options}\n')
    with open(os.path.join(logs, 'output.log'), 'w', encoding='utf-8') as output, \
            tempfile.TemporaryDirectory(prefix='ocelli-disk-') as directory:
        disk = os.path.join(directory, 'disk')
        snapshot.make_disk(disk)

        def tell_output(line):
            print(line, file=output, flush=True)
            on_output(line)

        def tell_record(record):
            outcome.add(record)
            on_record(record, outcome)

        ended = machine.run(cache, machine.Guest(
            kernel, command, os.path.join(logs, 'kernel.log'), disk, snapshot.repository,
            arguments=row.arguments, sysctls=row.sysctls, cgroup=row.cgroup, cpus=row.cpus,
            memory=row.memory, silence=silence),
            tell_output, tell_record)
    outcome.end(ended)
    with open(os.path.join(logs, 'kernel.log'), encoding='utf-8', errors='replace') as f:
        outcome.findings = kernel_log.findings(f.read())
    return outcome
