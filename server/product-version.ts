import { readFileSync } from 'node:fs';

/** Version and, in brackets, build, as the XML APIs show them. */
export function productVersion(): string {
  return `${packageVersion()} (release)`;
}

export function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
