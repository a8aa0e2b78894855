# SPDX-License-Identifier: Apache-2.0
"""A guest: boots a kernel in QEMU, without KVM, and runs a command in it as root."""

import contextlib
import json
import os
import selectors
import shlex
import signal
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field

import cache as caches
import initrd

# Loaded by init, in this order; a kernel has most of them built in.
MODULES = ('virtio_pci', 'virtio_blk', 'virtio_console', 'virtiofs', 'overlay', 'ext4')

# A warning shall be seen and the tests go on; after an oops nothing can be believed. Up to 6.1
# the clock would otherwise be the HPET, which is slow to read here.
ARGUMENTS = ('loglevel=6 printk.devkmsg=on panic=-1 oops=panic mitigations=off '
             'random.trust_cpu=on')


@dataclass(frozen=True)
class Architecture:
    qemu: str
    libraries: str
    linker: str
    options: tuple
    arguments: str


ARCHITECTURES = {
    'amd64': Architecture(
        'qemu-system-x86_64', 'x86_64-linux-gnu', 'ld-linux-x86-64.so.2',
        ('-machine', 'q35', '-cpu', 'max'), 'console=ttyS0 tsc=reliable clocksource=tsc'),
    # The architected algorithm of pointer authentication is slow to emulate.
    'arm64': Architecture(
        'qemu-system-aarch64', 'aarch64-linux-gnu', 'ld-linux-aarch64.so.1',
        ('-machine', 'virt,gic-version=3', '-cpu', 'max,pauth-impdef=on'), 'console=ttyAMA0'),
}


@dataclass
class Guest:
    """What to boot, and what to do in it."""

    kernel: caches.Kernel
    command: str
    log: str  # the kernel's, a file
    disk: str = None  # an image of ext4 ...
    disk_at: str = ''  # ... and where the guest has it
    arguments: str = ''
    sysctls: tuple = ()
    cgroup: str = 'v2'
    root: str = None  # the directory that it sees as /; else that of its architecture
    system: str = ''  # what boots it in there, and runs the command
    cpus: int = 2
    memory: int = 2048  # megabytes
    silence: float = 900  # seconds, after which it is taken for hung


@dataclass
class Ended:
    """status is the command's, or None: then trouble says why."""

    status: int = None
    trouble: str = ''
    seconds: float = 0
    errors: str = field(default='', repr=False)


# Of all guests, so that whoever is interrupted leaves none behind.
_running = set()
_ending = threading.Event()


def kill_all():
    """And lets no more begin."""
    _ending.set()
    for process in list(_running):
        process.kill()


@contextlib.contextmanager
def _process(args, log, **more):
    if _ending.is_set():
        raise RuntimeError('it is over')
    with open(log, 'ab') as f:
        # Not of our process group: Ctrl-C is ours to handle.
        process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=f, stderr=f,
                                   start_new_session=True, **more)
    _running.add(process)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        _running.discard(process)


def _program(cache, name):
    """The beginning of a command line for one of the programs in the cache."""
    tree = cache.qemu()
    host = ARCHITECTURES[caches.host_architecture()]
    libraries = os.path.join(tree, 'usr/lib', host.libraries)
    path = next(p for p in (os.path.join(tree, 'usr/bin', name),
                            os.path.join(tree, 'usr/libexec', name)) if os.path.exists(p))
    return [os.path.join(libraries, host.linker), '--library-path', libraries, '--argv0', name,
            path], {**os.environ, 'QEMU_MODULE_DIR': os.path.join(libraries, 'qemu')}


def _virtiofsd(cache, directory, stack):
    """Shares this machine's files, read-only."""
    args, env = _program(cache, 'virtiofsd')
    # Only it has the socket then: when it fails, QEMU does, too.
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.join(directory, 'host.sock'))
        listening.listen(1)
        # An overlay would answer EREMOTE for submounts that are announced.
        args += ['--fd', str(listening.fileno()), '--shared-dir', '/', '--no-announce-submounts',
                 '--readonly', '--xattr', '--cache', 'always', '--log-level', 'error',
                 '--sandbox', 'chroot' if os.geteuid() == 0 else 'none']
        stack.enter_context(_process(args, os.path.join(directory, 'errors'), env=env,
                                     pass_fds=[listening.fileno()]))


def _settings(guest, root):
    values = {'ROOT': root, 'MODULES': guest.kernel.modules, 'CGROUP': guest.cgroup,
              'DISK': guest.disk_at if guest.disk else '', 'SYSTEM': guest.system,
              'SYSCTLS': ' '.join(guest.sysctls)}
    return ''.join(f'{name}={shlex.quote(value)}\n' for name, value in values.items())


