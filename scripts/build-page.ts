/** Builds the page into apps/portal/dist, unless nothing that it is made of has changed since. */
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { ROOT } from './rooms.ts';

const PORTAL = join(ROOT, 'apps/portal');
const STAMP = join(PORTAL, 'dist/.stamp');

const sources = globSync(
  ['apps/portal/{index.html,package.json,vite.config.ts}', 'apps/portal/{src,public}/**/*', '{foundation,archive,services}/*/src/**/*.ts'],
  { cwd: ROOT },
).toSorted();
const hash = createHash('sha256');
for (const path of sources) {
  const { mtimeMs, size } = statSync(join(ROOT, path));
  hash.update(`${path} ${size} ${Math.trunc(mtimeMs)}\n`);
}
const stamp = hash.digest('hex');
if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== stamp) {
  await build({ root: PORTAL, configFile: join(PORTAL, 'vite.config.ts'), logLevel: 'warn' });
  writeFileSync(STAMP, stamp);
}
