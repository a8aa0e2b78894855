# SPDX-License-Identifier: Apache-2.0
"""What an exec gives a process that it did not have: binary_properties."""

import os
import struct
import unittest

from case import SharedCase, trigger_path

NOBODY = 65534
SOMEBODY = 1001

CAP_CHOWN, CAP_NET_BIND_SERVICE, CAP_NET_RAW = 0, 10, 13
# include/uapi/linux/capability.h: VFS_CAP_REVISION_2, VFS_CAP_FLAGS_EFFECTIVE
REVISION, EFFECTIVE = 0x02000000, 1

FILE_CAP = 'PRIVILEGES_RAISED_EXEC_FILE_CAP'
SETUID = 'PRIVILEGES_RAISED_EXEC_FILE_SETUID'
SETGID = 'PRIVILEGES_RAISED_EXEC_FILE_SETGID'

# Steps of the trigger "setup".
AS_NOBODY = (f'gid={NOBODY},{NOBODY},{NOBODY}', f'uid={NOBODY},{NOBODY},{NOBODY}')


class Privileges(SharedCase):
    options = ('--export-extended-fields', '--enable-process-cred')

    def setUp(self):
        for where in (None, '/var/tmp', '/root', '/dev/shm'):
            self.dir = self.make_directory(where)
            if not os.statvfs(self.dir).f_flag & os.ST_NOSUID:
                return
        self.skipTest('no file system here takes set-id bits')

    def make(self, mode=0o755, uid=0, gid=0, caps=None, flags=EFFECTIVE,
             name='leaf'):
        """A program with these privileges."""
        path = self.copy_trigger(name)
        os.chown(path, uid, gid)
        os.chmod(path, mode)
        if caps is not None:
            data = struct.pack('<5I', REVISION | flags, caps, 0, 0, 0)
            try:
                os.setxattr(path, 'security.capability', data)
            except OSError as e:
                self.skipTest(f'no file capabilities here: {e}')
        return path

    def last_exec(self, path, *steps):
        """Takes the steps and executes the file; returns the event of that, checked against what
        is true of all."""
        run = self.run_with(self.agent, [trigger_path('setup'), *steps, '--', path])
        self.assertEqual(run.status, 0, run.output)
        self.check_lives(run.events)
        before, after = run.execs()
        self.assertEqual(after.process['binary'], path)
        self.assertNotIn('binary_properties', before.process)
        for event in run.exits():
            self.assertNotIn('binary_properties', event.process)
        for event in run.events:
            self.assertNotIn('binary_properties', event.parent)
        return after

    def properties(self, path, *steps):
        return self.last_exec(path, *steps).process.get('binary_properties')

    def test_set_uid_root(self):
        event = self.last_exec(self.make(0o4755), *AS_NOBODY)
        self.assertEqual(event.process['binary_properties'],
                         {'setuid': 0, 'privileges_changed': [SETUID]})
        credentials = event.process['process_credentials']
        self.assertEqual([credentials[k] for k in ('uid', 'euid', 'suid')], [NOBODY, 0, 0])
        self.assertEqual(event.process['uid'], 0)

    def test_set_gid_root(self):
        event = self.last_exec(self.make(0o2755), *AS_NOBODY)
        self.assertEqual(event.process['binary_properties'],
                         {'setgid': 0, 'privileges_changed': [SETGID]})
        credentials = event.process['process_credentials']
        self.assertEqual([credentials[k] for k in ('gid', 'egid', 'sgid')], [NOBODY, 0, 0])

    def test_set_both(self):
        self.assertEqual(self.properties(self.make(0o6755), *AS_NOBODY),
                         {'setuid': 0, 'setgid': 0, 'privileges_changed': [SETUID, SETGID]})

    def test_set_to_somebody(self):
        """Another user, but not a mightier one."""
        path = self.make(0o6755, SOMEBODY, SOMEBODY + 1)
        self.assertEqual(self.properties(path, *AS_NOBODY),
                         {'setuid': SOMEBODY, 'setgid': SOMEBODY + 1})

    def test_root_becomes_somebody(self):
        path = self.make(0o4755, SOMEBODY)
        self.assertEqual(self.properties(path), {'setuid': SOMEBODY})

    def test_set_to_who_it_is_already(self):
        self.assertIsNone(self.properties(self.make(0o6755)))
        self.assertIsNone(self.properties(self.make(0o6755, NOBODY, NOBODY), *AS_NOBODY))

    def test_mandatory_locking_is_no_set_gid(self):
        """That bit without execution by the group: fs/exec.c, bprm_fill_uid()."""
        self.assertIsNone(self.properties(self.make(0o2705), *AS_NOBODY))

    def test_file_capability(self):
        event = self.last_exec(self.make(caps=1 << CAP_NET_RAW), *AS_NOBODY)
        self.assertEqual(event.process['binary_properties'], {'privileges_changed': [FILE_CAP]})
        self.assertEqual(event.process['cap']['effective'], ['CAP_NET_RAW'])
        self.assertEqual(event.process['uid'], NOBODY)

    def test_file_capability_of_root(self):
        """Who has it already gains nothing."""
        self.assertIsNone(self.properties(self.make(caps=1 << CAP_NET_RAW)))

    def test_file_capability_and_set_gid(self):
        path = self.make(0o2755, caps=1 << CAP_NET_RAW)
        properties = self.properties(path, *AS_NOBODY)
        self.assertEqual(properties['setgid'], 0)
        self.assertEqual(set(properties['privileges_changed']), {FILE_CAP, SETGID})

    def test_file_capability_that_the_bounding_set_takes_away(self):
        # One that wants them at once would not be started.
        path = self.make(caps=1 << CAP_NET_RAW | 1 << CAP_CHOWN, flags=0)
        event = self.last_exec(path, f'bounding-drop={CAP_CHOWN}', *AS_NOBODY)
        self.assertEqual(event.process['cap'], {'permitted': ['CAP_NET_RAW']})
        self.assertEqual(event.process['binary_properties'], {'privileges_changed': [FILE_CAP]})
        path = self.make(caps=1 << CAP_CHOWN, flags=0)
        self.assertIsNone(self.properties(path, f'bounding-drop={CAP_CHOWN}', *AS_NOBODY))

    def test_ambient_capabilities(self):
        """They are inherited: nothing that the file gives."""
        event = self.last_exec(
            self.make(), 'keep-caps', *AS_NOBODY, 'caps=0x401,0x401',
            f'ambient={CAP_NET_BIND_SERVICE}', f'ambient={CAP_CHOWN}')
        self.assertNotIn('binary_properties', event.process)
        self.assertEqual(event.process['cap_ambient'], '0000000000000401')

    def test_ambient_capabilities_of_a_file_with_its_own(self):
        """The file's come instead of the ambient ones (capabilities(7)), which are gone then."""
        event = self.last_exec(
            self.make(caps=1 << CAP_NET_RAW), 'keep-caps', *AS_NOBODY, 'caps=0x401,0x401',
            f'ambient={CAP_NET_BIND_SERVICE}')
        self.assertEqual(event.process['cap_ambient'], '0000000000000000')
        self.assertEqual(event.process['binary_properties'], {'privileges_changed': [FILE_CAP]})

    def test_plain(self):
        self.assertIsNone(self.properties(self.make(), *AS_NOBODY))
        self.assertIsNone(self.properties(self.make()))

    def test_no_new_privileges(self):
        """The bits are there and the kernel takes no notice of them."""
        path = self.make(0o6755)
        run = self.run_with(self.agent, ['setpriv', '--no-new-privs', trigger_path('setup'),
                                         *AS_NOBODY, '--', path])
        self.assertEqual(run.status, 0)
        self.assertNotIn('binary_properties', run.execs()[-1].process)

    def test_script(self):
        """Its set-id bits mean nothing (execve(2)); those of its interpreter do."""
        for interpreter, script, expected in (
                (self.make(), 0o6755, None),
                (self.make(0o4755), 0o755, {'setuid': 0, 'privileges_changed': [SETUID]})):
            path = self.path('script')
            with open(path, 'w', encoding='utf-8') as f:
                f.write(f'#!{interpreter} 0\n')
            os.chmod(path, script)
            self.assertEqual(self.properties(path, *AS_NOBODY), expected)

    def test_in_memory(self):
        run = self.trigger('memfd', 'a name', trigger_path('leaf'))
        first, second = run.execs()
        self.assertNotIn('binary_properties', first.process)
        self.assertEqual(second.process['binary_properties'], {
            'file': {'inode': {'number': str(run.facts['inode']), 'links': 0}}})
        self.assertNotIn('binary_properties', run.exits()[0].process)

    def test_deleted(self):
        path = self.make(0o4755)
        inode = os.stat(path).st_ino
        fd = os.open(path, os.O_RDONLY)
        self.addCleanup(os.close, fd)
        os.unlink(path)
        # Its owner's bits count as long as it exists.
        run = self.run_with(self.agent, [trigger_path('setup'), *AS_NOBODY, '--',
                                         f'/proc/self/fd/{fd}'], pass_fds=[fd])
        self.assertEqual(run.execs()[-1].process['binary_properties'], {
            'setuid': 0, 'privileges_changed': [SETUID],
            'file': {'inode': {'number': str(inode), 'links': 0}}})

    def test_deleted_with_another_name(self):
        path = self.make()
        os.link(path, self.path('other'))
        fd = os.open(path, os.O_RDONLY)
        self.addCleanup(os.close, fd)
        os.unlink(path)
        run = self.run_with(self.agent, [f'/proc/self/fd/{fd}'], pass_fds=[fd])
        self.assertNotIn('binary_properties', run.root.process)

    def test_of_the_child_of_a_privileged_process(self):
        """It is said of the exec that gained it, not of those after it."""
        path = self.make(0o4755, name='forks')
        run = self.run_with(self.agent, [trigger_path('setup'), *AS_NOBODY, '--', path, 'exec'])
        self.assertEqual(run.status, 0)
        told = [('binary_properties' in e.process) for e in run.execs()]
        # setup; forks, set-uid; its child, which executes the same file, but is root already.
        self.assertEqual(told, [False, True, True])
        for event in run.events:
            self.assertNotIn('binary_properties', event.parent)

    def test_of_a_process_that_was_there(self):
        path = self.make(0o4755, name='hold')
        held, event = self.hold(trigger_path('setup'), *AS_NOBODY, '--', path)
        self.assertIn('binary_properties', event.process)
        agent = self.start_agent(*self.options).wait_ready()
        again = agent.wait_exec(held.pid)
        held.release()
        self.check_end(agent)
        # What an exec gained that nobody saw cannot be told.
        self.assertNotIn('binary_properties', again.process)

    def test_no_set_id_in_a_user_namespace(self):
        """Root there is not root here."""
        path = self.make(0o4755)
        event = self.last_exec(path, *AS_NOBODY, 'unshare=0x10000000')
        # Files of users that have no id in the namespace give nothing.
        self.assertNotIn('binary_properties', event.process)


class NotAsked(SharedCase):
    def test_nothing_without_the_option(self):
        run = self.trigger('memfd', 'a name', trigger_path('leaf'))
        for event in run.events:
            self.assertNotIn('binary_properties', event.process)


if __name__ == '__main__':
    unittest.main()
