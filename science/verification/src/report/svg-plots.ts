import type { EvaluatedMetric } from '../thresholds/evaluate-metrics.ts';
import { LEVELS, type Limit } from '../thresholds/thresholds.ts';

/** Text made safe for HTML and SVG. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

/** A number with as many digits as a reader wants. */
export function formatValue(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

const upper = (limit: Limit): number => (typeof limit === 'number' ? limit : limit[1]);
const lower = (limit: Limit): number => (typeof limit === 'number' ? 0 : limit[0]);

/** A bar from zero to the value, with a line at each threshold; empty without a value. */
export function thresholdBar(metric: EvaluatedMetric): string {
  const { value, thresholds } = metric;
  const limits = LEVELS.flatMap((level) => (thresholds[level] === undefined ? [] : [[level, thresholds[level]] as const]));
  if (value === null || limits.length === 0) return '';
  const low = Math.min(0, value, ...limits.map(([, limit]) => lower(limit)));
  const high = Math.max(value, ...limits.map(([, limit]) => upper(limit)), low + 1e-300) * 1.1;
  const [width, height] = [220, 22];
  const x = (at: number): string => (((at - low) / (high - low)) * width).toFixed(1);
  const marks = limits.flatMap(([level, limit]) =>
    (typeof limit === 'number' ? [limit] : limit).map(
      (at) => `<line class="limit ${level}" x1="${x(at)}" x2="${x(at)}" y1="1" y2="21"><title>${level} ${formatValue(at)}</title></line>`,
    ),
  );
  const [from, to] = [Math.min(0, value), Math.max(0, value)];
  const bar = `<rect class="bar ${metric.verdict}" x="${x(from)}" y="6" width="${Math.max(1, ((to - from) / (high - low)) * width).toFixed(1)}" height="10"/>`;
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(metric.name)} against its thresholds">${bar}${marks.join('')}</svg>`;
}

/** A histogram with its axis and the value marked; empty without one. */
export function histogramPlot(metric: EvaluatedMetric): string {
  const { histogram, value } = metric;
  const most = Math.max(0, ...(histogram?.counts ?? []));
  if (!histogram || most === 0) return '';
  const [width, height, base] = [520, 170, 140];
  const first = histogram.edges[0];
  const span = histogram.edges[histogram.edges.length - 1] - first;
  const x = (at: number): number => 20 + ((at - first) / span) * (width - 40);
  const outline = histogram.counts
    .map((count, i) => {
      const y = (base - (count / most) * (base - 20)).toFixed(1);
      return `L${x(histogram.edges[i]).toFixed(1)} ${y}L${x(histogram.edges[i + 1]).toFixed(1)} ${y}`;
    })
    .join('');
  const ticks = Array.from({ length: 6 }, (_, i) => first + (i * span) / 5)
    .map((at) => `<text x="${x(at).toFixed(1)}" y="${base + 14}" text-anchor="middle">${formatValue(at)}</text>`)
    .join('');
  const mark =
    value === null || value < first || value > first + span
      ? ''
      : `<line class="value" x1="${x(value).toFixed(1)}" x2="${x(value).toFixed(1)}" y1="14" y2="${base}"/><text x="${x(value).toFixed(1)}" y="11" text-anchor="middle">${formatValue(value)} ${escapeHtml(metric.unit)}</text>`;
  return `<figure><svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Distribution behind ${escapeHtml(metric.name)}"><path class="histogram" d="M${x(first).toFixed(1)} ${base}${outline}L${x(first + span).toFixed(1)} ${base}Z"/><line class="axis" x1="20" x2="${width - 20}" y1="${base}" y2="${base}"/>${ticks}${mark}<text x="${width / 2}" y="${height - 2}" text-anchor="middle">${escapeHtml(metric.unit)}; most ${most}</text></svg><figcaption>${escapeHtml(metric.name)}${metric.band === undefined ? '' : ` in ${escapeHtml(metric.band)}`}: ${escapeHtml(metric.description)}</figcaption></figure>`;
}

/** A line through the values of several runs, gaps where there is none, the last one dotted; empty for fewer than two values. */
export function sparkline(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return '';
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const [width, height] = [120, 24];
  const x = (i: number): string => (3 + (i / (values.length - 1)) * (width - 6)).toFixed(1);
  const y = (value: number): string => (high === low ? height / 2 : height - 3 - ((value - low) / (high - low)) * (height - 6)).toFixed(1);
  let path = '';
  for (const [i, value] of values.entries())
    if (value !== null) path += `${i > 0 && values[i - 1] !== null ? 'L' : 'M'}${x(i)} ${y(value)}`;
  const last = values.findLastIndex((value) => value !== null);
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="trend"><path class="trend" d="${path}"/><circle cx="${x(last)}" cy="${y(values[last] ?? 0)}" r="2.5"/></svg>`;
}
