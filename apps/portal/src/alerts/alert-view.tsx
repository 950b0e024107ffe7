import { bytesSource, openFits } from '@almagest/fits';
import { type Image, readExposure } from '@almagest/image';
import { type ReactElement, useMemo } from 'react';
import { hrefOf, useAddress } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { PixelStamp } from '../images/stamp.tsx';
import { LightCurve, type LightPoint } from '../plots/light-curve.tsx';
import { type Alert, getAlert, numberOf, recordOf } from '../services/alerts-client.ts';
import { useLoaded } from '../services/use-loaded.ts';

const STAMPS = [
  ['cutoutScience', 'Science'],
  ['cutoutTemplate', 'Template'],
  ['cutoutDifference', 'Difference'],
] as const;

/** One packet: stamps, light curve and every field. A packet that the page holds is not fetched again. */
export function AlertView({ id, held }: { readonly id: string; readonly held: Alert | undefined }): ReactElement {
  const loaded = useLoaded(held ? undefined : id, (signal) => getAlert(id, signal));
  const alert = held ?? loaded.value;
  if (alert) return <Packet alert={alert} />;
  if (loaded.state === 'waiting') return <p className="quiet waiting">Opening alert {id}…</p>;
  return (
    <section className="notice">
      <h2>Alert {id} is not here</h2>
      <p>{loaded.state === 'ready' ? '' : loaded.message}</p>
    </section>
  );
}

function Packet({ alert }: { readonly alert: Alert }): ReactElement {
  const { parameters } = useAddress();
  const { packet } = alert;
  const source = recordOf(packet['diaSource']) ?? {};
  const points = useMemo(
    (): readonly LightPoint[] => [...listOf(packet['prvDiaSources']), ...listOf(packet['prvDiaForcedSources']), source].flatMap(pointOf),
    [packet],
  );
  const others = ['diaObject', 'ssSource', 'mpc_orbits'].flatMap((name) => {
    const record = recordOf(packet[name]);
    return record ? [[name, record] as const] : [];
  });
  return (
    <article className="card pad stack" aria-label={`Alert ${alert.id}`}>
      <div className="row">
        <h2 className="grow number">{alert.id}</h2>
        <Link href={hrefOf('sky', { ra: alert.ra.toFixed(6), dec: alert.dec.toFixed(6), fov: 0.1 })}>On the sky</Link>
        <Link href={hrefOf('alerts', { filter: parameters.get('filter') ?? undefined })}>Close</Link>
      </div>
      <div className="stamps">
        {STAMPS.map(([name, title]) => (
          <PacketStamp key={name} stampKey={`${alert.id} ${name}`} title={title} bytes={packet[name]} />
        ))}
      </div>
      <LightCurve
        points={points}
        period={undefined}
        labels={{ time: 'MJD (TAI)', value: 'psfFlux [nJy]' }}
        isMagnitude={false}
        height={260}
      />
      <Fields title="diaSource" fields={source} isOpen />
      {others.map(([name, record]) => (
        <Fields key={name} title={name} fields={record} isOpen={false} />
      ))}
    </article>
  );
}

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(recordOf).filter((each) => each !== undefined) : [];
}

function pointOf(record: Readonly<Record<string, unknown>>): readonly LightPoint[] {
  const [time, value] = [numberOf(record['midpointMjdTai']), numberOf(record['psfFlux'])];
  if (!Number.isFinite(time + value)) return [];
  return [{ time, value, error: numberOf(record['psfFluxErr']), band: typeof record['band'] === 'string' ? record['band'] : '' }];
}

interface PacketStampProps {
  readonly stampKey: string;
  readonly title: string;
  readonly bytes: unknown;
}

function PacketStamp({ stampKey, title, bytes }: PacketStampProps): ReactElement {
  const file = bytes instanceof Uint8Array && bytes.length > 0 ? bytes : undefined;
  const loaded = useLoaded(file ? stampKey : undefined, () => readStamp(file!));
  return (
    <figure className="stamp-figure">
      {loaded.state === 'ready' ? (
        <PixelStamp image={loaded.value} label={`${title} stamp`} side={150} />
      ) : (
        <div className="stamp empty" style={{ width: 150, height: 150 }}>
          {file === undefined ? 'none' : loaded.state === 'failed' ? 'unreadable' : ''}
        </div>
      )}
      <figcaption className="small quiet">{title}</figcaption>
    </figure>
  );
}

async function readStamp(bytes: Uint8Array): Promise<Image> {
  return (await readExposure(await openFits(bytesSource(bytes)))).maskedImage.image;
}

interface FieldsProps {
  readonly title: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly isOpen: boolean;
}

function Fields({ title, fields, isOpen }: FieldsProps): ReactElement {
  const known = Object.entries(fields).filter(
    ([, value]) => value !== null && value !== undefined && typeof value !== 'object' && !Number.isNaN(value),
  );
  return (
    <details open={isOpen}>
      <summary>
        {title}, {known.length} fields
      </summary>
      <dl className="facts fields">
        {known.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="number">{typeof value === 'number' ? Number(value.toPrecision(9)) : String(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
