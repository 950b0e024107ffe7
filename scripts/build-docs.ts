/**
 * The documentation as a site of plain pages: every Markdown page, and for every room the public functions and types with their
 * doc comments, from the sources themselves. Fails where a page names a file, a heading or a symbol that is not there, where a
 * room has no README, or where something public has no comment. Written to the folder given, or to .cache/docs.
 */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { marked, type Token } from 'marked';
import { parseSync } from 'oxc-parser';
import { readRooms, ROOT, type Room } from './rooms.ts';

interface Page {
  /** Path of the source in the repository. */
  readonly source: string;
  /** Path of the page in the site. */
  readonly place: string;
  readonly title: string;
  readonly markdown: string;
}

interface Symbol {
  readonly name: string;
  readonly declaration: string;
  readonly comment: string;
  readonly file: string;
}

/** Enough to read by. */
const STYLE =
  '<style>body{max-width:60rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui}pre{overflow:auto;background:#8882;padding:.5rem}td,th{padding:.2rem .6rem;text-align:left}img{max-width:100%}:root{color-scheme:light dark}</style>';
const site = resolve(process.argv[2] ?? join(ROOT, '.cache/docs'));
const problems: string[] = [];
const rooms = readRooms();
const pages: Page[] = [...markdownPages(), ...rooms.map(apiPage).filter((page) => page !== undefined)];
const headings = new Map(pages.map((page) => [page.source, headingsOf(page)]));

rmSync(site, { recursive: true, force: true });
for (const page of pages) writePage(page);
writePage({ source: '', place: 'index.html', title: 'Almagest', markdown: indexOf() });
for (const line of problems) console.error(line);
console.log(`${pages.length + 1} pages in ${relative(process.cwd(), site) || '.'}, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Pages that people wrote. */
function markdownPages(): Page[] {
  const found = globSync(['*.md', 'docs/**/*.md', 'examples/*/README.md', '*/*/README.md', '*/*/test/golden/*/README.md'], {
    cwd: ROOT,
    exclude: (name) => name === 'node_modules' || name.startsWith('.example-'),
  }).filter((path) => !path.includes('node_modules'));
  for (const room of rooms)
    if (room.dir !== 'apps/cli' && !found.includes(`${room.dir}/README.md`)) problems.push(`${room.dir}: no README.md`);
  return found.toSorted().map((source) => {
    const markdown = readFileSync(join(ROOT, source), 'utf8');
    const title = /^#+ (.*)/m.exec(markdown)?.[1] ?? source;
    return { source, place: source.replace(/\.md$/, '.html'), title, markdown };
  });
}

/** What a room exports, from its entry point's re-exports and the comments above the declarations. */
function apiPage(room: Room): Page | undefined {
  const entry = join(ROOT, room.dir, 'src/index.ts');
  if (!existsSync(entry)) return undefined;
  const names = new Map<string, string[]>();
  const { module } = parseSync(entry, readFileSync(entry, 'utf8'));
  for (const item of module.staticExports.flatMap((statement) => statement.entries)) {
    const target = item.moduleRequest?.value;
    if (target?.startsWith('.') !== true) continue;
    const file = join(dirname(entry), target);
    names.set(file, [...(names.get(file) ?? []), item.importName.name ?? item.exportName.name ?? '']);
  }
  const symbols = [...names].flatMap(([file, list]) => symbolsOf(file, list)).toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
  for (const { name, declaration, comment, file } of symbols)
    if (comment === '' && /^export (async )?function/.test(declaration))
      problems.push(`${file}: the public function ${name} has no comment`);
  const known = new Set(symbols.map(({ name }) => name));
  for (const { name, comment, file } of symbols)
    for (const [, link = ''] of comment.matchAll(/\{@link (\w+)[^}]*\}/g))
      if (!known.has(link) && !readFileSync(join(ROOT, file), 'utf8').includes(link))
        problems.push(`${file}: ${name} links to ${link}, which is not there`);
  const source = `${room.dir}/api`;
  const parts = symbols.map(
    ({ name, declaration, comment, file }) =>
      `## ${name}\n\n\`\`\`ts\n${declaration}\n\`\`\`\n\n${prose(comment)}\n\n[${file}](/${file})\n`,
  );
  return {
    source,
    place: `${source}.html`,
    title: `@almagest/${room.name}: interface`,
    markdown: `# @almagest/${room.name}\n\n${room.description}\n\n${parts.join('\n')}`,
  };
}

function symbolsOf(file: string, wanted: readonly string[]): Symbol[] {
  if (!existsSync(file) || file.endsWith('.generated.ts')) return [];
  const text = readFileSync(file, 'utf8');
  const { program, comments } = parseSync(file, text);
  const blocks = comments.filter(({ type, value }) => type === 'Block' && value.startsWith('*'));
  const found: Symbol[] = [];
  for (const statement of program.body as unknown as readonly Statement[]) {
    const names = declaredNames(statement).filter((name) => wanted.includes(name));
    if (names.length === 0) continue;
    const above = blocks.findLast((block) => block.end <= statement.start && text.slice(block.end, statement.start).trim() === '');
    const where = relative(ROOT, file);
    for (const name of names)
      found.push({ name, declaration: declarationOf(text, statement), comment: above ? above.value : '', file: where });
  }
  return found;
}

