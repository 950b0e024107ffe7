import { type ReactElement, useEffect, useRef, useState, useCallback } from 'react';
import { adqlName, type Catalog } from '@almagest/adql';
import { note, useAddress } from '../routing/address.ts';
import { loadCatalog } from '../services/tap-catalog.ts';
import { getJobResult, type QueryAnswer, runQuery, startJob } from '../services/tap-client.ts';
import { useLoaded } from '../services/use-loaded.ts';
import { AdqlEditor } from './adql-editor.tsx';
import { JobList } from './job-list.tsx';
import { diagnose } from './diagnose.ts';
import { QueryCost } from './query-estimate.tsx';
import { ResultPart } from './result-part.tsx';
import { SearchForm } from './search-form.tsx';
import { TableList } from './table-list.tsx';

const MAX_ROWS = [1000, 10_000, 100_000, 1_000_000] as const;

type Run =
  | { readonly state: 'idle' }
  | { readonly state: 'running'; readonly since: number }
  | { readonly state: 'done'; readonly answer: QueryAnswer; readonly seconds: number; readonly query: string }
  | { readonly state: 'failed'; readonly message: string };

export function CataloguesPanel(): ReactElement {
  const { parameters } = useAddress();
  const catalog = useLoaded('catalog', loadCatalog);
  const [text, setText] = useState(parameters.get('query') ?? '');
  const [run, setRun] = useState<Run>({ state: 'idle' });
  const [jobsChanged, setJobsChanged] = useState(0);
  const stop = useRef<AbortController>(undefined);
  const maxRows = Number(parameters.get('rows') ?? 10_000);

  const attempt = async (query: string, work: (signal: AbortSignal) => Promise<QueryAnswer>): Promise<void> => {
    stop.current?.abort();
    const controller = new AbortController();
    stop.current = controller;
    const since = performance.now();
    setRun({ state: 'running', since });
    try {
      const answer = await work(controller.signal);
      setRun({ state: 'done', answer, seconds: (performance.now() - since) / 1000, query });
    } catch (error) {
      if (stop.current !== controller) return;
      setRun(
        controller.signal.aborted
          ? { state: 'idle' }
          : { state: 'failed', message: error instanceof Error ? error.message : String(error) },
      );
    }
  };
  const runNow = (query: string): void => {
    if (query.trim() === '') return;
    note({ query, run: 1, job: undefined });
    void attempt(query, (signal) => runQuery(query, { maxRows, signal }));
  };
  const openJob = (id: string, query: string): void => {
    note({ job: id, query, run: undefined });
    setText(query);
    void attempt(query, (signal) => getJobResult(id, signal));
  };
  useEffect(() => {
    const [job, query] = [parameters.get('job'), parameters.get('query') ?? ''];
    if (job !== null) openJob(job, query);
    else if (parameters.get('run') !== null) runNow(query);
    return () => stop.current?.abort();
    // Once: later changes of the address come from here.
  }, []);
  const runAsJob = async (): Promise<void> => {
    try {
      await startJob(text, Math.max(maxRows, 1_000_000));
      setJobsChanged((n) => n + 1);
    } catch (error) {
      setRun({ state: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  };

  const known = catalog.state === 'ready' ? catalog.value : undefined;
  const isSound = useCallback((query: string) => known !== undefined && diagnose(query, known) === undefined, [known]);

  if (catalog.state === 'absent')
    return (
      <section className="notice">
        <h1>No catalogues yet</h1>
        <p>
          This server was started without a table service. Ingest a catalogue with “almagest catalog ingest” and start the server again.
        </p>
      </section>
    );
  return (
    <>
      <header>
        <h1>Catalogues</h1>
        <p className="quiet">ADQL over everything that this archive holds. Ctrl+Enter runs, Ctrl+Space offers names.</p>
      </header>
      <div className="beside">
        <section className="stack" aria-label="Query">
          {known && (
            <details
              className="form-fold"
              open={parameters.get('form') !== null}
              onToggle={(event) => note({ form: event.currentTarget.open ? 1 : undefined })}
            >
              <summary>Search form</summary>
              {parameters.get('form') !== null && (
                <SearchForm
                  catalog={known}
                  onQuery={(adql, { run: isWanted }) => {
                    setText(adql);
                    if (isWanted) runNow(adql);
                    else note({ query: adql, run: undefined, job: undefined });
                  }}
                />
              )}
            </details>
          )}
          <AdqlEditor
            value={text}
            catalog={known}
            onChange={(changed) => {
              setText(changed);
              note({ query: changed, run: undefined, job: undefined });
            }}
            onRun={() => runNow(text)}
          />
          <div className="row">
            <button type="button" className="primary" disabled={run.state === 'running'} onClick={() => runNow(text)}>
              Run
            </button>
            {run.state === 'running' && (
              <button type="button" onClick={() => stop.current?.abort()}>
                Stop
              </button>
            )}
            <button type="button" onClick={() => void runAsJob()}>
              Run as a job
            </button>
            <label className="check">
              At most
              <select value={maxRows} onChange={(event) => note({ rows: event.target.value })}>
                {MAX_ROWS.map((rows) => (
                  <option key={rows} value={rows}>
                    {rows.toLocaleString('en')} rows
                  </option>
                ))}
              </select>
            </label>
            <RunState run={run} />
          </div>
          <QueryCost query={text} isSound={isSound} />
          {catalog.state === 'failed' && <p className="notice bad">{catalog.message}</p>}
        </section>
        <aside className="stack">
          <JobList changed={jobsChanged} onOpen={openJob} />
          {known && run.state !== 'done' && <TableList catalog={known} onChoose={(table) => setText(firstQuery(table))} />}
        </aside>
      </div>
      {run.state === 'failed' && (
        <p className="notice bad" role="alert">
          {run.message}
        </p>
      )}
      {run.state === 'done' && <ResultPart key={run.query} answer={run.answer} query={run.query} />}
    </>
  );
}

function RunState({ run }: { readonly run: Run }): ReactElement {
  return (
    <span className="small quiet" role="status">
      {run.state === 'running' && 'Running…'}
      {run.state === 'done' &&
        `${run.answer.table.nrows.toLocaleString('en')} rows in ${run.seconds.toFixed(run.seconds < 1 ? 2 : 1)} s${run.answer.overflowed ? '; there are more' : ''}`}
    </span>
  );
}

function firstQuery({ schema, name, columns }: Catalog['tables'][number]): string {
  const shown = columns.filter((column) => column.hidden !== true).slice(0, 6);
  return `SELECT TOP 1000 ${shown.map((column) => adqlName(column.name)).join(', ')}\nFROM ${adqlName(schema)}.${adqlName(name)}`;
}
