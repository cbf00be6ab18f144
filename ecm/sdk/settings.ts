/**
 * The settings of a plug-in as a schema: names, types, limits and texts of every one. The host checks what an
 * administrator wrote before the plug-in sees it, and the plug-in's code gets the types from the same place.
 */
interface Described {
  /** For the administrator: what it is for. */
  description: string;
  /** Without a default it must be given, unless it is optional. */
  optional?: true;
}

export interface TextSetting extends Described {
  type: 'text';
  default?: string;
  choices?: readonly string[];
  /** Whole-text regular expression, and what a text that does not fit it is told. */
  pattern?: { regex: string; told: string };
}

/** An absolute URL without user name and password. */
export interface UrlSetting extends Described {
  type: 'url';
  default?: string;
  /** Without the colon; `http` and `https` when not given. */
  schemes?: readonly string[];
}

/** A file or directory; a relative one counts from the folder of the configuration file. The plug-in gets it absolute. */
export interface PathSetting extends Described {
  type: 'path';
  default?: string;
}

/** A text that must not stand in the file itself: it comes from an environment variable or a file of its own. */
export interface SecretSetting extends Described {
  type: 'secret';
}

export interface WholeSetting extends Described {
  type: 'whole';
  default?: number;
  least?: number;
  most?: number;
}

export interface FlagSetting extends Described {
  type: 'flag';
  default?: boolean;
}

/** Texts by name, e.g. header names or a mapping. */
export interface TextMapSetting extends Described {
  type: 'text-map';
  default?: Readonly<Record<string, string>>;
}

export interface TextListSetting extends Described {
  type: 'text-list';
  default?: readonly string[];
}

export type Setting =
  | TextSetting
  | UrlSetting
  | PathSetting
  | SecretSetting
  | WholeSetting
  | FlagSetting
  | TextMapSetting
  | TextListSetting;
export type SettingsSchema = Readonly<Record<string, Setting>>;

/** What is wrong with the settings an administrator wrote. */
export interface SettingProblem {
  /** Name of the setting; empty when it is about several. */
  setting: string;
  message: string;
}

type ValueOf<T extends Setting> = T extends { type: 'text'; choices: readonly (infer Choice)[] }
  ? Choice
  : T extends TextSetting | UrlSetting | PathSetting | SecretSetting
    ? string
    : T extends WholeSetting
      ? number
      : T extends FlagSetting
        ? boolean
        : T extends TextMapSetting
          ? Readonly<Record<string, string>>
          : readonly string[];

/** What the plug-in gets: an optional setting that was not given is undefined. */
export type SettingsValues<S extends SettingsSchema> = {
  readonly [K in keyof S]: S[K] extends { optional: true } ? ValueOf<S[K]> | undefined : ValueOf<S[K]>;
};
