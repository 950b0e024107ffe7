import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { formatReportHtml, readProvenance, runFiles, type RunReport, summarizeRuns } from '@almagest/pipeline';

interface ReportArguments {
  readonly butler?: string;
  readonly html?: string;
  readonly json?: boolean;
}

/** `almagest report`: how a run went. */
export function register(program: Command): void {
  program
    .command('report')
    .description('Report how a run went: counts, failures, times and memory by task.')
    .argument(
      '<run>',
      'name of a run in the repository, of a chain (its newest run), of a prompt night (all its detectors), or path of a provenance file',
    )
    .option('-b, --butler <repo>', 'repository', process.env['ALMAGEST_REPO'] ?? '.')
    .option('--html <path>', 'write a page')
    .option('--json', 'print as one JSON line')
    .addHelpText(
      'after',
      '\nExamples:\n  almagest report -b repo u/me/drp/20261120T093000Z --html report.html\n  almagest report -b survey/repo SimCam-demo/prompt/20260324\n  almagest report run.prov --json',
    )
    .action((run: string, options: ReportArguments) => {
      const report = summarizeRuns(provenancePaths(run, options.butler).map((path) => readProvenance(path)));
      if (options.html !== undefined) writeFileSync(options.html, formatReportHtml(report));
      console.log(options.json ? JSON.stringify(report) : formatText(report));
    });
}

/** Names of runs that are made one after the other, each taking the place of the one before. */
const TIMESTAMP = /^\d{8}T\d{6}Z/;

/** Provenance of a run as {@link provenancePath} finds it, or of all runs below a name, as a prompt night has one a detector. */
export function provenancePaths(run: string, repository = '.'): string[] {
  if (existsSync(run)) return [run];
  const { dir, provenancePath: path } = runFiles(repository, run);
  if (existsSync(path) || !existsSync(dir)) return [path];
  const below = readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => basename(name) === 'run.prov')
    .toSorted();
  if (below.length === 0 || below.some((name) => TIMESTAMP.test(name))) return [provenancePath(run, repository)];
  return below.map((name) => join(dir, name));
}

/** Path of a run's provenance, given as a file, as a run of a repository, or as a chain, whose newest run is meant. */
export function provenancePath(run: string, repository = '.'): string {
  if (existsSync(run)) return run;
  const { dir, provenancePath: path } = runFiles(repository, run);
  if (existsSync(path) || !existsSync(dir)) return path;
  const newest = readdirSync(dir)
    .filter((name) => existsSync(join(dir, name, 'run.prov')))
    .toSorted()
    .at(-1);
  return newest === undefined ? path : join(dir, newest, 'run.prov');
}

function formatText(report: RunReport): string {
  const width = Math.max(4, ...report.tasks.map(({ label }) => label.length));
  const head = `${'task'.padEnd(width)}   quanta  success  no work  unproc.  partial   failed  blocked  waiting  median s  max MiB`;
  const rows = report.tasks.map(({ label, quanta, counts, waiting, wallSec, memoryMib }) =>
    [
      label.padEnd(width),
      ...[quanta, counts.success, counts['no-work'], counts.unprocessable, counts.partial, counts.failed, counts.blocked, waiting].map(
        (n) => String(n).padStart(8),
      ),
      (wallSec.median?.toFixed(3) ?? '').padStart(9),
      String(memoryMib.max ?? '').padStart(8),
    ].join(' '),
  );
  const groups = [
    ...report.failures.map((group) => ['FAILED', group] as const),
    ...report.caveats.map((group) => ['caveat', group] as const),
  ];
  const lines = groups.map(
    ([word, { label, count, code, example }]) =>
      `${word} ${label} x ${count} [${code}] such as ${JSON.stringify(example.dataId)}: ${example.message}`,
  );
  const sessions = report.sessions.length;
  return [`run ${report.outputRun}, ${sessions} session${sessions === 1 ? '' : 's'}`, head, ...rows, ...lines].join('\n');
}
