import { type Command, InvalidArgumentError, type Option } from 'commander';

/** Placeholders of options that take a whole number, and of those that take any. */
const WHOLE: ReadonlySet<string> = new Set(['n', 'k', 'characters', 'degree']);
const REAL: ReadonlySet<string> = new Set(
  'arcmin,sigma,pixels,days,MB,MiB,s,electrons,counts,e/count,year,fraction,mag,factor,number,level,1-100'.split(','),
);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const MOST_PORT = 65_535;

/**
 * Lets options whose placeholder stands for a number refuse anything else before any work begins; commands still get the text. Options
 * that have a check of their own keep it.
 */
export function checkNumbers(command: Command): void {
  for (const option of command.options) checkOption(option);
  for (const inner of command.commands) checkNumbers(inner);
}

function checkOption(option: Option): void {
  const placeholder = /[<[]([^\]>]+)[\]>]/.exec(option.flags)?.[1] ?? '';
  if (option.parseArg || !(WHOLE.has(placeholder) || REAL.has(placeholder))) return;
  option.argParser((value: string) => {
    if (WHOLE.has(placeholder) ? !/^\d+$/.test(value) : !NUMBER.test(value))
      throw new InvalidArgumentError(`Expected a ${WHOLE.has(placeholder) ? 'whole ' : ''}number.`);
    if (option.long === '--port' && Number(value) > MOST_PORT) throw new InvalidArgumentError(`A port is a number from 0 to ${MOST_PORT}.`);
    if (option.long === '--jobs' && Number(value) === 0) throw new InvalidArgumentError('Expected one core or more.');
    return value;
  });
}
