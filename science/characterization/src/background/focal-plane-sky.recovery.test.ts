import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { type DetectorSky, fitFocalPlaneSky } from './focal-plane-sky.ts';

const [COLUMNS, CELL] = [16, 64];

/** Nine detectors under a tilted, vignetted sky with ghosts of known shape, one of them half under a galaxy. */
function visit(seed: number): { detectors: DetectorSky[]; truth: Map<number, Float64Array> } {
  const random = createRandom(seed);
  const truth = new Map<number, Float64Array>();
  const detectors = Array.from({ length: 9 }, (_, detector): DetectorSky => {
    const [cu, cv] = [((detector % 3) - 1) * 0.6, (Math.floor(detector / 3) - 1) * 0.6];
    const toFocalPlane = (x: number, y: number): { u: number; v: number } => ({
      u: cu + (x / 512 - 1) * 0.29,
      v: cv + (y / 512 - 1) * 0.29,
    });
    const places = Array.from({ length: COLUMNS * COLUMNS }, (_u, k) =>
      toFocalPlane(((k % COLUMNS) + 0.5) * CELL - 0.5, (Math.floor(k / COLUMNS) + 0.5) * CELL - 0.5),
    );
    const ghost = Float64Array.from(places, ({ u, v }) => Math.exp(-(((Math.hypot(u, v) - 0.5) / 0.05) ** 2)));
    const sky = Float64Array.from(places, ({ u, v }, k) => 1000 + 60 * u - 30 * v - 40 * (u * u + v * v) + 25 * ghost[k]);
    truth.set(detector, sky);
    const values = sky.map((value, k) => {
      const galaxy = detector === 4 ? 80 * Math.exp(-Math.hypot((k % COLUMNS) - 8, Math.floor(k / COLUMNS) - 8) / 3) : 0;
      return value + galaxy + random.normal(0, 0.5);
    });
    if (detector === 7) values.fill(Number.NaN, 0, 40);
    const shape = { columns: COLUMNS, rows: COLUMNS, cellWidth: CELL, cellHeight: CELL };
    return { detector, level: { ...shape, values }, frame: { ...shape, values: ghost }, toFocalPlane };
  });
  return { detectors, truth };
}

test('one sky for the focal plane leaves a galaxy its light where a detector by itself would take it (seed 12)', () => {
  const { detectors, truth } = visit(12);
  const { skies, frameScale, scatter } = fitFocalPlaneSky(detectors, { order: 2 });
  expect(Math.abs(frameScale / 25 - 1)).toBeLessThan(0.02);
  expect(scatter).toBeLessThan(0.6);
  for (const [detector, sky] of truth)
    skies.get(detector)!.values.forEach((value, k) => expect(Math.abs(value / sky[k] - 1)).toBeLessThan(0.002));
});

test('too few cells are a coded error', () => {
  const [one] = visit(1).detectors;
  const empty = { ...one, level: { ...one.level, values: new Float64Array(COLUMNS * COLUMNS).fill(Number.NaN) } };
  expect(() => fitFocalPlaneSky([empty])).toThrow(expect.objectContaining({ code: 'characterization.no-background' }));
});
