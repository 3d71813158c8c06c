"""Messages of Protocol Buffers, as far as ONNX and TensorBoard need them."""

import struct

import numpy


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data):
    """{number: [values]}: integers, doubles and floats, and bytes."""
    found, at = {}, 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
            value = value - (1 << 64) if value >> 63 else value
        elif tag & 7 == 1:
            value, at = struct.unpack_from("<d", data, at)[0], at + 8
        elif tag & 7 == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        else:
            assert tag & 7 == 5, tag
            value, at = struct.unpack_from("<f", data, at)[0], at + 4
        found.setdefault(tag >> 3, []).append(value)
    assert at == len(data)
    return found


def tensor(data):
    """(name, array) of a TensorProto with raw data."""
    found = fields(data)
    dtype = {1: "<f4", 7: "<i8"}[found[2][0]]
    return found[8][0].decode(), numpy.frombuffer(found[9][0], dtype).reshape(found.get(1, []))


def attributes(node):
    """{name: integer or list of integers}"""
    found = {}
    for one in map(fields, node.get(5, [])):
        found[one[1][0].decode()] = one[8] if one[20] == [7] else one[3][0]
    return found


class Onnx:
    """A model: its nodes, constants, and what it says of itself."""

    def __init__(self, data):
        self.model = fields(data)
        graph = fields(self.model[7][0])
        self.nodes = [fields(node) for node in graph[1]]
        self.constants = dict(map(tensor, graph[5]))
        self.inputs = [fields(one)[1][0].decode() for one in graph[11]]
        self.outputs = [fields(one)[1][0].decode() for one in graph[12]]
        self.about = {f[1][0].decode(): f[2][0].decode() for f in map(fields, self.model[14])}

    def run(self, image, functions):
        """The outputs, by functions of (inputs, attributes) named as ONNX's operators."""
        values = {"image": image,
                  **{k: functions["constant"](v) for k,
                     v in self.constants.items()}}
        for node in self.nodes:
            inputs = [values[name.decode()] for name in node[1]]
            values[node[2][0].decode()] = functions[node[4][0].decode()](inputs, attributes(node))
        return [values[name] for name in self.outputs]
