import type { Detector } from '@almagest/instrument';
import { pixelToFocalPlane } from '@almagest/instrument';
import { createRandom, type Random } from '@almagest/numerics';
import type { EffectStrengths } from '../profile/profile.ts';
import { FIELD_RADIUS_MM } from '../observation/render-sky.ts';

/** True properties of one amplifier. */
export interface AmplifierTruth {
  readonly name: string;
  /** [electron/ADU] */
  readonly gain: number;
  /** [electron] */
  readonly readNoise: number;
  readonly biasAdu: number;
  /** Loss of linearity: ADU = u (1 - beta u), u in ideal ADU. */
  readonly beta: number;
}

export type DefectKind = 'hot' | 'dead' | 'dead-column';

export interface Defect {
  readonly kind: DefectKind;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Rate of a hot pixel [electron/s]. */
  readonly rate: number;
}

/** What is fixed about a detector. Planes are row-major on the assembled detector. */
export interface DetectorSignature {
  readonly effects: EffectStrengths;
  readonly amplifiers: readonly AmplifierTruth[];
  /** Fixed pattern of the bias [electron]. */
  readonly biasPattern: Float32Array;
  /** Response to light, vignetting included; 0 in dead pixels. */
  readonly response: Float32Array;
  readonly defects: readonly Defect[];
  /** crosstalk[victim * n + source], of the signal in ADU. */
  readonly crosstalk: Float64Array;
  /** Kernel of the brighter-fatter effect as it is corrected (Coulton's K) [1/electron], odd sides. */
  readonly brighterFatter: { readonly width: number; readonly height: number; readonly values: Float32Array };
}

/**
 * Draws the signature of a detector from its name, the seed and the strengths.
 *
 * The same in every exposure of a survey.
 */
export function makeSignature(detector: Detector, effects: EffectStrengths, seed: string): DetectorSignature {
  const root = createRandom(`${seed}/detector/${detector.name}`);
  const defects = drawDefects(detector, effects, root.fork('defects'));
  return {
    effects,
    amplifiers: drawAmplifiers(detector, effects, root.fork('amplifiers')),
    biasPattern: drawBiasPattern(detector, effects, root.fork('bias')),
    response: drawResponse(detector, effects, { random: root.fork('response'), defects }),
    defects,
    crosstalk: drawCrosstalk(detector, effects, root.fork('crosstalk')),
    brighterFatter: brighterFatterKernel(effects.brighterFatter),
  };
}

function drawAmplifiers(detector: Detector, effects: EffectStrengths, random: Random): AmplifierTruth[] {
  return detector.amplifiers.map((amp) => {
    const gain = amp.gain * (1 + random.normal(0, effects.gainScatter));
    return {
      name: amp.name,
      gain,
      readNoise: amp.readNoise * (1 + random.normal(0, effects.gainScatter)),
      biasAdu: effects.biasAdu + random.normal(0, effects.biasScatterAdu),
      beta: (effects.nonlinearity / (100_000 / gain)) * (1 + random.normal(0, 0.2)),
    };
  });
}

function drawBiasPattern(detector: Detector, { biasPattern }: EffectStrengths, random: Random): Float32Array {
  const { width, height } = detector;
  const out = new Float32Array(width * height);
  if (biasPattern === 0) return out;
  const columns = Float64Array.from({ length: width }, () => random.normal(0, 0.7 * biasPattern));
  for (const amp of detector.amplifiers) {
    // The first columns after the prescan settle exponentially.
    for (let k = 0; k < Math.min(20, amp.box.width); k++) {
      const x = amp.flipX ? amp.box.x + amp.box.width - 1 - k : amp.box.x + k;
      if (amp.box.y === 0) columns[x] += 3 * biasPattern * Math.exp(-k / 4);
    }
  }
  random.fillNormal(out, 0, 0.7 * biasPattern);
  for (let y = 0; y < height; y++) {
    const base = y * width;
    const glow = 2 * biasPattern * Math.exp(-y / (0.02 * height));
    for (let x = 0; x < width; x++) out[base + x] += columns[x] + glow;
  }
  return out;
}

