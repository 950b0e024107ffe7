/**
 * Writes every room's tsconfig.json, the root references and the package graph in ARCHITECTURE.md from the
 * dependencies that the rooms declare. Without --write it only compares and fails on a difference.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readRooms, ROOT, type Room } from './rooms.ts';

const rooms = readRooms();
const byName = new Map(rooms.map((room) => [room.name, room]));
const wanted = new Map<string, string>();

for (const room of rooms) {
  if (room.name === 'portal') continue; // built and type-checked by its own configuration (JSX, bundler resolution)
  const pixels = room.floor === 'foundation' || room.floor === 'science';
  wanted.set(
    `${room.dir}/tsconfig.json`,
    json({
      extends: pixels ? '../../tsconfig.pixels.json' : '../../tsconfig.base.json',
      compilerOptions: { rootDir: '.', outDir: 'dist' },
      include: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'],
      references: [
        ...[...room.needs, ...room.testNeeds].map((need) => ({ path: relative(room.dir, byName.get(need)?.dir ?? fail(room, need)) })),
        { path: '../../tools/test-data' },
      ],
    }),
  );
}
wanted.set('tsconfig.json', json({ files: [], references: rooms.filter((r) => r.name !== 'portal').map((r) => ({ path: r.dir })) }));

const architecture = 'ARCHITECTURE.md';
if (existsSync(join(ROOT, architecture))) {
  const text = readFileSync(join(ROOT, architecture), 'utf8');
  wanted.set(
    architecture,
    text.replace(/(<!-- graph -->\n)[\s\S]*?(<!-- \/graph -->)/, (_all, open: string, close: string) => open + graph() + close),
  );
}

let stale = 0;
for (const [path, text] of wanted) {
  const full = join(ROOT, path);
  const now = existsSync(full) ? readFileSync(full, 'utf8') : '';
  if (now === text) continue;
  if (process.argv.includes('--write')) writeFileSync(full, text);
  else {
    stale++;
    console.error(`${path} is out of date: run npm run rooms`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;

/** A Mermaid drawing of the rooms; an arrow that a longer path already implies is left out. */
function graph(): string {
  const lines = ['```mermaid', 'flowchart BT'];
  for (const floor of new Set(rooms.map((r) => r.floor))) {
    lines.push(`  subgraph ${floor}`);
    for (const room of rooms.filter((r) => r.floor === floor)) lines.push(`    ${room.name}`);
    lines.push('  end');
  }
  for (const room of rooms)
    for (const need of room.needs) {
      const implied = room.needs.some((other) => other !== need && reaches(other, need));
      if (!implied) lines.push(`  ${room.name} --> ${need}`);
    }
  lines.push('```', '', '| floor | room | what |', '| --- | --- | --- |');
  for (const room of rooms) lines.push(`| ${room.floor} | [${room.name}](${room.dir}) | ${room.description} |`);
  return `${lines.join('\n')}\n`;
}

function reaches(from: string, to: string): boolean {
  return byName.get(from)?.needs.some((need) => need === to || reaches(need, to)) ?? false;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function fail(room: Room, need: string): never {
  throw new Error(`${room.dir}/package.json needs @almagest/${need}, which is no room`);
}
