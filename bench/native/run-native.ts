/**
 * Native references of the kernel benchmarks: C compiled at run time with the machine's own compiler and all its SIMD.
 * The C is written for these benchmarks: the same algorithm in the form that compilers vectorize best.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Compiles and runs a C program that prints one JSON object; undefined where there is no gcc. */
export function runNative(source: string, libraries: readonly string[] = []): Record<string, number> | undefined {
  if (spawnSync('gcc', ['--version']).status !== 0) return undefined;
  const dir = mkdtempSync(join(tmpdir(), 'almagest-bench-'));
  try {
    writeFileSync(join(dir, 'bench.c'), source);
    const flags = ['-O3', '-march=native', '-ffast-math', 'bench.c', '-o', 'bench', ...libraries, '-lm'];
    const built = spawnSync('gcc', flags, { cwd: dir, encoding: 'utf8' });
    if (built.status !== 0) return undefined;
    const run = spawnSync(join(dir, 'bench'), { encoding: 'utf8' });
    return run.status === 0 ? (JSON.parse(run.stdout) as Record<string, number>) : undefined;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * Minimum seconds of several runs, by processor time, as the C programs measure too: on a busy machine that
 * says what the code costs. With several threads the clock on the wall is meant.
 */
export function minimumSeconds(repetitions: number, body: () => void, threads: number = 1): number {
  let best = Number.POSITIVE_INFINITY;
  for (let k = 0; k < repetitions; k++) {
    const start = secondsNow(threads);
    body();
    best = Math.min(best, secondsNow(threads) - start);
  }
  return best;
}

function secondsNow(threads: number): number {
  if (threads > 1) return performance.now() / 1000;
  // Of the process: the system keeps that of a single thread by its ticks only.
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Prints one line of the benchmark protocol. */
export function printRatio(line: {
  bench: string;
  ours: number;
  peer: string;
  peerSeconds: number | undefined;
  target?: number | undefined;
}): void {
  const { bench, ours, peer, peerSeconds, target } = line;
  const measured = { bench, ours_s: Number(ours.toFixed(4)), peer, ...(target === undefined ? {} : { target }) };
  if (peerSeconds === undefined) console.log(JSON.stringify({ ...measured, skipped: `${peer} is not installed` }));
  else console.log(JSON.stringify({ ...measured, peer_s: peerSeconds, ratio: Number((ours / peerSeconds).toFixed(3)) }));
}

/** Start of every C program: the clock, the test image and the measuring loop. */
export const NATIVE_PRELUDE: string = `
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <time.h>
#include <stdint.h>
static double now(void){struct timespec t;clock_gettime(CLOCK_THREAD_CPUTIME_ID,&t);return t.tv_sec+1e-9*t.tv_nsec;}
#define N 4096
static float *plane(void){float*p=aligned_alloc(64,sizeof(float)*N*(size_t)N);memset(p,0,sizeof(float)*N*(size_t)N);return p;}
static float *testImage(void){float*p=plane();uint32_t s=1;for(size_t i=0;i<(size_t)N*N;i++){s=s*1664525u+1013904223u;p[i]=1000+30*((s>>8)*(1.0f/8388608)-1);}return p;}
#define MEASURE(name,reps,body) {double best=1e9;for(int r_=0;r_<reps;r_++){double t_=now();body;t_=now()-t_;if(t_<best)best=t_;}printf("%s\\"" name "\\":%.6f",comma,best);comma=",";}
static const char*comma="{";
`;
