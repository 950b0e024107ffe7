import { expect, test } from 'vitest';
import { formatSeconds, jsonView, liveView, plainView, type ProgressEvent, type ProgressSink } from './progress.ts';
import type { QuantumResult } from './result.ts';

const result = (label: string, status: QuantumResult['status']): QuantumResult => ({
  quantum: 1,
  label,
  dataId: { visit: 2 },
  attempt: 1,
  status,
  error: status === 'failed' ? { code: 'x.y', message: 'it broke', fault: 'data', retryable: false } : null,
  startedMs: 0,
  endedMs: 1000,
  cpuSec: 1,
  memoryMib: 10,
  worker: 'w',
  inputs: [],
  outputs: [],
  metadata: null,
});
const EVENTS: readonly ProgressEvent[] = [
  { kind: 'start', total: 4, resumed: 1, tasks: [{ label: 'isr', count: 2, resumed: 0 }, { label: 'coadd', count: 2, resumed: 1 }] },
  { kind: 'begin', quantum: 1, label: 'isr', attempt: 1 },
  { kind: 'finish', result: result('isr', 'success'), running: 1 },
  { kind: 'retry', result: result('isr', 'failed') },
  { kind: 'finish', result: result('isr', 'failed'), running: 0 },
  { kind: 'finish', result: result('coadd', 'blocked'), running: 0 },
  { kind: 'end', counts: { success: 2, 'no-work': 0, unprocessable: 0, partial: 0, failed: 1, blocked: 1 }, interrupted: false, wallSec: 3 },
]; // prettier-ignore

function show(
  make: (sink: ProgressSink, options: { clock: () => number; everyMs: number }) => { show: (event: ProgressEvent) => void },
): string {
  let text = '';
  let now = 0;
  const view = make({ write: (more) => void (text += more), columns: 100 }, { clock: () => (now += 500), everyMs: 0 });
  for (const event of EVENTS) view.show(event);
  return text;
}

test('plain lines tell counts, rate, time left and each failure', () => {
  const text = show(plainView);
  expect(text).toContain('FAILED isr {"visit":2} attempt 1: it broke [x.y]');
  expect(text).toContain('again  isr');
  expect(text.trim().split('\n').at(-1)).toMatch(/^4\/4 quanta \(1 from before\), 1 failed, 1 blocked, finished in/);
});

test('the live view redraws its lines in place, per task', () => {
  const text = show(liveView);
  const last = text.split('\u001b[3A').at(-1) ?? '';
  expect(last.replaceAll('\u001b[2K', '').split('\n').slice(0, 2)).toEqual([
    'isr   ████████████████████           1/2 1 failed, 1 again',
    'coadd ████████████████████           1/2 1 blocked',
  ]);
});

test('the live view tells what runs and waits, at which rate, and how long it will take', () => {
  let text = '';
  let now = 0;
  const view = liveView({ write: (more) => void (text += more), columns: 120 }, { clock: () => now, everyMs: 0 });
  view.show({ kind: 'start', total: 10, resumed: 0, tasks: [{ label: 'isr', count: 10, resumed: 0 }] });
  for (let quantum = 0; quantum < 4; quantum++) view.show({ kind: 'begin', quantum, label: 'isr', attempt: 1 });
  now = 4000;
  for (let k = 0; k < 2; k++) view.show({ kind: 'finish', result: result('isr', 'success'), running: 3 - k });
  const last = text.split('\u001b[2A').at(-1) ?? '';
  expect(last.replaceAll('\u001b[2K', '').split('\n').slice(0, 2)).toEqual([
    'isr  ████░░░░░░░░░░░░░░░░          2/10 2 running, 6 waiting, 0.5/s, 16 s left',
    '2/10 quanta, 2 running, 0.5/s, 16 s left',
  ]);
});

test('JSON lines hold one event each', () => {
  const lines = show((sink) => jsonView(sink))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string });
  expect(lines.map(({ event }) => event)).toEqual(['start', 'begin', 'finish', 'retry', 'finish', 'finish', 'end']);
});

test('seconds read well', () => {
  expect([0.42, 42, 200, 7500].map(formatSeconds)).toEqual(['0.4 s', '42 s', '3 m 20 s', '2 h 5 m']);
});
