import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';

export const SCRIPT_OPERATING_SYSTEMS = ['Windows', 'Linux', 'Mac'] as const;
export type ScriptOperatingSystem = (typeof SCRIPT_OPERATING_SYSTEMS)[number];

/** What reads the commands: a shell of the remote system, or the far end of a Shell Jump. */
export const SHELL_KINDS = ['command_prompt', 'powershell', 'sh', 'shell_jump'] as const;
export type ShellKind = (typeof SHELL_KINDS)[number];

/** Commands that a representative runs on the remote system by choosing their name. */
export interface CannedScript extends Revised {
  id: number;
  name: string;
  /** 1 to 64 letters, digits, `_`, `-`; unique among canned scripts. */
  codeName: string;
  description: string;
  /** One to a line. */
  commands: string;
  /** A slash makes a subcategory. */
  categories: string[];
  /** Whose members may use it, in the order of their ids; empty: everybody. */
  teamIds: number[];
  /** Where it may run; empty: everywhere. */
  operatingSystems: ScriptOperatingSystem[];
  /** In which shells it may run; empty: in every one. */
  shellKinds: ShellKind[];
  /** Runs with the elevated rights of the customer client. */
  elevated: boolean;
}

/** Text is compared whole, ignoring case. */
export interface CannedScriptFilter {
  name?: string | undefined;
  codeName?: string | undefined;
  category?: string | undefined;
  teamId?: number | undefined;
}

/**
 * Unique names: writes fail with `conflict` naming `name` or `code_name`, and with `invalid` naming `team_ids` for a
 * team that does not exist.
 */
export interface CannedScripts {
  /** In the order of their ids. With `forTeams` only those for everybody and those of these teams. */
  find(
    filter: CannedScriptFilter,
    page: PageRequest,
    forTeams?: readonly number[],
  ): Promise<Page<CannedScript>>;
  findById(id: number): Promise<CannedScript | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<CannedScript | undefined>;
  isCodeNameTaken(codeName: string): Promise<boolean>;
  insert(script: Omit<CannedScript, 'id' | 'revision'>): Promise<CannedScript>;
  /** Raises the revision by one and answers it. */
  update(script: CannedScript): Promise<number>;
  delete(id: number): Promise<void>;
}
