/**
 * VOTable reading and writing against astropy and stilts, as whole processes: 200 000 rows of ten columns (ids, positions,
 * magnitudes, fluxes, times, a band). Prints one JSON line a task and peer; skips peers that are absent.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { columnFromCells, makeColumn, makeTable, type Table, writeVotable } from '@almagest/table';

const ROWS = 200_000;
const RUNS = 3;
const folder = mkdtempSync(join(tmpdir(), 'almagest-bench-'));
const room = join(import.meta.dirname, '../foundation/table/src/index.ts');

try {
  const table = makeCatalogue();
  for (const format of ['TABLEDATA', 'BINARY2'] as const) {
    const input = join(folder, `${format}.xml`);
    writeFileSync(input, writeVotable(table, { format }));
    const reader = program(`import { readFileSync } from 'node:fs'; import { parseVotableTable } from ${JSON.stringify(room)};
      const t = parseVotableTable(readFileSync(${JSON.stringify(input)})); let s = 0; for (const v of t.columns[1].data) s += v; console.log(t.nrows, s);`);
    const ours = best(() => run(process.execPath, [reader]));
    report(`votable-read-${format}`, ours, 'astropy', 0.3, () =>
      python(
        `from astropy.io.votable import parse_single_table\nimport numpy\na = parse_single_table(${JSON.stringify(input)}).array\nprint(len(a), numpy.sum(a['ra']))`,
      ),
    );
    report(`votable-read-${format}`, ours, 'stilts', 1.5, () => run('stilts', ['tpipe', `in=${input}`, 'omode=stats']));

    const output = join(folder, 'out.xml');
    const source = join(folder, 'BINARY2.xml');
    writeFileSync(source, writeVotable(table, { format: 'BINARY2' }));
    const writer =
      program(`import { readFileSync, writeFileSync } from 'node:fs'; import { parseVotableTable, writeVotable } from ${JSON.stringify(room)};
      const t = parseVotableTable(readFileSync(${JSON.stringify(source)})); const t0 = performance.now(); writeFileSync(${JSON.stringify(output)}, writeVotable(t, { format: '${format}' })); console.log((performance.now() - t0) / 1000);`);
    const inner = best(() => Number(execFileSync(process.execPath, [writer], { encoding: 'utf8' })));
    report(`votable-write-${format}`, inner, 'astropy', 0.1, () => pythonInner(format, source, output));
    const whole = best(() => run(process.execPath, [writer]));
    const name = format === 'TABLEDATA' ? 'votable-tabledata' : 'votable-binary2-inline';
    report(`votable-copy-to-${format}`, whole, 'stilts', 1.5, () => run('stilts', ['tcopy', source, output, `ofmt=${name}`]));
  }
} finally {
  rmSync(folder, { recursive: true });
}

function makeCatalogue(): Table {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return ((state >>> 0) + 0.5) / 4294967296;
  };
  const doubles = (f: () => number): Float64Array => Float64Array.from({ length: ROWS }, f);
  const floats = (f: () => number): Float32Array => Float32Array.from({ length: ROWS }, f);
  return makeTable([
    makeColumn({ name: 'id', datatype: 'int64', data: BigInt64Array.from({ length: ROWS }, (_, i) => BigInt(i)) }),
    makeColumn({ name: 'ra', datatype: 'float64', unit: 'deg', data: doubles(() => 145 + 10 * random()) }),
    makeColumn({ name: 'dec', datatype: 'float64', unit: 'deg', data: doubles(() => -35 + 10 * random()) }),
    makeColumn({ name: 'mag', datatype: 'float32', unit: 'mag', data: floats(() => 16 + 9 * random()) }),
    makeColumn({ name: 'flux', datatype: 'float32', data: floats(() => 1e5 * random() ** 3) }),
    makeColumn({ name: 'fluxErr', datatype: 'float32', data: floats(() => 25 + 10 * random()) }),
    makeColumn({ name: 'mjd', datatype: 'float64', unit: 'd', data: doubles(() => 60400 + 100 * random()) }),
    columnFromCells(
      { name: 'band', datatype: 'string' },
      Array.from({ length: ROWS }, () => 'ugrizy'[Math.floor(6 * random())] ?? 'u'),
    ),
    makeColumn({ name: 'flags', datatype: 'int32', data: Int32Array.from({ length: ROWS }, () => Math.floor(256 * random())) }),
    makeColumn({ name: 'ext', datatype: 'float32', data: floats(random) }),
  ]);
}

function program(text: string): string {
  const path = join(folder, `p${Math.random().toString(36).slice(2)}.ts`);
  writeFileSync(path, text);
  return path;
}

/** Seconds of the whole process; undefined where the program is absent or fails. */
function run(command: string, args: readonly string[]): number | undefined {
  const start = performance.now();
  const result = spawnSync(command, args, { stdio: 'ignore' });
  return result.status === 0 ? (performance.now() - start) / 1000 : undefined;
}

function python(text: string): number | undefined {
  return run('/usr/bin/python3', ['-W', 'ignore', '-c', text]);
}

/** Astropy's own time for writing, without starting and reading. */
function pythonInner(format: string, source: string, output: string): number | undefined {
  const text = `import time
from astropy.io.votable import parse_single_table, from_table
t = from_table(parse_single_table(${JSON.stringify(source)}).to_table())
for x in t.iter_tables():
    x._config = dict(x._config or {}, version_1_3_or_later=True)
    x.format = '${format.toLowerCase()}'
s = time.perf_counter()
t.to_xml(${JSON.stringify(output)})
print(time.perf_counter() - s)`;
  const result = spawnSync('/usr/bin/python3', ['-W', 'ignore', '-c', text], { encoding: 'utf8' });
  return result.status === 0 ? Number(result.stdout) : undefined;
}

function best(work: () => number | undefined): number {
  return Math.min(...Array.from({ length: RUNS }, () => work() ?? Infinity));
}

function report(bench: string, ours: number, peer: string, target: number, work: () => number | undefined): void {
  const theirs = work();
  if (theirs === undefined) console.log(`${bench}: ${peer} is not installed, skipped`);
  else console.log(JSON.stringify({ bench, ours_s: ours, peer, peer_s: theirs, ratio: ours / theirs, target }));
}
