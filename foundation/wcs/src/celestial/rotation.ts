import { NoNativePoleError } from '../errors.ts';
import { DEG, HALF_PI } from '../projection/projection.ts';

export interface RotationInput {
  /** Celestial longitude and latitude of the reference point [deg] (CRVAL). */
  readonly crval: readonly [number, number];
  /** Native latitude of the reference point [rad]; its native longitude is 0 unless `phi0` says otherwise. */
  readonly theta0: number;
  readonly phi0?: number;
  /** Native longitude of the celestial pole [deg] (LONPOLE); the standard's default when absent. */
  readonly lonpole?: number;
  /** Celestial latitude of the native pole [deg] (LATPOLE); used only where two solutions exist. Default 90. */
  readonly latpole?: number;
}

/**
 * Matrix from native to celestial unit vectors, row-major 3 x 3.
 *
 * @throws {NoNativePoleError} when no position of the pole satisfies the header.
 * @see Calabretta and Greisen (2002), equations 2 and 8 to 10.
 */
export function computeNativeToCelestial(input: RotationInput): Float64Array {
  const { alphaP, deltaP, phiP } = computePole(input);
  const sd = Math.sin(deltaP);
  const cd = Math.cos(deltaP);
  const sa = Math.sin(alphaP);
  const ca = Math.cos(alphaP);
  const sp = Math.sin(phiP);
  const cp = Math.cos(phiP);
  // u = l cp + m sp, v = m cp - l sp; along the meridian of the pole: n cd - u sd, -v; then a turn by alphaP.
  return new Float64Array([
    -ca * sd * cp - sa * sp,
    -ca * sd * sp + sa * cp,
    ca * cd,
    -sa * sd * cp + ca * sp,
    -sa * sd * sp - ca * cp,
    sa * cd,
    cd * cp,
    cd * sp,
    sd,
  ]);
}

/** Celestial position of the native pole and native longitude of the celestial pole [rad]. */
function computePole(input: RotationInput): { alphaP: number; deltaP: number; phiP: number } {
  const { theta0, phi0 = 0, latpole = 90 } = input;
  const alpha0 = input.crval[0] * DEG;
  const delta0 = input.crval[1] * DEG;
  const phiP = (input.lonpole ?? (delta0 < theta0 ? 180 : 0) + phi0 / DEG) * DEG;
  if (Math.abs(theta0 - HALF_PI) < 1e-15) return { alphaP: alpha0, deltaP: delta0, phiP };
  const deltaP = computePoleLatitude(delta0, theta0, phiP - phi0, latpole * DEG, input.crval);
  const alphaP = alpha0 - computePoleOffset(delta0, theta0, phiP - phi0, deltaP);
  return { alphaP, deltaP, phiP };
}

function computePoleLatitude(delta0: number, theta0: number, dPhi: number, latpole: number, crval: readonly number[]): number {
  const x = Math.cos(theta0) * Math.cos(dPhi);
  const y = Math.sin(theta0);
  const length = Math.hypot(x, y);
  if (length < 1e-15) {
    if (Math.abs(delta0) > 1e-12) throw noPole(crval);
    return latpole;
  }
  const ratio = Math.sin(delta0) / length;
  if (Math.abs(ratio) > 1 + 1e-10) throw noPole(crval);
  const middle = Math.atan2(y, x);
  const half = Math.acos(Math.max(-1, Math.min(1, ratio)));
  const limit = HALF_PI + 1e-10;
  const allowed = [wrap(middle + half), wrap(middle - half)].filter((value) => Math.abs(value) <= limit);
  if (allowed.length === 0) throw noPole(crval);
  // Of two solutions the one nearer LATPOLE; the first, the northern one of equation 8, wins a tie.
  const best = allowed.length === 2 && Math.abs(latpole - allowed[1]) < Math.abs(latpole - allowed[0]) ? allowed[1] : allowed[0];
  return Math.max(-HALF_PI, Math.min(HALF_PI, best));
}

/** alpha_0 - alpha_p, from the two horizontal components of equation 2 at the reference point; 0 where that is a celestial pole. */
function computePoleOffset(delta0: number, theta0: number, dPhi: number, deltaP: number): number {
  if (Math.abs(Math.cos(delta0)) < 1e-12) return 0;
  const sine = Math.cos(theta0) * Math.sin(dPhi);
  const cosine = Math.sin(theta0) * Math.cos(deltaP) - Math.cos(theta0) * Math.sin(deltaP) * Math.cos(dPhi);
  return Math.atan2(sine, cosine);
}

function wrap(angle: number): number {
  if (angle > Math.PI) return angle - 2 * Math.PI;
  return angle < -Math.PI ? angle + 2 * Math.PI : angle;
}

function noPole(crval: readonly number[]): NoNativePoleError {
  return new NoNativePoleError(`LONPOLE and LATPOLE place no celestial pole for the reference point (${crval.join(', ')}) deg`, {
    details: { crval },
  });
}
