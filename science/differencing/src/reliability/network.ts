import { STAMP_PLANES, STAMP_SIDE } from './cut-stamps.ts';

/** A layer: `weights` of shape [outputs, inputs], convolutions with inputs as [channel, 3, 3]. */
interface Layer {
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

/** The layers of the reliability network. */
export interface Network {
  readonly first: Layer;
  readonly second: Layer;
  readonly dense: Layer;
  readonly last: Layer;
}

const FIRST = 8;
const SECOND = 16;
const DENSE = 32;
const HALF_SIDE = STAMP_SIDE >> 1;
const QUARTER_SIDE = HALF_SIDE >> 1;
const FLAT = SECOND * QUARTER_SIDE * QUARTER_SIDE;

/** Takes the layers from base64 of IEEE half-precision numbers, little-endian. */
export function decodeNetwork(base64: string): Network {
  const text = atob(base64);
  let at = 0;
  const take = (length: number): Float64Array =>
    Float64Array.from({ length }, () => {
      const value = halfOf(text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8));
      at += 2;
      return value;
    });
  const layer = (outputs: number, inputs: number): Layer => ({ weights: take(outputs * inputs), bias: take(outputs) });
  const network = {
    first: layer(FIRST, 9 * STAMP_PLANES),
    second: layer(SECOND, 9 * FIRST),
    dense: layer(DENSE, FLAT),
    last: layer(1, DENSE),
  };
  if (at !== text.length) throw new RangeError(`expected ${at} bytes of weights; found ${text.length}`);
  return network;
}

/** Runs the network over prepared planes [4, 21, 21] and gives its one output before the logistic function. */
export function runNetwork({ first, second, dense, last }: Network, planes: Float64Array): number {
  const one = convolvePool(first, planes, STAMP_SIDE);
  const two = convolvePool(second, one, HALF_SIDE);
  const hidden = multiply(dense, two);
  for (let k = 0; k < DENSE; k++) hidden[k] = Math.max(0, hidden[k]);
  return multiply(last, hidden)[0];
}

/** Convolves with 3 x 3 filters (zeros outside), and takes the largest of each 2 x 2 pixels, no less than 0. */
function convolvePool({ weights, bias }: Layer, input: Float64Array, side: number): Float64Array {
  const channels = input.length / (side * side);
  const wide = side + 2;
  const padded = new Float64Array(channels * wide * wide);
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < side; y++)
      padded.set(input.subarray((c * side + y) * side, (c * side + y + 1) * side), (c * wide + y + 1) * wide + 1);
  const half = side >> 1;
  const output = new Float64Array(bias.length * half * half);
  const plane = new Float64Array(4 * half * half);
  for (let o = 0; o < bias.length; o++) {
    plane.fill(bias[o]);
    for (let c = 0; c < channels; c++) addFiltered(plane, { padded, at: c * wide * wide, wide }, weights, 9 * (o * channels + c));
    for (let y = 0; y < half; y++)
      for (let x = 0; x < half; x++) {
        const k = 2 * y * 2 * half + 2 * x;
        output[(o * half + y) * half + x] = Math.max(0, plane[k], plane[k + 1], plane[k + 2 * half], plane[k + 2 * half + 1]);
      }
  }
  return output;
}

/** Adds one filtered channel; an odd last row and column are left out, as they are not pooled. */
function addFiltered(
  plane: Float64Array,
  { padded, at, wide }: { readonly padded: Float64Array; readonly at: number; readonly wide: number },
  weights: Float64Array,
  w: number,
): void {
  const side = Math.sqrt(plane.length);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const k = at + y * wide + x;
      plane[y * side + x] +=
        weights[w] * padded[k] +
        weights[w + 1] * padded[k + 1] +
        weights[w + 2] * padded[k + 2] +
        weights[w + 3] * padded[k + wide] +
        weights[w + 4] * padded[k + wide + 1] +
        weights[w + 5] * padded[k + wide + 2] +
        weights[w + 6] * padded[k + 2 * wide] +
        weights[w + 7] * padded[k + 2 * wide + 1] +
        weights[w + 8] * padded[k + 2 * wide + 2];
    }
}

function multiply({ weights, bias }: Layer, input: Float64Array): Float64Array {
  return Float64Array.from(bias, (start, row) => {
    let sum = start;
    for (let k = 0; k < input.length; k++) sum += weights[row * input.length + k] * input[k];
    return sum;
  });
}

function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
