import { type FitsFile, type Hdu, Header, imageHdu, type OutputHdu, readImage } from '@almagest/fits';
import { ExposurePartError } from '../errors.ts';
import type { ApertureCorrections, Exposure } from '../exposure/exposure.ts';
import type { ChebyshevField, PhotoCalib } from '../exposure/photo-calib.ts';
import type { PixelBox } from '../pixels/image.ts';
import { psfOf } from '../psf/analytic-psfs.ts';
import { modelTermCount } from '../psf/pixel-basis-psf.ts';
import type { Psf, PsfDescription } from '../psf/psf.ts';

/*
 * What is known of an exposure beside its planes, as image extensions of float64:
 *
 * PSF          PSFKIND 'pixel-basis': [term, row, column], the samples by term u^i v^j, j slowest; 'gaussian', 'moffat': no pixels.
 * PHOTOCALIB   coefficients [j, i] of a calibration that varies over the image; a uniform one is FLUXMAG0 of the primary header.
 * APCORR       one for each flux (FLUXNAME), EXTVER counts them: coefficients [j, i] of its aperture correction.
 * VALIDPOLY    corners [n, 2] of the part of the image that light reaches.
 */

/** The extensions of an exposure's parts; a PSF that is computed from others has none. */
export function partHdus({
  psf,
  photoCalib,
  apCorrMap,
  validPolygon,
}: Pick<Exposure, 'psf' | 'photoCalib' | 'apCorrMap' | 'validPolygon'>): OutputHdu[] {
  const hdus: OutputHdu[] = [];
  if (psf?.description) hdus.push(psfHdu(psf.description));
  if (photoCalib?.scaling) {
    const { calibrationMean, calibrationErr, scaling } = photoCalib;
    hdus.push(fieldHdu('PHOTOCALIB', scaling, realCards({ CALMEAN: calibrationMean, CALERR: calibrationErr })));
  }
  let version = 1;
  for (const [name, { field, error }] of apCorrMap ?? [])
    hdus.push(fieldHdu('APCORR', field, realCards({ APCORERR: error }).set('FLUXNAME', name, 'flux that is corrected'), version++));
  if (validPolygon)
    hdus.push(
      imageHdu({ name: 'VALIDPOLY', data: Float64Array.from(validPolygon.flatMap(({ x, y }) => [x, y])), shape: [validPolygon.length, 2] }),
    );
  return hdus;
}

/** The parts that a file holds. */
export interface ExposureParts {
  readonly psf?: Psf;
  /** Only where the calibration varies over the image. */
  readonly photoCalib?: PhotoCalib;
  readonly apCorrMap?: ApertureCorrections;
  readonly validPolygon?: NonNullable<Exposure['validPolygon']>;
}

/** Reads what {@link partHdus} wrote. @throws {ExposurePartError} if an extension is not laid out as its cards say. */
export async function readExposureParts(file: FitsFile): Promise<ExposureParts> {
  const hdus = await file.hdus();
  // Other programs' extensions of these names lack the card.
  const named = (name: string, card?: string): readonly Hdu[] =>
    hdus.filter((hdu) => hdu.name === name && hdu.kind === 'image' && (card === undefined || hdu.header.has(card)));
  const [psf] = named('PSF', 'PSFKIND');
  const [calibration] = named('PHOTOCALIB', 'CALMEAN');
  const [polygon] = named('VALIDPOLY');
  const corrections = new Map<string, { field: ChebyshevField; error: number }>();
  for (const hdu of named('APCORR', 'FLUXNAME'))
    corrections.set(hdu.header.getString('FLUXNAME')?.trimEnd() ?? '', {
      field: await readField(hdu),
      error: hdu.header.getNumber('APCORERR') ?? Number.NaN,
    });
  return {
    ...(psf ? { psf: psfOf(await readPsf(psf)) } : {}),
    ...(calibration
      ? {
          photoCalib: {
            calibrationMean: need(calibration, 'CALMEAN'),
            calibrationErr: need(calibration, 'CALERR'),
            scaling: await readField(calibration),
          },
        }
      : {}),
    ...(corrections.size > 0 ? { apCorrMap: corrections } : {}),
    ...(polygon ? { validPolygon: await readPolygon(polygon) } : {}),
  };
}

function psfHdu(description: PsfDescription): OutputHdu {
  const header = new Header().set('PSFKIND', description.kind, 'how the PSF is described');
  if (description.kind === 'pixel-basis') {
    const { halfWidth, sampling, order, box, coefficients, averagePosition, fwhmPixels } = description.model;
    const side = 2 * halfWidth + 1;
    header.set('PSFORDER', order, 'order of the polynomials of position').push(...boxCards(box).cards);
    const reals = realCards({ PSFSAMP: sampling, PSFFWHM: fwhmPixels, PSFAVGX: averagePosition.x, PSFAVGY: averagePosition.y });
    return imageHdu({
      name: 'PSF',
      data: coefficients,
      shape: [modelTermCount(order), side, side],
      header: header.push(...reals.cards),
    });
  }
  header.set('PSFHALF', description.halfWidth, 'pixels to each side of the middle one');
  const { kind } = description;
  const reals =
    kind === 'gaussian'
      ? { PSFXX: description.shape.xx, PSFYY: description.shape.yy, PSFXY: description.shape.xy }
      : { PSFFWHM: description.fwhmPixels, PSFBETA: description.beta };
  return imageHdu({ name: 'PSF', data: new Float64Array(0), shape: [], header: header.push(...realCards(reals).cards) });
}

