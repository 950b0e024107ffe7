export {
  type AdqlErrorDetails,
  AdqlNameError,
  AdqlPermissionError,
  AdqlSyntaxError,
  AdqlTypeError,
  AdqlUnsupportedError,
  type SourcePosition,
} from './errors.ts';
export type { AdqlVersion, UserFunction } from './parse/grammar.ts';
export { parseAdql, type ParseOptions } from './parse/parse-adql.ts';
export { parseUserFunction } from './parse/user-function.ts';
