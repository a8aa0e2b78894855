# SPDX-License-Identifier: Apache-2.0
"""ocelli probe, against programs that use each feature once and share nothing with it."""

import hashlib
import json
import os
import pty
import re
import subprocess

from agent import PATIENCE, Agent
from case import Case, tracefs

NOBODY = 65534

# The probes and configuration options of the re-implemented system.
PROBES = """override_return buildid kprobe_multi uprobe_multi fmodret fmodret_syscall signal large
    link_pin lsm missed_stats_kprobe_multi missed_stats_kprobe batch_update uprobe_refctroff
    audit_loginuid probe_write_user uprobe_regs_change mix_bpf_and_tail_calls fentry get_func_ret
    substring_kfunc copy_from_user_str""".split()


def ocelli_path():
    return os.path.join(Agent.build, 'ocelli')


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read().strip()


def mounted(kind):
    with open('/proc/self/mounts', encoding='utf-8') as f:
        return [line.split()[1] for line in f if line.split()[2] == kind]


class ProbeCase(Case):
    def probe(self, *args, status=None, **popen):
        ended = subprocess.run([ocelli_path(), 'probe', *args], capture_output=True, check=False,
                               timeout=8 * PATIENCE, **popen)
        self.assertNotIn(b'Sanitizer', ended.stderr)
        if status is not None:
            self.assertEqual(ended.returncode, status, ended.stderr)
        return ended

    def features(self, **popen):
        ended = self.probe('-o', 'json', **popen)
        self.assertEqual(ended.stderr, b'')
        report = json.loads(ended.stdout)
        return report, {f['name']: f for f in report['features']}


def readable(path):
    try:
        return bool(read(path))
    except OSError:
        return False


class Features(ProbeCase):
    """What it says is what is so."""

    # What is proven by other means than a program.
    elsewhere = {'bpf', 'btf_vmlinux', 'bpf_jit', 'ima_active', 'securityfs', 'tracefs', 'bpffs',
                 'cgroup_v2', 'lockdown_none', 'unprivileged_bpf_disabled', 'kernel_addresses',
                 'ftrace_enabled'}

    def fire(self):
        objects = os.path.join(Agent.build, 'tests', 'e2e', 'features')
        ended = subprocess.run([os.path.join(objects, 'fire'), objects, self.dir],
                               capture_output=True, check=False, timeout=8 * PATIENCE)
        self.assertEqual((ended.returncode, ended.stderr), (0, b''))
        return {f['feature']: f for f in map(json.loads, ended.stdout.splitlines())}

    def test_each_is_as_it_says(self):
        _, features = self.features()
        proofs = self.fire()
        self.assertEqual(set(features), set(proofs) | self.elsewhere)
        if not proofs['probe_read_kernel']['works']:
            # libbpf takes the call for that of an old kernel, and puts another in its place.
            proofs['probe_read_user']['works'] = None
        for name, proof in proofs.items():
            with self.subTest(name):
                said, works = features[name], proof['works']
                if works is not None:
                    self.assertEqual(said['state'], 'present' if works else 'absent',
                                     f'{said["evidence"]}; {proof["why"]}')
        if proofs['ima_file_hash']['works']:
            with open('/bin/true', 'rb') as f:
                self.assertEqual(proofs['ima_file_hash']['note'],
                                 hashlib.sha256(f.read()).hexdigest())

    def check(self, features, name, present):
        with self.subTest(name):
            said = features[name]
            self.assertEqual(said['state'], 'present' if present else 'absent', said['evidence'])

    def test_settings(self):
        _, features = self.features()
        self.check(features, 'bpf', True)
        self.check(features, 'btf_vmlinux', os.path.exists('/sys/kernel/btf/vmlinux'))
        self.check(features, 'bpf_jit', read('/proc/sys/net/core/bpf_jit_enable') != '0')
        self.check(features, 'securityfs', '/sys/kernel/security' in mounted('securityfs'))
        self.check(features, 'tracefs', readable(f'{tracefs()}/README'))
        self.check(features, 'bpffs', '/sys/fs/bpf' in mounted('bpf'))
        self.check(features, 'unprivileged_bpf_disabled',
                   read('/proc/sys/kernel/unprivileged_bpf_disabled') != '0')
        self.check(features, 'kernel_addresses',
                   any(int(line.split()[0], 16) for line in read('/proc/kallsyms').splitlines()))
        ftrace = '/proc/sys/kernel/ftrace_enabled'
        self.check(features, 'ftrace_enabled', os.path.exists(ftrace) and read(ftrace) == '1')
        v1 = any(set(line.split(':')[1].split(',')) & {'memory', 'pids', 'cpuset'}
                 for line in read('/proc/self/cgroup').splitlines())
        self.check(features, 'cgroup_v2', not v1 and bool(mounted('cgroup2')))
        if mounted('securityfs'):
            security = mounted('securityfs')[0]
            lockdown = os.path.join(security, 'lockdown')
            self.check(features, 'lockdown_none',
                       not os.path.exists(lockdown) or '[none]' in read(lockdown))
            self.check(features, 'ima_active', os.path.exists(os.path.join(security, 'ima')))

    def test_nothing_is_left(self):
        fire = os.path.join(Agent.build, 'tests', 'e2e', 'features', 'fire')

        def left(kind):
            return set(subprocess.run([fire, kind, 'ocelli_probe'], capture_output=True,
                                      text=True, check=True).stdout.splitlines())

        # Maps are not looked at while they go: an array of programs that somebody else opens and
        # closes then, stays for good (kernel/bpf/arraymap.c: prog_array_map_clear() takes a
        # reference for work that may be scheduled already).
        before = left('--maps')
        with subprocess.Popen([ocelli_path(), 'probe'], stdout=subprocess.DEVNULL) as probe:
            seen = 0
            while probe.poll() is None:
                seen += len(left('--programs'))
        self.assertGreater(seen, 0)
        # Programs go after a grace period.
        try:
            self.wait_until(lambda: not left('--programs'), 'the end of programs')
            self.wait_until(lambda: not left('--maps') - before, 'the end of maps')
        except AssertionError as e:
            self.fail(f'{e}: {left("--programs") | left("--maps") - before}')


