/** Residual blocks and the changes of resolution between levels. */
import type { Dim, Value } from '../graph/graph';
import { Add, Unsqueeze } from '../graph/ops/index';
import { conv, enlarge, groupNorm, linear, resizeNearest, silu } from './layers';
import { asBlock, knownDim, type Module } from './module';

export interface ResnetOptions {
  readonly out: number;
  readonly groups: number;
  readonly epsilon: number;
  /** silu(time embedding), [batch, C]; absent in autoencoders. */
  readonly activatedTime?: Value;
}

/** ResnetBlock2D: norm, SiLU, conv, plus time embedding, norm, SiLU, conv; a 1×1 shortcut where channels change. */
export function resnetBlock(m: Module, x: Value, options: ResnetOptions): Value {
  return asBlock(m, () => resnetBlockOf(m, x, options));
}

function resnetBlockOf(m: Module, x: Value, { out, groups, epsilon, activatedTime }: ResnetOptions): Value {
  const { g } = m;
  let hidden = conv(m.at('conv1'), silu(m.at('norm1'), groupNorm(m.at('norm1'), x, groups, epsilon)), out, {
    kernel: 3,
    padding: 1,
  });
  if (activatedTime !== undefined) {
    const shift = Unsqueeze(g, linear(m.at('time_emb_proj'), activatedTime, out), [2, 3], m.pathOf('time'));
    hidden = Add(g, hidden, shift, m.pathOf('timed'));
  }
  hidden = conv(m.at('conv2'), silu(m.at('norm2'), groupNorm(m.at('norm2'), hidden, groups, epsilon)), out, {
    kernel: 3,
    padding: 1,
  });
  const shortcut = knownDim(x, 1) === out ? x : conv(m.at('conv_shortcut'), x, out, { kernel: 1 });
  return m.tap(Add(g, hidden, shortcut, m.path));
}

/** [top, left, bottom, right] that stands for `padding` 0 in diffusers. */
const RIGHT_AND_BOTTOM = [0, 0, 1, 1] as const;

/** Downsample2D: 3×3 convolution, stride 2. Padding 0 (autoencoders) pads right and bottom by one, like diffusers. */
export function downsample(m: Module, x: Value, padding: number): Value {
  const sides = padding === 0 ? RIGHT_AND_BOTTOM : padding;
  return m.tap(conv(m.at('conv'), x, knownDim(x, 1), { kernel: 3, stride: 2, padding: sides }));
}

/** Upsample2D: twice the size, or the size given (the UNet's skip may be odd), then a 3×3 convolution. */
export function upsample(m: Module, x: Value, size?: { readonly height: Dim; readonly width: Dim }): Value {
  const larger = size === undefined ? enlarge(m, x, 2) : resizeNearest(m, x, size.height, size.width);
  return m.tap(conv(m.at('conv'), larger, knownDim(x, 1), { kernel: 3, padding: 1 }));
}
