import type { Command } from 'commander';
import { registerCollections } from './butler-collections.ts';
import { registerData } from './butler-data.ts';
import { registerQueries } from './butler-queries.ts';
import { registerSetUp } from './butler-set-up.ts';
import { registerUpkeep } from './butler-upkeep.ts';

/** `almagest butler`: repositories of datasets. */
export function register(program: Command): void {
  const butler = program
    .command('butler')
    .description('Make, fill, query and keep repositories of datasets.')
    .addHelpText(
      'after',
      `
Examples:
  almagest butler create repo
  almagest butler register-instrument repo simcam
  almagest butler ingest-raws repo night/ -t symlink
  almagest butler define-visits repo simcam
  almagest butler query-datasets repo raw --where "exposure.day_obs = 20261119"
  almagest butler fsck repo --checksums

A repository may also be the address of a server, such as http://127.0.0.1:8080/api/butler of "almagest serve";
ALMAGEST_TOKEN then holds the token, which writing needs.

Repositories made by the Python Butler open as well; older ones after "almagest butler migrate".`,
    );
  registerSetUp(butler);
  registerQueries(butler);
  registerCollections(butler);
  registerData(butler);
  registerUpkeep(butler);
}
