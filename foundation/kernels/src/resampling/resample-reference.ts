import type { Plane } from '../memory/frame.ts';
import { checkRequest, type MappingGrid, type ResampleRequest } from './resample.ts';
import { kernelOrder, lanczosTable, tablePitch, WEIGHT_BINS } from './weights.ts';

/** The definition of resample in plain TypeScript, with sums in float64. */
export function resampleReference(request: ResampleRequest): void {
  checkRequest(request);
  const { input, output, variance, mask, grid } = request;
  const order = kernelOrder(request.kernel);
  for (let j = 0; j < output.height; j++)
    for (let i = 0; i < output.width; i++) {
      const position = positionAt(grid, i, j);
      const taps = tapsAt(position, order, input);
      const value = taps ? position.scale * weightedSum(input, taps, 1) : Number.NaN;
      output.data[j * output.stride + i] = value;
      if (variance) {
        const spread = taps ? position.scale ** 2 * weightedSum(variance.input, taps, 2) : Number.NaN;
        variance.output.data[j * variance.output.stride + i] = spread;
      }
      if (mask) {
        const bits = taps ? bitsAround(mask.input, taps) : 0;
        mask.output.data[j * mask.output.stride + i] = Number.isNaN(value) ? bits | mask.noDataBits : bits;
      }
    }
}

interface Position {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

function positionAt(grid: MappingGrid, i: number, j: number): Position {
  const c = Math.floor(i / grid.cell);
  const r = Math.floor(j / grid.cell);
  const u = (i % grid.cell) / grid.cell;
  const v = (j % grid.cell) / grid.cell;
  const at = (part: number): number => {
    const node = (row: number, column: number): number => grid.nodes[4 * (row * grid.columns + column) + part];
    const left = node(r, c) + v * (node(r + 1, c) - node(r, c));
    const right = node(r, c + 1) + v * (node(r + 1, c + 1) - node(r, c + 1));
    return left + u * (right - left);
  };
  return { x: at(0), y: at(1), scale: at(2) };
}

interface Taps {
  readonly x: number;
  readonly y: number;
  readonly weightsX: Float32Array;
  readonly weightsY: Float32Array;
  /** The pixel at or before the position, and whether the position lies past it. */
  readonly cornerX: number;
  readonly cornerY: number;
  readonly pastX: boolean;
  readonly pastY: boolean;
}

/** The pixels under the kernel and their weights; undefined where some lie outside. */
function tapsAt(position: Position, order: 1 | 3 | 5, input: Plane): Taps | undefined {
  const [cornerX, fx] = binOf(position.x);
  const [cornerY, fy] = binOf(position.y);
  const weightsX = weightsOf(order, fx);
  const weightsY = weightsOf(order, fy);
  const x = cornerX - (order - 1);
  const y = cornerY - (order - 1);
  const inside = x >= 0 && y >= 0 && x + weightsX.length <= input.width && y + weightsY.length <= input.height;
  return inside ? { x, y, weightsX, weightsY, cornerX, cornerY, pastX: fx > 0, pastY: fy > 0 } : undefined;
}

function binOf(position: number): readonly [number, number] {
  const bins = Math.floor(position * WEIGHT_BINS + 0.5);
  const whole = Math.floor(bins / WEIGHT_BINS);
  return [whole, bins - whole * WEIGHT_BINS];
}

function weightsOf(order: 1 | 3 | 5, bin: number): Float32Array {
  if (order === 1) return bin === 0 ? Float32Array.of(1) : Float32Array.of(1 - bin / WEIGHT_BINS, bin / WEIGHT_BINS);
  const pitch = tablePitch(order);
  return lanczosTable(order).subarray(bin * pitch, bin * pitch + 2 * order);
}

function weightedSum(plane: Plane, taps: Taps, power: 1 | 2): number {
  let sum = 0;
  for (let k = 0; k < taps.weightsY.length; k++)
    for (let l = 0; l < taps.weightsX.length; l++)
      sum += taps.weightsY[k] ** power * taps.weightsX[l] ** power * plane.data[(taps.y + k) * plane.stride + taps.x + l];
  return sum;
}

function bitsAround(mask: Plane<Int32Array>, taps: Taps): number {
  let bits = 0;
  for (let k = 0; k <= (taps.pastY ? 1 : 0); k++)
    for (let l = 0; l <= (taps.pastX ? 1 : 0); l++) bits |= mask.data[(taps.cornerY + k) * mask.stride + taps.cornerX + l];
  return bits;
}
