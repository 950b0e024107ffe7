import type { AdqlType } from '../catalog/catalog.ts';
import type { SqlFunction, SqlSource } from '../sql/sql-tree.ts';
import type { Dialect } from './print-sql.ts';

const TYPES: Readonly<Partial<Record<AdqlType, string>>> = {
  REAL: 'REAL',
  DOUBLE: 'DOUBLE',
  TIMESTAMP: 'TIMESTAMP',
  CHAR: 'VARCHAR',
  VARCHAR: 'VARCHAR',
};
const NAMES: Readonly<Partial<Record<SqlFunction, string>>> = { ceil: 'ceil', power: 'pow' };

/** DuckDB 1.x. The caller says how a table is read, for instance `read_parquet([...])`. */
export function duckdbDialect(source: (source: SqlSource) => string): Dialect {
  return {
    name: 'duckdb',
    source,
    call: (name, args) => {
      if (name === 'mod') return `(${args.join(' % ')})`;
      if (name === 'truncate')
        return args.length === 1 ? `trunc(${args[0]})` : `(trunc(${args[0]} * pow(10.0, ${args[1]})) / pow(10.0, ${args[1]}))`;
      if (name === 'random') return 'random()';
      return `${NAMES[name] ?? name}(${args.join(', ')})`;
    },
    castType: (type) => TYPES[type] ?? type,
    integerDivision: (left, right) => `(${left} // ${right})`,
    like: (operand, pattern, { negated, ignoreCase }) => `(${operand} ${negated ? 'NOT ' : ''}${ignoreCase ? 'ILIKE' : 'LIKE'} ${pattern})`,
    integerSum: (argument) => `CAST(SUM(${argument}) AS BIGINT)`,
    average: (argument) => `AVG(${argument})`,
    // Without an exponent it would be a DECIMAL.
    decimal: (text) => (/[eE]/.test(text) ? text : `${text}e0`),
    parenthesizedSets: true,
  };
}
