# SPDX-License-Identifier: Apache-2.0
"""Options and where they come from, and what the agent says to people."""

import json
import os
import re
import signal
import subprocess
import unicodedata
import unittest

from agent import PATIENCE, Agent, ledgers_of
from case import Case, trigger_path


class ConfigCase(Case):
    def run_agent(self, *args, env=None):
        """Runs the agent to its end, which is to come by itself."""
        agent_env = {k: v for k, v in os.environ.items() if not k.startswith('OCELLI_')}
        return subprocess.run([os.path.join(Agent.build, 'ocellid'), *args],
                              env={**agent_env, **(env or {})}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE, check=False)

    def check_refused(self, *args, says, env=None):
        ended = self.run_agent('--run-dir', self.path('run'), *args, env=env)
        self.assertEqual(ended.returncode, 2, ended.stderr)
        self.assertEqual(ended.stdout, '')
        # One line, whatever is in it.
        [line] = ended.stderr.splitlines()
        for text in [says] if isinstance(says, str) else says:
            self.assertIn(text, line)
        self.assertTrue(line.startswith('ocellid: '), line)
        self.assertFalse(os.path.exists(self.path('run')))

    def drop_in(self, **options):
        directory = self.path('conf.d')
        os.makedirs(directory, exist_ok=True)
        for name, value in options.items():
            with open(os.path.join(directory, name.replace('_', '-')), 'w',
                      encoding='utf-8') as f:
                f.write(value)
        return directory

    def node_name(self, *args, env=None):
        """The node's name that an agent with these options tells."""
        agent = self.start_agent(*args, env=env).wait_ready()
        self.run_with(agent, [trigger_path('leaf')])
        self.check_end(agent)
        [name] = {e.response['node_name'] for e in agent.events}
        return name


class Precedence(ConfigCase):
    def test_order(self):
        directory = self.drop_in(node_name=' of-the-file \n')
        env = {'OCELLI_NODE_NAME': 'of-the-environment'}
        args = [f'--config-dir={directory}']
        self.assertEqual(self.node_name(*args), 'of-the-file')
        self.assertEqual(self.node_name(*args, env=env), 'of-the-environment')
        self.assertEqual(self.node_name(*args, '--node-name=of-the-command-line', env=env),
                         'of-the-command-line')

    def test_directory_from_the_environment(self):
        env = {'OCELLI_CONFIG_DIR': self.drop_in(node_name='of-the-file')}
        self.assertEqual(self.node_name(env=env), 'of-the-file')

    def test_empty_variable_is_none(self):
        directory = self.drop_in(node_name='of-the-file')
        self.assertEqual(self.node_name(f'--config-dir={directory}', env={'OCELLI_NODE_NAME': ''}),
                         'of-the-file')

    def test_switch(self):
        """Turned on by the file, off by the command line, and the other way round."""
        directory = self.drop_in(export_extended_fields='true')
        for args, expected in (((), True), (('--export-extended-fields=false',), False)):
            agent = self.start_agent(f'--config-dir={directory}', *args).wait_ready()
            run = self.run_with(agent, [trigger_path('leaf')])
            self.check_end(agent)
            self.assertEqual('argv' in run.root.process, expected)

    def test_list(self):
        """On the command line it grows; a later place replaces it."""
        directory = self.drop_in(filter_environment_variables='A,B',
                                 enable_process_environment_variables='true')
        env = {name: 'x' for name in 'ABCDE'}
        for args, expected in (((), 'AB'), (('C',), 'C'), (('C,D', 'E'), 'CDE')):
            agent = self.start_agent(
                f'--config-dir={directory}',
                *[f'--filter-environment-variables={a}' for a in args]).wait_ready()
            run = self.run_with(agent, [trigger_path('leaf')], env=env)
            self.check_end(agent)
            told = run.root.process['environment_variables']
            self.assertEqual([v['Key'] for v in told], list(expected))

    def test_links_and_hidden_files(self):
        """As Kubernetes mounts a ConfigMap."""
        directory = self.path('conf.d')
        os.makedirs(directory + '/..2026_01_01/')
        with open(directory + '/..2026_01_01/node-name', 'w', encoding='utf-8') as f:
            f.write('mounted')
        os.symlink('..2026_01_01', directory + '/..data')
        os.symlink('..data/node-name', directory + '/node-name')
        self.assertEqual(self.node_name(f'--config-dir={directory}'), 'mounted')


