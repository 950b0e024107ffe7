import { MAS } from '../kpm/measurement.ts';
import { matchOneToOne } from './match-one-to-one.ts';
import { type BinnedFraction, binFractions, type RobustSummary, summarize } from './robust-summary.ts';

/** An identifier of a visit; the same type on both sides. */
export type VisitKey = bigint | number | string;

/** Detections on difference images (DIASources or alerts), as columns of one length. */
export interface TransientDetections {
  readonly visit: ArrayLike<VisitKey>;
  /** ICRS [rad]. */
  readonly ra: Float64Array;
  /** ICRS [rad]. */
  readonly dec: Float64Array;
  /** Signal to noise of the detection; its sign does not matter. */
  readonly snr: Float64Array;
  /** Difference flux [nJy]; without it there is no flux accuracy. */
  readonly flux?: Float64Array;
  /** Standard error of the difference flux [nJy]. */
  readonly fluxErr?: Float64Array;
}

/** Planted changes, one row for each thing in each visit, as columns of one length. */
export interface PlantedChanges {
  readonly visit: ArrayLike<VisitKey>;
  /** Identity of the thing, the same in all its visits. */
  readonly id: ArrayLike<VisitKey>;
  /** Kind, such as `variable`, `transient`, `asteroid`. */
  readonly kind: readonly string[];
  /** ICRS [rad]. */
  readonly ra: Float64Array;
  /** ICRS [rad]. */
  readonly dec: Float64Array;
  /** Flux in the visit less the flux in the template [nJy]. */
  readonly flux: Float64Array;
}

export interface TransientOptions {
  /** Largest distance of a match [arcsec], above 0, at most 60. */
  readonly radiusArcsec: number;
  /** Changes at or above this true signal to noise are to be found; 5 by default. */
  readonly snrMin?: number;
  /** Changes below this true signal to noise cannot explain a detection; 2 by default. */
  readonly snrFloor?: number;
  /** Standard error of a point-source flux on the difference image of a visit [nJy]; by default the median `fluxErr` of the detections of the visit. */
  readonly noiseNjy?: (visit: VisitKey) => number;
  /** Edges of the signal-to-noise bins; 3, 4, 5, 6, 8, 10, 20, 50, 100 and infinity by default. */
  readonly snrEdges?: readonly number[];
}

/** How one kind fared. */
export interface KindRecovery {
  readonly kind: string;
  /** Changes at or above the cut, and how many were found. */
  readonly planted: number;
  readonly found: number;
  /** found / planted; NaN where none was planted. */
  readonly completeness: number;
  /** Things with a change at or above the cut in some visit, and how many of them were found in such a visit. */
  readonly plantedThings: number;
  readonly foundThings: number;
  readonly bySnr: readonly BinnedFraction[];
}

export interface TransientComparison {
  /** In order of name. */
  readonly kinds: readonly KindRecovery[];
  readonly all: KindRecovery;
  /** Detections, and those that no planted change explains. */
  readonly detections: number;
  readonly falseDetections: number;
  /** falseDetections / detections; NaN without detections. */
  readonly falseFraction: number;
  /** Per visit, ascending. */
  readonly visits: readonly { readonly visit: string; readonly detections: number; readonly falseDetections: number }[];
  /** Rows that belong together. */
  readonly matches: { readonly detection: Int32Array; readonly planted: Int32Array };
  /** Distances of found changes at or above the cut: east and north [mas], and pulls and relative differences of their fluxes. */
  readonly accuracy: {
    readonly raMas: RobustSummary;
    readonly decMas: RobustSummary;
    readonly flux: RobustSummary;
    readonly fluxPull: RobustSummary;
  };
}

const SNR_EDGES: readonly number[] = [3, 4, 5, 6, 8, 10, 20, 50, 100, Number.POSITIVE_INFINITY];

/**
 * Compares detections on difference images with the changes that were planted.
 *
 * Within each visit detections and changes are matched nearest first, each used once.
 * A change counts by its true signal to noise: |flux| over the noise of its visit.
 * Without `noiseNjy` that is the median error of the detections given, so that it depends on them: give it where they were cut.
 *
 * @throws {MetricOptionError} if the radius is out of range.
 */
