import { type Amplifier, type Detector, disassembleAmplifierInto, rawSize } from '@almagest/instrument';
import type { Random } from '@almagest/numerics';
import type { AmplifierTruth, DetectorSignature } from './signature.ts';

/** Raw pixels of one amplifier. */
export interface RawAmplifier {
  readonly amplifier: Amplifier;
  readonly width: number;
  readonly height: number;
  readonly data: Uint16Array;
}

const ADC_FULL = 65_535;

/**
 * Reads a detector out: serial transfer, output stage, crosstalk, bias, noise, digitization, with prescan and overscan.
 *
 * @param charge - [electron] on the assembled detector. Not modified.
 */
export function readOut(charge: Float32Array, detector: Detector, signature: DetectorSignature, random: Random): RawAmplifier[] {
  const size = rawSize(detector.amplifiers);
  const signals = detector.amplifiers.map((amp, k) => {
    const signal = new Float32Array(size.width * size.height);
    disassembleAmplifierInto({ data: charge, width: detector.width, height: detector.height }, amp, { data: signal, ...size });
    transferInPlace(signal, size.width, amp, signature);
    amplifyInPlace(signal, signature.amplifiers[k]);
    return signal;
  });
  return detector.amplifiers.map((amplifier, victim) => ({
    amplifier,
    ...size,
    data: digitize(
      withCrosstalk(signals, signature, victim),
      { amplifier, detector, signature, victim, ...size },
      random.fork(`amplifier ${amplifier.name}`),
    ),
  }));
}

/** Each transfer leaves a small fraction of a packet behind; what is left comes out of the register exponentially later. */
function transferInPlace(signal: Float32Array, width: number, { rawData }: Amplifier, { effects }: DetectorSignature): void {
  if (effects.cti === 0) return;
  const release = 1 - Math.exp(-1 / effects.ctiDecay);
  for (let y = rawData.y; y < rawData.y + rawData.height; y++) {
    let trapped = 0;
    const base = y * width;
    for (let x = rawData.x; x < width; x++) {
      const transfers = Math.min(x, rawData.x + rawData.width);
      const lost = effects.cti * transfers * signal[base + x];
      const released = trapped * release;
      trapped += lost - released;
      signal[base + x] += released - lost;
    }
  }
}

/** Electrons to ADU, with loss of linearity. */
function amplifyInPlace(signal: Float32Array, { gain, beta }: AmplifierTruth): void {
  const inverse = 1 / gain;
  for (let i = 0; i < signal.length; i++) {
    const u = signal[i] * inverse;
    signal[i] = u * (1 - beta * u);
  }
}

/** Signals of all amplifiers are read at the same time, so that each leaks into the same raw pixel of the others. */
function withCrosstalk(signals: readonly Float32Array[], { crosstalk }: DetectorSignature, victim: number): Float32Array {
  const out = Float32Array.from(signals[victim]);
  for (const [source, signal] of signals.entries()) {
    const c = crosstalk[victim * signals.length + source];
    if (c === 0) continue;
    for (let i = 0; i < out.length; i++) out[i] += c * signal[i];
  }
  return out;
}

interface DigitizeContext {
  readonly amplifier: Amplifier;
  readonly detector: Detector;
  readonly signature: DetectorSignature;
  readonly victim: number;
  readonly width: number;
  readonly height: number;
}

function digitize(
  signal: Float32Array,
  { amplifier, detector, signature, victim, width, height }: DigitizeContext,
  random: Random,
): Uint16Array {
  const truth = signature.amplifiers[victim];
  const pattern = new Float32Array(signal.length);
  disassembleAmplifierInto({ data: signature.biasPattern, width: detector.width, height: detector.height }, amplifier, {
    data: pattern,
    width,
    height,
  });
  const inverse = 1 / truth.gain;
  const noise = truth.readNoise * inverse;
  const step = signature.effects.biasDrift * inverse;
  const out = new Uint16Array(signal.length);
  let drift = 0;
  for (let y = 0; y < height; y++) {
    drift = 0.995 * drift + random.normal(0, step);
    const level = truth.biasAdu + drift;
    const end = (y + 1) * width;
    for (let i = y * width; i < end; i++) {
      const value = level + signal[i] + pattern[i] * inverse + noise * random.normal();
      out[i] = value <= 0 ? 0 : value >= ADC_FULL ? ADC_FULL : Math.floor(value + 0.5);
    }
  }
  return out;
}
