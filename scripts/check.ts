/** `npm run check`: everything that is checked without running tests, as many steps at a time as there are cores. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './rooms.ts';

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Names of steps that have to end first. */
  readonly after?: readonly string[];
}

const node = process.execPath;
const bin = (name: string): string => join(ROOT, 'node_modules/.bin', name);

const steps: readonly Step[] = [
  { name: 'types', command: [bin('tsc'), '-b'] },
  { name: 'types of scripts', command: [bin('tsc'), '-p', 'scripts'] },
  { name: 'format', command: [bin('oxfmt'), '--check', '.'] },
  { name: 'floors', command: [node, 'scripts/check-floors.ts'] },
  { name: 'rooms', command: [node, 'scripts/sync-rooms.ts'] },
  { name: 'lint', command: [bin('oxlint'), '--type-aware', '--deny-warnings'], after: ['types'] },
  { name: 'unused exports', command: [bin('knip'), '--no-progress', '--no-config-hints'] },
  { name: 'api report', command: [node, 'scripts/api-report.ts'], after: ['types'] },
  { name: 'error codes', command: [node, 'scripts/errors-doc.ts'] },
  { name: 'docs', command: [node, 'scripts/build-docs.ts'], after: ['types'] },
];

const started = performance.now();
const done = new Map<string, boolean>();
const waiting = steps.filter((step) => step.command.every((word) => !word.endsWith('.ts') || existsSync(join(ROOT, word))));
let running = 0;

await new Promise<void>((resolve) => {
  const next = (): void => {
    if (waiting.length === 0 && running === 0) resolve();
    while (running < Math.max(2, availableParallelism())) {
      const index = waiting.findIndex((step) => (step.after ?? []).every((name) => done.has(name)));
      const step = waiting[index];
      if (!step) return;
      waiting.splice(index, 1);
      running++;
      void runStep(step).then(() => {
        running--;
        next();
      });
    }
  };
  next();
});

const failed = [...done.values()].filter((ok) => !ok).length;
console.log(`check: ${done.size - failed} of ${done.size} steps passed in ${((performance.now() - started) / 1000).toFixed(1)} s`);
process.exitCode = failed > 0 ? 1 : 0;

function runStep(step: Step): Promise<void> {
  return new Promise((resolve) => {
    const begin = performance.now();
    const [file = node, ...args] = step.command;
    const child = spawn(file, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('close', (code) => {
      const ok = code === 0;
      done.set(step.name, ok);
      console.log(`${ok ? 'ok    ' : 'FAILED'} ${step.name} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
      if (!ok) console.log(output.trimEnd());
      resolve();
    });
  });
}
