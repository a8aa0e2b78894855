# SPDX-License-Identifier: Apache-2.0
"""Pods: who tells the agent of them, what events say, who is filtered and selected by them."""

import hashlib
import json
import os
import threading
import unittest
from concurrent import futures

from case import Cgroup, trigger_path
from test_api import MISSING, ApiCase, grpc
from test_cri import SERVICE, VERSION, cgroup as status_of, field
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
        return end.process


    def pids(self, cgroups):
        """Runs something in each. Returns their pids."""
        found = []
        for cgroup in cgroups:
            process = self.spawn([trigger_path('setup'), cgroup.step, '--', trigger_path('leaf')])
            process.wait()
            found.append(process.pid)
        return found


class Events(PodCase):
    def leaf_in(self, agent, cgroup):
        since = len(agent.events)
        process = super().leaf_in(agent, cgroup)
        [event] = [e for e in agent.events[since:] if e.is_exec and e.exec_id == process['exec_id']]
        self.assertEqual(event.process.get('pod'), process.get('pod'))
        return process

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

    def test_containers_in_a_container(self):
        """They are the pod's, whatever they are called: like one that is elsewhere, too."""
        agent = self.start_serving()
        other = self.cgroup('other')
        self.create('other', other, podName='elsewhere')
        inner = self.cgroup('app', f'/docker-{container_id("inner")}.scope')
        false = self.cgroup('app', f'/cri-containerd-{container_id("other")}.scope')
        for cgroup in inner, false:
            self.create('app', cgroupsPath=os.path.dirname(cgroup.path))
            self.assertEqual(self.leaf_in(agent, cgroup)['pod']['name'], 'web')
            cgroup.remove()
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

    def test_counted(self):
        agent = self.start_serving()
        cgroup = self.cgroup('app')
        self.create('app', cgroup)
        self.create('side', self.cgroup('side'))
        self.create('to-come')
        self.leaf_in(agent, cgroup)
        self.leaf_in(agent, self.cgroup('unknown'))
        counts = self.check_complete(agent).ledger.containers
        # There may be others on this machine that nobody told of.
        self.assertGreaterEqual(counts.pop('unknown'), 1)
        self.assertEqual(counts, {'pods': 1, 'running': 2, 'awaited': 1, 'told_by_hook': 3})

    def test_ended(self):
        """What is told of it later is of it still, and policies are of it no more."""
        agent = self.start_serving()
        cgroup = self.cgroup('app')
        self.create('app', cgroup)
        self.assertEqual(self.leaf_in(agent, cgroup)['pod']['name'], 'web')
        cgroup.remove()
        client = self.client()

        def is_ended():
            ledger = client.call('GetHealth', {'extended': True})['ledger']
            return any(line.get('of') == 'containers' and
                       {'name': 'ended', 'value': '1'} in line['counts'] for line in ledger)
        self.wait_until(is_ended, 'the end of the container')
        self.check_complete(agent)

    def test_text_of_any_kind(self):
        agent = self.start_serving()
        cgroup = self.cgroup('app')
        self.create('app', cgroup, podName='"\x1b[31m\n\\')
        self.assertEqual(self.leaf_in(agent, cgroup)['pod']['name'], '"\x1b[31m\n\\')
        self.check_complete(agent)


class Filters(PodCase):
    def test_export(self):
        filters = {'namespace': ['shop']}, {'pod_regex': ['^we']}, {'container_name_regex': ['pp$']}
        cgroups = [self.cgroup(name) for name in ('app', 'other', 'last')]
        for each in filters:
            with self.subTest(each):
                agent = self.start_serving('--export-allowlist', json.dumps(each))
                self.create('app', cgroups[0])
                self.create('other', cgroups[1], podNamespace='bank', podName='desk')
                self.create('last', cgroups[2], containerName='app')
                pids = self.pids(cgroups)
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
        pids = self.pids(cgroups)
        barrier = self.spawn([trigger_path('leaf')])
        barrier.wait()
        stream.wait_exit(pids[2])
        outside.wait_exit(barrier.pid)
        of = [{e.process_exit.process.pid.value for e in s.events} & set(pids)
              for s in (stream, outside)]
        self.assertEqual(of, [{pids[0], pids[2]}, set()])
        self.check_complete(agent)


