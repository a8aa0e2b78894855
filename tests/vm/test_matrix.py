# SPDX-License-Identifier: Apache-2.0
import glob
import os
import subprocess
import unittest

from cache import ARCHITECTURES, NEWEST
from matrix import ROWS, select

E2E = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'e2e')


class Table(unittest.TestCase):
    def test_names_are_unique(self):
        names = [row.name for row in ROWS]
        self.assertEqual(len(names), len(set(names)))

    def test_values(self):
        for row in ROWS:
            with self.subTest(row=row.name):
                self.assertRegex(row.kernel, rf'^(\d+(\.\d+)?|{NEWEST})$')
                self.assertIn(row.arch, ARCHITECTURES)
                self.assertIn(row.cgroup, ('v1', 'hybrid', 'v2'))
                self.assertRegex(row.variation, r'^[a-z0-9-]*$')
                self.assertIsInstance(row.sysctls, tuple)
                self.assertIsInstance(row.tests, tuple)
                for setting in row.sysctls:
                    self.assertRegex(setting, r'^[a-z_.]+=\S+$')

    def test_variations_differ_and_prove_it(self):
        for row in ROWS:
            plain = ('', (), 'v2', 2, 2048)
            differs = (row.arguments, row.sysctls, row.cgroup, row.cpus, row.memory) != plain
            self.assertEqual(differs, bool(row.variation), row.name)
            self.assertEqual(row.proof != 'true', bool(row.variation), row.name)

    def test_proofs_are_commands(self):
        for row in ROWS:
            subprocess.run(['sh', '-n', '-c', row.proof], check=True)

    def test_tests_exist(self):
        modules = {os.path.basename(p)[:-3] for p in glob.glob(os.path.join(E2E, 'test_*.py'))}
        for row in ROWS:
            self.assertLessEqual({t.partition('.')[0] for t in row.tests}, modules, row.name)


class Select(unittest.TestCase):
    def names(self, *args):
        return [row.name for row in select(*args)]

    def test_all(self):
        self.assertEqual(select(), list(ROWS))

    def test_kernel(self):
        self.assertEqual(self.names('6.1'), ['6.1 amd64'])
        self.assertEqual(self.names(NEWEST), ['newest amd64'])
        self.assertEqual(self.names('6.1', 'arm64'), ['6.1 arm64'])

    def test_kernel_that_is_in_no_row(self):
        self.assertEqual(self.names('6.17'), ['6.17 amd64'])

    def test_architecture(self):
        self.assertEqual(self.names(None, 'arm64'), ['6.1 arm64', '6.12 arm64'])

    def test_row(self):
        self.assertEqual(self.names(None, None, 'cgroup'),
                         ['5.10 amd64 cgroup-v1', '6.1 amd64 cgroup-hybrid'])
        self.assertEqual(self.names('6.1', None, 'cgroup'), ['6.1 amd64 cgroup-hybrid'])
        self.assertEqual(self.names(None, 'arm64', 'cgroup'), [])
        self.assertEqual(self.names(None, None, 'nonsense'), [])


if __name__ == '__main__':
    unittest.main()
