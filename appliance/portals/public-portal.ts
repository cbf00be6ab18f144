import type { Page, PageRequest } from '../paging.ts';

/** A public site where customers start sessions. The default one has id 1. */
export interface PublicPortal {
  id: number;
  name: string;
  /** Empty for the default portal, which answers on every address of the site. */
  hostname: string;
}

export interface PublicPortals {
  /** In the order of their ids. */
  find(page: PageRequest): Promise<Page<PublicPortal>>;
}
