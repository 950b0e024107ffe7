import { greenwichApparentSiderealTime, mjdFromTaiNs, type SiderealOptions, type TaiNs } from '@almagest/time';
import { SphereRangeError } from '../errors.ts';
import { HALF_PI, type LonLat, lonLatFromUnit, unitFromLonLat, wrapTwoPi } from '../vector/lon-lat.ts';
import { add, cross, dot, norm, normalize, scale, subtract, type Vec3, vec3 } from '../vector/vec3.ts';
import { applyMatrix, applyTransposed, type Matrix3, precessionNutationMatrix } from './celestial-frames.ts';
import { earthPositionVelocity } from './earth.ts';
import { type Atmosphere, refractionConstants, liftByAir, dropFromAir } from './refraction.ts';
import { directionFrom, type StarMotion } from './space-motion.ts';

/** A place on the ground (WGS 84). */
export interface ObservingSite {
  /** East longitude and geodetic latitude [rad]. */
  readonly position: LonLat;
  /** Above the ellipsoid [m]. */
  readonly heightM: number;
}

export interface ObservingOptions extends SiderealOptions {
  /** No air unless given. */
  readonly atmosphere?: Atmosphere;
}

/** Where a star is seen. */
export interface ObservedPlace {
  /** From north through east [rad]. */
  readonly azimuth: number;
  /** Above the horizon, refraction included [rad]. */
  readonly altitude: number;
  /** West of the meridian, refraction included [rad], -pi to pi. */
  readonly hourAngle: number;
  /** True equator and equinox of date before refraction [rad]. */
  readonly apparent: LonLat;
}

/** Everything about one moment and place that all stars share; make it once per exposure. */
export interface ObservingFrame {
  /** Barycentric position of the observer [AU]. */
  readonly observer: Vec3;
  /** Velocity in units of that of light. */
  readonly velocity: Vec3;
  readonly sunToObserver: Vec3;
  readonly sunDistance: number;
  readonly precessionNutation: Matrix3;
  /** Local apparent sidereal time [rad]. */
  readonly siderealTime: number;
  readonly sinLat: number;
  readonly cosLat: number;
  readonly refraction: readonly [number, number];
}

const AU_M = 149_597_870_700;
/** Speed of light [AU / day]. */
const LIGHT_AU_DAY = 173.1446326846693;
/** Twice the gravitational radius of the Sun [AU], 2 G M / c^2. */
const SUN_RADIUS_AU = 1.97412574336e-8;
/** Rotation of the Earth [rad / s], IERS Conventions 2010. */
const ROTATION_RATE = 7.292115e-5;

/**
 * Prepares a moment at a place.
 *
 * @remarks Polar motion (0.3 arcsec) is left out. Otherwise within 4 mas of ERFA's `apco13` from 1995 to 2050; see `frames.golden.test.ts`.
 */
export function observingFrame(taiNs: TaiNs, site: ObservingSite, options: ObservingOptions = {}): ObservingFrame {
  const t = (mjdFromTaiNs(taiNs, 'tt') - 51544.5) / 36525;
  const matrix = precessionNutationMatrix(t);
  const greenwich = greenwichApparentSiderealTime(taiNs, options);
  const earth = earthPositionVelocity(t);
  const ground = groundPosition(site, greenwich);
  const position = applyTransposed(matrix, ground);
  const spin = applyTransposed(matrix, vec3(-ROTATION_RATE * ground.y, ROTATION_RATE * ground.x, 0));
  const observer = add(earth.position, scale(position, 1 / AU_M));
  const velocity = add(scale(earth.velocity, 1 / LIGHT_AU_DAY), scale(spin, 86_400 / AU_M / LIGHT_AU_DAY));
  const sunDistance = norm(earth.position);
  return {
    observer,
    velocity,
    // The Sun stands within 0.01 AU of the barycentre, which bending of light does not feel away from its limb.
    sunToObserver: scale(earth.position, 1 / sunDistance),
    sunDistance,
    precessionNutation: matrix,
    siderealTime: wrapTwoPi(greenwich + site.position.lon),
    sinLat: Math.sin(site.position.lat),
    cosLat: Math.cos(site.position.lat),
    refraction: options.atmosphere ? refractionConstants(options.atmosphere) : [0, 0],
  };
}

/** Finds where a star stands on the sky of an observing frame; its position must be of the frame's epoch (see `propagateStar`). */
export function observeStar(star: StarMotion, frame: ObservingFrame): ObservedPlace {
  const natural = directionFrom(star, frame.observer);
  return placeOnSky(aberrate(bendLight(natural, frame), frame), frame);
}

/** Finds where a direction without proper motion and parallax stands. */
export function observeIcrs(icrs: LonLat, frame: ObservingFrame): ObservedPlace {
  return placeOnSky(aberrate(bendLight(unitFromLonLat(icrs), frame), frame), frame);
}

/**
 * Finds the ICRS direction that is seen at an azimuth and altitude [rad]: the inverse of {@link observeIcrs} within 1e-12 rad.
 */
