/** What came of one thing that a host expects of a plug-in. */
export interface ConformanceResult {
  name: string;
  outcome: 'passed' | 'failed' | 'skipped';
  /** What is wrong, or why it was skipped. No secrets. */
  problems: string[];
}
