# SPDX-License-Identifier: Apache-2.0
"""An apt with a root of its own: it fetches packages, checked against Debian's keys, and installs
none."""

import os
import subprocess

import sources

KEYRINGS = ('/usr/share/keyrings/debian-archive-keyring.gpg',
            '/usr/share/keyrings/debian-archive-keyring.pgp')

# The small suites have all kernels; of the large ones the first has what a guest of another
# architecture is made of, and the last a QEMU that is new enough.
TREE_SUITE = 'bookworm'
QEMU_SUITE = 'trixie'
SUITES = (('security', 'bullseye-security'), ('security', 'bookworm-security'),
          ('security', 'trixie-security'), ('main', 'trixie-backports'),
          ('main', TREE_SUITE), ('main', QEMU_SUITE))

# What unpacking leaves out, and packages that only matter when something is installed.
UNWANTED = ('./usr/share/doc', './usr/share/man', './usr/share/locale', './usr/share/info')


class Failed(Exception):
    """Debian's archive, or the way there, does not give what is asked for."""


class Apt:
    """The first of the architectures is this machine's."""

    def __init__(self, directory, architectures):
        self.directory = directory
        self.architectures = architectures
        self.config = os.path.join(directory, 'apt.conf')
        self.fresh = False

    def _write(self):
        for name in ('state/lists/partial', 'cache/archives/partial', 'none'):
            os.makedirs(os.path.join(self.directory, name), exist_ok=True)
        keyring = next((k for k in KEYRINGS if os.path.exists(k)), None)
        if not keyring:
            raise Failed('Debian\'s keys are not here (install debian-archive-keyring)')
        main, security = sources.of_this_machine()
        with open(os.path.join(self.directory, 'sources.list'), 'w', encoding='utf-8') as f:
            for which, suite in SUITES:
                uri = security if which == 'security' else main
                only = f'arch={self.architectures[0]} ' if suite == QEMU_SUITE else ''
                f.write(f'deb [{only}signed-by={keyring}] {uri} {suite} main\n')
        with open(os.path.join(self.directory, 'status'), 'w', encoding='utf-8'):
            pass
        with open(self.config, 'w', encoding='utf-8') as f:
            f.write(self._settings())

    def _settings(self):
        d = self.directory
        return f'''Dir::State "{d}/state";
Dir::State::status "{d}/status";
Dir::Cache "{d}/cache";
Dir::Etc::sourcelist "{d}/sources.list";
Dir::Etc::sourceparts "{d}/none";
Dir::Etc::preferences "{d}/none/none";
Dir::Etc::preferencesparts "{d}/none";
// Images of containers switch these off: each question would then take seconds.
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Default-Release;
#clear APT::Architectures;
APT::Architectures {{ {' '.join(f'"{a}";' for a in self.architectures)} }};
APT::Install-Recommends "0";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
'''

    def _run(self, program, *args, **more):
        ended = subprocess.run([program, f'-c={self.config}', '-qq', *args], text=True,
                               capture_output=True, check=False, **more)
        if ended.returncode != 0:
            raise Failed(f'{program} {" ".join(args[:4])}: {ended.stderr.strip()}')
        return ended.stdout

    def update(self):
        """Once: what the lists name may be gone from the mirror by tomorrow."""
        if not self.fresh:
            self._write()
            self._run('apt-get', 'update')
            self.fresh = True

    def names(self, prefix):
        """Of all packages that begin so, of any architecture, there or only spoken of."""
        self.update()
        return {name.partition(':')[0]
                for name in self._run('apt-cache', 'pkgnames', prefix).split()}

    def has(self, package):
        self.update()
        return any(line.startswith('  Candidate: ') and not line.endswith('(none)')
                   for line in self._run('apt-cache', 'policy', package).splitlines())

    def depends(self, package):
        """Those that it names itself, there or not."""
        self.update()
        return [line.split()[1].strip('<>').partition(':')[0]
                for line in self._run('apt-cache', 'depends', package).splitlines()
                if line.startswith('  Depends: ')]

    def closure(self, packages, suite, architecture):
        """These and all that they depend on."""
        self.update()
        output = self._run('apt-get', '-o', f'APT::Architecture={architecture}', '-t', suite,
                           '-s', 'install', *packages)
        # Inst libc6 (2.36-9+deb12u13 Debian:12.15/oldstable [arm64])
        return [line.split()[1].partition(':')[0] + ('' if '[all])' in line else ':' + architecture)
                for line in output.splitlines() if line.startswith('Inst ')]

    def download(self, packages, directory, suite=None):
        """Into that directory; returns the files."""
        self.update()
        self._run('apt-get', *(('-t', suite) if suite else ()), 'download', *packages,
                  cwd=directory)
        return sorted(os.path.join(directory, name) for name in os.listdir(directory)
                      if name.endswith('.deb'))


def unpack(packages, directory):
    """Keeps the directory's own symbolic links, such as bin, which "dpkg -x" would replace."""
    for package in packages:
        with subprocess.Popen(['dpkg', '--fsys-tarfile', package],
                              stdout=subprocess.PIPE) as archive:
            subprocess.run(['tar', '-x', '-C', directory, '--keep-directory-symlink',
                            *('--exclude=' + name for name in UNWANTED)],
                           stdin=archive.stdout, check=True)
        if archive.returncode != 0:
            raise Failed(f'{package} cannot be unpacked')
