import { readFile, writeFile } from 'node:fs/promises';
import type { components } from '../../api/generated/openapi.ts';
import {
  type Arguments,
  type Command,
  CommandFailure,
  EXIT,
  JSON_OPTION,
  SERVER_OPTIONS,
} from '../command.ts';
import { junitReport, type ReportedCase } from '../junit-report.ts';
import { harmless, say, sayJson } from '../output.ts';
import {
  type FiledExpectation,
  type PolicyFile,
  PolicyFileProblem,
  readChangesFile,
  readPolicyFile,
} from '../policy-file.ts';
import { type Server, ServerRefusal, signedInServer } from '../server.ts';

type Schemas = components['schemas'];
type Report = Schemas['PolicyTestReport'];
type Result = Report['results'][number];

/** What one call takes. */
const AT_ONCE = 200;

interface Checked extends ReportedCase {
  outcome: Result['outcome'];
  actual: Result['actual'];
}

export const policyTest: Command = {
  words: 'policy test',
  operands: 'FILE...',
  summary: 'check who may do what against files of expectations',
  details: `FILE is YAML: a list of expectations, each with user, jump_item or jump_group, and expect (allow or deny); - is
standard input. Nothing is changed. docs/explain.md of the server describes the format.
Exit codes: 0 every expectation holds, 1 one does not, 2 a file makes no sense (each problem with file and line).`,
  options: {
    ...SERVER_OPTIONS,
    ...JSON_OPTION,
    junit: {
      type: 'string',
      value: 'FILE',
      help: 'write a JUnit report for CI systems; - is standard output',
    },
    'what-if': { type: 'string', value: 'FILE', help: 'YAML list of changes to lay over the configuration' },
    quiet: { type: 'boolean', short: 'q', help: 'say nothing about expectations that hold' },
  },
  operandCount: { from: 1, to: 1000 },
  async run(args) {
    const files = await readFiles(args);
    const server = await signedInServer(args);
    const checked: Checked[] = [];
    for (const [file, content] of files) checked.push(...(await check(server, file, content)));
    const junit = args.text('junit');
    if (junit === '-') say(junitReport(checked).trimEnd());
    else if (junit !== undefined) await write(junit, junitReport(checked));
    if (args.flag('json')) sayJson(toJson(checked));
    else if (junit !== '-') sayReport(checked, args.flag('quiet'));
    return checked.every(({ outcome }) => outcome === 'passed') ? EXIT.done : EXIT.failed;
  },
};

/** Every file is read before anything is asked, so that a bad one stops all. */
async function readFiles(args: Arguments): Promise<Map<string, PolicyFile>> {
  const files = new Map<string, PolicyFile>();
  const problems: string[] = [];
  const attempt = async <T>(name: string, read: (text: string) => T): Promise<T | undefined> => {
    try {
      return read(await textOf(name));
    } catch (error) {
      if (!(error instanceof PolicyFileProblem)) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const whatIf = args.text('what-if');
  const changes = whatIf === undefined ? [] : await attempt(whatIf, (text) => readChangesFile(whatIf, text));
  for (const name of args.operands) {
    const file = await attempt(name, (text) => readPolicyFile(name, text));
    if (file !== undefined) files.set(name, { ...file, whatIf: [...file.whatIf, ...(changes ?? [])] });
  }
  if (problems.length > 0) throw new CommandFailure(problems.map(harmlessLines).join('\n'), EXIT.usage);
  return files;
}

async function textOf(name: string): Promise<string> {
  try {
    return await readFile(name === '-' ? '/dev/stdin' : name, 'utf8');
  } catch (error) {
    throw new CommandFailure(`${name} cannot be read: ${(error as Error).message}`, EXIT.usage);
  }
}

async function write(name: string, text: string): Promise<void> {
  try {
    await writeFile(name, text);
  } catch (error) {
    throw new CommandFailure(`${name} cannot be written: ${(error as Error).message}`);
  }
}

async function check(server: Server, file: string, { expectations, whatIf }: PolicyFile): Promise<Checked[]> {
  const checked: Checked[] = [];
  for (let from = 0; from < expectations.length; from += AT_ONCE) {
    const some = expectations.slice(from, from + AT_ONCE);
    const json = { expectations: some.map(({ expectation }) => expectation), what_if: whatIf };
    const report = await server
      .call<Report>('POST', '/access/policy-test', { json })
      .catch((error: unknown) => {
        throw located(error, file, some);
      });
    for (const [index, { name, outcome, actual, problems }] of report.results.entries())
      checked.push({ name, file, line: some[index]!.line, outcome, actual, problems });
  }
  return checked;
}

/** What the server refuses to read is told with the line it stands in. */
function located(error: unknown, file: string, expectations: readonly FiledExpectation[]): unknown {
  if (!(error instanceof ServerRefusal)) return error;
  const lines = Object.entries((error.facts.errors ?? {}) as Record<string, string[]>).flatMap(
    ([field, sentences]) => {
      const [, index, rest = ''] = /^expectations[./[](\d+)[\]./]*(.*)/.exec(field) ?? [];
      const expectation = index === undefined ? undefined : expectations[Number(index)];
      if (expectation === undefined) return [];
      const place = `${file}:${expectation.line}: ${rest === '' ? '' : `${rest}: `}`;
      return [sentences].flat().map((sentence) => harmless(`${place}${sentence}`));
    },
  );
  return lines.length === 0 ? error : new CommandFailure(lines.join('\n'), EXIT.usage);
}

const WORDS = { passed: 'ok   ', failed: 'FAIL ', error: 'ERROR' } as const;

function sayReport(checked: readonly Checked[], quiet: boolean): void {
  for (const { name, file, line, outcome, problems } of checked) {
    if (outcome === 'passed') {
      if (!quiet) say(`${WORDS[outcome]} ${harmless(name)}`);
      continue;
    }
    say(`${WORDS[outcome]} ${harmless(`${file}:${line}`)} ${harmless(name)}`);
    for (const problem of problems) say(`      ${harmless(problem)}`);
  }
  const { total, passed, failed, errors } = countsOf(checked);
  const expectations = `${total} expectation${total === 1 ? '' : 's'}`;
  say(
    `${expectations}: ${passed} passed, ${failed} failed${errors === 0 ? '' : `, ${errors} could not be asked`}.`,
  );
}

function countsOf(checked: readonly Checked[]) {
  const count = (outcome: Checked['outcome']) => checked.filter((one) => one.outcome === outcome).length;
  return { total: checked.length, passed: count('passed'), failed: count('failed'), errors: count('error') };
}

function toJson(checked: readonly Checked[]) {
  return { ...countsOf(checked), results: checked };
}

function harmlessLines(text: string): string {
  return text.split('\n').map(harmless).join('\n');
}
