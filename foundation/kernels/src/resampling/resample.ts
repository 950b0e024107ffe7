import { KernelArgumentError } from '../errors.ts';
import { type KernelFrame, type Plane, withFrame, int32At } from '../memory/frame.ts';
import { runKernel, splitRows } from '../threads/threads.ts';
import { kernelOrder, lanczosTable, type ResamplingKernel } from './weights.ts';

/**
 * Where output pixels lie in the source: nodes every `cell` output pixels, linear in between.
 *
 * Node (r, c) belongs to output pixel (c * cell, r * cell) and holds at 4 * (r * columns + c): source x, source y, the
 * factor that values are multiplied with there (1, or the ratio of pixel areas), and one unused number. All in array
 * coordinates: the centre of the first pixel of either array is (0, 0). A node of NaN, or 4e6 pixels and more away, makes its cells empty.
 */
export interface MappingGrid {
  readonly cell: number;
  readonly columns: number;
  readonly rows: number;
  readonly nodes: Float64Array;
}

export interface ResampleRequest {
  readonly kernel: ResamplingKernel;
  readonly grid: MappingGrid;
  readonly input: Plane;
  /** NaN where the kernel's footprint leaves the source. */
  readonly output: Plane;
  /** Resampled with squared weights and the squared factor; covariance between pixels is not kept. */
  readonly variance?: { readonly input: Plane; readonly output: Plane } | undefined;
  /** The bits of the (up to) four pixels around each position, or `noDataBits` where the output is NaN. */
  readonly mask?: { readonly input: Plane<Int32Array>; readonly output: Plane<Int32Array>; readonly noDataBits: number } | undefined;
}

/**
 * Resamples a plane, and its variance and mask with it, where a grid says.
 *
 * @throws {KernelArgumentError} if planes that belong together differ in shape or the grid does not cover the output.
 * @remarks Positions are rounded to 1/8192 pixel. Agrees with {@link resampleReference} within 4e-6 of the largest value
 * under the footprint (resample.diff.test.ts).
 */
export function resample(request: ResampleRequest): void {
  checkRequest(request);
  const { grid, input, output, variance, mask } = request;
  if (output.width === 0 || output.height === 0) return;
  const order = kernelOrder(request.kernel);
  withFrame((frame) => {
    const source = frame.inputPlane(input);
    const target = frame.outputPlane(output);
    const table = order === 1 ? 0 : frame.input(lanczosTable(order));
    // prettier-ignore
    const words = [order, source.address, source.stride, input.width, input.height, target.address, target.stride, output.width,
      frame.input(grid.nodes), grid.columns, grid.cell, table, 0,
      ...pairWords(frame, variance), ...pairWords(frame, mask), mask?.noDataBits ?? 0];
    const block = frame.scratch(4 * words.length);
    int32At(block, words.length).set(words);
    runKernel(
      'resampleRows',
      splitRows(output.height).map(([y0, y1]) => [block, y0, y1]),
    );
  });
}

function pairWords(
  frame: KernelFrame,
  pair: { readonly input: Plane<Float32Array | Int32Array>; readonly output: Plane<Float32Array | Int32Array> } | undefined,
): number[] {
  if (pair === undefined) return [0, 0, 0, 0];
  const source = frame.inputPlane(pair.input);
  const target = frame.outputPlane(pair.output);
  return [source.address, source.stride, target.address, target.stride];
}

/** @throws {KernelArgumentError} if the parts of a request do not fit together. */
export function checkRequest(request: ResampleRequest): void {
  const { grid, input, output, variance, mask } = request;
  const need = (width: number): number => Math.ceil(width / grid.cell) + 1;
  if (!Number.isInteger(grid.cell) || grid.cell < 1)
    throw new KernelArgumentError(`cell must be a whole number from 1; found ${grid.cell}`);
  if (grid.columns < need(output.width) || grid.rows < need(output.height) || grid.nodes.length < 4 * grid.columns * grid.rows)
    throw new KernelArgumentError(
      `the grid must have ${need(output.width)} x ${need(output.height)} nodes; found ${grid.columns} x ${grid.rows} and ${grid.nodes.length} numbers`,
    );
  for (const pair of [variance, mask]) {
    if (pair === undefined) continue;
    if (pair.input.width !== input.width || pair.input.height !== input.height)
      throw new KernelArgumentError(`variance and mask must be ${input.width} x ${input.height} pixels like the image`);
    if (pair.output.width !== output.width || pair.output.height !== output.height)
      throw new KernelArgumentError(`output variance and mask must be ${output.width} x ${output.height} pixels like the output image`);
  }
}
