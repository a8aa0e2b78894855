# SPDX-License-Identifier: Apache-2.0
import os
import tempfile
import unittest
from unittest import mock

import cache
from apt import Failed
from cache import NEWEST, newest_first

RELEASES = '''5.10.0-9-cloud-amd64 5.10.0-46-cloud-amd64 5.10.0-46-cloud-amd64-unsigned
5.10.0-47-cloud-amd64-dbg 6.1-cloud-amd64 6.1.0-0.deb11.52-cloud-amd64 6.1.0-9-cloud-amd64
6.1.0-56-cloud-amd64 6.1.0-57-cloud-arm64 6.1.0-58-amd64 6.1.0-59-rt-amd64
6.12.9+bpo-cloud-amd64 6.12.74+deb13+1-cloud-amd64 6.12.90+deb13-cloud-amd64
6.12.90+deb13.1-cloud-amd64 6.12.117+deb12-cloud-amd64 6.12.117+deb13-cloud-amd64
6.18.15+deb13-cloud-amd64 6.19~rc8-cloud-amd64 7.2.12+deb13-cloud-amd64
7.3.4+deb13-cloud-amd64 7.3.4+deb13-cloud-arm64 cloud-amd64'''.split()


class Newest(unittest.TestCase):
    def check(self, series, *expected, architecture='amd64'):
        found = newest_first(series, architecture, RELEASES)
        self.assertEqual(found[:len(expected)], list(expected))
        return found

    def test_of_a_series(self):
        self.check('5.10', '5.10.0-46-cloud-amd64', '5.10.0-9-cloud-amd64')
        self.check('6.12', '6.12.117+deb13-cloud-amd64', '6.12.117+deb12-cloud-amd64',
                   '6.12.90+deb13.1-cloud-amd64', '6.12.90+deb13-cloud-amd64')
        self.check('7', '7.3.4+deb13-cloud-amd64', '7.2.12+deb13-cloud-amd64')

    def test_of_all(self):
        self.check(NEWEST, '7.3.4+deb13-cloud-amd64')

    def test_a_backport_to_what_is_older_comes_after(self):
        self.check('6.1', '6.1.0-56-cloud-amd64', '6.1.0-9-cloud-amd64',
                   '6.1.0-0.deb11.52-cloud-amd64')

    def test_series_are_whole_numbers(self):
        self.assertNotIn('6.12.117+deb13-cloud-amd64', self.check('6.1'))

    def test_of_an_architecture(self):
        self.check('6.1', '6.1.0-57-cloud-arm64', architecture='arm64')

    def test_only_cloud_kernels(self):
        for release in self.check(NEWEST):
            self.assertTrue(release.endswith('-cloud-amd64'), release)
            self.assertNotIn('~rc', release)

    def test_none(self):
        self.assertEqual(self.check('4.19'), [])


class FakeApt:
    """What is served, and what depends on what."""

    def __init__(self, *packages, depends=()):
        self.packages = packages
        self._depends = depends

    def names(self, prefix):
        return {p for p in self.packages + ('linux-image-6.1.0-99-cloud-amd64',)
                if p.startswith(prefix)}

    def has(self, package):
        return package.removesuffix(':amd64') in self.packages

    def depends(self, package):
        return self._depends


class Served(unittest.TestCase):
    def served(self, series, *packages, depends=()):
        with tempfile.TemporaryDirectory() as directory:
            c = cache.Cache(directory)
            c.apt = FakeApt(*packages, depends=depends)
            return c._served(series, 'amd64')

    def test_only_spoken_of(self):
        self.assertEqual(self.served('6.1', 'linux-image-6.1.0-56-cloud-amd64'),
                         '6.1.0-56-cloud-amd64')

    def test_in_parts(self):
        release = '7.3.4+deb13-cloud-amd64'
        parts = [f'linux-{part}-{release}' for part in ('image', 'base', 'binary', 'modules')]
        depends = ['linux-initramfs-tool', *parts[1:]]
        self.assertEqual(self.served('7.3', *parts, depends=depends), release)
        # The configuration can be done without.
        self.assertEqual(self.served('7.3', parts[0], *parts[2:], depends=depends), release)
        with self.assertRaises(Failed):
            self.served('7.3', *parts[:3], depends=depends)

    def test_none(self):
        with self.assertRaises(Failed):
            self.served('4.19')


class Directory(unittest.TestCase):
    def test_whose(self):
        for environment, expected in (
                ({'HOME': '/h'}, '/h/.cache/ocelli-lab'),
                ({'HOME': '/h', 'XDG_CACHE_HOME': '/x'}, '/x/ocelli-lab'),
                ({'HOME': '/h', 'XDG_CACHE_HOME': '/x', 'OCELLI_VM_CACHE': '/v'}, '/v')):
            with mock.patch.dict(os.environ, environment, clear=True):
                self.assertEqual(cache.directory(), expected)


if __name__ == '__main__':
    unittest.main()
