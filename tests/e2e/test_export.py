# SPDX-License-Identifier: Apache-2.0
"""Where events go: files, their rotation, and standard output."""

import gzip
import json
import os
import re
import stat
import subprocess
import time
import unittest

from agent import PATIENCE
from case import Case, trigger_path

MEGABYTE = 1 << 20
STAMP = re.compile(r'^events-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}\.json(\.gz)?$')


class ExportCase(Case):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path('log'))
        self.file = self.path('log/events.json')

    def start(self, *args, filename=None, **more):
        return self.start_agent('--export-filename', filename or self.file, *args,
                                **more).wait_ready()

    def backups(self):
        """Of the export file, oldest first."""
        names = sorted(n for n in os.listdir(self.path('log')) if n != 'events.json')
        for name in names:
            if not name.endswith('.part'):
                self.assertRegex(name, STAMP)
        return [self.path('log/' + name) for name in names]

    @staticmethod
    def content(path):
        with (gzip.open if path.endswith('.gz') else open)(path, 'rb') as f:
            return f.read()

    def lines(self):
        """Of all files, oldest first; each file has whole ones only."""
        lines = []
        for path in [*self.backups(), self.file]:
            data = self.content(path)
            self.assertEqual(data[-1:] or b'\n', b'\n', path)
            lines += data.split(b'\n')[:-1]
        return lines

    def check_same(self, agent, lines):
        """The agent's events on standard output are these, too."""
        self.assertEqual(len(lines), len(agent.events))
        for line, event in zip(lines, agent.events):
            self.assertEqual(line, event.line)

    def make_megabytes(self, agent, n):
        """Events of at least so many megabytes in lines of some 100 KiB."""
        for _ in range(n * 6):
            self.run_with(agent, [trigger_path('leaf'), '0', 'x' * 100_000])

    def check_sink(self, ended, lines):
        sink = ended.ledger.sinks[self.file]
        self.assertEqual(sink['delivered'], len(lines))
        self.assertEqual(sink['bytes'], sum(len(line) + 1 for line in lines))


class Files(ExportCase):
    def test_same_as_standard_output(self):
        agent = self.start('--export-extended-fields')
        self.run_with(agent, [trigger_path('forks'), 'exec'])
        ended = self.check_complete(agent)
        self.check_same(agent, self.lines())
        self.check_sink(ended, self.lines())
        self.assertEqual(self.backups(), [])

    def test_without_standard_output(self):
        agent = self.start(stdout=False)
        self.spawn([trigger_path('leaf'), '0', 'only-in-the-file']).wait()
        ended = self.check_end(agent)
        self.assertEqual(agent.events, [])
        self.assertNotIn('stdout', ended.ledger.sinks)
        # The exec and the exit.
        self.assertEqual(sum(b'"arguments":"0 only-in-the-file"' in l for l in self.lines()), 2)

    def test_extended_fields_only_when_asked_for(self):
        for args, expected in (((), False), (('--export-extended-fields',), True)):
            agent = self.start(*args, filename=self.path(f'{expected}.json'))
            self.run_with(agent, [trigger_path('leaf')])
            self.check_end(agent)
            data = self.content(self.path(f'{expected}.json'))
            for name in (b'argv', b'cgroup_id', b'exe_source', b'fork_time', b'parent_pid'):
                self.assertEqual(b'"' + name + b'":' in data, expected, name)

    def test_mode_whatever_the_umask(self):
        for umask, args, mode in ((0, (), 0o600), (0o777, (), 0o600), (0o077, ('640',), 0o640),
                                  (0, ('000',), 0), (0o22, ('0666',), 0o666)):
            with self.subTest(umask=umask, mode=mode):
                path = self.path(f'{umask}-{mode}.json')
                agent = self.start(*[f'--export-file-perm={a}' for a in args], filename=path,
                                   umask=umask)
                self.check_end(agent)
                self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), mode)

    def test_mode_of_a_file_that_was_there(self):
        with open(self.file, 'wb') as f:
            os.fchmod(f.fileno(), 0o644)
        self.check_end(self.start())
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o600)

    def test_restart_appends(self):
        seen = []
        for _ in range(3):
            agent = self.start()
            self.run_with(agent, [trigger_path('leaf')])
            self.check_end(agent)
            seen += [e.line for e in agent.events]
        self.assertEqual(self.lines(), seen)

    def test_half_a_line_is_ended(self):
        """As a crash leaves it: what follows does not become part of it."""
        with open(self.file, 'wb') as f:
            f.write(b'{"process_ex')
        agent = self.start()
        self.check_end(agent)
        first, *others = self.lines()
        self.assertEqual(first, b'{"process_ex')
        self.check_same(agent, others)

    def test_moved_away_by_others(self):
        """As logrotate does it."""
        agent = self.start()
        os.rename(self.file, self.path('log/events-2020-01-01T00-00-00.000.json'))
        self.wait_until(lambda: os.path.exists(self.file), 'a new file')
        self.run_with(agent, [trigger_path('leaf')])
        self.check_end(agent)
        self.check_same(agent, self.lines())
        self.assertNotEqual(self.content(self.file), b'')

    def test_link_to_a_file(self):
        os.symlink(self.path('elsewhere'), self.file)
        agent = self.start()
        self.check_end(agent)
        self.assertTrue(os.path.islink(self.file))
        self.check_same(agent, self.content(self.path('elsewhere')).split(b'\n')[:-1])


