import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What was looked at, and what to do where it is not there. */
export interface Check {
  readonly name: string;
  readonly group: 'needed' | 'page' | 'engines' | 'peers';
  readonly found: boolean;
  readonly detail: string;
  /** What to do; absent where nothing is to be done. */
  readonly remedy?: string;
}

const run = promisify(execFile);
const GIGABYTE = 1e9;
const LEAST_NODE = 24;
const LEAST_DISK = 2 * GIGABYTE;
const LEAST_MEMORY = 4 * GIGABYTE;
/** A program that does not tell its version within this time is taken as absent [ms]. */
const PATIENCE = 5000;

interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly group: Check['group'];
  readonly remedy: string;
}

/** Programs that a survey grows onto, or that its results are compared with; none is needed. */
const PROGRAMS: readonly Program[] = [
  {
    name: 'PostgreSQL',
    command: 'psql',
    args: ['--version'],
    group: 'engines',
    remedy: 'for a registry of many users: install postgresql',
  },
  {
    name: 'Slurm',
    command: 'sinfo',
    args: ['--version'],
    group: 'engines',
    remedy: 'for `almagest batch submit` on a cluster: install slurm',
  },
  {
    name: 'Java',
    command: 'java',
    args: ['--version'],
    group: 'engines',
    remedy: 'for the Kafka broker of the service tests: install Java 17',
  },
  {
    name: 'Chromium',
    command: 'chromium',
    args: ['--version'],
    group: 'page',
    remedy: 'for the tests of the page: install chromium',
  },
  {
    name: 'SExtractor',
    command: 'source-extractor',
    args: ['--version'],
    group: 'peers',
    remedy: 'for comparisons: install source-extractor',
  },
  { name: 'SWarp', command: 'SWarp', args: ['--version'], group: 'peers', remedy: 'for comparisons: install swarp' },
  { name: 'SCAMP', command: 'scamp', args: ['--version'], group: 'peers', remedy: 'for comparisons: install scamp' },
  { name: 'STILTS', command: 'stilts', args: ['-version'], group: 'peers', remedy: 'for the validators of services: install stilts' },
];

/** Looks at what this machine has. Programs are asked for their versions, nothing else is run. */
export async function runChecks(folder: string, pageFolder: string): Promise<Check[]> {
  const disk = await statfs(folder);
  const free = disk.bavail * disk.bsize;
  const writeable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  const major = Number(process.versions.node.split('.')[0]);
  const page = existsSync(join(pageFolder, 'index.html'));
  return [
    need('Node.js', major >= LEAST_NODE, process.versions.node, `version ${LEAST_NODE} or later is needed: npm run setup fetches one`),
    need('WebAssembly SIMD', hasSimd(), hasSimd() ? 'yes' : 'no', 'the pixel loops need it: use a processor and a Node.js with SIMD'),
    need('Memory', totalmem() >= LEAST_MEMORY, `${(totalmem() / GIGABYTE).toFixed(1)} GB`, '4 GB are needed for 4k x 4k detectors'),
    need('Cores', true, String(availableParallelism())),
    need('Folder', writeable, folder, `${folder} cannot be written: choose another folder or mend its rights`),
    need(
      'Free space',
      free >= LEAST_DISK,
      `${(free / GIGABYTE).toFixed(1)} GB`,
      'the demo takes 2 GB: free some space or choose another folder',
    ),
    {
      name: 'Page',
      group: 'page',
      found: page,
      detail: page ? 'built' : 'not built',
      ...(page ? {} : { remedy: 'build it with npm run setup; services work without it' }),
    },
    ...(await Promise.all(PROGRAMS.map(probe))),
  ];
}

function need(name: string, found: boolean, detail: string, remedy?: string): Check {
  return { name, group: 'needed', found, detail, ...(found || remedy === undefined ? {} : { remedy }) };
}

async function probe({ name, command, args, group, remedy }: Program): Promise<Check> {
  try {
    const { stdout, stderr } = await run(command, [...args], { timeout: PATIENCE });
    const line = `${stdout}\n${stderr}`.split('\n').find((each) => /\d/.test(each)) ?? '';
    return { name, group, found: true, detail: line.trim().slice(0, 60) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { name, group, found: false, detail: 'absent', remedy };
    return { name, group, found: true, detail: 'installed; it does not start without its configuration' };
  }
}

/** The smallest module that has an instruction of the SIMD proposal. */
function hasSimd(): boolean {
  const module = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
  return WebAssembly.validate(Uint8Array.from(module));
}
