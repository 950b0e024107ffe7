import type { Condition, Expression, Query } from '../tree.ts';
import type { TokenStream } from './token-stream.ts';

export type AdqlVersion = '2.0' | '2.1';

/** A function that a service declares besides the standard's own. */
export interface UserFunction {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
  readonly returns: string;
  readonly description?: string;
  /** Makes one value of the values of a group, as SUM does. */
  readonly aggregate?: boolean;
}

/** What the parts of the parser need of each other; one object a query. */
export interface Grammar {
  readonly stream: TokenStream;
  readonly version: AdqlVersion;
  /** By name in lower case; undefined accepts any name. */
  readonly userFunctions: ReadonlyMap<string, readonly UserFunction[]> | undefined;
  readonly query: () => Query;
  readonly value: () => Expression;
  readonly condition: () => Condition;
}
