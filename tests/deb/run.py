#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the Debian package, twice; installs, runs, upgrades, removes and purges it in a fresh
Debian 12; and boots that with systemd, in QEMU. As root."""

import argparse
import contextlib
import glob
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, 'tests/vm'))

import cache as caches  # noqa: E402
import machine  # noqa: E402
import sources  # noqa: E402

SUITE = 'bookworm'
MACHINE_PACKAGES = 'systemd,systemd-sysv,procps'
POLICY = """apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata: {name: exits}
spec: {kprobes: [{call: sys_exit_group, syscall: true}]}
"""
UNIT = """[Unit]
Description=The test
After=multi-user.target
[Service]
ExecStart=/run/lab/busybox sh /run/lab/init system
StandardOutput=null
[Install]
WantedBy=graphical.target
"""


class Bad(Exception):
    """What is wrong."""


def say(what, started):
    print(f'ok   {what} ({time.monotonic() - started:.1f} s)', flush=True)


def run(args, **more):
    ended = subprocess.run(args, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           check=False, **more)
    if ended.returncode:
        raise Bad(f'{shlex.join(args)}: {ended.returncode}\n{ended.stdout}')
    return ended.stdout


def digest(path):
    with open(path, 'rb') as f:
        return hashlib.sha256(f.read()).hexdigest()


def make(output):
    """From the commit that is checked out, at two places; returns the package."""
    made = run([os.path.join(ROOT, 'tools/deb'), output]).split()[-1]
    with tempfile.TemporaryDirectory(prefix='ocelli-deb-') as other:
        copy = os.path.join(other, 'some', 'where')
        run(['git', 'clone', '--quiet', ROOT, copy])
        again = run([os.path.join(copy, 'tools/deb'), os.path.join(other, 'out')]).split()[-1]
        if digest(made) != digest(again):
            raise Bad(f'{made} is not what is made at another place (of changes that are not '
                      'committed?)')
    return made


def lint(deb):
    if not shutil.which('lintian'):
        return 'no lintian here'
    found = [line for line in run(['lintian', '--fail-on=none', deb]).splitlines()
             if re.match('[EW]: ', line)]
    if found:
        raise Bad('\n'.join(found))
    return 'lintian has nothing to say'


class Tree:
    """A Debian of its own. What is mounted in it is so only for the command that needs it, in a
    mount namespace of that command."""

    def __init__(self, path, deb):
        self.path = path
        depends = run(['dpkg-deb', '-f', deb, 'Depends', 'Recommends'])
        names = re.findall(r'(?:^|[:,]) *([a-z][a-z0-9.+-]+)', depends, re.MULTILINE)
        mirror = sources.of_this_machine()[0]
        run(['unshare', '--mount', 'debootstrap', '--variant=minbase',
             '--include=' + ','.join([MACHINE_PACKAGES, *names]), SUITE, path, mirror])

    def run(self, command):
        """In it, by its shell; with the machine's processes."""
        mounts = '; '.join(f'mount --rbind {name} "$0{name}"' for name in ('/proc', '/sys', '/dev'))
        return run(['unshare', '--mount', 'sh', '-ec',
                    f'{mounts}; exec chroot "$0" /bin/sh -ec "$1"', self.path, command],
                   env={'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'LANG': 'C.UTF-8',
                        'DEBIAN_FRONTEND': 'noninteractive'})

    def file(self, name):
        return os.path.join(self.path, name.lstrip('/'))

    def put(self, source, name):
        shutil.copy(source, self.file(name))

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.file(name)), exist_ok=True)
        with open(self.file(name), 'w', encoding='utf-8') as f:
            f.write(text)

    def read(self, name):
        with open(self.file(name), encoding='utf-8') as f:
            return f.read()

    def remove(self):
        with open('/proc/self/mountinfo', encoding='utf-8') as f:
            if any(line.split()[4].startswith(self.path) for line in f):
                raise Bad(f'something is mounted in {self.path}: it stays')
        run(['rm', '-rf', '--one-file-system', self.path])


def newer(deb, directory):
    """The same as the next version, with another text of the conffile."""
    tree = os.path.join(directory, 'newer')
    run(['dpkg-deb', '-R', deb, tree])
    control = os.path.join(tree, 'DEBIAN/control')
    with open(control, encoding='utf-8') as f:
        text = f.read()
    with open(control, 'w', encoding='utf-8') as f:
        f.write(re.sub(r'^Version: .*', r'\g<0>+next', text, flags=re.MULTILINE))
    with open(os.path.join(tree, 'etc/ocelli/ocelli.yaml'), 'a', encoding='utf-8') as f:
        f.write('# The next version.\n')
    path = os.path.join(directory, 'newer.deb')
    run(['dpkg-deb', '-b', tree, path])
    return path


def check(value, what):
    if not value:
        raise Bad(what)


def install(tree, deb):
    tree.put(deb, '/tmp/this.deb')
    tree.run('dpkg -i /tmp/this.deb')
    # Whoever asks twice gets the same.
    tree.run('dpkg -i /tmp/this.deb; dpkg-reconfigure ocelli; /var/lib/dpkg/info/ocelli.postinst '
             'configure 0.0')
    check(os.path.islink(tree.file('/etc/systemd/system/multi-user.target.wants/ocellid.service')),
          'the unit is not enabled')
    tree.run('ocelli version; man -w ocellid 2>/dev/null || test -e '
             '/usr/share/man/man8/ocellid.8.gz; systemd-analyze verify --man=no ocellid.service')
    tree.run('test -s /usr/share/bash-completion/completions/ocelli; '
             'test -s /usr/share/zsh/vendor-completions/_ocelli; '
             'test -s /usr/share/fish/vendor_completions.d/ocelli.fish')
    check('LICENSES' not in tree.run('ls /usr/share/doc/ocelli'), 'licences are there twice')


