/**
 * Rotation from FK5 (J2000) to ICRS: the axis offsets of FK5 with respect to the Hipparcos frame.
 *
 * | letter | meaning | milliarcseconds |
 * |---|---|---|
 * | eta0, xi0 | offset of the pole | -19.9, 9.1 |
 * | da0 | offset of the origin of right ascension | -22.9 |
 *
 * @see USNO Circular 179 (2005), p. 20.
 */
const MAS = Math.PI / 180 / 3_600_000;
const ETA_0 = -19.9 * MAS;
const XI_0 = 9.1 * MAS;
const DA_0 = -22.9 * MAS;

type Vector = readonly [number, number, number];

/** ICRS right ascension and declination [deg] of an FK5 J2000 direction. */
export function icrsFromFk5(raDeg: number, decDeg: number): [number, number] {
  const ra = (raDeg * Math.PI) / 180;
  const dec = (decDeg * Math.PI) / 180;
  const fk5: Vector = [Math.cos(dec) * Math.cos(ra), Math.cos(dec) * Math.sin(ra), Math.sin(dec)];
  // R = Rx(-eta0) Ry(xi0) Rz(da0) takes ICRS to FK5; its transpose is applied here.
  const [x, y, z] = aboutZ(aboutY(aboutX(fk5, ETA_0), -XI_0), -DA_0);
  const raOut = (Math.atan2(y, x) * 180) / Math.PI;
  return [raOut < 0 ? raOut + 360 : raOut, (Math.atan2(z, Math.hypot(x, y)) * 180) / Math.PI];
}

function aboutX([x, y, z]: Vector, angle: number): Vector {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  return [x, c * y + s * z, -s * y + c * z];
}

function aboutY([x, y, z]: Vector, angle: number): Vector {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  return [c * x - s * z, y, s * x + c * z];
}

function aboutZ([x, y, z]: Vector, angle: number): Vector {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  return [c * x + s * y, -s * x + c * y, z];
}

/** Units of "12:34:56.7", "12 34 56.7", "12:34.5" or "12.5"; undefined where it is none of these. */
export function parseSexagesimal(source: string): number | undefined {
  const match = /^\s*([-+]?)(\d+(?:\.\d*)?)(?:[:\s]+(\d+(?:\.\d*)?))?(?:[:\s]+(\d+(?:\.\d*)?))?\s*$/.exec(source);
  if (!match) return undefined;
  const [, sign, whole, minutes = '0', seconds = '0'] = match;
  if (Number(minutes) >= 60 || Number(seconds) > 60) return undefined;
  const size = Number(whole) + Number(minutes) / 60 + Number(seconds) / 3600;
  return sign === '-' ? -size : size;
}
