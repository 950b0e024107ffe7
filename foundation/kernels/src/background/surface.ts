import { KernelArgumentError } from '../errors.ts';
import { type Plane, withFrame } from '../memory/frame.ts';
import { callScratch, runKernel, splitRows } from '../threads/threads.ts';

/** Values at the centres of cells, row by row: value (r, c) lies at pixel ((c + 1/2) cellWidth - 1/2, (r + 1/2) cellHeight - 1/2). */
export interface SurfaceMesh {
  readonly columns: number;
  readonly rows: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly values: Float32Array | Float64Array;
}

/**
 * Evaluates the natural bicubic spline through a mesh on every pixel; beyond the outer centres it goes on in straight lines.
 *
 * A mesh of one row or column is constant in that direction. NaN in the mesh spreads: fill gaps first.
 *
 * @throws {KernelArgumentError} if values are missing.
 * @remarks Within 4 float32 ULP of the largest mesh value of {@link surfaceReference} (background.diff.test.ts).
 */
export function evaluateSurface(mesh: SurfaceMesh, output: Plane): void {
  spline(mesh, undefined, output);
}

/** Subtracts the spline surface of a mesh from an image; `output` may be the input itself. */
export function subtractSurface(input: Plane, mesh: SurfaceMesh, output: Plane): void {
  if (input.width !== output.width || input.height !== output.height)
    throw new KernelArgumentError(`output must be ${input.width} x ${input.height} pixels like the input`);
  spline(mesh, input, output);
}

function spline(mesh: SurfaceMesh, input: Plane | undefined, output: Plane): void {
  const { width, height } = output;
  const { columns, rows, data } = surfaceCurvatures(mesh);
  withFrame((frame) => {
    const inPlace = input !== undefined && input.data.buffer === output.data.buffer && input.data.byteOffset === output.data.byteOffset;
    const target = inPlace ? frame.inOutPlane(output) : frame.outputPlane(output);
    const source = input === undefined ? { address: 0, stride: 0 } : inPlace ? target : frame.inputPlane(input);
    const meshes = frame.input(data);
    const { cellWidth, cellHeight } = mesh;
    const scratch = callScratch(frame, 4 * (2 * columns + 8));
    const calls = splitRows(height).map(([y0, y1]) => {
      // prettier-ignore
      return [meshes, columns, rows, cellWidth, cellHeight, source.address, source.stride, target.address, target.stride,
        width, y0, y1, scratch()];
    });
    runKernel('splineRows', calls);
  });
}

/**
 * The mesh values and their second derivatives along y, x and both, one array after the other, for nodes one unit apart;
 * single rows and columns are doubled so that there is an interval.
 */
export function surfaceCurvatures(mesh: SurfaceMesh): { readonly columns: number; readonly rows: number; readonly data: Float32Array } {
  if (mesh.columns < 1 || mesh.rows < 1 || mesh.values.length < mesh.columns * mesh.rows)
    throw new KernelArgumentError(`a mesh of ${mesh.columns} x ${mesh.rows} needs as many values; found ${mesh.values.length}`);
  const columns = Math.max(2, mesh.columns);
  const rows = Math.max(2, mesh.rows);
  const size = columns * rows;
  const values = Float64Array.from({ length: size }, (_, k) => {
    const c = Math.min(k % columns, mesh.columns - 1);
    const r = Math.min(Math.floor(k / columns), mesh.rows - 1);
    return mesh.values[r * mesh.columns + c];
  });
  const alongY = curvatures(values, { count: rows, step: columns, lines: columns, lineStep: 1 });
  const alongX = { count: columns, step: 1, lines: rows, lineStep: columns };
  const data = new Float32Array(4 * size);
  data.set(values);
  data.set(alongY, size);
  data.set(curvatures(values, alongX), 2 * size);
  data.set(curvatures(alongY, alongX), 3 * size);
  return { columns, rows, data };
}

interface Lines {
  readonly count: number;
  readonly step: number;
  readonly lines: number;
  readonly lineStep: number;
}

/** Second derivatives of natural cubic splines with unit spacing: solves m[k-1] + 4 m[k] + m[k+1] = 6 (v[k-1] - 2 v[k] + v[k+1]), 0 at the ends. */
function curvatures(values: Float64Array, { count, step, lines, lineStep }: Lines): Float64Array {
  const result = new Float64Array(values.length);
  const ratio = new Float64Array(count);
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    for (let k = 1; k < count - 1; k++) {
      const at = start + k * step;
      const right = 6 * (values[at - step] - 2 * values[at] + values[at + step]);
      const pivot = 4 - ratio[k - 1];
      ratio[k] = 1 / pivot;
      result[at] = (right - result[at - step]) / pivot;
    }
    for (let k = count - 3; k > 0; k--) result[start + k * step] -= ratio[k] * result[start + (k + 1) * step];
  }
  return result;
}

/** The definition of evaluateSurface in plain TypeScript, float64 from the stored curvatures on. */
export function surfaceReference(mesh: SurfaceMesh, x: number, y: number): number {
  const { columns, rows, data } = surfaceCurvatures(mesh);
  const size = columns * rows;
  const u = (x + 0.5) / mesh.cellWidth - 0.5;
  const v = (y + 0.5) / mesh.cellHeight - 0.5;
  const c = Math.max(0, Math.min(columns - 2, Math.floor(u)));
  const r = Math.max(0, Math.min(rows - 2, Math.floor(v)));
  const down = (part: number, column: number): number => {
    const at = part * size + r * columns + column;
    return between(v - r, [data[at], data[at + columns]], [data[at + size], data[at + size + columns]]);
  };
  return between(u - c, [down(0, c), down(0, c + 1)], [down(2, c), down(2, c + 1)]);
}

/** A cubic between two nodes by their values and second derivatives; straight outside [0, 1], where the latter vanish. */
function between(t: number, values: readonly [number, number], bends: readonly [number, number]): number {
  const curve = (w: number): number => (w < 0 ? -w / 6 : (w ** 3 - w) / 6);
  return (1 - t) * values[0] + t * values[1] + curve(1 - t) * bends[0] + curve(t) * bends[1];
}
