# SPDX-License-Identifier: Apache-2.0
"""Which cgroup and which container a process is in."""

import hashlib
import os
import subprocess
import unittest

from case import Cgroup, SharedCase, trigger_path

ID = hashlib.sha256(b'one').hexdigest()
OTHER = hashlib.sha256(b'other').hexdigest()
POD = 'pod0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0'
SLICE = 'kubepods-burstable-' + POD.replace('-', '_') + '.slice'

# Path, the container's id, its runtime.
FORMS = (
    (f'docker-{ID}.scope', ID, 'docker'),
    (f'system.slice/docker-{ID}.scope', ID, 'docker'),
    (f'docker/{ID}', ID, 'docker'),
    (f'cri-containerd-{ID}.scope', ID, 'containerd'),
    (f'kubepods.slice/kubepods-burstable.slice/{SLICE}/cri-containerd-{ID}.scope', ID,
     'containerd'),
    (f'nerdctl-{ID}.scope', ID, 'containerd'),
    (f'crio-{ID}.scope', ID, 'cri-o'),
    (f'kubepods.slice/{SLICE}/crio-{ID}.scope', ID, 'cri-o'),
    (f'crio-{ID}', ID, 'cri-o'),
    (f'machine.slice/libpod-{ID}.scope', ID, 'podman'),
    (f'libpod_parent/libpod-{ID}', ID, 'podman'),
    # Made without systemd, it is the id alone.
    (f'kubepods/burstable/{POD}/{ID}', ID, None),
    (f'kubelet-kubepods-{POD}.slice:cri-containerd:{ID}', ID, 'containerd'),
    (f'lxc.payload.some-name', 'some-name', 'lxc'),
    # What a container makes below its own cgroup.
    (f'docker-{ID}.scope/init', ID, 'docker'),
    (f'kubepods/{POD}/{ID}/system.slice/some.service', ID, None),
    # A container in a container is the inner one.
    (f'docker-{OTHER}.scope/docker/{ID}', ID, 'docker'),
    (f'docker-{OTHER}.scope/kubepods/{POD}/cri-containerd-{ID}.scope', ID, 'containerd'),
)

# Not containers: their monitors, pods as a whole, and names that only look like it.
OTHERS = ('user.slice/session-1.scope', f'crio-conmon-{ID}.scope', f'libpod-conmon-{ID}.scope',
          f'kubepods/burstable/{POD}', f'kubepods.slice/{SLICE}', f'docker-{ID[:20]}.scope',
          f'docker-{"x" * 64}.scope', ID[:63], ID + '0', ID.upper(), 'docker-.scope')

NAMES = ('cgroup_id', 'cgroup', 'container_id', 'container_runtime', 'docker')


