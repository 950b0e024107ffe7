import type { QuantumResult, QuantumStatus } from './result.ts';

/** What a run tells those who watch it. */
export type ProgressEvent =
  | {
      readonly kind: 'start';
      readonly total: number;
      readonly resumed: number;
      /** With the quanta of each that earlier sessions had done. */
      readonly tasks: readonly { readonly label: string; readonly count: number; readonly resumed: number }[];
    }
  | { readonly kind: 'begin'; readonly quantum: number; readonly label: string; readonly attempt: number }
  | { readonly kind: 'finish'; readonly result: QuantumResult; readonly running: number }
  | { readonly kind: 'retry'; readonly result: QuantumResult }
  | {
      readonly kind: 'end';
      readonly counts: Readonly<Record<QuantumStatus, number>>;
      readonly interrupted: boolean;
      readonly wallSec: number;
    };

/** Where a view writes to. */
export interface ProgressSink {
  readonly write: (text: string) => void;
  /** Width in characters; a live view is cut to it. */
  readonly columns: number;
}

export interface ProgressView {
  readonly show: (event: ProgressEvent) => void;
}

export interface ProgressOptions {
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  /** Shortest time between two updates. */
  readonly everyMs: number;
}

interface TaskState {
  readonly label: string;
  readonly count: number;
  readonly resumed: number;
  running: number;
  /** When its first quantum began [ms]; NaN before. */
  startMs: number;
  done: number;
  failed: number;
  blocked: number;
  retried: number;
}

