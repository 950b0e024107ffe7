import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Butler } from '@almagest/butler';
import { buildHips, buildSurveyHips, type HipsSummary, listHips, type PictureFormat, verifyHips } from '@almagest/images';
import { type Command, InvalidArgumentError } from 'commander';
import { openSurveyFolder } from '../survey/survey-folder.ts';

interface MakingFlags {
  readonly order?: number;
  readonly formats: readonly PictureFormat[];
  readonly threads: number;
  readonly title?: string;
  readonly json?: boolean;
}

interface SurveyFlags extends MakingFlags {
  readonly type: string;
  readonly band?: readonly string[];
  readonly colour?: readonly string[];
}

/** Adds `almagest hips`. */
export function register(program: Command): void {
  const hips = program.command('hips').description('Sky surveys in HiPS: tiles of all scales that browsers of the sky read.');
  making(
    hips
      .command('make')
      .description('Make the HiPS of a survey from its coadds: one a band and one in colour. `almagest serve` serves them at /hips.')
      .argument('<survey>', 'folder of the survey'),
  )
    .option('--type <type>', 'dataset type of the images', 'template_coadd')
    .option('--band <name>', 'band; may be repeated (default: all)', collect)
    .option('--colour <bands>', 'bands of red, green and blue, or red and blue, such as i,r,g (default: by wavelength)', list)
    .addHelpText(
      'after',
      '\nIt goes on where it was interrupted, and what is served is the old one until the new one is whole.\n\nExamples:\n  almagest hips make demo-survey\n  almagest hips make demo-survey --type visit_image --colour i,r,g --formats png,jpeg',
    )
    .action(makeOfSurvey);
  making(
    hips
      .command('build')
      .description('Make a HiPS of FITS images with world coordinates.')
      .argument('<folder>', 'where the HiPS will be')
      .argument('<file...>', 'FITS images of one band and unit'),
  )
    .option('--id <ivoid>', 'identifier', 'ivo://almagest.local/hips')
    .addHelpText('after', '\nExample:\n  almagest hips build m31 m31-*.fits --title "M 31 in g"')
    .action(makeOfFiles);
  hips
    .command('list')
    .description('List the HiPS of a survey.')
    .argument('<survey>', 'folder of the survey')
    .option('--json', 'one JSON array')
    .addHelpText('after', '\nExample:\n  almagest hips list demo-survey')
    .action(async (survey: string, flags: { readonly json?: boolean }) => {
      const names = await listHips(openSurveyFolder(survey).hips);
      console.log(flags.json ? JSON.stringify(names) : names.join('\n'));
    });
  hips
    .command('verify')
    .description('Check a HiPS against its standard and itself; exit code 2 where something is wrong.')
    .argument('<folder>', 'folder of the HiPS')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  almagest hips verify demo-survey/hips/colour')
    .action(async (folder: string, flags: { readonly json?: boolean }) => {
      const { issues, tiles } = await verifyHips(folder);
      if (issues.length > 0) process.exitCode = 2;
      if (flags.json) console.log(JSON.stringify({ folder, valid: issues.length === 0, tiles, issues }));
      else console.log([...issues, `${folder}: ${issues.length === 0 ? 'sound' : `${issues.length} faults`}; ${tiles} tiles`].join('\n'));
    });
}

function making(command: Command): Command {
  return command
    .option('--order <n>', 'deepest order (default: pixels as fine as those of the images)', wholeNumber)
    .option('--formats <names>', 'pictures beside the FITS tiles: png, jpeg or both', formats, ['png'])
    .option('--threads <n>', 'threads', wholeNumber, availableParallelism())
    .option('--title <text>', 'what to call it')
    .option('--json', 'JSON lines');
}

async function makeOfSurvey(root: string, flags: SurveyFlags): Promise<void> {
  const survey = openSurveyFolder(root);
  await using butler = await Butler.open(survey.repository);
  const summaries = await buildSurveyHips(butler, {
    folder: survey.hips,
    type: flags.type,
    authority: 'almagest.local',
    title: flags.title ?? 'Survey',
    formats: flags.formats,
    threads: flags.threads,
    now: new Date(),
    ...(flags.band ? { bands: flags.band } : {}),
    ...(flags.colour ? { colour: flags.colour } : {}),
    ...(flags.order === undefined ? {} : { order: flags.order }),
  });
  for (const summary of summaries) say(summary, flags);
}

async function makeOfFiles(folder: string, files: readonly string[], flags: MakingFlags & { readonly id: string }): Promise<void> {
  const summary = await buildHips({
    folder: join(folder),
    paths: files,
    creatorDid: flags.id,
    title: flags.title ?? folder,
    formats: flags.formats,
    threads: flags.threads,
    now: new Date(),
    ...(flags.order === undefined ? {} : { order: flags.order }),
  });
  say(summary, flags);
}

function say(summary: HipsSummary, { json }: { readonly json?: boolean }): void {
  const { folder, tiles, order, pixelScaleArcsec } = summary;
  console.log(
    json ? JSON.stringify(summary) : `${folder}: ${tiles} tiles to order ${order}, pixels of ${pixelScaleArcsec.toPrecision(3)} arcsec`,
  );
}

function collect(value: string, all: readonly string[] = []): string[] {
  return [...all, value];
}

function list(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

function formats(text: string): PictureFormat[] {
  return list(text).map((name) => {
    if (name !== 'png' && name !== 'jpeg') throw new InvalidArgumentError('a picture is png or jpeg.');
    return name;
  });
}

function wholeNumber(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) === 0) throw new InvalidArgumentError('expected a whole number from 1.');
  return Number(text);
}
