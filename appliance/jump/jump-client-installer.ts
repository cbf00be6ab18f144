import type { Page, PageRequest } from '../paging.ts';
import type { ClientStartMode } from './jump-client.ts';
import type { JumpGroupType } from './jump-item.ts';

/** What may be said otherwise when the program is installed. */
export const INSTALLER_OVERRIDES = [
  'allow_override_jump_group',
  'allow_override_jump_policy',
  'allow_override_name',
  'allow_override_tag',
  'allow_override_comments',
  'allow_override_attended_session_policy',
  'allow_override_unattended_session_policy',
  'allow_override_session_policy',
  'allow_override_support_button_profile',
  'allow_override_support_button_direct_queue',
] as const;
export type InstallerOverride = (typeof INSTALLER_OVERRIDES)[number];

/** What an installer sets up that nobody searches for, by wire name. */
export interface InstallerSettings extends Record<InstallerOverride, boolean> {
  support_button_profile_code_name: string;
  support_button_direct_queue: string;
  /** 0: as the site setting says. */
  max_offline_minutes: number;
  elevate_install: boolean;
  /** Without effect unless `elevate_install`. */
  elevate_prompt: boolean;
  customer_client_start_mode: ClientStartMode;
  /** Name of the Jumpoint that passes the program's traffic on; empty for none. */
  jumpoint_proxy: string;
}

/** An offer to install Jump Clients: whoever has it can bring machines into its Jump Group until it expires. */
export interface JumpClientInstaller {
  id: number;
  /** 32 characters; part of the address of the download. */
  installerId: string;
  name: string;
  jumpGroupType: JumpGroupType;
  jumpGroupId: number;
  tag: string;
  comments: string;
  jumpPolicyId: number | null;
  /** Holds while nobody is at the machine. */
  sessionPolicyId: number | null;
  attendedSessionPolicyId: number | null;
  /** Address of a public portal; empty for the site's own. */
  publicSiteAddress: string;
  connectionType: 'active' | 'passive';
  settings: InstallerSettings;
  /** Null: an API account. */
  createdByUserId: number | null;
  expiresAt: Date;
}

export interface NewJumpClientInstaller
  extends Omit<JumpClientInstaller, 'id' | 'expiresAt' | 'publicSiteAddress'> {
  keyHash: Buffer;
  publicPortalId: number | null;
  /** From now on. */
  validMinutes: number;
}

/** Text is compared whole, ignoring case; filters are joined by "and". */
export interface InstallerFilter {
  name?: string | undefined;
  tag?: string | undefined;
  jumpGroupId?: number | undefined;
  jumpGroupType?: JumpGroupType | undefined;
  connectionType?: 'active' | 'passive' | undefined;
  createdByUserId?: number | undefined;
}

/** Writes fail with `invalid` naming the field of a reference to nothing. */
export interface JumpClientInstallers {
  /** In the order of their ids, expired ones too. */
  list(filter: InstallerFilter, page: PageRequest): Promise<Page<JumpClientInstaller>>;
  findById(id: number): Promise<JumpClientInstaller | undefined>;
  /** Only while it is valid. */
  isUsable(installerId: string): Promise<boolean>;
  insert(installer: NewJumpClientInstaller): Promise<JumpClientInstaller>;
  delete(id: number): Promise<void>;
}

/** The machines an installer is delivered for: names of the API, of other clients, and of the public address. */
export const INSTALLER_PLATFORMS = [
  'linux-64',
  'linux-64-headless',
  'raspberry-pi-32-headless',
  'mac-dmg',
  'mac-zip',
  'mac-osx-x86',
  'windows-64-msi',
  'windows-32-msi',
  'windows-64',
  'windows-32',
  'winNT-64-msi',
  'winNT-32-msi',
  'winNT-64',
  'winNT-32',
] as const;
export type InstallerPlatform = (typeof INSTALLER_PLATFORMS)[number];

/** What the file for a platform is called. */
export function installerFileName(installerId: string, platform: InstallerPlatform): string {
  return `bridgehead-jump-client-${installerId}.${EXTENSIONS[platform]}`;
}

const EXTENSIONS: Record<InstallerPlatform, string> = {
  'linux-64': 'bin',
  'linux-64-headless': 'bin',
  'raspberry-pi-32-headless': 'bin',
  'mac-dmg': 'dmg',
  'mac-zip': 'zip',
  'mac-osx-x86': 'dmg',
  'windows-64-msi': 'msi',
  'windows-32-msi': 'msi',
  'windows-64': 'exe',
  'windows-32': 'exe',
  'winNT-64-msi': 'msi',
  'winNT-32-msi': 'msi',
  'winNT-64': 'exe',
  'winNT-32': 'exe',
};
