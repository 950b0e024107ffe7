/** Result of a division by a flat. */
export interface FlatStatistics {
  /** Pixels whose flat does not exceed the minimum, which become NO_DATA. */
  readonly unusable: number;
}

/** Subtracts a plane, in place. */
export function subtractInPlace(data: Float32Array, plane: Float32Array): void {
  for (let i = 0; i < data.length; i++) data[i] -= plane[i];
}

/** Subtracts a scaled plane, in place. */
export function subtractScaledInPlace(data: Float32Array, plane: Float32Array, scale: number): void {
  for (let i = 0; i < data.length; i++) data[i] -= scale * plane[i];
}

/**
 * Divides image and variance by a flat, in place; pixels whose flat does not exceed the minimum keep their value and get the bits.
 */
export function divideByFlatInPlace(
  image: Float32Array,
  variance: Float32Array,
  mask: Int32Array,
  options: { readonly flat: Float32Array; readonly bits: number; readonly minimum?: number },
): FlatStatistics {
  const { flat, bits, minimum = 0 } = options;
  let unusable = 0;
  for (let i = 0; i < image.length; i++) {
    const f = flat[i];
    if (f > minimum) {
      const inverse = 1 / f;
      image[i] *= inverse;
      variance[i] = variance[i] * (inverse * inverse);
    } else {
      mask[i] |= bits;
      unusable++;
    }
  }
  return { unusable };
}

/**
 * Fills the variance of a box: Poisson noise of the signal, of the dark charge that was taken off it, and read noise.
 *
 * @param readNoise - [electron]; signal and variance are in electrons.
 * @param dark - Charge [electron] that was subtracted from the image is `sec` times this plane.
 */
export function fillVarianceInPlace(
  variance: Float32Array,
  image: Float32Array,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  options: { readonly width: number; readonly readNoise: number; readonly dark?: { readonly plane: Float32Array; readonly sec: number } },
): void {
  const { plane, sec } = options.dark ?? { plane: null, sec: 0 };
  const floor = options.readNoise * options.readNoise;
  for (let y = box.y; y < box.y + box.height; y++) {
    const end = y * options.width + box.x + box.width;
    for (let i = y * options.width + box.x; i < end; i++) {
      const charge = plane ? image[i] + sec * plane[i] : image[i];
      variance[i] = charge > 0 ? charge + floor : floor;
    }
  }
}
