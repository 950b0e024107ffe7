import { KernelArgumentError } from '../errors.ts';
import { float32At, type Plane, withFrame } from '../memory/frame.ts';
import { callScratch, runKernel } from '../threads/threads.ts';

export interface CellOptions {
  /** Sides of a cell [pixel]; the last cells of a row or column may be smaller. */
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Same shape as the image; pixels with any of `badBits` are left out. NaN and infinities always are. */
  readonly mask?: Plane<Int32Array> | undefined;
  /** Default: every bit. */
  readonly badBits?: number;
  /** Clipping threshold [sigma], default 3. */
  readonly clipSigma?: number;
}

/** Statistics of cells, row by row; all NaN and count 0 where a cell has no usable pixel. */
export interface CellStatistics {
  readonly columns: number;
  readonly rows: number;
  /** Of the values within clipSigma of the median, as are sigma and count. */
  readonly mean: Float32Array;
  readonly median: Float32Array;
  /** Standard deviation of the kept values; for a Gaussian clipped at 3 sigma it settles 1.5 % below the true one. */
  readonly sigma: Float32Array;
  readonly count: Float32Array;
}

/** Bins of the histogram that gives the median: each 8 sigma / 256 wide. */
export const HISTOGRAM_BINS = 256;

/**
 * Measures the sky level in square cells: clips about the mean until nothing changes, then about the median.
 *
 * The median is that of a histogram of the values within 4 sigma, linear inside its bin: off by less than 0.02 sigma.
 * Mode estimates such as 2.5 median - 1.5 mean are left to the caller.
 *
 * @throws {KernelArgumentError} if the mask has another shape or a cell side is below 1.
 * @remarks Agrees with {@link measureCellsReference} within 2e-3 sigma (background.diff.test.ts). See Bertin and Arnouts 1996,
 * A&AS 117, 393, section 3, for the estimator.
 */
export function measureCells(input: Plane, options: CellOptions): CellStatistics {
  const { columns, rows } = checkCells(input, options);
  const { cellWidth, cellHeight, mask } = options;
  const cells = columns * rows;
  const result = {
    columns,
    rows,
    mean: new Float32Array(cells),
    median: new Float32Array(cells),
    sigma: new Float32Array(cells),
    count: new Float32Array(cells),
  };
  withFrame((frame) => {
    const source = frame.inputPlane(input);
    const flags = mask ? frame.inputPlane(mask) : { address: 0, stride: 0 };
    const out = frame.scratch(16 * cells);
    const clip = options.clipSigma ?? 3;
    const bad = options.badBits ?? -1;
    const histogram = callScratch(frame, 4 * (HISTOGRAM_BINS + 1));
    const calls: number[][] = [];
    for (let row = 0; row < rows; row++) {
      const y0 = row * cellHeight;
      const y1 = Math.min(input.height, y0 + cellHeight);
      // prettier-ignore
      calls.push([source.address, source.stride, input.width, flags.address, flags.stride, bad, cellWidth, y0, y1, clip,
        out + 16 * columns * row, histogram()]);
    }
    runKernel('backgroundCells', calls);
    const values = float32At(out, 4 * cells);
    for (let k = 0; k < cells; k++) {
      result.mean[k] = values[4 * k];
      result.median[k] = values[4 * k + 1];
      result.sigma[k] = values[4 * k + 2];
      result.count[k] = values[4 * k + 3];
    }
  });
  return result;
}

/** @throws {KernelArgumentError} if options and image do not fit. */
export function checkCells(input: Plane, options: CellOptions): { readonly columns: number; readonly rows: number } {
  const { cellWidth, cellHeight, mask } = options;
  if (!(Number.isInteger(cellWidth) && Number.isInteger(cellHeight) && cellWidth > 0 && cellHeight > 0))
    throw new KernelArgumentError(`cell sides must be whole numbers from 1; found ${cellWidth} x ${cellHeight}`);
  if (mask && (mask.width !== input.width || mask.height !== input.height))
    throw new KernelArgumentError(
      `mask must be ${input.width} x ${input.height} pixels like the image; found ${mask.width} x ${mask.height}`,
    );
  return { columns: Math.ceil(input.width / cellWidth), rows: Math.ceil(input.height / cellHeight) };
}
