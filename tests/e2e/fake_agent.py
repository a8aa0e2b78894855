# SPDX-License-Identifier: Apache-2.0
"""A server of the API that has nothing of ours but the schema, and says what a test wants."""

from concurrent import futures

import grpc
from google.protobuf import json_format

from client import SENSORS, Schema, as_json


class Refusal(Exception):
    def __init__(self, code, text=''):
        super().__init__(text)
        self.code = code
        self.text = text


class FakeAgent(grpc.GenericRpcHandler):
    """@answers: of each method, by its name or whole path, a function of the request and the call;
    what it returns is the answer's fields, as in JSON, or what can be iterated for many."""

    def __init__(self, target, answers, credentials=None):
        self.schema = Schema()
        self.answers = answers
        self.requests = []  # (name, fields, seconds left), as they came
        self.server = grpc.server(futures.ThreadPoolExecutor(8), [self],
                                  options=[('grpc.so_reuseport', 0)])
        self.port = (self.server.add_secure_port(target, credentials) if credentials else
                     self.server.add_insecure_port(target))
        self.server.start()

    def stop(self):
        self.server.stop(None).wait()

    def service(self, details):
        service, name = details.method[1:].split('/')
        answer = self.answers.get(name if service == SENSORS else details.method)
        if not answer:
            return None
        method = self.schema.method(service, name)
        read = self.schema.message(method.input_type).FromString
        make = self.schema.message(method.output_type)

        def pack(fields):
            return json_format.ParseDict(fields, make()).SerializeToString()

        def run(request, call):
            self.requests.append((name, as_json(request), call.time_remaining()))
            try:
                found = answer(as_json(request), call)
                if method.server_streaming:
                    yield from map(pack, found)
                else:
                    yield pack(found)
            except Refusal as refusal:
                call.abort(refusal.code, refusal.text)

        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(run, read)
        return grpc.unary_unary_rpc_method_handler(lambda *args: next(run(*args)), read)
