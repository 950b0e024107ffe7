import { createImage } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { getColumn } from '@almagest/table';
import { createWcs, type SkyWcs } from '@almagest/wcs';
import { expect, test } from 'vitest';
import { medianPattern } from './fixed-pattern.ts';
import { fitTransit, relativeFlux } from './light-curve.ts';
import { type BandFrame, seriesCatalogue } from './series-catalogue.ts';

const DEGREE = Math.PI / 180;
const SCALE = 5 / 3600;
const [WIDTH, HEIGHT] = [650, 500];
const FIELD = { ra: 31.04, dec: 46.69 };

/** A WCS of the field: turned by some degrees, moved by some pixels. */
function wcsOf(turn: number, dx: number, dy: number): SkyWcs {
  const [c, s] = [Math.cos(turn * DEGREE) * SCALE, Math.sin(turn * DEGREE) * SCALE];
  return createWcs({
    crpix: [325 + dx, 250 + dy],
    cd: [-c, s, s, c],
    crval: [FIELD.ra, FIELD.dec],
    projection: 'TAN',
    frame: { system: 'ICRS' },
  });
}

for (const seed of [1, 2, 3])
  test(`a drifting series of frames is placed by six stars, two of them saturated: to a third of a pixel (seed ${seed})`, () => {
    const random = createRandom(`series/${seed}`);
    const sky = wcsOf(0, 0, 0);
    const stars = Array.from({ length: 900 }, () => {
      const { ra, dec } = sky.pixelToSky(random.uniform(-100, 750), random.uniform(-400, 900));
      return { ra, dec, mag: 9 + 6 * Math.sqrt(random.uniform()) };
    });
    const inFirst = (star: { ra: number; dec: number }): boolean => {
      const { x, y } = sky.skyToPixel(star.ra, star.dec);
      return x > 60 && x < 590 && y > 110 && y < 390;
    };
    const anchors = stars
      .filter(inFirst)
      .toSorted((a, b) => a.mag - b.mag)
      .slice(0, 6);
    const frames = Array.from({ length: 12 }, (_, k): BandFrame => {
      const wcs = wcsOf(0.3 + 0.05 * k, 40 + k, -60 + 22 * k);
      const transparency = random.uniform(0.7, 1);
      const seen = stars.flatMap(({ ra, dec, mag }, i) => {
        const { x, y } = wcs.skyToPixel(ra, dec);
        if (!(x > 0 && x < WIDTH && y > 0 && y < HEIGHT)) return [];
        // The two brightest are saturated: their centres are anywhere near.
        const off = anchors.slice(0, 2).includes(stars[i]!) ? 3 : 0.1;
        return [{ x: x + random.normal(0, off), y: y + random.normal(0, off), flux: transparency * 10 ** (-0.4 * (mag - 20)) }];
      });
      return {
        name: `frame ${k}`,
        band: 'clear',
        width: WIDTH,
        height: HEIGHT,
        nominal: sky,
        snr: Float64Array.from(seen, ({ flux }) => flux / 10),
        stars: {
          x: Float64Array.from(seen, ({ x }) => x),
          y: Float64Array.from(seen, ({ y }) => y),
          flux: Float64Array.from(seen, ({ flux }) => flux),
        },
      };
    });
    const mag = Float64Array.from(anchors, (star) => star.mag);
    const table = seriesCatalogue(frames, {
      pointingError: 0.5 * DEGREE,
      zeroPoint: 25,
      anchors: {
        ra: Float64Array.from(anchors, ({ ra }) => ra),
        dec: Float64Array.from(anchors, ({ dec }) => dec),
        mag,
        magnitudes: new Map([['clear', mag]]),
      },
    });
    const [ra, dec, measured] = ['ra', 'dec', 'clear'].map((name) => getColumn(table, name).data as Float64Array) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const errors: number[] = [];
    const magnitudes: number[] = [];
    for (const star of stars.filter(inFirst)) {
      const at = { x: star.ra / DEGREE, y: star.dec / DEGREE };
      let best = Number.POSITIVE_INFINITY;
      let row = -1;
      ra.forEach((value, i) => {
        const distance = Math.hypot((value - at.x) * Math.cos(FIELD.dec * DEGREE), dec[i]! - at.y) / SCALE;
        if (distance < best) [best, row] = [distance, i];
      });
      errors.push(best);
      magnitudes.push(Math.abs(measured[row]! - star.mag));
    }
    const middle = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
    expect(middle(errors)).toBeLessThan(0.35);
    expect(errors.filter((error) => error < 1).length / errors.length).toBeGreaterThan(0.95);
    expect(middle(magnitudes)).toBeLessThan(0.03);
  });

