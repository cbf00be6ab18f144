import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { sendXml } from '../xml/xml-answer.ts';
import { xml } from '../xml/xml-renderer.ts';

/**
 * Tells what is wrong with a link: a page for a person's browser, an `<error>` for a program. Both have the status, so
 * that nothing takes the answer for a script file.
 */
export function sendScriptError(
  req: Request,
  res: Response,
  status: number,
  message: string,
  namespace: string,
): void {
  res.status(status).set('Vary', 'Accept');
  if (req.accepts(['xml', 'html']) === 'html') {
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.setHeader('Content-Security-Policy', PAGE_POLICY);
    res.end(errorPage(message));
    return;
  }
  sendXml(res, xml('error', message), namespace);
}

/** The look of the product's own pages, in the colours the browser asks for. */
const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100dvh; display: grid; place-items: center; font: 1rem/1.55 system-ui, sans-serif;
  color: #000; background: #fff; }
main { box-sizing: border-box; width: min(30rem, calc(100% - 2rem)); padding: 2rem; border: 1px solid #dee2e6;
  border-radius: 4px; }
header { display: flex; align-items: center; gap: .75rem; font-weight: 700; }
h1 { font-size: 1.625rem; line-height: 1.35; margin: 1.5rem 0 1rem; }
a { color: #005682; }
@media (prefers-color-scheme: dark) {
  body { color: #c9c9c9; background: #242424; }
  main { border-color: #424242; }
  a { color: #68b0d1; }
}
`;

const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "img-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

function errorPage(message: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>This link cannot be used · Bridgehead</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<style>${STYLE}</style>
</head>
<body>
<main>
<header><img src="/assets/icon.svg" alt="" width="28" height="28">Bridgehead</header>
<h1>This link cannot be used</h1>
<p>${escapeHtml(message)}</p>
<p>Ask whoever made the link to correct it. Nothing was started.</p>
<p><a href="/console">To the console</a></p>
</main>
</body>
</html>
`;
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.toWellFormed().replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}
