/**
 * `npm run bench [NAME...]`: runs the programs of bench/ one after the other and prints a table of ratios against the peers
 * that they find. Each program writes JSON lines {bench, ours_s, peer, peer_s, ratio, target} and, where a peer is
 * missing, a line saying so.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './rooms.ts';

const dir = join(ROOT, 'bench');
const wanted = process.argv.slice(2);
const programs = (existsSync(dir) ? readdirSync(dir) : [])
  .filter((name) => name.endsWith('.ts') && (wanted.length === 0 || wanted.some((w) => name.includes(w))))
  .toSorted();
let failed = 0;
for (const program of programs) {
  console.log(`# ${program}`);
  const run = spawnSync(process.execPath, ['--expose-gc', join(dir, program)], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  if (run.status !== 0) failed++;
}
console.log(`${programs.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
