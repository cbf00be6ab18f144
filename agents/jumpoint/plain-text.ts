/**
 * Text that came from a target, fit to be shown: no control characters (a prompt must not move the cursor of whoever
 * reads it in a terminal) but line breaks and tabs, and not longer than `max`.
 */
export function plainText(text: string, max: number): string {
  const plain = text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n\t]/gu, '');
  return plain.length > max ? `${plain.slice(0, max - 1)}…` : plain;
}
