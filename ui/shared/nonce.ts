/**
 * The content security policy lets styles in by nonce only. Libraries that add `<style>` elements at run time
 * (the terminal, the player) know nothing of it, so every style element made on these pages gets the nonce.
 */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}

export function giveStylesTheNonce(): void {
  const nonce = styleNonce();
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (name.toLowerCase() === 'style') element.setAttribute('nonce', nonce);
    return element;
  }) as typeof document.createElement;
}
