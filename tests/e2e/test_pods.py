# SPDX-License-Identifier: Apache-2.0
"""Pods: who tells the agent of them, what events say, who is filtered and selected by them."""

import hashlib
import json
import unittest

from case import Cgroup, trigger_path
from test_api import MISSING, ApiCase, grpc
from test_policies import policy, recent_enough
from test_policy_process import BINARIES, ProcessCase, hook

NAMESPACE = 'k8s:io.kubernetes.pod.namespace'


def container_id(name):
    return hashlib.sha256(name.encode()).hexdigest()


class PodCase(ApiCase):
    def create(self, name, cgroup=None, **more):
        """The runtime tells of a container of that name, of the pod "web" in "shop"."""
        request = {'containerID': container_id(name), 'containerName': name,
                   'podName': 'web', 'podNamespace': 'shop', 'podUID': '12-34',
                   'containerImage': f'registry:5000/shop/{name}:v1',
                   'cgroupsPath': cgroup.path if cgroup else '', **more}
        return self.client().call('RuntimeHook', {'createContainer': request})

    def cgroup(self, name, below=''):
        return Cgroup(self, f'cri-containerd-{container_id(name)}.scope{below}')

    def leaf_in(self, agent, cgroup):
        """Runs something there. Returns its process as its exit has it."""
        run = self.run_with(agent, [trigger_path('setup'), cgroup.step, '--',
                                    trigger_path('leaf')])
        [end] = run.exits()
        self.assertEqual(run.execs()[-1].process.get('pod'), end.process.get('pod'))
        return end.process


class Events(PodCase):
    def test_told_before(self):
        agent = self.start_serving()
        cgroup = self.cgroup('app')
        self.create('app', cgroup)
        self.assertEqual(self.leaf_in(agent, cgroup)['pod'], {
            'namespace': 'shop', 'name': 'web', 'uid': '12-34',
            'container': {'id': f'containerd://{container_id("app")}', 'name': 'app',
                          'image': {'name': 'registry:5000/shop/app:v1'}}})
        # The host's have none, and others that nobody told of.
        self.assertNotIn('pod', self.leaf_in(agent, self.cgroup('other')))
        self.assertNotIn('pod', self.leaf_in(agent, Cgroup(self, 'some.slice')))
        self.check_complete(agent)

    def test_below(self):
        """In a cgroup that the container has made."""
        agent = self.start_serving()
        cgroup = self.cgroup('app', '/init/x')
        self.create('app')
        self.assertEqual(self.leaf_in(agent, cgroup)['pod']['name'], 'web')
        self.check_complete(agent)

    def test_of_any_name(self):
        """What the cgroup is called does not tell; its path does."""
        agent = self.start_serving()
        cgroup = Cgroup(self, 'some-name')
        self.create('app', cgroup)
        self.assertEqual(self.leaf_in(agent, cgroup)['pod']['container']['id'],
                         container_id('app'))
        self.check_complete(agent)

    def test_told_after(self):
        """The next event has it, and so has what follows of a process that was told of before."""
        agent = self.start_serving()
        cgroup = self.cgroup('app')
        held, event = self.hold_with(agent, [trigger_path('setup'), cgroup.step, '--',
                                             trigger_path('hold')])
        self.assertNotIn('pod', event.process)
        self.create('app')
        held.release()
        self.assertEqual(agent.wait_exit(held.pid).process['pod']['namespace'], 'shop')
        self.assertEqual(self.leaf_in(agent, cgroup)['pod']['namespace'], 'shop')
        self.check_complete(agent)

    def test_by_annotations(self):
        agent = self.start_serving()
        for name, prefix in (('one', 'io.kubernetes.cri.sandbox-'), ('two', 'io.kubernetes.pod.')):
            cgroup = self.cgroup(name)
            self.create(name, cgroup, podName='', podNamespace='', podUID='', annotations={
                prefix + 'name': 'p', prefix + 'namespace': 'n', prefix + 'uid': 'u'})
            pod = self.leaf_in(agent, cgroup)['pod']
            self.assertEqual([pod[k] for k in ('name', 'namespace', 'uid')], ['p', 'n', 'u'])
        self.check_complete(agent)

    def test_not_in_a_pod(self):
        agent = self.start_serving()
        cgroup = self.cgroup('app')
        self.create('app', cgroup, podName='', podNamespace='', podUID='')
        self.assertNotIn('pod', self.leaf_in(agent, cgroup))
        self.check_complete(agent)

    def test_refused(self):
        agent = self.start_serving()
        self.assert_refused(grpc.StatusCode.INVALID_ARGUMENT, 'containerID', self.create, 'x',
                            containerID='')
        self.assert_refused(grpc.StatusCode.RESOURCE_EXHAUSTED, 'the limit is 65536', self.create,
                            'x', podName='p' * 70000)
        # A path that leads elsewhere is none.
        self.create('y', cgroupsPath='/../../etc')
        self.check_complete(agent)

    def test_text_of_any_kind(self):
        agent = self.start_serving()
        cgroup = self.cgroup('app')
        self.create('app', cgroup, podName='"\x1b[31m\n\\')
        self.assertEqual(self.leaf_in(agent, cgroup)['pod']['name'], '"\x1b[31m\n\\')
        self.check_complete(agent)


