import type { ChebyshevField, PixelBox } from '@almagest/image';

/** Mean of T_n over [-1, 1]: 0 for odd n, 1 / (1 - n^2) for even. */
export function meanOfTerm(n: number): number {
  return n % 2 === 1 ? 0 : 1 / (1 - n * n);
}

/**
 * How a calibration factor changes over an image, from how its zero point does: 10^(-0.4 difference) as a Chebyshev series, by
 * interpolation at its nodes, scaled to a mean of 1.
 *
 * @param shape.order - Of the series in each direction; two more than that of the zero point keep 1e-6 for changes of 0.1 mag.
 * @param differenceAt - Zero point here less that of the whole [mag]; coordinates from -1 to 1 over the box.
 * @returns The field, and the mean that was taken out of it.
 */
export function scalingOf(
  { box, order }: { readonly box: PixelBox; readonly order: number },
  differenceAt: (u: number, v: number) => number,
): { readonly field: ChebyshevField; readonly mean: number } {
  const n = order + 1;
  const nodes = Float64Array.from({ length: n }, (_, k) => Math.cos((Math.PI * (k + 0.5)) / n));
  const values = Array.from({ length: n }, (_, j) => Array.from({ length: n }, (_u, i) => 10 ** (-0.4 * differenceAt(nodes[i], nodes[j]))));
  const out = Array.from({ length: n }, (_, b) =>
    Array.from({ length: n }, (_u, a) => {
      let sum = 0;
      for (let j = 0; j < n; j++)
        for (let i = 0; i < n; i++) sum += values[j][i] * Math.cos((Math.PI * a * (i + 0.5)) / n) * Math.cos((Math.PI * b * (j + 0.5)) / n);
      return (sum * (a === 0 ? 1 : 2) * (b === 0 ? 1 : 2)) / (n * n);
    }),
  );
  const mean = out.reduce((sum, row, b) => sum + row.reduce((inner, c, a) => inner + c * meanOfTerm(a) * meanOfTerm(b), 0), 0);
  return { field: { box, coefficients: out.map((row) => row.map((c) => c / mean)) }, mean };
}
