import type { QuantumResult, QuantumStatus } from '../execution/result.ts';
import type { ProvenanceBlock, SessionBlock } from './provenance-file.ts';

export interface TaskRunReport {
  readonly label: string;
  readonly quanta: number;
  readonly counts: Readonly<Record<QuantumStatus, number>>;
  /** Quanta without a final status. */
  readonly waiting: number;
  readonly attempts: number;
  /** Wall seconds of one successful quantum: minimum, median, 95th percentile, maximum; NaN when there is none. */
  readonly wallSec: Percentiles;
  readonly cpuHours: number;
  readonly memoryMib: Percentiles;
  readonly warnings: number;
}

export interface Percentiles {
  readonly min: number | null;
  readonly median: number | null;
  readonly p95: number | null;
  readonly max: number | null;
}

export interface FailureGroup {
  readonly label: string;
  readonly code: string;
  /** Message with numbers and data IDs taken out, so that equal causes fall together. */
  readonly pattern: string;
  readonly count: number;
  readonly example: { readonly dataId: QuantumResult['dataId']; readonly message: string };
}

export interface RunReport {
  readonly outputRun: string;
  readonly sessions: readonly {
    readonly startedMs: number;
    readonly endedMs: number | null;
    readonly host: string;
    readonly interrupted: boolean;
    readonly command: string;
  }[];
  readonly codeVersion: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly tasks: readonly TaskRunReport[];
  readonly failures: readonly FailureGroup[];
  /** Successful quanta with something to know: no work, unprocessable, partial, warnings. */
  readonly caveats: readonly FailureGroup[];
  readonly slowest: readonly { readonly label: string; readonly dataId: QuantumResult['dataId']; readonly wallSec: number }[];
}

const STATUSES: readonly QuantumStatus[] = ['success', 'no-work', 'unprocessable', 'partial', 'failed', 'blocked'];

/** Sums up a run from its provenance; the last attempt of each quantum counts. One pass, whatever the size. */
export function summarizeRun(blocks: readonly ProvenanceBlock[]): RunReport {
  return summarizeRuns([blocks]);
}

/** Sums up runs that belong together, as those of a night's detectors; `outputRun` is what their names begin with. */
export function summarizeRuns(runs: readonly (readonly ProvenanceBlock[])[]): RunReport {
  const lasts = runs.flatMap((blocks) => blocks.findLast((block) => block.kind === 'session') ?? []);
  const results: QuantumResult[] = [];
  const attempts = new Map<string, number>();
  const quanta = new Map<string, number>();
  for (const blocks of runs) {
    const final = new Map<number, QuantumResult>();
    for (const block of blocks)
      if (block.kind === 'quanta')
        for (const result of block.results) {
          final.set(result.quantum, result);
          attempts.set(result.label, (attempts.get(result.label) ?? 0) + (result.attempt > 0 ? 1 : 0));
        }
    results.push(...final.values());
  }
  for (const { tasks } of lasts) for (const task of tasks) quanta.set(task.label, (quanta.get(task.label) ?? 0) + task.quanta);
  const byLabel = Map.groupBy(results, ({ label }) => label);
  const tasks = Array.from(quanta, ([label, count]) =>
    reportTask(label, { quanta: count, results: byLabel.get(label) ?? [], attempts: attempts.get(label) ?? 0 }),
  );
  const last = lasts.at(-1);
  return {
    outputRun: commonName(lasts.map(({ outputRun }) => outputRun)),
    sessions: runs.flatMap(sessionsOf),
    codeVersion: last?.codeVersion ?? '',
    packages: last?.packages ?? {},
    tasks,
    failures: groupErrors(results.filter(({ status }) => status === 'failed')),
    caveats: groupErrors(results.filter(({ status }) => ['no-work', 'unprocessable', 'partial'].includes(status))),
    slowest: results
      .filter(({ status }) => status === 'success')
      .map(({ label, dataId, startedMs, endedMs }) => ({ label, dataId, wallSec: (endedMs - startedMs) / 1e3 }))
      .toSorted((a, b) => b.wallSec - a.wallSec)
      .slice(0, 10),
  };
}

