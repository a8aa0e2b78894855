# SPDX-License-Identifier: Apache-2.0
"""What is fetched once and kept: kernels, QEMU, and what a guest is made of."""

import contextlib
import fcntl
import functools
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass

from apt import QEMU_SUITE, TREE_SUITE, Apt, Failed, unpack

ARCHITECTURES = 'amd64', 'arm64'
NEWEST = 'newest'

# Up to 6.18 all is in the first; after that the image is apart from its modules.
KERNEL_PACKAGES = 'linux-image', 'linux-base', 'linux-binary', 'linux-modules'

# What QEMU would only need to be installed.
QEMU_NEEDLESS = re.compile(r'(dpkg|tar|perl.*|debconf|passwd|base-.*|login.*|adduser|coreutils|'
                           r'ipxe-qemu|.*-base|.*-data-i386)(:|$)')

# A guest of another architecture than the host's: what the tests run and what ours links with.
TREE_PACKAGES = '''base-files bash coreutils dash findutils grep gzip iproute2 kmod libbpf1
libc-bin libcap2-bin libelf1 libjansson4 libnghttp2-14 libpcre2-8-0 libprotobuf-c1 libssl3 libuv1
libyaml-0-2 mawk mount openssl procps python3 python3-grpcio python3-protobuf sed util-linux
util-linux-extra zlib1g'''.split()
TREE_NEEDLESS = re.compile(r'(usrmerge|perl.*|libperl.*|lib(number|text|file)-.*perl|libdb5\.3|'
                           r'libgdbm.*|debconf|dpkg|tar|init-system-helpers|gcc-.*-base|'
                           r'media-types|tzdata)(:|$)')

# Not all that these depend on is wanted: libnsl-dev and its like for libc6-dev.
SYSROOT_PACKAGES = '''libbpf-dev libbpf1 libc6 libc6-dev libcmocka-dev libcmocka0
libcurl4-openssl-dev libelf-dev libelf1 libgcc-12-dev libgcc-s1 libjansson-dev libjansson4
liblzma-dev libmicrohttpd-dev libnghttp2-14 libnghttp2-dev libpcre2-8-0 libpcre2-dev libprotobuf-c-dev
libprotobuf-c1 libssl-dev libssl3 libuv1 libuv1-dev libyaml-0-2 libyaml-dev linux-libc-dev
zlib1g zlib1g-dev'''.split()

# Some of what administrators run is not in the PATH of others.
ADMIN = {**os.environ, 'PATH': os.environ.get('PATH', '') + ':/usr/sbin:/sbin'}


def directory():
    given = os.environ.get('OCELLI_VM_CACHE')
    user = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    return os.path.abspath(given or os.path.join(user, 'ocelli-lab'))


@functools.cache
def host_architecture():
    return subprocess.run(['dpkg', '--print-architecture'], text=True, capture_output=True,
                          check=True).stdout.strip()


RELEASE = re.compile(r'(\d+\.\d+\.\d+(?:[-+][0-9a-z.+]+?)?)-cloud-(amd64|arm64)')


def version_of(release):
    """To compare releases by; None of what is no release of an ordinary kernel."""
    match = RELEASE.fullmatch(release)
    return tuple(map(int, re.findall(r'\d+', match[1]))) if match else None


def newest_first(series, architecture, releases):
    """The releases of that series ("6.1", "7", or the newest of all), the newest first."""
    found = []
    for release in releases:
        version = version_of(release)
        if not version or not release.endswith('-' + architecture):
            continue
        wanted = () if series == NEWEST else tuple(map(int, series.split('.')))
        if version[:len(wanted)] == wanted:
            found.append((version, release))
    return [release for _, release in sorted(found, reverse=True)]


@dataclass(frozen=True)
class Kernel:
    release: str
    architecture: str
    directory: str

    @property
    def image(self):
        return os.path.join(self.directory, 'vmlinuz')

    @property
    def modules(self):
        return os.path.join(self.directory, 'lib/modules', self.release)

    def module_files(self, names):
        """In the order of loading, without what is built in or unknown to this kernel."""
        files = []
        for name in names:
            ended = subprocess.run(
                ['modprobe', '-d', self.directory, '-S', self.release, '--show-depends', name],
                text=True, capture_output=True, check=False, env=ADMIN)
            files += [line.split()[1] for line in ended.stdout.splitlines()
                      if line.startswith('insmod ') and line.split()[1] not in files]
        return files


