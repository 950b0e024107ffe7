import { computeNativeToCelestial } from '../celestial/rotation.ts';
import { createIrafMap } from '../distortion/iraf-surface.ts';
import { invertPlaneMap, type PlaneMap } from '../distortion/plane-map.ts';
import { evaluatePairInto, type PolynomialPair, toPolynomialPair } from '../distortion/sip.ts';
import { createTpvMap } from '../distortion/tpv.ts';
import { SingularWcsError } from '../errors.ts';
import { createProjection } from '../projection/create-projection.ts';
import { DEG, type Projection } from '../projection/projection.ts';
import type { WcsDefinition } from './definition.ts';
import { createPixelDistortion } from './pixel-distortion.ts';
import type { PixelPoint, SkyPoint, SkyWcs } from './sky-wcs.ts';
import { pixelToSkyTan, skyToPixelTan, type TanParts } from './tan-loop.ts';

const TWO_PI = 2 * Math.PI;
/** Miss of the Newton inversions that counts as solved: pixels, and degrees of the plane; one more step then reaches rounding. */
const PIXEL_TOLERANCE = 1e-6;
const PLANE_TOLERANCE = 1e-10;

/**
 * Builds a WCS from its parts.
 *
 * @throws {SingularWcsError}, {@link UnsupportedProjectionError}, {@link BadWcsCardError}, {@link NoNativePoleError} for impossible parts.
 */
export function createWcs(definition: WcsDefinition): SkyWcs {
  return new FitsWcs(definition);
}

class FitsWcs implements SkyWcs {
  readonly definition: WcsDefinition;
  private readonly projection: Projection;
  private readonly rotation: Float64Array;
  private readonly inverseCd: readonly [number, number, number, number];
  private readonly pixelMap: PlaneMap | undefined;
  private readonly planeMap: PlaneMap | undefined;
  private readonly sipInverse: PolynomialPair | undefined;
  private readonly tan: TanParts | undefined;
  /** Plane position of a moved reference point [rad]. */
  private readonly origin = new Float64Array(2);
  private readonly work = new Float64Array(6);
  private readonly pixelWork = new Float64Array(6);

  constructor(definition: WcsDefinition) {
    this.definition = definition;
    const { cd, crval, parameters, lonpole, latpole, fiducial, sip } = definition;
    this.inverseCd = invert(cd);
    this.projection = createProjection(
      definition.projection,
      (parameters ?? []).map((value) => value ?? undefined),
    );
    const theta0 = fiducial ? fiducial.theta0 * DEG : this.projection.theta0;
    const phi0 = fiducial ? fiducial.phi0 * DEG : 0;
    this.rotation = computeNativeToCelestial({
      crval,
      theta0,
      phi0,
      ...(lonpole === undefined ? {} : { lonpole }),
      ...(latpole === undefined ? {} : { latpole }),
    });
    if (fiducial?.offset) this.projection.toPlane(phi0, theta0, this.origin);
    this.pixelMap = createPixelDistortion(definition);
    this.planeMap = definition.tpv ? createTpvMap(definition.tpv) : definition.iraf ? createIrafMap(definition.iraf) : undefined;
    this.sipInverse = sip?.ap && sip.bp ? toPolynomialPair(sip.ap, sip.bp) : undefined;
    const plain = !this.planeMap && !definition.lookup && !definition.det2im && !fiducial;
    if (this.projection.code === 'TAN' && plain) {
      const pair = sip && toPolynomialPair(sip.a, sip.b);
      this.tan = { crpix: definition.crpix, cd, inverseCd: this.inverseCd, rotation: this.rotation, pair };
    }
  }

  get frame(): WcsDefinition['frame'] {
    return this.definition.frame;
  }

  pixelToSky(x: number, y: number): SkyPoint {
    this.toSky(x, y);
    return { ra: this.work[0], dec: this.work[1] };
  }

  skyToPixel(ra: number, dec: number): PixelPoint {
    this.toPixel(ra, dec);
    return { x: this.work[0], y: this.work[1] };
  }

  pixelToSkyArray(x: Float64Array, y: Float64Array, ra: Float64Array, dec: Float64Array): void {
    if (this.tan) {
      pixelToSkyTan(this.tan, x, y, ra, dec);
      return;
    }
    for (let i = 0; i < x.length; i++) {
      this.toSky(x[i], y[i]);
      ra[i] = this.work[0];
      dec[i] = this.work[1];
    }
  }

