import { isophotalMoments, PHOTOMETRY_VALUES, photometerSources } from '@almagest/kernels';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { sumInCirclesInto } from '../aperture/circle-sums.ts';
import { measureWindowedCentroid } from '../centroid/windowed.ts';
import { measureKronFlux } from '../kron/kron.ts';
import { measureIsophotal } from '../shape/isophotal.ts';
import { createStamp, cutStampInto } from '../stamp/stamp.ts';

const [WIDTH, HEIGHT, STRIDE] = [230, 190, 241];

/** Blobs of several sizes on noise, labelled by nearness, some at the very edges; a few NaN. */
function scene(seed: number): { image: Float32Array; labels: Int32Array; x: Float64Array; y: Float64Array; size: Float64Array } {
  const random = createRandom(seed);
  const image = new Float32Array(STRIDE * HEIGHT);
  const labels = new Int32Array(STRIDE * HEIGHT);
  random.fillNormal(image, 0, 3);
  const count = 60;
  const x = Float64Array.from({ length: count }, (_, i) => (i < 4 ? [0.2, WIDTH - 1, 120, 3][i] : random.uniform(0, WIDTH - 1)));
  const y = Float64Array.from({ length: count }, (_, i) => (i < 4 ? [50, 60, 0, HEIGHT - 1][i] : random.uniform(0, HEIGHT - 1)));
  const size = Float64Array.from({ length: count }, () => random.uniform(1.2, 6));
  for (let i = 0; i < count; i++)
    for (let v = 0; v < HEIGHT; v++)
      for (let u = 0; u < WIDTH; u++) {
        const r2 = (u - x[i]) ** 2 + (v - y[i]) ** 2;
        image[v * STRIDE + u] += 200 * Math.exp(-r2 / (2 * size[i] ** 2));
        if (r2 < 4 * size[i] ** 2 && labels[v * STRIDE + u] === 0) labels[v * STRIDE + u] = i + 1;
      }
  for (let k = 0; k < 40; k++) image[Math.floor(random.uniform(0, STRIDE * HEIGHT))] = Number.NaN;
  return { image, labels, x, y, size };
}

test('the kernel measures what stamp, centroid, circles and Kron flux measure one by one (seed 7, 1e-9)', () => {
  const { image, labels, x, y, size } = scene(7);
  const plane = { data: image, width: WIDTH, height: HEIGHT, stride: STRIDE };
  const marks = { ...plane, data: labels };
  const [radii, half, sigmaPixels, skyVariance, gain] = [[0.4, 2, 3, 7.5, 12], 15, 1.7, 9, 2];
  const kron = { factor: 2.5, minimum: 3.5 };
  const theta = size.map((_, i) => 0.3 * i - 2);
  const form = (f: (c: number, s: number, a: number, b: number) => number): Float64Array =>
    size.map((a, i) => f(Math.cos(theta[i]), Math.sin(theta[i]), a, 0.7 * a));
  const wideHalf = Int32Array.from(size, (a) => (6 * a > half ? Math.ceil(6 * a) + 1 : 0));
  const { values, pitch } = photometerSources({
    image: plane,
    labels: marks,
    places: {
      x,
      y,
      cxx: form((c, s, a, b) => (c / a) ** 2 + (s / b) ** 2),
      cyy: form((c, s, a, b) => (s / a) ** 2 + (c / b) ** 2),
      cxy: form((c, s, a, b) => 2 * c * s * (1 / a ** 2 - 1 / b ** 2)),
      wideHalf,
    },
    half,
    sigmaPixels,
    skyVariance,
    gain,
    radii,
    kron,
  });
  const stamp = createStamp();
  const wide = createStamp();
  const [sums, areas] = [new Float64Array(radii.length), new Float64Array(radii.length)];
  let settled = 0;
  for (let i = 0; i < x.length; i++) {
    cutStampInto(stamp, { image: plane, segmentation: marks, own: i + 1, x: x[i], y: y[i], half });
    const { x0, y0 } = stamp;
    const centroid = measureWindowedCentroid(stamp.plane, { x: x[i] - x0, y: y[i] - y0 }, { sigmaPixels, skyVariance, gain });
    sumInCirclesInto(stamp.plane, centroid, radii, sums, areas);
    if (wideHalf[i] > 0) cutStampInto(wide, { image: plane, segmentation: marks, own: i + 1, x: x[i], y: y[i], half: wideHalf[i] });
    const used = wideHalf[i] > 0 ? wide : stamp;
    const ellipse = { x: centroid.x + x0 - used.x0, y: centroid.y + y0 - used.y0, a: size[i], b: 0.7 * size[i], theta: theta[i] };
    const flux = measureKronFlux(used.plane, ellipse, kron);
    const wanted = [
      centroid.x + x0,
      centroid.y + y0,
      centroid.xxError,
      centroid.yyError,
      centroid.xyError,
      centroid.converged ? 1 : 0,
      stamp.replaced,
      stamp.truncated ? 1 : 0,
      flux.flux,
      flux.area,
      flux.radius,
      ...sums,
      ...areas,
    ];
    if (centroid.converged) settled++;
    wanted.forEach((value, k) => {
      const name = PHOTOMETRY_VALUES[k] ?? `circle ${k - PHOTOMETRY_VALUES.length}`;
      const found = values[i * pitch + k];
      if (Number.isNaN(value)) expect([i, name, found]).toEqual([i, name, Number.NaN]);
      else expect(Math.abs(found - value), `${name} of ${i}`).toBeLessThan(1e-9 * Math.max(1, Math.abs(value)));
    });
  }
  expect(settled).toBeGreaterThan(40);
});

test('isophotal moments of the kernel are those of the function (seed 8, 1e-9)', () => {
  const { image, labels } = scene(8);
  const groups = Array.from({ length: 60 }, (_, i) => Int32Array.from(labels.keys().filter((p) => labels[p] === i + 1)));
  const offsets = new Int32Array(61);
  groups.forEach((group, i) => (offsets[i + 1] = offsets[i] + group.length));
  const pixels = Int32Array.from(groups.flatMap((group) => [...group]));
  const plane = { data: image, width: WIDTH, height: HEIGHT, stride: STRIDE };
  const found = isophotalMoments(plane, pixels, offsets);
  for (let i = 0; i < 60; i++) {
    const { flux, x, y, xx, yy, xy, peak } = measureIsophotal(plane, pixels, offsets[i], offsets[i + 1]);
    [flux, x, y, xx, yy, xy, peak].forEach((value, k) => {
      if (!Number.isFinite(value)) expect(found[7 * i + k]).toBe(value);
      else expect(Math.abs(found[7 * i + k] - value)).toBeLessThan(1e-9 * Math.max(1, Math.abs(value)));
    });
  }
});
