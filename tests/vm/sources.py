# SPDX-License-Identifier: Apache-2.0
"""Which mirrors this machine fetches Debian from, read from its own apt sources."""

import glob
import os
import shlex
from dataclasses import dataclass

# Of whoever has none of Debian's in the sources, such as another distribution.
LAST_RESORT = 'http://deb.debian.org/debian', 'http://deb.debian.org/debian-security'

DISTRIBUTIONS = {'bullseye', 'bookworm', 'trixie', 'forky', 'duke', 'sid', 'oldoldstable',
                 'oldstable', 'stable', 'testing', 'unstable'}


@dataclass(frozen=True)
class Source:
    """One address that binary packages come from."""

    uri: str
    suites: tuple
    components: tuple
    signed_by: str = ''


def parse_list(text):
    """The one-line form: deb [options] uri suite component…"""
    sources = []
    for line in text.splitlines():
        kind, _, rest = line.partition('#')[0].strip().partition(' ')
        if kind != 'deb':
            continue
        options, rest = {}, rest.strip()
        if rest.startswith('['):
            words, _, rest = rest[1:].partition(']')
            options = dict(word.partition('=')[::2] for word in words.split())
        words = shlex.split(rest)
        if len(words) > 1:
            sources.append(Source(words[0], (words[1],), tuple(words[2:]),
                                  options.get('signed-by', '')))
    return sources


def parse_deb822(text):
    """Stanzas of "Field: value", whose values go on in lines that begin with a space."""
    sources = []
    for stanza in _stanzas(text):
        if stanza.get('enabled', 'yes').lower() in ('no', 'false', 'off', '0'):
            continue
        if 'deb' not in stanza.get('types', '').split():
            continue
        for uri in stanza.get('uris', '').split():
            sources.append(Source(uri, tuple(stanza.get('suites', '').split()),
                                  tuple(stanza.get('components', '').split()),
                                  stanza.get('signed-by', '')))
    return sources


def _stanzas(text):
    fields, last = {}, None
    for line in [*text.splitlines(), '']:
        if line.startswith('#'):
            continue
        if not line.strip():
            if fields:
                yield fields
            fields, last = {}, None
        elif line[0] in ' \t':
            if last:
                fields[last] += '\n' + line.strip()
        else:
            name, _, value = line.partition(':')
            last = name.strip().lower()
            fields[last] = value.strip()


def mirrors(sources):
    """Returns the addresses of Debian and of its security updates."""
    found = [None, None]
    # Others call their suites as Debian does; their keys or their addresses tell them apart.
    for source in sorted(sources, key=lambda s: 'debian' not in s.uri):
        if 'main' not in source.components or source.uri.startswith(('cdrom:', 'file:')):
            continue
        if source.signed_by and 'debian-archive' not in source.signed_by:
            continue
        for suite in source.suites:
            # Before bullseye the suite was called buster/updates.
            name, _, kind = suite.replace('/updates', '-security').partition('-')
            which = kind == 'security'
            if name in DISTRIBUTIONS and not found[which]:
                found[which] = source.uri
    main, security = found
    if main and not security:
        security = main.rstrip('/') + '-security'
    return (main or LAST_RESORT[0], security or LAST_RESORT[1])


def of_this_machine(directory='/etc/apt'):
    sources = []
    for pattern, parse in (('sources.list', parse_list), ('sources.list.d/*.list', parse_list),
                           ('sources.list.d/*.sources', parse_deb822)):
        for path in sorted(glob.glob(os.path.join(directory, pattern))):
            with open(path, encoding='utf-8') as f:
                sources += parse(f.read())
    return mirrors(sources)
