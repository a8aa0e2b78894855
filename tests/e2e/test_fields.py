# SPDX-License-Identifier: Apache-2.0
"""What events say of a process, compared with what the system itself says of it."""

import os
import pty
import re
import socket
import time
import unittest

from agent import nanoseconds, split_exec_id
from case import SharedCase, needs, trigger_path, without

CAPABILITIES = '''CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP
LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE
SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME
SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG
WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'''.split()

NAMESPACES = ('uts', 'ipc', 'mnt', 'pid', 'pid_for_children', 'net', 'time', 'time_for_children',
              'cgroup', 'user')

CLONE_NEWTIME, CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS = 0x80, 0x20000, 0x2000000, 0x4000000
CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = (0x8000000, 0x10000000, 0x20000000,
                                                          0x40000000)


def capability_names(mask):
    mask = int(mask, 16)
    # The schema's name of the second one has no prefix.
    return [name if i == 1 else 'CAP_' + name
            for i, name in enumerate(CAPABILITIES) if mask >> i & 1]


def host_namespace(name):
    """Of the first process, or, where that one is hidden, ours: we run on the host, too."""
    try:
        return os.readlink('/proc/1/ns/' + name)
    except OSError:
        return os.readlink('/proc/self/ns/' + name)


class Basics(SharedCase):
    options = ('--export-extended-fields', '--node-name=a-node', '--cluster-name=a-cluster')

    def test_envelope(self):
        run = self.trigger('leaf', 4, status=4)
        for event in run.events:
            self.assertEqual(event.response['node_name'], 'a-node')
            self.assertEqual(event.response['cluster_name'], 'a-cluster')
        self.assertEqual(split_exec_id(run.root.exec_id)[0], 'a-node')
        self.assertEqual(split_exec_id(run.root.exec_id)[2], run.pid)

    def test_times(self):
        # The clocks' difference is measured now and then.
        slack = 150_000_000
        before = time.time_ns()
        held, event = self.hold(trigger_path('hold'))
        started = time.time_ns()
        ticks = int(held.proc('stat').rpartition(')')[2].split()[19])
        held.release()
        exit_event = self.agent.wait_exit(held.pid, event.number)
        ended = time.time_ns()
        forked = nanoseconds(event.process['fork_time'])
        executed = nanoseconds(event.process['start_time'])
        died = nanoseconds(exit_event.time)
        self.assertLess(before - slack, forked)
        self.assertLess(forked, executed)
        self.assertLess(executed, started + slack)
        self.assertLess(executed, died)
        self.assertLess(died, ended + slack)
        self.assertEqual(event.time, event.process['start_time'])
        self.assertEqual(exit_event.body['time'], exit_event.time)
        # Since boot in clock ticks, rounded down: proc(5).
        tick = 10**9 // os.sysconf('SC_CLK_TCK')
        age = (time.clock_gettime_ns(time.CLOCK_BOOTTIME) - (time.time_ns() - forked)) // tick
        self.assertLess(abs(age - ticks), slack // tick)

    def test_ids(self):
        held, event = self.hold(trigger_path('setup'), 'setsid', '--', trigger_path('hold'))
        process = event.process
        stat = held.proc('stat').rpartition(')')[2].split()
        self.assertEqual(process['pid'], held.pid)
        self.assertEqual(process['tid'], held.pid)
        self.assertEqual(process['nspid'], held.pid)
        self.assertEqual(process['pgid'], int(stat[2]))
        self.assertEqual(process['sid'], int(stat[3]))
        self.assertEqual(process['comm'], held.proc('comm').rstrip('\n'))
        self.assertEqual(process['auid'], int(held.proc('loginuid')))
        self.assertEqual(process['audit_session'], int(held.proc('sessionid')))
        # The parent's pid, though the parent in the sense of exec_id is the image before.
        self.assertEqual(process['parent_pid'], int(stat[1]))
        held.release()

    def test_process_group(self):
        held, event = self.hold(trigger_path('setup'), 'setpgid', '--', trigger_path('hold'))
        self.assertEqual(event.process['pgid'], held.pid)
        # A session that no process ever opened is 0, which protojson leaves out.
        self.assertEqual(event.process.get('sid', 0), os.getsid(0))
        held.release()

    def test_parent_pid(self):
        run = self.trigger('forks', 'exec')
        [child] = run.execs(run.facts['child'])
        self.assertEqual(child.process['parent_pid'], run.pid)
        self.assertEqual(run.root.process['parent_pid'], os.getpid())

    def test_no_terminal(self):
        held, event = self.hold(trigger_path('setup'), 'setsid', '--', trigger_path('hold'))
        self.assertNotIn('tty', event.process)
        held.release()

    def test_terminal(self):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        held, event = self.hold(trigger_path('setup'), 'setsid', 'terminal', '--',
                                trigger_path('hold'), stdin=slave)
        name = os.ttyname(slave)
        os.close(slave)
        self.assertEqual(event.process['tty'], name.removeprefix('/dev/'))
        self.assertEqual(event.process['sid'], held.pid)
        held.process.kill()
        held.release()

    def test_login_uid(self):
        try:
            run = self.trigger('setup', 'loginuid=4321', '--', trigger_path('leaf'))
        except AssertionError:
            self.skipTest('the audit user cannot be changed here')
        before, after = run.execs()
        self.assertEqual(after.process['auid'], 4321)
        self.assertEqual(before.process['auid'], int(open('/proc/self/loginuid').read()))
        self.assertNotEqual(after.process['audit_session'], before.process['audit_session'])

    def test_file(self):
        path = self.copy_trigger('leaf')
        for i in range(3):
            os.link(path, self.path(f'link{i}'))
        run = self.run_with(self.agent, [path])
        st = os.stat(path)
        process = run.root.process
        self.assertEqual(process['inode'], str(st.st_ino))
        self.assertEqual(process['links'], 4)
        self.assertEqual(process['device'], f'{os.major(st.st_dev)}:{os.minor(st.st_dev)}')
        self.assertEqual(process['filesystem'], self.filesystem_of(path))
        self.assertEqual(process['exe_source'], 'file')

    @staticmethod
    def filesystem_of(path):
        device = os.stat(path).st_dev
        with open('/proc/self/mountinfo', encoding='utf-8') as f:
            for line in f:
                words = line.split()
                if words[2] == f'{os.major(device)}:{os.minor(device)}':
                    return words[words.index('-') + 1]
        raise unittest.SkipTest('the file system has no name')

    def test_uid_is_the_effective_one(self):
        run = self.trigger('setup', 'uid=1001,1002,1003', '--', trigger_path('leaf'))
        self.assertEqual(run.execs()[-1].process['uid'], 1002)
        # As the image was at its exec, also when it changed itself later.
        self.assertEqual(run.execs()[0].process['uid'], 0)
        self.assertEqual(run.exits()[-1].process['uid'], 1002)

    def test_nothing_that_was_not_asked_for(self):
        run = self.trigger('leaf')
        for name in ('cap', 'ns', 'process_credentials', 'binary_properties', 'user',
                     'environment_variables'):
            self.assertNotIn(name, run.root.process)
        self.assertNotIn('ancestors', run.root.body)

    def test_reference_counts(self):
        run = self.trigger('forks', 'exec')
        child = run.facts['child']
        self.assertEqual(run.root.process['refcnt'], 1)
        # The parent itself and the child.
        self.assertEqual(run.execs(child)[0].parent['refcnt'], 2)
        self.assertNotIn('refcnt', run.exits(child)[0].process)


class Schema(SharedCase):
    """Without extended fields."""

    options = ()

    def test_only_the_schema(self):
        run = self.trigger('leaf', 3, 'a', status=3)
        self.assertEqual(set(run.root.process), {
            'exec_id', 'pid', 'uid', 'cwd', 'binary', 'arguments', 'flags', 'start_time', 'auid',
            'parent_exec_id', 'refcnt', 'tid', 'in_init_tree'} | (
                {'docker'} if 'docker' in run.root.process else set()))
        self.assertEqual(set(run.root.body), {'process', 'parent'})
        self.assertEqual(set(run.root.response), {'process_exec', 'node_name', 'time'})
        [exit_event] = run.exits()
        self.assertEqual(set(exit_event.body), {'process', 'parent', 'status', 'time'})

    def test_node_name_of_the_host(self):
        run = self.trigger('leaf')
        self.assertEqual(run.root.response['node_name'], socket.gethostname())

    def test_node_name_of_the_environment(self):
        for env, expected in (({'NODE_NAME': 'n'}, 'n'),
                              ({'NODE_NAME': 'n', 'HUBBLE_NODE_NAME': 'h'}, 'h')):
            agent = self.start_agent(env=env).wait_ready()
            run = self.run_with(agent, [trigger_path('leaf')])
            self.assertEqual(run.root.response['node_name'], expected)
            self.check_end(agent)


class Credentials(SharedCase):
    options = ('--export-extended-fields', '--enable-process-cred')

    def check(self, held, event):
        """Everything there is, against /proc/PID/status."""
        process = event.process
        credentials = process['process_credentials']
        for word, prefix in (('Uid', 'uid'), ('Gid', 'gid')):
            values = [int(v) for v in held.status(word)]
            names = [prefix, 'e' + prefix, 's' + prefix, 'fs' + prefix]
            self.assertEqual([credentials[name] for name in names], values)
        for name, word in (('permitted', 'CapPrm'), ('effective', 'CapEff'),
                           ('inheritable', 'CapInh')):
            self.assertEqual(process['cap'].get(name, []),
                             capability_names(held.status(word)[0]), name)
        self.assertEqual(process['cap_bounding'], held.status('CapBnd')[0])
        self.assertEqual(process['cap_ambient'], held.status('CapAmb')[0])
        self.assertEqual(process['uid'], int(held.status('Uid')[1]))
        held.release()

    def test_root(self):
        self.check(*self.hold(trigger_path('hold')))

    def test_somebody(self):
        self.check(*self.hold(trigger_path('setup'), 'gid=2001,2002,2003', 'uid=1001,1002,1003',
                              '--', trigger_path('hold')))

    def test_large_ids(self):
        self.check(*self.hold(trigger_path('setup'), 'gid=4294967294,4294967294,4294967294',
                              'uid=4294967294,4294967294,4294967294', '--',
                              trigger_path('hold')))

    def test_few_capabilities(self):
        self.check(*self.hold(trigger_path('setup'), 'bounding-drop=21', 'bounding-drop=39',
                              'caps=0x1ff,0x21', '--', trigger_path('hold')))

    def test_ambient_capabilities(self):
        held, event = self.hold(trigger_path('setup'), 'keep-caps', 'uid=1001,1001,1001',
                                'caps=0x421,0x401', 'ambient=10', 'ambient=0', '--',
                                trigger_path('hold'))
        self.assertEqual(event.process['cap']['effective'],
                         ['CAP_CHOWN', 'CAP_NET_BIND_SERVICE'])
        self.assertEqual(event.process['cap_ambient'], '0000000000000401')
        self.check(held, event)

    def test_secure_bits(self):
        bits = {0: 'SecBitNoRoot', 1: 'SecBitNoRootLocked', 2: 'SecBitNoSetUidFixup',
                3: 'SecBitNoSetUidFixupLocked', 5: 'SecBitKeepCapsLocked',
                6: 'SecBitNoCapAmbientRaise', 7: 'SecBitNoCapAmbientRaiseLocked'}
        run = self.trigger('setup', 'securebits=0xec', '--', trigger_path('leaf'))
        before, after = run.execs()
        self.assertEqual(after.process['process_credentials']['securebits'],
                         [bits[i] for i in (2, 3, 5, 6, 7)])
        self.assertNotIn('securebits', before.process['process_credentials'])

    def test_kept_after_the_process_changed_itself(self):
        """The events of an image have what was true at its exec."""
        run = self.trigger('setup', 'uid=1001,1002,1003', 'fork', '--', trigger_path('leaf'))
        child = run.execs(run.facts['forked'])[0]
        self.assertEqual(child.parent['process_credentials'],
                         run.root.process['process_credentials'])
        self.assertEqual(child.process['process_credentials']['euid'], 1002)

    def test_of_a_process_that_was_there(self):
        held, _ = self.hold(trigger_path('setup'), 'gid=2001,2002,2003', 'uid=1001,1002,1003',
                            '--', trigger_path('hold'))
        agent = self.start_agent(*self.options).wait_ready()
        event = agent.wait_exec(held.pid)
        self.check_end(agent)
        self.check(held, event)


class Namespaces(SharedCase):
    options = ('--export-extended-fields', '--enable-process-ns')

    def check(self, held, event):
        told = {}
        for name in NAMESPACES:
            inum = int(re.search(r'\d+', held.link('ns/' + name)).group())
            host = int(re.search(r'\d+', host_namespace(name)).group())
            told[name] = {'inum': inum, **({'is_host': True} if inum == host else {})}
        self.assertEqual(event.process['ns'], told)
        held.release()

    def test_of_the_host(self):
        self.check(*self.hold(trigger_path('hold')))

    def test_all_of_its_own(self):
        flags = (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                 CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)
        held, event = self.hold(trigger_path('setup'), f'unshare={flags}', 'fork', '--',
                                trigger_path('hold'))
        for name in NAMESPACES:
            self.assertNotEqual(held.link('ns/' + name), os.readlink('/proc/self/ns/' + name))
        self.check(held, event)

    def test_of_a_process_that_was_there(self):
        flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWUSER
        held, _ = self.hold(trigger_path('setup'), f'unshare={flags}', 'fork', '--',
                            trigger_path('hold'))
        agent = self.start_agent(*self.options).wait_ready()
        event = agent.wait_exec(held.pid)
        self.check_end(agent)
        self.check(held, event)


class Environment(SharedCase):
    options = ('--export-extended-fields', '--enable-process-environment-variables')

    def told(self, env, agent=None):
        run = self.run_with(agent or self.agent, [trigger_path('leaf')], env=env)
        for event in run.exits():
            self.assertNotIn('environment_variables', event.process)
        return run.root.process

    def test_all(self):
        env = {'PATH': '/bin', 'EMPTY': '', 'EQUALS': 'a=b=c', 'SPACE': 'a b', 'LONG': 'x' * 9000,
               'NEW': 'a\nb', 'Ä': 'ö'}
        process = self.told(env)
        self.assertEqual(process['environment_variables'],
                         [{'Key': k, **({'Value': v} if v else {})} for k, v in env.items()])
        self.assertNotIn('truncated', process)

    def test_none(self):
        self.assertNotIn('environment_variables', self.told({}))

    def test_too_long(self):
        env = {f'V{i}': 'x' * 100_000 for i in range(3)}
        process = self.told(env)
        size = sum(len(k) + len(v) + 2 for k, v in env.items())
        self.assertEqual(process['truncated'], [{'field': 'environment_variables',
                                                 'kept': '269312', 'original': str(size)}])
        told = process['environment_variables']
        self.assertEqual([v['Key'] for v in told], ['V0', 'V1', 'V2'])
        self.assertEqual([len(v['Value']) for v in told],
                         [100_000, 100_000, 269312 - 2 * 100_004 - 3])

    def test_invalid_utf8(self):
        process = self.told({b'BAD': b'a\xffb'})
        self.assertEqual(process['environment_variables'], [{'Key': 'BAD', 'Value': 'a\ufffdb'}])
        self.assertEqual(process['invalid_strings'], 1)

    def test_of_a_process_that_was_there(self):
        process = self.spawn([trigger_path('hold')], env={'A': 'b'}, stdin=-1)
        process.stdout.readline()
        agent = self.start_agent(*self.options).wait_ready()
        event = agent.wait_exec(process.pid)
        self.check_end(agent)
        self.assertEqual(event.process['environment_variables'], [{'Key': 'A', 'Value': 'b'}])

    def test_filter(self):
        agent = self.start_agent(*self.options, '--filter-environment-variables=B,D').wait_ready()
        process = self.told({'A': '1', 'B': '2', 'BB': '3', 'C': 'B=4', 'D': ''}, agent)
        self.assertEqual(process['environment_variables'],
                         [{'Key': 'B', 'Value': '2'}, {'Key': 'D'}])
        self.check_end(agent)


class Ancestors(SharedCase):
    options = ('--export-extended-fields', '--enable-ancestors=base')

    def test_all_the_way_up(self):
        run = self.trigger('setup', 'fork', '--', trigger_path('setup'), 'fork', '--',
                           trigger_path('forks'), 'exec')
        told = {e.exec_id: e.process for e in self.agent.events if e.is_exec}
        checked = 0
        for event in run.events:
            # From the grandparent to the first process, as far as that was announced; two is the
            # kernel's own tree.
            expected, process = [], event.parent
            while process and process['pid'] > 2:
                up = process['parent_exec_id']
                process = told.get(up) or next(
                    (e.process for e in run.exits() if e.exec_id == up), None)
                if process or split_exec_id(up)[2] == 0:
                    expected.append(up)
            self.assertEqual([a['exec_id'] for a in event.body.get('ancestors', [])], expected)
            for ancestor in event.body['ancestors']:
                if ancestor['exec_id'] in told:
                    self.assertEqual(without(ancestor, 'refcnt'),
                                     without(told[ancestor['exec_id']], 'refcnt'))
                    checked += 1
        self.assertGreater(checked, 5)


class UserNames(SharedCase):
    options = ('--export-extended-fields', '--username-metadata=unix')

    def test_of_the_host(self):
        for name in ('mnt', 'user'):
            if host_namespace(name) != os.readlink('/proc/self/ns/' + name):
                self.skipTest('these tests do not run in the host\'s namespaces')
        for uid, name in ((0, 'root'), (65534, 'nobody')):
            run = self.trigger('setup', f'uid={uid},{uid},{uid}', '--', trigger_path('leaf'))
            self.assertEqual(run.execs()[-1].process.get('user'), {'name': name})

    def test_unknown(self):
        run = self.trigger('setup', 'uid=54321,54321,54321', '--', trigger_path('leaf'))
        self.assertNotIn('user', run.execs()[-1].process)

    def test_not_of_containers(self):
        for flags in (CLONE_NEWNS, CLONE_NEWUSER):
            run = self.trigger('setup', f'unshare={flags}', '--', trigger_path('leaf'))
            self.assertNotIn('user', run.execs()[-1].process)


if __name__ == '__main__':
    unittest.main()
