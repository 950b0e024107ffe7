/**
 * A process that writes to a repository and is killed on the way: `writer.ts ROOT STEP`.
 * Says each thing on stdout before it starts and after it is done; kills itself before its step number STEP.
 */
import { existsSync, mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Butler, ingestFiles, pruneDatasets, type PutRequest } from '../../src/index.ts';

const [root = '', limit = '0', run = 'killed'] = process.argv.slice(2);
let steps = 0;

const say = (line: string): void => void writeSync(1, `${line}\n`);

await using butler = await Butler.open(root, {
  writeable: true,
  run,
  onStep: () => {
    steps += 1;
    if (steps === Number(limit)) process.kill(process.pid, 'SIGKILL');
  },
});
const folder = join(root, '../incoming');
mkdirSync(folder, { recursive: true });

await butler.put({ n: 1 }, 'single', { instrument: 'Cam', detector: 1 });
say('put');
const batch: PutRequest[] = [];
for (const exposure of [1, 2, 3]) batch.push({ value: { exposure }, ref: await butler.makeRef('many', { instrument: 'Cam', exposure }) });
await butler.putMany(batch);
say('batch');
const source = join(folder, `${run.replaceAll('/', '_')}.yaml`);
if (!existsSync(source)) writeFileSync(source, 'moved: 1\n');
const moved = await butler.makeRef('moved', { instrument: 'Cam', detector: 2 });
await ingestFiles(butler, [{ path: source, refs: [moved] }], { mode: 'move' });
say('moved');
const doomed = await butler.put({ n: 2 }, 'single', { instrument: 'Cam', detector: 2 });
say('doomed');
await pruneDatasets(butler, [doomed], { purge: true });
say('pruned');
const again = await butler.put({ n: 3 }, 'single', { instrument: 'Cam', detector: 2 });
await butler.registry.registerCollection(`${run}/tag`, 'TAGGED');
await butler.registry.associate(`${run}/tag`, [again]);
say(`done ${steps}`);
