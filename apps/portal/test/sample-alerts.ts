import { Readable } from 'node:stream';
import { fitsBytes, imageHdu } from '@almagest/fits';
import { createImage, moffatPsf } from '@almagest/image';
import type { FastifyInstance } from 'fastify';

export const ALERT_COUNT = 40;
const START = 61_350.1;

const summaryOf = (n: number) => ({
  id: String(170_000 + n),
  diaObjectId: String(9000 + (n % 10)),
  ra: 150.1 + 0.02 * Math.sin(n),
  dec: 2.2 + 0.02 * Math.cos(3 * n),
  band: n % 2 === 0 ? 'g' : 'r',
  psfFlux: 500 + 90 * n,
  psfFluxErr: 50,
  snr: (500 + 90 * n) / 50,
  reliability: n % 5 === 0 ? null : (n % 11) / 10,
  midpointMjdTai: START + n / 2000,
  visit: String(n % 4),
});

/** The routes that the page takes alerts from, with alerts that are the same in every run; one is new every half second. */
export function sampleAlerts(app: FastifyInstance): void {
  app.get('/api/alerts', () => ({ alerts: Array.from({ length: ALERT_COUNT }, (_, n) => summaryOf(n)).toReversed() }));
  const open = new Set<Readable>();
  app.addHook('preClose', (done) => {
    for (const stream of open) stream.destroy();
    done();
  });
  app.get('/api/alerts/stream', (_request, reply) => {
    const stream = new Readable({ read: () => undefined });
    let n = ALERT_COUNT;
    const send = (): void => void stream.push(`event: alert\ndata: ${JSON.stringify(summaryOf(n++))}\n\n`);
    const timer = setInterval(send, 500);
    stream.on('close', () => clearInterval(timer));
    open.add(stream);
    send();
    return reply.type('text/event-stream').header('cache-control', 'no-store').send(stream);
  });
  app.get<{ Params: { id: string } }>('/api/alerts/:id', async ({ params }, reply) => {
    const n = Number(params.id) - 170_000;
    if (!(n >= 0 && n < 1e6))
      return reply.code(404).send({ error: { code: 'alerts.not-found', message: `there is no alert ${params.id}` } });
    const { id, ...diaSource } = summaryOf(n);
    const history = Array.from({ length: 14 }, (_, k) => ({
      midpointMjdTai: START - 14 + k,
      psfFlux: 400 * Math.exp(-(((k - 9) / 4) ** 2)) * (1 + 0.05 * Math.sin(7 * k)),
      psfFluxErr: 45,
      band: k % 2 === 0 ? 'g' : 'r',
    }));
    return {
      id,
      diaSource,
      diaObject: { diaObjectId: diaSource.diaObjectId, ra: diaSource.ra, dec: diaSource.dec, nDiaSources: 15 },
      prvDiaSources: history.slice(4),
      prvDiaForcedSources: history.slice(0, 4),
      cutoutScience: await stamp(1, 1),
      cutoutTemplate: await stamp(0, 1),
      cutoutDifference: await stamp(1, 0),
    };
  });
}

/** A star, and beside it a neighbour that does not change. */
async function stamp(flux: number, neighbour: number): Promise<string> {
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
  const bytes = await fitsBytes([imageHdu({ data: Float32Array.from(image.data), shape: [31, 31] })]);
  return Buffer.from(bytes).toString('base64');
}
