/** A process that puts many datasets: `many-writer.ts ROOT NAME COUNT`. Half of the runs are shared with the other writers. */
import { writeSync } from 'node:fs';
import { Butler } from '../../src/index.ts';

const [root = '', name = '', count = '0'] = process.argv.slice(2);
await using butler = await Butler.open(root, { writeable: true });
await butler.registerDatasetType({ name: 'output', dimensions: ['htm9'], storageClass: 'StructuredDataDict' });
for (let i = 0; i < Number(count); i += 1) {
  const shared = i % 2 === 0;
  await butler.put({ name, i }, 'output', { htm9: Number(name) * 100_000 + i }, { run: shared ? 'shared' : `own/${name}` });
}
writeSync(1, 'done\n');
