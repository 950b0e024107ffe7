import { compileFilter, FilterSyntaxError } from '@almagest/alerts';
import { AlmagestError } from '@almagest/errors';
import { type ReactElement, useMemo } from 'react';
import { hrefOf, note, useAddress } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import type { Alert } from '../services/alerts-client.ts';
import { formatDec, formatMjd, formatRa } from '../services/sky-text.ts';
import { AlertView } from './alert-view.tsx';
import { LastNightTrial } from './last-night.tsx';
import { type AlertFeed, useAlerts } from './use-alerts.ts';
import { type StoredWatchlist, useWatchlists } from './kept-watchlists.ts';
import { skySetsOf, Watchlists } from './watchlists.tsx';

const SHOWN = 100;

export function AlertsPanel(): ReactElement {
  const { parameters } = useAddress();
  const feed = useAlerts();
  const { start, alerts, isLive } = feed;
  if (start.state === 'waiting') return <p className="quiet waiting">Looking for alerts…</p>;
  if (start.state !== 'ready')
    return (
      <section className="notice">
        <h1>No alert stream</h1>
        <p>
          {start.state === 'failed'
            ? start.message
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
        <AlertList feed={feed} current={id} />
        {id !== null && <AlertView key={id} id={id} held={alerts.find((alert) => alert.id === id)} />}
      </div>
    </>
  );
}

type Outcome = { readonly passing: readonly Alert[] } | { readonly problem: string };

/** Runs a filter of the stream's own language over the alerts at hand. */
function runFilter({ alerts, type }: AlertFeed, text: string, lists: readonly StoredWatchlist[]): Outcome {
  if (text.trim() === '' || !type) return { passing: alerts };
  try {
    const filter = compileFilter(text, type.node, { sky: skySetsOf(lists) });
    return { passing: alerts.filter((alert) => filter.passes(alert.packet)) };
  } catch (error) {
    if (error instanceof FilterSyntaxError) return { problem: `At ${(error.details?.position ?? 0) + 1}: ${error.message}` };
    if (error instanceof AlmagestError) return { problem: error.message };
    throw error;
  }
}

function AlertList({ feed, current }: { readonly feed: AlertFeed; readonly current: string | null }): ReactElement {
  const { parameters } = useAddress();
  const filter = parameters.get('filter') ?? '';
  const { alerts, type, loadEarlier } = feed;
  const { lists } = useWatchlists();
  const outcome = useMemo(() => runFilter(feed, filter, lists), [alerts, type, filter, lists]);
  const passing = 'passing' in outcome ? outcome.passing : alerts;
  return (
    <section className="stack" aria-label="Alerts">
      <label className="field">
        Filter, tried on the alerts below
        <textarea
          className="filter"
          rows={2}
          placeholder="snr > 10 AND count(prvDiaSources WHERE band = 'r') >= 2"
          spellCheck={false}
          value={filter}
          aria-invalid={'problem' in outcome}
          aria-describedby="filter-state"
          onChange={(event) => note({ filter: event.target.value })}
        />
      </label>
      <div className="row">
        <p id="filter-state" className={`small grow ${'problem' in outcome ? 'bad-text' : 'quiet'}`} role="status">
          {'problem' in outcome
            ? outcome.problem
            : `${passing.length.toLocaleString('en')} of ${alerts.length.toLocaleString('en')} alerts${filter.trim() === '' ? '' : ' pass the filter'}.`}
        </p>
        {loadEarlier && (
          <button type="button" className="tiny" onClick={loadEarlier}>
            Load earlier ones
          </button>
        )}
      </div>
      <LastNightTrial filter={filter} isSound={'passing' in outcome} />
      <Watchlists onUse={(condition) => note({ filter: filter.trim() === '' ? condition : `(${filter}) AND ${condition}` })} />
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
                <td className="number right">{fixed(alert.snr, 1)}</td>
                <td className="number right">{fixed(alert.psfFlux, 0)}</td>
                <td className="number nowrap">
                  {formatRa(alert.ra)} {formatDec(alert.dec)}
                </td>
                <td className="number right">{fixed(alert.reliability, 2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {passing.length === 0 && (
          <p className="quiet pad">
            {alerts.length > 0
              ? 'No alert passes the filter.'
              : (feed.start.value ?? 0) > 0
                ? 'Fetching the alerts…'
                : 'No alerts so far; new ones appear here by themselves.'}
          </p>
        )}
      </div>
      {passing.length > SHOWN && <p className="quiet small">The newest {SHOWN} are listed.</p>}
    </section>
  );
}

function fixed(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '–';
}
