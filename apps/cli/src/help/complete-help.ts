import type { Command } from 'commander';
import { EXAMPLES } from './examples.ts';

/** Examples that a command of commands borrows from those below it, at most. */
const MOST = 6;
const HEADING = /\nExamples?:\n([\s\S]*)$/;

/** Gives every command of a tree examples in its help: its own, those of the table, or those of the commands below it. */
export function completeHelp(command: Command, path: string): void {
  for (const inner of command.commands) completeHelp(inner, `${path} ${inner.name()}`);
  const own = examplesIn(helpOf(command));
  const wanted = command.commands.length > 0 ? 'almagest ' : path;
  if (own.some((line) => line.includes(wanted))) return;
  const examples = EXAMPLES[path] ?? command.commands.flatMap((inner) => examplesIn(helpOf(inner)).slice(0, 1)).slice(0, MOST);
  if (examples.length === 0) return;
  const heading = examples.length === 1 ? 'Example' : 'Examples';
  command.addHelpText('after', `\n${heading}:\n${examples.map((example) => `  ${example.trim()}`).join('\n')}`);
}

/** The help as a person sees it, with what is added after it. */
export function helpOf(command: Command): string {
  let text = '';
  const before = command.configureOutput();
  command.configureOutput({ writeOut: (part) => void (text += part) });
  command.outputHelp();
  command.configureOutput(before);
  return text;
}

function examplesIn(help: string): string[] {
  return (HEADING.exec(help)?.[1] ?? '').split('\n').filter((line) => line.includes('almagest '));
}
