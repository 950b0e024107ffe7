import { medianInPlace } from '@almagest/numerics';

interface Plane {
  readonly image: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly mask: Int32Array;
  readonly badBits: number;
}

/** Side of the tiles whose lowest sky is kept [pixel]. */
const TILE = 64;

/** How a pixel is replaced: half-side of the first window that is tried, and what is made of its good pixels. */
interface Filling {
  readonly first: number;
  readonly pick: (good: readonly number[]) => number;
}

/** Medians of small windows, found where they are asked for. */
export class LocalMedians {
  readonly #plane: Plane;
  readonly #known5 = new Map<number, number>();
  readonly #known3 = new Map<number, number>();
  readonly #work = new Float64Array(49);

  constructor(plane: Plane) {
    this.#plane = plane;
  }

  median5(i: number): number {
    return this.#remembered(this.#known5, i, 2);
  }

  median3(i: number): number {
    return this.#remembered(this.#known3, i, 1);
  }

  /** Median of 3 x 3 less the median of those over 7 x 7, in units of `noise` floors: at least 1 % of the noise. */
  fineStructure(i: number, noise: number): number {
    const { width, height } = this.#plane;
    const x = i % width;
    const y = (i - x) / width;
    const values: number[] = [];
    for (let j = Math.max(0, y - 3); j <= Math.min(height - 1, y + 3); j++)
      for (let k = Math.max(0, x - 3); k <= Math.min(width - 1, x + 3); k++) values.push(this.median3(j * width + k));
    values.sort((a, b) => a - b);
    return Math.max(0.01 * noise, this.median3(i) - values[values.length >> 1]);
  }

  /** Replaces masked pixels by the largest of their good neighbours: a saturated core or a dead pixel must not make its rim look sharp. */
  replaceMasked(): void {
    const { mask, badBits } = this.#plane;
    const bad: number[] = [];
    for (let i = 0; i < mask.length; i++) if (mask[i] & badBits) bad.push(i);
    this.#fill(bad, (i) => (mask[i] & badBits) === 0, { first: 1, pick: (good) => good.reduce((a, b) => Math.max(a, b)) });
  }

  /** Replaces found pixels by the median of those that are neither found nor masked, and forgets what was known about them. */
  replace(found: Uint8Array, fresh: readonly number[]): void {
    const { mask, badBits } = this.#plane;
    this.#fill(fresh, (i) => found[i] === 0 && (mask[i] & badBits) === 0, {
      first: 2,
      pick: (good) => medianInPlace(Float64Array.from(good)),
    });
    this.#known5.clear();
    this.#known3.clear();
  }

  /** A low sky level of each tile: few windows of it have a lower median. */
  tileFloors(): { at(x: number, y: number): number } {
    const { image, width, height } = this.#plane;
    const columns = Math.ceil(width / TILE);
    const rows = Math.ceil(height / TILE);
    const floors = new Float64Array(columns * rows);
    const values = new Float64Array((TILE / 8) ** 2);
    for (let ty = 0; ty < rows; ty++) {
      for (let tx = 0; tx < columns; tx++) {
        let n = 0;
        for (let y = ty * TILE; y < Math.min(height, ty * TILE + TILE); y += 8)
          for (let x = tx * TILE; x < Math.min(width, tx * TILE + TILE); x += 8) values[n++] = image[y * width + x];
        const sorted = values.subarray(0, n).toSorted();
        floors[ty * columns + tx] = sorted[Math.floor(n / 20)];
      }
    }
    return { at: (x, y) => floors[(y >> 6) * columns + (x >> 6)] };
  }

  #fill(pixels: readonly number[], usable: (i: number) => boolean, { first, pick }: Filling): void {
    const { image, width, height } = this.#plane;
    const values = pixels.map((i) => {
      const x = i % width;
      const y = (i - x) / width;
      for (let half = first; half <= 16; half *= 2) {
        const good: number[] = [];
        for (let j = Math.max(0, y - half); j <= Math.min(height - 1, y + half); j++) {
          for (let k = Math.max(0, x - half); k <= Math.min(width - 1, x + half); k++)
            if (usable(j * width + k)) good.push(image[j * width + k]);
        }
        if (good.length >= 3) return pick(good);
      }
      return image[i];
    });
    for (const [k, i] of pixels.entries()) image[i] = values[k];
  }

  #remembered(known: Map<number, number>, i: number, half: number): number {
    const found = known.get(i);
    if (found !== undefined) return found;
    const { image, width, height } = this.#plane;
    const x = i % width;
    const y = (i - x) / width;
    let n = 0;
    for (let j = Math.max(0, y - half); j <= Math.min(height - 1, y + half); j++)
      for (let k = Math.max(0, x - half); k <= Math.min(width - 1, x + half); k++) this.#work[n++] = image[j * width + k];
    const value = medianInPlace(this.#work, n);
    known.set(i, value);
    return value;
  }
}
