import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';

/** An address that representatives open from the session window, filled in with what the session knows. */
export interface CustomRepLink extends Revised {
  id: number;
  name: string;
  /** 1 to 64 letters, digits, `_`, `-`; unique among custom links. */
  codeName: string;
  /** With `%SESSION...%` macros, exactly as they were given. */
  url: string;
}

/** Text is compared whole, ignoring case. */
export interface CustomRepLinkFilter {
  name?: string | undefined;
  codeName?: string | undefined;
}

/** Unique names: writes fail with `conflict` naming `name` or `code_name`. */
export interface CustomRepLinks {
  /** In the order of their ids. */
  find(filter: CustomRepLinkFilter, page: PageRequest): Promise<Page<CustomRepLink>>;
  findById(id: number): Promise<CustomRepLink | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<CustomRepLink | undefined>;
  isCodeNameTaken(codeName: string): Promise<boolean>;
  insert(link: Omit<CustomRepLink, 'id' | 'revision'>): Promise<CustomRepLink>;
  /** Raises the revision by one and answers it. */
  update(link: CustomRepLink): Promise<number>;
  delete(id: number): Promise<void>;
}

const MACRO = /%SESSION[A-Za-z0-9_.-]*%/g;

/**
 * What is wrong with the address of a custom link. Macros may stand in the path, the query and the fragment: some of
 * their values are typed by customers, and those must not choose the host that representatives are sent to.
 */
export function customLinkProblem(url: string): string | undefined {
  if (!/^https?:\/\//i.test(url)) return 'must begin with http:// or https://';
  if (/[\s\p{Cc}]/u.test(url)) return 'must not hold spaces or control characters';
  const host = /^https?:\/\/([^/?#\\]*)/i.exec(url)?.[1] ?? '';
  if (host.includes('%')) return 'must not hold a macro in the host name';
  if (host.includes('@')) return 'must not hold a user name or password';
  const filled = url.replaceAll(MACRO, 'x');
  if (/%SESSION/i.test(filled)) return 'has a macro without its closing %';
  return URL.canParse(filled) ? undefined : 'must be a web address';
}
