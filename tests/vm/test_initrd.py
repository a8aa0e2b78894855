# SPDX-License-Identifier: Apache-2.0
import lzma
import os
import tempfile
import unittest

import initrd


def parse(data):
    """As init/initramfs.c does: {name: (mode, bytes)}."""
    files, position = {}, 0
    while True:
        magic, fields = data[position:position + 6], data[position + 6:position + 110]
        assert magic == b'070701' and position % 4 == 0, position
        values = [int(fields[i:i + 8], 16) for i in range(0, 104, 8)]
        mode, size, name_size = values[1], values[6], values[11]
        name = data[position + 110:position + 110 + name_size - 1].decode()
        position += (110 + name_size + 3) & ~3
        if name == 'TRAILER!!!':
            return files
        files[name] = mode, data[position:position + size]
        position += (size + 3) & ~3


class Archive(unittest.TestCase):
    def test_sizes(self):
        files = {'x' * n: (0o100644, b'y' * n) for n in range(1, 12)}
        self.assertEqual(parse(initrd.archive(files)), files)

    def test_of_a_guest(self):
        with tempfile.TemporaryDirectory() as directory:
            def write(name, data):
                path = os.path.join(directory, name)
                with open(path, 'wb') as f:
                    f.write(data)
                return path

            modules = [write('z.ko', b'Z'), write('a.ko.xz', lzma.compress(b'A'))]
            files = parse(initrd.of_guest(write('bb', b'B'), write('i', b'I'), modules,
                                          {'command': 'C'}))
        self.assertEqual(files['init'], (0o100755, b'I'))
        self.assertEqual(files['lab/busybox'], (0o100755, b'B'))
        self.assertEqual(files['lab/command'], (0o100644, b'C'))
        # In the order of loading, and as busybox can load them.
        self.assertEqual([(name, files[name][1]) for name in sorted(files) if '.ko' in name],
                         [('lab/modules/00-z.ko', b'Z'), ('lab/modules/01-a.ko', b'A')])
        names = list(files)
        for name in names:
            parent = os.path.dirname(name)
            self.assertTrue(not parent or names.index(parent) < names.index(name), name)


if __name__ == '__main__':
    unittest.main()