/** The parts of names, between slashes, that all begin with. */
function commonName(names: readonly string[]): string {
  const [first = [], ...others] = names.map((name) => name.split('/'));
  const length = first.findIndex((part, k) => others.some((other) => other[k] !== part));
  return first.slice(0, length < 0 ? first.length : length).join('/');
}

function sessionsOf(blocks: readonly ProvenanceBlock[]): RunReport['sessions'] {
  const list: { -readonly [K in keyof RunReport['sessions'][number]]: RunReport['sessions'][number][K] }[] = [];
  for (const block of blocks) {
    if (block.kind === 'session')
      list.push({
        startedMs: block.startedMs,
        endedMs: null,
        host: block.host,
        interrupted: true,
        command: (block satisfies SessionBlock).command,
      });
    const current = list.at(-1);
    if (block.kind === 'end' && current) Object.assign(current, { endedMs: block.endedMs, interrupted: block.interrupted });
  }
  return list;
}

function reportTask(
  label: string,
  { quanta, results, attempts }: { readonly quanta: number; readonly results: readonly QuantumResult[]; readonly attempts: number },
): TaskRunReport {
  const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<QuantumStatus, number>;
  for (const { status } of results) counts[status]++;
  const good = results.filter(({ status }) => status === 'success');
  return {
    label,
    quanta,
    counts,
    waiting: quanta - results.length,
    attempts,
    wallSec: percentiles(good.map(({ startedMs, endedMs }) => (endedMs - startedMs) / 1e3)),
    cpuHours: results.reduce((sum, { cpuSec }) => sum + cpuSec, 0) / 3600,
    memoryMib: percentiles(good.map(({ memoryMib }) => memoryMib)),
    warnings: results.reduce((sum, { metadata }) => sum + (metadata?.warnings.length ?? 0), 0),
  };
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (fraction: number): number | null => sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))] ?? null;
  return { min: at(0), median: at(0.5), p95: at(0.95), max: at(1) };
}

function groupErrors(results: readonly QuantumResult[]): readonly FailureGroup[] {
  const groups = Map.groupBy(results, ({ label, error }) => `${label}\n${error?.code ?? ''}\n${patternOf(error?.message ?? '')}`);
  return [...groups.values()]
    .map((group) => {
      const [{ label, error, dataId }] = group as [QuantumResult];
      const message = error?.message ?? '';
      return { label, code: error?.code ?? '', pattern: patternOf(message), count: group.length, example: { dataId, message } };
    })
    .toSorted((a, b) => b.count - a.count);
}

function patternOf(message: string): string {
  return message
    .replaceAll(/\{[^}]*\}/g, '{...}')
    .replaceAll(/[-+]?\d+(\.\d+)?([eE][-+]?\d+)?/g, '#')
    .slice(0, 200);
}

