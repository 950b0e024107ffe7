/** A client of the TAP benchmarks: the server in a process of its own, connections that are kept, times and memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';

export interface Answer {
  /** Seconds until the end, and until the first byte of the rows. */
  readonly all: number;
  readonly first: number;
  readonly bytes: number;
}

export interface TapServer {
  readonly base: string;
  readonly ask: (query: string, format?: string, signal?: AbortSignal) => Promise<Answer>;
  /** CPU time of the server [s], and memory now and at its highest [MB]. */
  usage(): { readonly cpuSec: number; readonly rssMb: number; readonly peakMb: number };
  close(): Promise<void>;
}

/** Clock ticks a second of the times that the system shows. */
const TICKS = 100;

export async function startTapServer(archive: string, folder: string): Promise<TapServer> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'serve-archive.ts'), archive, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const base = `${line.toString().trim()}/tap`;
  const agent = new Agent({ keepAlive: true });
  const ask = (query: string, format = 'votable', signal?: AbortSignal): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const start = performance.now();
      const body = new URLSearchParams({ LANG: 'ADQL', FORMAT: format, QUERY: query }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) };
      const call = request(`${base}/sync`, { method: 'POST', agent, headers, ...(signal ? { signal } : {}) }, (response) => {
        let first = 0;
        let bytes = 0;
        response.on('data', (part: Buffer) => {
          first ||= performance.now() - start;
          bytes += part.length;
        });
        response.on('error', reject);
        response.on('end', () => {
          const all = (performance.now() - start) / 1000;
          if (response.statusCode === 200) resolve({ all, first: first / 1000, bytes });
          else reject(new Error(`status ${response.statusCode} of ${query}`));
        });
      });
      call.on('error', reject);
      call.end(body);
    });
  const status = (name: string): number =>
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024;
  return {
    base,
    ask,
    usage: () => {
      const times = readFileSync(`/proc/${child.pid}/stat`, 'utf8').replace(/^.*\)/, '').trim().split(' ').slice(11, 13);
      return { cpuSec: times.reduce((sum, text) => sum + Number(text), 0) / TICKS, rssMb: status('VmRSS'), peakMb: status('VmHWM') };
    },
    close: async () => {
      agent.destroy();
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
