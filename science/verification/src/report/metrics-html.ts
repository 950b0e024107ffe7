import type { MatrixRow } from '../requirements/verification-matrix.ts';
import type { EvaluatedMetric } from '../thresholds/evaluate-metrics.ts';
import { LEVELS, type Limit } from '../thresholds/thresholds.ts';
import type { MetricsReport, MetricTrend } from './metrics-report.ts';
import { escapeHtml, formatValue, histogramPlot, sparkline, thresholdBar } from './svg-plots.ts';

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;color:#1c2430;background:#fff;max-width:72rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #dde3ea;vertical-align:middle}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.badge{padding:.1rem .5rem;border-radius:1rem;font-size:.85em;white-space:nowrap}
.badge.stretch,.badge.design,.badge.passed{background:#d9f2e1;color:#0b5a2a}.badge.minimum{background:#fdf0cc;color:#6b4b00}
.badge.fails,.badge.failed{background:#fbdcdc;color:#8a1111}.badge.unknown{background:#e8ebef;color:#48525e}
svg text{font:11px system-ui,sans-serif;fill:#48525e}.bar{fill:#5b8ec9}.bar.fails{fill:#c94f4f}.bar.minimum{fill:#c9a13d}.limit{stroke:#1c2430;stroke-width:1.5}
.limit.minimum{stroke-dasharray:2 2}.limit.stretch{stroke-dasharray:5 2}.histogram{fill:#cfdff2;stroke:#3e6ea8}.axis{stroke:#48525e}.value{stroke:#b3321b;stroke-width:1.5}
.trend{fill:none;stroke:#3e6ea8;stroke-width:1.5}circle{fill:#b3321b}figure{display:inline-block;margin:.5rem 1rem .5rem 0}figcaption{max-width:520px;color:#48525e;font-size:.9em}
.muted{color:#48525e}`;

/**
 * A page of metrics: verdicts, values against thresholds, distributions, trends and the verification matrix.
 *
 * The page stands alone: no script, no font, no image and no style from elsewhere.
 *
 * @param extras.trends - Development over earlier runs.
 * @param extras.matrix - Requirements and how they were verified.
 */
export function formatMetricsHtml(
  report: MetricsReport,
  extras: { readonly trends?: readonly MetricTrend[]; readonly matrix?: readonly MatrixRow[] } = {},
): string {
  const { metrics } = report;
  const judged = metrics.filter(({ verdict }) => verdict !== 'unknown');
  const failing = judged.filter(({ verdict }) => verdict === 'fails').length;
  const plots = metrics.map(histogramPlot).join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Metrics of ${escapeHtml(report.run)}</title><style>${STYLE}</style></head><body>
<h1>Metrics of ${escapeHtml(report.run)}</h1>
<p class="muted">Measured ${escapeHtml(report.created)}. ${judged.length} of ${metrics.length} metrics have a value and a threshold; ${failing === 0 ? 'none fails' : `${failing} fail${failing === 1 ? 's' : ''}`} the minimum.</p>
<table><thead><tr><th>Metric</th><th>Band</th><th class="n">Value</th><th>Unit</th><th class="n">From</th>${LEVELS.map((level) => `<th class="n">${level}</th>`).join('')}<th>Verdict</th><th>Against thresholds</th></tr></thead><tbody>
${metrics.map(metricRow).join('\n')}
</tbody></table>
${plots === '' ? '' : `<h2>Distributions</h2>${plots}`}
${trendSection(extras.trends ?? [])}
${matrixSection(extras.matrix ?? [])}
</body></html>
`;
}

function metricRow(metric: EvaluatedMetric): string {
  const limits = LEVELS.map((level) => `<td class="n">${limitText(metric.thresholds[level])}</td>`).join('');
  return `<tr><td title="${escapeHtml(metric.description)}">${escapeHtml(metric.name)}</td><td>${escapeHtml(metric.band ?? '')}</td><td class="n">${formatValue(metric.value)}</td><td>${escapeHtml(metric.unit)}</td><td class="n">${metric.count}</td>${limits}<td>${badge(metric.verdict)}</td><td>${thresholdBar(metric)}</td></tr>`;
}

function limitText(limit: Limit | undefined): string {
  if (limit === undefined) return '';
  return typeof limit === 'number' ? formatValue(limit) : `${formatValue(limit[0])} to ${formatValue(limit[1])}`;
}

function badge(verdict: string): string {
  return `<span class="badge ${escapeHtml(verdict)}">${escapeHtml(verdict)}</span>`;
}

function trendSection(trends: readonly MetricTrend[]): string {
  if (trends.length === 0) return '';
  const runs = trends[0]?.points ?? [];
  const head = runs.map(({ run, created }) => `<th class="n" title="${escapeHtml(created)}">${escapeHtml(run)}</th>`).join('');
  const rows = trends.map(({ name, band, unit, points, change }) => {
    const cells = points.map(({ value }) => `<td class="n">${formatValue(value)}</td>`).join('');
    const moved = change === null ? '' : `${change >= 0 ? '+' : ''}${(100 * change).toFixed(1)} %`;
    return `<tr><td>${escapeHtml(name)}${band === undefined ? '' : ` ${escapeHtml(band)}`}</td><td>${escapeHtml(unit)}</td>${cells}<td class="n">${moved}</td><td>${sparkline(points.map(({ value }) => value))}</td></tr>`;
  });
  return `<h2>Trends</h2><table><thead><tr><th>Metric</th><th>Unit</th>${head}<th class="n">Change</th><th></th></tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
}

function matrixSection(matrix: readonly MatrixRow[]): string {
  if (matrix.length === 0) return '';
  const rows = matrix.map(
    ({ id, title, result, evidence }) =>
      `<tr><td>${escapeHtml(id)}</td><td>${escapeHtml(title)}</td><td>${badge(result)}</td><td>${evidence.map(({ text, result: each }) => `${badge(each)} ${escapeHtml(text)}`).join('<br>')}</td></tr>`,
  );
  return `<h2>Verification matrix</h2><table><thead><tr><th>Requirement</th><th>What</th><th>Result</th><th>Evidence</th></tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
}
