import { buildKdTree, findNearest, type KdTree, solveLeastSquares, SingularMatrixError, visitWithin } from '@almagest/numerics';
import type { ReferenceCatalogue } from '../reference/catalogue.ts';
import type { PlaneSources } from './plane-sources.ts';
import { type AffineMap, invertAffine, type Similarity, toAffine } from './similarity.ts';
import type { TangentPlane } from './tangent-plane.ts';

/** A plane laid on the sky: tangent point, map from source units to the tangent plane [rad], and the evidence. */
export interface PlaneSolution {
  readonly plane: TangentPlane;
  readonly map: AffineMap;
  /** Natural logarithm of the odds against a chance agreement. */
  readonly logOdds: number;
  /** Matched pairs of the check. */
  readonly matched: number;
  readonly hypotheses: number;
}

export interface VerifierInput {
  readonly sources: PlaneSources;
  readonly byBrightness: readonly number[];
  readonly catalogue: ReferenceCatalogue;
  readonly vectors: Float64Array;
  /** Reference rows that may be used, brightest first. */
  readonly rows: readonly number[];
  readonly scale: readonly [number, number];
}

/** ln 1e9: a solution must be a billion times likelier than chance. */
const LOG_ODDS_LIMIT = Math.log(1e9);
const MAX_CHECKED = 150;
/** Stars of the quad that made the hypothesis agree by construction and are no evidence. */
const BY_CONSTRUCTION = 4;

/** Tests hypotheses by the stars that they predict. */
export class Verifier {
  private readonly input: VerifierInput;
  private readonly sourceTree: KdTree;
  private readonly sourceXy: Float64Array;
  private readonly skyTree: KdTree;
  private readonly side: number;

  constructor(input: VerifierInput) {
    this.input = input;
    const { sources, byBrightness, rows, vectors } = input;
    const kept = byBrightness.slice(0, 2 * MAX_CHECKED);
    this.sourceXy = new Float64Array(2 * kept.length);
    for (const [k, row] of kept.entries()) this.sourceXy.set([sources.xy[2 * row], sources.xy[2 * row + 1]], 2 * k);
    this.sourceTree = buildKdTree(this.sourceXy, 2);
    const local = new Float64Array(3 * rows.length);
    for (const [k, row] of rows.entries()) local.set(vectors.subarray(3 * row, 3 * row + 3), 3 * k);
    this.skyTree = buildKdTree(local, 3);
    this.side = Math.sqrt(sources.width * sources.height);
  }

  /** The refined solution when the hypothesis is beyond chance. */
  verify(plane: TangentPlane, similarity: Similarity, hypotheses: number): PlaneSolution | undefined {
    const predicted = this.projectReferences(plane, toAffine(similarity));
    if (predicted.length < 2 * (BY_CONSTRUCTION + 1)) return undefined;
    let map = toAffine(similarity);
    let radius = Math.max(3, 0.004 * this.side);
    let best: PlaneSolution | undefined;
    for (let round = 0; round < 5; round++) {
      const pairs = this.pair(predicted, map, radius);
      const { logOdds } = pairs;
      if (round === 0 && logOdds < 4) return undefined; // hopeless: chance does as well
      const limit = LOG_ODDS_LIMIT + Math.log(hypotheses);
      if (logOdds > limit && (!best || logOdds > best.logOdds)) best = { plane, map, logOdds, matched: pairs.count, hypotheses };
      const fitted = fitAffine(pairs.s, pairs.t);
      if (!fitted) break;
      map = fitted.map;
      radius = Math.max(1.5, Math.min(radius * 0.6, (4 * fitted.rms) / Math.sqrt(Math.abs(map.m[0] * map.m[3] - map.m[1] * map.m[2]))));
    }
    return best;
  }

