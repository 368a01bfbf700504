/**
 * Writes a graph as an ONNX ModelProto. Only the dozen message types we emit are known here; field numbers are those
 * of onnx.proto (ONNX 1.16, IR version 10).
 */
import type { DType } from '../tensors/tensor';
import { CONTRIB_OPSET, DOMAINS, FLOAT_ATTRIBUTES, OPSET } from './attributes';
import type { Graph, Initializer, Node, Value } from './graph';
import { MessageWriter } from './message-writer';

const IR_VERSION = 10;

/** TensorProto.DataType */
const DATA_TYPES: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
};

/** AttributeProto.AttributeType */
const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** Location of a weight file relative to the folder that the runtime resolves against, with '/' between parts. */
export type LocationOf = (file: string) => string;

/** The bytes of the model. `locationOf` is asked for every weight that stays in its file. */
export function encodeModel(graph: Graph, locationOf: LocationOf): Uint8Array {
  const model = new MessageWriter();
  model.int(1, IR_VERSION);
  model.string(2, 'fourstep');
  model.message(7, encodeGraph(graph, locationOf));
  model.message(8, encodeOpset('', OPSET));
  model.message(8, encodeOpset('com.microsoft', CONTRIB_OPSET));
  return model.bytes();
}

function encodeOpset(domain: string, version: number): MessageWriter {
  const opset = new MessageWriter();
  opset.string(1, domain);
  opset.int(2, version);
  return opset;
}

function encodeGraph(graph: Graph, locationOf: LocationOf): MessageWriter {
  const message = new MessageWriter();
  for (const node of graph.nodes) message.message(1, encodeNode(node));
  message.string(2, graph.name);
  for (const initializer of graph.initializers) message.message(5, encodeTensor(initializer, locationOf));
  for (const input of graph.inputs) message.message(11, encodeValueInfo(input));
  for (const output of graph.outputs) message.message(12, encodeValueInfo(output));
  return message;
}

function encodeNode(node: Node): MessageWriter {
  const message = new MessageWriter();
  for (const input of node.inputs) message.string(1, input?.name ?? '');
  for (const output of node.outputs) message.string(2, output.name);
  message.string(3, node.name);
  message.string(4, node.op);
  const attributes = Object.entries(node.attributes) as [string, AttributeValue][];
  for (const [name, value] of attributes) message.message(5, encodeAttribute(name, value));
  const domain = DOMAINS[node.op];
  if (domain !== undefined) message.string(7, domain);
  return message;
}

type AttributeValue = number | string | readonly number[];

function encodeAttribute(name: string, value: AttributeValue): MessageWriter {
  const attribute = new MessageWriter();
  attribute.string(1, name);
  if (name === 'to') {
    attribute.int(3, DATA_TYPES[value as DType]);
    attribute.int(20, ATTRIBUTE_TYPES.int);
  } else if (typeof value === 'string') {
    attribute.string(4, value);
    attribute.int(20, ATTRIBUTE_TYPES.string);
  } else if (typeof value !== 'number') {
    for (const item of value) attribute.int(8, item);
    attribute.int(20, ATTRIBUTE_TYPES.ints);
  } else if (FLOAT_ATTRIBUTES.has(name)) {
    attribute.float(2, value);
    attribute.int(20, ATTRIBUTE_TYPES.float);
  } else {
    attribute.int(3, value);
    attribute.int(20, ATTRIBUTE_TYPES.int);
  }
  return attribute;
}

function encodeTensor(initializer: Initializer, locationOf: LocationOf): MessageWriter {
  const { value } = initializer;
  const message = new MessageWriter();
  for (const dim of value.shape) message.int(1, Number(dim));
  message.int(2, DATA_TYPES[value.dtype]);
  message.string(8, value.name);
  if (initializer.kind === 'inline') {
    const { buffer, byteOffset, byteLength } = initializer.tensor.data;
    message.raw(9, new Uint8Array(buffer, byteOffset, byteLength));
    return message;
  }
  const { file, offset, length } = initializer.source;
  message.message(13, encodeEntry('location', locationOf(file)));
  message.message(13, encodeEntry('offset', String(offset)));
  message.message(13, encodeEntry('length', String(length)));
  message.int(14, 1);
  return message;
}

function encodeEntry(key: string, value: string): MessageWriter {
  const entry = new MessageWriter();
  entry.string(1, key);
  entry.string(2, value);
  return entry;
}

function encodeValueInfo({ name, dtype, shape }: Value): MessageWriter {
  const dims = new MessageWriter();
  for (const dim of shape) {
    const dimension = new MessageWriter();
    if (typeof dim === 'number') dimension.int(1, dim);
    else dimension.string(2, dim);
    dims.message(1, dimension);
  }
  const tensor = new MessageWriter();
  tensor.int(1, DATA_TYPES[dtype]);
  tensor.message(2, dims);
  const type = new MessageWriter();
  type.message(1, tensor);
  const info = new MessageWriter();
  info.string(1, name);
  info.message(2, type);
  return info;
}
