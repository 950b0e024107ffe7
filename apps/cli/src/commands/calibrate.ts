import { availableParallelism } from 'node:os';
import { Butler } from '@almagest/butler';
import type { Command } from 'commander';
import { calibrate } from '../survey/calibrate.ts';
import { instrumentOf } from '../survey/repository.ts';
import { timestampNow } from '../survey/timestamp.ts';

interface CalibrateFlags {
  readonly jobs: string;
  readonly instrument?: string;
  readonly where?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command('calibrate')
    .description(
      'Make bias, dark, flats and defects from the calibration exposures of a repository, judge them, and certify those that pass.',
    )
    .argument('<repository>', 'repository')
    .option('-j, --jobs <n>', 'cores', String(availableParallelism()))
    .option('--instrument <name>', 'where the repository has several')
    .option('-d, --where <expression>', 'restrict the calibration exposures')
    .option('--json', 'one JSON line a product')
    .addHelpText(
      'after',
      '\nProducts that are certified already are kept. Leaves with 1 when a product fails its check.\n\nExample:\n  almagest calibrate survey/repo -d "exposure.day_obs = 20260314"',
    )
    .action(run);
}

async function run(repository: string, flags: CalibrateFlags): Promise<void> {
  await using butler = await Butler.open(repository, { writeable: true });
  const verdicts = await calibrate(butler, {
    instrument: await instrumentOf(butler, flags.instrument),
    cores: Number(flags.jobs),
    timestamp: timestampNow(),
    ...(flags.where === undefined ? {} : { where: flags.where }),
    onStep: (step) => {
      if (!flags.json) process.stderr.write(`${step} ...\n`);
    },
  });
  for (const verdict of verdicts)
    console.log(
      flags.json
        ? JSON.stringify(verdict)
        : `${verdict.passed ? 'passed' : 'FAILED'}  ${verdict.product.padEnd(6)} ${verdict.dataId}  level ${verdict.level.toPrecision(4)}, scatter ${verdict.scatter.toPrecision(3)}${verdict.reason ? `: ${verdict.reason}` : ''}`,
    );
  if (verdicts.some((verdict) => !verdict.passed)) process.exitCode = 1;
}
