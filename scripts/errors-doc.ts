/**
 * docs/errors.md from the error classes themselves: code, who acts, whether a retry helps, when it occurs and what to do.
 * Also fails on a code used twice and on a class without a doc comment. Compares; --write renews.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRooms, ROOT } from './rooms.ts';

interface Entry {
  readonly code: string;
  readonly fault: string;
  readonly retryable: boolean;
  readonly name: string;
  readonly text: string;
}

const rooms = readRooms();
const problems: string[] = [];
const seen = new Map<string, string>();
const sections: string[] = [];
for (const room of rooms) {
  const entries = listSources(join(ROOT, room.dir, 'src')).flatMap((file) =>
    entriesOf(readFileSync(file, 'utf8'), file.slice(ROOT.length + 1)),
  );
  if (entries.length === 0) continue;
  const rows = entries.toSorted((a, b) => a.code.localeCompare(b.code));
  sections.push(
    `## ${room.name}\n\n| code | who acts | retry | when, and what to do |\n| --- | --- | --- | --- |\n${rows.map(row).join('\n')}\n`,
  );
}
const page = `# Errors

Every error that a caller may want to tell apart has a stable code, shown in brackets after its message and in \`--json\` output.
"Who acts": the \`caller\` changes the call, \`data\` means the input is at fault, \`environment\` the machine or a server, \`internal\` is ours.
This page is written by \`node scripts/errors-doc.ts --write\` from the classes and checked by \`npm run check\`.

${sections.join('\n')}`;
const path = join(ROOT, 'docs/errors.md');
if (!existsSync(path) || readFileSync(path, 'utf8') !== page) {
  if (process.argv.includes('--write')) writeFileSync(path, page);
  else problems.push('docs/errors.md is out of date: run node scripts/errors-doc.ts --write');
}
for (const line of problems) console.error(line);
process.exitCode = problems.length > 0 ? 1 : 0;

function row(entry: Entry): string {
  return `| \`${entry.code}\` | ${entry.fault} | ${entry.retryable ? 'yes' : 'no'} | ${entry.text.replaceAll('|', '\\|')} |`;
}

function entriesOf(source: string, file: string): Entry[] {
  if (file.endsWith('.test.ts') || !source.includes('static override readonly code')) return [];
  const found: Entry[] = [];
  const starts = [...source.matchAll(/^(?:export )?(?:abstract )?class (\w+)(?:<[^{]*>)? extends [^{]*\{/gm)];
  for (const [index, match] of starts.entries()) {
    const body = source.slice(match.index, starts[index + 1]?.index);
    const code = /static override readonly code(?:: string)? = '([^']+)'/.exec(body)?.[1];
    if (code === undefined) continue;
    const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(source.slice(0, match.index))?.[1];
    const name = match[1] ?? '';
    if (comment === undefined) problems.push(`${file}: ${name} has no doc comment saying when it occurs and what to do`);
    if (seen.has(code)) problems.push(`${file}: ${name} has the code ${code} of ${seen.get(code)}`);
    seen.set(code, name);
    found.push({
      code,
      name,
      fault: /static override readonly fault[^=]*= '(\w+)'/.exec(body)?.[1] ?? 'inherited',
      retryable: /static override readonly retryable[^=]*= true/.test(body),
      text: (comment ?? '')
        .split('\n')
        .map((line) => line.replace(/^\s*\* ?/, '').trim())
        .filter((line) => line !== '' && !line.startsWith('@'))
        .join(' '),
    });
  }
  return found;
}

function listSources(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .toSorted()
    .map((name) => join(dir, name));
}
