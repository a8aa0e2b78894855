# SPDX-License-Identifier: Apache-2.0
"""The verdict on a kernel's log: what the kernel of no guest may have said."""

import re
from dataclasses import dataclass

TROUBLE = re.compile('|'.join((
    # lib/bug.c and all that is a splat of its own, lockdep's and RCU's among them
    r'\bWARNING: ', r'\bBUG: ', r'kernel BUG at', r'\bOops\b', r'Internal error: ',
    r'general protection fault', r'unable to handle', r'invalid opcode', r'int3: ',
    r'Call [Tt]race:', r'Kernel panic', r'(KASAN|KCSAN|KFENCE|UBSAN): ',
    r'possible .*deadlock', r'suspicious RCU usage',
    # what hangs
    r'detected (expedited )?stalls?', r'self-detected stall', r'kthread starved',
    r'soft lockup', r'hard LOCKUP', r'blocked for more than', r'nobody cared',
    # what is damaged
    r'list_(add|del) corruption', r'refcount_t: ', r'Bad page', r'Bad rss-counter',
    r'scheduling while atomic', r'sleeping function called', r'EXT4-fs error', r'I/O error',
    # not of a cgroup: that one is in small letters
    r'\bOut of memory: ', r'page allocation failure',
    # a log with holes in it proves nothing
    r'printk messages dropped')))

# (pattern, reason): what is no fault of ours and harms nobody.
HARMLESS = ()

STAMP = re.compile(r'^\[ *\d+\.\d+\](\[ *[TC]\d+\])? ?')
# The relay in init tells when each test has ended.
TEST = re.compile(r'lab: \{"name": "([^"]*)"')

# What comes soon after a complaint belongs to it; so much of it is shown.
REACH = 60
SHOWN = 25


@dataclass
class Finding:
    line: int
    text: str
    context: str
    test: str = ''


def findings(log, harmless=HARMLESS):
    """Each complaint of the kernel once, with the test that ran then."""
    lines = [STAMP.sub('', line.rstrip('\r')) for line in log.split('\n')]
    if not any(line.startswith('Linux version ') for line in lines):
        return [Finding(0, 'there is no log', 'nothing')]
    found, of_this_test, end = [], [], 0
    for number, line in enumerate(lines):
        if line.startswith('lab: '):
            # What tests write about themselves is no complaint of the kernel.
            if match := TEST.match(line):
                for finding in of_this_test:
                    finding.test = match[1]
                of_this_test, end = [], 0
        elif number >= end and TROUBLE.search(line) and \
                not any(re.search(pattern, line) for pattern, _ in harmless):
            of_this_test.append(Finding(number + 1, line,
                                        '\n'.join(lines[number:number + SHOWN])))
            found.append(of_this_test[-1])
            end = number + REACH
    return found