  skyToPixelArray(ra: Float64Array, dec: Float64Array, x: Float64Array, y: Float64Array): void {
    if (this.tan) {
      skyToPixelTan(this.tan, { ra, dec }, x, y, (i, lon, lat) => {
        this.toPixel(lon, lat);
        x[i] = this.work[0];
        y[i] = this.work[1];
      });
      return;
    }
    for (let i = 0; i < ra.length; i++) {
      this.toPixel(ra[i], dec[i]);
      x[i] = this.work[0];
      y[i] = this.work[1];
    }
  }

  /** Leaves ra, dec [rad] in work[0..1]. */
  private toSky(x: number, y: number): void {
    const { work, rotation: r } = this;
    const { cd, crpix } = this.definition;
    let u = x - crpix[0];
    let v = y - crpix[1];
    if (this.pixelMap) {
      this.pixelMap.apply(x, y, work);
      [u, v] = work;
    }
    let xi = cd[0] * u + cd[1] * v;
    let eta = cd[2] * u + cd[3] * v;
    if (this.planeMap) {
      this.planeMap.apply(xi, eta, work);
      [xi, eta] = work;
    }
    if (!this.projection.toNative(xi * DEG + this.origin[0], eta * DEG + this.origin[1], work)) {
      work[0] = Number.NaN;
      work[1] = Number.NaN;
      return;
    }
    const [phi, theta] = work;
    const cosTheta = Math.cos(theta);
    const l = cosTheta * Math.cos(phi);
    const m = cosTheta * Math.sin(phi);
    const n = Math.sin(theta);
    const a = r[0] * l + r[1] * m + r[2] * n;
    const b = r[3] * l + r[4] * m + r[5] * n;
    const c = r[6] * l + r[7] * m + r[8] * n;
    const ra = Math.atan2(b, a);
    work[0] = ra < 0 ? ra + TWO_PI : ra;
    work[1] = Math.atan2(c, Math.hypot(a, b));
  }

  /** Leaves x, y [pixel] in work[0..1]. */
  private toPixel(ra: number, dec: number): void {
    const { work, rotation: r, inverseCd: k } = this;
    const { crpix } = this.definition;
    const cosDec = Math.cos(dec);
    const a = cosDec * Math.cos(ra);
    const b = cosDec * Math.sin(ra);
    const c = Math.sin(dec);
    const l = r[0] * a + r[3] * b + r[6] * c;
    const m = r[1] * a + r[4] * b + r[7] * c;
    const n = r[2] * a + r[5] * b + r[8] * c;
    const found = this.projection.toPlane(Math.atan2(m, l), Math.atan2(n, Math.hypot(l, m)), work);
    let xi = (work[0] - this.origin[0]) / DEG;
    let eta = (work[1] - this.origin[1]) / DEG;
    if (found && this.planeMap) {
      invertPlaneMap(this.planeMap, { u: xi, v: eta }, { x: xi, y: eta }, PLANE_TOLERANCE, work);
      [xi, eta] = work;
    }
    const u = k[0] * xi + k[1] * eta;
    const v = k[2] * xi + k[3] * eta;
    if (!found || !Number.isFinite(u + v)) {
      work[0] = Number.NaN;
      work[1] = Number.NaN;
      return;
    }
    work[0] = u + crpix[0];
    work[1] = v + crpix[1];
    if (!this.pixelMap) return;
    let [startX, startY] = work;
    if (this.sipInverse) {
      evaluatePairInto(this.sipInverse, u, v, work);
      startX += work[0];
      startY += work[1];
    }
    invertPlaneMap(this.pixelMap, { u, v }, { x: startX, y: startY }, PIXEL_TOLERANCE, this.pixelWork);
    work[0] = this.pixelWork[0];
    work[1] = this.pixelWork[1];
  }
}

/** Inverse of a matrix by rows. @throws {SingularWcsError} */
export function invert(cd: readonly [number, number, number, number]): [number, number, number, number] {
  const det = cd[0] * cd[3] - cd[1] * cd[2];
  const size = Math.max(...cd.map(Math.abs));
  if (!(Math.abs(det) > 1e-14 * size * size))
    throw new SingularWcsError(`the CD or PC matrix must be invertible; found ${cd.join(', ')} deg/pixel`, {
      details: { matrix: [...cd] },
    });
  return [cd[3] / det, -cd[1] / det, -cd[2] / det, cd[0] / det];
}
