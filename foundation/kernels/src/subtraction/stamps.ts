import { KernelArgumentError } from '../errors.ts';
import { float64At, int32At, type KernelFrame, withFrame } from '../memory/frame.ts';
import { runKernel } from '../threads/threads.ts';

/** Functions of two coordinates, each a profile along x times one along y; all profiles have one odd length. */
export interface SeparableFunctions {
  readonly profilesX: readonly Float64Array[];
  readonly profilesY: readonly Float64Array[];
  /** Indices of the profiles. */
  readonly functions: readonly { readonly x: number; readonly y: number }[];
}

/**
 * Memory for stamps of one size, so that hundreds of them cost no garbage: correlations with separable functions, and weighted
 * products of the results.
 *
 * Arrays are those of the workspace and change with every call.
 *
 * @example
 * withStampWorkspace({ basis, side: 21, extra: 2 }, (stamps) => {
 *   stamps.source.set(pixels); // (side + taps - 1)^2
 *   stamps.correlate();
 *   stamps.multiply();
 * });
 */
export interface StampWorkspace {
  /** Doubles from row to row of stamps; a multiple of 8. Elements beyond a row's own pixels must be finite. */
  readonly pitch: number;
  /** Side of the stamp that is correlated: side + taps - 1. */
  readonly wide: number;
  /** wide x wide; the caller fills it. */
  readonly source: Float64Array;
  /** One stamp of side rows of pitch for each function, then `extra` more that the caller fills. */
  readonly stamps: readonly Float64Array[];
  /** One weight an element of a stamp; zero where nothing counts, beyond the rows' own pixels above all. */
  readonly weights: Float64Array;
  /** Sums of weight times stamp a times stamp b, row-major. */
  readonly products: Float64Array;
  /** Fills the stamps of the functions from the source: stamp(x, y) = sum over i, j of px[i] py[j] source(x + i, y + j). */
  correlate(): void;
  /** Fills the products from stamps and weights. */
  multiply(): void;
}

/**
 * Lends a workspace to `body` and takes its memory back.
 *
 * @throws {KernelArgumentError} if profiles differ in length.
 * @remarks Agrees with {@link correlateStampReference} and {@link weightedProductsReference} within 1e-13 of the largest value
 * (stamps.diff.test.ts).
 */
export function withStampWorkspace<T>(
  { basis, side, extra }: { readonly basis: SeparableFunctions; readonly side: number; readonly extra: number },
  body: (workspace: StampWorkspace) => T,
): T {
  const taps = basis.profilesX[0]?.length ?? 0;
  for (const { length } of [...basis.profilesX, ...basis.profilesY])
    if (length !== taps || length % 2 !== 1)
      throw new KernelArgumentError(`profiles must have one odd length; found ${taps} and ${length}`);
  return withFrame((frame) => body(createWorkspace(frame, basis, { side, extra, taps })));
}

function createWorkspace(
  frame: KernelFrame,
  basis: SeparableFunctions,
  { side, extra, taps }: { readonly side: number; readonly extra: number; readonly taps: number },
): StampWorkspace {
  const pitch = (side + 7) & ~7;
  const wide = side + taps - 1;
  const size = side * pitch;
  const count = basis.functions.length;
  const zeros = (length: number): { address: number; data: Float64Array } => {
    const address = frame.scratch(8 * length);
    const data = float64At(address, length).fill(0);
    return { address, data };
  };
  const source = zeros(wide * wide + 16);
  const stamps = zeros((count + extra + 3) * size);
  const weights = zeros(size);
  const products = zeros((count + extra) ** 2);
  const across = zeros(basis.profilesX.length * wide * pitch);
  const scaled = zeros(size);
  const [profilesX, profilesY] = [basis.profilesX, basis.profilesY].map((profiles) => {
    const { address, data } = zeros(profiles.length * taps);
    profiles.forEach((each, n) => data.set(each, n * taps));
    return address;
  });
  const functions = frame.scratch(8 * count);
  int32At(functions, 2 * count).set(basis.functions.flatMap(({ x, y }) => [x, y]));
  return {
    pitch,
    wide,
    source: source.data.subarray(0, wide * wide),
    stamps: Array.from({ length: count + extra }, (_, n) => stamps.data.subarray(n * size, (n + 1) * size)),
    weights: weights.data,
    products: products.data,
    correlate: () => {
      // prettier-ignore
      runKernel('correlateStamp', [[source.address, wide, taps, pitch, profilesX, basis.profilesX.length, profilesY, functions, count,
        stamps.address, across.address]]);
    },
    multiply: () => {
      runKernel('weightedProducts', [[stamps.address, count + extra, size, weights.address, products.address, scaled.address]]);
    },
  };
}
