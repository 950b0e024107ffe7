/**
 * `npm run test:services`: the tests that need real servers and a real browser. Says first which parts are present and
 * how the missing ones are installed; a test whose part is missing is skipped with the same line.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './rooms.ts';

interface Part {
  readonly name: string;
  readonly found: () => boolean;
  readonly install: string;
}

const which = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

const PARTS: readonly Part[] = [
  {
    name: 'PostgreSQL',
    found: () => existsSync('/usr/lib/postgresql') || which('postgres'),
    install: 'apt-get install postgresql (started by scripts/services/postgres.sh)',
  },
  {
    name: 'Slurm',
    found: () => which('slurmctld') || existsSync('/usr/sbin/slurmctld'),
    install: 'apt-get install slurm-wlm munge (started by scripts/services/slurm.sh)',
  },
  {
    name: 'the Python Butler, in a virtual environment of its own',
    found: () => spawnSync(join(ROOT, 'scripts/services/python-butler.sh'), { stdio: 'ignore' }).status === 0,
    install: 'pip must reach a Python registry (made by scripts/services/python-butler.sh; apt-get install python3-venv)',
  },
  {
    name: 'hats, lsdb and a current pyvo, in a virtual environment of their own',
    found: () => spawnSync(join(ROOT, 'scripts/services/python-archive.sh'), { stdio: 'ignore' }).status === 0,
    install: 'pip must reach a Python registry (made by scripts/services/python-archive.sh; apt-get install python3-venv)',
  },
  { name: 'Chromium', found: () => which('chromium'), install: 'apt-get install chromium' },
  { name: 'Java', found: () => which('java'), install: 'apt-get install default-jre-headless (Kafka, STILTS)' },
  { name: 'Maven', found: () => which('mvn'), install: 'apt-get install maven (fetches Kafka for scripts/services/kafka.sh)' },
  { name: 'STILTS', found: () => which('stilts'), install: 'apt-get install stilts' },
  {
    name: 'Python with astropy',
    found: () => spawnSync('/usr/bin/python3', ['-c', 'import astropy']).status === 0,
    install: 'apt-get install python3-astropy python3-pyvo',
  },
];

for (const part of PARTS) console.log(part.found() ? `found    ${part.name}` : `missing  ${part.name}: ${part.install}`);
const run = spawnSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, ALMAGEST_TIER: 'services' },
});
process.exitCode = run.status ?? 1;
