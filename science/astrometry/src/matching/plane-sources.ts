/** Stars of an image (or of a whole focal plane), in a flat coordinate system of any unit. */
export interface PlaneSources {
  /** Interleaved x, y. */
  readonly xy: Float64Array;
  /** Any measure in which larger is brighter. */
  readonly flux: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  /** Lower left corner; (0, 0) when absent. */
  readonly corner?: readonly [number, number];
}

/** Centre of the plane. */
export function imageCentre({ corner = [0, 0], width, height }: PlaneSources): [number, number] {
  return [corner[0] + width / 2, corner[1] + height / 2];
}
