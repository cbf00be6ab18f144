/** Who asks an Endpoint Credential Manager, and for which Jump Item. Texts are empty where nothing is known. */
export interface EcmSession {
  /** Undefined while somebody is choosing. */
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
        type: string;
        name: string;
        hostname: string;
        port: number | undefined;
        username: string;
        group: string;
        tag: string;
        comments: string;
        /** Of web jumps. */
        url: string;
      }
    | undefined;
  /** `instance:id` of the system, where it is one that a credential manager listed; see `EcmEndpoint`. */
  endpointId: string | undefined;
}

/** What is shown of a credential. */
export interface EcmCredential {
  /** `instance:id`: the plug-in as its host names it, and what that plug-in calls the credential. */
  id: string;
  label: string;
  username?: string;
}

/** A system that an outside store knows and that is no Jump Item. */
export interface EcmEndpoint {
  id: string;
  label: string;
  /** As a Jump Item of that kind. */
  type: string;
  hostname: string;
  port?: number;
}

export interface EcmFound<T> {
  items: T[];
  /** There are more than the limit. */
  truncated: boolean;
  /** What single plug-ins could not say. */
  problems: { instance: string; code: string; message: string }[];
}

interface Search {
  session: EcmSession;
  search: string;
  limit: number;
}

/** Everything a host can be asked. */
export type EcmQuestion =
  | ({ kind: 'find_credentials' } & Search)
  | {
      kind: 'get_credential';
      session: EcmSession;
      credentialId: string;
      /** The host seals for this key and context: see `agents/sealed-box.ts`. Base64 of 32 bytes. */
      sealTo: { publicKey: string; context: string };
    }
  | {
      kind: 'release_credential';
      session: EcmSession;
      credentialId: string;
      /** RFC 3339. */
      endedAt: string;
      lease: string | undefined;
    }
  | ({
      kind: 'find_endpoints';
      /** Of those kinds alone; empty: of any. */
      types: readonly string[];
    } & Search)
  | {
      kind: 'session_started';
      session: EcmSession;
      credentialId: string | undefined;
      /** Where people read what became of the session; they sign in first. */
      historyUrl: string | undefined;
    }
  | { kind: 'session_complete'; session: EcmSession };

export type EcmQuestionKind = EcmQuestion['kind'];

export interface EcmAnswers {
  find_credentials: EcmFound<EcmCredential>;
  /** The sealed box holds a `CredentialPackage` of `agents/credential-package.ts`. */
  get_credential: { sealed: string; username: string; lease: string | undefined };
  release_credential: Record<never, never>;
  find_endpoints: EcmFound<EcmEndpoint>;
  session_started: Record<never, never>;
  session_complete: Record<never, never>;
}

/** How a plug-in or its host refuses. */
export const ECM_REFUSALS = [
  'not_found',
  'forbidden',
  'unavailable',
  'misconfigured',
  'in_use',
  'plugin_failed',
] as const;

export interface EcmFailure {
  /** The last two are said by the server: there was no answer in time, or none at all. */
  code: (typeof ECM_REFUSALS)[number] | 'timed_out' | 'lost';
  /** For people, without secrets. */
  message: string;
  /** Added by the server: a host that was asked before may have done it all the same. */
  inDoubt?: boolean;
}

export type EcmReply<K extends EcmQuestionKind = EcmQuestionKind> =
  | { answer: EcmAnswers[K]; failure?: undefined }
  | { failure: EcmFailure; answer?: undefined };
