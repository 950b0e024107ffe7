import { buildKdTree, findWithin } from '@almagest/numerics';
import { NotSolvedError, TooFewStarsError } from '../errors.ts';
import { type ReferenceCatalogue, sortByBrightness, toVectors } from '../reference/catalogue.ts';
import { chooseReferenceLevels, chooseSourceLevels, LEVELS } from './levels.ts';
import { imageCentre, type PlaneSources } from './plane-sources.ts';
import { buildQuads, type Quads } from './quads.ts';
import { applySimilarity, fitSimilarity, type Similarity } from './similarity.ts';
import { TangentPlane } from './tangent-plane.ts';
import { type PlaneSolution, Verifier } from './verify.ts';

/** What is known beforehand. */
export interface MatchLimits {
  /** Smallest and largest scale [rad per unit]. */
  readonly scale: readonly [number, number];
  /** Orientation of the plane: angle of its x axis on the sky from east through north [rad], with a tolerance. */
  readonly angle?: { readonly value: number; readonly tolerance: number };
  /** Whether the y axis runs as on the sky seen from inside (+1: x east, y north) or mirrored (-1); both are tried when absent. */
  readonly parity?: 1 | -1;
  /** Where the centre of the plane may lie. */
  readonly centre?: { readonly ra: number; readonly dec: number; readonly radius: number };
  /** Error of a source's place [unit]; default 0.3. */
  readonly sigma?: number;
}

const MIN_STARS = 5;
const NEIGHBOURS = 6;
/** A field with few stars cannot choose: its quads are taken from more neighbours. */
const FEW_STARS = 40;
const NEIGHBOURS_OF_FEW = 9;
/** Levels of the first search. */
const FIRST_LEVELS = 3;
/** Bound of the search: quad agreements looked at before giving up. */
const MAX_HYPOTHESES = 200_000;

/**
 * Finds how a plane of stars lies on the sky, from figures of four stars.
 *
 * Brightness only chooses which stars are tried, so bands and depths may differ. A hypothesis counts once its odds against
 * chance pass a billion to one for each one tried.
 *
 * @param rows - Candidate reference rows, brightest first.
 * @throws {TooFewStarsError} with fewer than five stars on either side.
 * @throws {NotSolvedError} when no hypothesis is accepted.
 */
export function matchPlane(
  sources: PlaneSources,
  catalogue: ReferenceCatalogue,
  rows: readonly number[],
  limits: MatchLimits,
): PlaneSolution {
  const byBrightness = orderSources(sources);
  if (byBrightness.length < MIN_STARS || rows.length < MIN_STARS)
    throw new TooFewStarsError(
      `a match needs ${MIN_STARS} stars on both sides; found ${byBrightness.length} sources and ${rows.length} reference stars`,
      {
        details: { sources: byBrightness.length, references: rows.length, needed: MIN_STARS },
      },
    );
  const vectors = toVectors(catalogue.ra, catalogue.dec);
  const meanScale = Math.sqrt(limits.scale[0] * limits.scale[1]);
  const imageArea = sources.width * sources.height * meanScale * meanScale;
  const referenceLevels = chooseReferenceLevels(catalogue, rows, imageArea);
  const rowsOfLevels = sortByBrightness([...new Set(referenceLevels.flat())], catalogue.mag);
  const verifier = new Verifier({ sources, byBrightness, catalogue, vectors, rows: rowsOfLevels, scale: limits.scale });
  const search: Search = {
    sources,
    limits,
    vectors,
    verifier,
    neighbours: byBrightness.length <= FEW_STARS || rows.length <= FEW_STARS ? NEIGHBOURS_OF_FEW : NEIGHBOURS,
    hypotheses: 0,
  };
  const sourceLevels = chooseSourceLevels(byBrightness);
  // The bright stars alone solve most fields; the dense levels cost ten times as much.
  for (const depth of [FIRST_LEVELS, LEVELS.length]) {
    const solution = searchLevels(search, sourceLevels.slice(0, depth), referenceLevels.slice(0, depth));
    if (solution) return solution;
    if (search.hypotheses >= MAX_HYPOTHESES)
      throw notSolved(byBrightness.length, rows.length, search.hypotheses, 'the limit of hypotheses was reached');
  }
  throw notSolved(
    byBrightness.length,
    rows.length,
    search.hypotheses,
    search.hypotheses === 0 ? 'no figure of stars agrees' : 'no agreement was beyond chance',
  );
}

interface Search {
  readonly sources: PlaneSources;
  readonly limits: MatchLimits;
  readonly vectors: Float64Array;
  readonly verifier: Verifier;
  readonly neighbours: number;
  hypotheses: number;
}

/** Tries every agreement of the quads of some levels, both senses in turn. */
function searchLevels(search: Search, sourceLevels: readonly number[][], referenceLevels: readonly number[][]): PlaneSolution | undefined {
  const { sources, limits, vectors, verifier, neighbours } = search;
  const references = buildQuads({ levels: referenceLevels, coordinates: vectors, dimensions: 3, plane: skyPlane(vectors), neighbours });
  const tree = buildKdTree(references.codes, 4);
  const parities = limits.parity === undefined ? [-1, 1] : [limits.parity];
  const searches = parities.map((parity) => ({
    mirrored: parity === -1,
    quads: buildQuads({
      levels: sourceLevels,
      coordinates: sources.xy,
      dimensions: 2,
      plane: flatPlane(sources.xy, parity === -1),
      neighbours,
    }),
  }));
  const longest = Math.max(...searches.map(({ quads }) => quads.count));
  for (let k = 0; k < longest; k++)
    for (const { quads, mirrored } of searches) {
      if (k >= quads.count) continue;
      const code = quads.codes.subarray(4 * k, 4 * k + 4);
      for (const found of findWithin(tree, code, codeTolerance(quads.lengths[k], limits.sigma ?? 0.3))) {
        const scale = references.lengths[found] / quads.lengths[k];
        if (scale < limits.scale[0] || scale > limits.scale[1]) continue;
        const hypothesis = toHypothesis({ quads, references, vectors, xy: sources.xy, k, found, mirrored, limits, sources });
        if (!hypothesis) continue;
        if (++search.hypotheses > MAX_HYPOTHESES) return undefined;
        const solution = verifier.verify(hypothesis.plane, hypothesis.similarity, search.hypotheses);
        if (solution && isAllowed(solution, limits)) return solution;
      }
    }
  return undefined;
}