class Cache:
    """Every part is there or is not: it is made beside its place and then moved there."""

    def __init__(self, path=None, say=print):
        self.path = path or directory()
        self.say = say
        os.makedirs(self.path, exist_ok=True)
        self.apt = Apt(os.path.join(self.path, 'apt'),
                       sorted(ARCHITECTURES, key=lambda a: a != host_architecture()))

    @contextlib.contextmanager
    def _locked(self):
        with open(os.path.join(self.path, 'lock'), 'w', encoding='utf-8') as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            yield

    def _part(self, name, make, packages=()):
        """The directory of that name; make(debs, tree) fills one that is not there yet, or that
        was made of other packages."""
        path = os.path.join(self.path, name)
        made_of = ' '.join(packages)
        if not os.path.isdir(path) or _read(path + '.packages') != made_of:
            self.say(f'fetching {name}')
            with tempfile.TemporaryDirectory(prefix='new-', dir=self.path) as new:
                debs, tree = os.path.join(new, 'debs'), os.path.join(new, 'tree')
                os.mkdir(debs)
                os.mkdir(tree)
                make(debs, tree)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                if os.path.isdir(path):
                    os.rename(path, os.path.join(new, 'old'))
                os.rename(tree, path)
            if packages:
                with open(path + '.packages', 'w', encoding='ascii') as f:
                    f.write(made_of)
        return path

    def kernel(self, series, architecture, update=False):
        """The newest of that series, by what Debian served when it was first asked for, or is
        asked again to update."""
        with self._locked():
            link = os.path.join(self.path, f'series/{series}-{architecture}')
            if update or not os.path.isdir(link):
                release = self._served(series, architecture)
                self._part('kernels/' + release,
                           functools.partial(self._make_kernel, release, architecture))
                _link('../kernels/' + release, link)
            release = os.path.basename(os.readlink(link))
        return Kernel(release, architecture, os.path.join(self.path, 'kernels', release))

    def _served(self, series, architecture):
        names = self.apt.names('linux-image-')
        releases = [name.removeprefix('linux-image-') for name in names]
        for release in newest_first(series, architecture, releases):
            if self._is_whole(release, architecture):
                return release
        raise Failed(f'Debian serves no cloud kernel {series} for {architecture}, or not all of it')

    def _is_whole(self, release, architecture):
        """Some are only spoken of, and of older backports a part is left."""
        image = f'linux-image-{release}:{architecture}'
        if not self.apt.has(image):
            return False
        # linux-base has but the configuration.
        parts = [name for name in self.apt.depends(image)
                 if name.endswith(release) and not name.startswith('linux-base-')]
        return all(self.apt.has(f'{name}:{architecture}') for name in parts)

    def _make_kernel(self, release, architecture, debs, tree):
        packages = [f'{name}-{release}:{architecture}' for name in KERNEL_PACKAGES]
        for package in self.apt.download([p for p in packages if self.apt.has(p)], debs):
            subprocess.run(['dpkg', '-x', package, tree], check=True)
        if not os.path.isdir(os.path.join(tree, 'lib')):
            os.symlink('usr/lib', os.path.join(tree, 'lib'))
        for name in ('vmlinuz', 'config'):
            for place in (f'boot/{name}-{release}', f'lib/modules/{release}/{name}'):
                if os.path.exists(os.path.join(tree, place)):
                    os.symlink(place, os.path.join(tree, name))
        subprocess.run(['depmod', '-b', tree, release], check=True, env=ADMIN)

    def qemu(self):
        """QEMU and virtiofsd with all of their libraries, down to the dynamic linker."""
        with self._locked():
            return self._part('qemu', self._make_qemu)

    def _make_qemu(self, debs, tree):
        _make_merged(tree)
        host = host_architecture()
        names = self.apt.closure(['qemu-system-x86', 'qemu-system-arm', 'virtiofsd'], QEMU_SUITE,
                                 host)
        unpack(self.apt.download([n for n in names if not QEMU_NEEDLESS.match(n)], debs,
                                 QEMU_SUITE), tree)

    def busybox(self, architecture):
        with self._locked():
            path = self._part(f'busybox-{architecture}',
                              functools.partial(self._make_busybox, architecture))
        return os.path.join(path, 'bin/busybox')

    def _make_busybox(self, architecture, debs, tree):
        unpack(self.apt.download([f'busybox-static:{architecture}'], debs, TREE_SUITE), tree)

    def root(self, architecture):
        """What a guest sees as /: the host's, or a Debian tree, unpacked and not configured."""
        if architecture == host_architecture():
            return '/'
        with self._locked():
            return self._part(f'root-{architecture}',
                              functools.partial(self._make_root, architecture),
                              TREE_PACKAGES)

    def _make_root(self, architecture, debs, tree):
        _make_merged(tree)
        names = self.apt.closure(TREE_PACKAGES, TREE_SUITE, architecture)
        unpack(self.apt.download([n for n in names if not TREE_NEEDLESS.match(n)], debs,
                                 TREE_SUITE), tree)
        # What configuring would have made.
        for path, text in (
                ('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\n'
                               'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n'),
                ('etc/group', 'root:x:0:\nnogroup:x:65534:\n')):
            with open(os.path.join(tree, path), 'w', encoding='utf-8') as f:
                f.write(text)
        for link, target in (('bin/sh', 'dash'), ('bin/awk', 'mawk')):
            if not os.path.lexists(os.path.join(tree, link)):
                os.symlink(target, os.path.join(tree, link))

    def sysroot(self, architecture):
        """The headers and libraries that the programs are built with: for tools/cross."""
        with self._locked():
            return self._part(f'sysroot-{architecture}',
                              functools.partial(self._make_sysroot, architecture),
                              SYSROOT_PACKAGES)

    def _make_sysroot(self, architecture, debs, tree):
        _make_merged(tree)
        packages = [f'{name}:{architecture}' for name in SYSROOT_PACKAGES]
        unpack(self.apt.download(packages, debs, TREE_SUITE), tree)


def _read(path):
    """'' if there is none."""
    with contextlib.suppress(FileNotFoundError), open(path, encoding='ascii') as f:
        return f.read()
    return ''


def _link(target, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    os.symlink(target, path)


def _make_merged(tree):
    for name in ('bin', 'sbin', 'lib', 'lib64'):
        os.makedirs(os.path.join(tree, 'usr', name))
        os.symlink('usr/' + name, os.path.join(tree, name))