  /** Plane coordinates of the brightest references that fall on the image. */
  private projectReferences(plane: TangentPlane, map: AffineMap): Float64Array {
    const { rows, vectors, sources, scale } = this.input;
    const radius = 0.5 * Math.hypot(sources.width, sources.height) * scale[1] * 1.02;
    const cosDec = Math.cos(plane.dec);
    const centre = [cosDec * Math.cos(plane.ra), cosDec * Math.sin(plane.ra), Math.sin(plane.dec)];
    const found: number[] = [];
    visitWithin(this.skyTree, centre, 2 * Math.sin(Math.min(radius, Math.PI) / 2), (k) => found.push(k));
    const inverse = invertAffine(map);
    const [left, bottom] = sources.corner ?? [0, 0];
    const out: number[] = [];
    const point = new Float64Array(2);
    // Few sources need few references: beyond twice their number the rest cannot be matched.
    const wanted = 2 * Math.min(MAX_CHECKED, 2 * this.input.byBrightness.length);
    for (const k of found.toSorted((a, b) => a - b)) {
      plane.project(vectors, rows[k], point);
      const x = inverse.m[0] * point[0] + inverse.m[1] * point[1] + inverse.o[0] - left;
      const y = inverse.m[2] * point[0] + inverse.m[3] * point[1] + inverse.o[1] - bottom;
      if (!(x >= 0 && y >= 0 && x < sources.width && y < sources.height)) continue;
      out.push(point[0], point[1]);
      if (out.length >= wanted) break;
    }
    return Float64Array.from(out);
  }

  /** Nearest source to each predicted reference within a radius, and the evidence of their number. */
  private pair(
    predicted: Float64Array,
    map: AffineMap,
    radius: number,
  ): { s: Float64Array; t: Float64Array; count: number; logOdds: number } {
    const inverse = invertAffine(map);
    const claims = new Map<number, { k: number; distance: number }>();
    const n = predicted.length / 2;
    for (let k = 0; k < n; k++) {
      const [xi, eta] = [predicted[2 * k], predicted[2 * k + 1]];
      const at = [inverse.m[0] * xi + inverse.m[1] * eta + inverse.o[0], inverse.m[2] * xi + inverse.m[3] * eta + inverse.o[1]];
      const near = findNearest(this.sourceTree, at, 1, radius)[0];
      if (!near) continue;
      const rival = claims.get(near.id);
      if (!rival || near.distance < rival.distance) claims.set(near.id, { k, distance: near.distance });
    }
    const count = claims.size;
    const s = new Float64Array(2 * count);
    const t = new Float64Array(2 * count);
    let at = 0;
    for (const [source, { k }] of claims) {
      s.set([this.sourceXy[2 * source], this.sourceXy[2 * source + 1]], at);
      t.set([predicted[2 * k], predicted[2 * k + 1]], at);
      at += 2;
    }
    const { sources } = this.input;
    const sourceCount = this.sourceXy.length / 2;
    const chance = Math.min(0.5, (sourceCount * Math.PI * radius * radius) / (sources.width * sources.height));
    const expected = 0.5 * Math.min(1, sourceCount / n);
    const evidence = Math.max(0, count - BY_CONSTRUCTION);
    const trials = Math.max(0, n - BY_CONSTRUCTION);
    const logOdds = evidence * Math.log(expected / chance) + (trials - evidence) * Math.log((1 - expected) / (1 - chance));
    return { s, t, count, logOdds };
  }
}

/** Affine map through matched pairs, with one rejection of far ones; undefined for too few or collinear pairs. */
function fitAffine(s: Float64Array, t: Float64Array): { map: AffineMap; rms: number } | undefined {
  const n = s.length / 2;
  if (n < 4) return undefined;
  const weight = new Float64Array(n).fill(1);
  let result: { map: AffineMap; rms: number } | undefined;
  for (let round = 0; round < 2; round++) {
    const design = new Float64Array(3 * n);
    const targets = [new Float64Array(n), new Float64Array(n)];
    for (let i = 0; i < n; i++) {
      design.set([1, s[2 * i], s[2 * i + 1]], 3 * i);
      targets[0][i] = t[2 * i];
      targets[1][i] = t[2 * i + 1];
    }
    try {
      const [u, v] = targets.map((target) => solveLeastSquares({ design, rows: n, columns: 3, target, inverseSigma: weight }).parameters);
      const map: AffineMap = { m: [u[1], u[2], v[1], v[2]], o: [u[0], v[0]] };
      const misses = Float64Array.from({ length: n }, (_, i) =>
        Math.hypot(
          map.m[0] * s[2 * i] + map.m[1] * s[2 * i + 1] + map.o[0] - t[2 * i],
          map.m[2] * s[2 * i] + map.m[3] * s[2 * i + 1] + map.o[1] - t[2 * i + 1],
        ),
      );
      const typical = misses.toSorted()[n >> 1];
      result = { map, rms: typical };
      let kept = 0;
      for (let i = 0; i < n; i++) {
        weight[i] = misses[i] <= 4 * typical ? 1 : 0;
        kept += weight[i];
      }
      if (kept < 4 || kept === n) break;
    } catch (error) {
      if (error instanceof SingularMatrixError) return result;
      throw error;
    }
  }
  return result;
}