/** One block of lines, redrawn in place: per task done, running, waiting, failed, rate and time left. For terminals. */
export function liveView(sink: ProgressSink, { clock, everyMs }: ProgressOptions): ProgressView {
  const state = tracker(clock);
  let drawn = 0;
  let last = -Infinity;
  const draw = (): void => {
    const lines = state.lines().map((line) => line.slice(0, Math.max(20, sink.columns - 1)));
    const up = drawn > 0 ? `\u001b[${drawn}A` : '';
    sink.write(`${up}${lines.map((line) => `\u001b[2K${line}\n`).join('')}`);
    drawn = lines.length;
    last = clock();
  };
  return {
    show(event) {
      state.note(event);
      const failure = failureLine(event);
      if (failure !== undefined && drawn > 0) {
        sink.write(`\u001b[${drawn}A\u001b[J${failure}\n`);
        drawn = 0;
        draw();
      } else if (event.kind === 'end' || clock() - last >= everyMs) draw();
    },
  };
}

/** A line now and then, and one for each failure. For logs. */
export function plainView(sink: ProgressSink, { clock, everyMs }: ProgressOptions): ProgressView {
  const state = tracker(clock);
  let last = -Infinity;
  return {
    show(event) {
      state.note(event);
      const failure = failureLine(event);
      if (failure !== undefined) sink.write(`${failure}\n`);
      if (event.kind !== 'end' && clock() - last < everyMs) return;
      last = clock();
      sink.write(`${state.summary()}\n`);
    },
  };
}

/** Every event as one line of JSON. For programs. */
export function jsonView(sink: ProgressSink): ProgressView {
  return {
    show(event) {
      if (event.kind === 'finish' || event.kind === 'retry') {
        const { quantum, label, dataId, attempt, status, error, startedMs, endedMs, cpuSec, memoryMib } = event.result;
        sink.write(
          `${JSON.stringify({ event: event.kind, quantum, label, dataId, attempt, status, error, startedMs, endedMs, cpuSec, memoryMib })}\n`,
        );
      } else {
        const { kind, ...rest } = event;
        sink.write(`${JSON.stringify({ event: kind, ...rest })}\n`);
      }
    },
  };
}

function failureLine(event: ProgressEvent): string | undefined {
  if (event.kind !== 'finish' && event.kind !== 'retry') return undefined;
  const { label, dataId, status, error, attempt } = event.result;
  if (status !== 'failed') return undefined;
  return `${event.kind === 'retry' ? 'again ' : 'FAILED'} ${label} ${JSON.stringify(dataId)} attempt ${attempt}: ${error?.message ?? ''} [${error?.code ?? ''}]`;
}

function tracker(clock: () => number): {
  readonly note: (event: ProgressEvent) => void;
  readonly lines: () => readonly string[];
  readonly summary: () => string;
} {
  const tasks = new Map<string, TaskState>();
  let startMs = clock();
  let [total, done, resumed, running] = [0, 0, 0, 0];
  let ended = '';
  const elapsedSec = (): number => Math.max(1e-3, (clock() - startMs) / 1e3);
  const note = (event: ProgressEvent): void => {
    if (event.kind === 'start') {
      startMs = clock();
      ({ total, resumed } = event);
      done = resumed;
      for (const { label, count, resumed: before } of event.tasks)
        tasks.set(label, {
          label,
          count,
          resumed: before,
          running: 0,
          startMs: Number.NaN,
          done: before,
          failed: 0,
          blocked: 0,
          retried: 0,
        });
    } else if (event.kind === 'end') {
      ended = event.interrupted ? ' interrupted' : ' finished';
      running = 0;
      for (const task of tasks.values()) task.running = 0;
    } else if (event.kind === 'begin') {
      const task = tasks.get(event.label);
      if (!task) return;
      task.running++;
      if (Number.isNaN(task.startMs)) task.startMs = clock();
    } else {
      const task = tasks.get(event.result.label);
      if (!task) return;
      if (event.result.status !== 'blocked') task.running = Math.max(0, task.running - 1);
      if (event.kind === 'retry') return void task.retried++;
      ({ running } = event);
      done++;
      if (event.result.status === 'failed') task.failed++;
      else if (event.result.status === 'blocked') task.blocked++;
      else task.done++;
    }
  };
  const summary = (): string => {
    const rate = (done - resumed) / elapsedSec();
    const left = rate > 0 ? formatSeconds((total - done) / rate) : '?';
    const failed = [...tasks.values()].reduce((sum, task) => sum + task.failed, 0);
    const blocked = [...tasks.values()].reduce((sum, task) => sum + task.blocked, 0);
    const bad = failed + blocked > 0 ? `, ${failed} failed, ${blocked} blocked` : '';
    const rest = ended === '' ? `, ${running} running, ${rate.toFixed(1)}/s, ${left} left` : `,${ended} in ${formatSeconds(elapsedSec())}`;
    return `${done}/${total} quanta${resumed > 0 ? ` (${resumed} from before)` : ''}${bad}${rest}`;
  };
  const lines = (): readonly string[] => {
    const width = Math.max(4, ...[...tasks.keys()].map(({ length }) => length));
    const rows = [...tasks.values()].map((task) => {
      const { label, count, done: ok, failed, blocked } = task;
      const filled = Math.round((20 * (ok + failed + blocked)) / Math.max(1, count));
      return `${label.padEnd(width)} ${'█'.repeat(filled)}${'░'.repeat(20 - filled)} ${`${ok}/${count}`.padStart(13)} ${notesOf(task)}`.trimEnd();
    });
    return [...rows, summary()];
  };
  const notesOf = ({ count, resumed: before, done: ok, failed, blocked, retried, running: now, startMs: since }: TaskState): string => {
    const ran = ok + failed - before;
    const waiting = count - before - ran - blocked - now;
    const rate = ran / Math.max(1e-3, (clock() - since) / 1e3);
    const left = ended === '' && ran > 0 && waiting + now > 0;
    return [
      failed > 0 ? `${failed} failed` : '',
      blocked > 0 ? `${blocked} blocked` : '',
      retried > 0 ? `${retried} again` : '',
      now > 0 ? `${now} running` : '',
      waiting > 0 ? `${waiting} waiting` : '',
      left ? `${rate.toFixed(1)}/s, ${formatSeconds((waiting + now) / rate)} left` : '',
    ]
      .filter(Boolean)
      .join(', ');
  };
  return { note, lines, summary };
}

/** `5 s`, `3 m 20 s`, `2 h 5 m`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} m ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}
