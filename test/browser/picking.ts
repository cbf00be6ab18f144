import type { Locator } from 'playwright-core';

/**
 * Picks what a box with a search behind it finds, as a person does: who sees the list close or change while the pointer
 * is on its way to it types again.
 */
export async function pick(box: Locator, search: string, option: string, exact = false): Promise<void> {
  const page = box.page();
  for (let attempt = 1; ; attempt++) {
    await box.click();
    await box.fill(search);
    try {
      await page.getByRole('option', { name: option, exact }).first().click({ timeout: 5_000 });
      return;
    } catch (cause) {
      if (attempt === 3) throw cause;
      await box.fill('');
    }
  }
}
