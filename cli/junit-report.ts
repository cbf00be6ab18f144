/** One check as a JUnit report shows it. */
export interface ReportedCase {
  name: string;
  file: string;
  line: number;
  outcome: 'passed' | 'failed' | 'error' | 'skipped';
  /** What is wrong, or why it was skipped. */
  problems: readonly string[];
}

/** The report that CI systems read, a suite for each file. */
export function junitReport(cases: readonly ReportedCase[]): string {
  const files = [...new Set(cases.map(({ file }) => file))];
  const suites = files.map((file) =>
    suite(
      file,
      cases.filter((one) => one.file === file),
    ),
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts(cases)}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(file: string, cases: readonly ReportedCase[]): string {
  return [
    `  <testsuite name="${escaped(file)}" ${counts(cases)}>`,
    ...cases.map(testcase),
    '  </testsuite>',
  ].join('\n');
}

function counts(cases: readonly ReportedCase[]): string {
  const count = (outcome: ReportedCase['outcome']) => cases.filter((one) => one.outcome === outcome).length;
  const skipped = count('skipped') === 0 ? '' : ` skipped="${count('skipped')}"`;
  return `tests="${cases.length}" failures="${count('failed')}" errors="${count('error')}"${skipped}`;
}

function testcase({ name, file, line, outcome, problems }: ReportedCase): string {
  const open = `    <testcase name="${escaped(name)}" classname="${escaped(file)}" file="${escaped(file)}" line="${line}"`;
  if (outcome === 'passed') return `${open}/>`;
  if (outcome === 'skipped')
    return `${open}>\n      <skipped message="${escaped(problems[0] ?? '')}"/>\n    </testcase>`;
  const element = outcome === 'failed' ? 'failure' : 'error';
  const text = escaped([`${file}:${line}`, ...problems].join('\n'));
  return `${open}>\n      <${element} message="${escaped(problems[0] ?? outcome)}">${text}</${element}>\n    </testcase>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML cannot hold them
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\uFFFD')
      .replace(/[&<>"]/g, (character) => ENTITIES[character]!)
  );
}
