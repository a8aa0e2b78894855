#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make.py OUTPUT STAMP: makes the ELF files whose functions are looked for
(test_elf_functions.c), and then an empty one to say so."""

import lzma
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
GO = {  # name: (FORMAT, TEXT, C, its section, how it is linked)
    'go2': (2, 1, 0, '.gopclntab', '-no-pie'),
    'go16': (16, 1, 0, '.gopclntab', '-no-pie'),
    'go18': (18, 1, 0, '.gopclntab', '-no-pie'),
    'go20': (20, 1, 0, '.gopclntab', '-no-pie'),
    # The dynamic loader writes where the code is.
    'go20-pie': (20, 1, 1, '.data.rel.ro.gopclntab', '-pie'),
    # It is nowhere; what the program begins with tells.
    'go-unsaid': (20, 0, 0, '.gopclntab', '-no-pie'),
    # It is nowhere, and the code does not begin where Go's does.
    'go-unknown': (20, 0, 1, '.gopclntab', '-no-pie'),
}


def main(output, stamp):
    def path(name):
        return os.path.join(output, name)

    def run(*words):
        subprocess.run(words, check=True, cwd=HERE)

    def link(name, *words):
        run('gcc', '-nostdlib', '-Wl,--build-id=none', '-Wl,-z,noexecstack', '-o',
            path(name + '.elf'), *words)

    os.makedirs(output, exist_ok=True)
    link('pie', '-pie', 'names.S', 'more.S')
    link('no-pie', '-no-pie', 'names.S', 'more.S')
    link('static', '-static', 'names.S', 'more.S')
    link('static-pie', '-static-pie', 'names.S', 'more.S')
    link('shared', '-shared', '-Wl,--version-script=versions.map', 'names.S', 'more.S',
         'versions.S')
    run('strip', '-o', path('stripped.elf'), path('shared.elf'))
    run('strip', '-o', path('bare.elf'), path('static.elf'))

    # As Fedora does it, but that all symbols are kept.
    run('objcopy', '--only-keep-debug', path('shared.elf'), path('packed'))
    with open(path('packed'), 'rb') as names, lzma.open(path('packed.xz'), 'wb') as packed:
        packed.write(names.read())
    run('objcopy', '--add-section', '.gnu_debugdata=' + path('packed.xz'), path('stripped.elf'),
        path('packed.elf'))
    with open(path('packed.xz'), 'r+b') as packed:
        packed.seek(100)
        packed.write(b'what xz would not')
    run('objcopy', '--add-section', '.gnu_debugdata=' + path('packed.xz'), path('stripped.elf'),
        path('broken.elf'))

    for name, (form, text, other, section, how) in GO.items():
        link(name, how, '-Wl,-s', '-Wl,-e,' + ('_start' if other else '_rt0_amd64_linux'),
             f'-Wa,--defsym,FORMAT={form},--defsym,TEXT={text},--defsym,C={other}',
             '-DSECTION=' + section, 'go.S')

    with open(stamp, 'w', encoding='ascii'):
        pass


if __name__ == '__main__':
    main(*sys.argv[1:])
