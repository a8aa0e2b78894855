# SPDX-License-Identifier: Apache-2.0
import os
import tempfile
import unittest

from sources import LAST_RESORT, Source, mirrors, of_this_machine, parse_deb822, parse_list

DEB822 = '''# A comment
Types: deb deb-src
# in between
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 debian-archive
'''
MIRROR = 'http://mirror.example/debian', 'http://mirror.example/debian-security'


class Lines(unittest.TestCase):
    def test_plain(self):
        self.assertEqual(parse_list('deb http://x/debian trixie main contrib # why\n'),
                         [Source('http://x/debian', ('trixie',), ('main', 'contrib'))])

    def test_options(self):
        self.assertEqual(
            parse_list('deb [ arch=amd64 signed-by=/k.gpg ]  http://x/debian\ttrixie   main'),
            [Source('http://x/debian', ('trixie',), ('main',), '/k.gpg')])

    def test_not_meant(self):
        self.assertEqual(parse_list('# deb http://x/debian trixie main\n\ndeb-src http://x a main\n'
                                    'deb\ndeb http://x\n'), [])


class Stanzas(unittest.TestCase):
    def test_several(self):
        first, second = parse_deb822(DEB822)
        self.assertEqual(first, Source(MIRROR[0], ('bookworm', 'bookworm-updates'),
                                       ('main', 'contrib'),
                                       '/usr/share/keyrings/debian-archive-keyring.gpg'))
        self.assertEqual(second.uri, MIRROR[1])
        self.assertIn('debian-archive', second.signed_by)

    def test_several_addresses(self):
        found = parse_deb822('Types: deb\nURIs: http://a/debian\n http://b/debian\nSuites: sid\n'
                             'Components: main\n')
        self.assertEqual([s.uri for s in found], ['http://a/debian', 'http://b/debian'])

    def test_not_meant(self):
        self.assertEqual(parse_deb822('Enabled: no\n' + DEB822.split('\n\n')[0]), [])
        self.assertEqual(parse_deb822('Types: deb-src\nURIs: http://x\nSuites: sid\n'), [])
        self.assertEqual(parse_deb822(''), [])


class Mirrors(unittest.TestCase):
    def test_both(self):
        self.assertEqual(mirrors(parse_deb822(DEB822)), MIRROR)

    def test_one_line_form(self):
        self.assertEqual(mirrors(parse_list(
            'deb http://mirror.example/debian bookworm main\n'
            'deb http://mirror.example/debian-security bookworm-security main\n')), MIRROR)

    def test_others_are_not_debian(self):
        """Neither those with a key of their own nor those with other suites."""
        others = parse_list('deb [signed-by=/etc/x.gpg] http://x/linux/debian bookworm main\n'
                            'deb http://y cloud-sdk-bookworm main\n'
                            'deb http://z bookworm stable\n')
        self.assertEqual(mirrors(others), LAST_RESORT)
        self.assertEqual(mirrors(others + parse_deb822(DEB822)), MIRROR)

    def test_debian_before_what_resembles_it(self):
        self.assertEqual(mirrors(parse_list('deb http://other.example/x bookworm main\n') +
                                 parse_deb822(DEB822)), MIRROR)

    def test_security_beside_it(self):
        self.assertEqual(mirrors(parse_list('deb http://mirror.example/debian/ sid main')),
                         ('http://mirror.example/debian/', MIRROR[1]))

    def test_none(self):
        self.assertEqual(mirrors([]), LAST_RESORT)
        self.assertEqual(mirrors(parse_list('deb cdrom:[Debian]/ bookworm main')), LAST_RESORT)

    def test_files(self):
        with tempfile.TemporaryDirectory() as directory:
            os.mkdir(directory + '/sources.list.d')
            self.assertEqual(of_this_machine(directory), LAST_RESORT)
            for name, text in (('sources.list', '# see sources.list.d\n'),
                               ('sources.list.d/debian.sources', DEB822),
                               ('sources.list.d/x.list.save', 'deb http://x/debian sid main')):
                with open(os.path.join(directory, name), 'w', encoding='utf-8') as f:
                    f.write(text)
            self.assertEqual(of_this_machine(directory), MIRROR)


if __name__ == '__main__':
    unittest.main()
