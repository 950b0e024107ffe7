import { fftReal2d, halfSpectrumLength, inverseFftReal2d, type Plane } from '@almagest/kernels';
import type { StampPsf } from '../psf/shifted-stamp.ts';

/*
 * Notation of Zackay, Ofek and Gal-Yam (2016), ApJ 830, 27, with F_n = 1:
 * N, R science image and reference; P_n, P_r their PSFs; sigma_n, sigma_r their noise; F_r flux in R of a source of flux 1 in N;
 * D difference with noise 1, P_D its PSF, F_D its flux per flux in N; S score; V_n, V_r variances from the light of sources.
 * A hat is the Fourier transform.
 */

/** The pixels of both images on one tile, without background and holes, and what is known of them there. */
export interface ZogyTile {
  readonly science: Float32Array;
  readonly reference: Float32Array;
  readonly sciencePsf: StampPsf;
  /** Centred where the reference shows a source of the middle of the science image. */
  readonly referencePsf: StampPsf;
  readonly scienceVariance: number;
  readonly referenceVariance: number;
  /** F_r. */
  readonly ratio: number;
  /** Variances from the light of sources; undefined where gains are not known. */
  readonly lightVariance: { readonly science: Float32Array; readonly reference: Float32Array } | undefined;
}

export interface ZogyTileResult {
  /** D / F_D: in units of the science image, white. */
  readonly difference: Float32Array;
  /** S over its standard deviation, photons of sources included. */
  readonly significance: Float32Array;
  /** S / (F_D^2 sum P_D^2): the flux of a point source at each pixel. */
  readonly flux: Float32Array;
  /** Variance of `difference` on sky: 1 / F_D^2. */
  readonly variance: number;
  /** P_D, wrapped about element 0. */
  readonly psf: Float32Array;
}

/** Solves one square tile of `side` pixels; edges wrap around. @see Eqs. 12 to 17, 25 to 31 of the paper. */
export function solveTile(tile: ZogyTile, side: number): ZogyTileResult {
  const { ratio, scienceVariance: vn, referenceVariance: vr } = tile;
  const transform = (data: Float32Array): Float32Array => {
    const out = new Float32Array(halfSpectrumLength(side, side));
    fftReal2d({ data, width: side, height: side, stride: side }, out);
    return out;
  };
  const back = (spectrum: Float32Array): Float32Array => {
    const output: Plane = { data: new Float32Array(side * side), width: side, height: side, stride: side };
    inverseFftReal2d(spectrum, output);
    return output.data;
  };
  const [n, r] = [transform(tile.science), transform(tile.reference)];
  const [pn, pr] = [transform(wrapped(tile.sciencePsf, side)), transform(wrapped(tile.referencePsf, side))];
  const length = n.length;
  const [d, pd, s, kn, kr] = Array.from({ length: 5 }, () => new Float32Array(length)) as Spectra;
  const fd = ratio / Math.sqrt(vn * ratio * ratio + vr);
  for (let k = 0; k < length; k += 2) {
    const [pnPower, prPower] = [pn[k] ** 2 + pn[k + 1] ** 2, pr[k] ** 2 + pr[k + 1] ** 2];
    const noise = vn * ratio * ratio * prPower + vr * pnPower + TINY;
    const root = 1 / Math.sqrt(noise);
    // D = (F_r P_r N - P_n R) / sqrt(noise); P_D = F_r P_n P_r / (F_D sqrt(noise)).
    const re = ratio * (pr[k] * n[k] - pr[k + 1] * n[k + 1]) - (pn[k] * r[k] - pn[k + 1] * r[k + 1]);
    const im = ratio * (pr[k] * n[k + 1] + pr[k + 1] * n[k]) - (pn[k] * r[k + 1] + pn[k + 1] * r[k]);
    d[k] = re * root;
    d[k + 1] = im * root;
    const scale = (ratio * root) / fd;
    pd[k] = scale * (pn[k] * pr[k] - pn[k + 1] * pr[k + 1]);
    pd[k + 1] = scale * (pn[k] * pr[k + 1] + pn[k + 1] * pr[k]);
    // S = F_D D conj(P_D).
    s[k] = fd * (d[k] * pd[k] + d[k + 1] * pd[k + 1]);
    s[k + 1] = fd * (d[k + 1] * pd[k] - d[k] * pd[k + 1]);
    // What S is of N and of R: k_n = F_r^2 conj(P_n) |P_r|^2 / noise, k_r = F_r conj(P_r) |P_n|^2 / noise.
    const [an, ar] = [(ratio * ratio * prPower) / noise, (ratio * pnPower) / noise];
    kn[k] = an * pn[k];
    kn[k + 1] = -an * pn[k + 1];
    kr[k] = ar * pr[k];
    kr[k + 1] = -ar * pr[k + 1];
  }
  const [difference, score, psf] = [back(d), back(s), back(pd)];
  const squares = psf.reduce((sum, v) => sum + v * v, 0);
  const sky = fd * fd * squares;
  const light = tile.lightVariance && addedVariance(tile.lightVariance, { kn, kr }, transform, back);
  const significance = score.map((v, k) => v / Math.sqrt(sky + Math.max(0, light?.[k] ?? 0)));
  return {
    difference: difference.map((v) => v / fd),
    significance,
    flux: score.map((v) => v / (fd * fd * squares)),
    variance: 1 / (fd * fd),
    psf,
  };
}

type Spectra = [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];

/** Keeps frequencies that neither PSF passes from dividing nothing by nothing. */
const TINY = 1e-12;

/** Variance of the score from the light of sources: V_n with the squares of k_n, and V_r with those of k_r. */
function addedVariance(
  light: { readonly science: Float32Array; readonly reference: Float32Array },
  { kn, kr }: { readonly kn: Float32Array; readonly kr: Float32Array },
  transform: (data: Float32Array) => Float32Array,
  back: (spectrum: Float32Array) => Float32Array,
): Float32Array {
  const [vn, vr] = [transform(light.science), transform(light.reference)];
  const [n2, r2] = [kn, kr].map((kernel) => transform(back(kernel).map((v) => v * v))) as [Float32Array, Float32Array];
  const out = new Float32Array(vn.length);
  for (let k = 0; k < out.length; k += 2) {
    out[k] = vn[k] * n2[k] - vn[k + 1] * n2[k + 1] + vr[k] * r2[k] - vr[k + 1] * r2[k + 1];
    out[k + 1] = vn[k] * n2[k + 1] + vn[k + 1] * n2[k] + vr[k] * r2[k + 1] + vr[k + 1] * r2[k];
  }
  return back(out);
}

/** A PSF on a square of this side with its centre at element 0. */
function wrapped({ half, values }: StampPsf, side: number): Float32Array {
  const out = new Float32Array(side * side);
  const width = 2 * half + 1;
  for (let j = 0; j < width; j++)
    for (let i = 0; i < width; i++) out[((j - half + side) % side) * side + ((i - half + side) % side)] = values[j * width + i];
  return out;
}
