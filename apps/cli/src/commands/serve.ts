import { listen } from '@almagest/server';
import { type Command, InvalidArgumentError } from 'commander';
import { BUTLER_PATH, createSurveyServer } from '../survey/server.ts';
import { openSurveyFolder } from '../survey/survey-folder.ts';

interface ServeFlags {
  readonly port: number;
  readonly host: string;
  readonly json?: boolean;
}

const DEFAULT_PORT = 8080;

export function register(program: Command): void {
  program
    .command('serve')
    .description('Serve a survey: the page, TAP over its catalogues, its repository and images. Ends with Ctrl-C.')
    .argument('<survey>', 'folder of the survey')
    .option('-p, --port <n>', 'port; 0 for any that is free', parsePort, DEFAULT_PORT)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--json', 'one JSON object with the address')
    .addHelpText(
      'after',
      `
Addresses: /tap (with /tap/cone/SCHEMA.TABLE), /sia/query, /soda/sync, /soda/async, /datalink/links, /hips, /oai, /api, /metrics, /health.

services.yaml in the survey's folder, all of it optional:
  authority: org.example            # of identifiers
  title: Our survey
  contactEmail: archive@example.org
  publicUrl: https://survey.example # as clients see the server
  engineMemory: 300MB               # of long queries, before they go on in files
  anonymous: [read:catalog, read:image, read:alert, exec:query]
  limits: { tap: { points: 6000, perSec: 60 } }   # by service: tap, images, hips, butler
  users: { ada: { tap: { points: 60000, perSec: 60 } } }
  repository: { ingestRoots: [/data/raw], leaseSec: 10 }   # files that writers may take in by name; patience with transactions
  signIn: { issuer: https://login.example, clientId: almagest, clientSecretVariable: ALMAGEST_OIDC_SECRET, allow: [members] }

Examples:
  almagest serve demo-survey
  almagest serve demo-survey --port 0 --json`,
    )
    .action(run);
}

async function run(folder: string, flags: ServeFlags): Promise<void> {
  const app = await createSurveyServer(openSurveyFolder(folder));
  const address = await listen(app, { host: flags.host, port: flags.port });
  console.log(
    flags.json
      ? JSON.stringify({ address, tap: `${address}/tap`, butler: `${address}${BUTLER_PATH}` })
      : `${address}  (TAP at ${address}/tap, butler at ${address}${BUTLER_PATH}; Ctrl-C ends it)`,
  );
  await new Promise<void>((done) => {
    process.once('SIGINT', done);
    process.once('SIGTERM', done);
  });
  await app.close();
}

function parsePort(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return port;
}