class Refused(ConfigCase):
    def test_unknown(self):
        for bad, near in (('--rb-szie=1', '--rb-size'), ('--export-filenam=x', '--export-filename'),
                          ('--exportstdout', '--export-stdout'), ('--Debug', '--debug')):
            self.check_refused(bad, says=(f'there is no option "{bad.partition("=")[0]}"',
                                          f'did you mean {near}?'))
        self.check_refused('--nothing-like-it', says='there is no option "--nothing-like-it"')
        self.check_refused('-x', says='there is no option "-x"')

    def test_unknown_file(self):
        directory = self.drop_in(node_nmae='x')
        self.check_refused('--config-dir', directory,
                           says=(f'{directory}/node-nmae', 'did you mean node-name?'))

    def test_variable_that_is_nearly_an_option(self):
        agent = self.start_agent(env={'OCELLI_NODE_NMAE': 'x'}).wait_ready()
        ended = self.check_end(agent)
        self.assertRegex(ended.stderr, r'level=warn msg=.*OCELLI_NODE_NMAE.*OCELLI_NODE_NAME')

    def test_bad_values(self):
        for name, value, says in (
                ('rb-size', 'big', '"big" is not a size'),
                ('rb-size', '-1', '"-1" is not a size'),
                ('rb-size-total', '4G', 'between'),
                ('process-cache-size', '10', '"10" is not between 1024 and 4194304'),
                ('process-cache-size', '1e6', 'is not a whole number'),
                ('process-cache-size', '', 'is not a whole number'),
                ('process-cache-bytes', '1K', 'between'),
                ('export-file-perm', '888', 'octal'),
                ('export-file-perm', '01777', 'octal'),
                ('export-file-rotation-interval', '10', '"10"'),
                ('export-file-rotation-interval', '-1s', '"-1s"'),
                ('export-rate-limit', '-2', 'between'),
                ('export-stdout', 'perhaps', 'neither true nor false'),
                ('log-level', 'loud', 'is none of: error, warn'),
                ('log-format', 'xml', 'text, json'),
                ('enable-ancestors', 'kprobe', 'lacks "base"'),
                ('enable-ancestors', 'base,nobody', '"nobody" is no class'),
                ('cgroup-rate', '100', 'EVENTS,INTERVAL'),
                ('cgroup-rate', '0,1s', 'cgroup-rate'),
                ('cgroup-rate', '10,1ns', 'between 1ms and 1h'),
                ('run-dir', 'relative', 'no absolute path'),
                ('procfs', 'proc', 'no absolute path')):
            with self.subTest(name=name, value=value):
                self.check_refused(f'--{name}={value}', says=says)

    def test_origin_of_a_bad_value(self):
        says = '"10" is not between 1024 and 4194304'
        self.check_refused('--process-cache-size=10', says='--process-cache-size: ' + says)
        self.check_refused(env={'OCELLI_PROCESS_CACHE_SIZE': '10'},
                           says='OCELLI_PROCESS_CACHE_SIZE: ' + says)
        directory = self.drop_in(process_cache_size='10\n')
        self.check_refused('--config-dir', directory,
                           says=f'{directory}/process-cache-size: {says}')

    def test_bad_value_is_bad_also_where_it_is_overridden(self):
        directory = self.drop_in(process_cache_size='x')
        self.check_refused('--config-dir', directory, '--process-cache-size=2000',
                           says=f'{directory}/process-cache-size: ')

    def test_byte_in_a_file(self):
        directory = self.drop_in(node_name='a\nb\x1bc')
        self.check_refused('--config-dir', directory,
                           says=f'{directory}/node-name:2:2: the byte 0x1b')

    def test_too_large_a_file(self):
        directory = self.drop_in(node_name='x' * 70_000)
        self.check_refused('--config-dir', directory, says=(directory + '/node-name', '64K'))

    def test_pipe_is_not_waited_for(self):
        directory = self.drop_in()
        os.mkfifo(directory + '/node-name')
        self.check_refused('--config-dir', directory, says=directory + '/node-name')

    def test_missing_directory(self):
        self.check_refused('--config-dir', self.path('none'),
                           says=(self.path('none'), 'No such file'))

    def test_missing_value(self):
        self.check_refused('--node-name', says='--node-name: a value is missing')

    def test_argument(self):
        self.check_refused('--debug', 'false',
                           says=('unexpected argument "false"', '--name=false'))

    def test_conflicts(self):
        self.check_refused('--rb-size=1M', '--rb-size-total=1M', says='both set')
        self.check_refused('--filter-environment-variables=A',
                           says='set enable-process-environment-variables')

    def test_what_this_version_lacks(self):
        for name, value, says in (('enable-k8s-api', 'true', 'Kubernetes API is not used'),):
            with self.subTest(name=name):
                says = ('cannot be honoured: ', says)
                variable = 'OCELLI_' + name.upper().replace('-', '_')
                self.check_refused(f'--{name}={value}', says=(f'--{name}: ', *says))
                self.check_refused(env={variable: value}, says=(variable + ': ', *says))

    def test_terminal_escapes_are_not_passed_on(self):
        """What is quoted of the command line or a file acts on no terminal."""
        for args in (['--x\x1b[31m=1'], ['--node-name=x', 'a\x1b]0;title\x07'],
                     ['--log-level=\x1b[2J'], ['--run-dir=\r\nocellid: fine']):
            ended = self.run_agent(*args)
            self.assertEqual(ended.returncode, 2)
            self.assertNotRegex(ended.stderr.rstrip('\n'), r'[\x00-\x1f\x7f]')

    def test_set_to_its_default(self):
        """Or to nothing: that asks for nothing that is not there."""
        ended = self.check_end(self.start_agent(
            '--metrics-server=', '--server-address=', '--enable-k8s-api=false',
            '--tracing-policy-dir=/etc/tetragon/tetragon.tp.d', '--gops-address=',
            '--event-queue-size=10000').wait_ready())
        self.assertNotIn('level=warn', ended.stderr)

    def test_without_effect(self):
        directory = self.drop_in(event_queue_size='1')
        ended = self.check_end(self.start_agent(
            '--gops-address=:1', f'--config-dir={directory}',
            env={'OCELLI_BPF_LIB': '/x'}).wait_ready())
        warnings = [line for line in ended.stderr.splitlines() if 'level=warn' in line]
        self.assertEqual(len(warnings), 3)
        for name in ('--gops-address: has no effect: there is no Go',
                     directory + '/event-queue-size: has no effect: ',
                     'OCELLI_BPF_LIB: has no effect: '):
            self.assertEqual(sum(name in w for w in warnings), 1, name)


