import type { Box } from '@almagest/instrument';
import { median, quantile, SIGMA_PER_MAD } from '@almagest/numerics';
import type { CrosstalkFit } from '../crosstalk/fit-crosstalk.ts';
import type { SolvedKernel } from '../brighter-fatter/solve-kernel.ts';
import type { LinearizerFit } from '../linearity/fit-linearizer.ts';
import type { PhotonTransferCurve } from '../photon-transfer/photon-transfer-curve.ts';
import type { FlatPairPoint } from '../photon-transfer/flat-pair.ts';
import type { TransferFit } from '../transfer/fit-transfer.ts';
import { drawPlot } from './draw-plot.ts';

/** One number of a product against its limits. */
export interface ProductCheck {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Least and largest value that pass. */
  readonly limits: readonly [number, number];
  readonly passed: boolean;
}

/** What was found out about a product, whether it may be certified, and a plot of it (SVG). */
export interface Verification {
  readonly checks: readonly ProductCheck[];
  readonly passed: boolean;
  readonly plot: string;
}

type Limits = readonly [number, number];
const ANY = Number.POSITIVE_INFINITY;

function check(name: string, value: number, unit: string, limits: Limits): ProductCheck {
  return { name, value, unit, limits, passed: value >= limits[0] && value <= limits[1] };
}

function verification(checks: readonly ProductCheck[], plot: string): Verification {
  return { checks, passed: checks.every(({ passed }) => passed), plot };
}

/** Statistics of about 200,000 pixels of a plane. */
interface PlaneStatistics {
  readonly level: number;
  readonly scatter: number;
  readonly missing: number;
  readonly sample: Float64Array;
}

function planeStatistics(plane: Float32Array): PlaneStatistics {
  const step = Math.max(1, Math.floor(plane.length / 200_000)) | 1;
  const sample = new Float64Array(Math.ceil(plane.length / step));
  let n = 0;
  let missing = 0;
  for (let i = 0; i < plane.length; i++) {
    if (!Number.isFinite(plane[i])) missing++;
    else if (i % step === 0) sample[n++] = plane[i];
  }
  const used = sample.subarray(0, n);
  const level = median(used);
  return { level, scatter: SIGMA_PER_MAD * median(used.map((v) => Math.abs(v - level))), missing: missing / plane.length, sample: used };
}

function histogram(title: string, { sample, level, scatter }: PlaneStatistics, unit: string): string {
  const bins = 60;
  const [low, high] = [level - 6 * scatter - 1e-12, level + 6 * scatter + 1e-12];
  const counts = new Float64Array(bins);
  for (const value of sample) {
    const bin = Math.floor(((value - low) / (high - low)) * bins);
    if (bin >= 0 && bin < bins) counts[bin]++;
  }
  const x = Array.from(counts, (_, k) => low + ((k + 0.5) * (high - low)) / bins);
  return drawPlot({ title, xLabel: unit, yLabel: 'pixels', series: [{ label: title, kind: 'bars', x, y: counts }] });
}

/** Most of a plane that may be without data. */
const MOST_MISSING = 0.05;

/**
 * @param readNoise - Of one frame [electron].
 * @param maxLevel - Largest level that passes, either sign [electron]; a camera without overscan keeps its pedestal in the bias.
 */
export function verifyBias(
  plane: Float32Array,
  { readNoise, frames, maxLevel = 50 }: { readonly readNoise: number; readonly frames: number; readonly maxLevel?: number },
): Verification {
  const s = planeStatistics(plane);
  return verification(
    [
      check('level', s.level, 'electron', [-maxLevel, maxLevel]),
      // Structure may exceed what averaging leaves of the read noise, but not the noise of one frame by far.
      check('scatter over that of averaged read noise', s.scatter / (readNoise / Math.sqrt(frames)), '', [0.5, 3 * Math.sqrt(frames)]),
      check('pixels without data', s.missing, '', [0, MOST_MISSING]),
    ],
    histogram('combined bias', s, 'electron'),
  );
}