def start(tree):
    """The agent of the package, by its own libraries; the binary says what it needs."""
    out = tree.run('mkdir -p /var/log/ocelli; cp /bin/true /tmp/marker; '
                   'timeout -s TERM 20 ocellid --run-dir /tmp/run --metrics-server=127.0.0.1:0 '
                   '2>/tmp/log & agent=$!; '
                   'until grep -q " watches " /tmp/log; do kill -0 $agent; sleep 0.1; done; '
                   '/tmp/marker; n=0; until grep -q marker /var/log/ocelli/events.log; do '
                   'n=$((n+1)); test $n -lt 100; sleep 0.1; done; kill $agent; wait $agent; '
                   'cat /tmp/log')
    check('balanced=true' in out and 'serving http' in out, out)
    check('level=warn' not in out and 'level=error' not in out, out)


def change(tree, deb, next_deb):
    tree.put(next_deb, '/tmp/next.deb')
    # A conffile that was not changed follows, one that was stays, and so it does when removed.
    tree.run('dpkg -i /tmp/next.deb')
    check('The next version' in tree.read('/etc/ocelli/ocelli.yaml'), 'the conffile is old')
    tree.run('dpkg -i /tmp/this.deb 2>&1')
    tree.write('/etc/ocelli/ocelli.yaml', 'export-rate-limit: 100\n')
    tree.run('dpkg --force-confold -i /tmp/next.deb')
    check(tree.read('/etc/ocelli/ocelli.yaml') == 'export-rate-limit: 100\n', 'it was overwritten')
    # One that has no configuration left, and one whose scripts find nothing.
    tree.run('rm -r /etc/ocelli /var/log/ocelli; dpkg --force-confold -i /tmp/this.deb')
    tree.run('dpkg --remove ocelli; test ! -e /usr/sbin/ocellid; test -e /var/lib/dpkg/info/'
             'ocelli.list')


def purge(tree):
    tree.write('/var/log/ocelli/events.log', 'x\n')
    tree.write('/var/lib/ocelli/state', 'x\n')
    tree.run('dpkg --purge ocelli; /bin/true')
    left = tree.run('find / -xdev -name "*ocelli*" -not -path "/proc/*" -not -path "/sys/*" '
                    '-not -path "/tmp/*" -not -path "/dev/*" -not -path "/var/log/*.log"')
    check(not left.strip(), f'left behind: {left}')


def boot(tree, deb, log):
    tree.run('dpkg -i /tmp/this.deb; rm -rf /tmp/*')
    tree.write('/etc/ocelli/ocelli.tp.d/exits.yaml', POLICY)
    tree.write('/etc/systemd/system/lab.service', UNIT)
    tree.run('systemctl enable lab.service; systemctl set-default graphical.target; '
             'systemctl mask systemd-networkd-wait-online getty.target apt-daily.timer')
    with open(os.path.join(HERE, 'guest.sh'), encoding='utf-8') as f:
        script = f.read()
    cache = caches.Cache(say=lambda _: None)
    kernel = cache.kernel('6.1', caches.host_architecture())
    lines = []
    ended = machine.run(cache, machine.Guest(kernel, script, log, root=tree.path,
                                             system='/lib/systemd/systemd', silence=300),
                        lines.append)
    if ended.status != 0 or lines[-1:] != ['ok']:
        raise Bad(f'status {ended.status} {ended.trouble}, see {log}:\n' + '\n'.join(lines))
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--output', required=True, metavar='DIR', help='where the package goes')
    parser.add_argument('--package', metavar='DEB', help='take this one, make none')
    parser.add_argument('--no-guest', action='store_true', help='without systemd in QEMU')
    args = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit('only root can do that')
    for tool in ('debootstrap', 'wget'):
        if not shutil.which(tool):
            sys.exit(f'there is no {tool}: it is in Debian\'s package of that name')
    output = os.path.abspath(args.output)
    started = time.monotonic()
    deb = args.package or make(output)
    if not args.package:
        say(f'{os.path.basename(deb)}, {os.path.getsize(deb)} bytes, the same at two places',
            started)
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix='ocelli-deb-'))
        begun = time.monotonic()
        say(lint(deb), begun)
        begun = time.monotonic()
        tree = Tree(os.path.join(directory, 'tree'), deb)
        stack.callback(tree.remove)
        say('a fresh Debian 12', begun)
        next_deb = newer(deb, directory)
        for what, step in (('installed', lambda: install(tree, deb)),
                           ('runs', lambda: start(tree)),
                           ('upgraded, downgraded, removed', lambda: change(tree, deb, next_deb)),
                           ('purged', lambda: purge(tree))):
            begun = time.monotonic()
            step()
            say(what, begun)
        if not args.no_guest:
            begun = time.monotonic()
            lines = boot(tree, deb, os.path.join(output, 'guest.log'))
            say('as a service of systemd: ' + '; '.join(lines), begun)
    print(f'passed in {time.monotonic() - started:.0f} s')


if __name__ == '__main__':
    try:
        main()
    except Bad as e:
        sys.exit(f'FAIL {e}')
