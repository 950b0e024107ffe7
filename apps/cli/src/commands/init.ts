import { openOrCreate, registerCamera } from '../survey/repository.ts';
import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('init')
    .description('Make a repository for a camera.')
    .argument('<repository>', 'folder to make')
    .requiredOption('--camera <name|file>', 'a camera that ships (almagest translate-header --list) or a camera file')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  almagest init survey/repo --camera simcam-tiny')
    .action(async (repository: string, { camera, json }: { camera: string; json?: boolean }) => {
      await using butler = await openOrCreate(repository, camera);
      const { name, detectors } = await registerCamera(butler, camera, repository);
      if (json) console.log(JSON.stringify({ repository, instrument: name, detectors: detectors.length }));
      else
        console.log(
          `${repository}: ${name}, ${detectors.length} detector${detectors.length === 1 ? '' : 's'}. Next: almagest ingest ${repository} FOLDER`,
        );
    });
}
