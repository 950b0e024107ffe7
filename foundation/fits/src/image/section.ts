import { NotInFileError } from '../errors.ts';

/** Half-open range of one axis, zero-based; a step above 1 takes every step-th pixel. */
export type AxisRange = readonly [start: number, stop: number] | readonly [start: number, stop: number, step: number];

/** Part of an image: one range an axis in the order of the shape (`[y, x]` for a plane). */
export type Section = readonly AxisRange[];

/** Shape of the pixels in a section. */
export function sectionShape(section: Section): number[] {
  return section.map(([start, stop, step = 1]) => Math.ceil((stop - start) / step));
}

/** Checks a section against a shape; the whole image without a section. @throws {NotInFileError} */
export function checkSection(section: Section | undefined, shape: readonly number[], hdu?: number): Section {
  if (section === undefined) return shape.map((length) => [0, length, 1] as const);
  const whole = (value: number): boolean => Number.isSafeInteger(value);
  const fits =
    section.length === shape.length &&
    section.every(
      ([start, stop, step = 1], axis) =>
        whole(start) && whole(stop) && whole(step) && start >= 0 && start < stop && stop <= shape[axis] && step >= 1,
    );
  if (!fits)
    throw new NotInFileError(`the section ${JSON.stringify(section)} must lie inside the shape [${shape.join(', ')}] and not be empty`, {
      hdu,
    });
  return section;
}

/** A stretch of consecutive pixels along the last axis: where it starts in the image. */
export function* sectionRuns(section: Section, shape: readonly number[]): Generator<number> {
  const outer = section.length - 1;
  const index = section.map(([start]) => start);
  const strides = shape.map((_length, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
  for (;;) {
    yield index.reduce((offset, at, axis) => offset + at * strides[axis], 0);
    let axis = outer - 1;
    for (; axis >= 0; axis--) {
      const [start, stop, step = 1] = section[axis];
      index[axis] += step;
      if (index[axis] < stop) break;
      index[axis] = start;
    }
    if (axis < 0) return;
  }
}

/**
 * Parses the FITS form of a section, such as "1:512,101:200" or "*,1:9:2" (first axis first, one-based, ends included).
 *
 * @throws {NotInFileError} if the text is no section of this shape.
 */
export function parseSection(text: string, shape: readonly number[]): Section {
  const parts = text.split(',').map((part) => part.trim());
  const bad = (): never => {
    throw new NotInFileError(
      `[${text}] is no section of an image of shape [${shape.join(', ')}]; write [x1:x2,y1:y2] with one-based pixels`,
    );
  };
  if (parts.length !== shape.length) bad();
  const ranges = parts.toReversed().map((part, axis): AxisRange => {
    const match = /^(?:(\*)|(\d+)(?::(\d+))?)(?::(\d+))?$/.exec(part);
    if (match === null) return bad();
    const first = match[1] ? 1 : Number(match[2]);
    const last = match[1] ? shape[axis] : Number(match[3] ?? match[2]);
    return [first - 1, last, Number(match[4] ?? 1)];
  });
  return checkSection(ranges, shape);
}