interface Statement {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly declaration?: {
    readonly type: string;
    readonly id?: { readonly name: string };
    readonly body?: { readonly start: number };
    readonly declarations?: readonly { readonly id: { readonly name: string } }[];
  } | null;
}

function declaredNames({ type, declaration }: Statement): string[] {
  if (type !== 'ExportNamedDeclaration' || !declaration) return [];
  return declaration.id ? [declaration.id.name] : (declaration.declarations ?? []).map(({ id }) => id.name);
}

/** A declaration as a reader wants it: functions without their bodies, classes and tables by their first line. */
function declarationOf(text: string, { start, end, declaration }: Statement): string {
  const whole = text.slice(start, end);
  if (declaration?.type === 'FunctionDeclaration' && declaration.body) return text.slice(start, declaration.body.start).trim();
  if (declaration?.type === 'ClassDeclaration' || declaration?.declarations) return (whole.split('\n')[0] ?? '').replace(/\s*[{[(]$/, '');
  return whole;
}

/** A doc comment as Markdown. */
function prose(comment: string): string {
  const text = comment
    .replace(/^\*+/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim();
  return text
    .replaceAll(/\{@link (\w+)[^}]*\}/g, '`$1`')
    .replaceAll(/^@param (\S+)( - )?/gm, '\n* `$1`: ')
    .replaceAll(/^@(returns|throws|remarks|see)/gm, (_all, tag: string) => `\n* *${tag}*`)
    .replaceAll(/^@example\n([\s\S]*?)(?=\n@|$(?![\s\S]))/gm, '\n```ts\n$1\n```');
}

function headingsOf({ markdown }: Page): Set<string> {
  const anchors = new Set<string>();
  for (const token of marked.lexer(markdown)) if (token.type === 'heading') anchors.add(anchorOf(token.text as string));
  return anchors;
}

/** Anchors as the platforms that show Markdown make them. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

function writePage(page: Page): void {
  const tokens = marked.lexer(page.markdown);
  void marked.walkTokens(tokens, (token) => {
    if (token.type === 'link' || token.type === 'image') token['href'] = placeOf(page, token['href'] as string);
    if (token.type === 'codespan' && page.source.endsWith('.md') && !page.source.startsWith('docs/decisions/'))
      checkPath(page, token as Token & { text: string });
  });
  const renderer = new marked.Renderer();
  const plain = renderer.heading.bind(renderer);
  renderer.heading = (token) => plain(token).replace(/^<h(\d)>/, `<h$1 id="${anchorOf(token.text)}">`);
  const target = join(site, page.place);
  mkdirSync(dirname(target), { recursive: true });
  const up = posix.relative(posix.dirname(page.place), '.') || '.';
  const body = marked.parser(tokens, { renderer });
  writeFileSync(
    target,
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${page.title}</title>${STYLE}<nav><a href="${up}/index.html">Almagest</a></nav>${body}</html>\n`,
  );
}

/** Checks a link; a page's becomes one within the site, any other file's one into the checkout. */
function placeOf(page: Page, href: string): string {
  if (/^[a-z]+:/i.test(href)) return href;
  const [path = '', anchor] = href.split('#');
  const target = path === '' ? page.source : path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(page.source), path);
  const to = pages.find(({ source }) => source === target || source === posix.join(target, 'README.md'));
  if (anchor !== undefined && to && headings.get(to.source)?.has(anchor) === false)
    problems.push(`${page.source}: no heading for #${anchor} in ${to.source}`);
  const here = posix.dirname(page.place);
  if (to) return `${posix.relative(here, to.place)}${anchor === undefined ? '' : `#${anchor}`}`;
  if (!existsSync(join(ROOT, target))) problems.push(`${page.source}: the link ${href} leads nowhere`);
  return relative(join(site, here), join(ROOT, target));
}

/** Code words that look like a path in this repository, or in some room of it, must be one; `*` stands for anything. */
function checkPath(page: Page, { text }: { readonly text: string }): void {
  if (
    !/^(?:src|test|bench|docs|scripts|examples|foundation|middleware|science|archive|services|apps|tools)\/[\w./*-]+$/.test(text) ||
    text.includes('...')
  )
    return;
  const room = page.source.split('/').slice(0, 2).join('/');
  const near = [posix.dirname(page.source), room, '.', '*/*'].map((folder) => posix.join(folder, text));
  const there = near.some((path) => (path.includes('*') ? globSync(path, { cwd: ROOT }).length > 0 : existsSync(join(ROOT, path))));
  if (!there) problems.push(`${page.source}: \`${text}\` is not there`);
}

function indexOf(): string {
  const link = ({ title, source }: Page): string => `* [${title.replaceAll(/[[\]]/g, '')}](/${source})`;
  const of = (test: (page: Page) => boolean): string => pages.filter(test).map(link).join('\n');
  const perRoom = rooms.map(({ dir, name, description }) => {
    const readme = pages.some(({ source }) => source === `${dir}/README.md`) ? `[${name}](/${dir}/README.md)` : name;
    const api = pages.some(({ source }) => source === `${dir}/api`) ? ` ([interface](/${dir}/api))` : '';
    return `* ${dir.split('/')[0]}: ${readme}${api}: ${description}`;
  });
  return `# Almagest\n\n${of(({ source }) => !source.includes('/'))}\n\n## Rooms\n\n${perRoom.join('\n')}\n\n## Pages\n\n${of(({ source }) => source.startsWith('docs/'))}`;
}