class Rotation(ExportCase):
    def test_by_size(self):
        agent = self.start('--export-file-max-size-mb=1', '--export-file-max-backups=0',
                           '--export-file-perm=640', umask=0o777)
        self.make_megabytes(agent, 4)
        ended = self.check_complete(agent)
        self.check_same(agent, self.lines())
        self.check_sink(ended, self.lines())
        self.assertGreaterEqual(len(self.backups()), 4)
        sizes = [os.stat(path).st_size for path in (*self.backups(), self.file)]
        self.assertLessEqual(max(sizes), MEGABYTE)
        # Rotated when the next line would not fit, not before.
        self.assertGreater(min(sizes[:-1]), MEGABYTE - 250_000)
        for path in self.backups():
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o640)

    def test_never_by_size(self):
        agent = self.start('--export-file-max-size-mb=0')
        self.make_megabytes(agent, 12)
        self.check_complete(agent)
        self.assertEqual(self.backups(), [])
        self.check_same(agent, self.lines())

    def test_line_that_is_longer_than_a_file(self):
        """It gets a file of its own and is not cut."""
        agent = self.start('--export-file-max-size-mb=1', '--export-file-max-backups=0',
                           '--export-extended-fields')
        # Each byte becomes six, twice.
        long = ['\x01' * 100_000] * 2
        self.run_with(agent, [trigger_path('leaf'), '0', *long])
        self.check_complete(agent)
        self.check_same(agent, self.lines())
        self.assertGreater(max(os.stat(p).st_size for p in (*self.backups(), self.file)),
                           2 * MEGABYTE)

    def test_compressed(self):
        agent = self.start('--export-file-max-size-mb=1', '--export-file-max-backups=0',
                           '--export-file-compress', '--export-file-perm=640')
        self.make_megabytes(agent, 3)
        self.wait_until(lambda: len(self.backups()) >= 3 and
                        all(path.endswith('.gz') for path in self.backups()), 'compression')
        self.check_complete(agent)
        self.check_same(agent, self.lines())
        for path in self.backups():
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o640)
            self.assertLess(os.stat(path).st_size, MEGABYTE / 2)
            subprocess.run(['gzip', '-t', path], check=True)

    def test_compression_is_taken_up_after_a_restart(self):
        left = self.path('log/events-2020-01-01T00-00-00.000.json')
        part = self.path('log/events-2020-01-02T00-00-00.000.json.gz.part')
        for path in (left, part):
            with open(path, 'wb') as f:
                f.write(b'{}\n' * 1000)
        agent = self.start('--export-file-compress')
        self.wait_until(lambda: not os.path.exists(left) and not os.path.exists(part),
                        'compression')
        self.check_end(agent)
        self.assertEqual(self.content(left + '.gz'), b'{}\n' * 1000)

    def test_old_backups_are_removed(self):
        agent = self.start('--export-file-max-size-mb=1', '--export-file-max-backups=2')
        self.make_megabytes(agent, 6)
        self.wait_until(lambda: len(self.backups()) == 2, 'the removal of backups')
        self.check_complete(agent)
        self.assertEqual(len(self.backups()), 2)
        lines = self.lines()
        self.assertEqual(lines, [e.line for e in agent.events[-len(lines):]])
        self.assertLess(len(lines), len(agent.events))

    def test_only_our_own_backups_are_removed(self):
        ours = [f'events-20{i}-01-01T00-00-00.000.json{end}' for i in range(10, 20)
                for end in ('', '.gz')]
        others = ['events.json.1', 'events-old.json', 'other-2020-01-01T00-00-00.000.json',
                  'events-2020-01-01.json', 'events-2020-01-01T00-00-00.000.json.bak',
                  'events-2020-01-01T00-00-00.000.txt', 'events-2020-99-01T00-00-00.000.json']
        for name in ours[::2] + others:
            with open(self.path('log/' + name), 'wb'):
                pass
        os.mkdir(self.path('log/events-2001-01-01T00-00-00.000.json'))
        agent = self.start('--export-file-max-backups=3')
        kept = {*ours[::2][-3:], *others, 'events.json'}
        self.wait_until(lambda: not set(ours[::2][:-3]) & set(os.listdir(self.path('log'))),
                        'the removal of backups')
        self.check_end(agent)
        self.assertLessEqual(kept, set(os.listdir(self.path('log'))))

    def test_by_time(self):
        agent = self.start('--export-file-rotation-interval=1s', '--export-file-max-backups=0')
        end = time.monotonic() + PATIENCE
        while len(self.backups()) < 3 and time.monotonic() < end:
            self.run_with(agent, [trigger_path('leaf')])
            time.sleep(0.05)
        self.check_complete(agent)
        self.check_same(agent, self.lines())
        self.assertGreaterEqual(len(self.backups()), 3)
        times = [os.path.basename(path)[7:30] for path in self.backups()]
        # Looked at each second.
        for last, this in zip(times, times[1:]):
            self.assertGreater(self.seconds(this) - self.seconds(last), 0.8)

    @staticmethod
    def seconds(stamp):
        return time.mktime(time.strptime(stamp[:19], '%Y-%m-%dT%H-%M-%S')) + float(stamp[19:])


