import { type ReactElement, useMemo } from 'react';
import { hrefOf, note, useAddress } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { getNight, listNights, type Night, type NightVisit } from '../services/night-client.ts';
import { formatMjd } from '../services/sky-text.ts';
import { type Loaded, useLoaded } from '../services/use-loaded.ts';
import { PromptStages } from './prompt-stages.tsx';
import { ProvenanceView } from './provenance-view.tsx';
import { QualityView } from './quality-view.tsx';
import { Timeline } from './timeline.tsx';

/** Longest time from the end of an exposure to its alerts that the survey is designed for [s]. */
const LATENCY_GOAL_SEC = 60;

export function NightPanel(): ReactElement {
  const { parameters } = useAddress();
  const nights = useLoaded('nights', listNights);
  const chosen = Number(parameters.get('day') ?? nights.value?.[0]?.day ?? Number.NaN);
  const night = useLoaded(Number.isFinite(chosen) ? `night ${chosen}` : undefined, (signal) => getNight(chosen, signal));
  const part = PARTS.find(([name]) => name === parameters.get('part'))?.[0] ?? 'visits';
  if (nights.state === 'waiting') return <p className="quiet waiting">Looking for nights…</p>;
  if (nights.state !== 'ready' || nights.value.length === 0)
    return (
      <section className="notice">
        <h1>No night so far</h1>
        <p>
          {nights.state === 'failed'
            ? nights.message
            : 'Once a repository has visits, this is where they are followed from the shutter to the alerts. Ingest raw frames with “almagest ingest”.'}
        </p>
      </section>
    );
  return (
    <>
      <header>
        <h1 className="grow">Night of {dayText(chosen)}</h1>
        <label className="check">
          Night
          <select value={chosen} onChange={(event) => note({ day: event.target.value, visit: undefined })}>
            {nights.value.map(({ day, visits }) => (
              <option key={day} value={day}>
                {dayText(day)}, {visits} visits
              </option>
            ))}
          </select>
        </label>
      </header>
      <div role="tablist" aria-label="Parts of the night">
        {PARTS.map(([name, title]) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`part-${name}`}
            aria-selected={name === part}
            aria-controls="night-part"
            onClick={() => note({ part: name === 'visits' ? undefined : name })}
          >
            {title}
          </button>
        ))}
      </div>
      <div id="night-part" role="tabpanel" aria-labelledby={`part-${part}`} className="stack">
        {part === 'quality' && <QualityView />}
        {part === 'provenance' && <ProvenanceView key={parameters.get('dataset') ?? ''} example={exampleOf(night.value)} />}
        {part === 'visits' && <VisitsPart night={night} />}
      </div>
    </>
  );
}

const PARTS = [
  ['visits', 'Visits'],
  ['quality', 'Quality'],
  ['provenance', 'Provenance'],
] as const;

/** A dataset that the night surely has. */
function exampleOf(night: Night | undefined): string | undefined {
  const [visit] = night?.visits ?? [];
  return visit && `visit_image{visit=${visit.visit}}`;
}

function VisitsPart({ night }: { readonly night: Loaded<Night> }): ReactElement {
  return (
    <>
      {night.state === 'ready' ? (
        <NightView night={night.value} />
      ) : (
        <p className={night.state === 'waiting' ? 'quiet' : 'notice bad'}>
          {night.state === 'waiting' ? 'Opening the night…' : night.message}
        </p>
      )}
    </>
  );
}

