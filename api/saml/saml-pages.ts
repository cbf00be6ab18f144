import type { Response } from 'express';
import type { ProviderRedirect } from '../../appliance/directory/identity-provider.ts';

/** The script of our hand-over pages: it sends the one form of the page. Without scripts there is a button. */
export const SUBMIT_SCRIPT = "document.querySelector('form').requestSubmit();\n";

/** Sends a browser to an identity provider, by an address or by a form that is sent at once. */
export function sendToProvider(res: Response, redirect: ProviderRedirect): void {
  res.setHeader('Cache-Control', 'no-store');
  if (redirect.kind === 'redirect') {
    res.redirect(303, redirect.url);
    return;
  }
  const inputs = Object.entries(redirect.fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  // Without `form-action`: browsers hold it against every redirect that follows the form, and those are the provider's.
  res.setHeader(
    'Content-Security-Policy',
    "default-src 'none'; script-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  );
  formPage(res, redirect.action, inputs.join(''));
}

/** A page that goes on with a POST of its own, to which the cookies of this site go along. */
export function continuePage(res: Response, action: string): void {
  res.setHeader('Cache-Control', 'no-store');
  formPage(res, action, '');
}

function formPage(res: Response, action: string, inputs: string): void {
  res
    .status(200)
    .type('html')
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Signing in</title></head><body>` +
        `<form method="post" action="${escaped(action)}">${inputs}<p><button type="submit">Continue</button></p></form>` +
        `<script src="/saml/submit.js"></script></body></html>`,
    );
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
