# SPDX-License-Identifier: Apache-2.0
"""Which files hooks in programs are about: those of containers, too, and those that come later."""

import os
import shutil
import subprocess
import time
import unittest

from agent import PATIENCE
from case import needs, trigger_path
from test_pods import PolicyPodCase
from test_policies import recent_enough, values_of
from test_uprobes import ProgramCase, policy, uprobe


class Container:
    """A mount namespace with a root of its own, for as long as a process stays in it."""

    def __init__(self, case, root, *steps):
        self.root = root
        self.process = case.spawn([trigger_path('setup'), *steps, 'private-mounts',
                                   f'chroot={root}', '--', '/hold'], stdin=subprocess.PIPE)
        self.process.stdout.readline()

    def enter(self, *args):
        """What executes these in there."""
        pid = self.process.pid
        return ['/usr/bin/nsenter', f'--mount=/proc/{pid}/ns/mnt', f'--root=/proc/{pid}/root',
                '--wd=/', *args]

    def end(self):
        self.process.stdin.close()
        self.process.stdin = None
        self.process.wait(PATIENCE)


class FilesCase(ProgramCase):
    def root_with(self, name, where):
        """A root directory with what stays, and what is hooked."""
        root = self.path(name)
        os.makedirs(os.path.dirname(root + where))
        shutil.copy(trigger_path('hold'), root + '/hold')
        shutil.copy(trigger_path('hooked_static'), root + where)
        return root

    def run_in(self, agent, container, where):
        since = len(agent.events)
        process = self.spawn(container.enter(where, 'add', '1', '2'))
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


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Files(FilesCase):
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


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class OfPods(FilesCase, PolicyPodCase):
    @needs('uprobe')
    def test_policy_of_a_namespace(self):
        """It is about the programs of its pods, wherever else there are some of that name."""
        where = self.path('program')
        shutil.copy(trigger_path('hooked_static'), where)
        text = policy('inside, namespace: shop', uprobe(where, 'add', (0, 'int'))).replace(
            'kind: TracingPolicy', 'kind: TracingPolicyNamespaced')
        agent = self.load(text)
        agent.wait_log('no container has a file')
        cgroups = {}
        for name, namespace in (('app', 'shop'), ('desk', 'bank')):
            cgroups[name] = self.cgroup(name)
            self.create(name, cgroups[name], podNamespace=namespace)
        containers = {name: Container(self, self.root_with(name, where), cgroup.step)
                      for name, cgroup in cgroups.items()}

        def run(name):
            container, cgroup = containers[name], cgroups[name]
            since = len(agent.events)
            process = self.spawn([trigger_path('setup'), cgroup.step, '--',
                                  *container.enter(where, 'add', '1', '2')])
            process.communicate()
            agent.wait_exit(process.pid, since)
            return [e for e in agent.events[since:] if e.type == self.KIND and
                    e.process['pid'] == process.pid]

        [event] = self.run_until_told(lambda: run('app'))
        self.assertEqual(event.process['pod']['name'], 'web')
        self.assertEqual(run('desk'), [])
        self.assertEqual(self.run_it(agent, 'add', 1, 2, path=where)[0], [])
        for container in containers.values():
            container.end()
        self.check_complete(agent)
