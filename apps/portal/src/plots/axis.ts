/** A straight scale from values to pixels. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly from: number;
  readonly to: number;
}

export const place = ({ low, high, from, to }: Axis, value: number): number => from + ((value - low) / (high - low)) * (to - from);

export const valueAt = ({ low, high, from, to }: Axis, pixel: number): number => low + ((pixel - from) / (to - from)) * (high - low);

/** Range of the finite values of some rows, a little widened; 0 to 1 where there are none. */
export function rangeOf(values: Float64Array, rows: Uint32Array): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const row of rows) {
    const value = values[row]!;
    if (value < low) low = value;
    if (value > high && value < Infinity) high = value;
  }
  if (!(low <= high) || !Number.isFinite(low)) return [0, 1];
  const margin = low === high ? Math.abs(low) * 0.05 || 0.5 : (high - low) * 0.03;
  return [low - margin, high + margin];
}

/** Round numbers along an axis, about `count` of them. */
export function ticksOf({ low, high }: Pick<Axis, 'low' | 'high'>, count: number): readonly number[] {
  const raw = Math.abs(high - low) / Math.max(1, count);
  if (!(raw > 0) || !Number.isFinite(raw)) return [];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= raw) ?? 10);
  const [start, end] = [Math.min(low, high), Math.max(low, high)];
  const out: number[] = [];
  for (let k = Math.ceil(start / step); k * step <= end + step * 1e-9 && out.length < 40; k++) out.push(k * step);
  return out;
}

/** A tick's number without the noise of binary fractions. */
export function tickText(value: number, step: number): string {
  const digits = Math.max(0, Math.min(10, -Math.floor(Math.log10(Math.abs(step) || 1) + 1e-9)));
  return Math.abs(value) >= 1e6 || (value !== 0 && Math.abs(value) < 1e-5) ? value.toExponential(1) : value.toFixed(digits);
}
