/** `npm run demo`: the command of the same name, with its arguments. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './rooms.ts';

const child = spawn(process.execPath, [join(ROOT, 'apps/cli/bin/almagest.mjs'), 'demo', ...process.argv.slice(2)], { stdio: 'inherit' });
// The child has the terminal's interrupt as well, and ends in its own way.
process.on('SIGINT', () => undefined);
child.on('exit', (code) => process.exit(code ?? 1));
