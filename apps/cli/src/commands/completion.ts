import { Argument, Command } from 'commander';
import { VERSION } from '../version.ts';
import { completionNodes, completionScript, type Shell, SHELLS } from '../help/completion.ts';

export function register(program: Command): void {
  program
    .command('completion')
    .description('Print a script that completes commands and options in a shell.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  almagest completion bash > ~/.local/share/bash-completion/completions/almagest
  almagest completion zsh > "\${fpath[1]}/_almagest"
  almagest completion fish > ~/.config/fish/completions/almagest.fish`,
    )
    .action(async (shell: Shell) => {
      // Here and not at the top, since the table names this command as well.
      const { COMMANDS } = await import('../command-table.ts');
      const whole = new Command('almagest').version(VERSION);
      for (const { load } of COMMANDS) (await load()).register(whole);
      process.stdout.write(completionScript(shell, completionNodes(whole)));
    });
}
