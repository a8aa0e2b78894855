# SPDX-License-Identifier: Apache-2.0
"""What policies ask of the process that makes a call."""

import json
import os
import shutil
import unittest

from case import Held, trigger_path
from test_policies import PolicyCase, policy, recent_enough

CALL = ('lseek', -1, 0, 0)
CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID = (
    0x04000000, 0x08000000, 0x10000000, 0x20000000)
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


BINARIES = 'matchBinaries: [{{operator: {}, values: [{}]{}}}]'
PARENTS = BINARIES.replace('matchBinaries', 'matchParentBinaries')
FOLLOW = ', followChildren: true'


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Binaries(ProcessCase):
    def test_operators(self):
        binary, other = self.copy_trigger('call', 'a-call'), self.copy_trigger('call', 'other')
        asks = {
            'in': ('In', '/x', binary), 'not-in': ('NotIn', '/x', binary),
            'in-beginning': ('In', binary[:-1]), 'in-more': ('In', binary + 'x'),
            'prefix': ('Prefix', '/x', self.dir), 'not-prefix': ('NotPrefix', '/x', self.dir + '/a'),
            'prefix-whole': ('Prefix', binary), 'prefix-more': ('Prefix', binary + 'x'),
            'postfix': ('Postfix', '/x', '/a-call'), 'not-postfix': ('NotPostfix', '/a-call'),
        }
        agent = self.load_asking(**{name: BINARIES.format(operator, join(values), '')
                                    for name, (operator, *values) in asks.items()})
        self.assertEqual(self.told(agent, [binary, *map(str, CALL)]),
                         ['in', 'postfix', 'prefix', 'prefix-whole'])
        self.assertEqual(self.told(agent, [other, *map(str, CALL)]),
                         ['not-in', 'not-postfix', 'not-prefix', 'prefix'])
        self.check_complete(agent)

    def test_several(self):
        """In one selector all have to hold."""
        agent = self.load_asking(
            both='matchBinaries: [{operator: In, values: [%s]}, {operator: Postfix, '
                 'values: [ll]}]' % trigger_path('call'),
            one='matchBinaries: [{operator: In, values: [%s]}, {operator: NotPostfix, '
                'values: [ll]}]' % trigger_path('call'))
        self.assertEqual(self.told(agent, self.call_after()), ['both'])
        self.check_complete(agent)

    def test_many(self):
        """More different ones than fit into a word."""
        binaries = [self.copy_trigger('call', f'call-{i}') for i in (0, 61, 62, 150)]
        agent = self.load(policy('many', *(hook(BINARIES.format('In', self.path(f'call-{i}'), ''))
                                           for i in range(151))))
        for binary in binaries:
            self.assertEqual(self.told(agent, [binary, *map(str, CALL)]), ['many'])
        self.assertEqual(self.told(agent, self.call_after()), [])
        self.check_complete(agent)

    def test_too_many(self):
        text = policy('many', hook(*(BINARIES.format('In', f'/b{i}', '') for i in range(993))))
        agent = self.load(text, policy('good', hook(BINARIES.format('Postfix', 'call', ''))))
        self.assertEqual(self.told(agent, self.call_after()), ['good'])
        self.assertIn('more than 992 different tests', self.check_complete(agent).stderr)

    def test_long_paths(self):
        """As long as they may be; and of longer ones nothing is known."""
        binary = self.copy_trigger('call', 'call')
        last = self.path('/'.join(['d' * 240] * 16))
        os.makedirs(last)
        longest = os.path.join(last, 'x' * (4095 - len(last) - 1))
        self.link(binary, last, os.path.basename(longest))
        longer = last
        for _ in range(3):
            longer = self.descend(longer)
        self.link(binary, longer, 'x')
        agent = self.load_asking(**{
            'in': BINARIES.format('In', longest, ''), 'not': BINARIES.format('NotIn', longest, ''),
            'prefix': BINARIES.format('Prefix', self.dir, ''),
            'not-prefix': BINARIES.format('NotPrefix', '/nowhere', ''),
            'postfix': BINARIES.format('Postfix', 'x', '')})
        for where, told in (last, ['in', 'not-prefix', 'postfix', 'prefix']), (longer, []):
            name = os.path.basename(longest) if where == last else 'x'
            self.assertEqual(self.told(agent, ['./' + name, *map(str, CALL)], cwd=where), told)
        self.check_complete(agent)

    def descend(self, where):
        """A directory in that one, by a path that is not too long to be used."""
        fd = os.open(where, os.O_PATH)
        os.mkdir('d' * 240, dir_fd=fd)
        deeper = os.open('d' * 240, os.O_PATH, dir_fd=fd)
        os.close(fd)
        self.addCleanup(os.close, deeper)
        return f'/proc/{os.getpid()}/fd/{deeper}'

    @staticmethod
    def link(binary, where, name):
        fd = os.open(where, os.O_PATH)
        os.link(binary, name, dst_dir_fd=fd)
        os.close(fd)

    def test_as_of_the_exec(self):
        """What a file is called later makes no difference."""
        binary, later = self.copy_trigger('hold', 'before'), self.path('later')
        agent = self.load(policy('before', hook(BINARIES.format('In', binary, ''), call='sys_write'),
                                 hook(BINARIES.format('In', binary, ''), call='sys_exit_group')),
                          policy('after', hook(BINARIES.format('In', later, ''),
                                               call='sys_exit_group')))
        held, _ = self.hold_with(agent, [binary])
        os.rename(binary, later)
        since = len(agent.events)
        held.release()
        agent.wait_exit(held.pid, since)
        told = [e.body['policy_name'] for e in agent.events[since:] if e.type == 'process_kprobe']
        self.assertEqual(told, ['before'])
        self.check_complete(agent)

    def test_one_after_another(self):
        """Each image of a process is another."""
        agent = self.load_asking(call=BINARIES.format('Postfix', '/call', ''),
                                 sh=BINARIES.format('NotPostfix', '/call', ''))
        run = self.run_with(agent, self.call_after())
        self.assertEqual(run.pid, run.root.pid)
        self.assertEqual([e.body['policy_name'] for e in run.events if e.type == 'process_kprobe'],
                         ['call'])
        self.check_complete(agent)

    def test_memory_file(self):
        agent = self.load(policy('memfd', hook(BINARIES.format('Prefix', "'/memfd:'", ''),
                                               call='sys_exit_group')))
        run = self.run_with(agent, [trigger_path('memfd'), 'x', trigger_path('leaf')])
        self.assertTrue([e for e in run.events if e.type == 'process_kprobe'])
        self.check_complete(agent)

    def test_older_than_the_policy(self):
        binary = self.copy_trigger('hold')
        process = self.spawn([binary], stdin=-1)
        process.stdout.readline()
        agent = self.load(policy('older', hook(BINARIES.format('In', binary, ''),
                                               call='sys_exit_group')))
        since = len(agent.events)
        process.communicate()
        agent.wait_exit(process.pid, since)
        self.assertEqual([e.process['pid'] for e in agent.events[since:]
                          if e.type == 'process_kprobe'], [process.pid])
        self.check_complete(agent)


