import { createApdb } from '../src/index.ts';
import { sampleVisit } from './sample-visit.ts';

/** Stores visits until it is killed, and says after each that it is done. */
const apdb = await createApdb({ address: process.argv[2]! });
for (let visit = Number(process.argv[3]); ; visit += 1) {
  await apdb.store(sampleVisit({ seed: 1, visit: BigInt(visit), detector: 1, visitMjdTai: 61_000 + visit, objects: 150 }));
  process.send?.(visit);
}
