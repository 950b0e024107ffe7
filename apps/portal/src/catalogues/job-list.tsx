import { type ReactElement, useCallback, useEffect, useState } from 'react';
import { abortJob, deleteJob, getJob, isEnded, listJobs, type TapJob } from '../services/tap-client.ts';

interface JobListProps {
  /** Changes when a job was added elsewhere. */
  readonly changed: number;
  readonly onOpen: (id: string, query: string) => void;
}

const MOST = 6;

/** The reader's jobs with what they have done so far; a running one can be stopped. */
export function JobList({ changed, onOpen }: JobListProps): ReactElement | null {
  const [jobs, setJobs] = useState<readonly TapJob[]>([]);
  const refresh = useCallback(async (signal?: AbortSignal): Promise<void> => {
    try {
      const options = signal ? { signal } : {};
      const listed = (await listJobs(signal)).toSorted((a, b) => b.createdAt.localeCompare(a.createdAt)).slice(0, MOST);
      setJobs(await Promise.all(listed.map((job) => getJob(job.id, options))));
    } catch {
      // The query field tells when the service is away; the list keeps what it had.
    }
  }, []);
  const isBusy = jobs.some((job) => !isEnded(job));
  useEffect(() => {
    const controller = new AbortController();
    void refresh(controller.signal);
    const timer = isBusy ? setInterval(() => void refresh(controller.signal), 1000) : undefined;
    return () => {
      controller.abort();
      clearInterval(timer);
    };
  }, [changed, isBusy, refresh]);
  if (jobs.length === 0) return null;
  const change = (work: Promise<void>): void => void work.catch(() => undefined).then(() => refresh());
  return (
    <section className="card pad stack" aria-labelledby="jobs">
      <h2 id="jobs">Jobs</h2>
      <ul className="lines">
        {jobs.map((job) => (
          <li key={job.id}>
            <div className="row tight">
              <span className={`tag ${tagOf(job.phase)}`}>{job.phase.toLowerCase()}</span>
              <span className="quiet small grow">{progressOf(job)}</span>
              {job.hasResult && (
                <button
                  type="button"
                  className="tiny"
                  aria-label={`Open the result of ${job.query}`}
                  onClick={() => onOpen(job.id, job.query)}
                >
                  Open
                </button>
              )}
              {isEnded(job) ? (
                <button type="button" className="tiny" aria-label={`Delete the job ${job.query}`} onClick={() => change(deleteJob(job.id))}>
                  Delete
                </button>
              ) : (
                <button type="button" className="tiny" aria-label={`Abort the job ${job.query}`} onClick={() => change(abortJob(job.id))}>
                  Abort
                </button>
              )}
            </div>
            <code className="one-line" title={job.query}>
              {job.query}
            </code>
            {job.error !== undefined && <span className="small bad-text">{job.error}</span>}
            {!isEnded(job) && <progress aria-label="Running" />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function tagOf(phase: string): string {
  if (phase === 'COMPLETED') return 'good';
  if (phase === 'ERROR') return 'bad';
  return phase === 'EXECUTING' || phase === 'QUEUED' ? 'busy' : '';
}

function progressOf({ rows, bytes }: TapJob): string {
  if (rows === undefined) return '';
  const size = bytes === undefined ? '' : `, ${bytes > 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1000)} kB`}`;
  return `${rows.toLocaleString('en')} rows${size}`;
}
