export interface ConfigProblem {
  line?: number;
  instance?: string;
  setting?: string;
  message: string;
}

/** Everything that is wrong with the file of an ECM host; each line of the message names file, instance and setting. */
export class EcmConfigProblem extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    super(
      [...problems]
        .sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
        .map((one) => lineOf(file, one))
        .join('\n'),
    );
    this.name = 'EcmConfigProblem';
    this.problems = problems;
  }
}

function lineOf(file: string, { line, instance, setting, message }: ConfigProblem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  const what = [
    instance === undefined ? '' : `plug-in "${instance}"`,
    setting === undefined || setting === '' ? '' : `setting "${setting}"`,
  ].filter((part) => part !== '');
  return what.length === 0 ? `${place}: ${message}` : `${place}: ${what.join(', ')}: ${message}`;
}