test('stars that are not in the field are told, not guessed', () => {
  const random = createRandom('series/none');
  const x = Float64Array.from({ length: 300 }, () => random.uniform(0, WIDTH));
  const y = Float64Array.from({ length: 300 }, () => random.uniform(0, HEIGHT));
  const flux = Float64Array.from({ length: 300 }, () => random.uniform(10, 1e5));
  const frame: BandFrame = {
    name: 'other',
    band: 'r',
    width: WIDTH,
    height: HEIGHT,
    nominal: wcsOf(0, 0, 0),
    snr: flux,
    stars: { x, y, flux },
  };
  const mag = Float64Array.of(8, 9, 10, 10.5, 11);
  const anchors = {
    ra: mag.map((_, i) => (FIELD.ra + 0.1 * i) * DEGREE),
    dec: mag.map((_, i) => (FIELD.dec + 0.07 * (i % 2)) * DEGREE),
    mag,
  };
  const options = { pointingError: 0.05 * DEGREE, zeroPoint: 25, anchors: { ...anchors, magnitudes: new Map() } };
  expect(() => seriesCatalogue([frame], options)).toThrow(expect.objectContaining({ code: 'cli.not-anchored' }));
});

test('what stays in its place while stars drift is found, the stars are not (seed 4)', () => {
  const random = createRandom('pattern/4');
  const hot = new Float32Array(128 * 128).map((_, k) => (k % 997 === 0 ? 30 : 0));
  const frames = Array.from({ length: 21 }, (_, n) => {
    const image = createImage(128, 128);
    for (let k = 0; k < image.data.length; k++) image.data[k] = 500 + 60 * hot[k]! + random.normal(0, 5);
    for (let s = 0; s < 40; s++) image.data[((3 * s + 3 * n) % 128) * 128 + ((17 * s) % 128)]! += 3000;
    return { image, seconds: 60 };
  });
  const pattern = medianPattern(frames);
  const errors = Array.from(pattern, (value, k) => Math.abs(value - hot[k]!));
  expect(Math.max(...errors)).toBeLessThan(0.2);
});

test('a transit of 2.4 % under clouds and a slope comes out within its error (seeds 1 to 40)', () => {
  const pulls = Array.from({ length: 40 }, (_, seed) => {
    const random = createRandom(`transit/${seed}`);
    const time = Float64Array.from({ length: 70 }, (_unused, k) => k * 0.00417);
    const clouds = time.map(() => random.uniform(0.6, 1));
    const shape = { midpoint: 0.142, duration: 0.13, ingress: 0.13 };
    const noisy = (level: number): Float64Array => clouds.map((cloud) => level * cloud * (1 + random.normal(0, 0.006)));
    const stars = Array.from({ length: 40 }, () => noisy(random.uniform(3000, 20_000)));
    const target = noisy(8000).map((flux, k) => {
      const inside = shape.duration / 2 - Math.abs(time[k]! - shape.midpoint);
      const depth = 0.024 * Math.min(1, Math.max(0, inside / (shape.ingress * shape.duration)));
      return flux * (1 - depth) * (1 + 0.01 * time[k]!);
    });
    const { depth, depthError, scatter } = fitTransit(time, relativeFlux(target, stars), shape);
    expect(scatter).toBeLessThan(0.009);
    return (depth - 0.024) / depthError;
  });
  const mean = pulls.reduce((a, b) => a + b) / pulls.length;
  const width = Math.sqrt(pulls.reduce((sum, pull) => sum + (pull - mean) ** 2, 0) / pulls.length);
  expect(Math.abs(mean)).toBeLessThan(0.5);
  expect(width).toBeGreaterThan(0.7);
  expect(width).toBeLessThan(1.3);
});
