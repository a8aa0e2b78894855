# SPDX-License-Identifier: Apache-2.0
"""Certificates for tests, by the command openssl."""

import os
import subprocess


def _openssl(*args):
    subprocess.run(['openssl', *args], check=True, capture_output=True, stdin=subprocess.DEVNULL)


class Certificate:
    def __init__(self, path):
        self.cert, self.key = path + '.crt', path + '.key'

    def read(self):
        """Key and certificate."""
        texts = []
        for path in self.key, self.cert:
            with open(path, 'rb') as f:
                texts.append(f.read())
        return texts


class Authority(Certificate):
    """@path: of its own files and of what it signs, without what they end in."""

    def __init__(self, path):
        super().__init__(path)
        self.path = path
        _openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                 '-keyout', self.key, '-out', self.cert, '-days', '2', '-subj',
                 '/CN=authority ' + os.path.basename(path))

    def revoke(self, *certificates):
        """Writes the list of these, and of those before; returns its path."""
        path = self.path + '.ca'
        if not os.path.exists(path):
            with open(path, 'w', encoding='ascii') as f:
                f.write(f'[ca]\ndefault_ca = it\n[it]\ndatabase = {path}.index\n'
                        'default_md = sha256\ndefault_crl_days = 1\n')
            with open(path + '.index', 'w', encoding='ascii'):
                pass
        ca = 'ca', '-config', path, '-cert', self.cert, '-keyfile', self.key
        for certificate in certificates:
            _openssl(*ca, '-revoke', certificate.cert)
        _openssl(*ca, '-gencrl', '-out', self.path + '.new')
        os.rename(self.path + '.new', self.path + '.crl')
        return self.path + '.crl'

    def sign(self, name, *alternatives, days=1, usage='serverAuth,clientAuth'):
        """@alternatives: as "DNS:localhost". Not valid any more with @days below 0."""
        made = Certificate(f'{self.path}-{name}')
        _openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                 '-keyout', made.key, '-out', made.cert + '.csr', '-subj', f'/CN={name}')
        with open(made.cert + '.ext', 'w', encoding='ascii') as f:
            f.write(f'extendedKeyUsage={usage}\n')
            if alternatives:
                f.write(f'subjectAltName={",".join(alternatives)}\n')
        _openssl('x509', '-req', '-in', made.cert + '.csr', '-CA', self.cert, '-CAkey', self.key,
                 '-CAcreateserial', '-days', str(days), '-extfile', made.cert + '.ext',
                 '-out', made.cert)
        return made