function drawResponse(
  detector: Detector,
  effects: EffectStrengths,
  { random, defects }: { random: Random; defects: readonly Defect[] },
): Float32Array {
  const { width, height } = detector;
  const out = new Float32Array(width * height);
  random.fillNormal(out, 1, effects.pixelResponse);
  const waves = Array.from({ length: 4 }, () => [random.uniform(0.5, 2), random.uniform(0.5, 2), random.uniform(0, 2 * Math.PI)] as const);
  // Large-scale response is smooth, so that it is found on a coarse grid of rows and columns of 8 pixels.
  const step = 8;
  for (let y0 = 0; y0 < height; y0 += step) {
    for (let x0 = 0; x0 < width; x0 += step) {
      const smooth = smoothResponse(detector, effects, { waves, x: x0 + 3.5, y: y0 + 3.5 });
      for (let y = y0; y < Math.min(height, y0 + step); y++)
        for (let x = x0; x < Math.min(width, x0 + step); x++) out[y * width + x] *= smooth;
    }
  }
  for (const defect of defects) {
    if (defect.kind === 'hot') continue;
    for (let y = defect.y; y < defect.y + defect.height; y++) out.fill(0, y * width + defect.x, y * width + defect.x + defect.width);
  }
  return out;
}

interface SmoothPoint {
  readonly waves: readonly (readonly [number, number, number])[];
  readonly x: number;
  readonly y: number;
}

function smoothResponse(detector: Detector, effects: EffectStrengths, { waves, x, y }: SmoothPoint): number {
  const { xMm, yMm } = pixelToFocalPlane(detector, x, y);
  const r2 = (xMm * xMm + yMm * yMm) / FIELD_RADIUS_MM ** 2;
  let large = 0;
  for (const [fx, fy, phase] of waves)
    large += Math.sin(2 * Math.PI * ((fx * x) / detector.width + (fy * y) / detector.height) + phase) / waves.length;
  return (1 + effects.largeScaleResponse * large) * (1 - effects.vignetting * r2);
}

function drawDefects(detector: Detector, effects: EffectStrengths, random: Random): Defect[] {
  const { width, height } = detector;
  const pixels = width * height;
  const out: Defect[] = [];
  const single = (kind: DefectKind, rate: number): Defect => ({
    kind,
    x: random.integer(width),
    y: random.integer(height),
    width: 1,
    height: 1,
    rate,
  });
  const hot = random.poisson(effects.hotFraction * pixels);
  // Rates spread over two decades above a quarter of the typical one.
  for (let i = 0; i < hot; i++) out.push(single('hot', effects.hotRate * (0.25 + random.exponential() * 2)));
  const dead = random.poisson(effects.deadFraction * pixels);
  for (let i = 0; i < dead; i++) out.push(single('dead', 0));
  for (let i = 0; i < effects.deadColumns; i++) {
    const length = Math.floor(height * random.uniform(0.2, 0.5));
    const upper = random.uniform() < 0.5;
    out.push({ kind: 'dead-column', x: random.integer(width), y: upper ? height - length : 0, width: 1, height: length, rate: 0 });
  }
  return out;
}

function drawCrosstalk(detector: Detector, { crosstalk }: EffectStrengths, random: Random): Float64Array {
  const n = detector.amplifiers.length;
  const out = new Float64Array(n * n);
  for (let victim = 0; victim < n; victim++) {
    for (let source = 0; source < n; source++) {
      if (victim === source) continue;
      const distance = Math.abs(victim - source);
      out[victim * n + source] = (crosstalk * (1 + random.normal(0, 0.3)) * (random.uniform() < 0.2 ? -1 : 1)) / distance ** 1.5;
    }
  }
  return out;
}

const BF_HALF = 8;

/**
 * The scalar kernel K of the correction I + 1/2 div(I grad(K * I)).
 *
 * @param strength - Fraction by which the variance of 100,000 electrons falls short of Poisson's.
 */
export function brighterFatterKernel(strength: number): { width: number; height: number; values: Float32Array } {
  const side = 2 * BF_HALF + 1;
  const shape = (r2: number): number => Math.max(0, (1 + r2 / 0.64) ** -0.9 - (1 + BF_HALF ** 2 / 0.64) ** -0.9);
  // Linear in small fluctuations: variance = mu (1 - laplacian(K)(0) mu), laplacian = 4 (K(1) - K(0)).
  const scale = -strength / 100_000 / (4 * (shape(0) - shape(1)));
  const values = Float32Array.from(
    { length: side * side },
    (_, i) => scale * shape((Math.floor(i / side) - BF_HALF) ** 2 + ((i % side) - BF_HALF) ** 2),
  );
  return { width: side, height: side, values };
}