class FamilyCase(ProcessCase):
    """A copy of a program is the ancestor; "call" makes the call, some way below."""

    def load_families(self, ancestor):
        values = ancestor, '/x'
        return self.load_asking(**{
            'is': BINARIES.format('In', join(values), ''),
            'below': BINARIES.format('In', join(values), FOLLOW),
            'not-below': BINARIES.format('NotIn', join(values), FOLLOW),
            'parent': PARENTS.format('In', join(values), ''),
            'parent-prefix': PARENTS.format('Prefix', join(values), ''),
            'parent-postfix': PARENTS.format('Postfix', os.path.basename(ancestor), ''),
            'not-parent': PARENTS.format('NotIn', join(values), ''),
            'parent-below': PARENTS.format('In', join(values), FOLLOW)})

    CHILD = ['below', 'parent', 'parent-below', 'parent-postfix', 'parent-prefix']
    GRANDCHILD = ['below', 'not-parent', 'parent-below']
    STRANGER = ['not-below', 'not-parent']

    @staticmethod
    def told_by_calls(events):
        return sorted(e.body['policy_name'] for e in events if e.type == 'process_kprobe' and
                      e.process['binary'] == trigger_path('call'))

    def told_below(self, agent, args, **popen):
        return self.told_by_calls(self.run_with(agent, args, **popen).events)

    def told_of_orphan(self, agent, shell, command):
        """Of what makes its call when the shell that started it is gone, and reaped."""
        since = len(agent.events)
        process = self.spawn([shell, '-c', command + ' 3<&0 & echo $!'], stdin=-1)
        orphan = int(process.stdout.readline())
        agent.wait_exit(process.pid, since)
        process.wait()
        process.stdin.close()
        process.stdin = None
        agent.wait_exit(orphan, since)
        return self.told_by_calls(agent.events[since:])

    def call_text(self):
        return ' '.join([trigger_path('call'), *map(str, CALL)])


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Families(FamilyCase):
    def test_descendants(self):
        ancestor, setup = self.copy_trigger('setup', 'ancestor'), trigger_path('setup')
        call = [trigger_path('call'), *map(str, CALL)]
        agent = self.load_families(ancestor)
        for args, told in (
                ([ancestor, 'fork', '--', *call], self.CHILD),
                # By another exec, without a fork.
                ([ancestor, '--', *call], self.CHILD),
                ([ancestor, 'fork', '--', setup, 'fork', '--', *call], self.GRANDCHILD),
                ([ancestor, '--', setup, '--', *call], self.GRANDCHILD),
                ([ancestor, '--', setup, 'fork', '--', setup, '--', *call], self.GRANDCHILD),
                ([setup, 'fork', '--', *call], self.STRANGER),
                ([setup, '--', *call], self.STRANGER)):
            self.assertEqual(self.told_below(agent, args), told, args)
        self.check_complete(agent)

    def test_orphans(self):
        """What an ancestor left is there when it is gone."""
        ancestor = self.path('ancestor')
        shutil.copy('/bin/sh', ancestor)
        agent = self.load_families(ancestor)
        later = f'read x <&3; exec {self.call_text()}'
        # A subshell executes the call: the ancestor's image is the one before.
        self.assertEqual(self.told_of_orphan(agent, ancestor, f'( {later} )'), self.CHILD)
        self.assertEqual(self.told_of_orphan(agent, ancestor, f"/bin/sh -c '{later}'"),
                         self.GRANDCHILD)
        self.assertEqual(self.told_of_orphan(agent, '/bin/sh', f"/bin/sh -c '{later}'"),
                         self.STRANGER)
        self.check_complete(agent)

    def test_older_than_the_policies(self):
        ancestor = self.path('ancestor')
        shutil.copy('/bin/sh', ancestor)
        commands = {f'{self.call_text()}; :': self.CHILD,
                    f'/bin/sh -c "{self.call_text()}; :"; :': self.GRANDCHILD}
        started = [(self.spawn([ancestor, '-c', f'echo; read x; {command}'], stdin=-1), told)
                   for command, told in commands.items()]
        # These wait further down.
        started += [(self.spawn([ancestor, '-c', f"/bin/sh -c 'echo; read x; {command}'; :"],
                                stdin=-1), self.GRANDCHILD) for command in commands]
        started.append((self.spawn(['/bin/sh', '-c', f'echo; read x; {self.call_text()}; :'],
                                   stdin=-1), self.STRANGER))
        for process, _ in started:
            process.stdout.readline()
        agent = self.load_families(ancestor)
        for process, told in started:
            since = len(agent.events)
            process.communicate()
            agent.wait_exit(process.pid, since)
            self.assertEqual(self.told_by_calls(agent.events[since:]), told, process.args)
        self.check_complete(agent)

    def test_call_of_what_is_older(self):
        """It neither forks nor executes, so that nothing but its call tells of it."""
        ancestor, hold = self.path('ancestor'), trigger_path('hold')
        shutil.copy('/bin/sh', ancestor)
        processes = [self.spawn([shell, '-c', f'{hold}; :'], stdin=-1)
                     for shell in (ancestor, '/bin/sh')]
        pids = [json.loads(p.stdout.readline())['pid'] for p in processes]
        ask = {'below': BINARIES.format('In', ancestor, FOLLOW),
               'parent': PARENTS.format('In', ancestor, ''),
               'not-below': BINARIES.format('NotIn', ancestor, FOLLOW),
               'not-parent': PARENTS.format('NotIn', ancestor, '')}
        agent = self.load(*(policy(name, hook(text, call='sys_exit_group'))
                            for name, text in ask.items()))
        for process, pid, told in zip(processes, pids, (['below', 'parent'],
                                                        ['not-below', 'not-parent'])):
            since = len(agent.events)
            process.communicate()
            agent.wait_exit(process.pid, since)
            self.assertEqual(sorted(e.body['policy_name'] for e in agent.events[since:]
                                    if e.type == 'process_kprobe' and e.process['pid'] == pid),
                             told)
        self.check_complete(agent)

    def test_exec_by_a_thread(self):
        """It becomes the process; what was kept of that went with the first thread."""
        ancestor = self.copy_trigger('setup', 'ancestor')
        agent = self.load(*(policy(name, hook(text, call='sys_exit_group')) for name, text in {
            'below': BINARIES.format('In', ancestor, FOLLOW),
            'parent': PARENTS.format('In', trigger_path('threads'), ''),
            'elsewhere': PARENTS.format('In', ancestor, '')}.items()))
        run = self.run_with(agent, [ancestor, '--', trigger_path('threads'), 'exec'])
        last = [e for e in run.events if e.is_exec][-1]
        told = [e.body['policy_name'] for e in run.events
                if e.type == 'process_kprobe' and e.exec_id == last.exec_id]
        self.assertEqual(sorted(told), ['below', 'parent'])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Forks(FamilyCase):
    def test_of_an_id(self):
        first, second = (self.spawn(['/bin/sh', '-c', f'read x; setup={trigger_path("setup")};'
                                     f'$setup fork -- {self.call_text()}; {self.call_text()}; '
                                     f'exec {self.call_text()}'], stdin=-1) for _ in range(2))
        agent = self.load_asking(
            follow=f'matchPIDs: [{{operator: In, values: [{first.pid}], followForks: true}}]',
            rest=f'matchPIDs: [{{operator: NotIn, values: [{first.pid}], followForks: true}}]',
            alone=f'matchPIDs: [{{operator: In, values: [{first.pid}]}}]')
        for process, told in (first, ['alone'] + ['follow'] * 3), (second, ['rest'] * 3):
            since = len(agent.events)
            process.communicate()
            agent.wait_exit(process.pid, since)
            self.assertEqual(self.told_by_calls(agent.events[since:]), told)
        self.check_complete(agent)

    def test_of_an_id_to_come(self):
        """The second process of a PID namespace, as soon as it is forked, and what it forks."""
        ask = 'matchPIDs: [{{operator: {}, values: [2], followForks: true, isNamespacePID: true}}]'
        agent = self.load_asking(second=ask.format('In'), rest=ask.format('NotIn'))
        setup = trigger_path('setup')
        for forks, told in enumerate((['rest'], ['second'], ['second'])):
            self.assertEqual(self.told_below(agent, [
                setup, f'unshare={CLONE_NEWPID}', 'fork', '--', *[setup, 'fork', '--'] * forks,
                trigger_path('call'), *map(str, CALL)]), told, forks)
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Changes(ProcessCase):
    """Of "setup", by its calls after the change, the last of which is its execve(2)."""

    NAMESPACES = 'matchNamespaceChanges: [{{operator: {}, values: [{}]}}]'
    CAPABILITIES = ('matchCapabilityChanges: [{{type: {}, operator: {}, values: [{}], '
                    'isNamespaceCapability: {}}}]')

    def load_changes(self, *calls, **asks):
        return self.load(*(policy(name, *(hook(text, call=f'sys_{call}')
                                          for call in calls or ['execve']))
                           for name, text in asks.items()))

    def told_of_setup(self, agent, *steps):
        run = self.run_with(agent, [trigger_path('setup'), *steps, '--', trigger_path('leaf')])
        return [(e.body['function_name'].split('_sys_')[1], e.body['policy_name'])
                for e in run.events if e.type == 'process_kprobe' and
                e.process['binary'] == trigger_path('setup')]

    def test_namespaces(self):
        agent = self.load_changes(
            uts=self.NAMESPACES.format('In', 'Uts'),
            two=self.NAMESPACES.format('In', 'Ipc, Cgroup'))
        both = CLONE_NEWUTS | CLONE_NEWIPC
        for steps, told in (
                ([], []), ([f'unshare={CLONE_NEWUTS}'], ['uts']),
                ([f'unshare={CLONE_NEWIPC}'], ['two']), ([f'unshare={CLONE_NEWPID}'], []),
                # The child is forked with them.
                ([f'unshare={both}', 'fork'], [])):
            self.assertEqual(self.told_of_setup(agent, *steps), [('execve', t) for t in told],
                             steps)
        self.check_complete(agent)

    def test_other_namespaces(self):
        agent = self.load_changes(others=self.NAMESPACES.format('NotIn', 'Uts, PidForChildren'))
        for flags, told in ((CLONE_NEWUTS, 0), (CLONE_NEWPID, 0), (CLONE_NEWIPC, 1),
                            (CLONE_NEWIPC | CLONE_NEWUTS, 1)):
            self.assertEqual(self.told_of_setup(agent, f'unshare={flags}'),
                             [('execve', 'others')] * told)
        self.assertEqual(self.told_of_setup(agent), [])
        self.check_complete(agent)

    def test_told_once(self):
        """Then it is how things are, until the next."""
        agent = self.load_changes('chdir', 'execve', uts=self.NAMESPACES.format('In', 'Uts'))
        change = f'unshare={CLONE_NEWUTS}'
        self.assertEqual(self.told_of_setup(agent, 'chdir=/', change, 'chdir=/', 'chdir=/'),
                         [('chdir', 'uts')])
        self.assertEqual(self.told_of_setup(agent, change, 'chdir=/', change),
                         [('chdir', 'uts'), ('execve', 'uts')])
        self.check_complete(agent)

    def test_capabilities(self):
        ask = self.CAPABILITIES.format
        agent = self.load_changes(effective=ask('Effective', 'In', 'CAP_KILL, CAP_CHOWN', 'false'))
        kill = 1 << CAP_KILL
        self.assertEqual(self.told_of_setup(agent), [])
        # What is left is one of the two; the other was lost.
        self.assertEqual(self.told_of_setup(agent, f'caps={kill},0'), [('execve', 'effective')])
        every = int(Held(self, None, os.getpid()).status('CapPrm')[0], 16)
        self.assertEqual(self.told_of_setup(agent, f'caps={every & ~(1 << CAP_SYS_ADMIN)},0'), [])
        self.check_complete(agent)

    def test_other_sets(self):
        ask = self.CAPABILITIES.format
        agent = self.load_changes(
            permitted=ask('Permitted', 'NotIn', 'CAP_SYS_ADMIN', 'false'),
            inheritable=ask('Inheritable', 'In', 'CAP_KILL', 'false'))
        every = int(Held(self, None, os.getpid()).status('CapPrm')[0], 16)
        kill, admin = 1 << CAP_KILL, 1 << CAP_SYS_ADMIN
        for permitted, inheritable, told in (
                (every & ~admin, 0, []), (every & ~admin & ~kill, 0, ['permitted']),
                (every, kill, ['inheritable']), (every & ~kill, admin, ['permitted'])):
            self.assertEqual(self.told_of_setup(agent, f'caps={permitted},{inheritable}'),
                             [('execve', t) for t in told])
        self.check_complete(agent)

    def test_capabilities_of_a_namespace(self):
        ask = self.CAPABILITIES.format('Effective', 'In', 'CAP_KILL', 'true')
        agent = self.load_changes(inner=ask)
        self.assertEqual(self.told_of_setup(agent, 'caps=0,0'), [])
        self.assertEqual(self.told_of_setup(agent, f'unshare={CLONE_NEWUSER}', 'caps=0,0'),
                         [('execve', 'inner')])
        self.check_complete(agent)


if __name__ == '__main__':
    unittest.main()
