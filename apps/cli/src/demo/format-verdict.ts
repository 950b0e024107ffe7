import type { DemoResult } from './run-demo.ts';

/** Metrics that the demonstration prints; all are in the report. */
const SHOWN: ReadonlySet<string> = new Set(['PA1', 'AM1', 'AM2', 'AF1', 'TE1']);

/** The table that the demonstration ends with. */
export function formatVerdict({ verdict, catalogs, failedQuanta }: DemoResult, milliseconds: number): string {
  const { kinds, metrics, detections, alerts, falseAlerts, completeness50Mag } = verdict;
  const lines = ['', 'Planted changes of S/N 7 and more, and what alerts were sent of them', ''];
  lines.push(row('kind', 'objects', 'found', 'epochs', 'found'));
  for (const { kind, plantedThings, foundThings, planted, found } of kinds)
    lines.push(row(kind, String(plantedThings), String(foundThings), String(planted), `${found} (${percent(found / planted)})`));
  lines.push(
    '',
    `${detections} detections on the differences, ${alerts} alerts, of which ${falseAlerts} (${percent(falseAlerts / alerts)}) were not planted`,
  );
  lines.push(`Half of all sources are found at magnitude ${completeness50Mag.toFixed(1)}`, '');
  lines.push(row('metric', 'value', '', 'design', ''));
  for (const { name, value, unit, band, verdict: judged, thresholds } of metrics) {
    if (!SHOWN.has(name) || value === null) continue;
    const design = thresholds.design === undefined ? '' : String(thresholds.design);
    lines.push(row(`${name}${band ? ` ${band}` : ''}`, value.toPrecision(3), unit, design, judged));
  }
  lines.push('');
  for (const [name, rows] of Object.entries(catalogs)) lines.push(`survey.${name}: ${rows} rows`);
  if (failedQuanta > 0) lines.push(`${failedQuanta} quanta failed: almagest report tells which`);
  lines.push(`${(milliseconds / 1000).toFixed(0)} s in all`);
  return lines.join('\n');
}

function row(...cells: readonly [string, string, string, string, string]): string {
  const [first, ...rest] = cells;
  return `  ${first.padEnd(14)}${rest.map((cell) => cell.padStart(12)).join('')}`.trimEnd();
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : '-';
}
