/**
 * Dependency rules, each with its reason:
 * - floors: a room imports from its own floor or a lower one, so that what is below can be used without what is above;
 * - entries: rooms meet through package entry points only, so that the inside of a room can change freely;
 * - declared: every import is declared in package.json, so that each package installs alone;
 * - circles: none between rooms, none between files inside a room, so that a reader can start somewhere;
 * - browser: foundation sources import no node: module and no file system, so that they run in a page.
 * Reads sources with a real parser; tests may import development packages.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseSync } from 'oxc-parser';
import { FLOORS, readRooms, ROOT, type Room } from './rooms.ts';

const rooms = readRooms();
const byName = new Map(rooms.map((room) => [room.name, room]));
const doors = new Set(rooms.flatMap((room) => room.doors));
const problems: string[] = [];
const MAX_LINES = 600;

for (const room of rooms) {
  for (const need of [...room.needs, ...room.testNeeds]) {
    const target = byName.get(need);
    if (!target) problems.push(`${room.dir}: @almagest/${need} is no room`);
    else if (FLOORS.indexOf(target.floor as never) > FLOORS.indexOf(room.floor as never))
      problems.push(`${room.dir}: looks up at ${target.dir}`);
  }
  if (cycleFrom(room.name)) problems.push(`${room.dir}: in a circle of rooms: ${cycleFrom(room.name)}`);
  checkFiles(room);
}

for (const line of problems) console.error(line);
console.log(`${rooms.length} rooms, ${problems.length} broken rules`);
process.exitCode = problems.length > 0 ? 1 : 0;

function checkFiles(room: Room): void {
  const edges = new Map<string, string[]>();
  for (const file of listSources(join(ROOT, room.dir))) {
    const path = relative(ROOT, file);
    const text = readFileSync(file, 'utf8');
    const isTest = /\.test\.tsx?$/.test(path) || path.includes('/test/') || path.includes('/bench/');
    const lines = text.split('\n').length;
    if (lines > MAX_LINES && !/\.generated\.ts$|\/generated\//.test(path)) problems.push(`${path}: ${lines} lines, more than ${MAX_LINES}`);
    if (/(^|\/)(utils?|common|helpers?|shared|misc)(\/|\.ts$)/.test(path))
      problems.push(`${path}: a helper lives with its user, under a real name`);
    const local: string[] = [];
    for (const { specifier, typeOnly } of importsOf(path, text)) {
      if (specifier.startsWith('.')) {
        const target = relative(ROOT, join(dirname(file), specifier));
        if (!target.startsWith(`${room.dir}/`) && !isTest) problems.push(`${path}: reaches outside its room (${specifier})`);
        else if (!typeOnly) local.push(target);
        continue;
      }
      if (specifier.startsWith('node:')) {
        if (room.floor === 'foundation' && !isTest) problems.push(`${path}: foundation runs in the browser too, but imports ${specifier}`);
        continue;
      }
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
      if (name.startsWith('@almagest/')) {
        const need = name.slice('@almagest/'.length);
        if (specifier !== name && !doors.has(specifier)) problems.push(`${path}: imports the inside of ${name} (${specifier})`);
        if (need === 'test-data' && isTest) continue;
        if (isTest && room.testNeeds.includes(need)) continue;
        if (need !== room.name && !room.needs.includes(need)) problems.push(`${path}: ${name} is not declared in ${room.dir}/package.json`);
      } else if (!isTest && !room.external.includes(name)) problems.push(`${path}: ${name} is not declared in ${room.dir}/package.json`);
    }
    edges.set(path, local);
  }
  const done = new Set<string>();
  for (const file of edges.keys()) walk(file, [], edges, done);
}

function walk(file: string, trail: readonly string[], edges: ReadonlyMap<string, readonly string[]>, done: Set<string>): void {
  if (trail.includes(file)) {
    problems.push(`circle: ${[...trail.slice(trail.indexOf(file)), file].join(' -> ')}`);
    return;
  }
  if (done.has(file)) return;
  for (const next of edges.get(file) ?? []) walk(next, [...trail, file], edges, done);
  done.add(file);
}

function importsOf(path: string, text: string): { specifier: string; typeOnly: boolean }[] {
  const { module } = parseSync(path, text);
  const found = module.staticImports.map((i) => ({
    specifier: i.moduleRequest.value,
    typeOnly: i.entries.length > 0 && i.entries.every((e) => e.isType),
  }));
  for (const e of module.staticExports)
    for (const entry of e.entries) if (entry.moduleRequest) found.push({ specifier: entry.moduleRequest.value, typeOnly: entry.isType });
  for (const d of module.dynamicImports) {
    const literal = /^['"`](.*)['"`]$/.exec(text.slice(d.moduleRequest.start, d.moduleRequest.end));
    if (literal?.[1]) found.push({ specifier: literal[1], typeOnly: true });
  }
  return found;
}

function cycleFrom(start: string): string {
  const seen = new Set<string>();
  const visit = (name: string, trail: string[]): string => {
    for (const need of byName.get(name)?.needs ?? []) {
      if (need === start) return [...trail, need].join(' -> ');
      if (seen.has(need)) continue;
      seen.add(need);
      const found = visit(need, [...trail, need]);
      if (found) return found;
    }
    return '';
  };
  return visit(start, [start]);
}

function listSources(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', 'assembly', 'golden'].includes(entry.name)) return [];
    const full = join(dir, entry.name);
    if (entry.isDirectory()) return listSources(full);
    return /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [full] : [];
  });
}
