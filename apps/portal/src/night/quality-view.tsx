import type { ReactElement } from 'react';
import { getQuality, type Quality, type Requirement, type Trend } from '../services/quality-client.ts';
import { useLoaded } from '../services/use-loaded.ts';

/** Metrics over the runs of the survey, and the requirements that they verify. */
export function QualityView(): ReactElement {
  const quality = useLoaded('quality', getQuality);
  if (quality.state === 'waiting') return <p className="quiet waiting">Reading the reports…</p>;
  if (quality.state !== 'ready' || quality.value.trends.length === 0)
    return (
      <section className="notice">
        <h2>No report of metrics yet</h2>
        <p>
          {quality.state === 'failed'
            ? quality.message
            : 'Reports are in the folder “reports” of the survey. Make one with “almagest metrics report”, or run the demonstration.'}
        </p>
      </section>
    );
  return (
    <>
      <Trends quality={quality.value} />
      <Matrix rows={quality.value.matrix} />
    </>
  );
}

function Trends({ quality: { trends, runs } }: { readonly quality: Quality }): ReactElement {
  const measured = trends.filter(({ points }) => points.some(({ value }) => value !== null));
  return (
    <section className="stack" aria-labelledby="trends">
      <h2 id="trends">
        Metrics of {runs.length} {runs.length === 1 ? 'report' : 'reports'}
      </h2>
      <div className="card scroll-x" tabIndex={0} role="region" aria-label="Table of metrics and their trends">
        <table className="plain">
          <thead>
            <tr>
              <th>Metric</th>
              <th>Band</th>
              <th className="right">Last</th>
              <th className="right">Design</th>
              <th>Level reached</th>
              <th>Over the reports</th>
              <th className="right">Change</th>
            </tr>
          </thead>
          <tbody>
            {measured.map((trend) => (
              <TrendRow key={`${trend.name} ${trend.band ?? ''}`} trend={trend} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function TrendRow({ trend }: { readonly trend: Trend }): ReactElement {
  const { name, band, unit, points, change, last } = trend;
  const design = last.thresholds['design'];
  return (
    <tr>
      <td>{name}</td>
      <td>{band}</td>
      <td className="number right nowrap">{last.value === null ? '–' : `${Number(last.value.toPrecision(4))} ${unit}`}</td>
      <td className="number right">{design === undefined ? '' : Array.isArray(design) ? design.join(' to ') : String(design)}</td>
      <td>{last.verdict !== 'none' && <span className={`tag ${last.verdict === 'fails' ? 'bad' : 'good'}`}>{last.verdict}</span>}</td>
      <td>
        <Spark
          points={points.map(({ value }) => value)}
          limit={typeof design === 'number' ? design : undefined}
          label={`${name} ${band ?? ''}`}
        />
      </td>
      <td className="number right">{change === null ? '' : `${change > 0 ? '+' : ''}${(100 * change).toFixed(1)} %`}</td>
    </tr>
  );
}

const WIDTH = 140;
const HEIGHT = 28;

/** Values over time as a small line, with the limit as a dashed one. */
function Spark({
  points,
  limit,
  label,
}: {
  readonly points: readonly (number | null)[];
  readonly limit: number | undefined;
  readonly label: string;
}): ReactElement {
  const values = points.flatMap((value) => value ?? []);
  const all = limit === undefined ? values : [...values, limit];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const x = (i: number): number => (points.length < 2 ? WIDTH / 2 : 4 + (i * (WIDTH - 8)) / (points.length - 1));
  const y = (value: number): number => (high === low ? HEIGHT / 2 : HEIGHT - 5 - ((value - low) * (HEIGHT - 10)) / (high - low));
  const path = points.flatMap((value, i) => (value === null ? [] : [`${x(i).toFixed(1)},${y(value).toFixed(1)}`]));
  return (
    <svg
      className="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={`${label} over ${values.length} reports`}
    >
      {limit !== undefined && <line className="limit" x1="0" x2={WIDTH} y1={y(limit)} y2={y(limit)} />}
      <polyline points={path.join(' ')} />
      {path.map((point) => {
        const [cx, cy] = point.split(',');
        return <circle key={point} cx={cx} cy={cy} r="2.5" />;
      })}
    </svg>
  );
}

function Matrix({ rows }: { readonly rows: readonly Requirement[] }): ReactElement | null {
  if (rows.length === 0) return null;
  const count = (result: Requirement['result']): number => rows.filter((row) => row.result === result).length;
  return (
    <section className="stack" aria-labelledby="matrix">
      <h2 id="matrix">Verification matrix</h2>
      <p className="quiet small">
        Requirements by what this survey measured: {count('passed')} met, {count('failed')} not met, {count('unknown')} that want other data
        or the test suite.
      </p>
      <div className="card scroll-x" tabIndex={0} role="region" aria-label="Table of requirements">
        <table className="plain">
          <thead>
            <tr>
              <th>Requirement</th>
              <th>What it asks</th>
              <th>Result</th>
              <th>Evidence</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ id, title, result, evidence }) => (
              <tr key={id}>
                <td className="number nowrap">{id}</td>
                <td className="wide">{title}</td>
                <td>
                  <span className={`tag ${result === 'passed' ? 'good' : result === 'failed' ? 'bad' : ''}`}>{result}</span>
                </td>
                <td className="wide small">
                  <ul className="bare">
                    {evidence.map((each) => (
                      <li key={each.text} className={each.result === 'failed' ? 'bad-text' : each.result === 'unknown' ? 'quiet' : ''}>
                        {each.text}
                      </li>
                    ))}
                  </ul>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