async function readPsf(hdu: Hdu): Promise<PsfDescription> {
  const kind = hdu.header.getString('PSFKIND')?.trimEnd();
  if (kind === 'gaussian')
    return { kind, shape: { xx: need(hdu, 'PSFXX'), yy: need(hdu, 'PSFYY'), xy: need(hdu, 'PSFXY') }, halfWidth: need(hdu, 'PSFHALF') };
  if (kind === 'moffat') return { kind, fwhmPixels: need(hdu, 'PSFFWHM'), beta: need(hdu, 'PSFBETA'), halfWidth: need(hdu, 'PSFHALF') };
  if (kind !== 'pixel-basis')
    throw new ExposurePartError(`PSFKIND must be pixel-basis, gaussian or moffat; found ${JSON.stringify(kind)} (HDU PSF)`);
  const order = need(hdu, 'PSFORDER');
  const { data, shape } = await readReals(hdu);
  const [terms, side] = shape;
  if (shape.length !== 3 || terms !== modelTermCount(order) || side !== shape[2] || side % 2 !== 1)
    throw new ExposurePartError(
      `a PSF of order ${order} has ${modelTermCount(order)} squares of odd side; found ${shape.join(' x ')} (HDU PSF)`,
    );
  const model = {
    halfWidth: (side - 1) / 2,
    sampling: need(hdu, 'PSFSAMP'),
    order,
    box: readBox(hdu),
    coefficients: data,
    averagePosition: { x: need(hdu, 'PSFAVGX'), y: need(hdu, 'PSFAVGY') },
    fwhmPixels: need(hdu, 'PSFFWHM'),
  };
  return { kind, model };
}

function fieldHdu(name: string, { box, coefficients }: ChebyshevField, cards: Header, version?: number): OutputHdu {
  const columns = coefficients[0]?.length ?? 0;
  return imageHdu({
    name,
    ...(version === undefined ? {} : { version }),
    data: Float64Array.from(coefficients.flat()),
    shape: [coefficients.length, columns],
    header: cards.push(...boxCards(box).cards),
  });
}

async function readField(hdu: Hdu): Promise<ChebyshevField> {
  const { data, shape } = await readReals(hdu);
  const [rows, columns] = shape;
  if (shape.length !== 2) throw new ExposurePartError(`a field has coefficients [j, i]; found ${shape.length} axes (HDU ${hdu.name})`);
  return {
    box: readBox(hdu),
    coefficients: Array.from({ length: rows }, (_, j) => Array.from(data.subarray(j * columns, (j + 1) * columns))),
  };
}

async function readPolygon(hdu: Hdu): Promise<{ x: number; y: number }[]> {
  const { data, shape } = await readReals(hdu);
  if (shape.length !== 2 || shape[1] !== 2)
    throw new ExposurePartError(`a polygon has corners [n, 2]; found ${shape.join(' x ')} (HDU VALIDPOLY)`);
  return Array.from({ length: shape[0] }, (_, k) => ({ x: data[2 * k], y: data[2 * k + 1] }));
}

async function readReals(hdu: Hdu): Promise<{ data: Float64Array; shape: readonly number[] }> {
  const { data, shape } = await readImage(hdu);
  if (!(data instanceof Float64Array)) throw new ExposurePartError(`pixels must be float64 (BITPIX -64) in HDU ${hdu.name}`);
  return { data, shape };
}

function boxCards({ x0, y0, width, height }: PixelBox): Header {
  return new Header()
    .set('BOXX0', x0, 'box over which positions run from -1 to 1')
    .set('BOXY0', y0)
    .set('BOXWIDTH', width)
    .set('BOXHEIGH', height);
}

function readBox(hdu: Hdu): PixelBox {
  return { x0: need(hdu, 'BOXX0'), y0: need(hdu, 'BOXY0'), width: need(hdu, 'BOXWIDTH'), height: need(hdu, 'BOXHEIGH') };
}

function realCards(values: Readonly<Record<string, number>>): Header {
  const header = new Header();
  // NaN, an unknown error, has no card.
  for (const [keyword, value] of Object.entries(values)) if (Number.isFinite(value)) header.setReal(keyword, value);
  return header;
}

function need({ header, name }: Hdu, keyword: string): number {
  const value = header.getNumber(keyword);
  if (value === undefined) throw new ExposurePartError(`expected a number ${keyword}; found none (HDU ${name})`);
  return value;
}
