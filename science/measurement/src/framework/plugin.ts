import type { Mask, Psf } from '@almagest/image';
import type { Plane } from '@almagest/kernels';
import type { PsfFit } from '../psf-fit/fit-psf.ts';
import type { Stamp } from '../stamp/stamp.ts';

/** Places where sources are to be measured. */
export interface Detections {
  readonly count: number;
  /** Array indices. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Sources of the same blend, 1 for one alone; absent where unknown. */
  readonly siblings?: Int32Array;
  /** Pixels of source i, as of detectPeaks. */
  readonly offsets?: Int32Array;
  readonly pixels?: Int32Array;
  /** Source number + 1 on the pixels of each source, else 0. */
  readonly segmentation?: Plane<Int32Array>;
  /** Blend of each source; needed where parts are given. */
  readonly group?: Int32Array;
}

/** The light of one source of a blend, on a box of array indices. */
export interface SourcePart {
  readonly x0: number;
  readonly y0: number;
  readonly width: number;
  readonly height: number;
  readonly pixels: Float32Array;
}

/** An image ready for measurement. */
export interface Scene {
  /** Background-subtracted, without NaN where `mask` does not say so. */
  readonly image: Plane;
  readonly mask?: Mask | undefined;
  /** Pixels with any of these bits are not used in fits. */
  readonly badBits: number;
  readonly psf: Psf;
  /** Width of the PSF [pixel]. */
  readonly fwhmPixels: number;
  /** Electrons per image unit; 0 where unknown. */
  readonly gain: number;
  /** Variance of a sky pixel at a place. */
  readonly skyVarianceAt: (x: number, y: number) => number;
  /** Sky level that was subtracted, at a place. */
  readonly skyLevelAt: (x: number, y: number) => number;
  readonly detections: Detections;
  /**
   * Light of sources that were taken out of a blend, by number. While such a source is measured its own light stands in image and
   * segmentation in place of the blend's; both are as before afterwards.
   */
  readonly parts?: ReadonlyMap<number, SourcePart>;
}

/** One source on its way through the plugins. */
export interface SourceView {
  readonly index: number;
  readonly peakX: number;
  readonly peakY: number;
  /** Best centre so far; the first plugin sets it. Array indices. */
  x: number;
  y: number;
  readonly skyVariance: number;
  /** The fit that the centre came from, for plugins after it. */
  psfFit?: PsfFit;
  /** The square about the source with neighbours replaced; the same array is reused from source to source. */
  stamp(half: number): Stamp;
  /** A pixel of the image with the light of the whole blend; array indices inside the image. */
  undivided(x: number, y: number): number;
}

export interface PluginColumn {
  readonly name: string;
  readonly datatype: 'float64' | 'float32' | 'int32';
  readonly unit?: string;
  readonly description: string;
}

export interface PluginFlag {
  readonly name: string;
  readonly description: string;
}

/** Columns that a plugin fills: values by name, NaN (0 for integers) before; flags by name, 0 before. */
export interface PluginOutput {
  readonly values: Readonly<Record<string, Float64Array | Float32Array | Int32Array>>;
  readonly flags: Readonly<Record<string, Uint8Array>>;
}

/**
 * One measurement. Plugins run in the order given, each on a source before the next begins with it.
 *
 * A plugin tells failure by its flags; an error that it throws sets `failureFlag` for that source alone.
 */
export interface MeasurementPlugin {
  readonly name: string;
  readonly columns: readonly PluginColumn[];
  readonly flags: readonly PluginFlag[];
  readonly failureFlag: string;
  /** Columns of other plugins that it reads. */
  readonly requires?: readonly string[];
  prepare(scene: Scene, output: PluginOutput): (source: SourceView) => void;
}