class PolicyPodCase(PodCase, ProcessCase):
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


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Policies(PolicyPodCase):
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
            'app-2': 'containerSelector: {matchLabels: {name: app-2}}',
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
        # Its name says nothing of a container; it was told of as one.
        named = Cgroup(self, 'any.name')
        self.create('app-2', named, podNamespace='-')
        for cgroup, expected in (
                (app, ['app', 'or-host', 'pods', 'repo', 'shop', 'spaced', 'spaced-app']),
                (side, ['both', 'or-host', 'pods', 'selector', 'selector-host', 'shop', 'spaced']),
                (desk, ['elsewhere', 'not-shop', 'pods']),
                (plain, []),
                (named, ['app-2', 'not-shop', 'pods']),
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


def number(tag, value):
    """A field of a message that is a number."""
    out = [tag << 3]
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes([*out, value])


def text(tag, value):
    return field(tag, value.encode())


# The tag of the image as the pod asks for it: field 18, bytes.
USER_SPECIFIED = b'\x92\x01'


class Runtime:
    """A container runtime by its CRI, with the containers that a test wants."""

    def __init__(self, case, address):
        self.pods, self.containers, self.asked = {}, {}, []
        self.gate = threading.Event()
        self.gate.set()
        runtime = self

        class Handler(grpc.GenericRpcHandler):
            def service(_, details):
                name = details.method.removeprefix(SERVICE)
                return grpc.unary_unary_rpc_method_handler(
                    lambda request, call: runtime.answer(name, request, call))

        self.server = grpc.server(futures.ThreadPoolExecutor(2), [Handler()])
        self.server.add_insecure_port(address)
        self.server.start()
        case.addCleanup(self.stop)

    def stop(self):
        self.gate.set()
        self.server.stop(None).wait()

    def answer(self, name, request, call):
        self.asked.append(name)
        self.gate.wait()
        if name == 'ContainerStatus':
            size = request[1]
            cgroup = self.containers[request[2:2 + size].decode()]['cgroup']
            if cgroup is None:
                call.abort(grpc.StatusCode.NOT_FOUND, 'no such container')
            return field(1, number(5, 1_500_000_000 * 10**9 + 7)) + status_of(cgroup)[
                len(field(1, field(1, b'abc'))):]
        return {'Version': lambda: VERSION, 'ListPodSandbox': self.list_pods,
                'ListContainers': self.list_containers}[name]()

    def list_pods(self):
        return b''.join(field(1, text(1, key) + field(
            2, text(1, pod['name']) + text(2, 'uid') + text(3, pod['namespace'])) + b''.join(
                field(5, text(1, k) + text(2, v)) for k, v in pod['labels'].items()))
            for key, pod in self.pods.items())

    def list_containers(self):
        return b''.join(field(1, text(1, key) + text(2, c['pod']) + field(3, text(1, c['name'])) +
                              field(4, text(1, 'sha256:00') + USER_SPECIFIED +
                                    bytes([len(c['image'])]) + c['image'].encode()) +
                              text(5, f'{c["image"]}@sha256:11') + number(6, c['state']))
                        for key, c in self.containers.items())

    def add_pod(self, name, namespace='shop', **labels):
        self.pods['pod-' + name] = {'name': name, 'namespace': namespace, 'labels': labels}

    def add(self, name, pod, cgroup=None, state=1, image=None):
        self.containers[container_id(name)] = {
            'name': name, 'pod': 'pod-' + pod, 'state': state, 'image': image or f'shop/{name}',
            'cgroup': cgroup.path if cgroup else None}


@unittest.skipUnless(recent_enough(), 'this kernel has no atomic operations that return a value')
class Asked(PolicyPodCase):
    """Containers that the runtime is asked for."""

    def setUp(self):
        super().setUp()
        self.address = 'unix://' + self.path('cri.sock')

    def start_asking(self, *args):
        return self.start_serving('--enable-cri', '--cri-endpoint', self.address, *args)

    def pod_of(self, agent, cgroup):
        return self.leaf_in(agent, cgroup).get('pod')

    def wait_pod(self, agent, cgroup, check=bool):
        """Until events have the pod as it has to be."""
        return self.wait_until(lambda: check(pod := self.pod_of(agent, cgroup)) and pod, 'the pod')

    def test_there_before(self):
        runtime, cgroup = Runtime(self, self.address), self.cgroup('app')
        runtime.add_pod('web-7d4b9c6f5d-x2x5z', app='web', **{'pod-template-hash': '7d4b9c6f5d'})
        runtime.add('app', 'web-7d4b9c6f5d-x2x5z', cgroup)
        agent = self.start_asking()
        self.assertEqual(self.wait_pod(agent, cgroup), {
            'namespace': 'shop', 'name': 'web-7d4b9c6f5d-x2x5z', 'uid': 'uid',
            'pod_labels': {'app': 'web', 'pod-template-hash': '7d4b9c6f5d'},
            'workload': 'web', 'workload_kind': 'Deployment',
            'container': {'id': f'containerd://{container_id("app")}', 'name': 'app',
                          'image': {'id': 'shop/app@sha256:11', 'name': 'shop/app'},
                          'start_time': '2017-07-14T02:40:00.000000007Z'}})
        self.check_complete(agent)

    def test_comes_later(self):
        """It is asked for when its first process is seen; of what is known nothing is asked again."""
        runtime = Runtime(self, self.address)
        runtime.add_pod('web')
        agent = self.start_asking()
        self.wait_until(lambda: 'ListPodSandbox' in runtime.asked, 'the first question')
        cgroup = self.cgroup('app')
        runtime.add('app', 'web')
        self.assertEqual(self.wait_pod(agent, cgroup)['name'], 'web')
        asked = runtime.asked.count('ContainerStatus')
        self.assertLessEqual(asked, 2)
        self.assertEqual(runtime.asked.count('Version'), 1)
        self.check_complete(agent)

    def test_labels_of_who_was_told_of(self):
        """The runtime's hook has no labels; what it told is completed."""
        runtime, cgroup = Runtime(self, self.address), self.cgroup('app')
        runtime.add_pod('web', app='web')
        agent = self.start_asking()
        self.wait_until(lambda: 'ListPodSandbox' in runtime.asked, 'the first question')
        runtime.add('app', 'web', cgroup)
        self.create('app', cgroup)
        pod = self.wait_pod(agent, cgroup, lambda pod: pod and 'pod_labels' in pod)
        self.assertEqual(pod['pod_labels'], {'app': 'web'})
        self.assertEqual(pod['container']['name'], 'app')
        self.check_complete(agent)

    def test_filters(self):
        runtime = Runtime(self, self.address)
        cgroups = [self.cgroup(name) for name in ('one', 'two')]
        for name, cgroup in zip(('one', 'two'), cgroups):
            runtime.add_pod(name, app=name)
            runtime.add(name, name, cgroup)
        agent = self.start_asking('--export-allowlist', '{"labels": ["app=two"]}')
        pids = [set(), set()]

        def is_told():
            for of, each in zip(pids, self.pids(cgroups)):
                of.add(each)
            return {e.pid for e in agent.events} & pids[1]
        self.wait_until(is_told, 'an event of the pod')
        self.assertEqual({e.pid for e in agent.events} & pids[0], set())
        self.check_complete(agent)

    def test_policies(self):
        """By labels, which only the runtime knows."""
        runtime = Runtime(self, self.address)
        cgroups = {name: self.cgroup(name) for name in ('web', 'db')}
        for name, cgroup in cgroups.items():
            runtime.add_pod(name, app=name)
            runtime.add(name, name, cgroup, image=f'host:5000/{name}:v2')
        agent = self.load_scopes({
            'web': 'podSelector: {matchLabels: {app: web}}',
            'not-web': 'podSelector: {matchExpressions: [{key: app, operator: NotIn, values: '
                       '[web]}]}',
            'repo': 'containerSelector: {matchLabels: {repo: "host:5000/db:v2"}}',
        }, args=('--enable-cri', '--cri-endpoint', self.address))
        self.wait_pod(agent, cgroups['web'])
        self.assertEqual(self.told_in(agent, cgroups['web']), ['web'])
        self.assertEqual(self.told_in(agent, cgroups['db']), ['not-web', 'repo'])
        # What its labels are then decides.
        runtime.pods['pod-db']['labels']['app'] = 'web'
        self.create('db', cgroups['db'], podName='db')
        self.wait_pod(agent, cgroups['db'], lambda pod: pod['pod_labels'] == {'app': 'web'})
        self.assertEqual(self.told_in(agent, cgroups['db']), ['repo', 'web'])
        self.check_complete(agent)

    def test_ended(self):
        runtime, cgroup = Runtime(self, self.address), self.cgroup('app')
        runtime.add_pod('web')
        runtime.add('app', 'web', cgroup, state=2)
        agent = self.start_asking()
        self.wait_until(lambda: 'ListPodSandbox' in runtime.asked, 'the first question')
        self.assertIsNone(self.pod_of(agent, cgroup))
        self.check_complete(agent)

    def test_comes_back(self):
        """A runtime that is not there yet, or is started again."""
        agent = self.start_asking()
        cgroup = self.cgroup('app')
        self.assertIsNone(self.pod_of(agent, cgroup))
        agent.wait_log('pods are not known')
        runtime = Runtime(self, self.address)
        runtime.add_pod('web')
        runtime.add('app', 'web', cgroup)
        # Whoever is seen that is not known has it asked again.
        self.assertIsNone(self.pod_of(agent, self.cgroup('unknown')))
        self.wait_pod(agent, cgroup)
        runtime.server.stop(None).wait()
        if os.path.exists(self.path('cri.sock')):
            os.unlink(self.path('cri.sock'))
        again, other = Runtime(self, self.address), self.cgroup('other')
        again.add_pod('next')
        again.add('other', 'next', other)
        self.assertEqual(self.wait_pod(agent, other)['name'], 'next')
        self.check_complete(agent)

    def test_does_not_answer(self):
        """Nothing waits for it but who asks: not events, not policies, and not the end."""
        runtime, cgroup = Runtime(self, self.address), self.cgroup('app')
        runtime.gate.clear()
        agent = self.start_asking()
        self.wait_until(lambda: runtime.asked, 'the first question')
        self.assertIsNone(self.pod_of(agent, cgroup))
        self.create('app', cgroup)
        self.assertEqual(self.pod_of(agent, cgroup)['name'], 'web')
        self.check_complete(agent)

    def test_does_not_start(self):
        """While the runtime is asked."""
        runtime = Runtime(self, self.address)
        runtime.gate.clear()
        agent = self.start_agent('--run-dir', self.path('run'), '--enable-cri', '--cri-endpoint',
                                 self.address, '--metrics-server', '203.0.113.1:1')
        ended = agent.wait_end()
        self.assertEqual(ended.status, 1, ended.stderr)
        self.assertIn('203.0.113.1', ended.stderr)
        self.assertEqual(ended.sanitizer, [])

    def test_wrong_address(self):
        agent = self.start_serving('--enable-cri', '--cri-endpoint', 'localhost:1')
        agent.wait_log('can only be unix:///PATH')
        self.check_complete(agent)


if __name__ == '__main__':
    unittest.main()