class Report(ProbeCase):
    def test_json(self):
        report, features = self.features()
        uname = os.uname()
        self.assertEqual((report['kernel'], report['machine']), (uname.release, uname.machine))
        self.assertEqual(len(features), len(report['features']))
        self.assertEqual(sorted(f['reference'] for f in features.values() if f['reference']),
                         sorted(PROBES))
        for feature in features.values():
            self.assertIn(feature['state'], ('present', 'absent', 'unknown'))
            for name in ('group', 'title', 'evidence', 'consequence', 'remedy'):
                self.assertTrue(feature[name], feature)

    def test_text(self):
        _, features = self.features()
        text = self.probe().stdout.decode()
        self.assertEqual(re.sub('[^\n\x20-\x7e]', '', text), text)
        words = {'present': 'yes', 'absent': 'no', 'unknown': '?'}
        for name, feature in features.items():
            self.assertRegex(text, rf'(?m)^  {re.escape(words[feature["state"]])} +{name} ')
        states = [f['state'] for f in features.values()]
        self.assertIn('\n{} present, {} absent, {} unknown.\n'.format(
            *(states.count(s) for s in ('present', 'absent', 'unknown'))), text)

    def test_colors(self):
        self.assertIn(b'\x1b[32myes\x1b[0m', self.probe('--color', 'always').stdout)
        main, terminal = pty.openpty()
        env = {k: v for k, v in os.environ.items() if k not in ('NO_COLOR', 'TERM')}
        with subprocess.Popen([ocelli_path(), 'probe'], stdout=terminal, env=env):
            os.close(terminal)
            text = b''
            try:
                while block := os.read(main, 4096):
                    text += block
            except OSError:
                pass
        os.close(main)
        self.assertIn(b'\x1b[32myes\x1b[0m', text)

    def test_status(self):
        """Whether the agent starts here is what it says."""
        report, _ = self.features()
        ended = self.probe('-o', 'json')
        self.assertEqual(ended.returncode, 0 if report['process_events'] else 1)
        agent = Agent()
        self.addCleanup(agent.kill)
        starts = True
        try:
            agent.start().wait_ready()
        except AssertionError:
            starts = False
        self.assertEqual(starts, report['process_events'], agent.log())

    def test_without_root(self):
        """What cannot be tried is unknown, the rest is told."""
        ended = self.probe('-o', 'json', user=NOBODY, group=NOBODY, status=1)
        self.assertEqual(ended.stderr, b'')
        report = json.loads(ended.stdout)
        features = {f['name']: f for f in report['features']}
        self.assertIsNone(report['process_events'])
        self.assertEqual(features['bpf']['state'], 'unknown')
        self.assertEqual(features['bpf']['error'], 'EPERM')
        self.assertEqual(features['tp_btf']['state'], 'unknown')
        self.assertEqual(features['btf_vmlinux']['state'], 'present')
        self.assertEqual(features['unprivileged_bpf_disabled']['state'], 'present')
        _, as_root = self.features()
        for name, feature in features.items():
            # It never says that there is not what there is.
            if feature['state'] != 'unknown' and name != 'kernel_addresses':
                self.assertEqual(feature['state'], as_root[name]['state'], name)
        text = self.probe(user=NOBODY, group=NOBODY, status=1).stdout.decode()
        self.assertIn('\nThis process may load no BPF program (Operation not permitted): what is '
                      'unknown could not be tried.\nRun it as root, where bpf(2) is allowed.\n', text)

    def test_full_disk(self):
        with open('/dev/full', 'wb') as full:
            ended = subprocess.run([ocelli_path(), 'probe'], stdout=full, stderr=subprocess.PIPE,
                                   check=False)
        self.assertEqual(ended.returncode, 1)
        self.assertEqual(ended.stderr, b'ocelli: cannot print: No space left on device\n')


class Config(ProbeCase):
    def test_config(self):
        release = os.uname().release
        places = ['/proc/config.gz', f'/boot/config-{release}', f'/lib/modules/{release}/config',
                  f'/usr/lib/modules/{release}/config', f'/lib/modules/{release}/build/.config',
                  f'/usr/lib/kernel/config-{release}']
        found = [place for place in places if os.path.exists(place)]
        if not found:
            ended = self.probe('config', status=1)
            self.assertEqual(ended.stdout, b'')
            self.assertIn(f'the configuration of kernel {release} is not on this system',
                          ended.stderr.decode())
            return
        ended = self.probe('config', '-o', 'json', status=0)
        config = json.loads(ended.stdout)
        self.assertEqual((config['kernel'], config['source']), (release, found[0]))
        options = {o['name']: o['value'] for o in config['options']}
        self.assertEqual(sum(o['reference'] for o in config['options']), 15)
        text = subprocess.run(['zcat', '-f', found[0]], capture_output=True, check=True,
                              text=True).stdout
        for name, value in options.items():
            line = re.search(rf'(?m)^{name}=(.*)$', text)
            self.assertEqual(value, line[1] if line else 'n', name)
        shown = self.probe('config', status=0).stdout.decode()
        self.assertIn(f'configured in {found[0]}\n', shown)
        self.assertRegex(shown, r'(?m)^CONFIG_BPF +y  ')
