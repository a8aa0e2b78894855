# SPDX-License-Identifier: Apache-2.0
"""What policies ask of the process that makes a call."""

import os
import unittest

from case import trigger_path
from test_policies import PolicyCase, policy, recent_enough

CALL = ('lseek', -1, 0, 0)
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWUTS = 0x10000000, 0x20000000, 0x04000000
CAP_CHOWN, CAP_KILL, CAP_SYS_ADMIN = 0, 5, 21


def hook(*selectors, call='sys_lseek'):
    """@selectors: what is between the braces of each."""
    return (f'  - call: {call}\n    syscall: true\n    selectors:\n' +
            ''.join(f'    - {{{text}}}\n' for text in selectors))


def join(values):
    return ', '.join(str(v) for v in values)


class ProcessCase(PolicyCase):
    """Each policy is named for what it asks; a test looks at which of them tell."""

    def load_asking(self, **asks):
        """@asks: the text of the only selector of each policy."""
        return self.load(*(policy(name, hook(text)) for name, text in asks.items()))

    def told(self, agent, args, pid=None, **popen):
        """Runs it to its end. Returns the policies that told of one of its processes, once for
        each call."""
        run = self.run_with(agent, args, **popen)
        pid = pid or run.facts.get('forked') or run.pid
        return sorted(e.body['policy_name'] for e in run.events
                      if e.type == 'process_kprobe' and e.process['pid'] == pid)

    def call_after(self, *steps):
        return [trigger_path('setup'), *steps, '--', trigger_path('call'), *map(str, CALL)]


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Ids(ProcessCase):
    def test_pids(self):
        """Those of processes that wait until the agent knows their numbers."""
        held = [self.spawn_waiting() for _ in range(6)]
        pids = [p.pid for p in held]
        agent = self.load(
            policy('one', hook(f'matchPIDs: [{{operator: In, values: [{pids[0]}]}}]')),
            policy('others', hook(f'matchPIDs: [{{operator: NotIn, values: [{pids[0]}]}},'
                                  f' {{operator: In, values: [{join(pids[:-1])}]}}]')),
            policy('many', hook(f'matchPIDs: [{{operator: In, values: '
                                f'[{join([*range(1, 2000, 2), *pids])}]}}]')))
        told = [self.tell(agent, process) for process in held]
        self.assertEqual(told, [['many', 'one']] + [['many', 'others']] * 4 + [['many']])
        self.check_complete(agent)

    def spawn_waiting(self):
        """It makes its call when its standard input ends."""
        return self.spawn(['/bin/sh', '-c', 'read x; exec "$0" "$@"', trigger_path('call'),
                           *map(str, CALL)], stdin=-1)

    def tell(self, agent, process):
        since = len(agent.events)
        process.communicate()
        agent.wait_exit(process.pid, since)
        return sorted(e.body['policy_name'] for e in agent.events[since:]
                      if e.type == 'process_kprobe' and e.process['pid'] == process.pid and
                      e.process['binary'] == trigger_path('call'))

    def test_of_a_namespace(self):
        agent = self.load_asking(
            first='matchPIDs: [{operator: In, values: [1], isNamespacePID: true}]',
            outer='matchPIDs: [{operator: In, values: [1]}]',
            rest='matchPIDs: [{operator: NotIn, values: [1], isNamespacePID: true}]')
        self.assertEqual(self.told(agent, self.call_after(f'unshare={CLONE_NEWPID}', 'fork')),
                         ['first'])
        self.assertEqual(self.told(agent, self.call_after()), ['rest'])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Namespaces(ProcessCase):
    KINDS = {'Uts': 'uts', 'Ipc': 'ipc', 'Mnt': 'mnt', 'Pid': 'pid',
             'PidForChildren': 'pid_for_children', 'Net': 'net', 'Time': 'time',
             'TimeForChildren': 'time_for_children', 'Cgroup': 'cgroup', 'User': 'user'}

    @staticmethod
    def inode(kind):
        name = os.readlink(f'/proc/self/ns/{Namespaces.KINDS[kind]}')
        return int(name[name.index('[') + 1:-1])

    def test_each_kind(self):
        """Named by its inode: ours is, and another is not."""
        kinds = [k for k, name in self.KINDS.items() if os.path.exists(f'/proc/self/ns/{name}')]
        asks = {}
        for kind in kinds:
            own = self.inode(kind)
            for word, operator, values in (('in', 'In', [1, own]), ('none', 'In', [own + 100000]),
                                           ('not', 'NotIn', [own]), ('other', 'NotIn', [1, 2])):
                values = [f"'{v}'" for v in values]
                asks[f'{kind.lower()}-{word}'] = (
                    f'matchNamespaces: [{{namespace: {kind}, operator: {operator}, '
                    f'values: [{join(values)}]}}]')
        agent = self.load_asking(**asks)
        self.assertEqual(self.told(agent, self.call_after()), sorted(
            f'{kind.lower()}-{word}' for kind in kinds for word in ('in', 'other')))
        self.check_complete(agent)

    def test_of_the_host(self):
        ask = 'matchNamespaces: [{{namespace: {}, operator: {}, values: [host_ns, "1"]}}{}]'
        agent = self.load_asking(
            uts=ask.format('Uts', 'In', ''), others=ask.format('Uts', 'NotIn', ''),
            both=ask.format('Uts', 'NotIn', ', {namespace: User, operator: In, values: [host_ns]}'))
        self.assertEqual(self.told(agent, self.call_after()), ['uts'])
        self.assertEqual(self.told(agent, self.call_after(f'unshare={CLONE_NEWUTS}')),
                         ['both', 'others'])
        self.assertEqual(self.told(agent, self.call_after(
            f'unshare={CLONE_NEWUTS | CLONE_NEWUSER}')), ['others'])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Capabilities(ProcessCase):
    ASK = 'matchCapabilities: [{{type: {}, operator: {}, values: [{}]}}]'

    def test_sets(self):
        agent = self.load_asking(**{
            f'{kind.lower()}-{"has" if operator == "In" else "lacks"}':
            self.ask(kind, operator) for kind in ('Effective', 'Inheritable', 'Permitted')
            for operator in ('In', 'NotIn')})
        self.assertEqual(self.told(agent, self.call_after()),
                         ['effective-has', 'inheritable-lacks', 'permitted-has'])
        # What a program gets of an unprivileged user is what is inheritable and ambient.
        mask = 1 << CAP_KILL
        self.assertEqual(self.told(agent, self.call_after(
            'keep-caps', 'uid=1000,1000,1000', f'caps={mask},{mask}')),
            ['effective-lacks', 'inheritable-has', 'permitted-lacks'])
        self.assertEqual(self.told(agent, self.call_after(
            'keep-caps', 'uid=1000,1000,1000', f'caps={mask},{mask}', f'ambient={CAP_KILL}')),
            ['effective-has', 'inheritable-has', 'permitted-has'])
        self.check_complete(agent)

    def ask(self, kind, operator):
        return self.ASK.format(kind, operator, 'CAP_CHECKPOINT_RESTORE, CAP_KILL')

    def test_of_a_namespace(self):
        ask = ('matchCapabilities: [{{type: Effective, operator: {}, '
               'isNamespaceCapability: true, values: [CAP_SYS_ADMIN]}}]')
        agent = self.load_asking(**{'has': ask.format('In'), 'lacks': ask.format('NotIn')})
        self.assertEqual(self.told(agent, self.call_after()), [])
        # Nobody maps the user to root: the exec takes all that it had got.
        self.assertEqual(self.told(agent, self.call_after(f'unshare={CLONE_NEWUSER}')), ['lacks'])
        mask = 1 << CAP_SYS_ADMIN
        self.assertEqual(self.told(agent, self.call_after(
            f'unshare={CLONE_NEWUSER}', f'caps={mask},{mask}', f'ambient={CAP_SYS_ADMIN}')),
            ['has'])
        self.check_complete(agent)


if __name__ == '__main__':
    unittest.main()
