/** A client that stores something in a transaction and then takes its time, to be killed meanwhile: ADDRESS TOKEN. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectButler } from '@almagest/butler';

const [address = '', token = ''] = process.argv.slice(2);
const butler = await connectButler(address, { token, run: 'u/kept' });
await butler.transaction(async () => {
  for (const run of ['u/kept', 'u/kept/too']) await butler.put({ run }, 'note', { instrument: 'SimCam-tiny', detector: 0 }, { run });
  console.log('stored');
  await sleep(60_000);
});
