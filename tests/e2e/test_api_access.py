# SPDX-License-Identifier: Apache-2.0
"""Who may do what by the API: users, groups, plain TCP."""

import os
import shutil
import stat
import subprocess
import sys
import unittest

from test_api import MISSING, ApiCase, free_address

if not MISSING:
    import grpc

NOBODY = 65534
# Groups that need no name.
READERS, ADMINS = 4154321, 4154322

# What a user has running who connects: from the first path to the second.
RELAY = '''
import socket, sys, threading

def copy(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
    except OSError:
        pass
    for s in a, b:
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

with socket.socket(socket.AF_UNIX) as here:
    here.bind(sys.argv[1])
    here.listen()
    print('listening', flush=True)
    while True:
        client, _ = here.accept()
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(sys.argv[2])
        except OSError:
            client.close()
            continue
        for a, b in (client, server), (server, client):
            threading.Thread(target=copy, args=(a, b), daemon=True).start()
'''


@unittest.skipUnless(shutil.which('setpriv'), 'there is no setpriv to become others with')
class AccessCase(ApiCase):
    def start_serving(self, *args, **more):
        return super().start_serving(*args, **{'stdout': False, **more})

    def client_as(self, uid, gid, *groups):
        """A client that the agent sees as this user with these groups."""
        where = self.path(f'{uid}-{gid}-{"-".join(map(str, groups))}')
        os.mkdir(where)
        os.chown(where, uid, gid)
        others = '--groups=' + ','.join(map(str, groups)) if groups else '--clear-groups'
        relay = self.spawn(['setpriv', f'--reuid={uid}', f'--regid={gid}', others, sys.executable,
                            '-c', RELAY, where + '/socket', self.socket])
        self.assertTrue(relay.stdout.readline())
        return self.client(f'unix://{where}/socket')

    def assert_cannot_connect(self, client):
        self.assert_refused(grpc.StatusCode.UNAVAILABLE, '', client.call, 'GetVersion')

    def assert_reader(self, client, remedy):
        self.assertEqual(list(client.call('GetVersion')), ['version'])
        self.stream(client).end()
        for name in 'EnableSensor', 'DisableSensor', 'RemoveSensor':
            self.assert_refused(grpc.StatusCode.PERMISSION_DENIED, f'{name} is for admins: ',
                                client.call, name)
        self.assert_refused(grpc.StatusCode.PERMISSION_DENIED, remedy, client.call, 'EnableSensor')

    def assert_admin(self, client):
        """It may. What it says then is that there is no such thing any more."""
        self.assertEqual(list(client.call('GetVersion')), ['version'])
        self.assert_refused(grpc.StatusCode.UNKNOWN, 'deprecated', client.call, 'EnableSensor')

    def assert_socket(self, mode, gid):
        found = os.stat(self.socket)
        self.assertEqual((stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid), (mode, 0, gid))


class Groups(AccessCase):
    def test_without(self):
        agent = self.start_serving()
        self.assert_socket(0o600, 0)
        self.assert_admin(self.client())
        self.assert_cannot_connect(self.client_as(NOBODY, NOBODY))
        self.check_complete(agent)

    def test_readers(self):
        agent = self.start_serving('--server-group', str(READERS))
        self.assert_socket(0o660, READERS)
        remedy = '--server-admin-group'
        self.assert_reader(self.client_as(NOBODY, READERS), remedy)
        member = self.client_as(NOBODY, NOBODY, 7, READERS)
        self.assert_reader(member, remedy)
        self.assert_cannot_connect(self.client_as(NOBODY, NOBODY, 7))
        self.assert_admin(self.client())
        leaf = self.copy_trigger('leaf')
        stream = self.stream(member, {'allow_list': [{'binary_regex': [leaf]}]})
        stream.wait_exit(self.spawn([leaf]).pid)
        self.check_complete(agent)

    def test_admins(self):
        agent = self.start_serving('--server-admin-group', str(ADMINS))
        self.assert_socket(0o660, ADMINS)
        self.assert_admin(self.client_as(NOBODY, ADMINS))
        self.assert_admin(self.client_as(NOBODY, NOBODY, 7, ADMINS, 8))
        self.assert_cannot_connect(self.client_as(NOBODY, NOBODY, 7))
        self.check_complete(agent)

    def test_both(self):
        """The socket has one group: admins have to be of it, too."""
        agent = self.start_serving('--server-group', str(READERS),
                                   '--server-admin-group', str(ADMINS))
        self.assert_socket(0o660, READERS)
        self.assert_reader(self.client_as(NOBODY, READERS), '--server-admin-group')
        self.assert_admin(self.client_as(NOBODY, ADMINS, READERS))
        self.assert_admin(self.client_as(NOBODY, READERS, ADMINS))
        self.assert_cannot_connect(self.client_as(NOBODY, ADMINS))
        self.check_complete(agent)

    def test_who_was_refused_is_logged(self):
        agent = self.start_serving('--server-group', str(READERS))
        client = self.client_as(NOBODY, READERS)
        for _ in range(30):
            self.assert_refused(grpc.StatusCode.PERMISSION_DENIED, '', client.call,
                                'AddTracingPolicy', {'yaml': ''})
        self.assert_admin(self.client())
        told = [line for line in agent.log().splitlines() if 'refused' in line]
        self.assertRegex(told[0], f'AddTracingPolicy is for admins, and was refused to '
                                  f'uid {NOBODY}, gid {READERS}, pid [0-9]+ by the unix socket')
        # Not one for each.
        self.assertEqual(len(told), 10)
        self.check_end(agent)

    def test_by_name(self):
        agent = self.start_serving('--server-group', 'nogroup')
        self.assert_reader(self.client_as(NOBODY, NOBODY), '--server-admin-group')
        self.check_complete(agent)
        ended = self.start_agent('--run-dir', self.path('run'), '--server-group',
                                 'no-such-group').wait_end()
        self.assertNotEqual(ended.status, 0)
        self.assertIn('server-group: there is no group', ended.stderr)


class Tcp(AccessCase):
    def test_readers(self):
        address = free_address()
        agent = self.start_serving('--server-address', address)
        self.assert_reader(self.client(address), '--server-tcp-role')
        self.assert_admin(self.client())
        self.check_complete(agent)

    def test_admins_when_asked_for(self):
        address = free_address()
        agent = self.start_serving('--server-address', address, '--server-tcp-role', 'admin')
        self.assert_admin(self.client(address))
        self.check_complete(agent)
