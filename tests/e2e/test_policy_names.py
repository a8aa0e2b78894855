# SPDX-License-Identifier: Apache-2.0
"""matchBinaries by the names that something was invoked by, not only by its path."""

import os
import shutil
import unittest

from case import trigger_path
from test_policies import policy, recent_enough
from test_policy_process import BINARIES, CALL, FOLLOW, PARENTS, ProcessCase, hook, join


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Names(ProcessCase):
    def setUp(self):
        super().setUp()
        self.real = self.copy_trigger('call', 'real')
        self.alias = self.symlink('real', 'alias')

    def symlink(self, to, name):
        os.symlink(to, self.path(name))
        return self.path(name)

    def load_names(self):
        return self.load_asking(**{
            'real': BINARIES.format('In', self.real, ''),
            'alias': BINARIES.format('In', join(['/x', self.alias]), ''),
            'prefix': BINARIES.format('Prefix', self.path('al'), ''),
            'postfix': BINARIES.format('Postfix', '/alias', ''),
            'not-real': BINARIES.format('NotIn', join(['/x', self.real]), ''),
            'not-alias': BINARIES.format('NotIn', self.alias, ''),
            'not-prefix': BINARIES.format('NotPrefix', self.path('al'), ''),
            'not-postfix': BINARIES.format('NotPostfix', '/alias', '')})

    BY_PATH = ['not-alias', 'not-postfix', 'not-prefix', 'real']
    BY_ALIAS = ['alias', 'postfix', 'prefix', 'real']
    # What another thread can make of it at the last moment does not get around a policy.
    RELATIVE = sorted({*BY_PATH, *BY_ALIAS})

    def test_symbolic_link(self):
        agent = self.load_names()
        args = [*map(str, CALL)]
        self.assertEqual(self.told(agent, [self.real, *args]), self.BY_PATH)
        self.assertEqual(self.told(agent, [self.alias, *args]), self.BY_ALIAS)
        self.assertEqual(self.told(agent, ['./alias', *args], cwd=self.dir), self.RELATIVE)
        above, here = os.path.split(self.dir)
        self.assertEqual(self.told(agent, [f'{here}/alias', *args], cwd=above), self.RELATIVE)
        self.check_complete(agent)

    def test_name_of_the_event(self):
        """A policy that is written from an event holds for what the event was of."""
        agent = self.load_asking(alias=BINARIES.format('In', self.alias, ''))
        for args, popen in ((self.alias,), {}), (('./alias',), {'cwd': self.dir}):
            run = self.run_with(agent, [*args, *map(str, CALL)], **popen)
            self.assertEqual([e.process['binary'] for e in run.events
                              if e.type == 'process_kprobe'], [self.alias])
        self.check_complete(agent)

    def test_each_name_is_told(self):
        """Which of them a policy held by, is the one that it has."""
        shutil.copy('/bin/sh', self.path('real-sh'))
        shell = self.symlink('real-sh', 'sh')
        with open(self.path('script'), 'w', encoding='ascii') as f:
            f.write(f'#!{shell}\nexit 0\n')
        os.chmod(self.path('script'), 0o755)
        names = [self.path('real-sh'), self.symlink('script', 'run'), shell]
        agent = self.load(*(policy(f'p{i}', hook(BINARIES.format('In', name, ''),
                                                 call='sys_exit_group'))
                            for i, name in enumerate(names)))
        run = self.run_with(agent, [names[1]])
        events = [e for e in run.events if e.type == 'process_kprobe']
        self.assertEqual(sorted(e.body['policy_name'] for e in events), ['p0', 'p1', 'p2'])
        for e in events:
            self.assertEqual([e.process[field] for field in ('exe', 'binary', 'interpreter')],
                             names)
        self.check_complete(agent)

    def test_two_dots(self):
        """Such a name may lead elsewhere than it says."""
        os.mkdir(self.path('below'))
        agent = self.load_names()
        args = [*map(str, CALL)]
        self.assertEqual(self.told(agent, [self.path('below/../alias'), *args]), self.BY_PATH)
        self.assertEqual(self.told(agent, ['../alias', *args], cwd=self.path('below')),
                         self.BY_PATH)
        self.check_complete(agent)

    def test_in_a_directory_that_is_a_link(self):
        os.mkdir(self.path('there'))
        shutil.copy(self.real, self.path('there/call'))
        self.symlink('there', 'here')
        agent = self.load_asking(
            here=BINARIES.format('In', self.path('here/call'), ''),
            there=BINARIES.format('Prefix', self.path('there/'), ''),
            elsewhere=BINARIES.format('NotPrefix', self.path('here/'), ''))
        args = [*map(str, CALL)]
        self.assertEqual(self.told(agent, [self.path('here/call'), *args]), ['here', 'there'])
        self.assertEqual(self.told(agent, [self.path('there/call'), *args]),
                         ['elsewhere', 'there'])
        # The working directory is where it is, however one came there.
        self.assertEqual(self.told(agent, ['./call', *args], cwd=self.path('here')),
                         ['elsewhere', 'there'])
        self.check_complete(agent)

    def test_script(self):
        """Its own name, the interpreter's as it gives it, and where that leads."""
        shutil.copy('/bin/sh', self.path('real-sh'))
        shell = self.symlink('real-sh', 'sh')
        script = self.path('script')
        with open(script, 'w', encoding='ascii') as f:
            f.write(f'#!{shell}\nexit 0\n')
        os.chmod(script, 0o755)
        wrapped = self.path('wrapped')
        with open(wrapped, 'w', encoding='ascii') as f:
            f.write(f'#!{script}\n')
        os.chmod(wrapped, 0o755)
        asks = {'shell': shell, 'real': self.path('real-sh'), 'script': script,
                'wrapped': wrapped}
        agent = self.load(
            *(policy(name, hook(BINARIES.format('In', path, ''), call='sys_exit_group'))
              for name, path in asks.items()),
            policy('other', hook(BINARIES.format('NotIn', join([script, '/x']), ''),
                                 call='sys_exit_group')))
        link = self.symlink('script', 'link')
        for args, told in (([script], ['real', 'script', 'shell']),
                           ([wrapped], ['other', 'real', 'shell', 'wrapped']),
                           ([link], ['other', 'real', 'shell']),
                           ([shell, script], ['other', 'real', 'shell'])):
            self.assertEqual(self.told(agent, args), told, args)
        self.check_complete(agent)

    def test_file_descriptor(self):
        """Where it was opened nobody can tell; that it was is told."""
        agent = self.load(policy('fd', hook(BINARIES.format('Prefix', '/dev/fd/', ''),
                                            call='sys_exit_group')))
        run = self.run_with(agent, [trigger_path('memfd'), 'x', trigger_path('leaf')])
        self.assertTrue([e for e in run.events if e.type == 'process_kprobe'])
        self.check_complete(agent)

    def test_families(self):
        """What its ancestors were invoked as counts for descendants."""
        shutil.copy('/bin/sh', self.path('real-sh'))
        shell = self.symlink('real-sh', 'sh')
        agent = self.load_asking(
            below=BINARIES.format('In', shell, FOLLOW), parent=PARENTS.format('In', shell, ''),
            stranger=PARENTS.format('NotIn', shell, ''))
        call = ' '.join([self.real, *map(str, CALL)])
        for command, told in ((call + '; :', ['below', 'parent']),
                              (f"{trigger_path('setup')} -- /bin/sh -c '{call}; :'; :",
                               ['below', 'stranger'])):
            run = self.run_with(agent, [shell, '-c', command])
            self.assertEqual(sorted(e.body['policy_name'] for e in run.events
                                    if e.type == 'process_kprobe'), told)
        self.check_complete(agent)

    def test_chroot(self):
        """Names are as the process sees them, as its paths are."""
        os.mkdir(self.path('root'))
        shutil.copy(self.real, self.path('root/real'))
        os.symlink('/real', self.path('root/alias'))
        agent = self.load_asking(alias=BINARIES.format('In', '/alias', ''),
                                 real=BINARIES.format('In', '/real', ''))
        self.assertEqual(self.told(agent, [trigger_path('setup'), 'chroot=' + self.path('root'), '--',
                                           '/alias', *map(str, CALL)]), ['alias', 'real'])
        self.check_complete(agent)

    def test_longest_name(self):
        """With the working directory it is longer than a path can be: then only the path counts."""
        last = self.path('/'.join(['d' * 240] * 16))
        os.makedirs(last)
        name = 'n' * (4095 - len(last) - 1)
        os.symlink(self.real, os.path.join(last, name))
        agent = self.load_asking(
            longest=BINARIES.format('In', os.path.join(last, name), ''),
            real=BINARIES.format('In', self.real, ''))
        args = [*map(str, CALL)]
        self.assertEqual(self.told(agent, ['./' + name, *args], cwd=last), ['longest', 'real'])
        deep = os.open(last, os.O_PATH)
        self.addCleanup(os.close, deep)
        os.symlink(self.real, 'm' * 250, dir_fd=deep)
        self.assertEqual(self.told(agent, ['./' + 'm' * 250, *args], cwd=last), ['real'])
        self.check_complete(agent)

    def test_older_than_the_policy(self):
        """Of what runs already nothing but its path is known."""
        hold = self.copy_trigger('hold')
        alias = self.symlink(os.path.basename(hold), 'held')
        process = self.spawn([alias], stdin=-1)
        process.stdout.readline()
        agent = self.load(*(policy(name, hook(BINARIES.format('In', path, ''),
                                              call='sys_exit_group'))
                            for name, path in (('alias', alias), ('real', hold))))
        since = len(agent.events)
        process.communicate()
        agent.wait_exit(process.pid, since)
        self.assertEqual([e.body['policy_name'] for e in agent.events[since:]
                          if e.type == 'process_kprobe'], ['real'])
        self.check_complete(agent)
