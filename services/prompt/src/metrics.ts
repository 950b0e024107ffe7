import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { BUDGET_SEC, type latencyOf, type StageTime, type UnitOutcome, type UnitSource } from './units/unit.ts';

/** Numbers of the daemon, as Prometheus reads them. */
export interface PromptMetrics {
  readonly announced: (isNew: boolean) => void;
  readonly arrived: (source: UnitSource) => void;
  readonly preloaded: (sec: number) => void;
  readonly late: () => void;
  readonly problem: () => void;
  readonly queue: (waiting: { readonly live: number; readonly backlog: number }, running: number) => void;
  readonly ended: (outcome: UnitOutcome, stages: readonly StageTime[], latency: ReturnType<typeof latencyOf>) => void;
}

const SECONDS = [0.1, 0.3, 1, 2, 5, 10, 20, 30, 40, 50, 60, 90, 120, 300];

/** Makes the metrics in a registry. */
export function promptMetrics(registry: Registry): PromptMetrics {
  const registers = [registry];
  const announcements = new Counter({
    name: 'almagest_prompt_announcements_total',
    help: 'Announced visits.',
    labelNames: ['repeated'],
    registers,
  });
  const arrivals = new Counter({
    name: 'almagest_prompt_raws_total',
    help: 'Raws by how they came to be known.',
    labelNames: ['source'],
    registers,
  });
  const ends = new Counter({ name: 'almagest_prompt_units_total', help: 'Detectors of exposures by outcome, pipeline and code.', labelNames: ['state', 'plan', 'code'], registers }); // prettier-ignore
  const fallbacks = new Counter({ name: 'almagest_prompt_fallbacks_total', help: 'Shorter pipelines that were taken, by reason.', labelNames: ['to', 'code'], registers }); // prettier-ignore
  const alerts = new Counter({ name: 'almagest_prompt_alerts_total', help: 'Alerts that were sent.', registers });
  const late = new Counter({
    name: 'almagest_prompt_late_total',
    help: 'Announced detectors whose raw did not come before the deadline.',
    registers,
  });
  const problems = new Counter({
    name: 'almagest_prompt_problems_total',
    help: 'Files, announcements and preloads that could not be used.',
    registers,
  });
  const over = new Counter({ name: 'almagest_prompt_over_budget_total', help: `Units that took longer than ${BUDGET_SEC} s from shutter to alerts.`, registers }); // prettier-ignore
  const latency = new Histogram({ name: 'almagest_prompt_latency_seconds', help: 'From the end of the exposure, or the arrival of the raw, to the alerts.', labelNames: ['from'], buckets: SECONDS, registers }); // prettier-ignore
  const stage = new Histogram({
    name: 'almagest_prompt_stage_seconds',
    help: 'Time of each stage.',
    labelNames: ['stage'],
    buckets: SECONDS,
    registers,
  });
  const preload = new Histogram({ name: 'almagest_prompt_preload_seconds', help: 'Time from an announcement to a loaded detector.', buckets: SECONDS, registers }); // prettier-ignore
  const waiting = new Gauge({ name: 'almagest_prompt_waiting', help: 'Units that wait for a worker.', labelNames: ['kind'], registers });
  const running = new Gauge({ name: 'almagest_prompt_running', help: 'Units that are being processed.', registers });
  return {
    announced: (isNew) => announcements.inc({ repeated: String(!isNew) }),
    arrived: (source) => arrivals.inc({ source }),
    preloaded: (sec) => preload.observe(sec),
    late: () => late.inc(),
    problem: () => problems.inc(),
    queue(waits, runs) {
      waiting.set({ kind: 'live' }, waits.live);
      waiting.set({ kind: 'backlog' }, waits.backlog);
      running.set(runs);
    },
    ended({ state, plan, error, fallbacks: taken, alerts: sent }, stages, took) {
      ends.inc({ state, plan: plan ?? '', code: error?.code ?? '' });
      for (const { to, code } of taken) fallbacks.inc({ to, code });
      alerts.inc(sent);
      for (const each of stages) stage.observe({ stage: each.stage }, (each.endedMs - each.startedMs) / 1000);
      if (!took) return;
      latency.observe({ from: took.from }, took.sec);
      if (took.sec > BUDGET_SEC) over.inc();
    },
  };
}
