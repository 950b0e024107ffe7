/** A chart as plain data, drawn by the printers beside this file. */
export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Puts small values on top, as magnitudes are drawn. */
  readonly flipY?: boolean;
  readonly series: readonly Series[];
}

export interface Series {
  readonly name: string;
  /** Points with errors, or bars that stand on zero. */
  readonly kind: 'points' | 'bars';
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** One sigma of y; NaN or absent where unknown. */
  readonly error?: Float64Array;
}

export interface Ranges {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Part of the range that is left free on each side. */
const MARGIN = 0.05;

/** Ranges that hold all points with their errors; [0, 1] where there is none. */
export function rangesOf({ series }: Chart): Ranges {
  const xs: number[] = [];
  const ys: number[] = [];
  for (const { kind, x, y, error } of series)
    for (let i = 0; i < x.length; i++) {
      if (!Number.isFinite(x[i]! + y[i]!)) continue;
      xs.push(x[i]!);
      const e = error && error[i]! > 0 ? error[i]! : 0;
      ys.push(y[i]! - e, y[i]! + e);
      if (kind === 'bars') ys.push(0);
    }
  const isBars = series.some(({ kind }) => kind === 'bars');
  return { x: padded(xs), y: isBars ? [0, 1.05 * Math.max(1, ...ys)] : padded(ys) };
}

function padded(values: readonly number[]): readonly [number, number] {
  if (values.length === 0) return [0, 1];
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const margin = low === high ? Math.abs(low) * MARGIN || 0.5 : (high - low) * MARGIN;
  return [low - margin, high + margin];
}

/** Round numbers within a range, about so many. */
export function ticksOf([low, high]: readonly [number, number], wanted: number): number[] {
  const rough = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? power;
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) ticks.push(Number((k * step).toPrecision(12)));
  return ticks;
}

/** Text of a tick with as many digits as the step wants. */
export function tickText(value: number, step: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4) return value.toExponential(1);
  return value.toFixed(Math.max(0, Math.min(8, -Math.floor(Math.log10(step) + 1e-9))));
}
