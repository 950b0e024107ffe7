import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlertLog, alertStreamPlugin, encodePackets, type LogInput, PACKET_SCHEMA_ID, packetSchema, toWire } from '@almagest/alerts';
import { fitsBytes, imageHdu } from '@almagest/fits';
import { createImage, moffatPsf } from '@almagest/image';
import type { FastifyInstance } from 'fastify';
import { sampleNight } from '../../../archive/alerts/test/sample-night.ts';

export const ALERT_COUNT = 40;
const LATER = 200;
/** Time between alerts that arrive while the page is open [ms]. */
const PAUSE_MS = 500;

/** The alert stream over a log of made-up alerts with stamps and a history; the last ones arrive one by one. */
export async function sampleAlerts(app: FastifyInstance): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'almagest-portal-alerts-'));
  const log = await AlertLog.open(join(folder, 'log'));
  await log.putSchema(PACKET_SCHEMA_ID, packetSchema());
  const stamps = { science: await stamp(1, 1), template: await stamp(0, 1), difference: await stamp(1, 0) };
  const packets = encodePackets({ ...sampleNight({ alerts: ALERT_COUNT + LATER, history: 14 }), cutouts: () => stamps });
  const inputs = Array.from(packets, (packet): LogInput => ({
    key: packet.diaSourceId,
    ra: packet.ra,
    dec: packet.dec,
    mjdTai: packet.midpointMjdTai,
    bytes: toWire(PACKET_SCHEMA_ID, packet.bytes),
  }));
  await log.append(inputs.slice(0, ALERT_COUNT));
  let sent = ALERT_COUNT;
  const timer = setInterval(() => {
    if (sent < inputs.length) void log.append(inputs.slice(sent, ++sent));
  }, PAUSE_MS);
  await app.register(
    (scope, _options, done) => {
      alertStreamPlugin(scope, { log });
      done();
    },
    { prefix: '/api/alerts' },
  );
  app.addHook('preClose', (done) => {
    clearInterval(timer);
    app.server.closeAllConnections();
    done();
  });
  app.addHook('onClose', async () => {
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  });
}

/** A star, and beside it a neighbour that does not change. */
async function stamp(flux: number, neighbour: number): Promise<Uint8Array> {
  const image = createImage(31, 31);
  for (let k = 0; k < image.data.length; k++) image.data[k] = 3 * Math.sin(k * 12.9898 + 78.233 * (k % 17));
  for (const [x, y, total] of [
    [15, 15, 3000 * flux],
    [22, 21, 2200 * neighbour],
  ] as const) {
    const star = moffatPsf(3.4).computeImage(x, y);
    for (let j = 0; j < star.height; j++)
      for (let i = 0; i < star.width; i++) {
        const [u, v] = [star.x0 + i, star.y0 + j];
        if (u >= 0 && v >= 0 && u < 31 && v < 31) image.data[v * 31 + u]! += total * star.data[j * star.stride + i]!;
      }
  }
  return await fitsBytes([imageHdu({ data: Float32Array.from(image.data), shape: [31, 31] })]);
}
