# SPDX-License-Identifier: Apache-2.0
"""What shells make of "ocelli completion"."""

import os
import re
import shutil
import subprocess
import unittest

from agent import PATIENCE, Agent
from case import Case

# Command lines up to where Tab is pressed, and what is offered; None: more than this.
LINES = (
    ('ocelli get', ['getevents']),
    ('ocelli pol', ['policy']),
    ('ocelli policy ', ['check', 'explain', ...]),
    ('ocelli policy ex', ['explain']),
    ('ocelli tp ex', ['explain']),
    ('ocelli tracingpolicy check --out', ['--output']),
    ('ocelli getevents --recon', ['--reconnect', '--reconnect-wait']),
    ('ocelli events --recon', ['--reconnect', '--reconnect-wait']),
    ('ocelli getevents -o ', ['compact', 'json']),
    ('ocelli getevents --output c', ['compact']),
    ('ocelli getevents -e PROCESS_EXE', ['PROCESS_EXEC']),
    ('ocelli --timeout 3s -d policy check -o ', ['json', 'text']),
    ('ocelli probe con', ['config']),
    ('ocelli help pro', ['probe']),
    ('ocelli completion ', ['bash', 'fish', 'powershell', 'zsh']),
    ('ocelli version nothing', []),
    ('ocelli nothing ', []),
)


class Completion(Case):
    def script(self, shell, *args):
        ocelli = os.path.join(Agent.build, 'ocelli')
        output = subprocess.run([ocelli, 'completion', shell, *args], capture_output=True,
                                check=True, timeout=PATIENCE).stdout
        path = self.path('ocelli.' + shell)
        with open(path, 'wb') as f:
            f.write(output)
        return path

    def run_shell(self, *args, **more):
        ended = subprocess.run(args, capture_output=True, text=True, check=False,
                               timeout=PATIENCE, cwd=self.dir, **more)
        self.assertEqual((ended.returncode, ended.stderr), (0, ''), args)
        return ended.stdout

    def check_lines(self, complete):
        for line, wanted in LINES:
            with self.subTest(line):
                found = sorted(complete(line))
                if ... in wanted:
                    self.assertLessEqual({w for w in wanted if w is not ...}, set(found))
                else:
                    self.assertEqual(found, wanted)

    def test_bash(self):
        script = self.script('bash')
        self.run_shell('bash', '-n', script)

        def complete(line):
            *words, last = line.split(' ')
            words = ' '.join(f'"{w}"' for w in [*words, last])
            return self.run_shell(
                'bash', '--norc', '-c',
                f'. {script}; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); '
                '_ocelli; printf "%s\\n" "${COMPREPLY[@]}"').split()
        self.check_lines(complete)
        # As bash takes --output=c apart.
        output = self.run_shell('bash', '--norc', '-c', f'. {script}; COMP_CWORD=4; '
                                'COMP_WORDS=(ocelli getevents --output = c); '
                                '_ocelli; echo "${COMPREPLY[@]}"')
        self.assertEqual(output.split(), ['compact'])
        for name in 'a.yaml', 'b':
            with open(self.path(name), 'w', encoding='ascii'):
                pass
        self.assertLessEqual({'a.yaml', 'b'}, set(complete('ocelli policy check ')))

    @unittest.skipUnless(shutil.which('zsh'), 'there is no zsh')
    def test_zsh(self):
        for args in [], ['--no-descriptions']:
            script = self.script('zsh', *args)
            self.run_shell('zsh', '-n', script)
            self.run_shell('zsh', '-f', '-c',
                           f'autoload -U compinit && compinit -u -d {self.path("dump")} && '
                           f'. {script} && [[ $_comps[ocelli] == _ocelli ]]')

    @unittest.skipUnless(shutil.which('fish'), 'there is no fish')
    def test_fish(self):
        env = {**os.environ, 'HOME': self.dir, 'XDG_CONFIG_HOME': self.dir}
        for args in [], ['--no-descriptions']:
            script = self.script('fish', *args)
            self.run_shell('fish', '--no-execute', script, env=env)

            def complete(line, script=script):
                output = self.run_shell('fish', '--no-config', '-c',
                                        f"source {script}; complete -C '{line}'", env=env)
                return [word.split('\t')[0] for word in output.splitlines()]
            self.check_lines(complete)

    def powershell_table(self, script):
        """Its rows, {(kind, command): {name: the rest}}."""
        with open(script, encoding='utf-8') as f:
            text = f.read()
        self.assertNotIn('\r', text)
        table = text[text.index("@'\n") + 3:text.index("\n'@")].split('\n')
        found = {}
        for kind, command, name, *rest in (line.split('\t') for line in table):
            self.assertEqual(len(rest), {'word': 2, 'option': 4, 'operand': 1}[kind], name)
            found.setdefault((kind, command), {})[name] = rest
        return found

    def test_powershell_table(self):
        """What the script goes by, also where there is nobody to run it."""
        table = self.powershell_table(self.script('powershell'))
        self.assertEqual(set(table['word', 'completion']), {'bash', 'fish', 'powershell', 'zsh'})
        self.assertEqual(table['word', '']['policy'][0], 'tracingpolicy tp')
        self.assertEqual(table['word', '']['getevents'][0], 'events')
        self.assertEqual(table['option', 'getevents']['--output'][:3], ['-o', 'value', 'json compact'])
        self.assertEqual(table['option', '*']['--debug'][:2], ['-d', 'bool'])
        self.assertEqual(table['option', '*']['--tls-key-file'][1], 'file')
        self.assertEqual(table['operand', 'policy check'], {'file': ['']})
        self.assertEqual(table['operand', 'probe'], {'word': ['config']})
        self.assertIn('policy', table['operand', 'help']['word'][0].split())
        bare = self.powershell_table(self.script('powershell', '--no-descriptions'))
        self.assertEqual(set(bare), set(table))
        self.assertEqual({row[-1] for (kind, _), rows in bare.items() if kind != 'operand'
                          for row in rows.values()}, {''})

    def test_powershell_brackets(self):
        """Each bracket and quote of the script ends where it should."""
        with open(self.script('powershell'), encoding='utf-8') as f:
            text = f.read()
        code = text[:text.index("@'\n")] + text[text.index("\n'@") + 3:]
        code = re.sub(r"""'[^'\n]*'|"(?:`.|\$\([^()]*\)|[^"\n])*"|^ *#.*$""", '', code, flags=re.M)
        self.assertNotRegex(code, '[\'"]')
        waiting = []
        for c in code:
            if c in '([{':
                waiting.append({'(': ')', '[': ']', '{': '}'}[c])
            elif c in ')]}':
                self.assertEqual(waiting.pop(), c)
        self.assertEqual(waiting, [])

    @unittest.skipUnless(shutil.which('pwsh'), 'there is no pwsh')
    def test_powershell(self):
        for args in [], ['--no-descriptions']:
            script = self.script('powershell', *args)

            def complete(line, script=script):
                return self.run_shell(
                    'pwsh', '-NoProfile', '-Command', f". {script}; (TabExpansion2 '{line}' "
                    f'{len(line)}).CompletionMatches | ForEach-Object CompletionText').split()
            self.check_lines(complete)

    def test_no_arguments(self):
        ocelli = os.path.join(Agent.build, 'ocelli')
        ended = subprocess.run([ocelli, 'completion', 'bash', 'x'], capture_output=True,
                               check=False)
        self.assertEqual(ended.returncode, 2)


if __name__ == '__main__':
    unittest.main()
