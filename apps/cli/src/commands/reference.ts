import { dirname, join } from 'node:path';
import { referenceFromTable } from '@almagest/astrometry';
import { Butler } from '@almagest/butler';
import { makeFolder, openFile, writeFileAtomic } from '@almagest/resources';
import { findColumn, readTable, writeTable } from '@almagest/table';
import { type Command, InvalidArgumentError } from 'commander';
import { shardName, splitCatalogue } from './reference-shards.ts';
import { ingestReference } from '../survey/reference.ts';

interface ReferenceFlags {
  readonly ra: string;
  readonly dec: string;
  readonly pmra: string;
  readonly pmdec: string;
  readonly epoch: string;
  readonly magnitude: Readonly<Record<string, string>>;
  readonly name: string;
  readonly healpix?: boolean;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command('reference')
    .description('Put a reference catalogue (CSV, FITS, VOTable, Parquet, ...) into a repository, in shards on the sky.')
    .argument('<repository>', 'repository; with --healpix a folder')
    .argument('<table>', 'file of stars')
    .option('--ra <column>', 'right ascension [deg]', 'ra')
    .option('--dec <column>', 'declination [deg]', 'dec')
    .option('--pmra <column>', 'proper motion along right ascension [mas/yr]', 'pmra')
    .option('--pmdec <column>', 'proper motion in declination [mas/yr]', 'pmdec')
    .option('--epoch <year>', 'epoch of the positions', '2016')
    .option('-m, --magnitude <band=column>', 'AB magnitude of a band; may be repeated', addMagnitude, {})
    .option('--name <dataset type>', 'dataset type', 'reference')
    .option(
      '--healpix',
      'write Parquet files by HEALPix pixel into a folder, with proper motions, parallaxes and errors, for almagest solve',
    )
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  almagest reference survey/repo gaia.csv -m g=phot_bp_mean_mag -m r=phot_g_mean_mag
  almagest reference gaia-shards gaia.fits --healpix`,
    )
    .action(run);
}

async function run(repository: string, file: string, flags: ReferenceFlags): Promise<void> {
  if (flags.healpix) return await shard(repository, file, flags);
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

/** Writes a catalogue by HEALPix pixel; what is known of motions and errors goes with it. */
async function shard(folder: string, file: string, flags: ReferenceFlags): Promise<void> {
  await using source = await openFile(file);
  const table = await readTable(source, { name: file });
  const { ra, dec, pmra: pmRa, pmdec: pmDec } = flags;
  const named = Object.fromEntries(Object.entries({ ra, dec, pmRa, pmDec }).filter(([, name]) => findColumn(table, name)));
  const catalogue = referenceFromTable(table, { columns: named, epoch: Number(flags.epoch) });
  const { order, shards } = splitCatalogue(catalogue);
  for (const [pixel, stars] of shards) {
    const path = join(folder, shardName(order, pixel));
    makeFolder(dirname(path));
    await writeFileAtomic(path, writeTable(stars, 'parquet'));
  }
  console.log(
    flags.json ? JSON.stringify({ rows: catalogue.count, shards: shards.size }) : `${catalogue.count} stars, ${shards.size} shards`,
  );
}

function addMagnitude(value: string, all: Readonly<Record<string, string>>): Record<string, string> {
  const [band, column] = value.split('=');
  if (!band || !column) throw new InvalidArgumentError('expected band=column, such as r=rMag.');
  return { ...all, [band]: column };
}
