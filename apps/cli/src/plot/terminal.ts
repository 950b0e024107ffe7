import type { Picture } from '@almagest/image';
import { type Chart, rangesOf, tickText, ticksOf } from './chart.ts';

export interface TerminalOptions {
  /** Characters across. */
  readonly columns: number;
  readonly colour: boolean;
}

const HEIGHT = 16;
const LEFT = 10;
/** Dots of a braille character, by column and row. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const BRAILLE = 0x2800;
const HUES = [34, 33, 32, 35, 36, 37];
const SHADES = ' .:-=+*#%@';

/** A chart in characters: eight dots in each, colours only where they are wanted. */
export function chartText(chart: Chart, { columns, colour }: TerminalOptions): string {
  const width = Math.max(20, Math.min(160, columns - LEFT - 1));
  const ranges = rangesOf(chart);
  const cells = new Uint8Array(width * HEIGHT);
  const owner = new Int8Array(width * HEIGHT).fill(-1);
  const dot = (x: number, y: number, s: number): void => {
    const [cx, cy] = [x >> 1, y >> 2];
    if (cx < 0 || cy < 0 || cx >= width || cy >= HEIGHT) return;
    cells[cy * width + cx]! |= DOTS[(x & 1) as 0 | 1][(y & 3) as 0 | 1 | 2 | 3];
    owner[cy * width + cx] = s;
  };
  const px = (value: number): number => Math.round(((value - ranges.x[0]) / (ranges.x[1] - ranges.x[0])) * (2 * width - 1));
  const py = (value: number): number => {
    const part = (value - ranges.y[0]) / (ranges.y[1] - ranges.y[0]);
    return Math.round((chart.flipY ? part : 1 - part) * (4 * HEIGHT - 1));
  };
  chart.series.forEach(({ kind, x, y, error }, s) =>
    x.forEach((value, i) => {
      if (!Number.isFinite(value + y[i]!)) return;
      if (kind === 'bars') {
        const half = x.length > 1 ? (x[1]! - x[0]!) / 2 : 0;
        const top = y[i]! > 0 ? py(y[i]!) : Number.POSITIVE_INFINITY;
        for (let k = py(0); k >= top; k--)
          for (let p = px(value - half); p < Math.max(px(value + half), px(value - half) + 1); p++) dot(p, k, s);
      } else {
        const e = error && error[i]! > 0 ? error[i]! : 0;
        const [from, to] = [py(y[i]! - e), py(y[i]! + e)].toSorted((a, b) => a - b) as [number, number];
        for (let k = from; k <= to; k++) dot(px(value), k, s);
        dot(px(value), py(y[i]!), s);
        dot(px(value) + 1, py(y[i]!), s);
      }
    }),
  );
  const ticks = ticksOf(ranges.y, 4);
  const step = ticks.length > 1 ? ticks[1]! - ticks[0]! : 1;
  const labels = new Map(ticks.map((tick) => [py(tick) >> 2, tickText(tick, step)]));
  const lines = [chart.title];
  for (let row = 0; row < HEIGHT; row++) {
    let line = `${(labels.get(row) ?? '').padStart(LEFT - 2)} ${labels.has(row) ? '┤' : '│'}`;
    for (let column = 0; column < width; column++) {
      const k = row * width + column;
      const glyph = cells[k] === 0 ? ' ' : String.fromCodePoint(BRAILLE + cells[k]!);
      line += colour && owner[k]! >= 0 ? `\u001B[${HUES[owner[k]! % HUES.length]}m${glyph}\u001B[0m` : glyph;
    }
    lines.push(line.trimEnd());
  }
  const xTicks = ticksOf(ranges.x, Math.max(2, width / 14));
  const xStep = xTicks.length > 1 ? xTicks[1]! - xTicks[0]! : 1;
  let axis = '';
  for (const tick of xTicks) {
    const text = tickText(tick, xStep);
    const at = LEFT + (px(tick) >> 1) - (text.length >> 1);
    if (at > axis.length) axis = axis.padEnd(at) + text;
  }
  lines.push(`${' '.repeat(LEFT - 1)}└${'─'.repeat(width)}`, axis);
  const names =
    chart.series.length > 1
      ? `   ${chart.series.map(({ name }, s) => (colour ? `\u001B[${HUES[s % HUES.length]}m●\u001B[0m ${name}` : name)).join('  ')}`
      : '';
  lines.push(`${' '.repeat(LEFT)}${chart.y} against ${chart.x}${names}`);
  return `${lines.join('\n')}\n`;
}

/** A picture in characters: half blocks of grey where colours are wanted, else shades of ink. */
export function pictureText({ width, height, data }: Picture, { columns, colour }: TerminalOptions): string {
  const across = Math.max(10, Math.min(160, columns - 1, width));
  const rows = Math.max(1, Math.round((across * height) / width / 2));
  const channels = data.length / (width * height);
  const mean = (x0: number, x1: number, y0: number, y1: number): number => {
    let [sum, n] = [0, 0];
    for (let y = Math.floor(y0); y < Math.max(y1, Math.floor(y0) + 1) && y < height; y++)
      for (let x = Math.floor(x0); x < Math.max(x1, Math.floor(x0) + 1) && x < width; x++) {
        sum += data[(y * width + x) * channels]!;
        n += 1;
      }
    return n === 0 ? 0 : sum / n;
  };
  const lines: string[] = [];
  for (let row = 0; row < rows; row++) {
    let line = '';
    for (let column = 0; column < across; column++) {
      const [x0, x1] = [(column * width) / across, ((column + 1) * width) / across];
      const [y0, y1] = [(row * height) / rows, ((row + 1) * height) / rows];
      if (colour) {
        const [top, bottom] = [mean(x0, x1, y0, (y0 + y1) / 2), mean(x0, x1, (y0 + y1) / 2, y1)].map((value) => grey(value)) as [
          number,
          number,
        ];
        line += `\u001B[38;5;${top};48;5;${bottom}m▀`;
      } else line += SHADES[Math.min(SHADES.length - 1, Math.floor((mean(x0, x1, y0, y1) / 256) * SHADES.length))];
    }
    lines.push(colour ? `${line}\u001B[0m` : line);
  }
  return `${lines.join('\n')}\n`;
}

/** The nearest of the 24 greys of a terminal. */
function grey(value: number): number {
  return 232 + Math.min(23, Math.floor((value / 256) * 24));
}

/** Whether colours are wanted on a stream: not in pipes, and not where NO_COLOR says so (no-color.org). */
export function wantsColour(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  const no = environment['NO_COLOR'];
  return stream.isTTY === true && (no === undefined || no === '');
}
