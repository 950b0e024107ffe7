/** What {@link StampWorkspace.correlate} computes for one function, in plain TypeScript; rows of `side` values. */
export function correlateStampReference(source: Float64Array, side: number, x: Float64Array, y: Float64Array): Float64Array {
  const wide = side + x.length - 1;
  const out = new Float64Array(side * side);
  for (let j = 0; j < side; j++)
    for (let i = 0; i < side; i++) {
      let sum = 0;
      for (let v = 0; v < y.length; v++) for (let u = 0; u < x.length; u++) sum += y[v] * x[u] * source[(j + v) * wide + i + u];
      out[j * side + i] = sum;
    }
  return out;
}

/** What {@link StampWorkspace.multiply} computes. */
export function weightedProductsReference(arrays: readonly Float64Array[], weights: Float64Array): Float64Array {
  const out = new Float64Array(arrays.length ** 2);
  for (const [a, first] of arrays.entries())
    for (const [b, second] of arrays.entries())
      for (let k = 0; k < weights.length; k++) out[a * arrays.length + b] += weights[k] * first[k] * second[k];
  return out;
}
