import { Butler } from '@almagest/butler';
import { openFile } from '@almagest/resources';
import { readTable } from '@almagest/table';
import { type Command, InvalidArgumentError } from 'commander';
import { ingestReference } from '../survey/reference.ts';

interface ReferenceFlags {
  readonly ra: string;
  readonly dec: string;
  readonly pmra: string;
  readonly pmdec: string;
  readonly epoch: string;
  readonly magnitude: Readonly<Record<string, string>>;
  readonly name: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command('reference')
    .description('Put a reference catalogue (CSV, FITS, VOTable, Parquet, ...) into a repository, in shards on the sky.')
    .argument('<repository>', 'repository')
    .argument('<table>', 'file of stars')
    .option('--ra <column>', 'right ascension [deg]', 'ra')
    .option('--dec <column>', 'declination [deg]', 'dec')
    .option('--pmra <column>', 'proper motion along right ascension [mas/yr]', 'pmra')
    .option('--pmdec <column>', 'proper motion in declination [mas/yr]', 'pmdec')
    .option('--epoch <year>', 'epoch of the positions', '2016')
    .option('-m, --magnitude <band=column>', 'AB magnitude of a band; may be repeated', addMagnitude, {})
    .option('--name <dataset type>', 'dataset type', 'reference')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  almagest reference survey/repo gaia.csv -m g=phot_bp_mean_mag -m r=phot_g_mean_mag')
    .action(run);
}

async function run(repository: string, file: string, flags: ReferenceFlags): Promise<void> {
  await using butler = await Butler.open(repository, { writeable: true });
  await using source = await openFile(file);
  const table = await readTable(source, { name: file });
  const { ra, dec, pmra, pmdec, name } = flags;
  const shards = await ingestReference(butler, table, {
    ra,
    dec,
    pmra,
    pmdec,
    name,
    epoch: Number(flags.epoch),
    magnitudes: flags.magnitude,
  });
  console.log(flags.json ? JSON.stringify({ rows: table.nrows, shards }) : `${table.nrows} stars, ${shards} new shards`);
}

function addMagnitude(value: string, all: Readonly<Record<string, string>>): Record<string, string> {
  const [band, column] = value.split('=');
  if (!band || !column) throw new InvalidArgumentError('expected band=column, such as r=rMag.');
  return { ...all, [band]: column };
}
