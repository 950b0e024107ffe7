import { availableParallelism } from 'node:os';
import { openTokenStore, type Scope, tokenAuthenticator } from '@almagest/auth';
import { Butler, S3Objects } from '@almagest/butler';
import {
  formatUnit,
  metricsRegistryOf,
  pollBucket,
  PromptDaemon,
  type PromptEvent,
  promptMetrics,
  registerNights,
  registerPrompt,
  UnitStore,
  watchAnnouncements,
  watchRaws,
} from '@almagest/prompt';
import { createServer, listen } from '@almagest/server';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { openSurveyProcessor } from '../survey/prompt.ts';
import { instrumentOf } from '../survey/repository.ts';
import { openSurveyFolder } from '../survey/survey-folder.ts';
import { VERSION } from '../version.ts';

interface PromptFlags {
  readonly instrument?: string;
  readonly raws?: string;
  readonly announcements?: string;
  readonly s3?: string;
  readonly jobs: number;
  readonly patience: number;
  readonly backlogNights: number;
  readonly backlogEvery: number;
  readonly ingest: 'direct' | 'copy' | 'move' | 'symlink' | 'hardlink';
  readonly cache: number;
  readonly port: number;
  readonly host: string;
  readonly once?: boolean;
  readonly grace: number;
  readonly json?: boolean;
}

const DEFAULT_PORT = 8090;
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/** `almagest prompt`: raw frame arrives, alerts leave. */
export function register(program: Command): void {
  program
    .command('prompt')
    .description('Process raws into alerts as they arrive, against the clock. Ends with Ctrl-C, when what runs has ended.')
    .argument('<survey>', 'folder of the survey')
    .option('--instrument <name>', 'instrument, if the repository has several')
    .option('--raws <folder>', 'folder that the camera writes raws to; they stay where they are')
    .option('--announcements <folder>', 'folder that announcements of visits are dropped in, one JSON file each')
    .option('--s3 <s3://bucket/prefix>', 'object store that raws are uploaded to; S3_ENDPOINT_URL and the usual variables say where')
    .option('-j, --jobs <n>', 'detectors that are processed at once', whole(1), availableParallelism())
    .option('--patience <s>', 'time after an announced exposure for which its raw is waited for', whole(1), 120)
    .option('--backlog-nights <n>', 'nights that are caught up on, counted back from the newest; 0 for none', whole(0), 1)
    .option('--backlog-every <s>', 'time between two looks at the backlog', whole(1), 60)
    .addOption(
      new Option('--ingest <mode>', 'how raws of a folder come into the repository')
        .choices(['direct', 'copy', 'move', 'symlink', 'hardlink'])
        .default('direct'),
    )
    .option('--cache <MiB>', 'memory of each worker for calibrations, references and templates', whole(1), 1024)
    .option('-p, --port <n>', 'port of the routes; 0 for any that is free', whole(0, 65_535), DEFAULT_PORT)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--once', 'catch up with what is there, then end')
    .option('--grace <s>', 'time that running work has to end after Ctrl-C', whole(0), 20)
    .option('--json', 'one JSON object an event')
    .addHelpText(
      'after',
      `
Routes: POST /api/prompt/next-visit, PUT /api/prompt/raws/NAME, POST /api/prompt/s3-events, GET /api/prompt/status,
GET /api/prompt/units, GET /api/nights, GET /metrics. Whoever changes something needs a token with write:butler
(almagest auth token create), except on the loopback address.

Examples:
  almagest prompt survey --raws /data/incoming --announcements /data/next -j 4
  almagest prompt survey --once
  curl -d '{"instrument": "SimCam-demo", "groupId": "20260324_7", "ra": 150.1, "dec": 2.2, "physicalFilter": "sim_r", "exposureSec": 30}' \\
    -H 'content-type: application/json' http://127.0.0.1:8090/api/prompt/next-visit`,
    )
    .action(run);
}