def _qemu(cache, guest, directory, ports):
    kernel = guest.kernel
    architecture = ARCHITECTURES[kernel.architecture]
    with open(os.path.join(directory, 'initrd'), 'wb') as f:
        f.write(initrd.of_guest(
            cache.busybox(kernel.architecture),
            os.path.join(os.path.dirname(os.path.abspath(__file__)), 'init'),
            kernel.module_files(MODULES),
            {'settings': _settings(guest, guest.root or cache.root(kernel.architecture)),
             'command': guest.command}))
    args, env = _program(cache, architecture.qemu)
    firmware = os.path.join(cache.qemu(), 'usr/share')
    args += ['-L', firmware + '/qemu', '-L', firmware + '/seabios',
             '-nodefaults', '-no-user-config', '-display', 'none', '-monitor', 'none',
             '-nic', 'none', '-no-reboot', '-accel', 'tcg,thread=multi', *architecture.options,
             '-smp', str(guest.cpus), '-m', f'{guest.memory}M',
             # virtiofsd reads and writes the guest's memory.
             '-object', f'memory-backend-memfd,id=memory,size={guest.memory}M,share=on',
             '-numa', 'node,memdev=memory',
             '-chardev', f'socket,id=host,path={directory}/host.sock',
             '-device', 'vhost-user-fs-pci,chardev=host,tag=host',
             '-kernel', kernel.image, '-initrd', f.name,
             '-append', f'{architecture.arguments} {ARGUMENTS} {guest.arguments}',
             '-serial', f'file:{guest.log}', '-device', 'virtio-serial-pci']
    for name, theirs in ports.items():
        args += ['-chardev', f'socket,id={name},fd={theirs.fileno()}',
                 '-device', f'virtserialport,chardev={name},name={name}']
    if guest.disk:
        args += ['-drive', f'file={guest.disk},if=none,id=disk,format=raw,cache=unsafe',
                 '-device', 'virtio-blk-pci,drive=disk']
    return args, env


class _Lines:
    """What comes from a port, line by line."""

    def __init__(self, ours, tell):
        self.ours = ours
        self.tell = tell
        self.rest = b''

    def read(self):
        """Returns whether there can be more."""
        try:
            data = self.ours.recv(1 << 16)
        except ConnectionResetError:
            data = b''
        *lines, self.rest = (self.rest + data).split(b'\n')
        for line in lines:
            self.tell(line.decode(errors='replace'))
        if not data and self.rest:
            self.tell(self.rest.decode(errors='replace'))
        return bool(data)


def run(cache, guest, on_output, on_report=lambda record: None):
    """Boots the guest and waits for the end of its command. on_output() is called with each line
    that the command writes, on_report() with each JSON object that it writes to descriptor 4."""
    ended = Ended()

    def report(line):
        try:
            record = json.loads(line)
        except ValueError:
            return  # the half of one, of a guest that died
        if 'status' in record:
            ended.status = record['status']
        else:
            on_report(record)

    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        # Not in the cache: the name of a socket must be short.
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix='ocelli-lab-'))
        open(guest.log, 'wb').close()
        reading, ports = [], {}
        for name, tell in (('output', on_output), ('report', report)):
            # Not standard input and output: QEMU would end with the former.
            ours, ports[name] = map(stack.enter_context, socket.socketpair())
            reading.append(_Lines(ours, tell))
        _virtiofsd(cache, directory, stack)
        args, env = _qemu(cache, guest, directory, ports)
        errors = os.path.join(directory, 'errors')
        qemu = stack.enter_context(_process(args, errors, env=env,
                                            pass_fds=[p.fileno() for p in ports.values()]))
        for theirs in ports.values():
            theirs.close()
        in_time = _read_all(reading, guest.silence)
        if in_time:
            with contextlib.suppress(subprocess.TimeoutExpired):
                qemu.wait(guest.silence)
        ended.seconds = time.monotonic() - started
        with open(errors, encoding='utf-8', errors='replace') as f:
            ended.errors = f.read()
        if ended.status is None:
            ended.trouble = 'died' if in_time else f'said nothing for {guest.silence:.0f} s'
            if qemu.poll() not in (None, 0) and qemu.poll() != -signal.SIGKILL:
                ended.trouble += f' (QEMU: {ended.errors.strip() or qemu.poll()})'
    return ended


def _read_all(reading, silence):
    """Returns whether all came to their ends, with never so many seconds between two words."""
    with selectors.DefaultSelector() as selector:
        for lines in reading:
            selector.register(lines.ours, selectors.EVENT_READ, lines)
        while selector.get_map():
            ready = selector.select(silence)
            if not ready:
                return False
            for key, _ in ready:
                if not key.data.read():
                    selector.unregister(key.data.ours)
    return True
