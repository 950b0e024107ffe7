import { type Chart, rangesOf, tickText, ticksOf } from './chart.ts';

const SIZE = { width: 720, height: 440 };
const FRAME = { left: 84, right: 18, top: 40, bottom: 56 };
/** Told apart by those who see colours and by those who do not. */
const COLOURS = ['#3a4fa3', '#b4572a', '#1f7a6d', '#7d4a9e', '#8a6d1c', '#5c6270'];

/** A chart as an SVG document of fixed size. */
export function chartSvg(chart: Chart): string {
  const ranges = rangesOf(chart);
  const [left, right, top, bottom] = [FRAME.left, SIZE.width - FRAME.right, FRAME.top, SIZE.height - FRAME.bottom];
  const at =
    ([low, high]: readonly [number, number], from: number, to: number) =>
    (value: number) =>
      Number((from + ((value - low) / (high - low)) * (to - from)).toFixed(2));
  const x = at(ranges.x, left, right);
  const y = chart.flipY ? at(ranges.y, top, bottom) : at(ranges.y, bottom, top);
  const lines: string[] = [];
  const xTicks = ticksOf(ranges.x, 7);
  const yTicks = ticksOf(ranges.y, 6);
  for (const tick of xTicks) {
    lines.push(`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${top}" y2="${bottom}"/>`);
    lines.push(`<text x="${x(tick)}" y="${bottom + 18}" text-anchor="middle">${tickText(tick, stepOf(xTicks))}</text>`);
  }
  for (const tick of yTicks) {
    lines.push(`<line class="grid" x1="${left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}"/>`);
    lines.push(`<text x="${left - 8}" y="${y(tick) + 4}" text-anchor="end">${tickText(tick, stepOf(yTicks))}</text>`);
  }
  chart.series.forEach((series, s) => {
    const colour = COLOURS[s % COLOURS.length];
    const width = series.x.length > 1 ? Math.max(1, Math.abs(x(series.x[1]!) - x(series.x[0]!)) - 1) : 20;
    series.x.forEach((value, i) => {
      const height = series.y[i]!;
      if (!Number.isFinite(value + height)) return;
      const [px, py] = [x(value), y(height)];
      if (series.kind === 'bars')
        lines.push(
          `<rect x="${(px - width / 2).toFixed(2)}" y="${py}" width="${width.toFixed(2)}" height="${(bottom - py).toFixed(2)}" fill="${colour}"/>`,
        );
      else {
        const error = series.error?.[i] ?? Number.NaN;
        if (error > 0) lines.push(`<line x1="${px}" x2="${px}" y1="${y(height - error)}" y2="${y(height + error)}" stroke="${colour}"/>`);
        lines.push(`<circle cx="${px}" cy="${py}" r="3" fill="${colour}"/>`);
      }
    });
    if (chart.series.length > 1) {
      const lx = right - 70 * (chart.series.length - s);
      lines.push(`<circle cx="${lx}" cy="22" r="5" fill="${colour}"/><text x="${lx + 10}" y="26">${escaped(series.name)}</text>`);
    }
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" width="${SIZE.width}" height="${SIZE.height}" role="img" aria-label="${escaped(chart.title)}">
<style>text{font:12px sans-serif;fill:#1f2430}.grid{stroke:#dcd7cb}.title{font-size:15px}</style>
<rect width="100%" height="100%" fill="#fffefb"/>
<text class="title" x="${left}" y="26">${escaped(chart.title)}</text>
${lines.join('\n')}
<text x="${right}" y="${SIZE.height - 12}" text-anchor="end">${escaped(chart.x)}</text>
<text x="18" y="${top}" text-anchor="end" transform="rotate(-90 18 ${top})">${escaped(chart.y)}</text>
</svg>
`;
}

function stepOf(ticks: readonly number[]): number {
  return ticks.length > 1 ? ticks[1]! - ticks[0]! : 1;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
