import { fromBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  type ModelProto,
} from 'onnx-buf';
import { expect, it } from 'vitest';
import { GraphBuilder } from '../../../../src/engine/graph/graph';
import { Cast, Clip, FusedMatMul, LayerNormalization, Resize } from '../../../../src/engine/graph/ops/index';
import { encodeModel } from '../../../../src/engine/graph/proto';
import { float32, int64 } from '../../../../src/engine/tensors/tensor';

function model(): ModelProto {
  const g = new GraphBuilder('sample');
  const x = g.input('x', 'float32', ['batch', 2, 'height', 3]);
  const source = {
    name: 'w',
    dtype: 'float32',
    shape: [4, 3],
    file: '/models/unet/w.safetensors',
    offset: 5_000_000_001,
    length: 48,
  } as const;
  const product = FusedMatMul(g, x, g.weight(source), { transB: 1, alpha: 0.25 }, 'product');
  const scale = g.constant(float32([1, 2, 3, 4], [4]), 'scale');
  const normal = LayerNormalization(g, product, scale, undefined, { axis: -1, epsilon: 1e-5 }, 'normal');
  const clipped = Clip(g, Resize(g, normal, { scale: 2 }), undefined, 3);
  g.output('y', Cast(g, clipped, 'float16'));
  g.output('big', g.constant(int64([-1, 2 ** 40], [2]), 'numbers'));
  return fromBinary(
    ModelProtoSchema,
    encodeModel(g.finish(), (file) => file.replace('/models/', '')),
  );
}

it('the model declares IR 10 and both operator sets', () => {
  const parsed = model();
  expect(parsed.irVersion).toBe(10n);
  expect(parsed.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([
    ['', 21n],
    ['com.microsoft', 1n],
  ]);
});

it('inputs and outputs carry dtype, sizes and symbols', () => {
  const { graph } = model();
  const [x] = graph!.input;
  expect(x!.name).toBe('x');
  const type = x!.type!.value;
  if (type.case !== 'tensorType') throw new Error(`x is a ${String(type.case)}`);
  expect(type.value.elemType).toBe(TensorProto_DataType.FLOAT);
  expect(type.value.shape!.dim.map((dim) => dim.value.value)).toEqual(['batch', 2n, 'height', 3n]);
  expect(graph!.output.map(({ name }) => name)).toEqual(['y', 'big']);
});

it('nodes carry names, domain, empty names for omitted inputs, and typed attributes', () => {
  const nodes = new Map(model().graph!.node.map((node) => [node.opType, node]));
  const fused = nodes.get('FusedMatMul')!;
  expect([fused.name, fused.domain, fused.input, fused.output]).toEqual([
    'product',
    'com.microsoft',
    ['x', 'w'],
    ['product'],
  ]);
  const attributes = new Map(fused.attribute.map((attribute) => [attribute.name, attribute]));
  expect(attributes.get('transB')).toMatchObject({ type: AttributeProto_AttributeType.INT, i: 1n });
  expect(attributes.get('alpha')).toMatchObject({ type: AttributeProto_AttributeType.FLOAT, f: 0.25 });
  const axis = nodes.get('LayerNormalization')!.attribute.find(({ name }) => name === 'axis');
  expect(axis).toMatchObject({ type: AttributeProto_AttributeType.INT, i: -1n });
  const mode = nodes.get('Resize')!.attribute.find(({ name }) => name === 'mode')!;
  expect(new TextDecoder().decode(mode.s)).toBe('nearest');
  expect(nodes.get('Resize')!.input.slice(0, 2)).toEqual(['normal', '']);
  expect(nodes.get('Clip')!.input).toEqual(['Resize', '', 'scalar']);
  expect(nodes.get('Cast')!.attribute[0]).toMatchObject({ name: 'to', i: BigInt(TensorProto_DataType.FLOAT16) });
});

it('small tensors are in the message, weights point into their file', () => {
  const tensors = new Map(model().graph!.initializer.map((tensor) => [tensor.name, tensor]));
  const scale = tensors.get('scale')!;
  expect(scale).toMatchObject({ dims: [4n], dataType: TensorProto_DataType.FLOAT });
  expect([...new Float32Array(scale.rawData.slice().buffer)]).toEqual([1, 2, 3, 4]);
  expect([...new BigInt64Array(tensors.get('numbers')!.rawData.slice().buffer)]).toEqual([-1n, 2n ** 40n]);
  const weight = tensors.get('w')!;
  expect(weight.dataLocation).toBe(TensorProto_DataLocation.EXTERNAL);
  expect(Object.fromEntries(weight.externalData.map(({ key, value }) => [key, value]))).toEqual({
    location: 'unet/w.safetensors',
    offset: '5000000001',
    length: '48',
  });
});
