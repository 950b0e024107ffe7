/** What is known of one image without reading its pixels. Angles in degrees, times as MJD in TAI. */
export interface ImageRecord {
  /** UUID of the dataset. */
  readonly id: string;
  /** Dataset type, such as `calexp`. */
  readonly type: string;
  readonly run: string;
  /** Data ID, required and implied values. */
  readonly dataId: Readonly<Record<string, string | number>>;
  readonly instrument: string | undefined;
  readonly band: string | undefined;
  readonly target: string | undefined;
  readonly beginMjdTai: number | undefined;
  readonly endMjdTai: number | undefined;
  readonly exposureSec: number | undefined;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly pixelScaleArcsec: number | undefined;
  readonly ra: number | undefined;
  readonly dec: number | undefined;
  /** Angle across the footprint [deg]. */
  readonly fieldOfViewDeg: number | undefined;
  /** Outer corners on the sky, counter-clockwise seen from inside; empty without world coordinates. */
  readonly footprint: readonly (readonly [ra: number, dec: number])[];
  /** Level of calibration. @see ObsCore 1.1, section 4.2 */
  readonly calibLevel: 0 | 1 | 2 | 3;
}

const LEVELS: readonly (readonly [RegExp, ImageRecord['calibLevel']])[] = [
  [/^raw$/, 1],
  [/coadd|template|difference|diff|goodSeeing|warp/i, 3],
];

/** 1 for raw frames, 3 for what several exposures went into, 2 for calibrated exposures. */
export function calibLevelOf(type: string): ImageRecord['calibLevel'] {
  return LEVELS.find(([pattern]) => pattern.test(type))?.[1] ?? 2;
}

/** Sentence that names an image to people. */
export function titleOf({ type, dataId }: ImageRecord): string {
  const parts = ['visit', 'exposure', 'tract', 'patch', 'detector', 'band'].flatMap((name) =>
    dataId[name] === undefined ? [] : [`${name} ${dataId[name]}`],
  );
  return `${type} ${parts.join(', ')}`;
}
