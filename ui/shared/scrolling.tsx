import type { ReactNode } from 'react';

/** What may be wider than the page: it scrolls by itself, by keyboard too. */
export function Scrolling({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className="scrolls" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
