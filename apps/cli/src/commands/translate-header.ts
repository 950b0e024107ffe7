import { dirname } from 'node:path';
import { readFile } from 'node:fs/promises';
import { AlmagestError } from '@almagest/errors';
import {
  type CardValue,
  type FileTranslation,
  type HeaderRecord,
  isTaiTime,
  listCameras,
  loadCamera,
  type ObservationInfo,
  observationInfoToJson,
  parseSidecar,
  PROPERTIES,
  PROPERTY_NAMES,
  type PropertyName,
  type SidecarEntry,
  translateFile,
  writeIndex,
  writeSidecar,
} from '@almagest/instrument';
import { isoFromTaiNs } from '@almagest/time';
import type { Command } from 'commander';

interface TranslateOptions {
  readonly camera?: string;
  readonly corrections: readonly string[];
  readonly lenient?: boolean;
  readonly json?: boolean;
  readonly fixedHeader?: boolean;
  readonly writeSidecar?: boolean;
  readonly writeIndex?: boolean;
  readonly listCameras?: boolean;
}

/** One detector of one file. */
interface Row {
  readonly file: string;
  readonly camera: string;
  readonly info: ObservationInfo;
  readonly header: HeaderRecord | null;
  readonly problems: readonly { readonly property: string; readonly message: string }[];
}

/** Columns of the table for many files. */
const COLUMNS: readonly PropertyName[] = [
  'instrument',
  'observation_id',
  'exposure_id',
  'detector_num',
  'observation_type',
  'physical_filter',
  'exposure_time',
  'datetime_begin',
  'object',
];

export function register(program: Command): void {
  program
    .command('translate-header')
    .description('Translate headers of raws (or headers saved as YAML or JSON) to the 40 standard observation properties.')
    .argument('[file...]', 'FITS files, compressed or not; saved headers; sidecar files')
    .option('--camera <name>', 'use this camera: one that ships, or the path of a camera file (default: recognized from the header)')
    .option('--corrections <folder...>', 'folders of corrections files <instrument>-<observation id>.yaml; the first found is applied', [])
    .option('--lenient', 'print what can be had where a required property is missing')
    .option('--fixed-header', 'print the corrected header as YAML instead')
    .option('--write-sidecar', 'also write <file>.json beside each file, so that ingest need not open it')
    .option('--write-index', 'also write _index.json in the folder of the files')
    .option('--list-cameras', 'list the cameras that ship')
    .option('--json', 'one JSON object a line and detector; times are pairs of TAI Julian dates')
    .addHelpText(
      'after',
      `
Examples:
  almagest translate-header raw/exposure.fits
  almagest translate-header raw/*.fits.fz --json
  almagest translate-header saved-header.yaml --corrections fixes/
  almagest translate-header raw/*.fits --write-index
  almagest translate-header odd.fits --camera ./my-camera.yaml --fixed-header

A file that cannot be translated does not stop the others; the exit code is then 2.`,
    )
    .action(translateAll);
}

async function translateAll(files: readonly string[], options: TranslateOptions): Promise<void> {
  if (options.listCameras === true) {
    for (const name of listCameras())
      console.log(
        options.json === true
          ? JSON.stringify({ camera: name, title: loadCamera(name).title })
          : `${name.padEnd(14)} ${loadCamera(name).title}`,
      );
    return;
  }
  const rows: Row[] = [];
  for (const file of files) {
    try {
      const found = await rowsOf(file, options);
      rows.push(...found);
      for (const row of found) if (options.json === true) console.log(jsonLine(row));
    } catch (error) {
      if (!(error instanceof AlmagestError) || files.length === 1) throw error;
      process.exitCode = 2;
      if (options.json === true) console.log(JSON.stringify({ _file: file, error: error.toJSON() }));
      else console.error(`${file}: ${error.message}`);
    }
  }
  if (options.json !== true) print(rows, options);
  await writeFiles(rows, options);
}

async function rowsOf(file: string, options: TranslateOptions): Promise<Row[]> {
  const sidecar = file.endsWith('.json') ? await sidecarOf(file) : undefined;
  if (sidecar) return [{ file, camera: sidecar.translator ?? '', info: sidecar.info, header: null, problems: [] }];
  const translations = await translateFile(file, {
    ...(options.camera === undefined ? {} : { cameras: [loadCamera(options.camera)] }),
    corrections: options.corrections,
    strict: options.lenient !== true,
  });
  return translations.map((t: FileTranslation) => ({
    file,
    camera: t.camera.name,
    info: t.info,
    header: t.header,
    problems: t.problems.map(({ property, error }) => ({ property, message: error.message })),
  }));
}

/** A JSON file is a sidecar unless it says that it is a header. */
async function sidecarOf(file: string): Promise<SidecarEntry | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined || text.includes('"SIMPLE"') || text.includes('"__CONTENT__": "metadata"')) return undefined;
  return parseSidecar(text, file);
}

function jsonLine({ file, camera, info, problems }: Row): string {
  return JSON.stringify({
    _translator: camera,
    ...observationInfoToJson(info),
    _file: file,
    ...(problems.length > 0 ? { _problems: problems } : {}),
  });
}

function print(rows: readonly Row[], options: TranslateOptions): void {
  if (options.fixedHeader === true) {
    for (const { file, header } of rows) console.log(`# ${file}\n${headerYaml(header ?? new Map<string, CardValue>())}`);
  } else if (rows.length === 1 && rows[0]) printOne(rows[0]);
  else if (rows.length > 1) printTable(rows);
  for (const { file, problems } of rows) for (const { property, message } of problems) console.error(`${file}: ${property}: ${message}`);
}

function printOne({ info, camera }: Row): void {
  console.log(`camera: ${camera}`);
  for (const name of PROPERTY_NAMES) {
    const { unit } = PROPERTIES[name];
    console.log(`${name}: ${shown(info, name)}${unit && info[name] !== null ? ` ${unit}` : ''}`);
  }
}

function printTable(rows: readonly Row[]): void {
  const cells = [
    ['file', ...COLUMNS],
    ...rows.map((row) => [row.file.split('/').at(-1) ?? row.file, ...COLUMNS.map((name) => shown(row.info, name))]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of cells)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

function shown(info: ObservationInfo, name: PropertyName): string {
  const value = info[name];
  if (value === null) return '-';
  if (isTaiTime(value)) return `${isoFromTaiNs(value.taiNs, { scale: 'tai', digits: 6 })} TAI`;
  return Array.isArray(value) ? value.join(', ') : String(value as string | number | boolean);
}

function headerYaml(header: HeaderRecord): string {
  // JSON scalars are YAML scalars.
  return [...header]
    .map(([key, value]) => `${/^[A-Z][A-Z0-9_-]*$/.test(key) ? key : JSON.stringify(key)}: ${JSON.stringify(value)}`)
    .join('\n');
}

async function writeFiles(rows: readonly Row[], options: TranslateOptions): Promise<void> {
  const entry = (row: Row): SidecarEntry => ({ translator: row.camera, info: row.info });
  if (options.writeSidecar === true) for (const row of rows) await writeSidecar(row.file, entry(row));
  if (options.writeIndex !== true) return;
  for (const [folder, own] of Map.groupBy(rows, (row) => dirname(row.file))) {
    await writeIndex(folder, new Map(own.map((row) => [row.file.split('/').at(-1) ?? row.file, entry(row)])));
  }
}
