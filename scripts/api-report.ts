/**
 * The public interface of every room as one text file, `<room>/api.txt`, so that a change of it is visible in review.
 * Follows the entry point's re-exports through the declaration files that `tsc -b` wrote. Compares; --write renews.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { readRooms, ROOT } from './rooms.ts';

let stale = 0;
for (const room of readRooms()) {
  const entry = join(ROOT, room.dir, 'dist/src/index.d.ts');
  if (!existsSync(entry)) continue;
  const report = reportOf(entry);
  if (report.trim() === '') continue; // a room without a door yet
  const path = join(ROOT, room.dir, 'api.txt');
  if (existsSync(path) && readFileSync(path, 'utf8') === report) continue;
  if (process.argv.includes('--write')) writeFileSync(path, report);
  else {
    stale++;
    console.error(`${room.dir}/api.txt differs from the code: read the change, then run npm run api`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;

function reportOf(entry: string): string {
  const names = new Map<string, string[]>();
  for (const { from, name } of exportsOf(entry)) names.set(from, [...(names.get(from) ?? []), name]);
  const parts: string[] = [];
  for (const [from, list] of [...names].toSorted(([a], [b]) => a.localeCompare(b))) {
    const text = readFileSync(from, 'utf8');
    for (const statement of parseSync(from, text).program.body) {
      const declared = declaredNames(statement);
      if (declared.some((name) => list.includes(name))) parts.push(withoutComments(text.slice(statement.start, statement.end)));
    }
  }
  return `${parts.join('\n')}\n`;
}

function exportsOf(entry: string): { from: string; name: string }[] {
  const { module } = parseSync(entry, readFileSync(entry, 'utf8'));
  return module.staticExports.flatMap((e) =>
    e.entries.flatMap((item) => {
      const name = item.importName.name ?? item.exportName.name ?? '';
      if (!item.moduleRequest) return [{ from: entry, name }];
      const target = item.moduleRequest.value;
      if (!target.startsWith('.')) return [];
      return [{ from: join(dirname(entry), target.replace(/\.(ts|js)$/, '.d.ts')), name }];
    }),
  );
}

function declaredNames(statement: unknown): string[] {
  const node = statement as { type: string; declaration?: { id?: { name: string }; declarations?: { id: { name: string } }[] } };
  if (node.type !== 'ExportNamedDeclaration' || !node.declaration) return [];
  const { id, declarations } = node.declaration;
  return id ? [id.name] : (declarations ?? []).map((d) => d.id.name);
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*\*[\s\S]*?\*\/\s*/g, '').replaceAll(/[ \t]+\n/g, '\n');
}