class Words(ConfigCase):
    """What it says of itself."""

    def test_help(self):
        ended = self.run_agent('--help')
        self.assertEqual((ended.returncode, ended.stderr), (0, ''))
        self.assertEqual(self.run_agent('-h').stdout, ended.stdout)
        self.assertEqual(self.run_agent('--help', '--config-dir=/nonexistent').stdout,
                         ended.stdout)
        for name in ('--export-filename FILE', '--rb-size SIZE', '-d, --debug',
                     '--process-cache-size N'):
            self.assertIn(name, ended.stdout)
        self.assertLessEqual(max(map(len, ended.stdout.splitlines())), 80)

    def test_version(self):
        ended = self.run_agent('--version')
        self.assertEqual((ended.returncode, ended.stderr), (0, ''))
        self.assertRegex(ended.stdout, r'^ocellid \d+\.\d+\S*\n$')

    def test_help_that_cannot_be_written(self):
        with open('/dev/full', 'wb') as full:
            for arg in ('--help', '--version'):
                ended = subprocess.run([os.path.join(Agent.build, 'ocellid'), arg], stdout=full,
                                       stderr=subprocess.PIPE, check=False)
                self.assertEqual(ended.returncode, 1, arg)

    def test_ledger_when_asked(self):
        agent = self.start_agent().wait_ready()
        for n in range(1, 4):
            self.run_with(agent, [trigger_path('forks'), 'exec'])
            agent.process.send_signal(signal.SIGUSR1)
            self.wait_until(lambda n=n: len(ledgers_of(agent.log())) == n, 'the ledger')
        run = self.run_with(agent, [trigger_path('leaf')])
        self.assertEqual(len(run.events), 2)
        ended = self.check_complete(agent)
        ledgers = ledgers_of(ended.stderr)
        self.assertEqual(len(ledgers), 4)
        for kind in ('process_exec', 'process_exit'):
            made = [ledger.event(kind, 'made') for ledger in ledgers]
            self.assertEqual(made, sorted(set(made)))
        for last, this in zip(ledgers, ledgers[1:]):
            self.assertGreaterEqual(this.record('exec', 'produced') -
                                    last.record('exec', 'produced'), 1)

    def test_text_log(self):
        ended = self.check_end(self.start_agent('--log-format=text').wait_ready())
        for line in ended.stderr.splitlines():
            self.assertRegex(line, r'^time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=info '
                                   r'msg="([^"\\]|\\.)*"$')

    def test_json_log(self):
        """Also of names that are no text."""
        for name in (b'plain', b'a"b\\c\n\x1b[31m\x7f', b'\xff\xfe', 'ä\u202e'.encode()):
            with self.subTest(name=name):
                path = self.dir.encode() + b'/none-' + name + b'/events.json'
                agent = self.start_agent('--log-format=json', b'--export-filename=' + path)
                lines = []
                agent.process.wait(PATIENCE)
                agent.wait_end()
                for line in agent.raw_log():
                    lines.append(json.loads(line.decode()))
                    self.assertEqual(set(lines[-1]), {'time', 'level', 'msg'})
                    self.assertFalse(set(line[:-1]) & set(range(0x20)), line)
                self.assertEqual([l['level'] for l in lines], ['error'])
                self.assertIn('create the directory', lines[0]['msg'])

    def test_log_of_hostile_names(self):
        """No byte of them may act on a terminal."""
        for name in (b'\x1b[31m', '\u009b31m'.encode(), b'\x9b31m', '\u202e'.encode()):
            with self.subTest(name=name):
                agent = self.start_agent(b'--export-filename=' + self.dir.encode() + b'/' + name +
                                         b'/events.json')
                agent.wait_end()
                [line] = agent.raw_log()
                line = line.rstrip(b'\n').decode(errors='surrogateescape')
                self.assertEqual([c for c in line if unicodedata.category(c)[0] == 'C'], [])

    def test_log_file(self):
        path = self.path('log')
        with open(path, 'w', encoding='utf-8') as f:
            f.write('before\n')
        ended = self.check_end(self.start_agent('--log-file', path).wait_ready())
        with open(path, encoding='utf-8') as f:
            self.assertEqual(f.read(), 'before\n' + ended.stderr)

    def test_log_file_that_is_rotated(self):
        """By others, who do not ask the agent."""
        path = self.path('log')
        agent = self.start_agent('--log-file', path).wait_ready()
        os.rename(path, path + '.1')
        self.wait_until(lambda: os.path.exists(path), 'the new file')
        ended = self.check_end(agent)
        with open(path + '.1', encoding='utf-8') as old, open(path, encoding='utf-8') as new:
            old, new = old.read(), new.read()
        self.assertEqual(old + new, ended.stderr)
        self.assertIn(' watches ', old)
        self.assertIn('received SIGTERM', new)

    def test_log_file_that_cannot_be_opened(self):
        agent = self.start_agent('--log-file', self.path('none/log'))
        ended = agent.wait_end()
        ended.check(self, status=1)
        self.assertIn(self.path('none/log'), ended.stderr)

    def test_levels(self):
        texts = {}
        for level in ('error', 'WARN', 'info', 'trace'):
            agent = self.start_agent('--log-level', level, '--gops-address=:1')
            # Most levels do not say when it is ready to be stopped.
            self.wait_until(lambda a=agent: self.catches(a.pid, signal.SIGTERM), 'the start')
            texts[level] = agent.stop().stderr
        self.assertEqual(texts['error'], '')
        self.assertRegex(texts['WARN'], r'^\S+ level=warn [^\n]*\n$')
        self.assertEqual(set(re.findall(r'level=(\w+)', texts['info'])), {'warn', 'info'})
        # libbpf tells what it does.
        self.assertIn('level=debug', texts['trace'])

    @staticmethod
    def catches(pid, number):
        with open(f'/proc/{pid}/status', encoding='utf-8') as f:
            [mask] = [line.split()[1] for line in f if line.startswith('SigCgt:')]
        return int(mask, 16) >> (number - 1) & 1

    def test_debug(self):
        for args in (['-d'], ['--debug', '--log-level=error']):
            ended = self.check_end(self.start_agent(*args).wait_ready())
            self.assertIn('level=info', ended.stderr)


if __name__ == '__main__':
    unittest.main()
