import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { RawRejectedError } from '../src/errors.ts';
import type { PreloadReport, RawUnit, UnitOutcome, UnitProcessor } from '../src/index.ts';

export interface FakeOptions {
  /** File that a line is added to for each alert, as a log of alerts that knows its ids. */
  readonly log: string;
  readonly takesMs?: number;
  /** Exposures below were taken long ago. */
  readonly oldBefore?: number;
  /** Raws in the repository, as file names. */
  readonly repository?: string[];
  readonly outcome?: (unit: RawUnit, attempt: number) => Partial<UnitOutcome>;
}

/** A raw named `raw-EXPOSURE-DETECTOR.fits` is of that exposure and detector. */
export function unitOfName(path: string): RawUnit {
  const found = /raw-(\d+)-(\d+)\.fits$/.exec(path);
  if (!found) throw new RawRejectedError(`${path} is no raw`);
  const exposure = Number(found[1]);
  return {
    instrument: 'Cam',
    exposure,
    detector: Number(found[2]),
    group: `g${Math.floor(exposure / 1000)}`,
    observation: `o${exposure}`,
    day: 20260101,
    shutterCloseMs: null,
  };
}

/** Stands in for pixels: two alerts a unit, logged once by their id however often it is asked. */
export function fakeProcessor(
  options: FakeOptions,
): UnitProcessor & { readonly seen: string[]; readonly preloaded: string[]; readonly most: () => number } {
  const { log, takesMs = 5, repository = [], oldBefore = 0 } = options;
  const [seen, preloaded]: [string[], string[]] = [[], []];
  const attempts = new Map<number, number>();
  let [running, most] = [0, 0];
  return {
    seen,
    preloaded,
    most: () => most,
    detectorsOf: () => Promise.resolve([0, 1]),
    ingest(path) {
      const unit = unitOfName(path);
      if (!repository.includes(basename(path))) repository.push(basename(path));
      return Promise.resolve([unit.exposure < oldBefore ? { ...unit, shutterCloseMs: 0 } : unit]);
    },
    preload(visit, detector): Promise<PreloadReport> {
      preloaded.push(`${visit.groupId}/${detector}`);
      return Promise.resolve({ datasets: { bias: 1 }, bytes: 100, objects: 1, sources: 2 });
    },
    async process(unit, { onStage, signal }) {
      const startedMs = Date.now();
      const attempt = (attempts.get(unit.exposure) ?? 0) + 1;
      attempts.set(unit.exposure, attempt);
      seen.push(`${unit.exposure}/${unit.detector}`);
      most = Math.max(most, ++running);
      try {
        for (const n of [0, 1]) {
          await new Promise((resolve) => setTimeout(resolve, takesMs / 2));
          signal.throwIfAborted();
          const id = `${unit.exposure}-${unit.detector}-${n}`;
          const before = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
          if (!before.includes(id)) appendFileSync(log, `${id}\n`);
        }
      } finally {
        running--;
      }
      const finishedMs = Date.now();
      onStage({ stage: 'all', startedMs, endedMs: finishedMs });
      return {
        state: 'done',
        plan: 'full',
        fallbacks: [],
        run: 'r',
        alerts: 2,
        finishedMs,
        error: null,
        ...options.outcome?.(unit, attempt),
      };
    },
    backlog: () => Promise.resolve(repository.map(unitOfName).toSorted((a, b) => b.exposure - a.exposure)),
    close: () => Promise.resolve(),
  };
}