class StandardOutput(ExportCase):
    def test_to_a_file(self):
        """It goes on where others have written."""
        with open(self.file, 'wb') as f:
            f.write(b'before\n')
            f.flush()
            agent = self.start_agent(output=f).wait_ready()
            self.spawn([trigger_path('leaf'), '0', 'here']).wait()
            agent.stop().check(self)
        lines = self.lines()
        self.assertEqual(lines[0], b'before')
        self.assertEqual(sum(b'"arguments":"0 here"' in line for line in lines), 2)

    def test_closed(self):
        agent = self.start_agent(prefix=('sh', '-c', 'exec "$@" >&-', 'sh'))
        ended = agent.wait_end()
        ended.check(self, status=1)
        self.assertIn('cannot write to stdout', ended.stderr)
        self.assertIn('(start the agent with it open for writing)', ended.stderr)

    def test_other_standard_streams_closed(self):
        """Nobody else's bytes get among the events because a file has the number of a standard
        stream."""
        for closed in ('<&-', '2>&-', '<&- >&- 2>&-'):
            with self.subTest(closed=closed):
                path, log = self.path('e' + closed), self.path('log' + closed)
                agent = self.start_agent('--export-filename', path, '--log-file', log, '--debug',
                                         prefix=('sh', '-c', f'exec "$@" {closed}', 'sh'),
                                         stdout=False)
                self.wait_until(lambda: os.path.exists(log) and b' watches ' in self.content(log),
                                'the start')
                self.spawn([trigger_path('leaf'), '0', 'here']).wait()
                self.wait_until(lambda: self.content(path).count(b'"arguments":"0 here"') == 2,
                                'the events')
                agent.process.terminate()
                self.assertEqual(agent.process.wait(PATIENCE), 0)
                for line in self.content(path).splitlines():
                    json.loads(line)
                self.assertIn(b'ledger: balanced=true', self.content(log))

    def test_nothing_at_all(self):
        agent = self.start_agent('--server-address=', stdout=False).wait_ready()
        ended = self.check_end(agent)
        self.assertIn('events go nowhere', ended.stderr)
        self.assertEqual(ended.ledger.sinks, {})


