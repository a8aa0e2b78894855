# SPDX-License-Identifier: Apache-2.0
"""Where a process runs, and what: as it was invoked, and as it is."""

import errno
import os
import shutil
import unittest

from case import SharedCase, flags_of, needs, trigger_path, without_feature

NAME_MAX = 255
# src/abi/record.h: PATH_KEPT_MAX. What is kept ends with the name that passes it.
PATH_KEPT = 4096


class Cwd(SharedCase):
    def cwd_of(self, *steps, cwd=None):
        """Executes a leaf after these steps; returns its process and the truth."""
        held, event = self.hold(trigger_path('setup'), *steps, '--', trigger_path('hold'),
                                cwd=cwd or self.dir)
        truth = held.link('cwd')
        held.release()
        return event.process, truth

    def test_plain(self):
        process, truth = self.cwd_of()
        self.assertEqual(process['cwd'], self.dir)
        self.assertEqual(process['cwd'], truth)
        self.assertNotIn('cwd_state', process)
        self.assertEqual(flags_of(process), 'execve')

    def test_root(self):
        process, _ = self.cwd_of(cwd='/')
        self.assertEqual(process['cwd'], '/')
        self.assertEqual(flags_of(process), 'execve rootcwd')

    def test_odd_names(self):
        for name in (b'a b', b'new\nline', b'\x1b[31m', b'\xff\xfe', 'ä'.encode(), b'...',
                     b' (deleted)', b'x' * NAME_MAX):
            with self.subTest(name=name):
                path = os.path.join(self.dir.encode(), name)
                os.mkdir(path)
                process, _ = self.cwd_of(cwd=path)
                self.assertEqual(process['cwd'].replace('\ufffd', ''),
                                 path.decode(errors='ignore'))
                self.assertEqual('\ufffd' in process['cwd'], name == b'\xff\xfe')
                self.assertNotIn('cwd_state', process)

    def test_through_a_symbolic_link(self):
        os.mkdir(self.path('real'))
        os.symlink('real', self.path('link'))
        process, _ = self.cwd_of(f'chdir={self.path("link")}')
        self.assertEqual(process['cwd'], self.path('real'))

    def test_removed(self):
        os.mkdir(self.path('gone'))
        process, truth = self.cwd_of(f'rmdir={self.path("gone")}', cwd=self.path('gone'))
        self.assertEqual(truth, self.path('gone') + ' (deleted)')
        self.assertEqual(process['cwd'], self.path('gone'))
        self.assertEqual(process['cwd_state'], 'deleted')

    def test_bind_mount(self):
        for name in ('from', 'to', 'from/below'):
            os.mkdir(self.path(name))
        process, _ = self.cwd_of('private-mounts', f'bind={self.path("from")}:{self.path("to")}',
                                 f'chdir={self.path("to/below")}')
        self.assertEqual(process['cwd'], self.path('to/below'))

    def test_mount_on_a_mount(self):
        process, _ = self.cwd_of('private-mounts', f'tmpfs={self.dir}', f'tmpfs={self.dir}',
                                 f'chdir={self.dir}', 'deeper=3,3')
        self.assertEqual(process['cwd'], self.dir + '/ddd/ddd/ddd')

    def test_top_of_a_mount(self):
        process, _ = self.cwd_of('private-mounts', f'tmpfs={self.dir}', f'chdir={self.dir}')
        self.assertEqual(process['cwd'], self.dir)
        self.assertNotIn('cwd_state', process)

    def test_unmounted(self):
        """A lazily unmounted tree is nowhere."""
        os.mkdir(self.path('m'))
        process, truth = self.cwd_of('private-mounts', f'tmpfs={self.path("m")}',
                                     f'chdir={self.path("m")}', 'deeper=2,3',
                                     f'umount={self.path("m")}')
        self.assertEqual(process['cwd_state'], 'unreachable')
        self.assertEqual(process['cwd'], '/ddd/ddd')

    def chroot_with(self, *names):
        root = self.path('root')
        for name in ('', *names):
            os.makedirs(os.path.join(root, name), exist_ok=True)
        shutil.copy(trigger_path('hold'), os.path.join(root, 'hold'))
        return root

    def test_chroot(self):
        root = self.chroot_with('a/b')
        held, event = self.hold(trigger_path('setup'), f'chroot={root}', 'chdir=/a/b', '--',
                                '/hold')
        held.release()
        # As the process sees them.
        self.assertEqual(event.process['cwd'], '/a/b')
        self.assertEqual(event.process['binary'], '/hold')
        self.assertEqual(event.process['exe'], '/hold')

    def test_root_of_a_chroot(self):
        root = self.chroot_with()
        held, event = self.hold(trigger_path('setup'), f'chroot={root}', 'chdir=/', '--',
                                'hold')
        held.release()
        self.assertEqual(event.process['cwd'], '/')
        self.assertEqual(flags_of(event.process), 'execve rootcwd')
        self.assertEqual(event.process['binary'], '/hold')

    def test_outside_of_a_chroot(self):
        root = self.chroot_with()
        held, event = self.hold(trigger_path('setup'), f'chroot={root}', '--', '/hold',
                                cwd=self.dir)
        held.release()
        self.assertEqual(event.process['cwd_state'], 'unreachable')
        self.assertEqual(event.process['cwd'], self.dir)
        self.assertEqual(event.process['exe'], '/hold')

    def test_as_long_as_a_path_may_be(self):
        """Some bytes below PATH_MAX: whole."""
        names, left = [], PATH_KEPT - len(self.dir) - 2
        while left > 0:
            names.append('p' * min(200, left - 1))
            left -= len(names[-1]) + 1
        path = self.dir
        for name in names:
            path += '/' + name
            os.mkdir(path)
        self.assertGreaterEqual(len(path), PATH_KEPT - 4)
        process, _ = self.cwd_of(cwd=path)
        self.assertEqual(process['cwd'], path)
        self.assertNotIn('truncated', process)

    @needs('bpf_loop')
    def test_deeper_than_a_path_may_be(self):
        top = self.make_directory('/dev/shm')  # disks are slow at this
        held, event = self.hold(trigger_path('setup'), 'deeper=200,200', '--',
                                trigger_path('hold'), cwd=top)
        with self.assertRaises(OSError) as caught:
            held.link('cwd')
        self.assertEqual(caught.exception.errno, errno.ENAMETOOLONG)
        held.release()
        process = event.process
        [truncated] = process['truncated']
        # Names with their slashes.
        self.assertEqual(truncated['original'], str(len(top) + 200 * 201))
        self.assertEqual(truncated['field'], 'cwd')
        kept = int(truncated['kept'])
        self.assertGreaterEqual(kept, PATH_KEPT)
        self.assertLessEqual(kept, PATH_KEPT + NAME_MAX)
        # The end of it, whole names.
        self.assertEqual(process['cwd'], ('/' + 'd' * 200) * (kept // 201))

    @needs('bpf_loop')
    def test_many_short_names(self):
        top = self.make_directory('/dev/shm')
        held, event = self.hold(trigger_path('setup'), 'deeper=2000,1', '--',
                                trigger_path('hold'), cwd=top)
        held.release()
        self.assertEqual(event.process['cwd'], top + '/d' * 2000)
        self.assertNotIn('truncated', event.process)

    @needs('bpf_loop')
    def test_deeper_than_the_walk(self):
        """More names than any path can have: nobody counts them all."""
        top = self.make_directory('/dev/shm')
        held, event = self.hold(trigger_path('setup'), 'deeper=2100,1', '--',
                                trigger_path('hold'), cwd=top)
        held.release()
        [truncated] = event.process['truncated']
        self.assertEqual(truncated['field'], 'cwd')
        self.assertEqual(truncated['kept'], str(2 * 2048))
        self.assertGreater(int(truncated['original']), int(truncated['kept']))

    @without_feature('bpf_loop')
    def test_deeper_than_an_unrolled_walk(self):
        """The end of it, and that there was more."""
        top = self.make_directory('/dev/shm')
        held, event = self.hold(trigger_path('setup'), 'deeper=200,1', '--',
                                trigger_path('hold'), cwd=top)
        held.release()
        [truncated] = event.process['truncated']
        self.assertEqual(truncated['field'], 'cwd')
        self.assertEqual(event.process['cwd'], '/d' * 48)
        self.assertEqual(truncated['kept'], str(2 * 48))
        self.assertGreater(int(truncated['original']), int(truncated['kept']))


class Binary(SharedCase):
    def run_leaf(self, *args, executable=None, cwd=None, **popen):
        run = self.run_with(self.agent, list(args), executable=executable, cwd=cwd or self.dir,
                            **popen)
        self.assertEqual(run.status, 0)
        return run.execs()[-1].process

    def test_absolute(self):
        path = self.copy_trigger('leaf', 'leaf')
        process = self.run_leaf(path)
        self.assertEqual(process['binary'], path)
        self.assertEqual(process['exe'], path)
        self.assertEqual(process['exe_source'], 'file')
        self.assertNotIn('script', process)
        self.assertNotIn('interpreter', process)

    def test_absolute_is_not_cleaned(self):
        """It is what was invoked."""
        path = self.copy_trigger('leaf', 'leaf')
        odd = self.dir + '/.//../' + os.path.basename(self.dir) + '/leaf'
        process = self.run_leaf(odd)
        self.assertEqual(process['binary'], odd)
        self.assertEqual(process['exe'], path)

    def test_relative(self):
        path = self.copy_trigger('leaf', 'leaf')
        os.mkdir(self.path('d'))
        for name, cwd in (('leaf', self.dir), ('./leaf', self.dir), ('../leaf', self.path('d')),
                          ('.././d/..//leaf', self.path('d')), ('d/../leaf', self.dir)):
            with self.subTest(name=name):
                process = self.run_leaf(trigger_path('setup'), '--', name, cwd=cwd)
                self.assertEqual(process['binary'], path)
                self.assertEqual(process['exe'], path)
                self.assertEqual(process['argv'][0], name)

    def test_relative_to_the_root(self):
        path = self.copy_trigger('leaf', 'leaf')
        process = self.run_leaf(trigger_path('setup'), '--', path[1:], cwd='/')
        self.assertEqual(process['binary'], path)

    def test_symbolic_link(self):
        path = self.copy_trigger('leaf', 'leaf')
        os.symlink('leaf', self.path('one'))
        os.symlink('one', self.path('two'))
        process = self.run_leaf(self.path('two'))
        self.assertEqual(process['binary'], self.path('two'))
        self.assertEqual(process['exe'], path)

    def test_through_proc(self):
        path = self.copy_trigger('leaf', 'leaf')
        fd = os.open(path, os.O_RDONLY)
        self.addCleanup(os.close, fd)
        process = self.run_leaf(f'/proc/self/fd/{fd}', pass_fds=[fd])
        self.assertEqual(process['binary'], f'/proc/self/fd/{fd}')
        self.assertEqual(process['exe'], path)

    def test_by_descriptor(self):
        path = self.copy_trigger('leaf', 'leaf')
        run = self.trigger('setup', 'by-descriptor', '--', path)
        process = run.execs()[-1].process
        # As fs/exec.c, alloc_bprm() names it.
        self.assertEqual(process['binary'], f'/dev/fd/{run.facts["fd"]}')
        self.assertEqual(process['exe'], path)
        self.assertEqual(process['exe_source'], 'file')

    def test_odd_names(self):
        for name in ('a b', 'new\nline', '\x1b[31m', 'ä', '"', '\\', 'x' * NAME_MAX, '-x'):
            with self.subTest(name=name):
                path = self.copy_trigger('leaf', name)
                process = self.run_leaf(path)
                self.assertEqual((process['binary'], process['exe']), (path, path))
        path = self.dir.encode() + b'/\xff'
        shutil.copy(trigger_path('leaf'), path)
        process = self.run_leaf(path)
        self.assertEqual((process['binary'], process['exe']), (self.dir + '/\ufffd',) * 2)
        self.assertGreaterEqual(process['invalid_strings'], 3)

    def test_longest_path(self):
        path = self.dir
        while len(path) < PATH_KEPT - 300:
            path += '/' + 'p' * 200
            os.mkdir(path)
        path += '/' + 'q' * (PATH_KEPT - len(path) - 2)
        self.assertEqual(len(path), PATH_KEPT - 1)
        shutil.copy(trigger_path('leaf'), path)
        process = self.run_leaf(path)
        self.assertEqual((process['binary'], process['exe']), (path, path))
        self.assertNotIn('truncated', process)

    def test_removed(self):
        """A file that is executed and has no name any more."""
        path = self.copy_trigger('leaf', 'leaf')
        fd = os.open(path, os.O_RDONLY)
        self.addCleanup(os.close, fd)
        os.unlink(path)
        process = self.run_leaf(f'/proc/self/fd/{fd}', pass_fds=[fd])
        self.assertEqual(process['exe_source'], 'deleted')
        self.assertEqual(process['exe'], path)
        self.assertEqual(process.get('links', 0), 0)

    def test_one_of_two_names_removed(self):
        path = self.copy_trigger('leaf', 'leaf')
        os.link(path, self.path('other'))
        fd = os.open(path, os.O_RDONLY)
        self.addCleanup(os.close, fd)
        os.unlink(path)
        process = self.run_leaf(f'/proc/self/fd/{fd}', pass_fds=[fd])
        self.assertEqual(process['exe_source'], 'deleted')
        self.assertEqual(process['links'], 1)

    def test_memory(self):
        run = self.trigger('memfd', 'a name', trigger_path('leaf'))
        process = run.execs()[-1].process
        self.assertEqual(process['exe_source'], 'memfd')
        self.assertEqual(process['exe'], '/memfd:a name')
        self.assertEqual(process['binary'], f'/dev/fd/{run.facts["fd"]}')
        self.assertEqual(process['inode'], str(run.facts['inode']))
        self.assertEqual(process['argv'], ['a name'])
        self.assertEqual(process['filesystem'], 'tmpfs')

    def test_file_called_memfd(self):
        """A name is not enough."""
        self.chroot = self.path('root')
        os.mkdir(self.chroot)
        shutil.copy(trigger_path('leaf'), self.path('root/memfd:x'))
        run = self.trigger('setup', f'chroot={self.chroot}', 'chdir=/', '--', '/memfd:x')
        process = run.execs()[-1].process
        self.assertEqual(process['exe'], '/memfd:x')
        self.assertEqual(process['exe_source'], 'file')

    def test_shared_memory(self):
        path = f'/dev/shm/ocelli-e2e-{os.getpid()}'
        shutil.copy(trigger_path('leaf'), path)
        self.addCleanup(os.unlink, path)
        process = self.run_leaf(path)
        self.assertEqual((process['exe'], process['exe_source']), (path, 'shm'))

    def test_tmpfs(self):
        os.mkdir(self.path('from'))
        os.mkdir(self.path('m'))
        shutil.copy(trigger_path('leaf'), self.path('from/leaf'))
        run = self.trigger('setup', 'private-mounts', f'tmpfs={self.path("m")}', '--',
                           '/bin/sh', '-c', f'cp {self.path("from/leaf")} {self.path("m")}/leaf '
                           f'&& exec {self.path("m")}/leaf')
        process = run.execs(run.pid)[-1].process
        self.assertEqual((process['exe'], process['exe_source']), (self.path('m/leaf'), 'tmpfs'))
        self.assertEqual(process['filesystem'], 'tmpfs')

    def script(self, name, line):
        path = self.path(name)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(f'#!{line}\n')
        os.chmod(path, 0o755)
        return path

    def test_script(self):
        leaf = self.copy_trigger('leaf', 'leaf')
        os.symlink('leaf', self.path('link'))
        path = self.script('script', f' {self.path("link")}  0 two words ')
        process = self.run_leaf('any name', 'x', executable=path)
        self.assertEqual(process['binary'], path)
        self.assertEqual(process['script'], path)
        self.assertEqual(process['interpreter'], self.path('link'))
        self.assertEqual(process['exe'], leaf)
        # What is behind the interpreter is one argument; then comes the script.
        self.assertEqual(process['argv'], [self.path('link'), '0 two words', path, 'x'])

    def test_script_of_a_script(self):
        leaf = self.copy_trigger('leaf', 'leaf')
        inner = self.script('inner', f'{leaf} 0')
        outer = self.script('outer', inner)
        process = self.run_leaf(outer)
        self.assertEqual((process['binary'], process['script']), (outer, outer))
        self.assertEqual((process['interpreter'], process['exe']), (leaf, leaf))
        self.assertEqual(process['argv'], [leaf, '0', inner, outer])

    def test_relative_script(self):
        leaf = self.copy_trigger('leaf', 'leaf')
        self.script('script', f'{leaf} 0')
        process = self.run_leaf(trigger_path('setup'), '--', './script')
        self.assertEqual(process['binary'], self.path('script'))
        self.assertEqual(process['script'], self.path('script'))
        self.assertEqual(process['argv'], [leaf, '0', './script'])

    def test_script_by_descriptor(self):
        leaf = self.copy_trigger('leaf', 'leaf')
        path = self.script('script', f'{leaf} 0')
        run = self.trigger('setup', 'by-descriptor', '--', path)
        process = run.execs()[-1].process
        self.assertEqual(process['binary'], f'/dev/fd/{run.facts["fd"]}')
        self.assertEqual(process['interpreter'], leaf)
        self.assertEqual(process['exe'], leaf)


if __name__ == '__main__':
    unittest.main()