function notSolved(sources: number, references: number, hypotheses: number, reason: string): NotSolvedError {
  return new NotSolvedError(`not solved: ${reason} (${sources} sources, ${references} reference stars, ${hypotheses} hypotheses)`, {
    details: { sources, references, hypotheses, reason },
  });
}

/** Rows of finite sources, brightest first. */
function orderSources({ xy, flux }: PlaneSources): number[] {
  const rows: number[] = [];
  for (let i = 0; i < flux.length; i++) if (Number.isFinite(xy[2 * i] + xy[2 * i + 1] + flux[i])) rows.push(i);
  return rows.toSorted((a, b) => flux[b] - flux[a] || a - b);
}

/** Two stars of a quad of length L that are off by sigma each move the code by about 2 sigma / L; the rest is for distortion. */
function codeTolerance(length: number, sigma: number): number {
  return Math.min(0.03, 0.004 + (4 * sigma) / length);
}

function flatPlane(xy: Float64Array, mirrored: boolean): (stars: readonly number[], out: Float64Array) => void {
  const flip = mirrored ? -1 : 1;
  return (stars, out) => {
    for (const [k, star] of stars.entries()) {
      out[2 * k] = xy[2 * star];
      out[2 * k + 1] = flip * xy[2 * star + 1];
    }
  };
}

function skyPlane(vectors: Float64Array): (stars: readonly number[], out: Float64Array) => void {
  return (stars, out) => {
    const plane = planeAt(vectors, stars[0]);
    for (const [k, star] of stars.entries()) plane.project(vectors, star, out, 2 * k);
  };
}

function planeAt(vectors: Float64Array, star: number): TangentPlane {
  const [x, y, z] = [vectors[3 * star], vectors[3 * star + 1], vectors[3 * star + 2]];
  return new TangentPlane(Math.atan2(y, x), Math.atan2(z, Math.hypot(x, y)));
}

interface Agreement {
  readonly quads: Quads;
  readonly references: Quads;
  readonly vectors: Float64Array;
  readonly xy: Float64Array;
  readonly k: number;
  readonly found: number;
  readonly mirrored: boolean;
  readonly limits: MatchLimits;
  readonly sources: PlaneSources;
}

/** The similarity of an agreement about the centre of the image; undefined where it breaks a limit. */
function toHypothesis(agreement: Agreement): { plane: TangentPlane; similarity: Similarity } | undefined {
  const { quads, references, vectors, xy, k, found, mirrored, limits, sources } = agreement;
  const s = new Float64Array(8);
  const t = new Float64Array(8);
  for (let i = 0; i < 4; i++) {
    const star = quads.stars[4 * k + i];
    s[2 * i] = xy[2 * star];
    s[2 * i + 1] = xy[2 * star + 1];
  }
  const centreOfImage = imageCentre(sources);
  const out = new Float64Array(2);
  let plane = planeAt(vectors, references.stars[4 * found]);
  let similarity: Similarity | undefined;
  // First about a star of the quad, then about the centre of the image that this implies.
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 4; i++) plane.project(vectors, references.stars[4 * found + i], t, 2 * i);
    similarity = fitSimilarity(s, t, mirrored);
    if (!similarity) return undefined;
    if (round === 1) break;
    if (limits.angle && !isNearAngle(similarity, limits.angle)) return undefined;
    applySimilarity(similarity, centreOfImage[0], centreOfImage[1], out);
    if (!(Math.hypot(out[0], out[1]) < 1)) return undefined;
    const { ra, dec } = plane.unproject(out[0], out[1]);
    if (limits.centre && separation(ra, dec, limits.centre.ra, limits.centre.dec) > limits.centre.radius) return undefined;
    plane = new TangentPlane(ra, dec);
  }
  return similarity && { plane, similarity };
}

function isNearAngle({ aRe, aIm }: Similarity, { value, tolerance }: { value: number; tolerance: number }): boolean {
  const turn = Math.atan2(aIm, aRe) - value;
  return Math.abs(Math.atan2(Math.sin(turn), Math.cos(turn))) <= tolerance;
}

/** The refined map must still be of the scale and shape that was asked for. */
function isAllowed({ map }: PlaneSolution, { scale }: MatchLimits): boolean {
  const side = Math.sqrt(Math.abs(map.m[0] * map.m[3] - map.m[1] * map.m[2]));
  const skew = Math.hypot(map.m[0], map.m[2]) / Math.hypot(map.m[1], map.m[3]);
  return side >= scale[0] * 0.99 && side <= scale[1] * 1.01 && skew > 0.95 && skew < 1.05;
}

function separation(ra1: number, dec1: number, ra2: number, dec2: number): number {
  const [a, b] = [Math.sin((dec2 - dec1) / 2), Math.sin((ra2 - ra1) / 2)];
  return 2 * Math.asin(Math.min(1, Math.sqrt(a * a + b * b * Math.cos(dec1) * Math.cos(dec2))));
}
