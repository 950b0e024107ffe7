import { type LightCurve, usablePoints } from '../features/light-curve.ts';
import { computePeriodogram, findPeriod, type Period, type PeriodSearch } from './periodogram.ts';

/** Sine waves of the search: two maxima a turn. More of them fit the gaps between sessions too, and prefer aliases. */
const WAVES = 2;
/** F statistic above which the odd waves of the doubled period are real; noise alone reaches it once in ten million. */
const LEAST_F = 10;
/** Part of the frequency within which a period is refined, and the steps of that. */
const REFINE = 0.015;
const REFINE_STEPS = 1500;

/**
 * The rotation period of a body whose turn shows two maxima that need not be alike, as asteroids and eclipsing binaries do.
 *
 * The best curve of two waves has the period of a turn, or of half a turn where the maxima are nearly alike; the doubled period is
 * taken where its odd waves explain significantly more.
 *
 * @param bands - Curves of one shape, each with a mean of its own: bands, or sessions that were not brought to one zero point.
 * @remarks Within 1 % for six real asteroids (find-period.golden.test.ts).
 */
export function findRotationPeriod(bands: readonly LightCurve[], search: Omit<PeriodSearch, 'harmonics'>): Period {
  const found = findPeriod(bands, { ...search, harmonics: WAVES });
  if (!Number.isFinite(found.period)) return found;
  const single = refine(bands, found.period, WAVES);
  const doubled = refine(bands, 2 * found.period, 2 * WAVES);
  const points = bands.reduce((sum, band) => sum + usablePoints(band).time.length, 0);
  const free = points - 4 * WAVES - bands.length;
  const f = (doubled.power - single.power) / (2 * WAVES) / ((1 - doubled.power) / free);
  return free > 0 && f > LEAST_F ? doubled : single;
}

/** The best period near one, with this many waves. */
function refine(bands: readonly LightCurve[], period: number, harmonics: number): Period {
  const grid = { first: (1 - REFINE) / period, step: (2 * REFINE) / (REFINE_STEPS * period), count: REFINE_STEPS + 1 };
  const power = computePeriodogram(bands, grid, { harmonics });
  const best = power.reduce((top, value, k) => (value > power[top] ? k : top), 0);
  return { period: 1 / (grid.first + best * grid.step), power: power[best] };
}
