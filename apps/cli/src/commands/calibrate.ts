import { availableParallelism } from 'node:os';
import { Butler } from '@almagest/butler';
import { taiNsFromIso } from '@almagest/time';
import type { Command } from 'commander';
import { calibrate, type ProductVerdict } from '../survey/calibrate.ts';
import { describeSwitches, isrSwitches } from '../survey/isr-switches.ts';
import { instrumentOf } from '../survey/repository.ts';
import { timestampNow } from '../survey/timestamp.ts';

interface CalibrateFlags {
  readonly jobs: string;
  readonly instrument?: string;
  readonly where?: string;
  readonly science?: boolean;
  readonly beginDate?: string;
  readonly endDate?: string;
  readonly plots?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command('calibrate')
    .description('Make the calibration products of a night from its exposures, verify each, and certify those that pass.')
    .argument('<repository>', 'repository')
    .option('-j, --jobs <n>', 'cores', String(availableParallelism()))
    .option('--instrument <name>', 'where the repository has several')
    .option('-d, --where <expression>', 'restrict the exposures')
    .option('--science', 'make crosstalk and fringe frames too, from science exposures')
    .option('--begin-date <time>', 'ISO time, TAI, when validity begins (default: always)')
    .option('--end-date <time>', 'ISO time, TAI, when validity ends')
    .option('--plots <folder>', 'write the plots of the checks there (SVG)')
    .option('--json', 'one JSON line a product, and one of the steps that are switched on')
    .addHelpText(
      'after',
      `
Made where there are exposures for them: bias, dark; linearizer, photon transfer (gain, noise, turnoff), brighter-fatter kernel and
charge transfer from flat pairs of many levels; crosstalk from projected spots; flat, defects; sky flat and illumination correction from twilight.
Products that are certified already are kept. Leaves with 1 when a product fails a check.

Examples:
  almagest calibrate survey/repo -d "exposure.day_obs = 20260314"
  almagest calibrate survey/repo --science --plots plots/ --begin-date 2026-03-14 --end-date 2026-04-14`,
    )
    .action(run);
}

async function run(repository: string, flags: CalibrateFlags): Promise<void> {
  await using butler = await Butler.open(repository, { writeable: true });
  const at = (text: string | undefined): bigint | undefined => (text === undefined ? undefined : taiNsFromIso(text, { scale: 'tai' }));
  const bounded = flags.beginDate !== undefined || flags.endDate !== undefined;
  const verdicts = await calibrate(butler, {
    instrument: await instrumentOf(butler, flags.instrument),
    cores: Number(flags.jobs),
    timestamp: timestampNow(),
    fromScience: flags.science === true,
    ...(bounded ? { validity: { begin: at(flags.beginDate), end: at(flags.endDate) } } : {}),
    ...(flags.where === undefined ? {} : { where: flags.where }),
    ...(flags.plots === undefined ? {} : { plots: flags.plots }),
    onStep: (step) => {
      if (!flags.json) process.stderr.write(`${step} ...\n`);
    },
  });
  for (const verdict of verdicts) console.log(flags.json ? JSON.stringify(verdict) : formatVerdict(verdict));
  const switches = await isrSwitches(butler, await instrumentOf(butler, flags.instrument));
  if (flags.json) console.log(JSON.stringify({ switches }));
  else console.log(`${summaryOf(verdicts)}\nSignature removed from now on: ${describeSwitches(switches)}.`);
  if (verdicts.some((verdict) => !verdict.passed)) process.exitCode = 1;
}

function formatVerdict({ passed, product, dataId, checks, reason }: ProductVerdict): string {
  const values = checks.map(({ name, value, unit }) => `${name} ${value.toPrecision(3)}${unit === '' ? '' : ` ${unit}`}`);
  return `${passed ? 'passed' : 'FAILED'}  ${product.padEnd(12)} ${dataId}  ${reason ?? values.join(', ')}`;
}

function summaryOf(verdicts: readonly ProductVerdict[]): string {
  if (verdicts.length === 0) return 'Nothing to make: products are certified already, or there are no calibration exposures.';
  const good = verdicts.filter(({ passed }) => passed).length;
  return good === verdicts.length
    ? `Verdict: all ${good} products passed and are certified.`
    : `Verdict: ${good} of ${verdicts.length} products passed and are certified; the others are not.`;
}
