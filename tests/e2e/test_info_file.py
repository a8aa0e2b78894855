# SPDX-License-Identifier: Apache-2.0
"""How commands find the agent when nobody says where it is."""

import json
import os
import signal
import subprocess

from agent import PATIENCE, Agent
from case import Case

# In a mount namespace of its own, where nothing of the machine's is at /run; "$0" is the run
# directory.
ALONE = ('mount -t tmpfs none /run && mkdir /run/ocelli && mount --bind "$0" /run/ocelli && '
         '{ [ -e /var/run/ocelli ] || exit 77; } && exec "$@"')


class InfoFile(Case):
    def info_path(self, agent):
        return os.path.join(agent.run_dir, 'ocelli-info.json')

    def info(self, agent):
        with open(self.info_path(agent), encoding='utf-8') as f:
            return json.load(f)

    def ocelli(self, agent, *args):
        """Where this agent's run directory is the usual one."""
        ended = subprocess.run(['unshare', '--mount', '--propagation', 'private', 'sh', '-c', ALONE,
                                agent.run_dir, os.path.join(Agent.build, 'ocelli'), *args],
                               capture_output=True, text=True, check=False, timeout=PATIENCE)
        if ended.returncode == 77:
            self.skipTest('/var/run is not /run here')
        return ended

    def test_is_found(self):
        socket = self.path('other.sock')
        agent = self.start_agent(f'--server-address=unix://{socket}').wait_ready()
        self.assertEqual(self.info(agent) | {'version': ''}, {
            'version': '', 'pid': agent.pid, 'server_address': f'unix://{socket}',
            'metrics_address': '', 'export_fname': ''})
        mode = os.stat(self.info_path(agent)).st_mode
        self.assertEqual(mode & 0o777, 0o644)
        found = self.ocelli(agent, 'version', '--server')
        self.assertEqual((found.returncode, found.stderr), (0, ''))
        self.assertIn('Server version', found.stdout)
        # Who could have been led elsewhere is not led at all.
        os.chmod(self.info_path(agent), 0o666)
        found = self.ocelli(agent, 'version', '--server', '--retries=0')
        self.assertEqual(found.returncode, 3)
        self.assertIn('others may have written it', found.stderr)
        self.check_complete(agent)
        self.assertFalse(os.path.exists(self.info_path(agent)))

    def test_socket_beside_tcp(self):
        agent = self.start_agent('--server-address=localhost:0',
                                 '--export-filename', self.path('log')).wait_ready()
        info = self.info(agent)
        self.assertEqual(info['server_address'], f'unix://{agent.run_dir}/ocelli.sock')
        self.assertEqual(info['export_fname'], self.path('log'))
        agent.stop().check(self)

    def test_none(self):
        agent = self.start_agent('--server-address=').wait_ready()
        self.assertEqual(self.info(agent)['server_address'], '')
        found = self.ocelli(agent, 'version', '--server', '--retries=0')
        self.assertEqual(found.returncode, 3)
        self.assertIn('the agent serves nobody', found.stderr)
        self.check_complete(agent)

    def test_after_one_that_was_killed(self):
        agent = self.start_agent().wait_ready()
        with open(self.info_path(agent) + '.new', 'w', encoding='ascii') as f:
            f.write('{')
        os.kill(agent.pid, signal.SIGKILL)
        agent.process.wait(PATIENCE)
        self.assertTrue(os.path.exists(self.info_path(agent)))
        again = self.start_agent(run_dir=agent.run_dir).wait_ready()
        self.assertEqual(self.info(again)['pid'], again.pid)
        self.check_complete(again)
        self.assertEqual([n for n in os.listdir(agent.run_dir) if 'info' in n], [])
