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
    res.end(errorPage(message));
    return;
  }
  sendXml(res, xml('error', message), namespace);
}

function errorPage(message: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>This link cannot be used</title></head>
<body>
<h1>This link cannot be used</h1>
<p>${escapeHtml(message)}</p>
<p>Ask whoever made the link to correct it. Nothing was started.</p>
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
