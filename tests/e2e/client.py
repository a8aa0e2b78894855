# SPDX-License-Identifier: Apache-2.0
"""A client of the agent's API that has nothing of ours but the schema: Debian's python3-grpcio."""

import os

# What it does not like it raises.
os.environ.setdefault('GRPC_VERBOSITY', 'NONE')

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

from agent import Agent

SENSORS = 'tetragon.FineGuidanceSensors'
HEALTH = 'grpc.health.v1.Health'


class Schema:
    def __init__(self):
        self.pool = descriptor_pool.DescriptorPool()
        found = descriptor_pb2.FileDescriptorSet()
        with open(os.path.join(Agent.build, 'proto/descriptors.pb'), 'rb') as f:
            found.ParseFromString(f.read())
        for file in found.file:
            self.pool.Add(file)
        self.factory = message_factory.MessageFactory(self.pool)

    def method(self, service, name):
        return self.pool.FindServiceByName(service).FindMethodByName(name)

    def message(self, descriptor):
        return self.factory.GetPrototype(descriptor)


def as_json(message):
    """As the lines of the export have it."""
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


class Client:
    """@target: where gRPC finds the server; @credentials: for TLS."""

    def __init__(self, target, credentials=None, **options):
        self.schema = Schema()
        options = [('grpc.use_local_subchannel_pool', 1), *options.items()]
        self.channel = (grpc.secure_channel(target, credentials, options) if credentials else
                        grpc.insecure_channel(target, options))

    def close(self):
        self.channel.close()

    def start(self, name, request=None, service=SENSORS, **call):
        """@request: fields, as in JSON. Of a method that streams, what can be iterated; else the
        answer."""
        method = self.schema.method(service, name)
        message = self.schema.message(method.input_type)()
        json_format.ParseDict(request or {}, message)
        return self.start_raw(f'/{service}/{name}', message.SerializeToString(),
                              self.schema.message(method.output_type).FromString,
                              method.server_streaming, **call)

    def start_raw(self, path, request, read=bytes, streams=False, **call):
        make = self.channel.unary_stream if streams else self.channel.unary_unary
        return make(path, request_serializer=bytes, response_deserializer=read)(
            request, **{'timeout': 60, **call})

    def call(self, name, request=None, service=SENSORS, **call):
        return as_json(self.start(name, request, service, **call))
