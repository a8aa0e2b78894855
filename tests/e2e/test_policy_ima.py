# SPDX-License-Identifier: Apache-2.0
"""imaHash: hooks of the security modules that tell the hash of the file they are about."""

import hashlib
import os
import shutil
import subprocess
import unittest

from agent import Agent
from case import needs, trigger_path, without_feature
from test_policies import recent_enough
from test_policy_hooks import OLD, HooksCase, lsm, section

POST = 'Post, imaHash: true'
# What the kernel can let a program wait at, and is about a file.
HOOKS = {'bprm_creds_for_exec': 'linux_binprm', 'bprm_creds_from_file': 'linux_binprm',
         'bprm_check_security': 'linux_binprm', 'bprm_committing_creds': 'linux_binprm',
         'bprm_committed_creds': 'linux_binprm', 'file_open': 'file', 'mmap_file': 'file',
         'file_ioctl': 'file', 'file_lock': 'file', 'file_receive': 'file'}


def hash_of(path, like):
    """As IMA says it, by the algorithm of @like."""
    name = like.partition(':')[0]
    with open(path, 'rb') as f:
        return f'{name}:{hashlib.new(name, f.read()).hexdigest()}'


@unittest.skipUnless(recent_enough(), OLD)
class Hashes(HooksCase):
    def setUp(self):
        super().setUp()
        self.file = self.path('opened')
        with open(self.file, 'w', encoding='ascii') as f:
            f.write('abc' * 5000)

    def check_hash(self, event, path=None):
        self.assertEqual(event.type, 'process_lsm')
        told = event.body['ima_hash']
        self.assertEqual(told, hash_of(path or self.file, told))

    def policy(self, *selectors, name='maps', hook='mmap_file'):
        return section(name, 'lsmhooks', lsm(hook, (0, 'file'), selectors=selectors))

    def maps(self, agent, *paths):
        """What policies tell of a process that maps these files."""
        steps = [word for path in paths for word in ('map', path)]
        return self.hooks_of(agent, trigger_path('loads'), *steps)

    def hooks_of(self, agent, *args):
        since = len(agent.events)
        process = self.spawn(args)
        process.communicate()
        self.assertEqual(process.returncode, 0)
        agent.wait_exit(process.pid, since)
        return [e for e in agent.events[since:]
                if e.type == 'process_lsm' and e.pid == process.pid]

    @needs('ima_file_hash')
    def test_event(self):
        agent = self.load(self.policy(([(0, 'Equal', [self.file])], [POST])))
        self.assertNotIn('imaHash', agent.log())
        [event] = self.maps(agent, self.file)
        self.assertEqual(event.body['function_name'], 'mmap_file')
        self.assertEqual(event.body['action'], 'KPROBE_ACTION_POST')
        self.assertEqual(event.body['args'][0]['file_arg']['path'], self.file)
        self.check_hash(event)
        self.check_complete(agent)

    @needs('ima_file_hash')
    def test_text(self):
        agent = self.load(self.policy(([(0, 'Equal', [self.file])], [POST])))
        [event] = self.maps(agent, self.file)
        ended = subprocess.run([os.path.join(Agent.build, 'ocelli'), 'getevents', '-o', 'compact'],
                               input=event.line + b'\n', capture_output=True, check=True)
        self.assertEqual(ended.stdout.decode().splitlines()[1],
                         f'   {self.file} {event.body["ima_hash"]}')
        self.check_complete(agent)

    @needs('ima_file_hash')
    def test_what_the_file_is_now(self):
        agent = self.load(self.policy(([(0, 'Equal', [self.file])], [POST])))
        hashes = []
        for text in ('w', 'x' * 4096, 'y' * 100000):
            with open(self.file, 'w', encoding='ascii') as f:
                f.write(text)
            [event] = self.maps(agent, self.file)
            self.check_hash(event)
            hashes.append(event.body['ima_hash'])
        self.assertEqual(len(set(hashes)), 3)
        self.check_complete(agent)

    @needs('ima_file_hash')
    def test_only_who_asks(self):
        """Of one selector, beside others, and of one policy beside another."""
        other = self.path('other')
        shutil.copy(self.file, other)
        agent = self.load(self.policy(([(0, 'Equal', [other])], ['Post']),
                                      ([(0, 'Equal', [self.file])], [POST]),
                                      ([(0, 'Prefix', [self.dir])], ['NoPost', POST])),
                          self.policy(([(0, 'Prefix', [self.dir])], []), name='without'))
        third = self.path('third')
        shutil.copy(self.file, third)
        events = self.maps(agent, other, self.file, third)
        told = [(e.body['policy_name'], 'ima_hash' in e.body) for e in events]
        self.assertEqual(told, [('maps', False), ('without', False), ('maps', True),
                                ('without', False), ('without', False)])
        self.check_hash(events[2])
        self.check_complete(agent)

    @needs('ima_file_hash')
    def test_with_rate_limit(self):
        agent = self.load(self.policy(
            ([(0, 'Equal', [self.file])], [POST + ', rateLimit: "10m"'])))
        events = self.maps(agent, self.file, self.file, self.file)
        self.assertEqual(len(events), 1)
        self.check_hash(events[0])
        self.check_complete(agent)

    @needs('ima_file_hash')
    def test_hooks(self):
        """Each that is about a file, also one that is executed."""
        binary = self.copy_trigger('call')
        texts = []
        for i, (name, kind) in enumerate(HOOKS.items()):
            which = f'matchBinaries: [{{operator: In, values: ["{binary}"]}}]\n'
            if kind == 'linux_binprm':
                which = f'matchArgs: [{{index: 0, operator: Equal, values: ["{binary}"]}}]\n'
            texts.append(section(f'p{i}', 'lsmhooks', lsm(name, (0, kind), more=(
                f'    selectors:\n    - {which}      matchActions: [{{action: {POST}}}]\n'))))
        agent = self.load(*texts)
        self.assertNotIn('is not loaded', agent.log())
        events = self.told(agent, ('openat', -100, f':{self.file}', 0), program=binary)
        told = {}
        for event in events:
            told.setdefault(event.body['function_name'], []).append(event)
        for name, kind in HOOKS.items():
            if kind == 'linux_binprm':
                with self.subTest(name):
                    self.assertEqual(len(told[name]), 1)
                    self.check_hash(told[name][0], binary)
        [opened] = [e for e in told['file_open']
                    if e.body['args'][0]['file_arg']['path'] == self.file]
        self.assertEqual(opened.process['binary'], binary)
        self.check_complete(agent)

    @needs('ima_file_hash')
    def test_before_it_is_open(self):
        """There it is told of what IMA has measured, and only that."""
        with open('/proc/cmdline', encoding='ascii') as f:
            measures = 'ima_policy=tcb' in f.read()
        agent = self.load(self.policy(([(0, 'Equal', [self.file])], [POST]), hook='file_open'))
        # The first is what has it measured.
        events = self.told(agent, *[('openat', -100, f':{self.file}', 0)] * 2)
        self.assertEqual(len(events), 2)
        self.assertEqual('ima_hash' in events[1].body, measures)
        if measures:
            self.check_hash(events[1])
        self.check_complete(agent)

    @needs('ima_file_hash')
    def test_no_file(self):
        """Memory that is nobody's file; what is mapped of one has its hash."""
        loads, library = trigger_path('loads'), self.path('library.so')
        shutil.copy(trigger_path('library_with_id.so'), library)
        agent = self.load(section('maps', 'lsmhooks', lsm(
            'mmap_file', (0, 'file'), more=(
                f'    selectors:\n    - matchBinaries: [{{operator: In, values: ["{loads}"]}}]\n'
                f'      matchActions: [{{action: {POST}}}]\n'))))
        events = self.hooks_of(agent, loads, 'load', library)
        without = [e for e in events if 'ima_hash' not in e.body]
        mapped = [e for e in events
                  if e.body['args'][0].get('file_arg', {}).get('path') == library]
        self.assertTrue(without)
        self.assertTrue(mapped)
        for event in without:
            self.assertNotIn('file_arg', event.body['args'][0])
        for event in mapped:
            self.check_hash(event, library)
        self.check_complete(agent)

    @needs('lsm_active', 'ima_file_hash')
    def test_no_such_hook(self):
        log = self.refused(section('bad', 'lsmhooks', lsm(
            'socket_create', (0, 'int'), selectors=[([(0, 'Equal', [2])], [POST])])))
        self.assertRegex(log, r'0.yaml:\d+:\d+: error: \\"imaHash\\" is of a file, and '
                              r'socket_create is about none')

    @needs('lsm_active', 'ima_file_hash')
    def test_none_to_wait_at(self):
        log = self.refused(section('bad', 'lsmhooks', lsm(
            'file_permission', (0, 'file'), selectors=[([(0, 'Equal', ['/x'])], [POST])])))
        self.assertIn('bpf_lsm_file_permission is not sleepable', log)

    @needs('lsm_active')
    @without_feature('ima_file_hash')
    def test_without(self):
        log = self.refused(self.policy(([(0, 'Equal', [self.file])], [POST])))
        self.assertIn('5.18', log)


if __name__ == '__main__':
    unittest.main()
