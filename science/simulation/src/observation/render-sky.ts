import { createImage, type Image } from '@almagest/image';
import { type Camera, type Detector, pixelToFocalPlane } from '@almagest/instrument';
import type { Random } from '@almagest/numerics';
import { refraction } from '../atmosphere/refraction.ts';
import { addGalaxyInPlace } from '../optics/draw-galaxy.ts';
import { type DetectorMapping, makeMapping, skyToTangent } from '../optics/pointing.ts';
import { addStarInPlace, psfAt, type PsfComponents, type PsfField } from '../optics/psf-model.ts';
import { BAND_PROPERTIES } from '../sky/bands.ts';
import type { ApparentSource } from './apparent-sky.ts';
import type { ExposurePlan, ObservingConditions } from './exposure-plan.ts';

/** What was drawn of one source in one exposure. */
export interface DrawnSource {
  readonly source: ApparentSource;
  /** Centre on the assembled detector [pixel], refraction included. */
  readonly x: number;
  readonly y: number;
  /** Whole flux [electron], and the part that fell on the detector. */
  readonly flux: number;
  readonly drawnFlux: number;
}

export interface RenderedSky {
  /** Expected electrons in every pixel before the detector's response: sources and sky. */
  readonly image: Image;
  /** Sky level at the centre [electron]. */
  readonly skyLevel: number;
  /** Electrons of a source of magnitude 0 would be 10^(0.4 zeroPoint). */
  readonly zeroPoint: number;
  readonly drawn: readonly DrawnSource[];
}

const ARCSEC = Math.PI / 180 / 3600;
/** Radius [mm] to which field coordinates are scaled. */
export const FIELD_RADIUS_MM = 60;
/** Colour of the star whose refraction the telescope's pointing takes out. */
const REFERENCE_COLOUR = 0.8;
/** Shift of a source's effective wavelength [band width] for each magnitude of g - i. */
const WAVELENGTH_SHIFT = 0.06;

/** The PSF at a pixel of a detector. */
export function psfAtPixel(field: PsfField, detector: Detector, x: number, y: number): PsfComponents {
  const { xMm, yMm } = pixelToFocalPlane(detector, x, y);
  return psfAt(field, xMm / FIELD_RADIUS_MM, yMm / FIELD_RADIUS_MM);
}

/** Magnitude that gives one electron in the exposure, clouds and airmass taken off. */
export function zeroPointOf(plan: ExposurePlan, conditions: ObservingConditions): number {
  const { zeroPoint, extinction } = BAND_PROPERTIES[plan.band];
  return zeroPoint + 2.5 * Math.log10(plan.exposureSec) - extinction * conditions.airmass - conditions.cloudMag;
}

export interface RenderInput {
  readonly camera: Camera;
  readonly detector: Detector;
  readonly plan: ExposurePlan;
  readonly conditions: ObservingConditions;
  readonly sources: readonly ApparentSource[];
}

/** Draws the sky of one exposure on one detector: expected electrons, no noise. */
export function renderSky(input: RenderInput, random: Random): RenderedSky {
  const { camera, detector, plan, conditions } = input;
  const image = createImage(detector.width, detector.height);
  const skyLevel = addBackgroundInPlace(image, input, random);
  const zeroPoint = zeroPointOf(plan, conditions);
  const mapping = makeMapping(camera, detector, plan.pointing);
  const drawn: DrawnSource[] = [];
  for (const source of input.sources) {
    const row = drawSource({ ...input, image, mapping, zeroPoint }, source);
    if (row) drawn.push(row);
  }
  const { fwhmPixels } = conditions.psf;
  for (let n = 0; n < conditions.satelliteTrails; n++) addTrailInPlace(image, fwhmPixels / 2.355, random);
  return { image, skyLevel, zeroPoint, drawn };
}

interface DrawContext extends RenderInput {
  readonly image: Image;
  readonly mapping: DetectorMapping;
  readonly zeroPoint: number;
}

