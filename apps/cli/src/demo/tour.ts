/** A command of the tour, as it is typed beside the survey that the demonstration made, and what is said of it. */
export interface TourStep {
  readonly text: string;
  readonly args: readonly string[];
}

/** Lines of an output that the tour shows at most. */
const MOST_LINES = 8;
const BEGIN = '<!-- tour: written by the test of the demonstration -->';
const END = '<!-- end of the tour -->';

export const TOUR: readonly TourStep[] = [
  {
    text: 'Ask the catalogues, with or without the page:',
    args: [
      'query',
      'demo-survey',
      'SELECT TOP 3 diaObjectId, ra, dec, nDiaSources FROM survey.DiaObject ORDER BY nDiaSources DESC, diaObjectId',
    ],
  },
  {
    text: 'Filter the alerts:',
    args: ['alerts', 'filter', 'snr > 50 AND count(prvDiaSources) > 0', 'demo-survey/alerts', '--limit', '3'],
  },
  {
    text: 'See where a difference image comes from:',
    args: ['provenance', 'of', 'difference_image{visit=2026040300001, detector=0}', '-b', 'demo-survey/repo', '--depth', '1'],
  },
  {
    text: 'Look at how bright the changes are:',
    args: [
      'plot',
      'histogram',
      'demo-survey',
      '--query',
      'SELECT snr FROM survey.DiaSource WHERE snr < 100',
      '--column',
      'snr',
      '--width',
      '72',
    ],
  },
];

/** The part of the README that shows what the commands print. */
export function tourMarkdown(verdict: string, run: (args: readonly string[]) => string): string {
  const steps = TOUR.map(({ text, args }) => {
    const all = run(args).trimEnd().split(/\r?\n/);
    const isPlot = args[0] === 'plot';
    const shown = isPlot ? all : all.slice(0, MOST_LINES);
    return `${text}\n\n\`\`\`sh\n${commandLine(args)}\n\`\`\`\n\n\`\`\`text\n${shown.join('\n')}\n\`\`\`\n`;
  });
  return `${BEGIN}\n\n\`\`\`text\n${verdict.trim()}\n\`\`\`\n\n${steps.join('\n')}\n${END}`;
}

/** The tour within a README; undefined where it has none. */
export function tourOf(readme: string): string | undefined {
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  return from < 0 || to < from ? undefined : readme.slice(from, to + END.length);
}

/** A README with another tour in place of its own. */
export function withTour(readme: string, tour: string): string {
  const old = tourOf(readme);
  return old === undefined ? readme : readme.replace(old, () => tour);
}

/** A tour without what differs from one start to the next: how long things took, and the names that datasets are given. */
export function settledTour(tour: string): string {
  return tour.replaceAll(/\b\d+(\.\d+)? s\b/g, '# s').replaceAll(/\] [0-9a-f]{8}\b/g, '] #');
}

function commandLine(args: readonly string[]): string {
  return `almagest ${args.map((arg) => (/[^\w./=-]/.test(arg) ? `"${arg}"` : arg)).join(' ')}`;
}
