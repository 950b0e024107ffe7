import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What may follow a command: commands below it, and options. */
export interface CompletionNode {
  /** Words after `almagest`, such as `butler create`. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly text: string }[];
  readonly options: readonly { readonly name: string; readonly text: string; readonly choices: readonly string[] }[];
}

/** All commands of a program, the program itself first. */
export function completionNodes(program: Command): readonly CompletionNode[] {
  const walk = (command: Command, path: string): CompletionNode[] => [
    {
      path,
      commands: command.commands.map((inner) => ({ name: inner.name(), text: inner.description() })),
      options: [
        ...command.options.flatMap(({ long, short, description, argChoices }) =>
          [long, short].flatMap((name) => (name ? [{ name, text: description, choices: argChoices ?? [] }] : [])),
        ),
        { name: '--help', text: 'help of this command', choices: [] },
      ],
    },
    ...command.commands.flatMap((inner) => walk(inner, `${path} ${inner.name()}`.trim())),
  ];
  return walk(program, '');
}

/** A script that completes commands, options and file names in a shell; it asks nothing of almagest when it is used. */
export function completionScript(shell: Shell, nodes: readonly CompletionNode[]): string {
  if (shell === 'fish') return fishScript(nodes);
  return shell === 'bash' ? bashScript(nodes) : zshScript(nodes);
}

/** The parts that bash and zsh have in common: known commands, and words to offer after a command or an option. */
function shellCases(nodes: readonly CompletionNode[]): { readonly known: string; readonly choices: string; readonly cases: string } {
  const cases = nodes.map(({ path, commands, options }) => {
    const words = [...commands.map(({ name }) => name), ...options.map(({ name }) => name)].join(' ');
    return `    '${path}') offer='${words}' ;;`;
  });
  const choices = nodes.flatMap(({ path, options }) =>
    options
      .filter((option) => option.choices.length > 0)
      .map((option) => `    '${path} ${option.name}') offer='${option.choices.join(' ')}' ;;`),
  );
  const known = nodes.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  return { known: known.join('|'), choices: choices.join('\n'), cases: cases.join('\n') };
}

/** In zsh `path` and `words` are the shell's own, so that other names are taken. */
function zshScript(nodes: readonly CompletionNode[]): string {
  const { known, choices, cases } = shellCases(nodes);
  return `#compdef almagest
_almagest() {
  local at='' offer='' word previous="\${words[CURRENT-1]}"
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${at:+$at }$word" in
      ${known}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at $previous" in
${choices}
  esac
  [[ -n $offer ]] || case "$at" in
${cases}
  esac
  local -a choices
  choices=(\${=offer})
  compadd -a choices
  (( compstate[nmatches] )) || _files
}
if [[ $funcstack[1] = _almagest ]]; then _almagest "$@"; else compdef _almagest almagest; fi
`;
}

function bashScript(nodes: readonly CompletionNode[]): string {
  const { known, choices, cases } = shellCases(nodes);
  return `_almagest() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path='' offer='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${known}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path $previous" in
${choices}
  esac
  [ -n "$offer" ] || case "$path" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$offer" -- "$current"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _almagest almagest
`;
}

function fishScript(nodes: readonly CompletionNode[]): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = nodes.flatMap(({ path, commands, options }) => {
    const condition = `-n ${quote(`__almagest_at ${path}`.trim())}`;
    return [
      ...commands.map(({ name, text }) => `complete -c almagest ${condition} -f -a ${name} -d ${quote(text)}`),
      ...options.map(({ name, text, choices }) => {
        const flag = name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`;
        return `complete -c almagest ${condition} ${flag} -d ${quote(text)}${choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : ''}`;
      }),
    ];
  });
  return `function __almagest_at
  set -l words
  for word in (commandline -opc)[2..-1]
    string match -q -- '-*' $word; or set -a words $word
  end
  set -l depth (count $argv)
  test (count $words) -ge $depth; or return 1
  test $depth -eq 0; and test (count $words) -eq 0; and return 0
  test $depth -gt 0; and test "$words[1..$depth]" = "$argv"
end
${lines.join('\n')}
`;
}