class Filters(PodCase):
    def pids(self, agent, cgroups):
        """Runs something in each cgroup, and what is to be seen at last: returns for each its
        pid, if there were events of it."""
        runs = []
        for cgroup in cgroups:
            process = self.spawn([trigger_path('setup'), cgroup.step, '--', trigger_path('leaf')])
            process.wait()
            runs.append(process.pid)
        return runs

    def test_export(self):
        filters = {'namespace': ['shop']}, {'pod_regex': ['^we']}, {'container_name_regex': ['pp$']}
        cgroups = [self.cgroup(name) for name in ('app', 'other', 'last')]
        for each in filters:
            with self.subTest(each):
                agent = self.start_serving('--export-allowlist', json.dumps(each))
                self.create('app', cgroups[0])
                self.create('other', cgroups[1], podNamespace='bank', podName='desk')
                self.create('last', cgroups[2], containerName='app')
                pids = self.pids(agent, cgroups)
                agent.wait_exit(pids[2])
                told = {e.pid for e in agent.events if e.is_exit}
                self.assertEqual(told & set(pids), {pids[0], pids[2]})
                self.check_complete(agent)

    def test_stream(self):
        agent = self.start_serving()
        cgroups = [self.cgroup(name) for name in ('app', 'other', 'last')]
        self.create('app', cgroups[0])
        self.create('other', cgroups[1], podNamespace='bank')
        self.create('last', cgroups[2])
        stream = self.stream(request={'allow_list': [{'namespace': ['shop']}]})
        outside = self.stream(request={'allow_list': [{'namespace': ['']}]})
        pids = self.pids(agent, cgroups)
        barrier = self.spawn([trigger_path('leaf')])
        barrier.wait()
        stream.wait_exit(pids[2])
        outside.wait_exit(barrier.pid)
        of = [{e.process_exit.process.pid.value for e in s.events} & set(pids)
              for s in (stream, outside)]
        self.assertEqual(of, [{pids[0], pids[2]}, set()])
        self.check_complete(agent)


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Policies(PodCase, ProcessCase):
    def load(self, *texts, args=()):
        for i, text in enumerate(texts):
            self.write(text, f'{i}.yaml')
        return self.start_serving('--export-extended-fields', '--tracing-policy',
                                  self.path('policies'), *args)

    def load_scopes(self, scopes, selectors=None, namespaced=None, args=()):
        """A policy for each: of its scope, of its selector's, of its namespace."""
        binary = BINARIES.format('In', trigger_path('call'), '')
        texts = [policy(name, hook(binary)).replace('spec:', f'spec:\n  {text}', 1)
                 for name, text in scopes.items()]
        texts += [policy(name, hook(f'{binary}, matchWorkloads: {{{text}}}'))
                  for name, text in (selectors or {}).items()]
        texts += [policy(f'{name}, namespace: {space}', hook(binary))
                  .replace('kind: TracingPolicy', 'kind: TracingPolicyNamespaced')
                  .replace('spec:', f'spec:{text}', 1)
                  for name, (space, text) in (namespaced or {}).items()]
        return self.load(*texts, args=args)

    def told_in(self, agent, cgroup):
        return self.told(agent, self.call_after(*([cgroup.step] if cgroup else [])))

    def test_scopes(self):
        agent = self.load_scopes({
            'pods': 'podSelector: {}',
            'shop': f'podSelector: {{matchLabels: {{"{NAMESPACE}": shop}}}}',
            'not-shop': f'podSelector: {{matchExpressions: [{{key: "{NAMESPACE}", '
                        'operator: NotIn, values: [shop]}]}',
            'app': 'containerSelector: {matchLabels: {name: app}}',
            'repo': 'containerSelector: {matchExpressions: [{key: repo, operator: In, '
                    'values: ["registry:5000/shop/app", x]}]}',
            'both': f'podSelector: {{matchLabels: {{"{NAMESPACE}": shop}}}}\n'
                    '  containerSelector: {matchLabels: {name: side}}',
            'or-host': f'podSelector: {{matchLabels: {{"{NAMESPACE}": shop}}}}\n'
                       '  hostSelector: {}',
            'host': 'hostSelector: {}',
        }, selectors={
            'selector': 'containerSelector: {matchLabels: {name: side}}',
            'selector-host': 'hostSelector: {}, containerSelector: {matchLabels: {name: side}}',
        }, namespaced={
            'spaced': ('shop', ''),
            'spaced-app': ('shop', '\n  containerSelector: {matchLabels: {name: app}}'),
            'elsewhere': ('bank', ''),
        })
        app, side, desk, plain, unknown = (self.cgroup(n) for n in (
            'app', 'side', 'desk', 'plain', 'unknown'))
        self.create('app', app)
        self.create('side', side)
        self.create('desk', desk, podNamespace='bank')
        self.create('plain', plain, podName='', podNamespace='', podUID='')
        for cgroup, expected in (
                (app, ['app', 'or-host', 'pods', 'repo', 'shop', 'spaced', 'spaced-app']),
                (side, ['both', 'or-host', 'pods', 'selector', 'selector-host', 'shop', 'spaced']),
                (desk, ['elsewhere', 'not-shop', 'pods']),
                (plain, []),
                (unknown, []),
                (None, ['host', 'or-host', 'selector-host'])):
            with self.subTest(cgroup.path if cgroup else 'host'):
                self.assertEqual(self.told_in(agent, cgroup), expected)
        self.check_complete(agent)

    def test_from_the_first_call(self):
        """The first process of the container is the policy's, if it was told of before."""
        agent = self.load_scopes({'pods': 'podSelector: {}'})
        for i in range(5):
            cgroup = self.cgroup(f'c{i}')
            self.create(f'c{i}', cgroup)
            self.assertEqual(self.told_in(agent, cgroup), ['pods'])
        self.check_complete(agent)

    def test_known_after(self):
        """A call in a container that is not known is nobody's; the next may be."""
        agent = self.load_scopes({'pods': 'podSelector: {}'})
        cgroup, below = self.cgroup('app'), self.cgroup('below', '/deep/' + 'x/' * 50)
        self.assertEqual(self.told_in(agent, cgroup), [])
        self.assertEqual(self.told_in(agent, below), [])
        self.create('app')
        self.create('below')
        self.assertEqual(self.told_in(agent, cgroup), ['pods'])
        self.assertEqual(self.told_in(agent, below), ['pods'])
        self.check_complete(agent)

    def test_deep(self):
        agent = self.load_scopes({'pods': 'podSelector: {}'})
        cgroup = self.cgroup('app', '/x' * 200)
        own, _ = cgroup.path.split('/x', 1)
        self.create('app', cgroupsPath=own)
        self.assertEqual(self.told_in(agent, cgroup), ['pods'])
        self.check_complete(agent)

    def test_known_before_the_policy(self):
        agent = self.start_serving('--export-extended-fields')
        cgroup, other = self.cgroup('app'), self.cgroup('other')
        self.create('app', cgroup)
        self.create('other', other, podNamespace='bank')
        binary = BINARIES.format('In', trigger_path('call'), '')
        client = self.client()
        for space in 'shop', 'bank':
            client.call('AddTracingPolicy', {'yaml': policy(
                f'in-{space}, namespace: {space}', hook(binary)).replace(
                    'kind: TracingPolicy', 'kind: TracingPolicyNamespaced')})
        self.assertEqual(self.told_in(agent, cgroup), ['in-shop'])
        self.assertEqual(self.told_in(agent, other), ['in-bank'])
        client.call('DeleteTracingPolicy', {'name': 'in-shop', 'namespace': 'shop'})
        self.assertEqual(self.told_in(agent, cgroup), [])
        self.assertEqual(self.told_in(agent, other), ['in-bank'])
        self.check_complete(agent)

    def test_moved(self):
        """Wherever the process is at its call."""
        agent = self.load_scopes({'app': 'containerSelector: {matchLabels: {name: app}}'})
        app, side = self.cgroup('app'), self.cgroup('side')
        self.create('app', app)
        self.create('side', side)
        for steps, told in (((app, side), []), ((side, app), ['app']), ((app, side, app), ['app'])):
            self.assertEqual(self.told(agent, self.call_after(*(c.step for c in steps))), told)
        self.check_complete(agent)

    def test_enforced(self):
        """Who is selected is killed, and nobody else."""
        text = BINARIES.format('In', trigger_path('call'), '')
        agent = self.load(policy('deny', hook(
            f'{text}, matchActions: [{{action: Sigkill}}]')).replace(
                'spec:', f'spec:\n  podSelector: {{matchLabels: {{"{NAMESPACE}": shop}}}}', 1))
        app, desk = self.cgroup('app'), self.cgroup('desk')
        self.create('app', app)
        self.create('desk', desk, podNamespace='bank')
        for cgroup, killed in ((app, True), (desk, False), (None, False)):
            process = self.spawn(self.call_after(*([cgroup.step] if cgroup else [])))
            process.communicate()
            self.assertEqual(process.returncode == -9, killed)
        self.check_complete(agent)

    def test_nobody_is_known(self):
        agent = self.load_scopes({'pods': 'podSelector: {}'})
        self.assertEqual(self.told_in(agent, None), [])
        log = self.check_complete(agent).stderr
        self.assertIn('the policy is for containers, and none is known by now', log)
        self.assertIn('RuntimeHook', log)

    def test_refused_of_a_namespace(self):
        one = hook('matchPIDs: [{operator: NotIn, values: [1]}]')
        agent = self.load(policy('x, namespace: shop', one).replace(
            'kind: TracingPolicy', 'kind: TracingPolicyNamespaced').replace(
                'spec:', 'spec:\n  hostSelector: {}'))
        log = self.check_complete(agent).stderr
        self.assertIn('hosts are in no namespace', log)

    def test_ways_to_select(self):
        """More than there is room for; the others work."""
        agent = self.start_serving('--export-extended-fields')
        client = self.client()
        selectors = ''.join(f'    - {{matchPIDs: [{{operator: In, values: [1]}}], matchWorkloads: '
                            f'{{podSelector: {{matchLabels: {{a: "{{}}-{i}"}}}}}}}}\n'
                            for i in range(600))
        def many(name):
            return policy(name, '  - call: sys_lseek\n    syscall: true\n    selectors:\n' +
                          selectors.replace('{}', name))
        self.create('app', self.cgroup('app'))
        client.call('AddTracingPolicy', {'yaml': many('one')})
        self.assert_refused(grpc.StatusCode.FAILED_PRECONDITION, 'more than 1024 different ways', client.call,
                            'AddTracingPolicy', {'yaml': many('two')})
        client.call('DeleteTracingPolicy', {'name': 'one'})
        client.call('DeleteTracingPolicy', {'name': 'two'})
        client.call('AddTracingPolicy', {'yaml': many('three')})
        self.check_complete(agent)


if __name__ == '__main__':
    unittest.main()
