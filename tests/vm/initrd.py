# SPDX-License-Identifier: Apache-2.0
"""The initial RAM disk of a guest: a few files in a cpio archive, in memory."""

import lzma
import os
import stat


def archive(files):
    """The "newc" form (Documentation/driver-api/early-userspace/buffer-format.rst) of
    {path: (mode, bytes)}, all of root's; directories have to come before what is in them."""
    parts = []
    for number, (path, (mode, data)) in enumerate([*files.items(), ('TRAILER!!!', (0, b''))], 1):
        name = path.encode() + b'\0'
        header = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
        parts.append(_padded(b'070701' + b''.join(b'%08x' % v for v in header) + name))
        parts.append(_padded(data))
    return b''.join(parts)


def _padded(data):
    return data + b'\0' * (-len(data) % 4)


def of_guest(busybox, init, modules, texts):
    """With all but init in /lab: the modules numbered in the order of loading, and texts by their
    names."""
    directory, file, program = stat.S_IFDIR | 0o755, stat.S_IFREG | 0o644, stat.S_IFREG | 0o755
    files = {'init': (program, _read(init)), 'lab': (directory, b''),
             'lab/busybox': (program, _read(busybox)), 'lab/modules': (directory, b'')}
    for number, path in enumerate(modules):
        name = os.path.basename(path).removesuffix('.xz')
        files[f'lab/modules/{number:02}-{name}'] = file, _read(path)
    for name, text in texts.items():
        files['lab/' + name] = file, text.encode()
    return archive(files)


def _read(path):
    # The insmod of busybox takes no compressed modules.
    with lzma.open(path) if path.endswith('.xz') else open(path, 'rb') as f:
        return f.read()
