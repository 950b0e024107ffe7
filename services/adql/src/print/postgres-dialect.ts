import type { AdqlType } from '../catalog/catalog.ts';
import type { SqlSource } from '../sql/sql-tree.ts';
import type { Dialect } from './print-sql.ts';

const TYPES: Readonly<Partial<Record<AdqlType, string>>> = { DOUBLE: 'DOUBLE PRECISION', CHAR: 'CHAR', VARCHAR: 'VARCHAR' };

/** PostgreSQL 12 and later. The caller says how a table is named. */
export function postgresDialect(source: (source: SqlSource) => string): Dialect {
  return {
    name: 'postgres',
    source,
    call: (name, args) => {
      const double = args.map((arg) => `CAST(${arg} AS DOUBLE PRECISION)`);
      switch (name) {
        case 'log10':
          return `log(${double[0]})`;
        case 'mod':
          return `CAST(mod(CAST(${args[0]} AS NUMERIC), CAST(${args[1]} AS NUMERIC)) AS DOUBLE PRECISION)`;
        case 'truncate':
          return args.length === 1 ? `trunc(${double[0]})` : `(trunc(${double[0]} * power(10.0, ${args[1]})) / power(10.0, ${args[1]}))`;
        case 'round':
          return args.length === 1 ? `round(${double[0]})` : `CAST(round(CAST(${args[0]} AS NUMERIC), ${args[1]}) AS DOUBLE PRECISION)`;
        case 'random':
          return 'random()';
        case 'abs':
        case 'sign':
        case 'coalesce':
        case 'lower':
        case 'upper':
        case 'least':
        case 'greatest':
        case 'pi':
          return `${name}(${args.join(', ')})`;
        default:
          return `${name}(${double.join(', ')})`;
      }
    },
    castType: (type, length) =>
      (TYPES[type] ?? type) + (length !== undefined && (type === 'CHAR' || type === 'VARCHAR') ? `(${length})` : ''),
    integerDivision: (left, right) => `(${left} / ${right})`,
    like: (operand, pattern, { negated, ignoreCase }) =>
      `(${operand} ${negated ? 'NOT ' : ''}${ignoreCase ? 'ILIKE' : 'LIKE'} ${pattern} ESCAPE '')`,
    integerSum: (argument) => `CAST(SUM(${argument}) AS BIGINT)`,
    average: (argument) => `CAST(AVG(${argument}) AS DOUBLE PRECISION)`,
    decimal: (text) => `${text}::DOUBLE PRECISION`,
    parenthesizedSets: true,
  };
}
