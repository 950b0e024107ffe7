import { createRandom } from '@almagest/numerics';
import { createWcs, type SkyWcs, type WcsDefinition } from '@almagest/wcs';
import { createReferenceCatalogue, type FieldSources, type ReferenceCatalogue, TangentPlane } from '../src/index.ts';

const DEG = Math.PI / 180;

export interface SimulatedFieldOptions {
  readonly seed: string;
  /** Stars on the image that were detected. */
  readonly stars: number;
  readonly size?: number;
  readonly scaleArcsec?: number;
  /** Error of a coordinate of the brightest and of the faintest source [pixel]. */
  readonly noise?: readonly [number, number];
  /** Share of the stars that the reference catalogue misses, and of sources that are no stars. */
  readonly missing?: number;
  readonly spurious?: number;
  /** Scatter between the band of the image and that of the catalogue [mag]. */
  readonly colour?: number;
  readonly mirrored?: boolean;
  /** Whether the initial WCS has the distortion of the truth. */
  readonly knownDistortion?: boolean;
}

export interface SimulatedField {
  readonly truth: SkyWcs;
  readonly sources: FieldSources & { readonly sigma: Float64Array };
  readonly reference: ReferenceCatalogue;
  /** The truth moved by 2 arcmin and turned by 2 degrees, without its distortion. */
  readonly initialWcs: SkyWcs;
  readonly size: number;
  readonly pixelScale: number;
}

/** A field of stars with a known WCS (distortion of several pixels), seen with errors, gaps and false sources. */
export function simulateField(options: SimulatedFieldOptions): SimulatedField {
  const {
    stars,
    size = 4096,
    scaleArcsec = 0.2,
    noise = [0.01, 0.15],
    missing = 0.15,
    spurious = 0.15,
    colour = 0.3,
    mirrored = false,
    knownDistortion = false,
  } = options;
  const random = createRandom(options.seed);
  const centre = [random.uniform(0, 360), Math.asin(random.uniform(-1, 1)) / DEG] as const;
  const turn = random.uniform(0, 2 * Math.PI);
  const s = scaleArcsec / 3600;
  const flip = mirrored ? 1 : -1;
  const matrix = (angle: number): [number, number, number, number] => [
    flip * s * Math.cos(angle),
    s * Math.sin(angle),
    -flip * s * Math.sin(angle),
    s * Math.cos(angle),
  ];
  const half = size / 2;
  const term = (power: number): number => random.uniform(-3, 3) / half ** power;
  const base: WcsDefinition = {
    crpix: [half - 0.5, half - 0.5],
    cd: matrix(turn),
    projection: 'TAN',
    crval: centre,
    frame: { system: 'ICRS' },
  };
  const polynomial = () => ({ order: 3, terms: { '2_0': term(2), '1_1': term(2), '0_2': term(2), '3_0': term(3), '1_2': term(3) } });
  const sip = { a: polynomial(), b: polynomial() };
  const truth = createWcs({ ...base, sip });
  // Stars over half a field more on every side, so that a wrong pointing finds stars too.
  const margin = 0.5;
  const total = Math.round(stars * (1 + 2 * margin) ** 2);
  const plane = new TangentPlane(centre[0] * DEG, centre[1] * DEG);
  const span = (1 + 2 * margin) * size * s * DEG;
  const [ra, dec, mag] = [new Float64Array(total), new Float64Array(total), new Float64Array(total)];
  for (let i = 0; i < total; i++) {
    const sky = plane.unproject(random.uniform(-0.5, 0.5) * span, random.uniform(-0.5, 0.5) * span);
    ra[i] = sky.ra;
    dec[i] = sky.dec;
    mag[i] = 15 + (10 / 3) * Math.log10(random.uniform() + 1e-6) + 8;
  }
  const faintest = mag.reduce((a, b) => Math.max(a, b), 0);
  const [x, y] = [new Float64Array(total), new Float64Array(total)];
  truth.skyToPixelArray(ra, dec, x, y);
  const rows = { x: [] as number[], y: [] as number[], flux: [] as number[], sigma: [] as number[] };
  const add = (px: number, py: number, magnitude: number): void => {
    const sigma = Math.min(noise[1], noise[0] * 10 ** (0.2 * Math.max(0, magnitude - faintest + 6)));
    rows.x.push(px + random.normal(0, sigma));
    rows.y.push(py + random.normal(0, sigma));
    rows.flux.push(10 ** (-0.4 * (magnitude - 30)));
    rows.sigma.push(sigma);
  };
  for (let i = 0; i < total; i++)
    if (x[i] >= 0 && y[i] >= 0 && x[i] < size && y[i] < size && random.uniform() > 0.1) add(x[i], y[i], mag[i] + random.normal(0, colour));
  const false_ = Math.round(rows.x.length * spurious);
  for (let k = 0; k < false_; k++) add(random.uniform(0, size), random.uniform(0, size), faintest - random.exponential());
  const kept = [...Array(total).keys()].filter(() => random.uniform() > missing);
  const pick = (column: Float64Array): Float64Array => Float64Array.from(kept, (i) => column[i]);
  const direction = random.uniform(0, 2 * Math.PI);
  const off = plane.unproject((2 / 60) * DEG * Math.cos(direction), (2 / 60) * DEG * Math.sin(direction));
  const initial = {
    ...base,
    ...(knownDistortion ? { sip } : {}),
    cd: matrix(turn + 2 * DEG * (random.uniform() < 0.5 ? 1 : -1)),
    crval: [off.ra / DEG, off.dec / DEG] as const,
  };
  return {
    truth,
    sources: {
      x: Float64Array.from(rows.x),
      y: Float64Array.from(rows.y),
      flux: Float64Array.from(rows.flux),
      sigma: Float64Array.from(rows.sigma),
    },
    reference: createReferenceCatalogue({ ra: pick(ra), dec: pick(dec), mag: pick(mag) }),
    initialWcs: createWcs(initial),
    size,
    pixelScale: s * DEG,
  };
}

/** Largest distance [pixel] between two WCS on a grid of the image. */
export function worstErrorPixel(a: SkyWcs, b: SkyWcs, size: number): number {
  let worst = 0;
  for (let j = 0; j <= 8; j++)
    for (let i = 0; i <= 8; i++) {
      const [x, y] = [(i / 8) * (size - 1), (j / 8) * (size - 1)];
      const p = a.pixelToSky(x, y);
      const q = b.skyToPixel(p.ra, p.dec);
      worst = Math.max(worst, Math.hypot(q.x - x, q.y - y));
    }
  return worst;
}
