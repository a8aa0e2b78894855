# SPDX-License-Identifier: Apache-2.0
"""Which files hooks in programs are about: those of containers, too, and those that come later."""

import ctypes
import os
import shutil
import subprocess
import time
import unittest

from agent import PATIENCE
from case import needs, trigger_path
from test_policies import recent_enough, values_of
from test_uprobes import ProgramCase, policy, uprobe

CLONE_NEWNS = 0x20000


class Container:
    """A mount namespace with a root of its own, for as long as a process stays in it."""

    def __init__(self, case, root, *steps):
        self.root = root
        self.process = case.spawn([trigger_path('setup'), 'private-mounts', *steps,
                                   f'chroot={root}', '--', '/hold'], stdin=subprocess.PIPE)
        self.process.stdout.readline()

    def enter(self):
        """To be called by a process of one thread."""
        pid = self.process.pid
        root = os.open(f'/proc/{pid}/root', os.O_PATH)
        namespace = os.open(f'/proc/{pid}/ns/mnt', os.O_RDONLY)
        if ctypes.CDLL(None).setns(namespace, CLONE_NEWNS) < 0:
            raise OSError('setns')
        os.fchdir(root)
        os.chroot('.')

    def end(self):
        self.process.stdin.close()
        self.process.stdin = None
        self.process.wait(PATIENCE)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Files(ProgramCase):
    def root_with(self, name, where):
        """A root directory with what stays, and what is hooked."""
        root = self.path(name)
        os.makedirs(os.path.dirname(root + where))
        shutil.copy(trigger_path('hold'), root + '/hold')
        shutil.copy(trigger_path('hooked_static'), root + where)
        return root

    def run_in(self, agent, container, where):
        since = len(agent.events)
        process = self.spawn([where, 'add', '1', '2'], preexec_fn=container.enter)
        process.communicate()
        agent.wait_exec(process.pid, since)
        agent.wait_exit(process.pid, since)
        return [e for e in agent.events[since:] if e.type == self.KIND and
                e.process['pid'] == process.pid]

    def run_until_told(self, run):
        """Which takes the agent a moment."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            events = run()
            if events:
                return events
        return self.fail('nothing was told')

    @needs('uprobe')
    def test_container_that_is_there(self):
        where = '/opt/of-a-container/program'
        container = Container(self, self.root_with('root', where))
        agent = self.load(policy('inside', uprobe(where, 'add', (0, 'int'))))
        [event] = self.run_in(agent, container, where)
        self.assertEqual((event.body['path'], values_of(event)), (where, [1]))
        container.end()
        self.check_complete(agent)

    @needs('uprobe')
    def test_container_to_come(self):
        where = self.path('program')
        shutil.copy(trigger_path('hooked'), where)
        agent = self.load(policy('both', uprobe(where, 'add', (0, 'int'))))
        self.assertEqual(len(self.run_it(agent, 'add', 1, 2, path=where)[0]), 1)
        container = Container(self, self.root_with('root', where))
        [event] = self.run_until_told(lambda: self.run_in(agent, container, where))
        self.assertEqual(event.body['path'], where)
        # The first goes on.
        self.assertEqual(len(self.run_it(agent, 'add', 1, 2, path=where)[0]), 1)
        container.end()
        self.check_complete(agent)

    @needs('uprobe')
    def test_containers_of_one_image(self):
        """Their files are one below their overlays, and a call of it is one."""
        where = '/program'
        image = self.root_with('image', where)
        containers = []
        for name in 'a', 'b':
            root, own = self.path(name), self.path(name + '-own')
            for directory in root, own + '/upper', own + '/work':
                os.makedirs(directory)
            mounted = subprocess.run(
                ['mount', '-t', 'overlay', 'overlay', '-o',
                 f'lowerdir={image},upperdir={own}/upper,workdir={own}/work', root],
                capture_output=True, check=False)
            if mounted.returncode:
                self.skipTest('there can be no overlay here')
            self.addCleanup(subprocess.run, ['umount', '-l', root], check=False)
            containers.append(Container(self, root))
        agent = self.load(policy('image', uprobe(where, 'add', (0, 'int'))))
        for container in containers:
            self.assertEqual(len(self.run_in(agent, container, where)), 1)
            container.end()
        self.check_complete(agent)

    @needs('uprobe')
    def test_new_version(self):
        where, fresh = self.path('program'), self.path('fresh')
        shutil.copy(trigger_path('hooked'), where)
        agent = self.load(policy('version', uprobe(where, 'add', (0, 'int'))))
        self.assertEqual(len(self.run_it(agent, 'add', 1, 2, path=where)[0]), 1)
        shutil.copy(trigger_path('hooked_fixed'), fresh)
        os.rename(fresh, where)
        [event] = self.run_until_told(lambda: self.run_it(agent, 'add', 1, 2, path=where)[0])
        self.assertEqual(values_of(event), [1])
        self.check_complete(agent)

    @needs('uprobe')
    def test_broken_version(self):
        """What worked goes on, for those that still execute it."""
        where, fresh = self.path('program'), self.path('fresh')
        shutil.copy(trigger_path('hooked'), where)
        old = self.path('old')
        os.link(where, old)
        agent = self.load(policy('version', uprobe(where, 'add', (0, 'int'))))
        shutil.copy(trigger_path('hold'), fresh)
        os.rename(fresh, where)
        agent.wait_log('goes on with those that there were')
        self.assertEqual(len(self.run_it(agent, 'add', 1, 2, path=old)[0]), 1)
        self.check_complete(agent)

    @needs('uprobe')
    def test_links_stay_in_the_container(self):
        """Whoever has the container does not choose which files of the host are hooked."""
        where = '/opt/of-a-container/program'
        root = self.root_with('root', where)
        os.rename(root + where, root + '/real')
        os.symlink('/real', root + where)
        container = Container(self, root)
        agent = self.load(policy('inside', uprobe(where, 'add', (0, 'int'))))
        self.assertEqual(len(self.run_in(agent, container, where)), 1)
        container.end()
        self.check_complete(agent)
