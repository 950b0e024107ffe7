import { AlertLog } from '../src/stream/alert-log.ts';

/** Writes packets to a log until it is killed, and says after each call how many are confirmed. */
const [folder, first] = process.argv.slice(2);
const log = await AlertLog.open(folder!, { segmentBytes: 20_000 });
for (let next = Math.min(Number(first), log.endOffset); ; next += 5) {
  await log.append(
    Array.from({ length: 5 }, (_, i) => ({ key: BigInt(next + i), ra: 1, dec: 2, mjdTai: 3, bytes: new Uint8Array(300).fill(next) })),
  );
  process.send?.(next + 5);
}