/** Checks a combined dark: its rate, its hot pixels, and what is without data. */
export function verifyDark(plane: Float32Array): Verification {
  const s = planeStatistics(plane);
  const hot = plane.reduce((n, v) => n + (v > s.level + 5 ? 1 : 0), 0) / plane.length;
  return verification(
    [
      check('rate', s.level, 'electron/s', [-1, 100]),
      check('hot pixels', hot, '', [0, 0.05]),
      check('pixels without data', s.missing, '', [0, MOST_MISSING]),
    ],
    histogram('combined dark', s, 'electron/s'),
  );
}

/** Checks a combined flat: level, scatter, dim pixels, and what is without data. */
export function verifyFlat(plane: Float32Array): Verification {
  const s = planeStatistics(plane);
  const dim = plane.reduce((n, v) => n + (v < 0.5 ? 1 : 0), 0) / plane.length;
  return verification(
    [
      check('level', s.level, '', [0.9, 1.1]),
      check('scatter', s.scatter, '', [0, 0.5]),
      check('pixels below half', dim, '', [0, 0.2]),
      check('pixels without data', s.missing, '', [0, MOST_MISSING]),
    ],
    histogram('combined flat', s, 'relative response'),
  );
}

/** Checks a fringe frame: level, amplitude, and what is without data. */
export function verifyFringe(plane: Float32Array): Verification {
  const s = planeStatistics(plane);
  return verification(
    [
      check('level', s.level, 'of the sky', [-0.01, 0.01]),
      check('amplitude', (quantile(s.sample, 0.98) - quantile(s.sample, 0.02)) / 2, 'of the sky', [0, 0.5]),
      check('pixels without data', s.missing, '', [0, MOST_MISSING]),
    ],
    histogram('fringe frame', s, 'of the sky'),
  );
}

/** Checks a list of defects against the shape of its detector. */
export function verifyDefects(boxes: readonly Box[], shape: { readonly width: number; readonly height: number }): Verification {
  const pixels = boxes.reduce((n, box) => n + box.width * box.height, 0);
  return verification(
    [check('bad pixels', pixels / (shape.width * shape.height), '', [0, 0.01])],
    drawPlot({
      title: 'defects',
      xLabel: 'x [pixel]',
      yLabel: 'y [pixel]',
      series: [{ label: 'defects', kind: 'dots', x: boxes.map((b) => b.x + b.width / 2), y: boxes.map((b) => b.y + b.height / 2) }],
    }),
  );
}

/** @param fits - One an amplifier. */
export function verifyLinearizer(fits: readonly LinearizerFit[]): Verification {
  const residuals = fits.flatMap((fit) => fit.residuals);
  return verification(
    [
      check('worst residual', Math.max(...fits.map((fit) => fit.worst)), '', [0, 1e-2]),
      check('median of absolute residuals', median(residuals.map(Math.abs)), '', [0, 4e-4]),
      check('levels', Math.min(...fits.map((fit) => fit.used.length)), '', [5, ANY]),
    ],
    drawPlot({
      title: 'linearity after the correction',
      xLabel: 'level',
      yLabel: 'relative residual',
      limits: [-1e-3, 1e-3],
      series: fits.map((fit, k) => ({ label: `amplifier ${k}`, kind: 'dots', x: fit.used, y: fit.residuals })),
    }),
  );
}

/** One amplifier's curve and what it was fitted to. */
export interface CurveWithPoints {
  readonly curve: PhotonTransferCurve;
  readonly points: readonly FlatPairPoint[];
}

