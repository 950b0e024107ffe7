/** WGS 84: equatorial radius [m] and flattening. */
const EQUATORIAL_RADIUS_M = 6_378_137;
const RADIANS_PER_DEGREE = Math.PI / 180;
const FLATTENING = 1 / 298.257223563;

/**
 * Geocentric position of a point given by longitude (east positive) and latitude on the WGS 84 ellipsoid.
 *
 * @returns ITRS x, y, z [m]; rounding only.
 */
export function geocentricFromGeodetic(longitudeDeg: number, latitudeDeg: number, heightM: number): [number, number, number] {
  const longitude = longitudeDeg * RADIANS_PER_DEGREE;
  const latitude = latitudeDeg * RADIANS_PER_DEGREE;
  const sinLat = Math.sin(latitude);
  const cosLat = Math.cos(latitude);
  const polar = (1 - FLATTENING) * (1 - FLATTENING);
  const normal = EQUATORIAL_RADIUS_M / Math.sqrt(cosLat * cosLat + polar * sinLat * sinLat);
  const across = (normal + heightM) * cosLat;
  return [across * Math.cos(longitude), across * Math.sin(longitude), (polar * normal + heightM) * sinLat];
}