class Containers(SharedCase):
    def expected(self, cgroup, container=None, runtime=None):
        told = {'cgroup_id': str(cgroup.id), 'cgroup': cgroup.path}
        if container:
            told |= {'container_id': container, 'docker': container[:31]}
        if runtime:
            told['container_runtime'] = runtime
        return told

    def check(self, process, *expected):
        self.assertEqual({k: process[k] for k in NAMES if k in process},
                         self.expected(*expected))

    def make(self, path):
        return Cgroup(self, path)

    def go(self, cgroup, *args, **popen):
        """Runs a trigger in that cgroup; returns the run, without the "setup" that went there."""
        run = self.run_with(self.agent, [trigger_path('setup'), cgroup.step, '--', *args], **popen)
        self.assertEqual(run.status, 0)
        self.check_lives(run.events)
        return run

    def test_forms(self):
        for path, container, runtime in FORMS:
            with self.subTest(path=path):
                cgroup = self.make(path)
                run = self.go(cgroup, trigger_path('forks'), 'exec')
                before, root, child = run.execs()
                self.assertNotEqual(before.process['cgroup_id'], str(cgroup.id))
                for event in (root, child, *run.exits()):
                    self.check(event.process, cgroup, container, runtime)
                self.check(child.parent, cgroup, container, runtime)

    def test_no_containers(self):
        for path in OTHERS:
            with self.subTest(path=path):
                cgroup = self.make(path)
                run = self.go(cgroup, trigger_path('leaf'))
                self.check(run.execs()[-1].process, cgroup)

    def test_as_the_system_says(self):
        """The path is that of /proc/PID/cgroup."""
        cgroup = self.make(f'docker-{ID}.scope')
        held, event = self.hold(trigger_path('setup'), cgroup.step, '--', trigger_path('hold'))
        paths = [line.split(':', 2)[2] for line in held.proc('cgroup').splitlines()]
        held.release()
        self.assertIn(event.process['cgroup'], paths)
        self.check(event.process, cgroup, ID, 'docker')

    def test_child_that_does_not_execute(self):
        cgroup = self.make(f'docker-{ID}.scope')
        run = self.go(cgroup, trigger_path('forks'), 'fork')
        [child] = run.exits(run.facts['child'])
        self.check(child.process, cgroup, ID, 'docker')
        self.check(child.parent, cgroup, ID, 'docker')

    def test_process_that_was_there(self):
        cgroup = self.make(f'kubepods/burstable/{POD}/{ID}')
        held, event = self.hold(trigger_path('setup'), cgroup.step, '--', trigger_path('hold'))
        agent = self.start_agent(*self.options).wait_ready()
        again = agent.wait_exec(held.pid)
        held.release()
        end = agent.wait_exit(held.pid)
        self.check_end(agent)
        for each in (event, again, end):
            self.check(each.process, cgroup, ID)

    def test_moved_and_executed(self):
        """A process that goes from one to the other: what was true at each exec."""
        one, two = self.make(f'docker-{ID}.scope'), self.make(f'crio-{OTHER}.scope')
        run = self.run_with(self.agent, [
            trigger_path('setup'), one.step, '--', trigger_path('setup'), two.step, '--',
            trigger_path('leaf')])
        first, second, third = run.execs()
        self.assertNotEqual(first.process['cgroup_id'], str(one.id))
        self.check(second.process, one, ID, 'docker')
        self.check(third.process, two, OTHER, 'cri-o')
        self.check(third.parent, one, ID, 'docker')
        self.check(run.exits()[0].process, two, OTHER, 'cri-o')

    def test_moved_by_another(self):
        """As runtimes do it: a process is moved from outside and executes then."""
        cgroup = self.make(f'cri-containerd-{ID}.scope')
        since = len(self.agent.events)
        process = self.spawn(['/bin/sh', '-c', 'read line; exec "$0"', trigger_path('leaf')],
                             stdin=subprocess.PIPE)
        before = self.agent.wait_exec(process.pid, since)
        with open(f'{cgroup.root}{cgroup.path}/cgroup.procs', 'w', encoding='utf-8') as f:
            f.write(str(process.pid))
        process.communicate(b'\n')
        end = self.agent.wait_exit(process.pid, since)
        self.assertNotEqual(before.process['cgroup_id'], str(cgroup.id))
        self.check(end.process, cgroup, ID, 'containerd')

    def test_removed_and_made_again(self):
        """The same name is another cgroup."""
        ids = set()
        for _ in range(3):
            cgroup = self.make(f'docker-{ID}.scope')
            run = self.go(cgroup, trigger_path('leaf'))
            self.check(run.execs()[-1].process, cgroup, ID, 'docker')
            ids.add(cgroup.id)
            cgroup.remove()
        self.assertEqual(len(ids), 3)

    def test_deep(self):
        cgroup = self.make(f'docker-{ID}.scope/' + '/'.join('d' * 100 for _ in range(30)))
        run = self.go(cgroup, trigger_path('leaf'))
        self.check(run.execs()[-1].process, cgroup, ID, 'docker')

    def test_many(self):
        """More cgroups in a row than a batch of records has."""
        parent = self.make('many')
        cgroups = []
        for i in range(300):
            container = hashlib.sha256(str(i).encode()).hexdigest()
            path = f'{parent.path}/docker-{container}.scope'
            os.mkdir(parent.root + path)
            cgroups.append((container, path, os.stat(parent.root + path).st_ino))
        since = len(self.agent.events)
        steps = [f'cgroup={parent.root}{path}/cgroup.procs' for _, path, _ in cgroups]
        binary = self.copy_trigger('setup')
        args = []
        for step in steps:
            args += [binary, step, '--']
        process = self.spawn(args + [trigger_path('leaf')])
        process.wait()
        self.agent.wait_exit(process.pid, since)
        execs = [e.process for e in self.agent.events[since:]
                 if e.is_exec and e.pid == process.pid][1:]
        self.assertEqual([(p['container_id'], p['cgroup'], int(p['cgroup_id'])) for p in execs],
                         cgroups)

    def test_only_the_schema(self):
        """Without extended fields, what there is of it is docker."""
        agent = self.start_agent().wait_ready()
        cgroup = self.make(f'docker-{ID}.scope')
        run = self.run_with(agent, [trigger_path('setup'), cgroup.step, '--',
                                    trigger_path('leaf')])
        self.check_end(agent)
        process = run.execs()[-1].process
        self.assertEqual({k: process[k] for k in NAMES if k in process}, {'docker': ID[:31]})


if __name__ == '__main__':
    unittest.main()
