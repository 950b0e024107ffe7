/** Runs a prepared mock run to its end in a process of its own, so that a test can kill it. Arguments: graph, provenance, root, worker kind. */
import { appendFileSync } from 'node:fs';
import { fileStoreSpec, runGraph, type WorkerKind } from '../../src/index.ts';

const [graphPath = '', provenancePath = '', root = '', workers = 'thread', registry = ''] = process.argv.slice(2);
// An append-only text file stands for the registry: lines that were there before a kill stay.
const registrar = {
  register: (datasets: readonly { readonly ref: { readonly id: string } }[]): Promise<void> =>
    Promise.resolve(datasets.length > 0 ? appendFileSync(registry, datasets.map(({ ref }) => `${ref.id}\n`).join('')) : undefined),
};
const summary = await runGraph({
  graphPath,
  provenancePath,
  store: fileStoreSpec(root),
  registrar,
  workers: workers as WorkerKind,
  cores: 2,
  durable: false,
  mock: {},
  onProgress: (event) => process.send?.(event.kind),
});
console.log(JSON.stringify({ counts: summary.counts, resumed: summary.resumed }));
