import type { Page, PageRequest } from '../paging.ts';

/** Keys begin with this, so that they are never taken for a token or the key of a session. */
export const INVITATION_KEY_PREFIX = 'bhi_';

/** Lets somebody without an account in, once, for a while. */
export interface RepInvitation {
  id: number;
  /** How customers and reports name the person. */
  name: string;
  /** Why they are invited. */
  comments: string;
  /** The profile: a session policy that is available to invitations; null where nothing is said. */
  sessionPolicyId: number | null;
  invitingUserId: number | null;
  invitedBy: string;
  createdAt: Date;
  expiresAt: Date;
  usedAt: Date | null;
  usedFrom: string;
  revokedAt: Date | null;
  state: 'open' | 'used' | 'expired' | 'revoked';
  /** The temporary account of whoever uses it. */
  userId: number | null;
}

export interface NewRepInvitation {
  name: string;
  comments: string;
  sessionPolicyId: number | null;
  invitingUserId: number;
  invitedBy: string;
  keyHash: Buffer;
  minutes: number;
}

export interface RepInvitations {
  insert(invitation: NewRepInvitation): Promise<RepInvitation>;
  /** The latest first; those of one person or of everybody. */
  find(invitingUserId: number | undefined, page: PageRequest): Promise<Page<RepInvitation>>;
  lockById(id: number): Promise<RepInvitation | undefined>;
  /** One that can be used, whose inviting person is still enabled. Held until the transaction ends. */
  lockOpen(keyHash: Buffer): Promise<RepInvitation | undefined>;
  /** Makes the temporary account of an invitation: without a password, in no list, a member of nothing. */
  makeAccount(invitation: RepInvitation, username: string): Promise<number>;
  /** False when it was used, revoked or expired meanwhile. The credential ends with the invitation at the latest. */
  use(userId: number, address: string, credentialId: string): Promise<boolean>;
  revoke(id: number): Promise<void>;
}
