import type { SettingProblem, SettingsSchema, SettingsValues } from './settings.ts';

/**
 * What a plug-in is to the Endpoint Credential Manager host. A plug-in answers questions about one credential store;
 * it runs in a process of its own, and every call has a time limit. The bundled ones are `ecm/plugins/NAME/plugin.ts`.
 */

/** Who asks, and for which Jump Item. Texts are empty where nothing is known. */
export interface SessionContext {
  /** 32 hexadecimal digits; undefined while a credential is being chosen and no session exists yet. */
  lsid: string | undefined;
  user: {
    id: number;
    username: string;
    displayName: string;
    emailAddress: string;
    /** Of people that a directory vouches for. */
    distinguishedName: string;
    /** Name of the security provider that vouches for them. */
    provider: string;
  };
  /** Undefined when nothing is asked about one item. */
  jumpItem:
    | {
        /** 0 for a target that is not saved. */
        id: number;
        /** e.g. `shell_jump` */
        type: string;
        name: string;
        hostname: string;
        port: number | undefined;
        /** The login name the item itself carries. */
        username: string;
        group: string;
        tag: string;
        comments: string;
        /** Of web jumps. */
        url: string;
      }
    | undefined;
  /**
   * The id of the system as this plug-in listed it in `findEndpoints`, when the person chose it there; undefined for
   * everything else, and for what another plug-in listed. The server sees to it that it goes with the host name it was
   * listed with.
   */
  endpointId?: string | undefined;
}

/** What is shown of a credential. Never a secret. */
export interface CredentialSummary {
  /** Names the credential towards this plug-in: 1 to 255 characters, the same tomorrow. */
  id: string;
  /** What people read, 1 to 255 characters. */
  label: string;
  /** The login name, where it is known without reading the secret. */
  username?: string;
}

/** A credential itself. At least one of `password` and `privateKey` is there. */
export interface CredentialPackage {
  username?: string;
  domain?: string;
  password?: string;
  /** OpenSSH, PEM or PuTTY format. */
  privateKey?: string;
  passphrase?: string;
  /** OpenSSH certificate that belongs to `privateKey`, one line. */
  certificate?: string;
}

/** A credential as it is given out for one session. */
export interface GivenCredential extends CredentialPackage {
  /**
   * What the plug-in wants to be told at release, e.g. the id of a lease: up to 1,024 characters, no secret. It outlives
   * this process: the release may reach a later one, or one on another host.
   */
  lease?: string;
}

/** A system that the store knows and that is no Jump Item here. */
export interface EndpointSummary {
  /** 1 to 255 characters, the same tomorrow. */
  id: string;
  /** What people read, 1 to 255 characters. */
  label: string;
  /** As a Jump Item of that kind, e.g. `shell_jump`. */
  type: string;
  hostname: string;
  port?: number;
}

export interface Health {
  healthy: boolean;
  /** For an administrator: what is wrong, or what was looked at. No secrets. */
  detail: string;
}

export interface FindOptions {
  /** Words typed by the person; empty: everything that fits the session. */
  search: string;
  /** At most so many are used; more are cut off. */
  limit: number;
  /** Aborted when nobody waits for the answer any longer. */
  signal: AbortSignal;
}

export interface EndpointFindOptions extends FindOptions {
  /** Kinds that the person may jump to, e.g. `shell_jump`; others are left out. Empty: not known, so all of them. */
  types: readonly string[];
}

export interface CallOptions {
  /** Aborted when nobody waits for the answer any longer. */
  signal: AbortSignal;
}

export interface SessionStartedOptions extends CallOptions {
  /** Where people read what became of the session, once they have signed in; it stays. Undefined: not known. */
  historyUrl: string | undefined;
}

export interface ReleaseOptions extends CallOptions {
  /** What `getCredential` said, or undefined when it said nothing. */
  lease: string | undefined;
}

/**
 * The abilities of a plug-in. The first two every plug-in has; which of the others it has is what it can do.
 * A rejected promise is a failure: throw `PluginError` to tell people why, anything else is told to the log alone.
 */
export interface Plugin {
  findCredentials(session: SessionContext, options: FindOptions): Promise<readonly CredentialSummary[]>;
  /** Asked at the moment of injection. Fails with `PluginError` `not_found` when there is no such credential for them. */
  getCredential(
    session: SessionContext,
    credentialId: string,
    options: CallOptions,
  ): Promise<GivenCredential>;
  /**
   * Called for every credential that was given out, when its session has ended; also after a crash, and again until it
   * succeeds. What is released already is no failure.
   */
  releaseCredential?(
    session: SessionContext,
    credentialId: string,
    endedAt: Date,
    options: ReleaseOptions,
  ): Promise<void>;
  /** People jump to what it lists as to any system that is no Jump Item: the same rules hold. */
  findEndpoints?(session: SessionContext, options: EndpointFindOptions): Promise<readonly EndpointSummary[]>;
  /** Told at least once, maybe later; so is the end. */
  sessionStarted?(
    session: SessionContext,
    credentialId: string | undefined,
    options: SessionStartedOptions,
  ): Promise<void>;
  sessionComplete?(session: SessionContext, options: CallOptions): Promise<void>;
  checkHealth?(options: CallOptions): Promise<Health>;
  /** The process is about to end. */
  close?(): Promise<void>;
}

export interface PluginTools {
  /** Goes to the log of the host. Never give it a secret. */
  log: {
    info(message: string): void;
    warn(message: string): void;
    error(message: string): void;
  };
  /**
   * Masks a text in everything this process logs from now on, e.g. a token that the store handed out. Secret settings
   * and credentials that were given out are masked anyway.
   */
  mask(secret: string): void;
}

/** What a plug-in's file exports, as `default` or as `plugin`: made by `definePlugin`. */
export interface PluginDefinition<S extends SettingsSchema = SettingsSchema> {
  /** 1 to 64 characters of `[A-Za-z0-9_-]`. */
  name: string;
  version: string;
  description: string;
  settings: S;
  /** Rules between settings, e.g. "one of these two is needed". Called with settings that fit the schema, before `create`. */
  check?(settings: SettingsValues<S>): readonly SettingProblem[];
  /** Called once in the plug-in's process, with settings that fit the schema. */
  create(settings: SettingsValues<S>, tools: PluginTools): Plugin | Promise<Plugin>;
}

/** Gives a plug-in its types. */
export function definePlugin<const S extends SettingsSchema>(
  definition: PluginDefinition<S>,
): PluginDefinition<S> {
  return definition;
}

export const PLUGIN_ERROR_CODES = [
  /** There is no such credential, or not for this person and item. */
  'not_found',
  /** The store refuses this. */
  'forbidden',
  /** The store cannot be reached, or not now; another host may be luckier. */
  'unavailable',
  /** The plug-in's own settings or credentials are wrong. */
  'misconfigured',
  /** Somebody else has it. */
  'in_use',
] as const;
export type PluginErrorCode = (typeof PLUGIN_ERROR_CODES)[number];

/** A failure with a text that people may read: no secrets in it. */
export class PluginError extends Error {
  readonly code: PluginErrorCode;

  constructor(code: PluginErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PluginError';
    this.code = code;
  }
}
