import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';
import type { Use } from '../uses.ts';

/** The portal that answers on every address of the site that is no other portal's. */
export const DEFAULT_PORTAL_ID = 1;

/** A public site where customers start sessions. */
export interface PublicPortal extends Revised {
  id: number;
  name: string;
  /** 1 to 64 letters, digits, `_`, `-`; unique among portals. */
  codeName: string;
  comments: string;
  /**
   * Host names and addresses in lower case, each of one portal alone; links are made with the first. The default portal
   * may have none.
   */
  addresses: readonly string[];
  /** For sessions that customers start on the portal. */
  sessionPolicyId: number | null;
}

/**
 * Unique names and addresses: writes fail with `conflict` naming `name`, `code_name` or `addresses`, and with `invalid`
 * naming `session_policy_id` for one that is not there or not available to portals.
 */
export interface PublicPortals {
  /** In the order of their ids. */
  find(page: PageRequest): Promise<Page<PublicPortal>>;
  findById(id: number): Promise<PublicPortal | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<PublicPortal | undefined>;
  isCodeNameTaken(codeName: string): Promise<boolean>;
  insert(portal: Omit<PublicPortal, 'id' | 'revision'>): Promise<PublicPortal>;
  /** Raises the revision by one and answers it. */
  update(portal: PublicPortal): Promise<number>;
  delete(id: number): Promise<void>;
  /** Jump Items and installers of Jump Clients that name it, and teams that are offered on it by name. */
  usesOf(id: number): Promise<Use[]>;
}