async function run(folder: string, flags: PromptFlags): Promise<void> {
  const survey = openSurveyFolder(folder);
  await using butler = await Butler.open(survey.repository, { writeable: true });
  const instrument = await instrumentOf(butler, flags.instrument);
  const { jobs: workers, ingest: ingestMode, backlogNights, cache: cacheMib } = flags;
  const processor = await openSurveyProcessor(survey, butler, { instrument, workers, ingestMode, backlogNights, cacheMib });
  const units = new UnitStore(survey.prompt);
  const tokens = openTokenStore(survey.tokens);
  const anonymousScopes: readonly Scope[] = LOOPBACK.has(flags.host) ? ['read:image', 'write:butler'] : ['read:image'];
  const authenticate = tokenAuthenticator({ tokens, anonymousScopes: [...anonymousScopes] });
  const app = await createServer({ parts: [], version: VERSION });
  const registry = metricsRegistryOf(app);
  const daemon = new PromptDaemon({
    units,
    processor,
    workers,
    patienceSec: flags.patience,
    backlogEverySec: flags.once ? 0 : flags.backlogEvery,
    ...(registry ? { metrics: promptMetrics(registry) } : {}),
    onEvent: (event) => say(event, flags),
  });
  const objects = flags.s3 === undefined ? undefined : new S3Objects(flags.s3);
  registerPrompt(app, { daemon, authenticate, incoming: survey.incoming, ...(objects ? { objects } : {}) });
  registerNights(app, { butler, authenticate, units });
  const ending = new AbortController();
  const { signal } = ending;
  let asked = 0;
  const stop = (): void => {
    if (++asked > 1) process.exit(130);
    if (!flags.json) process.stderr.write('\nending: running work has its time; again to leave at once\n');
    ending.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const address = flags.once ? '' : await listen(app, { host: flags.host, port: flags.port });
  if (!flags.once) console.log(flags.json ? JSON.stringify({ event: 'listening', address }) : `${address}  (Ctrl-C ends it)`);
  await daemon.start();
  const sources = { units, receiver: daemon, signal, onProblem: daemon.noteProblem };
  const watching: Promise<void>[] = [];
  if (!flags.once) {
    if (flags.announcements !== undefined) watching.push(watchAnnouncements(flags.announcements, sources));
    if (flags.raws !== undefined) watching.push(watchRaws(flags.raws, sources));
    if (objects) watching.push(pollBucket({ ...sources, objects, incoming: survey.incoming }));
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  } else
    await Promise.race([daemon.idle(), new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))]);
  ending.abort();
  await Promise.all(watching);
  await app.close();
  await daemon.stop(flags.grace * 1000);
  const { failed, refused } = units.counts();
  units.close();
  tokens.close();
  await objects?.close();
  process.off('SIGINT', stop);
  process.off('SIGTERM', stop);
  if (flags.once && failed + refused > 0) process.exitCode = 1;
}

function say(event: PromptEvent, { json }: PromptFlags): void {
  if (json) return console.log(JSON.stringify({ ...event, atMs: Date.now() }));
  const text = describe(event);
  if (text !== undefined) console.log(`${new Date().toISOString().slice(11, 19)}  ${text}`);
}

function describe(event: PromptEvent): string | undefined {
  switch (event.event) {
    case 'announced':
      return event.isNew ? `announced  ${event.group}: ${event.detectors} detectors` : undefined;
    case 'preloaded':
      return `loaded     ${event.group}, detector ${event.detector} in ${event.sec.toFixed(1)} s`;
    case 'arrived':
      return `arrived    ${formatUnit(event.unit)} (${event.source})`;
    case 'begun':
      return event.resumed ? `goes on    ${formatUnit(event.unit)}` : undefined;
    case 'ended': {
      const { state, plan, alerts, error, fallbacks } = event.outcome;
      const took = event.latencySec === null ? '' : `, ${event.latencySec.toFixed(1)} s`;
      const why = fallbacks.map(({ reason }) => `; ${reason}`).join('');
      return `${state.padEnd(10)} ${formatUnit(event.unit)}: ${plan ?? 'nothing ran'}, ${alerts} alerts${took}${why}${error ? `; ${error.message} [${error.code}]` : ''}`;
    }
    case 'released':
      return `released   ${formatUnit(event.unit)}`;
    case 'late':
      return `LATE       ${event.group}, detector ${event.detector} [${event.code}]`;
    case 'problem':
      return `PROBLEM    ${event.where}: ${event.message} [${event.code}]`;
    default:
      return undefined;
  }
}

function whole(from: number, to = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < from || value > to) throw new InvalidArgumentError(`expected a whole number from ${from}.`);
    return value;
  };
}
