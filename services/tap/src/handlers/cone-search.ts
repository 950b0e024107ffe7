import { DaliParameters, DaliParameterError, errorDocument } from '@almagest/dali';
import { Readable } from 'node:stream';
import { adqlName } from '@almagest/adql';
import { requireScope } from '@almagest/auth';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createSerializer } from '../formats/serializer.ts';
import { qualifiedName, type TapTable } from '../models/tap-table.ts';
import type { TapContext } from './context.ts';
import { publicMessage } from './request.ts';

/** Rows that a cone gives where the client sets no limit. */
const DEFAULT_ROWS = 100_000;
/** Columns up to this verbosity: those of general interest, or all. @see Simple Cone Search 1.03, section 2.1 */
const ALL_VERBOSITY = 3;

/**
 * Mounts `/cone/SCHEMA.TABLE?RA=&DEC=&SR=` over every table with positions.
 *
 * Errors are VOTables with status 200, as the standard has it. @see Simple Cone Search 1.03
 */
export function registerConeSearch(app: FastifyInstance, context: TapContext): void {
  app.get<{ Params: { readonly name: string } }>('/cone/:name', async (request, reply) => {
    try {
      await answerCone(context, request, reply);
    } catch (error) {
      await reply
        .type('text/xml')
        .send(errorDocument(publicMessage(error)).replace('name="QUERY_STATUS" value="ERROR"', 'name="Error" value="cone search failed"'));
    }
  });
}

async function answerCone(
  context: TapContext,
  request: FastifyRequest<{ Params: { readonly name: string } }>,
  reply: FastifyReply,
): Promise<void> {
  const { headers } = request;
  const identity = await context.authenticate({ authorization: headers.authorization, cookie: headers.cookie });
  requireScope(identity, 'exec:query');
  await context.usage?.spend({ identity, address: request.ip }, 'tap');
  const parameters = new DaliParameters(new URL(request.url, 'http://localhost').searchParams);
  const table = context.queries.content.tables.find((each) => qualifiedName(each).toLowerCase() === request.params.name.toLowerCase());
  if (!table?.sky) throw wrong('name', `is no table with positions: ${JSON.stringify(request.params.name.slice(0, 80))}`);
  const [ra, dec, radius] = [numberOf(parameters, 'RA', 0, 360), numberOf(parameters, 'DEC', -90, 90), numberOf(parameters, 'SR', 0, 180)];
  const verbosity = parameters.find('VERB') === undefined ? 2 : numberOf(parameters, 'VERB', 1, 3);
  const maxRows = radius === 0 ? 0 : Math.min(parameters.findCount('MAXREC') ?? DEFAULT_ROWS, context.limits.hardMaxRows);
  const place = `POINT('ICRS', ${adqlName(table.sky.ra)}, ${adqlName(table.sky.dec)})`;
  const adql = `SELECT ${columnsOf(table, verbosity)} FROM ${qualifiedName(table)} WHERE 1 = CONTAINS(${place}, CIRCLE('ICRS', ${ra}, ${dec}, ${radius}))`;
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Error('the client went away'));
  });
  const prepared = await context.queries.prepare({ adql, maxRows, identity });
  const leave = await context.jobs.lanes.enter(prepared.estimate.lane, controller.signal);
  controller.signal.addEventListener('abort', leave, { once: true });
  try {
    const answer = await prepared.run(controller.signal);
    if (answer.isMade) leave();
    const serializer = await createSerializer('votable/td', { columns: answer.columns });
    const body = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield serializer.start();
        for await (const batch of answer.batches) yield await serializer.rows(batch);
        yield await serializer.finish({ overflow: answer.overflowed() });
      } finally {
        leave();
      }
    };
    await reply.type('application/x-votable+xml').send(Readable.from(body(), { objectMode: false }));
  } catch (error) {
    leave();
    throw error;
  }
}

/** The columns that a client asks for: position and key first, so that each is there whatever the verbosity. */
function columnsOf(table: TapTable, verbosity: number): string {
  const needed = [table.keyColumn, table.sky?.ra, table.sky?.dec];
  const shown = table.columns.filter(
    (column) =>
      !column.hidden && (verbosity >= ALL_VERBOSITY || needed.includes(column.name) || (verbosity === 2 && column.principal !== false)),
  );
  return shown.map(({ name }) => adqlName(name)).join(', ');
}

function numberOf(parameters: DaliParameters, name: string, low: number, high: number): number {
  const text = parameters.get(name).trim();
  const value = Number(text);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) || !(value >= low && value <= high))
    throw wrong(name, `must be a number from ${low} to ${high}; found ${JSON.stringify(text.slice(0, 40))}`);
  return value;
}

function wrong(parameter: string, problem: string): DaliParameterError {
  return new DaliParameterError(`${parameter} ${problem}`, { details: { parameter } });
}