/** Writes a report as one HTML page without outside parts. */
export function formatReportHtml(report: RunReport): string {
  const seconds = (value: number | null): string => (value === null ? '' : value.toFixed(value < 10 ? 3 : 1));
  const rows = report.tasks.map(
    ({ label, quanta, counts, waiting, attempts, wallSec, cpuHours, memoryMib, warnings }) =>
      `<tr><th>${html(label)}</th><td>${bar(counts, waiting, quanta)}</td><td>${quanta}</td>${STATUSES.map((status) => `<td class="${counts[status] > 0 ? status : ''}">${counts[status] || ''}</td>`).join('')}` +
      `<td>${waiting || ''}</td><td>${attempts}</td><td>${seconds(wallSec.median)}</td><td>${seconds(wallSec.p95)}</td><td>${cpuHours.toFixed(2)}</td><td>${memoryMib.max ?? ''}</td><td>${warnings || ''}</td></tr>`,
  );
  const groups = (title: string, list: readonly FailureGroup[]): string =>
    list.length === 0
      ? ''
      : `<h2>${title}</h2><table><tr><th>Task</th><th>Count</th><th>Code</th><th>Example</th></tr>${list
          .map(
            ({ label, count, code, example }) =>
              `<tr><th>${html(label)}</th><td>${count}</td><td>${html(code)}</td><td class="text">${html(JSON.stringify(example.dataId))}: ${html(example.message)}</td></tr>`,
          )
          .join('')}</table>`;
  const sessions = report.sessions.map(
    ({ startedMs, endedMs, host, interrupted, command }) =>
      `<tr><td>${new Date(startedMs).toISOString()}</td><td>${endedMs === null ? 'killed' : `${((endedMs - startedMs) / 1e3).toFixed(1)} s${interrupted ? ', interrupted' : ''}`}</td><td>${html(host)}</td><td class="text">${html(command)}</td></tr>`,
  );
  const slow = report.slowest.map(
    ({ label, dataId, wallSec }) =>
      `<tr><th>${html(label)}</th><td class="text">${html(JSON.stringify(dataId))}</td><td>${seconds(wallSec)}</td></tr>`,
  );
  const heads = [
    'Task',
    '',
    'Quanta',
    ...STATUSES.map((status) => status.replace('-', ' ')),
    'waiting',
    'attempts',
    'median [s]',
    '95 % [s]',
    'CPU [h]',
    'memory [MiB]',
    'warnings',
  ];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Run ${html(report.outputRun)}</title><style>
body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1500px;padding:0 1rem;color:#16202c}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;font-size:13px}div{overflow-x:auto}th,td{padding:.25rem .5rem;border-bottom:1px solid #dde4ec;text-align:right}th{text-align:left}.text{text-align:left;word-break:break-word}
.failed{color:#b3261e;font-weight:bold}.blocked{color:#8a5a00}.bar{display:inline-block;width:160px;height:12px;background:#e8edf3}.bar i{display:inline-block;height:12px}
</style></head><body><h1>Run ${html(report.outputRun)}</h1><p>${html(report.codeVersion)}</p>
<div><table><tr>${heads.map((head) => `<th>${head}</th>`).join('')}</tr>${rows.join('')}</table></div>
${groups('Failures', report.failures)}${groups('Caveats', report.caveats)}
<h2>Slowest quanta</h2><table>${slow.join('')}</table>
<h2>Sessions</h2><table><tr><th>Started (UTC)</th><th>Took</th><th>Host</th><th>Command</th></tr>${sessions.join('')}</table>
</body></html>
`;
}

const COLORS: Readonly<Record<QuantumStatus, string>> = {
  success: '#2e7d46',
  'no-work': '#9bb8a3',
  unprocessable: '#b8a36b',
  partial: '#7fae5b',
  failed: '#b3261e',
  blocked: '#e0a030',
};

function bar(counts: Readonly<Record<QuantumStatus, number>>, waiting: number, quanta: number): string {
  const parts = STATUSES.filter((status) => counts[status] > 0).map(
    (status) =>
      `<i style="width:${((160 * counts[status]) / Math.max(1, quanta)).toFixed(1)}px;background:${COLORS[status]}" title="${counts[status]} ${status}"></i>`,
  );
  return `<span class="bar" title="${waiting} waiting">${parts.join('')}</span>`;
}

function html(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Mean wall seconds of the quanta of each task that succeeded: what {@link predictCost} takes as measured. */
export function measuredSeconds(blocks: readonly ProvenanceBlock[]): Readonly<Record<string, number>> {
  const sums = new Map<string, { total: number; count: number }>();
  for (const block of blocks)
    if (block.kind === 'quanta')
      for (const { label, status, startedMs, endedMs } of block.results) {
        if (status !== 'success') continue;
        const sum = sums.get(label) ?? { total: 0, count: 0 };
        sum.total += (endedMs - startedMs) / 1e3;
        sum.count += 1;
        sums.set(label, sum);
      }
  return Object.fromEntries([...sums].map(([label, { total, count }]) => [label, total / count]));
}
