/*
 * Ziggurat with 256 layers of equal area (Marsaglia and Tsang 2000, J. Stat. Softw. 5, 8; Doornik's split of random bits, so that
 * the layer index and the abscissa share none). R is the start of the tail; V the common area: R f(R) + integral of f beyond R,
 * with f(x) = exp(-x^2 / 2). A test recomputes V from R.
 */
const LAYERS = 256;
/** Start of the tail. */
export const ZIGGURAT_TAIL = 3.6541528853610088;
/** Area of each layer. */
export const ZIGGURAT_AREA = 0.00492867323399;

const edges = new Float64Array(LAYERS + 1);
const heights = new Float64Array(LAYERS + 1);
{
  const density = (x: number): number => Math.exp(-0.5 * x * x);
  edges[0] = ZIGGURAT_AREA / density(ZIGGURAT_TAIL);
  edges[1] = ZIGGURAT_TAIL;
  for (let i = 2; i < LAYERS; i++) edges[i] = Math.sqrt(-2 * Math.log(ZIGGURAT_AREA / edges[i - 1] + density(edges[i - 1])));
  for (let i = 0; i <= LAYERS; i++) heights[i] = density(edges[i]);
}

/** One normal deviate from a source of 32-bit integers and of uniforms. */
export function normalDeviate(uint32: () => number, uniform: () => number): number {
  for (;;) {
    const layer = uint32() & 255;
    const signed = uint32() / 2147483648 - 1 + (uint32() >>> 11) / 4503599627370496 / 1024;
    const x = signed * edges[layer];
    if (Math.abs(x) < edges[layer + 1]) return x;
    if (layer === 0) return tailDeviate(uniform, signed < 0);
    const y = heights[layer] + uniform() * (heights[layer + 1] - heights[layer]);
    if (y < Math.exp(-0.5 * x * x)) return x;
  }
}

/** A deviate beyond the last layer: Marsaglia's exponential rejection. */
function tailDeviate(uniform: () => number, negative: boolean): number {
  for (;;) {
    const x = -Math.log(1 - uniform()) / ZIGGURAT_TAIL;
    const y = -Math.log(1 - uniform());
    if (2 * y > x * x) return negative ? -(ZIGGURAT_TAIL + x) : ZIGGURAT_TAIL + x;
  }
}