class Refused(ExportCase):
    def check_refused(self, path, *texts, prefix=()):
        agent = self.start_agent('--export-filename', path, prefix=prefix)
        ended = agent.wait_end()
        ended.check(self, status=1)
        for text in (path, *texts):
            self.assertIn(text, ended.stderr)
        [message] = [l for l in ended.stderr.splitlines() if 'level=error' in l]
        self.assertTrue(message.rstrip().endswith(')"'), f'no remedy: {message}')
        self.assertEqual(agent.events, [])

    def test_directory(self):
        self.check_refused(self.path('log'), 'Is a directory', 'not of a directory')

    def test_missing_directory(self):
        self.check_refused(self.path('none/events.json'), 'No such file', 'create the directory')

    def test_file_for_a_directory(self):
        with open(self.path('file'), 'wb'):
            pass
        self.check_refused(self.path('file/events.json'), 'Not a directory')

    def test_pipe_is_not_waited_for(self):
        os.mkfifo(self.file)
        self.check_refused(self.file, 'regular file')

    def test_device(self):
        self.check_refused('/dev/full', 'not a regular file')

    def test_read_only_file_system(self):
        self.check_refused(
            self.file, 'Read-only file system',
            prefix=('unshare', '-m', 'sh', '-c',
                    f'mount -t tmpfs -o ro tmpfs {self.path("log")} && exec "$@"', 'sh'))


class RateLimit(ExportCase):
    def test_none(self):
        agent = self.start('--export-rate-limit=0', '--server-address=')
        self.spawn([trigger_path('leaf')]).wait()
        ended = self.check_end(agent)
        self.assertIn('events go nowhere', ended.stderr)
        self.assertEqual(agent.events, [])
        self.assertFalse(os.path.exists(self.file))

    def test_so_many_a_minute(self):
        """Up to 61 seconds: what was left out is told of each minute."""
        limit = 4
        agent = self.start(f'--export-rate-limit={limit}')
        self.spawn([trigger_path('churn'), '200', '8']).wait()
        # The first minute's share at once; one more comes into it each 15 seconds.
        self.assertEqual(len(agent.events), limit)
        info = agent.wait_for(lambda e: e.type == 'rate_limit_info', timeout=61 + PATIENCE)
        ended = self.check_end(agent)
        self.check_same(agent, self.lines())
        told = int(info.body['number_of_dropped_process_events'])
        limited = sum(ended.ledger.event(n, 'limited') for n in ('process_exec', 'process_exit'))
        # All of the first minute, and what came after that is not in it yet.
        self.assertGreater(told, 200)
        self.assertLessEqual(told, limited)
        self.assertIn(info.number, range(limit, 2 * limit + 1))
        self.assertEqual(ended.ledger.event('rate_limit_info', 'exported'), 1)
        self.assertEqual(set(info.response), {'rate_limit_info', 'node_name', 'time'})


if __name__ == '__main__':
    unittest.main()