/** @param nominal - Gain and read noise that the camera file gives. */
export function verifyPhotonTransfer(
  curves: readonly CurveWithPoints[],
  nominal: readonly { readonly gain: number; readonly readNoise: number }[],
): Verification {
  const worst = (values: readonly number[]): number => values.reduce((a, b) => (Math.abs(b - 1) > Math.abs(a - 1) ? b : a), 1);
  return verification(
    [
      check(
        'gain over the nominal one, worst amplifier',
        worst(curves.map(({ curve }, k) => curve.gain / nominal[k].gain)),
        '',
        [0.8, 1.25],
      ),
      check(
        'read noise over the nominal one, worst amplifier',
        worst(curves.map(({ curve }, k) => curve.readNoise / nominal[k].readNoise)),
        '',
        [0.3, 3],
      ),
      check('relative error of the gain', Math.max(...curves.map(({ curve }) => curve.gainErr / curve.gain)), '', [0, 0.01]),
      check('a00', Math.min(...curves.map(({ curve }) => curve.a00)), '1/electron', [-2e-5, 1e-6]),
      check('chi2 per degree of freedom', median(curves.map(({ curve }) => curve.chi2PerDof)), '', [0, 10]),
    ],
    drawPlot({
      title: 'photon transfer',
      xLabel: 'mean [ADU]',
      yLabel: 'variance [ADU^2]',
      series: curves.map(({ points }, k) => ({
        label: `amplifier ${k}`,
        kind: 'dots',
        x: points.map((p) => p.mean),
        y: points.map((p) => p.variance),
      })),
    }),
  );
}

/** Checks a brighter-fatter kernel: that it ends before its edge and rests on a slope that was measured. */
export function verifyKernel(kernel: SolvedKernel): Verification {
  const { width, values, imbalance, slopes, slopeErrors } = kernel;
  const centre = values[(values.length - 1) / 2];
  const edge = Math.max(
    ...values.filter((_, i) => i % width === 0 || i % width === width - 1 || i < width || i >= values.length - width).map(Math.abs),
  );
  const side = (width + 1) / 2;
  return verification(
    [
      check('kernel at the centre', centre, '1/electron', [-1e-4, 0]),
      check('edge over centre', edge / Math.abs(centre), '', [0, 0.025]),
      check('imbalance over -a00', Math.abs(imbalance), '', [0, 1]),
      check('significance of a00', -slopes[0] / slopeErrors[0], 'sigma', [5, ANY]),
    ],
    drawPlot({
      title: 'brighter-fatter kernel',
      xLabel: 'distance from the centre [pixel]',
      yLabel: 'kernel [1/electron]',
      series: [
        {
          label: 'along x',
          kind: 'line',
          x: Array.from({ length: side }, (_, k) => k),
          y: values.slice((values.length - 1) / 2, (values.length - 1) / 2 + side),
        },
      ],
    }),
  );
}

/** Checks crosstalk coefficients: their size, their errors, and the pixels they rest on. */
export function verifyCrosstalk({ linear, linearErrors, pixels }: CrosstalkFit): Verification {
  return verification(
    [
      check('largest coefficient', Math.max(0, ...linear.map(Math.abs)), '', [0, 0.01]),
      check('largest error', Math.max(0, ...linearErrors), '', [0, 1e-3]),
      check('pixels of the victim with fewest', Math.min(...pixels), '', [10, ANY]),
    ],
    drawPlot({
      title: 'crosstalk coefficients',
      xLabel: 'victim x sources + source',
      yLabel: 'fraction',
      series: [{ label: 'linear', kind: 'dots', x: linear.map((_, i) => i), y: linear }],
    }),
  );
}

/** Checks the fits of charge transfer: inefficiency and decay. */
export function verifyTransfer(fits: readonly TransferFit[]): Verification {
  return verification(
    [
      check('largest inefficiency', Math.max(...fits.map((fit) => fit.inefficiency)), 'per transfer', [-1e-6, 5e-5]),
      check('longest decay', Math.max(...fits.map((fit) => fit.decayPixels)), 'pixel', [0, 10]),
    ],
    drawPlot({
      title: 'deferred charge',
      xLabel: 'column behind the last pixel',
      yLabel: 'fraction of its signal',
      series: fits.map((fit, k) => ({ label: `amplifier ${k}`, kind: 'line', x: fit.trail.map((_, c) => c + 1), y: fit.trail })),
    }),
  );
}