function drawSource(context: DrawContext, source: ApparentSource): DrawnSource | undefined {
  const { image, mapping, plan, conditions, detector, zeroPoint } = context;
  const tangent = skyToTangent(plan.pointing, source.ra, source.dec);
  if (!tangent) return undefined;
  const up = differentialRefraction(source.colour, plan, conditions);
  const xi = tangent.xi + up * Math.sin(conditions.parallactic);
  const eta = tangent.eta + up * Math.cos(conditions.parallactic);
  const { x, y } = mapping.tangentToPixel(xi, eta);
  const flux = 10 ** (0.4 * (zeroPoint - source.mag));
  const margin = 30 + 8 * Math.max(0, Math.log10(flux)) + (source.shape ? 40 * source.shape.radiusArcsec : 0);
  if (x < -margin || y < -margin || x > image.width + margin || y > image.height + margin) return undefined;
  const psf = psfAtPixel(conditions.psf, detector, x, y);
  let drawnFlux = 0;
  if (source.shape) {
    const moments = shapeOnPixels(source.shape, mapping, { xi, eta, x, y });
    drawnFlux = addGalaxyInPlace(image, psf, { x, y, flux, index: source.shape.index, ...moments });
  } else if (source.motion) {
    for (const t of TRACK) {
      const at = mapping.tangentToPixel(xi + (t * source.motion[0]) / ARCSEC, eta + (t * source.motion[1]) / ARCSEC);
      drawnFlux += addStarInPlace(image, psf, { x: at.x, y: at.y, flux: flux / TRACK.length });
    }
  } else drawnFlux = addStarInPlace(image, psf, { x, y, flux });
  return { source, x, y, flux, drawnFlux };
}

/** Points along the track of a moving source, in units of its motion during the exposure. */
const TRACK = [-0.4, -0.2, 0, 0.2, 0.4] as const;

/** Shift towards the zenith [arcsec] against a source of the reference colour. */
export function differentialRefraction(colour: number, plan: ExposurePlan, conditions: ObservingConditions): number {
  const { wavelengthNm, widthNm } = BAND_PROPERTIES[plan.band];
  const zenith = Math.PI / 2 - conditions.altitude;
  const at = (c: number): number => refraction(wavelengthNm + WAVELENGTH_SHIFT * widthNm * (c - REFERENCE_COLOUR), conditions, zenith);
  return at(Math.min(3, Math.max(-0.5, colour))) - at(REFERENCE_COLOUR);
}

function shapeOnPixels(
  shape: NonNullable<ApparentSource['shape']>,
  mapping: DetectorMapping,
  at: { readonly xi: number; readonly eta: number; readonly x: number; readonly y: number },
): { xx: number; yy: number; xy: number } {
  const along = (d: number): readonly [number, number] => {
    const p = mapping.tangentToPixel(at.xi + Math.sin(d), at.eta + Math.cos(d));
    return [p.x - at.x, p.y - at.y];
  };
  const [ax, ay] = along(shape.positionAngle);
  const [bx, by] = along(shape.positionAngle + Math.PI / 2);
  const a2 = shape.radiusArcsec ** 2;
  const b2 = a2 * shape.axisRatio ** 2;
  return { xx: a2 * ax * ax + b2 * bx * bx, yy: a2 * ay * ay + b2 * by * by, xy: a2 * ax * ay + b2 * bx * by };
}

/** Sky with a gentle gradient. @returns Level at the centre [electron]. */
function addBackgroundInPlace(image: Image, { camera, detector, plan, conditions }: RenderInput, random: Random): number {
  const pixelArcsec = (camera.optics.plateScaleArcsecPerMm ?? 20) * detector.pixelMm;
  const { zeroPoint } = BAND_PROPERTIES[plan.band];
  const level = 10 ** (0.4 * (zeroPoint - conditions.skyMag)) * pixelArcsec ** 2 * plan.exposureSec;
  const [gx, gy] = [random.normal(0, 0.004), random.normal(0, 0.004)];
  for (let y = 0; y < image.height; y++) {
    const row = level * (1 + gy * ((2 * y) / image.height - 1));
    const step = (2 * level * gx) / image.width;
    const base = y * image.stride;
    for (let x = 0; x < image.width; x++) image.data[base + x] = row + step * (x - image.width / 2);
  }
  return level;
}

/** A satellite's trail right across the image: a straight line of Gaussian section. */
function addTrailInPlace(image: Image, sigma: number, random: Random): void {
  const angle = random.uniform(0, Math.PI);
  const [nx, ny] = [-Math.sin(angle), Math.cos(angle)];
  const distance = nx * random.uniform(0, image.width) + ny * random.uniform(0, image.height);
  const perLength = 10 ** random.uniform(2.2, 3.6);
  const peak = perLength / (Math.sqrt(2 * Math.PI) * sigma);
  const reach = 5 * sigma;
  for (let y = 0; y < image.height; y++) {
    const center = Math.abs(nx) < 1e-3 ? image.width / 2 : (distance - ny * y) / nx;
    const half = Math.abs(nx) < 1e-3 ? image.width : reach / Math.abs(nx) + 1;
    const x1 = Math.min(image.width - 1, Math.ceil(center + half));
    for (let x = Math.max(0, Math.floor(center - half)); x <= x1; x++) {
      const d = nx * x + ny * y - distance;
      if (Math.abs(d) < reach) image.data[y * image.stride + x] += peak * Math.exp((-d * d) / (2 * sigma * sigma));
    }
  }
}
