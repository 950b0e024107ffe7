import { type DecodedPacket, type PacketType, readPackets } from '@almagest/alerts';
import { ask, askJson } from './problem.ts';

/** A packet with what lists show of it; angles in degrees, fluxes in nJy, times in MJD (TAI). Unknown numbers are NaN. */
export interface Alert {
  readonly id: string;
  readonly offset: number | undefined;
  readonly ra: number;
  readonly dec: number;
  readonly band: string;
  readonly psfFlux: number;
  readonly snr: number;
  readonly reliability: number;
  readonly midpointMjdTai: number;
  readonly packet: DecodedPacket;
}

/** Alerts with the schema that they were written with. */
export interface AlertBatch {
  readonly alerts: readonly Alert[];
  readonly type: PacketType | undefined;
  /** Offset of the first one that is not in the batch. */
  readonly next: number;
}

const ROOT = '/api/alerts';

/** Where the stream ends now. */
export async function endOffset(signal?: AbortSignal): Promise<number> {
  return (await askJson<{ end: number }>(`${ROOT}/offsets`, signal ? { signal } : {})).end;
}

/** Packets from an offset on. */
export async function readAlerts(from: number, limit: number, signal?: AbortSignal): Promise<AlertBatch> {
  const reply = await ask(`${ROOT}/packets?from=${from}&limit=${limit}`, signal ? { signal } : {});
  const { packets, type } = readPackets(new Uint8Array(await reply.arrayBuffer()));
  return {
    alerts: packets.map((packet, i) => alertOf(packet, from + i)),
    type: packets.length > 0 ? type : undefined,
    next: Number(reply.headers.get('x-next-offset') ?? from + packets.length),
  };
}

export async function getAlert(id: string, signal?: AbortSignal): Promise<Alert> {
  const reply = await ask(`${ROOT}/alerts/${encodeURIComponent(id)}`, signal ? { signal } : {});
  const [packet] = readPackets(new Uint8Array(await reply.arrayBuffer())).packets;
  if (!packet) throw new Error(`Alert ${id} came without a packet.`);
  return alertOf(packet, undefined);
}

/** Tells of every new alert until the signal; the browser connects again by itself, and misses none. */
export function followAlerts(options: {
  readonly signal: AbortSignal;
  readonly onOffset: (offset: number) => void;
  readonly onState: (isOpen: boolean) => void;
}): void {
  const stream = new EventSource(`${ROOT}/stream`);
  stream.addEventListener('open', () => options.onState(true));
  stream.addEventListener('error', () => options.onState(false));
  stream.addEventListener('alert', (event) =>
    options.onOffset((JSON.parse((event as MessageEvent<string>).data) as { offset: number }).offset),
  );
  options.signal.addEventListener('abort', () => stream.close());
}

function alertOf(packet: DecodedPacket, offset: number | undefined): Alert {
  const source = recordOf(packet['diaSource']) ?? {};
  const number = (name: string): number => numberOf(source[name]);
  return {
    id: String(packet['diaSourceId'] ?? source['diaSourceId']),
    offset,
    ra: number('ra'),
    dec: number('dec'),
    band: typeof source['band'] === 'string' ? source['band'] : '',
    psfFlux: number('psfFlux'),
    snr: number('snr'),
    reliability: number('reliability'),
    midpointMjdTai: number('midpointMjdTai'),
    packet,
  };
}

/** A record inside of a packet; undefined where it is null or something else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

export function numberOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.NaN;
}
