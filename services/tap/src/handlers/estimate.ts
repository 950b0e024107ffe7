import { requireScope } from '@almagest/auth';
import type { FastifyRequest } from 'fastify';
import { readQuery } from '../services/query-parameters.ts';
import type { TapContext } from './context.ts';
import { readRequest } from './request.ts';

/** What a query would take: tables with rows, files and bytes, rows of the result, time and lane. Nothing is run. */
export async function estimate(context: TapContext, request: FastifyRequest): Promise<object> {
  const { parameters, identity } = await readRequest(request, context.authenticate);
  requireScope(identity, 'exec:query');
  const { adql, maxRows } = readQuery(parameters, context.limits);
  const prepared = await context.queries.prepare({ adql, maxRows, identity });
  const { tables, seconds, lane } = prepared.estimate;
  const sum = (key: 'rows' | 'files' | 'bytes'): number => tables.reduce((total, table) => total + table[key], 0);
  return {
    rows: await prepared.expectedRows(),
    rowsRead: sum('rows'),
    files: sum('files'),
    bytes: sum('bytes'),
    seconds,
    lane,
    tables,
    waiting: context.jobs.lanes.load()[lane].waiting,
  };
}
