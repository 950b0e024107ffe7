import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { BatchSystem, JobRequest, JobState, JobStatus } from './batch-system.ts';
import { BatchSystemError } from './errors.ts';

const execute = promisify(execFile);

/** Slurm's job states in our words; https://slurm.schedmd.com/squeue.html, section "JOB STATE CODES". */
const STATES: Readonly<Record<string, JobState>> = {
  PENDING: 'pending',
  CONFIGURING: 'pending',
  REQUEUED: 'pending',
  REQUEUE_HOLD: 'held',
  SPECIAL_EXIT: 'held',
  RESV_DEL_HOLD: 'held',
  RUNNING: 'running',
  COMPLETING: 'running',
  SUSPENDED: 'running',
  STOPPED: 'running',
  COMPLETED: 'succeeded',
  FAILED: 'failed',
  BOOT_FAIL: 'failed',
  DEADLINE: 'failed',
  OUT_OF_MEMORY: 'out-of-memory',
  TIMEOUT: 'timed-out',
  NODE_FAIL: 'node-failed',
  PREEMPTED: 'node-failed',
  CANCELLED: 'cancelled',
  REVOKED: 'cancelled',
};

/** Reasons for which a pending job does not start by itself. */
const HELD = /^(JobHeld|DependencyNeverSatisfied|launch failed|AssocMaxJobsLimit|BadConstraints|PartitionNodeLimit|ReqNodeNotAvail)/;

export interface SlurmOptions {
  /** Environment of the commands; SLURM_CONF chooses the cluster. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Slurm through its own commands: sbatch, scontrol, scancel. */
export function slurm(options: SlurmOptions = {}): BatchSystem {
  const run = async (program: string, args: readonly string[]): Promise<string> => {
    try {
      return (await execute(program, args, { env: { ...process.env, ...options.env }, maxBuffer: 2 ** 28 })).stdout;
    } catch (cause) {
      const { stderr = '', code } = cause as { readonly stderr?: string; readonly code?: string };
      const said = code === 'ENOENT' ? `${program} is not installed` : stderr.trim();
      throw new BatchSystemError(`${program}: ${said}`, { cause });
    }
  };
  return {
    name: 'slurm',
    async submit(job) {
      const said = await run('sbatch', sbatchArguments(job));
      const id = /^(\d+)/.exec(said.trim())?.[1];
      if (id === undefined) throw new BatchSystemError(`sbatch gave no job number; it said "${said.trim()}"`);
      return id;
    },
    async query(ids) {
      if (ids.length === 0) return new Map();
      const wanted = new Set(ids);
      const said = await run('scontrol', ['--oneliner', '--all', 'show', 'jobs']);
      const found = said
        .split('\n')
        .map(parseJob)
        .filter((job) => job !== undefined);
      return new Map(found.filter(([id]) => wanted.has(id)));
    },
    async cancel(ids) {
      for (let i = 0; i < ids.length; i += 500)
        // oxlint-disable-next-line no-await-in-loop -- the controller takes one request at a time
        await run('scancel', ids.slice(i, i + 500));
    },
  };
}

function sbatchArguments(job: JobRequest): readonly string[] {
  const { name, command, workDir, outputPath, cores, memoryMib, walltimeSec, after, extra } = job;
  return [
    '--parsable',
    '--requeue',
    `--job-name=${name}`,
    `--chdir=${workDir}`,
    `--output=${outputPath}`,
    '--open-mode=append',
    '--ntasks=1',
    `--cpus-per-task=${cores}`,
    `--mem=${memoryMib}M`,
    ...(walltimeSec > 0 ? [`--time=${Math.max(1, Math.ceil(walltimeSec / 60))}`] : []),
    ...(after.length > 0 ? [`--dependency=afterany:${after.join(':')}`] : []),
    ...extra,
    `--wrap=exec ${command.map(quote).join(' ')}`,
  ];
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Reads one line of `scontrol --oneliner show jobs`. */
export function parseJob(line: string): readonly [string, JobStatus] | undefined {
  const fields = new Map([...line.matchAll(/(\w+(?:\/\w+)?(?::\w+)*)=(\S*)/g)].map((match) => [match[1] ?? '', match[2] ?? '']));
  const id = fields.get('JobId');
  if (id === undefined) return undefined;
  const word = fields.get('JobState') ?? '';
  const reason = fields.get('Reason') ?? '';
  const state = STATES[word] ?? 'unknown';
  const held = state === 'pending' && HELD.test(reason);
  const memory = /^(\d+)([KMGT]?)/.exec(fields.get('MinMemoryNode') ?? '');
  return [
    id,
    {
      state: held ? 'held' : state,
      reason: reason === 'None' ? '' : reason,
      node: fields.get('NodeList')?.replace('(null)', '') ?? '',
      elapsedSec: parseDuration(fields.get('RunTime') ?? ''),
      memoryMib: memory
        ? Number(memory[1]) * { K: 1 / 1024, '': 1, M: 1, G: 1024, T: 1024 ** 2 }[memory[2] as 'K' | '' | 'M' | 'G' | 'T']
        : 0,
      restarts: Number(fields.get('Restarts') ?? 0),
    },
  ];
}

/** Seconds of Slurm's `days-hours:minutes:seconds`. */
export function parseDuration(text: string): number {
  const match = /^(?:(\d+)-)?(\d+):(\d+):(\d+)$/.exec(text);
  if (!match) return 0;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
}
