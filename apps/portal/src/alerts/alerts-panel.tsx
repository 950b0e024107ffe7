import { type ReactElement, useEffect, useMemo, useState } from 'react';
import { hrefOf, note, useAddress } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { type AlertSummary, followAlerts, listAlerts } from '../services/alerts-client.ts';
import { formatDec, formatMjd, formatRa } from '../services/sky-text.ts';
import { useLoaded } from '../services/use-loaded.ts';
import { AlertView } from './alert-view.tsx';
import { parseFilter } from './filter-expression.ts';

const FIELDS = new Set<keyof AlertSummary>([
  'ra',
  'dec',
  'band',
  'psfFlux',
  'psfFluxErr',
  'snr',
  'reliability',
  'midpointMjdTai',
  'visit',
  'diaObjectId',
]);
/** Alerts held in the page; older ones are in the archive. */
const HELD = 5000;
const SHOWN = 100;

export function AlertsPanel(): ReactElement {
  const { parameters } = useAddress();
  const listed = useLoaded('alerts', listAlerts);
  const [fresh, setFresh] = useState<readonly AlertSummary[]>([]);
  const [isLive, setIsLive] = useState<boolean>();
  const isThere = listed.state === 'ready';
  useEffect(() => {
    if (!isThere) return undefined;
    const controller = new AbortController();
    followAlerts({
      signal: controller.signal,
      onAlert: (alert) => setFresh((held) => [alert, ...held].slice(0, HELD)),
      onState: setIsLive,
    });
    return () => controller.abort();
  }, [isThere]);
  const alerts = useMemo(() => {
    const seen = new Set<string>();
    return [...fresh, ...(listed.value ?? [])].filter(({ id }) => !seen.has(id) && seen.add(id));
  }, [fresh, listed.value]);

  if (listed.state === 'waiting') return <p className="quiet waiting">Looking for alerts…</p>;
  if (listed.state !== 'ready')
    return (
      <section className="notice">
        <h1>No alert stream</h1>
        <p>
          {listed.state === 'failed'
            ? listed.message
            : 'This server was started without an alert stream. Process a night with “almagest night”, then start “almagest serve” again.'}
        </p>
      </section>
    );
  const id = parameters.get('id');
  return (
    <>
      <header>
        <h1 className="grow">Alerts</h1>
        <span className={`tag ${isLive ? 'good' : ''}`} role="status">
          {isLive ? 'live' : isLive === false ? 'connecting again…' : 'connecting…'}
        </span>
      </header>
      <div className={id === null ? 'stack' : 'alerts-beside'}>
        <AlertList alerts={alerts} current={id} />
        {id !== null && <AlertView key={id} id={id} />}
      </div>
    </>
  );
}

function AlertList({ alerts, current }: { readonly alerts: readonly AlertSummary[]; readonly current: string | null }): ReactElement {
  const { parameters } = useAddress();
  const filter = parameters.get('filter') ?? '';
  const parsed = useMemo(() => parseFilter(filter, FIELDS), [filter]);
  const passing = useMemo(() => ('test' in parsed ? alerts.filter((alert) => parsed.test({ ...alert })) : alerts), [alerts, parsed]);
  return (
    <section className="stack" aria-label="Alerts">
      <label className="field">
        Filter
        <input
          className="filter"
          placeholder="snr > 10 AND band = 'r'"
          spellCheck={false}
          value={filter}
          aria-invalid={'problem' in parsed}
          aria-describedby="filter-state"
          onChange={(event) => note({ filter: event.target.value })}
        />
      </label>
      <p id="filter-state" className={`small ${'problem' in parsed ? 'bad-text' : 'quiet'}`} role="status">
        {'problem' in parsed
          ? `At ${parsed.problem.at + 1}: ${parsed.problem.message}.`
          : `${passing.length.toLocaleString('en')} of ${alerts.length.toLocaleString('en')} alerts${filter.trim() === '' ? '' : ' pass the filter'}.`}
      </p>
      <div className="card scroll-x" tabIndex={0} role="region" aria-label="List of alerts">
        <table className="plain">
          <thead>
            <tr>
              <th>Alert</th>
              <th>Time (TAI)</th>
              <th>Band</th>
              <th className="right">S/N</th>
              <th className="right">Flux [nJy]</th>
              <th>Position</th>
              <th className="right">Reliability</th>
            </tr>
          </thead>
          <tbody>
            {passing.slice(0, SHOWN).map((alert) => (
              <tr key={alert.id} aria-current={alert.id === current ? 'true' : undefined}>
                <td>
                  <Link className="number" href={hrefOf('alerts', { id: alert.id, filter: filter === '' ? undefined : filter })}>
                    {alert.id}
                  </Link>
                </td>
                <td className="number nowrap">{formatMjd(alert.midpointMjdTai)}</td>
                <td>{alert.band}</td>
                <td className="number right">{alert.snr.toFixed(1)}</td>
                <td className="number right">{alert.psfFlux.toFixed(0)}</td>
                <td className="number nowrap">
                  {formatRa(alert.ra)} {formatDec(alert.dec)}
                </td>
                <td className="number right">{alert.reliability?.toFixed(2) ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {passing.length === 0 && (
          <p className="quiet pad">
            {alerts.length === 0 ? 'No alerts so far; new ones appear here by themselves.' : 'No alert passes the filter.'}
          </p>
        )}
      </div>
      {passing.length > SHOWN && <p className="quiet small">The newest {SHOWN} are listed.</p>}
    </section>
  );
}
