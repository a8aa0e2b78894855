#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our interface, name by name and number by number, against a table of that which our
users' clients were built with. The table (SHARED/reference/api.tsv) is not part of the
project: without it there is nothing to compare, and the test is skipped.

Usage: test_api.py PROTOC PROTO_DIR WELL_KNOWN_DIR TABLE
"""

import csv
import os
import re
import subprocess
import sys
import tempfile
import unittest

OURS = 50000  # the first number of fields and values that the table does not know

TOKEN = re.compile(r'\s*(?:([{}])|(\w+)\s*(?::\s*("(?:[^"\\]|\\.)*"|[^\s{}]+))?)')


def parse(text):
    """Protobuf's text format, as far as descriptors need it: {name: [value, ...]}."""
    top = {}
    stack = [top]
    at, name = 0, None
    text = text.rstrip()
    while at < len(text):
        m = TOKEN.match(text, at)
        at = m.end()
        if m[1] == "{":
            stack.append({})
            stack[-2].setdefault(name, []).append(stack[-1])
        elif m[1] == "}":
            stack.pop()
        elif m[3] is None:
            name = m[2]
        else:
            stack[-1].setdefault(m[2], []).append(m[3].strip('"'))
    return top


def one(message, name, default=None):
    return message.get(name, [default])[0]


def deprecated(message):
    return "deprecated=true" if one(one(message, "options", {}), "deprecated") == "true" else ""


class Api:
    """The rows that a table of our files would have: {(kind, file, owner, name): the rest}."""

    def __init__(self, descriptors):
        self.rows = {}
        for f in descriptors["file"]:
            self.file = os.path.basename(one(f, "name"))
            self.package = one(f, "package")
            if self.package != "tetragon":
                continue
            self.add("package", self.package, "")
            self.enums(f.get("enum_type", []), "")
            for m in f.get("message_type", []):
                self.message(m, "")
            for s in f.get("service", []):
                self.service(s)

    def add(self, kind, owner, name, *rest):
        self.rows[kind, self.file, owner, name] = rest

    def enums(self, enums, within):
        for e in enums:
            self.add("enum", within + one(e, "name"), "")
            for v in e["value"]:
                self.add("enum_value", within + one(e, "name"), one(v, "name"),
                         one(v, "number"), "", "", deprecated(v))
            self.reserved(e, within, last=1)

    def reserved(self, message, within, last):
        """`last`: what the end of a range is too high by, in the descriptors of messages only."""
        ranges = [(int(one(r, "start")), int(one(r, "end")) - (0 if last else 1))
                  for r in message.get("reserved_range", [])]
        if ranges:
            self.add("reserved", within + one(message, "name"),
                     " , ".join(f"{a} to {b}" if a != b else str(a) for a, b in ranges))

    def message(self, m, within):
        name = within + one(m, "name")
        self.add("message", name, "")
        self.reserved(m, within, last=0)
        maps = {}
        for nested in m.get("nested_type", []):
            if one(one(nested, "options", {}), "map_entry") == "true":
                key, value = (self.type(f) for f in nested["field"])
                maps[one(nested, "name")] = f"map<{key},{value}>"
            else:
                self.message(nested, name + ".")
        self.enums(m.get("enum_type", []), name + ".")
        for f in m.get("field", []):
            kind = self.type(f)
            label = {"LABEL_REPEATED": "repeated"}.get(one(f, "label"), "singular")
            if kind.split(".")[-1] in maps:
                kind, label = maps[kind.split(".")[-1]], "map"
            elif "oneof_index" in f:
                oneof = one(m["oneof_decl"][int(one(f, "oneof_index"))], "name")
                # "optional" in proto3 is a choice of one, named so by protoc.
                optional = oneof == "_" + one(f, "name")
                label = "optional" if optional else f"{label} oneof:{oneof}"
            # The table names a nested type as one does within its message.
            kind = kind.removeprefix(name + ".")
            self.add("field", name, one(f, "name"), one(f, "number"), kind, label, deprecated(f))

    def type(self, field):
        named = one(field, "type_name")
        if named:
            return named.removeprefix(f".{self.package}.").removeprefix(".")
        return one(field, "type").removeprefix("TYPE_").lower()

    def service(self, s):
        self.add("service", one(s, "name"), "")
        for m in s["method"]:
            streams = one(m, "server_streaming") == "true"
            ends = [one(m, end).removeprefix(f".{self.package}.")
                    for end in ("input_type", "output_type")]
            self.add("rpc", one(s, "name"), one(m, "name"), "",
                     ends[0] + (" -> stream " if streams else " -> ") + ends[1],
                     "server-stream" if streams else "unary", deprecated(m))


def api_of(protoc, protos, well_known):
    files = sorted(os.listdir(os.path.join(protos, "tetragon")))
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run([protoc, f"-I{protos}", f"-I{well_known}", f"--descriptor_set_out={out.name}"]
                       + ["tetragon/" + f for f in files if f.endswith(".proto")], check=True)
        with open(out.name, "rb") as f:
            text = subprocess.run([protoc, f"-I{well_known}",
                                   "--decode=google.protobuf.FileDescriptorSet",
                                   "google/protobuf/descriptor.proto"],
                                  stdin=f, check=True, capture_output=True, text=True).stdout
    return Api(parse(text)).rows


def table(path):
    with open(path, newline="") as f:
        rows = list(csv.reader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    # A kind that has nothing to say after its name has fewer columns of meaning.
    return {tuple(r[:4]): tuple(r[4:8]) if r[0] in ("field", "enum_value", "rpc") else ()
            for r in rows[1:]}


class SameInterface(unittest.TestCase):
    maxDiff = None

    def test_everything_that_clients_know_is_there(self):
        self.assertGreater(len(self.theirs), 700)
        wrong = [f"{' '.join(key)}: {self.ours.get(key)}, not {value}"
                 for key, value in self.theirs.items() if self.ours.get(key) != value]
        self.assertEqual([], wrong)

    def test_what_is_ours_cannot_be_mistaken(self):
        """A field or value of ours in a type of theirs has a number that theirs never get."""
        for (kind, file, owner, name), value in self.ours.items():
            if (kind, file, owner, name) in self.theirs or kind not in ("field", "enum_value"):
                continue
            if any(key[2] == owner for key in self.theirs):
                self.assertGreaterEqual(int(value[0]), OURS, f"{owner}.{name}")


if __name__ == "__main__":
    *where, path = sys.argv[1:]
    if not os.path.exists(path):
        print(f"{path} is absent: nothing to compare with")
        sys.exit(77)  # what meson calls a skip
    SameInterface.ours, SameInterface.theirs = api_of(*where), table(path)
    unittest.main(argv=sys.argv[:1])
