import { readFileSync } from 'node:fs';
import { dataPath, haveData } from '@almagest/test-data';
import { describe, expect, test } from 'vitest';
import type { LightCurve } from '../features/light-curve.ts';
import { findPeriod } from './periodogram.ts';
import { findRotationPeriod } from './rotation-period.ts';

function rowsOf(path: string): string[][] {
  return readFileSync(dataPath('lightcurves', path), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
}

/** Reduced magnitudes by session, corrected for light time and for phase at 0.03 mag a degree. */
function asteroidSessions(path: string): LightCurve[] {
  const sessions = new Map<string, { time: number[]; flux: number[]; error: number[] }>();
  for (const [time, mag, sigma, , session, r, delta, phase] of rowsOf(path)) {
    const curve = sessions.get(session) ?? { time: [], flux: [], error: [] };
    sessions.set(session, curve);
    curve.time.push(Date.parse(`${time}Z`) / 86_400_000 - Number(delta) * 0.005_775_518);
    curve.flux.push(Number(mag) - 5 * Math.log10(Number(r) * Number(delta)) - 0.03 * Number(phase));
    curve.error.push(Number(sigma) > 0 ? Math.max(0.01, Number(sigma)) : 0.02);
  }
  return Array.from(sessions.values(), ({ time, flux, error }) => ({
    time: Float64Array.from(time),
    flux: Float64Array.from(flux),
    error: Float64Array.from(error),
  }));
}

describe.skipIf(!haveData)('periods of real light curves within 1 %', () => {
  test('LINEAR 11375941, 2.58 h', () => {
    const rows = rowsOf('LINEAR_11375941.csv');
    const column = (k: number): Float64Array => Float64Array.from(rows, (row) => Number(row[k]));
    const { period } = findPeriod([{ time: column(0), flux: column(1), error: column(2) }], {
      shortest: 0.06,
      longest: 1,
      oversampling: 5,
    });
    expect(Math.abs(period * 24 - 2.58013) / 2.58013).toBeLessThan(0.0001);
  });

  const truth = haveData
    ? (JSON.parse(readFileSync(dataPath('lightcurves', 'asteroids/periods.json'), 'utf8')) as {
        object: string;
        lcdb_period_hours: number;
      }[])
    : [];
  test.each(truth)('asteroid $object, $lcdb_period_hours h', ({ object, lcdb_period_hours: hours }) => {
    const { period } = findRotationPeriod(asteroidSessions(`asteroids/${object}.csv`), { shortest: 2.2 / 24, longest: 2 });
    const ratio = (period * 24) / hours;
    expect([object, Number(ratio.toFixed(3)), Math.abs(ratio - 1) < 0.01]).toEqual([object, Number(ratio.toFixed(3)), true]);
  });
});