const dayText = (day: number): string => (Number.isFinite(day) ? String(day).replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3') : '');

function NightView({ night }: { readonly night: Night }): ReactElement {
  const { visits } = night;
  const failed = visits.filter((visit) => visit.failures.length > 0);
  const latencies = visits.flatMap((visit) => visit.latencySec ?? []).toSorted((a, b) => a - b);
  const late = latencies.filter((seconds) => seconds > LATENCY_GOAL_SEC).length;
  const open = visits.reduce((sum, visit) => sum + (visit.exposureSec ?? 0), 0);
  const tiles: readonly (readonly [string, string, string])[] = [
    ['Visits', String(visits.length), [...new Set(visits.flatMap((visit) => visit.band ?? []))].toSorted().join(', ')],
    ['Shutter open', `${(open / 60).toFixed(1)} min`, ''],
    ['With failures', String(failed.length), failed.length === 0 ? 'all steps went through' : 'see below'],
    [
      'Median latency',
      latencies.length === 0 ? '–' : `${latencies[Math.floor(latencies.length / 2)]!.toFixed(0)} s`,
      latencies.length === 0 ? 'not processed as it was taken' : `${late} over ${LATENCY_GOAL_SEC} s`,
    ],
  ];
  return (
    <>
      <ul className="tiles">
        {tiles.map(([name, value, more]) => (
          <li key={name} className="card pad">
            <p className="quiet small">{name}</p>
            <p className="figure">{value}</p>
            <p className="quiet small">{more}</p>
          </li>
        ))}
      </ul>
      <section className="card pad stack" aria-labelledby="timeline">
        <h2 id="timeline">Through the night</h2>
        <Timeline visits={visits} goalSec={LATENCY_GOAL_SEC} />
      </section>
      <PromptStages visits={visits} goalSec={LATENCY_GOAL_SEC} />
      <VisitTable night={night} />
      {night.metrics.length > 0 && <Metrics night={night} />}
    </>
  );
}

function VisitTable({ night: { visits } }: { readonly night: Night }): ReactElement {
  const tasks = useMemo(() => [...new Set(visits.flatMap((visit) => visit.steps.map((step) => step.task)))], [visits]);
  return (
    <section className="stack" aria-labelledby="visits">
      <h2 id="visits">Visits</h2>
      <div className="card scroll-x" tabIndex={0} role="region" aria-label="Table of visits">
        <table className="plain">
          <thead>
            <tr>
              <th>Visit</th>
              <th>Begin (TAI)</th>
              <th>Band</th>
              <th>Target</th>
              <th className="right">Exposure</th>
              {tasks.map((task) => (
                <th key={task}>{task}</th>
              ))}
              <th className="right">Latency</th>
            </tr>
          </thead>
          <tbody>
            {visits.map((visit) => (
              <VisitRow key={visit.visit} visit={visit} tasks={tasks} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function VisitRow({ visit, tasks }: { readonly visit: NightVisit; readonly tasks: readonly string[] }): ReactElement {
  return (
    <>
      <tr>
        <td className="number">
          <Link href={hrefOf('night', { part: 'provenance', dataset: `raw{exposure=${visit.visit}}`, way: 'from' })}>{visit.visit}</Link>
        </td>
        <td className="number nowrap">{visit.beginMjdTai === null ? '' : formatMjd(visit.beginMjdTai)}</td>
        <td>{visit.band}</td>
        <td className="nowrap">{visit.target}</td>
        <td className="number right">{visit.exposureSec === null ? '' : `${visit.exposureSec} s`}</td>
        {tasks.map((task) => {
          const step = visit.steps.find((each) => each.task === task);
          return (
            <td key={task}>
              {step === undefined ? (
                <span className="quiet">–</span>
              ) : (
                <span className={`tag ${step.failed > 0 ? 'bad' : 'good'}`}>
                  {step.failed > 0 ? `${step.failed} failed` : `${step.done} done`}
                </span>
              )}
            </td>
          );
        })}
        <td className="number right">{visit.latencySec === null ? '–' : `${visit.latencySec.toFixed(0)} s`}</td>
      </tr>
      {visit.failures.map((failure) => (
        <tr key={`${failure.task} ${JSON.stringify(failure.dataId)}`} className="failure">
          <td />
          <td colSpan={tasks.length + 5} className="small bad-text">
            {failure.task}, detector {failure.dataId['detector'] ?? '–'}: {failure.message}
          </td>
        </tr>
      ))}
    </>
  );
}

function Metrics({ night: { metrics } }: { readonly night: Night }): ReactElement {
  return (
    <section className="stack" aria-labelledby="metrics">
      <h2 id="metrics">Metrics</h2>
      <div className="card scroll-x" tabIndex={0} role="region" aria-label="Table of metrics">
        <table className="plain">
          <thead>
            <tr>
              <th>Metric</th>
              <th>Visit</th>
              <th className="right">Value</th>
            </tr>
          </thead>
          <tbody>
            {metrics.map(({ name, visit, value, unit }) => (
              <tr key={`${name} ${visit}`}>
                <td>{name}</td>
                <td className="number">{visit === null ? '' : <Link href={hrefOf('images')}>{visit}</Link>}</td>
                <td className="number right">
                  {Number(value.toPrecision(5))} {unit}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