export function compareTransients(
  detections: TransientDetections,
  planted: PlantedChanges,
  options: TransientOptions,
): TransientComparison {
  const { radiusArcsec, snrMin = 5, snrFloor = 2, snrEdges = SNR_EDGES } = options;
  const noise = options.noiseNjy ?? medianNoise(detections);
  const trueSnr = planted.flux.map((flux, row) => Math.abs(flux) / noise(planted.visit[row]));
  const byVisit = [rowsByVisit(detections.visit), rowsByVisit(planted.visit)] as const;
  const names = [...new Set([...byVisit[0].keys(), ...byVisit[1].keys()])].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const [detection, change]: [number[], number[]] = [[], []];
  const visits = names.map((name) => {
    const seen = byVisit[0].get(name) ?? [];
    const there = (byVisit[1].get(name) ?? []).filter((row) => trueSnr[row] >= snrFloor);
    const pairs = matchOneToOne(positions(detections, seen), positions(planted, there), { radiusArcsec });
    for (let i = 0; i < pairs.a.length; i++) {
      detection.push(seen[pairs.a[i]]);
      change.push(there[pairs.b[i]]);
    }
    return { visit: String(name), detections: seen.length, falseDetections: seen.length - pairs.a.length };
  });
  const found = new Uint8Array(planted.ra.length);
  for (const row of change) found[row] = 1;
  const recovery = (kind: string, rows: Int32Array): KindRecovery => recoveryOf(planted, { kind, rows, trueSnr, found, snrMin, snrEdges });
  const everything = Int32Array.from(planted.ra.keys());
  const falseDetections = detections.ra.length - detection.length;
  return {
    kinds: [...new Set(planted.kind)].toSorted().map((kind) =>
      recovery(
        kind,
        everything.filter((row) => planted.kind[row] === kind),
      ),
    ),
    all: recovery('all', everything),
    detections: detections.ra.length,
    falseDetections,
    falseFraction: falseDetections / detections.ra.length,
    visits,
    matches: { detection: Int32Array.from(detection), planted: Int32Array.from(change) },
    accuracy: accuracyOf(
      detections,
      planted,
      detection.map((row, i) => [row, change[i]] as const).filter(([, row]) => trueSnr[row] >= snrMin),
    ),
  };
}

/**
 * Noise of each visit: the median flux error [nJy] of its detections.
 *
 * Give it all detections, before any cut: the few that a cut leaves are bright, their errors large, and what is planted would count as fainter.
 * A visit without detections has the median of the others, so that what was planted in it counts.
 */
export function medianNoise({ visit, fluxErr }: TransientDetections): (visit: VisitKey) => number {
  const medians = new Map<VisitKey, number>();
  for (const [name, rows] of rowsByVisit(visit))
    medians.set(name, fluxErr ? summarize(rows.map((row) => fluxErr[row])).median : Number.NaN);
  const usual = summarize([...medians.values()].filter(Number.isFinite)).median;
  return (name) => medians.get(name) ?? usual;
}

function rowsByVisit(visit: ArrayLike<VisitKey>): Map<VisitKey, number[]> {
  const rows = new Map<VisitKey, number[]>();
  for (let row = 0; row < visit.length; row++) {
    const list = rows.get(visit[row]);
    if (list) list.push(row);
    else rows.set(visit[row], [row]);
  }
  return rows;
}

function positions(
  { ra, dec }: { readonly ra: Float64Array; readonly dec: Float64Array },
  rows: readonly number[],
): { lon: Float64Array; lat: Float64Array } {
  return { lon: Float64Array.from(rows, (row) => ra[row]), lat: Float64Array.from(rows, (row) => dec[row]) };
}

interface Recovered {
  readonly kind: string;
  readonly rows: Int32Array;
  readonly trueSnr: Float64Array;
  readonly found: Uint8Array;
  readonly snrMin: number;
  readonly snrEdges: readonly number[];
}

function recoveryOf(planted: PlantedChanges, { kind, rows, trueSnr, found, snrMin, snrEdges }: Recovered): KindRecovery {
  const due = rows.filter((row) => trueSnr[row] >= snrMin);
  const hits = due.filter((row) => found[row] === 1);
  return {
    kind,
    planted: due.length,
    found: hits.length,
    completeness: hits.length / due.length,
    plantedThings: new Set(Array.from(due, (row) => planted.id[row])).size,
    foundThings: new Set(Array.from(hits, (row) => planted.id[row])).size,
    bySnr: binFractions(
      Float64Array.from(rows, (row) => trueSnr[row]),
      Uint8Array.from(rows, (row) => found[row]),
      snrEdges,
    ),
  };
}

function accuracyOf(
  detections: TransientDetections,
  planted: PlantedChanges,
  pairs: readonly (readonly [number, number])[],
): TransientComparison['accuracy'] {
  const { flux, fluxErr } = detections;
  const east = pairs.map(([row, of]) => Math.sin(detections.ra[row] - planted.ra[of]) * Math.cos(planted.dec[of]) * MAS);
  const excess = pairs.map(([row, of]) => (flux ? flux[row] - planted.flux[of] : Number.NaN));
  return {
    raMas: summarize(east),
    decMas: summarize(pairs.map(([row, of]) => (detections.dec[row] - planted.dec[of]) * MAS)),
    flux: summarize(excess.map((value, i) => value / planted.flux[pairs[i][1]])),
    fluxPull: summarize(excess.map((value, i) => (fluxErr && fluxErr[pairs[i][0]] > 0 ? value / fluxErr[pairs[i][0]] : Number.NaN))),
  };
}