export function icrsFromObserved(azimuth: number, altitude: number, frame: ObservingFrame): LonLat {
  const seen = unitFromLonLat({ lon: azimuth, lat: altitude });
  const up = dropFromAir(vec3(seen.x, seen.y, seen.z), frame.refraction);
  const apparent = applyTransposed(frame.precessionNutation, equatorialFromHorizon(up, frame));
  let natural = apparent;
  // Aberration and bending move a direction by 1e-4 and change by 1e-8 over that, so each turn gains four digits.
  for (let i = 0; i < 5; i++) natural = normalize(add(natural, subtract(apparent, aberrate(bendLight(natural, frame), frame))));
  return lonLatFromUnit(natural);
}

function placeOnSky(proper: Vec3, frame: ObservingFrame): ObservedPlace {
  const trueOfDate = applyMatrix(frame.precessionNutation, proper);
  const horizon = liftByAir(horizonFromEquatorial(trueOfDate, frame), frame.refraction);
  const seen = equatorialFromHorizon(horizon, frame);
  const { lon, lat } = lonLatFromUnit(horizon);
  const hourAngle = wrapTwoPi(frame.siderealTime - Math.atan2(seen.y, seen.x));
  return {
    azimuth: lon,
    altitude: lat,
    hourAngle: hourAngle > Math.PI ? hourAngle - 2 * Math.PI : hourAngle,
    apparent: lonLatFromUnit(trueOfDate),
  };
}

/** North, east, up components of a vector of the true equator and equinox. */
function horizonFromEquatorial(v: Vec3, frame: ObservingFrame): Vec3 {
  const [s, c] = [Math.sin(frame.siderealTime), Math.cos(frame.siderealTime)];
  const meridian = c * v.x + s * v.y;
  const east = -s * v.x + c * v.y;
  return { x: -frame.sinLat * meridian + frame.cosLat * v.z, y: east, z: frame.cosLat * meridian + frame.sinLat * v.z };
}

function equatorialFromHorizon(h: Vec3, frame: ObservingFrame): Vec3 {
  const [s, c] = [Math.sin(frame.siderealTime), Math.cos(frame.siderealTime)];
  const meridian = -frame.sinLat * h.x + frame.cosLat * h.z;
  return { x: c * meridian - s * h.y, y: s * meridian + c * h.y, z: frame.cosLat * h.x + frame.sinLat * h.z };
}

/** Bending of light by the Sun (Klioner 2003, first post-Newtonian), held finite within an arcsecond of its centre. */
function bendLight(p: Vec3, frame: ObservingFrame): Vec3 {
  const e = frame.sunToObserver;
  const weight = SUN_RADIUS_AU / frame.sunDistance / Math.max(1 + dot(p, e), 1e-6);
  return normalize(add(p, scale(cross(p, cross(e, p)), weight)));
}

/** Relativistic aberration with the Sun's potential (Urban and Seidelmann 2013, section 7.2.3). */
function aberrate(p: Vec3, frame: ObservingFrame): Vec3 {
  const v = frame.velocity;
  const inverseLorentz = Math.sqrt(1 - dot(v, v));
  const along = dot(p, v);
  const potential = SUN_RADIUS_AU / frame.sunDistance;
  return normalize(
    add(add(scale(p, inverseLorentz), scale(v, 1 + along / (1 + inverseLorentz))), scale(subtract(v, scale(p, along)), potential)),
  );
}

/** Geocentric position of a site [m] in the true equator and equinox of date. */
function groundPosition(site: ObservingSite, greenwich: number): Vec3 {
  const { lon, lat } = site.position;
  if (!(Math.abs(lat) <= HALF_PI) || !Number.isFinite(lon) || !Number.isFinite(site.heightM))
    throw new SphereRangeError(
      `site: expected finite longitude and height and latitude within pi/2; found ${lon}, ${lat} rad, ${site.heightM} m`,
      {
        details: { value: `${lon}, ${lat}, ${site.heightM}` },
      },
    );
  // WGS 84: semi-major axis and flattening.
  const [a, f] = [6_378_137, 1 / 298.257223563];
  const e2 = f * (2 - f);
  const normal = a / Math.sqrt(1 - e2 * Math.sin(lat) ** 2);
  const across = (normal + site.heightM) * Math.cos(lat);
  const angle = lon + greenwich;
  return vec3(across * Math.cos(angle), across * Math.sin(angle), (normal * (1 - e2) + site.heightM) * Math.sin(lat));
}

/** Parallactic angle [rad]: of the zenith at a star, from north through east. */
export function parallacticAngle(hourAngle: number, declination: number, latitude: number): number {
  return Math.atan2(
    Math.sin(hourAngle) * Math.cos(latitude),
    Math.sin(latitude) * Math.cos(declination) - Math.cos(latitude) * Math.sin(declination) * Math.cos(hourAngle),
  );
}

/** Relative air mass at an altitude [rad] (Pickering 2002): 1 at the zenith, about 39 at the horizon. NaN below it. */
export function airMass(altitude: number): number {
  const degrees = (altitude * 180) / Math.PI;
  return degrees < 0 ? Number.NaN : 1 / Math.sin(((degrees + 244 / (165 + 47 * degrees ** 1.1)) * Math.PI) / 180);
}
