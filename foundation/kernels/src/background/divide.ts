import { KernelArgumentError } from '../errors.ts';
import { type Plane, withFrame } from '../memory/frame.ts';
import { kernelMemory } from '../memory/kernel-memory.ts';
import { callScratch, runKernel, splitRows } from '../threads/threads.ts';
import type { SurfaceMesh } from './surface.ts';

/**
 * Divides a plane by a mesh that is linear between the middles of its cells and constant beyond the outermost, and multiplies it
 * by a factor of the column and one of the row; 0 where the mesh is not positive.
 *
 * @param plane - Overwritten. @throws {KernelArgumentError} if mesh or factors are of the wrong length.
 * @remarks Within 1e-5 of {@link divideByMeshReference} (divide.diff.test.ts).
 */
export function divideByMeshInPlace(plane: Plane, mesh: SurfaceMesh, columnFactors: Float32Array, rowFactors: Float32Array): void {
  const { width, height } = plane;
  if (mesh.values.length < mesh.columns * mesh.rows || mesh.columns < 1 || mesh.rows < 1)
    throw new KernelArgumentError(`a mesh of ${mesh.columns} x ${mesh.rows} needs as many values; found ${mesh.values.length}`);
  if (columnFactors.length < width || rowFactors.length < height)
    throw new KernelArgumentError(
      `${width} column and ${height} row factors are needed; found ${columnFactors.length}, ${rowFactors.length}`,
    );
  withFrame((frame) => {
    const data = frame.inOutPlane(plane);
    const values = frame.input(Float32Array.from(mesh.values));
    const [across, down] = [frame.input(columnFactors), frame.input(rowFactors)];
    const scratch = callScratch(frame, 4 * mesh.columns);
    const { columns, rows, cellWidth, cellHeight } = mesh;
    const calls = splitRows(height).map(([y0, y1]) => {
      // prettier-ignore
      return [data.address, data.stride, width, values, columns, rows, cellWidth, cellHeight, across, down, y0, y1, scratch()];
    });
    runKernel('divideByMeshRows', calls);
  });
}

/** The definition of {@link divideByMeshInPlace} at one pixel: what it is divided by. */
export function divideByMeshReference({ values, columns, rows, cellWidth, cellHeight }: SurfaceMesh, x: number, y: number): number {
  const u = Math.max(0, Math.min(columns - 1, (x + 0.5) / cellWidth - 0.5));
  const v = Math.max(0, Math.min(rows - 1, (y + 0.5) / cellHeight - 0.5));
  const [i, j] = [Math.floor(u), Math.floor(v)];
  const at = (column: number, row: number): number => values[Math.min(rows - 1, row) * columns + Math.min(columns - 1, column)];
  const top = (1 - (u - i)) * at(i, j) + (u - i) * at(i + 1, j);
  const bottom = (1 - (u - i)) * at(i, j + 1) + (u - i) * at(i + 1, j + 1);
  return (1 - (v - j)) * top + (v - j) * bottom;
}

/** Whether a plane holds a NaN or an infinity. */
export function hasNonFinite(plane: Plane): boolean {
  return withFrame((frame) => {
    const data = frame.inputPlane(plane);
    const { functions } = kernelMemory();
    return splitRows(plane.height).some(([y0, y1]) => functions['hasNonFinite'](data.address, data.stride, plane.width, y0, y1) !== 0);
  });
}

/**
 * Copies a plane with 0 in place of NaN, infinities and flagged pixels.
 *
 * @param flags.badBits - Any of them excludes a pixel; default every bit. @throws {KernelArgumentError} if the shapes differ.
 */
export function copySoundInto(
  input: Plane,
  flags: { readonly mask?: Plane<Int32Array> | undefined; readonly badBits?: number },
  output: Plane,
): void {
  const { mask, badBits = -1 } = flags;
  const { width, height } = input;
  for (const plane of [mask, output])
    if (plane && (plane.width !== width || plane.height !== height))
      throw new KernelArgumentError(`all planes must be ${width} x ${height} pixels; found ${plane.width} x ${plane.height}`);
  withFrame((frame) => {
    const from = frame.inputPlane(input);
    const marks = mask ? frame.inputPlane(mask) : { address: 0, stride: 0 };
    const to = frame.outputPlane(output);
    const calls = splitRows(height).map(([y0, y1]) => {
      return [from.address, from.stride, marks.address, marks.stride, badBits, to.address, to.stride, width, y0, y1];
    });
    runKernel('copySoundRows', calls);
  });
}
