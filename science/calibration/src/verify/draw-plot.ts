/** Points, a line or bars of a plot. */
export interface PlotSeries {
  readonly label: string;
  readonly kind: 'dots' | 'line' | 'bars';
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

export interface Plot {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly PlotSeries[];
  /** Values of y that must not be passed, drawn as dashed lines. */
  readonly limits?: readonly number[];
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [560, 340, 70, 15, 28, 46];
const COLOURS = ['#1f5fa8', '#c25b12', '#2c8a3f', '#8a2c7d', '#6b6b6b', '#b09a10', '#1f9aa8', '#a81f3b'];

/** Draws a plot as a standalone SVG, with the same bytes for the same data. */
export function drawPlot({ title, xLabel, yLabel, series, limits = [] }: Plot): string {
  const finite = (values: ArrayLike<number>): number[] => Array.from(values).filter(Number.isFinite);
  const [xMin, xMax] = spanOf(series.flatMap(({ x }) => finite(x)));
  const bars = series.some(({ kind }) => kind === 'bars');
  const [yMin, yMax] = spanOf([...series.flatMap(({ y }) => finite(y)), ...limits, ...(bars ? [0] : [])]);
  const px = (x: number): string => (LEFT + ((x - xMin) / (xMax - xMin)) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const py = (y: number): string => (HEIGHT - BOTTOM - ((y - yMin) / (yMax - yMin)) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="11" role="img" aria-label="${escape(title)}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/><text x="${WIDTH / 2}" y="18" text-anchor="middle" font-size="13">${escape(title)}</text>`,
    `<path d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}" fill="none" stroke="#333"/>`,
    ...ticksOf(xMin, xMax).map(
      (x) =>
        `<path d="M${px(x)} ${HEIGHT - BOTTOM}v4" stroke="#333"/><text x="${px(x)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${format(x)}</text>`,
    ),
    ...ticksOf(yMin, yMax).map(
      (y) =>
        `<path d="M${LEFT} ${py(y)}h-4" stroke="#333"/><text x="${LEFT - 7}" y="${(Number(py(y)) + 4).toFixed(1)}" text-anchor="end">${format(y)}</text>`,
    ),
    `<text x="${(WIDTH + LEFT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escape(xLabel)}</text>`,
    `<text transform="translate(14 ${(HEIGHT - BOTTOM + TOP) / 2}) rotate(-90)" text-anchor="middle">${escape(yLabel)}</text>`,
    ...limits.map((y) => `<path d="M${LEFT} ${py(y)}H${WIDTH - RIGHT}" stroke="#c00" stroke-dasharray="5 4"/>`),
    ...series.flatMap((each, k) => seriesOf(each, COLOURS[k % COLOURS.length], { px, py })),
    '</svg>\n',
  ];
  return parts.join('\n');
}

interface Scale {
  readonly px: (x: number) => string;
  readonly py: (y: number) => string;
}

function seriesOf({ kind, x, y, label }: PlotSeries, colour: string, { px, py }: Scale): string[] {
  const points = Array.from(x, (value, i) => [value, y[i]] as const).filter(([a, b]) => Number.isFinite(a) && Number.isFinite(b));
  const title = `<title>${escape(label)}</title>`;
  if (kind === 'dots')
    return [`<g fill="${colour}">${title}${points.map(([a, b]) => `<circle cx="${px(a)}" cy="${py(b)}" r="2.6"/>`).join('')}</g>`];
  if (kind === 'line') {
    const path = points.map(([a, b], i) => `${i === 0 ? 'M' : 'L'}${px(a)} ${py(b)}`).join('');
    return [`<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.4">${title}</path>`];
  }
  const width = points.length > 1 ? Number(px(points[1][0])) - Number(px(points[0][0])) : 10;
  const rects = points.map(([a, b]) => {
    const top = Number(py(b));
    return `<rect x="${(Number(px(a)) - width / 2).toFixed(1)}" y="${top}" width="${Math.max(0.5, width).toFixed(1)}" height="${(Number(py(0)) - top).toFixed(1)}"/>`;
  });
  return [`<g fill="${colour}">${title}${rects.join('')}</g>`];
}

function spanOf(values: readonly number[]): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(high >= low)) return [0, 1];
  const margin = high === low ? Math.max(1e-12, Math.abs(high) * 0.1) : (high - low) * 0.04;
  return [low - margin, high + margin];
}

/** About five round numbers. */
function ticksOf(low: number, high: number): number[] {
  const raw = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((k) => k * power >= raw) ?? 10);
  const out: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) out.push(k * step);
  return out;
}

function format(value: number): string {
  const size = Math.abs(value);
  if (size < 1e-15) return '0';
  return size < 1e-3 || size >= 1e6 ? value.toExponential(1) : String(Number(value.toPrecision(5)));
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
