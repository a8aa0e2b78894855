# SPDX-License-Identifier: Apache-2.0
"""ocelli explain: what can be in a policy."""

import json
import os
import subprocess
import unittest

from agent import PATIENCE, Agent
from case import Case

try:
    import yaml
except ImportError:
    yaml = None


class Schema(Case):
    def explain(self, *args, status=0):
        ended = subprocess.run([os.path.join(Agent.build, 'ocelli'), 'explain', *args],
                               capture_output=True, text=True, check=False, timeout=PATIENCE)
        self.assertEqual(ended.returncode, status, ended.stderr)
        return ended.stdout if status == 0 else ended.stderr

    def schema(self, path):
        return json.loads(self.explain(path, '-o', 'json'))

    def test_text(self):
        self.assertEqual(self.explain('tgtp.spec.kprobes.selectors.matchUsers', '--example'),
                         """KIND:     TracingPolicy
VERSION:  v1alpha1

FIELD:    matchUsers <[]object>

DESCRIPTION:
     Whose ids the thread has that makes the call.

OCELLI:   beyond Tetragon's schema, which refuses it

EXAMPLE:
     spec:
       kprobes:
       - call: sys_openat
         syscall: true
         args:
         - {index: 1, type: string}
         selectors:
         - matchUsers:
           - {type: Real, operator: NotIn, values: ["0"]}

FIELDS:
   operator\t<string> -required-
     What is to be true.

   type\t<string>
     Which of the ids.

   values\t<[]string> -required-
     Numbers and ranges, such as 1000:1999.

""")

    def test_recursive(self):
        text = self.explain('tgtp.spec', '-R')
        for line in ('   kprobes\t<[]object>', '     selectors\t<[]object>',
                     '       matchUsers\t<[]object> -ocelli-', '         operator\t<string> -required-'):
            self.assertIn(f'\n{line}\n', text)
        self.assertNotIn('         operator', self.explain('tgtp.spec'))

    def test_list(self):
        self.assertEqual([line.split() for line in self.explain('--list').splitlines()],
                         [['NAME', 'SHORTNAMES', 'APIVERSION'],
                          ['TracingPolicy', 'tgtp', 'cilium.io/v1alpha1'],
                          ['TracingPolicyNamespaced', 'tgtpn', 'cilium.io/v1alpha1'],
                          ['PodInfo', 'tgpi', 'cilium.io/v1alpha1']])

    def test_json(self):
        found = self.schema('tgtp[spec][kprobes]')
        self.assertEqual((found['type'], found['items']['required']), ('array', ['call']))
        fields = found['items']['properties']
        self.assertEqual(fields['syscall']['default'], True)
        self.assertEqual(fields['tags']['maxItems'], 16)
        self.assertEqual(fields['args']['items']['properties']['index'] | {'description': ''},
                         {'type': 'integer', 'format': 'int32', 'minimum': 0, 'description': ''})
        selector = fields['selectors']['items']['properties']
        self.assertTrue(selector['matchUsers']['x-ocelli-extension'])
        self.assertNotIn('x-ocelli-extension', selector['matchPIDs'])
        self.assertIn('sys_', json.dumps(fields['call']))
        self.assertEqual(self.schema('tgtp.metadata.labels')['additionalProperties'],
                         {'type': 'string'})
        self.assertIn('self.returnArg', found['items']['x-kubernetes-validations'][0]['rule'])

    @unittest.skipUnless(yaml, 'there is no yaml for Python')
    def test_yaml_is_the_same(self):
        for path in ('tgtp', 'tgpi', 'tgtp.spec.kprobes.call', 'tgtp.spec.selectorsMacros.x'):
            self.assertEqual(yaml.safe_load(self.explain(path, '-o', 'yaml')), self.schema(path))

    def test_mistakes(self):
        self.assertIn('did you mean "kprobes"?', self.explain('tgtp.spec.kprobe', status=1))
        self.assertIn('TracingPolicy (tgtp)', self.explain('nothing', status=1))
        self.assertIn('v1alpha1', self.explain('tgtp', '--api-version=v2', status=1))
        self.explain('tgtp', '--api-version=v1alpha1')
        self.explain(status=2)
        self.explain('tgtp', 'tgtpn', status=2)
        self.explain('--list', 'tgtp', status=2)
