import type { Amplifier, Box } from '@almagest/instrument';
import { median, SIGMA_PER_MAD, solveLeastSquares } from '@almagest/numerics';

export interface AmplifierOffsetOptions {
  /** Width of the strips that are compared, and their distance from the boundary [pixel]. */
  readonly stripWidth: number;
  readonly inset: number;
  /** Segments along a boundary whose medians are compared. */
  readonly segments: number;
  /** A boundary counts where at least this fraction of its pixels is good. */
  readonly minGood: number;
  /** Boundaries that differ by more than this are not believed [unit of the image]. */
  readonly maxOffset: number;
}

export const DEFAULT_AMPLIFIER_OFFSET: AmplifierOffsetOptions = { stripWidth: 64, inset: 5, segments: 16, minGood: 0.5, maxOffset: 5 };

export interface AmplifierOffsets {
  /** Pedestal of each amplifier, mean zero; subtract it. */
  readonly pedestals: Float64Array;
  /** Step across each boundary that counted: [first, second, difference, error]. */
  readonly interfaces: readonly (readonly [number, number, number, number])[];
}

export interface OffsetRequest {
  readonly image: Float32Array;
  readonly mask: Int32Array;
  readonly badBits: number;
  readonly width: number;
  readonly amplifiers: readonly Amplifier[];
}

/**
 * Finds pedestals of amplifiers from the continuity of the background across their boundaries.
 *
 * Give an image whose background is gentle, with sources masked.
 *
 * @see Waters et al. (2020), ApJS 251, 4, section 3.9 ("pattern continuity").
 */
export function fitAmplifierOffsets(request: OffsetRequest, options: AmplifierOffsetOptions = DEFAULT_AMPLIFIER_OFFSET): AmplifierOffsets {
  const { amplifiers } = request;
  const n = amplifiers.length;
  const interfaces: (readonly [number, number, number, number])[] = [];
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) {
      const step = stepAcross(request, [amplifiers[a].box, amplifiers[b].box], options);
      if (step && Math.abs(step.difference) <= options.maxOffset) interfaces.push([a, b, step.difference, step.error]);
    }
  }
  if (interfaces.length === 0) return { pedestals: new Float64Array(n), interfaces };
  // One row a boundary, weighted; one light row an amplifier, which fixes the mean of each connected set at zero.
  const rows = interfaces.length + n;
  const design = new Float64Array(rows * n);
  const target = new Float64Array(rows);
  const inverseSigma = new Float64Array(rows).fill(1e-4);
  for (const [r, [a, b, difference, error]] of interfaces.entries()) {
    design[r * n + b] = 1;
    design[r * n + a] = -1;
    target[r] = difference;
    inverseSigma[r] = 1 / Math.max(error, 1e-3);
  }
  for (let k = 0; k < n; k++) design[(interfaces.length + k) * n + k] = 1;
  return { pedestals: solveLeastSquares({ design, rows, columns: n, target, inverseSigma }).parameters, interfaces };
}

/** Median step from the first box to the second, where they share a side. */
function stepAcross(
  { image, mask, badBits, width }: OffsetRequest,
  boxes: readonly [Box, Box],
  options: AmplifierOffsetOptions,
): { difference: number; error: number } | undefined {
  const shared = sharedSide(boxes);
  if (!shared) return undefined;
  const { vertical, at, from, to, order } = shared;
  const differences: number[] = [];
  let good = 0;
  const length = to - from;
  for (let s = 0; s < options.segments; s++) {
    const start = from + Math.floor((s * length) / options.segments);
    const end = from + Math.floor(((s + 1) * length) / options.segments);
    const strip = (side: -1 | 1): number[] => {
      const values: number[] = [];
      for (let along = start; along < end; along++) {
        for (let k = 0; k < options.stripWidth; k++) {
          const across = side < 0 ? at - 1 - options.inset - k : at + options.inset + k;
          const i = vertical ? along * width + across : across * width + along;
          if ((mask[i] & badBits) === 0) values.push(image[i]);
        }
      }
      return values;
    };
    const low = strip(-1);
    const high = strip(1);
    const wanted = options.minGood * (end - start) * options.stripWidth;
    if (low.length < wanted || high.length < wanted) continue;
    good++;
    differences.push(order * (median(high) - median(low)));
  }
  if (good < Math.max(2, options.minGood * options.segments)) return undefined;
  const difference = median(differences);
  const scatter = SIGMA_PER_MAD * median(differences.map((d) => Math.abs(d - difference)));
  return { difference, error: Math.max(1e-3, scatter / Math.sqrt(differences.length)) };
}

interface SharedSide {
  readonly vertical: boolean;
  readonly at: number;
  readonly from: number;
  readonly to: number;
  /** 1 where the second box lies behind the first. */
  readonly order: 1 | -1;
}

function sharedSide([a, b]: readonly [Box, Box]): SharedSide | undefined {
  const overlapY = [Math.max(a.y, b.y), Math.min(a.y + a.height, b.y + b.height)] as const;
  const overlapX = [Math.max(a.x, b.x), Math.min(a.x + a.width, b.x + b.width)] as const;
  if (overlapY[1] > overlapY[0] && (a.x + a.width === b.x || b.x + b.width === a.x)) {
    return { vertical: true, at: Math.max(a.x, b.x), from: overlapY[0], to: overlapY[1], order: b.x > a.x ? 1 : -1 };
  }
  if (overlapX[1] > overlapX[0] && (a.y + a.height === b.y || b.y + b.height === a.y)) {
    return { vertical: false, at: Math.max(a.y, b.y), from: overlapX[0], to: overlapX[1], order: b.y > a.y ? 1 : -1 };
  }
  return undefined;
}
