/** A daemon over a folder in a process of its own, so that a test can kill it. Arguments: database, folder, log of alerts. */
import { PromptDaemon, UnitStore, watchRaws } from '../src/index.ts';
import { fakeProcessor } from './fake-processor.ts';

const [database = '', folder = '', log = ''] = process.argv.slice(2);
const units = new UnitStore(database);
const daemon = new PromptDaemon({ units, processor: fakeProcessor({ log, takesMs: 60 }), workers: 2, backlogEverySec: 0 });
await daemon.start();
process.send?.('ready');
await watchRaws(folder, {
  units,
  receiver: daemon,
  signal: new AbortController().signal,
  pollMs: 50,
  settleMs: 20,
  onProblem: daemon.noteProblem,
});
