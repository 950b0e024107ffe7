import { fileURLToPath } from 'node:url';
import { type DatasetRef, ingestRaws, migrateRepository, QueryError, showSpan, updateRegions } from '@almagest/butler';
import { ALL_TIME, taiNsFromIso } from '@almagest/time';
import type { Command } from 'commander';
import { collect, type OutputOptions, printResult, longWork, withButler } from './butler-output.ts';

/** Verbs that bring a repository up to date. */
export function registerUpkeep(butler: Command): void {
  butler
    .command('migrate')
    .description('Bring a repository to the layout and dimension universe of this release; files stay untouched.')
    .argument('<repo>')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--json', 'print one JSON line')
    .addHelpText(
      'after',
      '\nA new registry is built beside the old one and takes its place in butler.yaml at the end; the old one is kept.\nNobody else should have the repository open.\n\nExample:\n  almagest butler migrate repo --dry-run',
    )
    .action(async (repo: string, options: OutputOptions & { dryRun?: boolean }) => {
      const report = await migrateRepository(repo, { dryRun: options.dryRun ?? false, ...longWork('copying', options) });
      const { universe, managers, copied, needed, database } = report;
      const lines = managers.map(
        ({ role, version, current }) => `  ${role.padEnd(12)} ${version}${version === current ? '' : ` -> ${current}`}`,
      );
      const summary = !needed
        ? 'Nothing to do: the repository has the present layout.'
        : copied
          ? `Copied ${copied.records} records and ${copied.datasets} datasets; the old registry is kept at ${database.from}.`
          : 'This would be done; repeat without --dry-run.';
      printResult({ ...report }, [`universe ${universe.from} -> ${universe.to}`, ...lines, summary].join('\n'), options);
    });
  butler
    .command('update-dimension-regions')
    .description('Give visits and detectors the sky regions that the WCS of calibrated images has.')
    .argument('<repo>')
    .argument('<dataset-type>', 'images of visit and detector with a WCS, such as calexp')
    .requiredOption('--collections <names>', 'collections to search', collect)
    .option('--where <expression>', 'restriction')
    .option('--json', 'print one JSON line')
    .action(
      async (repo: string, datasetType: string, options: OutputOptions & { collections: readonly string[]; where?: string }) =>
        await withButler(repo, { writeable: true }, async (open) => {
          const found = await updateRegions(open, {
            datasetType,
            collections: options.collections,
            ...longWork('updating', options),
            ...(options.where === undefined ? {} : { where: options.where }),
          });
          printResult(
            found,
            `Set the regions of ${found.detectors} detectors in ${found.visits} visits; ${found.skipped} images have no WCS.`,
            options,
          );
        }),
    );
  butler
    .command('update-exposures-from-raws')
    .description('Read the headers of ingested raws again, as after a header correction, and replace exposure records that differ.')
    .argument('<repo>')
    .requiredOption('--collections <names>', 'collections with the raws', collect)
    .option('--where <expression>', 'restriction')
    .option('--corrections <folder...>', 'folders with header corrections')
    .option('--json', 'print one JSON line')
    .action(
      async (repo: string, options: OutputOptions & { collections: readonly string[]; where?: string; corrections?: readonly string[] }) =>
        await withButler(repo, { writeable: true }, async (open) => {
          const refs = await open.queryDatasets('raw', {
            collections: options.collections,
            ...(options.where === undefined ? {} : { where: options.where }),
          });
          const total = { files: 0, failures: [] as { path: string; code: string; message: string }[] };
          for (const [run, members] of Map.groupBy(refs, (ref: DatasetRef) => ref.run)) {
            const uris = new Set((await Promise.all(members.map(async (ref) => await open.getUris(ref)))).flat());
            const paths = [...uris].filter((uri) => uri.startsWith('file:')).map((uri) => fileURLToPath(uri));
            if (paths.length < uris.size) throw new QueryError(`the raws of ${run} are no files of this machine; run this where they are`);
            const { failures } = await ingestRaws(open, paths, {
              run,
              mode: 'direct',
              updateRecords: true,
              ...longWork('reading', options),
              ...(options.corrections ? { corrections: options.corrections } : {}),
            });
            total.files += paths.length;
            total.failures.push(...failures);
          }
          printResult(total, `Read ${total.files} files again; ${total.failures.length} failed.`, options);
          if (!options.json) for (const { path, code, message } of total.failures) console.error(`${path}: ${message} [${code}]`);
          if (total.failures.length > 0) process.exitCode = 2;
        }),
    );
  butler
    .command('decertify-calibrations')
    .description('Take the validity of calibrations back, whole or for a time; the datasets stay in their runs.')
    .argument('<repo>')
    .argument('<collection>', 'CALIBRATION collection')
    .argument('<dataset-type>')
    .option('--begin-date <time>', 'ISO time, TAI, from which they are no longer valid')
    .option('--end-date <time>', 'ISO time, TAI, until which they are no longer valid')
    .option('--json', 'print one JSON line')
    .action(
      async (repo: string, collection: string, type: string, options: OutputOptions & { beginDate?: string; endDate?: string }) =>
        await withButler(repo, { writeable: true }, async (open) => {
          const at = (text: string | undefined): bigint | undefined =>
            text === undefined ? undefined : taiNsFromIso(text, { scale: 'tai' });
          const [begin, end] = [at(options.beginDate), at(options.endDate)];
          const span = begin === undefined && end === undefined ? ALL_TIME : { begin, end };
          await open.registry.decertify(collection, type, span);
          printResult(
            { collection, datasetType: type, span: showSpan(span) },
            `No ${type} of ${collection} is valid in ${showSpan(span)}.`,
            options,
          );
        }),
    );
}
