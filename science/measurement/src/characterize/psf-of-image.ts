import {
  type Background,
  fitPixelBasisPsf,
  type PeakList,
  type PixelBasisFit,
  selectStars,
  type StarCandidates,
  TooFewStarsError,
} from '@almagest/characterization';
import type { Image } from '@almagest/image';
import type { Plane } from '@almagest/kernels';
import { makeColumn, type Table } from '@almagest/table';

/** A PSF model and the stars that it was made from. */
export interface PsfOfImage {
  readonly fit: PixelBasisFit;
  readonly stars: StarCandidates;
}

export interface PsfOfImageOptions {
  readonly background: Background;
  /** First guess of the width [pixel]. */
  readonly fwhmPixels: number;
  readonly gain: number;
  readonly order?: number;
  readonly mask: Image<Int32Array>;
  readonly badBits: number;
}

/** Least signal-to-noise ratios of stars, tried in turn until there are enough. */
const SNR_STEPS = [50, 20];
const ENOUGH = 20;

/** Selects stars and fits the PSF to them; undefined where there are too few. */
export function fitPsfModel(image: Image, peaks: PeakList, options: PsfOfImageOptions): PsfOfImage | undefined {
  const { background, fwhmPixels, gain, mask, badBits, order } = options;
  for (const minSnr of SNR_STEPS) {
    const stars = selectStars(image, peaks, { noise: background.noise, fwhmPixels, minSnr });
    if (stars.x.length < ENOUGH && minSnr !== SNR_STEPS.at(-1)) continue;
    try {
      const fit = fitPixelBasisPsf(image, stars, {
        gain,
        mask,
        badBits,
        labels: peaks.segmentation,
        ...(order === undefined ? {} : { order }),
      });
      return { fit, stars };
    } catch (error) {
      if (!(error instanceof TooFewStarsError)) throw error;
    }
  }
  return undefined;
}

/** The model with its stars numbered as in another list of detections: by whose pixels they lie on; -1 for none. */
export function withRows(model: PsfOfImage, { data, stride }: Plane<Int32Array>): PsfOfImage {
  const { stars } = model;
  const label = Int32Array.from(stars.x, (x, i) => data[Math.round(stars.y[i]) * stride + Math.round(x)]);
  return { ...model, stars: { ...stars, label, peak: label.map((value) => value - 1) } };
}

/** Adds the columns that say which sources made the PSF model. */
export function withPsfStars(table: Table, model: PsfOfImage | undefined): Table {
  const candidate = new Uint8Array(table.nrows);
  const used = new Uint8Array(table.nrows);
  const reserved = new Uint8Array(table.nrows);
  for (const star of model?.fit.stars ?? []) {
    const row = model!.stars.peak[star.candidate];
    if (row < 0) continue;
    candidate[row] = 1;
    if (star.used && !star.reserved) used[row] = 1;
    if (star.used && star.reserved) reserved[row] = 1;
  }
  const invalid = new Uint8Array(table.nrows).fill(model ? 0 : 1);
  const flag = (name: string, data: Uint8Array, description: string): Table['columns'][number] =>
    makeColumn({ name, datatype: 'boolean', data, description });
  return {
    ...table,
    columns: [
      ...table.columns,
      flag('calib_psf_candidate', candidate, 'Looked at as a star for the PSF'),
      flag('calib_psf_used', used, 'In the fit of the PSF'),
      flag('calib_psf_reserved', reserved, 'Kept out of the fit of the PSF to judge it'),
      flag('invalidPsfFlag', invalid, 'The PSF is a stand-in'),
    ],
  };
}
